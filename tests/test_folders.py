"""Folders and patterns as inputs: which files they stand for, in which order, and what becomes of each."""

import gzip
import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

import padcli
from padcli.options import ReadOptions
from padcli.sources.folders import folder_of_records
from padcli.sources.input_files import facts_of
from padcli.sources.whole_files import WholeFileSource

REVIEWS = {
    "pos/10.txt": "a good film",
    "pos/9.txt": "a very good film\nwith two lines\n",
    "neg/1.txt": "a bad film\r\nwith two lines\r\n\r\n",
    "neg/2.txt": "",
    "neg/older/3.txt": "für Ōe ☃",
}


@pytest.fixture
def reviews(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make("reviews", REVIEWS)
    return tmp_path / "reviews"


def make(folder, files):
    for name, content in files.items():
        path = Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def records_of(folder):
    """Read by nobody but pathlib: the text of each file, with the name of its folder."""
    names = sorted((path.relative_to(folder).as_posix().encode(), path) for path in Path(folder).rglob("*.txt"))
    return [{"text": path.read_text("utf-8").rstrip("\n"), "label": path.parent.name} for _, path in names]


def pad(inputs, output="out.npz", **options):
    padcli.pad(inputs, output, maxlen=8, padding="post", **options)
    return padcli.load(output)


def same(first, second):
    names = ("token_ids", "padding_mask", "lengths")
    assert all(np.array_equal(getattr(first, name), getattr(second, name)) for name in names)
    assert {name: values.tolist() for name, values in first.labels.items()} == {
        name: values.tolist() for name, values in second.labels.items()
    }
    assert first.labels.keys() == second.labels.keys()


@pytest.mark.parametrize("tokenizer", ["word", "char", "byte", "whitespace", "text-vectorization"])
def test_a_folder_is_the_same_as_its_records_in_jsonl(reviews, write, tokenizer):
    write("reviews.jsonl", "".join(json.dumps(record) + "\n" for record in records_of(reviews)))
    found = pad("reviews", record="file", label_from_folder=True, tokenizer=tokenizer)
    same(found, pad("reviews.jsonl", "jsonl.npz", label="label", tokenizer=tokenizer))
    assert found.labels["label"].tolist() == ["neg", "neg", "older", "pos", "pos"]


def test_labels_have_the_name_that_models_of_hugging_face_know(reviews):
    assert list(pad("reviews", record="file", label_from_folder=True, names="hf").labels) == ["labels"]


def test_files_and_classes_are_those_of_keras(tmp_path, monkeypatch):
    import keras

    monkeypatch.chdir(tmp_path)
    make("r", {f"{label}/{n}.txt": f"review {n}" for label in ("b", "a", "c-d") for n in (1, 10, 9)})
    make("r", {"readme.txt": "no review", "notes.csv2": "nor this", ".hidden/1.txt": "nor this"})
    theirs = keras.utils.text_dataset_from_directory("r", shuffle=False, batch_size=None)
    texts, labels = zip(*((text.numpy(), int(label)) for text, label in theirs), strict=True)
    ours = pad("r", record="file", label_from_folder=True, tokenizer="byte")
    assert [theirs.class_names[label] for label in labels] == ours.labels["label"].tolist()
    make(".", {f"texts/{n:02}.txt": text for n, text in enumerate(texts)})
    assert np.array_equal(ours.token_ids, pad("texts", record="file", tokenizer="byte").token_ids)


def test_what_is_skipped_is_told(reviews, command_here):
    make(
        "reviews", {"urls.txt": "no review", "a.feat": "0:1", "b.feat": "0:1", ".DS_Store": "", "pos/.hidden/1.txt": ""}
    )
    finished = command_here("pad", "reviews", "--record", "file", "--label-from-folder", "--maxlen", "5", "--json")
    report = json.loads(finished.out)
    assert report["rows"] == 5
    assert sorted((each["n"], each["example"]) for each in report["skipped_files"].values()) == [
        (1, "reviews/urls.txt"),
        (2, "reviews/a.feat"),
    ]
    assert any("2 files skipped, such as reviews/a.feat" in line for line in report["advice"])
    again = padcli.pad("reviews", record="file", label_from_folder=True, maxlen=5, if_changed=True)
    assert again.up_to_date
    assert again.as_dict()["skipped_files"] == report["skipped_files"]


def test_without_classes_all_files_are_of_the_folder(reviews):
    labels = pad(["reviews/pos", "reviews/neg"], record="file", label_from_folder=True).labels["label"].tolist()
    assert labels == ["pos", "pos", "older"]  # files beside a folder are of no class
    assert pad("reviews/pos", record="file").labels == {}


def test_format_text_reads_files_of_any_name(reviews):
    make("reviews", {"pos/page.html": "<p>", "a.tar": "no archive"})
    assert len(pad("reviews", record="file").token_ids) == 5
    assert len(pad("reviews", record="file", format="text").token_ids) == 7


def test_the_order_is_that_of_bytes_on_every_machine(tmp_path):
    names = ["Z.txt", "a.txt", "a/b.txt", "a-b/1.txt", "ä.txt", "\U0001f600.txt", "\uffee.txt", "a0.txt"]
    make(tmp_path / "f", dict.fromkeys(names, "x"))
    found = folder_of_records(str(tmp_path / "f"), ReadOptions(record="file")).names
    assert list(found) == sorted(names, key=str.encode)


def test_links_are_followed_but_not_in_circles(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make("f", {"a/1.txt": "one"})
    make("elsewhere", {"2.txt": "two"})
    Path("f/a/up").symlink_to("..")
    Path("f/self").symlink_to(".")
    Path("f/b").symlink_to("../elsewhere")
    assert folder_of_records("f", ReadOptions(record="file")).names == ("a/1.txt", "b/2.txt")
    assert [facts.path for facts in padcli.stats("f/**/*.txt").report.inputs] == ["f/a/1.txt", "f/b/2.txt"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "f: contains no files."),
        ({".DS_Store": ""}, "f: contains no files."),
        ({"a.png": "", "b.gif": ""}, "f: contains no files to read. Skipped: f/a.png: "),
        ({"a.txt": "x"}, "f: is a folder of texts: is each file a record, or each line?"),
    ],
)
def test_a_folder_without_records_is_refused(tmp_path, monkeypatch, files, message):
    monkeypatch.chdir(tmp_path)
    Path("f").mkdir()
    make("f", files)
    with pytest.raises(padcli.PadcliError) as caught:
        padcli.stats("f")
    assert caught.value.message.startswith(message)


def test_a_link_to_nothing_is_no_record(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make("f", {"a.txt": "x"})
    Path("f/b.txt").symlink_to("nothing.txt")
    with pytest.raises(padcli.PadcliError, match=r"f/b\.txt: No such file"):
        padcli.stats("f", record="file")


def test_by_lines_each_file_is_an_input_of_its_own_format(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make("f", {"x/a.txt": "one\ntwo\n", "x/b.jsonl": '{"text": "three"}\n', "y/c.txt": b"\xef\xbb\xbffour\r\n"})
    make(".", {"all.jsonl": "".join(f'{{"text": "{word}"}}\n' for word in ("one", "two", "three", "four"))})
    found = pad("f", record="line", label_from_folder=True)
    assert found.labels["label"].tolist() == ["x", "x", "x", "y"]
    assert np.array_equal(found.token_ids, pad("all.jsonl").token_ids)
    assert [facts["path"] for facts in found.meta["inputs"]] == ["f/x/a.txt", "f/x/b.jsonl", "f/y/c.txt"]
    make("j", {"b.jsonl": '{"text": "three", "n": 1}\n'})
    assert pad("j", label="n").labels["n"].tolist() == [1]  # JSONL says what a record is


@pytest.mark.parametrize("record", ["file", "line"])
@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("chunk_bytes", [1, 100, 10**6])
def test_splits_and_workers_make_no_difference(reviews, record, workers, chunk_bytes):
    pad("reviews", record=record, label_from_folder=True)
    pad("reviews", "again.npz", record=record, label_from_folder=True, workers=workers, chunk_bytes=chunk_bytes)
    assert Path("out.npz").read_bytes() == Path("again.npz").read_bytes()


def test_a_folder_is_one_input_with_the_digest_of_what_sha256sum_prints(reviews):
    (facts,) = pad("reviews", record="file").meta["inputs"]
    listing = "find reviews -type f -printf '%P\\0' | LC_ALL=C sort -z | (cd reviews; xargs -0 sha256sum) | sha256sum"
    printed = subprocess.run(["bash", "-c", listing], capture_output=True, text=True, check=True).stdout
    size = sum(path.stat().st_size for path in reviews.rglob("*.txt"))
    assert facts == {"path": "reviews", "bytes": size, "sha256": printed.split()[0]}
    assert facts_of("reviews", ReadOptions(record="file")).sha256 == facts["sha256"]


def test_folders_and_files_mix(reviews):
    make(".", {"more.txt": "one more"})
    found = pad(["more.txt", "reviews/pos", "reviews/neg"], record="file")
    assert found.lengths.tolist() == [2, 3, 7, 6, 0, 3]
    assert [facts["path"] for facts in found.meta["inputs"]] == ["more.txt", "reviews/pos", "reviews/neg"]
    assert padcli.pad("reviews/", record="file").outputs[-1][0] == "reviews.npz"


@pytest.mark.parametrize("record", ["line", "paragraph"])
def test_a_folder_of_many_files_of_lines_is_one_input(tmp_path, monkeypatch, record):
    monkeypatch.chdir(tmp_path)
    files = {f"{'ab'[n % 2]}/{n:03}.txt": f"row {n}\r\n\n{n} end" for n in range(120)}
    files |= {"b/x.jsonl": '{"text": "from jsonl"}\n', "b/y.txt.gz": gzip.compress(b"\xef\xbb\xbfzipped")}
    make("f", files | {"b/empty.txt": "", "b/c.png": ""})
    whole = pad("f", record=record, label_from_folder=True, drop_empty=True)
    (facts,) = whole.meta["inputs"]
    assert facts["sha256"] == facts_of("f", ReadOptions(record=record)).sha256
    assert whole.meta["skipped_files"].popitem()[1] == {"n": 1, "example": "f/b/c.png"}
    paths = sorted(path for path in Path("f").rglob("*") if path.suffix in {".txt", ".jsonl", ".gz"})
    same(whole, pad(list(map(str, paths)), "one.npz", record=record, label_from_folder=True, drop_empty=True))
    for options in ({"chunk_bytes": 1}, {"chunk_bytes": 200, "workers": 3}):
        same(whole, pad("f", "two.npz", record=record, label_from_folder=True, drop_empty=True, **options))
    assert padcli.verify("out.npz", inputs=True).ok
    assert padcli.pad("f", "two.npz", like="out.npz", drop_empty=True, if_changed=True).change
    make("f", {"a/050.txt": b"fine\n\nb\xe9d\n"})
    for options in ({}, {"chunk_bytes": 1}):
        with pytest.raises(padcli.PadcliError, match=r"^f/a/050\.txt, line 3: not valid UTF-8"):
            pad("f", record=record, **options)


# Bad files among many


def test_a_file_in_another_encoding_is_named(reviews, command_here):
    make("reviews", {"neg/5.txt": b"r\xe9sum\xe9", "neg/6.txt": b"fine"})
    finished = command_here("pad", "reviews", "--record", "file", "--maxlen", "5")
    assert "reviews/neg/5.txt: not valid UTF-8 (0xe9 at byte 2)." in finished.err
    assert not Path("reviews.npz").exists()
    skip = ["--on-error", "skip", "--rejects", "bad.jsonl", "--label-from-folder"]
    assert command_here("pad", "reviews", "--record", "file", "--maxlen", "5", *skip).returncode == 0
    assert json.loads(Path("bad.jsonl").read_text()) == {
        "file": "reviews/neg/5.txt",
        "line": 0,
        "reason": "not valid UTF-8 (0xe9 at byte 2)",
        "raw": "r\\xe9sum\\xe9",
    }
    found = padcli.load("reviews.npz")
    assert (len(found.token_ids), found.labels["label"].tolist()[:3]) == (6, ["neg", "neg", "neg"])
    assert len(pad("reviews", record="file", encoding="latin-1").token_ids) == 7


@pytest.mark.parametrize("chunk_bytes", [1, 10**6])
def test_lines_are_counted_in_each_file(tmp_path, monkeypatch, chunk_bytes):
    monkeypatch.chdir(tmp_path)
    make("f", {"a.txt": "one\ntwo\n", "b.txt": b"three\n\xff\n"})
    with pytest.raises(padcli.PadcliError, match=r"f/b\.txt, line 2: not valid UTF-8"):
        padcli.stats("f", record="line", chunk_bytes=chunk_bytes)


def vanish(path):
    path.unlink()


def grow(path):
    with path.open("a") as file:
        file.write("more")


def rewrite(path):
    path.write_text("g" * path.stat().st_size)
    os.utime(path, ns=(0, 0))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (vanish, "pos/9.txt: cannot be read to the end: No such file or directory."),
        (grow, "pos/9.txt: changed while it was being read: it had 32 bytes, and now has 36."),
        (rewrite, "pos/9.txt: changed while it was being read: something wrote to it."),
    ],
)
def test_a_file_that_changes_while_the_folder_is_read_is_refused(reviews, change, message):
    options = ReadOptions(record="file")
    source = WholeFileSource("reviews", options, split_bytes=1, on_read=lambda _: None)
    (split,) = [split for split in source.splits() if "pos/9.txt" in split.names]
    change(reviews / "pos/9.txt")
    with pytest.raises(padcli.PadcliError) as caught:
        source.read(split, options, {})
    assert caught.value.message == f"reviews/{message}"


def test_options_that_do_not_go_with_folders_are_refused(reviews):
    make(".", {"a.jsonl": '{"text": "a", "label": "x"}\n'})
    for options, message in (
        ({"label": "x", "record": "file"}, "--label names a field or column of records"),
        ({"label": "label", "label_from_folder": True, "record": "file"}, "both give the label `label`"),
        ({"format": "jsonl", "record": "file"}, "--record file: is for text"),
    ):
        with pytest.raises(padcli.PadcliError, match=message):
            padcli.pad("reviews", "out.npz", **options)
    with pytest.raises(padcli.PadcliError, match=r"--record file: is for text, and a\.jsonl has its own records"):
        padcli.pad(["reviews", "a.jsonl"], "out.npz", record="file")
    with pytest.raises(padcli.PadcliError, match="standard input is in no folder"):
        padcli.pad("-", "out.npz", label_from_folder=True)


# What else is done with inputs


def test_a_folder_that_has_not_changed_is_not_read_again(reviews):
    def again():
        report = padcli.pad("reviews", "out.npz", record="file", label_from_folder=True, if_changed=True)
        return "" if report.up_to_date else report.change

    assert again() == "out.npz does not exist yet"
    assert again() == ""
    make("reviews", {"pos/11.txt": "one more"})
    assert again() == "reviews has changed"
    assert again() == ""
    (reviews / "pos/11.txt").rename(reviews / "pos/12.txt")
    assert again() == "reviews has changed"


def test_verify_compares_a_folder_with_what_it_was(reviews):
    pad("reviews", record="file")
    assert padcli.verify("out.npz", inputs=True).ok
    make("reviews", {"pos/10.txt": "a_good_film"})
    (wrong,) = [check for check in padcli.verify("out.npz", inputs=True).checks if not check.ok]
    assert (wrong.name, wrong.text.partition(",")[0][:19]) == ("input", "reviews: its sha256")


def test_inspect_shows_what_was_cut_off_from_a_file(reviews, command_here):
    for record, lost in (("file", "film with two lines"), ("line", "good film")):
        assert command_here("pad", "reviews", "--record", record, "--maxlen", 2, "--truncate", "post").returncode == 0
        assert f"\t{lost}\n" in command_here("inspect", "reviews.npz", "--longest").out.decode()


def test_a_later_set_is_read_like_an_earlier_one(reviews):
    pad("reviews", "train.npz", record="file", label_from_folder=True)
    padcli.pad("reviews", "test.npz", like="train.npz")
    same(padcli.load("train.npz"), padcli.load("test.npz"))


def test_folders_are_compared_fitted_and_counted(reviews):
    found = padcli.compare("reviews/pos", "reviews/neg", record="file", label_from_folder=True)
    assert (found.first.histogram.rows, found.second.histogram.rows) == (2, 1)
    assert padcli.fit("reviews", record="file").histogram.rows == 5
    assert padcli.stats("reviews", record="file").report.histogram.rows == 5


def test_records_of_folders_are_split_by_their_labels(reviews):
    make("many", {f"{label}/{n}.txt": f"{label} {n}" for label in ("a", "b") for n in range(10)})
    padcli.pad("many", "out.npz", record="file", label_from_folder=True, split_into="x=0.5,y=0.5", stratify="label")
    for part in "xy":
        labels = padcli.load(f"out.{part}.npz").labels["label"].tolist()
        assert (labels.count("a"), labels.count("b")) == (5, 5)


# Patterns


def test_a_pattern_stands_for_its_files_in_order(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make("d", {"b.txt": "b", "a.txt": "a", "c.text": "c", ".d.txt": "d", "e/f.txt": "f", "e/g/h.txt": "h"})

    def paths(*inputs, **options):
        return [facts.path for facts in padcli.stats(list(inputs), **options).report.inputs]

    assert paths("d/*.txt") == ["d/a.txt", "d/b.txt"]
    assert paths("d/[ac].*", "d/b.txt") == ["d/a.txt", "d/c.text", "d/b.txt"]
    assert paths("d/**/*.txt") == ["d/a.txt", "d/b.txt", "d/e/f.txt", "d/e/g/h.txt"]
    assert paths(str(tmp_path / "d/**/h.*")) == [str(tmp_path / "d/e/g/h.txt")]
    assert paths("**/f.txt") == ["d/e/f.txt"]
    assert paths("d/?", record="file") == ["d/e"]  # a folder, where nothing else fits
    make(".", {"[x].txt": "itself", "x.txt": "x"})
    assert paths("[x].txt") == ["[x].txt"]
    with pytest.raises(padcli.PadcliError, match=r"^d/\*\.md: no file matches this pattern\.$"):
        paths("d/*.md")


def test_an_output_has_the_name_of_its_first_input(reviews):
    make(".", {"part-1.txt": "a", "part-2.txt": "b"})
    for inputs, output in (("part-*.txt", "part-1.npz"), ("reviews/pos/", "pos.npz")):
        assert padcli.pad(inputs, record="file").outputs[-1][0] == output
