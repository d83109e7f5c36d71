"""`padcli inspect`: the rows that were asked for, with what they lost; and what is in a file."""

import gzip
import json
import os
import re
import subprocess
import sys
import zipfile

import numpy as np
import pytest
import tokenizers
from conftest import SAMPLE_DATA, run_in_terminal
from rich.cells import cell_len

import padcli
from padcli.inspection import contents
from padcli.options import InspectOptions

CORPUS = "the cat sat\nthe dog\n\n"
TEXTS = ["a b c d e f", "", "猫 が 好き です ね", "b", "c a b c", "d d d d d d d d", "é ü ß"]
REVIEWS = SAMPLE_DATA / "reviews.jsonl"
EVERY = InspectOptions(rows=":")


def rows_of(path, **options):
    found = contents.find_rows(str(path), InspectOptions(**options), lambda *_: None)
    return list(found.rows), found


def indices(path, **options):
    return [row.index for row in rows_of(path, **options)[0]]


@pytest.fixture
def jsonl(write):
    """Makes a JSONL file of texts, with their numbers as labels."""

    def make(texts, name="rows.jsonl"):
        records = [json.dumps({"text": text, "n": n, "half": n / 2}) for n, text in enumerate(texts)]
        return write(name, "".join(f"{record}\n" for record in records))

    return make


# What a row is, whatever file it is in


@pytest.mark.parametrize("truncating", ["pre", "post"])
@pytest.mark.parametrize("padding", ["pre", "post"])
@pytest.mark.parametrize(
    ("output", "options"),
    [
        ("out.npz", {"dtype": "uint8"}),
        ("out.npz", {"compress": True, "dtype": "int64"}),
        ("out.npy", {"dtype": "int8"}),
        ("out.npz", {"names": "hf", "dtype": "uint64"}),
        ("out.npy", {"names": "hf"}),
    ],
)
def test_kept_and_lost_are_the_words_of_the_record(tmp_path, jsonl, output, options, padding, truncating):
    path = tmp_path / output
    source, how = jsonl(TEXTS), {"tokenizer": "whitespace", "label": ["n", "half"]}
    padcli.pad(source, path, maxlen=3, padding=padding, truncating=truncating, **how, **options)
    rows, _ = rows_of(path, rows=":")
    vocabulary = tokenizers.Tokenizer.from_file(str(tmp_path / "out.tokenizer.json")).get_vocab()
    assert [row.index for row in rows] == list(range(len(TEXTS)))
    for row, text in zip(rows, TEXTS, strict=True):
        words = text.split()
        cut = max(0, len(words) - 3)
        lost, kept = (words[:cut], words[cut:]) if truncating == "pre" else (words[3:], words[:3])
        shown = row.as_dict()
        assert (shown["text"], shown["lost"], shown["length"]) == (" ".join(kept), " ".join(lost), len(words))
        assert shown["ids"] == [vocabulary[word] for word in kept]
        assert shown["labels"] == {"n": row.index, "half": row.index / 2}


def test_the_arrays_say_the_same_as_numpy_does(tmp_path):
    padcli.pad(REVIEWS, tmp_path / "out.npz", maxlen=9, label="stars")
    with np.load(tmp_path / "out.npz") as arrays:
        for row in rows_of(tmp_path / "out.npz", rows=":")[0]:
            assert row.ids == arrays["token_ids"][row.index][arrays["padding_mask"][row.index]].tolist()
            assert (row.length, row.labels["stars"]) == (arrays["lengths"][row.index], arrays["stars"][row.index])


@pytest.fixture(scope="module")
def pieces(tmp_path_factory):
    """Tokenizers of pieces of words, trained on the sample data."""
    folder = tmp_path_factory.mktemp("pieces")
    for kind in ("bpe", "wordpiece", "unigram"):
        special = ("[CLS]", "[SEP]") if kind == "wordpiece" else ()
        padcli.fit(REVIEWS, folder / f"{kind}.json", tokenizer=kind, vocab_size=1000, special_tokens=special)
    return folder


@pytest.mark.parametrize("truncating", ["pre", "post"])
@pytest.mark.parametrize("kind", ["bpe", "wordpiece", "unigram"])
def test_pieces_of_words_are_read_as_their_own_library_reads_them(tmp_path, pieces, kind, truncating):
    original = tokenizers.Tokenizer.from_file(str(pieces / f"{kind}.json"))
    texts = [json.loads(line)["text"] for line in REVIEWS.read_text("utf-8").splitlines()]
    padcli.pad(REVIEWS, tmp_path / "out.npz", tokenizer=pieces / f"{kind}.json", maxlen=12, truncating=truncating)
    rows, _ = rows_of(tmp_path / "out.npz", rows=":")
    assert len(rows) == len(texts)
    for row, text in zip(rows, texts, strict=True):
        ids = original.encode(text, add_special_tokens=False).ids
        cut = max(0, len(ids) - 12)
        lost, kept = (ids[:cut], ids[cut:]) if truncating == "pre" else (ids[12:], ids[:12])
        assert row.ids == kept
        for shown, expected in [(row.text, kept), (row.as_dict()["lost"], lost)]:
            if "[UNK]" not in shown:  # which libraries show each in their own way
                assert shown == original.decode(expected, skip_special_tokens=False)


@pytest.mark.parametrize("tokenizer", ["char", "byte"])
@pytest.mark.parametrize("truncating", ["pre", "post"])
def test_characters_kept_and_lost_are_the_whole_line(tmp_path, write, tokenizer, truncating):
    source = write("corpus.txt", "one two  three\r\nfour\n\n x\n")
    padcli.pad(source, tmp_path / "out.npz", tokenizer=tokenizer, maxlen=5, truncating=truncating)
    shown = [row.as_dict() for row in rows_of(tmp_path / "out.npz", rows=":")[0]]
    lines = [row["lost"] + row["text"] if truncating == "pre" else row["text"] + row["lost"] for row in shown]
    assert lines == ["one two  three", "four", "", " x"]


@pytest.mark.parametrize(
    ("truncating", "kept", "lost"),
    [("pre", "[CLS] ##od the [SEP]", "the go"), ("post", "[CLS] the go [SEP]", "##od the")],
)
def test_special_tokens_stay_when_a_row_is_cut(tmp_path, write, truncating, kept, lost):
    vocabulary = write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\ngo\n##od\n")
    source = write("corpus.txt", "the good the\nthe\n")
    how = {"add_special_tokens": True, "truncating": truncating, "padding": "post"}
    padcli.pad(source, tmp_path / "out.npz", tokenizer=vocabulary, maxlen=4, **how)
    cut, whole = rows_of(tmp_path / "out.npz", rows=":")[0]
    assert (cut.text, cut.as_dict()["lost"]) == (kept, lost)
    assert [(kind, text.strip()) for kind, text in whole.parts if text != " "] == [
        ("special", "[CLS]"),
        ("token", "the"),
        ("special", "[SEP]"),
        ("pad", "[PAD]×1"),
    ]


def test_text_vectorization_and_lists_of_tokens(tmp_path, jsonl):
    padcli.pad(jsonl(["A b. c!"]), tmp_path / "layer.npz", tokenizer="text-vectorization", maxlen=2)
    padcli.pad(jsonl([["X y", "Z", "z"]], "lists.jsonl"), tmp_path / "lists.npz", maxlen=1)
    (row,), _ = rows_of(tmp_path / "layer.npz", rows="0")
    assert (row.as_dict()["lost"], row.text) == ("a", "b c")
    (row,), _ = rows_of(tmp_path / "lists.npz", rows="0")
    assert (row.as_dict()["lost"], row.text) == ("x y z", "z")


@pytest.mark.parametrize("dtype", ["int64", "auto"])
def test_ids_of_no_tokenizer_stay_what_they_are(tmp_path, jsonl, dtype):
    padcli.pad(jsonl([[5, -7, 300], [], [0]]), tmp_path / "out.npy", maxlen=2, dtype=dtype)
    rows, _ = rows_of(tmp_path / "out.npy", rows=":")
    assert [(row.text, row.as_dict()["lost"]) for row in rows] == [("-7 300", "5"), ("", ""), ("0", "")]
    assert indices(tmp_path / "out.npy", find="300") == indices(tmp_path / "out.npy", find="#300") == [0]
    assert indices(tmp_path / "out.npy", find="0") == [2]  # a real token with the padding's id, and no padding
    assert indices(tmp_path / "out.npy", find=str(2**64)) == []


# Which rows


@pytest.fixture(scope="module")
def padded(tmp_path_factory):
    """The reviews, cut after 10 words, with a small vocabulary: the file, and its arrays."""
    path = tmp_path_factory.mktemp("padded") / "reviews.npz"
    padcli.pad(REVIEWS, path, maxlen=10, padding="post", truncating="post", vocab_size=60)
    with np.load(path) as archive:
        ids = np.where(archive["padding_mask"], archive["token_ids"], -1)
        return path, ids, archive["lengths"]


def test_each_option_finds_the_rows_that_numpy_finds(padded):
    path, ids, lengths = padded
    vocabulary = tokenizers.Tokenizer.from_file(str(path.with_suffix(".tokenizer.json"))).get_vocab()
    holds_unk, holds_the = (ids == 1).any(axis=1), (ids == vocabulary["the"]).any(axis=1)
    is_cut = lengths > 10
    assert 0 < is_cut.sum() < len(ids)
    assert indices(path, truncated=True, limit=0) == np.flatnonzero(is_cut).tolist()
    assert indices(path, unk=True, limit=0) == np.flatnonzero(holds_unk).tolist()
    assert indices(path, find="[UNK]", limit=0) == np.flatnonzero(holds_unk).tolist()
    assert indices(path, find="the", limit=0) == np.flatnonzero(holds_the).tolist()
    assert indices(path, find=f"#{vocabulary['the']}", limit=0) == np.flatnonzero(holds_the).tolist()
    assert indices(path, find="[PAD]", limit=0) == []
    both = holds_the & is_cut & holds_unk
    assert indices(path, find="the", truncated=True, unk=True, limit=0) == np.flatnonzero(both).tolist()
    assert indices(path, find="the", rows="10:40", limit=0) == (np.flatnonzero(holds_the[10:40]) + 10).tolist()
    by_length = np.argsort(-lengths, kind="stable")
    assert indices(path, longest=True, limit=0) == by_length.tolist()
    assert indices(path, longest=True) == by_length[:10].tolist()
    assert indices(path, longest=True, find="the", limit=3) == [i for i in by_length if holds_the[i]][:3]


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize(
    "options",
    [
        {"rows": "3:-3"},
        {"truncated": True, "limit": 0},
        {"find": "the", "rows": "5:"},
        {"longest": True, "unk": True, "limit": 7},
        {"find": "#0", "limit": 0},
    ],
)
def test_blocks_of_any_size_come_to_the_same(padded, tmp_path, monkeypatch, options, compress):
    path = tmp_path / "out.npz"
    how = {"maxlen": 10, "padding": "post", "truncating": "post", "vocab_size": 60}
    padcli.pad(REVIEWS, path, compress=compress, **how)
    whole = [row.as_dict() for row in rows_of(padded[0], **options)[0]]
    monkeypatch.setattr("padcli.formats.reader._BLOCK_BYTES", 3 * 10 * 4)
    assert [row.as_dict() for row in rows_of(path, **options)[0]] == whole


@pytest.mark.parametrize(
    ("kind", "token", "names"),
    [
        ("bpe", "the", {"the", "Ġthe"}),  # at the start of a text, and after a space, it is not the same token
        ("bpe", " the", {"Ġthe"}),
        ("bpe", "Ġthe", {"Ġthe"}),
        ("unigram", "the", {"the", "▁the"}),
        ("wordpiece", "##ing", {"##ing"}),
        ("wordpiece", "the", {"the"}),
    ],
)
def test_a_token_is_found_as_people_see_it(tmp_path, pieces, kind, token, names):
    original = tokenizers.Tokenizer.from_file(str(pieces / f"{kind}.json"))
    padcli.pad(REVIEWS, tmp_path / "out.npz", tokenizer=pieces / f"{kind}.json", pad_id=0)
    texts = [json.loads(line)["text"] for line in REVIEWS.read_text("utf-8").splitlines()]
    expected = [row for row, text in enumerate(texts) if names & {*original.encode(text).tokens}]
    assert expected
    assert indices(tmp_path / "out.npz", find=token, limit=0) == expected


def test_the_found_token_is_a_part_of_its_own(tmp_path, write, pieces):
    source = write("corpus.txt", "not the one\n")
    for tokenizer in (pieces / "bpe.json", pieces / "wordpiece.json", "whitespace"):
        padcli.pad(source, tmp_path / "out.npz", tokenizer=tokenizer, pad_id=0)
        (row,), _ = rows_of(tmp_path / "out.npz", find="the")
        assert ("found", "the") in row.parts
        assert row.text == "not the one"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--find", "kat"], "'kat' is not among the 6 tokens of the vocabulary.\nhint:  Did you mean 'sat' or 'cat'?"),
        (["--find", "The"], "Did you mean 'the'?"),
        (["--find", "#99"], "'#99' is not among the 6 tokens of the vocabulary"),
        (["--find", "\udce9"], "is not valid UTF-8"),
        (["--find", ""], "'' is not among the 6 tokens of the vocabulary"),
        (["--limit", "-1"], "--limit: expected an integer of at least 0"),
        (["--rows", "1-2"], "--rows: expected a range such as 0:5"),
    ],
)
def test_what_cannot_be_looked_for_is_told(command_here, write, arguments, message):
    write("corpus.txt", CORPUS)
    command_here("pad", "corpus.txt", "-q")
    finished = command_here("inspect", "corpus.npz", *arguments)
    assert (finished.returncode, finished.out) == (2, b"")
    assert message in finished.err


def test_ids_have_no_names_and_bytes_are_never_unknown(command_here, write, jsonl):
    jsonl([[1, 2]])
    write("corpus.txt", CORPUS)
    command_here("pad", "rows.jsonl", "-q")
    command_here("pad", "corpus.txt", "-q", "--tokenizer", "byte")
    assert "Search for an id instead" in command_here("inspect", "rows.npz", "--find", "cat").err
    assert "so none is [UNK]" in command_here("inspect", "rows.npz", "--unk").err
    assert "nothing is unknown to a tokenizer of the kind byte" in command_here("inspect", "corpus.npz", "--unk").err


@pytest.mark.parametrize(
    ("arguments", "shown", "said"),
    [
        (["--truncated"], 10, "10 of 30 rows that were cut; --limit 0 shows all."),
        (["--truncated", "--limit", "2"], 2, "2 of 30 rows that were cut; --limit 0 shows all."),
        (["--truncated", "--limit", "0"], 30, "30 of 30 rows that were cut."),
        (
            ["--longest", "--unk", "--limit", "1"],
            1,
            "1 of 30 rows that contain [UNK], longest first; --limit 0 shows all.",
        ),
        (["--find", "a", "--rows", "5:8", "--truncated"], 3, "3 of 3 rows that were cut and contain 'a' within 5:8."),
        (["--find", "c"], 0, "No rows that contain 'c'."),
        (["--limit", "3"], 3, "3 of 31 rows; --limit 0 shows all."),
        (["--rows", ":"], 31, ""),
    ],
)
def test_it_is_said_how_many_rows_there_are(command_here, write, arguments, shown, said):
    write("corpus.txt", "c a b\n" * 30 + "a\n")
    command_here("pad", "corpus.txt", "-q", "--maxlen", "2", "--vocab-size", "4", "--truncate", "pre")
    write("words.txt", "a b c\n")
    finished = command_here("inspect", "corpus.npz", *arguments) if arguments != ["--find", "c"] else None
    if finished is None:  # a token of the vocabulary that only stands in what was cut off
        command_here("fit", "words.txt", "-q", "-o", "words.json")
        command_here("pad", "corpus.txt", "-q", "--maxlen", "2", "--tokenizer", "words.json")
        finished = command_here("inspect", "corpus.npz", *arguments)
    assert finished.returncode == 0, finished.err
    assert len(finished.out.splitlines()) == shown
    assert said in finished.err
    assert ("rows" in finished.err.replace("corpus.txt", "")) == bool(said)


def test_a_large_file_is_not_searched_for_the_number_alone(tmp_path, write, monkeypatch):
    padcli.pad(write("corpus.txt", "a b\n" * 100), tmp_path / "out.npz")
    monkeypatch.setattr("padcli.inspection.row_filter._COUNTED_BYTES", 0)
    monkeypatch.setattr("padcli.formats.reader._BLOCK_BYTES", 10 * 8)
    rows, found = rows_of(tmp_path / "out.npz", find="a", limit=15)
    assert [row.index for row in rows] == list(range(15))
    assert (found.selection.total, found.selection.is_all) == (20, False)
    rows, found = rows_of(tmp_path / "out.npz", find="a", limit=100)
    assert (len(rows), found.selection.total, found.selection.is_all) == (100, 100, True)


# Where the lost text comes from


def test_row_i_is_record_i_of_all_inputs_without_those_that_were_left_out(tmp_path, write):
    first = write("a.jsonl", '{"text": "a b c"}\n\n{"text": 3}\nno json\n{"text": "d e f"}\n')
    second = write("b.jsonl.gz", gzip.compress(b'{"text": "g h i"}\n{}\n{"text": "j k l"}\n'))
    report = padcli.pad([first, second], tmp_path / "out.npz", maxlen=1, on_error="skip", chunk_bytes=10)
    assert report.rejected == 3
    lost = [row.as_dict()["lost"] for row in rows_of(tmp_path / "out.npz", rows=":")[0]]
    assert lost == ["a b", "d e", "g h", "j k"]
    assert rows_of(tmp_path / "out.npz", rows="-1:")[0][0].as_dict()["lost"] == "j k"


def test_the_encoding_and_the_field_are_those_of_the_file(tmp_path, write):
    source = write("corpus.jsonl", '{"data": {"body": "é ü ß"}}\n'.encode("utf-16"))
    padcli.pad(source, tmp_path / "out.npz", maxlen=1, encoding="utf-16", field="data.body")
    (row,), _ = rows_of(tmp_path / "out.npz", rows="0")
    assert row.as_dict()["lost"] == "é ü"


def test_inputs_are_found_beside_the_file_too(command_here, write, tmp_path, monkeypatch):
    write("corpus.txt", CORPUS)
    command_here("pad", "corpus.txt", "-q", "--maxlen", "2")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    rows, found = rows_of(tmp_path / "corpus.npz", rows="0")
    assert rows[0].as_dict()["lost"] == "the"
    assert (found.lost.place, found.lost.checked) == ("corpus.txt", "same sha256")


def change(path):
    path.write_bytes(path.read_bytes() + b"more\n")


def exchange(path):
    path.write_bytes(path.read_bytes().replace(b"cat", b"rat"))


def replace_by_a_pipe(path):
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("becomes", "why"),
    [
        (os.unlink, "corpus.txt: No such file or directory."),
        (change, "corpus.txt: has changed (from 21 to 26 bytes)."),
        (exchange, "corpus.txt: has changed (the sha256 differs)."),
        (replace_by_a_pipe, "corpus.txt: is not a regular file, and cannot be read again."),
    ],
)
def test_an_input_that_is_not_what_it_was_is_not_shown(command_here, write, becomes, why):
    source = write("corpus.txt", CORPUS)
    command_here("pad", "corpus.txt", "-q", "--maxlen", "2")
    becomes(source)
    finished = command_here("inspect", "corpus.npz", "--truncated")
    assert finished.out.decode() == "0\t3\t✂ 1 cut cat sat\t\n"
    assert f"The lost text of 1 row is not shown: {why}\n" in finished.err
    assert json.loads(command_here("inspect", "corpus.npz", "--rows", "0", "--json").out)["lost"] is None


def test_standard_input_cannot_be_read_again(command, write):
    command("pad", "-", "-q", "--maxlen", "2", stdin=CORPUS.encode())
    finished = command("inspect", "stdin.npz", "--rows", "0")
    assert finished.out.decode() == "0\t3\t✂ 1 cut cat sat\t\n"
    assert "the input was standard input, which cannot be read again." in finished.err


def test_of_large_inputs_the_ids_are_compared_and_not_the_digest(tmp_path, write, monkeypatch):
    monkeypatch.setattr("padcli.inspection.truncated_text._HASHED_BYTES", 0)
    source = write("corpus.txt", "the cat sat\na b c\n")
    padcli.pad(source, tmp_path / "out.npz", maxlen=2)
    rows, found = rows_of(tmp_path / "out.npz", rows=":")
    assert [row.as_dict()["lost"] for row in rows] == ["the", "a"]
    assert found.lost.checked.startswith("same size, and the same ids where they were kept")
    exchange(source)
    rows, found = rows_of(tmp_path / "out.npz", rows=":")
    assert [row.lost for row in rows] == [None, None]
    assert found.lost.why_not == "the input no longer gives the ids of row 0: it has changed."


def test_a_second_input_that_is_gone_leaves_the_rows_of_the_first(tmp_path, write):
    inputs = [write("a.txt", "a b\n"), write("b.txt", "c d\n")]
    padcli.pad(inputs, tmp_path / "out.npz", maxlen=1)
    inputs[1].unlink()
    rows, found = rows_of(tmp_path / "out.npz", rows=":")
    assert [row.as_dict()["lost"] for row in rows] == ["a", None]
    assert (found.lost.n_found, found.lost.n_missing) == (1, 1)


# Large and damaged files


def sparse(folder, n_rows, maxlen):
    """A large file of zeros, nearly all of which is nowhere on the disk."""
    padcli.pad(folder / "corpus.txt", folder / "small.npz", maxlen=maxlen)
    with zipfile.ZipFile(folder / "small.npz") as archive:
        meta = json.loads(archive.read("meta.json")) | {"rows": n_rows}
    with zipfile.ZipFile(folder / "large.npz", "w") as archive:
        for name, facts in meta["arrays"].items():
            facts["shape"][0] = n_rows
            header = {"descr": facts["dtype"], "fortran_order": False, "shape": tuple(facts["shape"])}
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array_header_1_0(member, header)
                size = int(np.prod(facts["shape"])) * np.dtype(facts["dtype"]).itemsize
                member._fileobj.seek(size - 1, 1)
                member._fileobj.write(b"\0")
                member._file_size += size
        archive.writestr("meta.json", json.dumps(meta))
    (folder / "small.tokenizer.json").rename(folder / "large.tokenizer.json")
    return folder / "large.npz"


MEASURED = "import os, sys; sys.argv[1:] = {!r}; from padcli.__main__ import main; os._exit = int; main(); "
MEASURED += "import time; print(open('/proc/self/status').read(), 'seconds:', time.process_time(), file=sys.stderr)"


@pytest.mark.parametrize(
    "arguments",
    [["--rows", "0:5"], ["--rows=-1:"], ["--find", "[PAD]", "--rows", "0:10"], ["--truncated"], ["--longest"], []],
)
def test_10_gb_are_looked_into_at_once(tmp_path, write, arguments):
    write("corpus.txt", CORPUS)
    path = sparse(tmp_path, n_rows=2_000_000, maxlen=1024)
    assert path.stat().st_size > 10e9
    code = MEASURED.format(["inspect", str(path), *arguments])
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    # Not of the clock, since others may be at work: what waits for nothing takes as long as that.
    assert float(re.search(r"seconds: ([\d.]+)", finished.stderr)[1]) < 2
    assert int(re.search(r"VmHWM:\s+(\d+) kB", finished.stderr)[1]) < 130_000
    assert bool(finished.stdout) == (arguments != ["--truncated"] and "--find" not in arguments)


def test_rows_at_the_end_of_a_compressed_file_take_no_more_memory(tmp_path, monkeypatch):
    (tmp_path / "corpus.txt").write_text("a\n" * 200_000)
    padcli.pad(tmp_path / "corpus.txt", tmp_path / "out.npz", maxlen=250, compress=True)
    code = MEASURED.format(["inspect", str(tmp_path / "out.npz"), "--rows=-1:"])
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert finished.stdout == "199999\t1\t[PAD]×249 a\t\n"
    assert int(re.search(r"VmHWM:\s+(\d+) kB", finished.stderr)[1]) < 140_000  # the arrays are 250 MB


def test_a_damaged_file_is_told(command_here, write, tmp_path):
    write("corpus.txt", "".join(f"{n} a b c\n" for n in range(5000)))
    command_here("pad", "corpus.txt", "-q", "--compress")
    content = bytearray((tmp_path / "corpus.npz").read_bytes())
    content[5000:5100] = bytes(100)
    (tmp_path / "corpus.npz").write_bytes(content)
    finished = command_here("inspect", "corpus.npz", "--rows=-1:")
    assert finished.returncode == 2
    assert "corpus.npz: is damaged: Bad CRC-32" in finished.err


def test_ids_that_no_token_has_are_shown_as_numbers(command_here, write, tmp_path):
    write("corpus.txt", CORPUS)
    command_here("pad", "corpus.txt", "-q", "-o", "out.npy")
    ids = np.load(tmp_path / "out.npy", mmap_mode="r+")
    ids[0] = [99, 2, -5]
    ids.flush()
    assert command_here("inspect", "out.npy", "--rows", "0").out.decode() == "0\t3\t#99 the #-5\t\n"


def test_a_file_without_rows(command_here, write):
    write("empty.txt", "")
    command_here("pad", "empty.txt", "-q", "--maxlen", "3")
    assert "rows 0" in " ".join(command_here("inspect", "empty.npz").out.decode().split())
    assert "No rows that were cut." in command_here("inspect", "empty.npz", "--truncated").err
    assert "none of the 0 rows" in command_here("inspect", "empty.npz", "--rows", "0").err


# What a pipe gets, and what a terminal shows


@pytest.mark.parametrize(
    ("arguments", "rows", "expected"),
    [
        (["--maxlen", "2"], "0:3", ["0|3|✂ 1 cut cat sat|the", "1|2|the dog|", "2|0|[PAD]×2|"]),
        (["--maxlen", "4", "--post"], "0:2", ["0|3|the cat sat [PAD]×1|", "1|2|the dog [PAD]×2|"]),
        (["--maxlen", "2", "--truncate", "post"], "0", ["0|3|the cat ✂ 1 cut|sat"]),
        (["--vocab-size", "3"], "-3:-1", ["0|3|the [UNK] [UNK]|", "1|2|[PAD]×1 the [UNK]|"]),
        (["--tokenizer", "char", "--maxlen", "5"], "0", ["0|11|✂ 6 cut t sat|the ca"]),
        (["--tokenizer", "byte", "--maxlen", "5", "--post"], "1:", ["1|7|✂ 2 cut e dog|th", "2|0|[PAD]×5|"]),
    ],
)
def test_in_a_pipe_a_row_is_a_line_with_tabs(command_here, write, arguments, rows, expected):
    write("corpus.txt", CORPUS)
    command_here("pad", "corpus.txt", "-q", *arguments)
    shown = command_here("inspect", "corpus.npz", f"--rows={rows}").out.decode()
    assert shown.splitlines() == [line.replace("|", "\t") for line in expected]


def test_labels_follow_and_nothing_in_them_breaks_the_line(command_here, write):
    write("a[bold]b.jsonl", '{"text": "x\\u001b[2Jy\\n", "tag": "[red]\\tb\\u0007"}\n')
    command_here("pad", "a[bold]b.jsonl", "-q", "--tokenizer", "char", "--label", "tag")
    assert b"a[bold]b.jsonl" in command_here("inspect", "a[bold]b.npz").out
    shown = command_here("inspect", "a[bold]b.npz", "--rows", "0").out
    assert shown == b"0\t7\tx\\x1b[2Jy\\n\t\ttag=[red]\\tb\\x07\n"


def test_json_is_an_object_a_line(command_here):
    command_here("pad", REVIEWS, "-q", "--maxlen", "5", "--label", "stars", "-o", "out.npz")
    lines = command_here("inspect", "out.npz", "--rows", "1:3", "--json").out.splitlines()
    assert [list(json.loads(line)) for line in lines] == [["index", "length", "ids", "text", "lost", "labels"]] * 2
    assert json.loads(lines[0])["labels"] == {"stars": 2.0}
    facts = json.loads(command_here("inspect", "out.npz", "--json").out)
    assert facts["meta"]["rows"] == 80
    assert sum(facts["labels"]["stars"]["counts"].values()) == 80


def test_it_decodes_with_the_tokenizer_that_made_the_file_and_no_other(command_here, write, tmp_path):
    write("corpus.txt", CORPUS)
    command_here("pad", "corpus.txt", "-q", "--save-tokenizer", "words.json")
    (tmp_path / "words.json").rename(tmp_path / "moved.json")
    command_here("fit", "corpus.txt", "-q", "-o", "other.json", "--vocab-size", "3")
    refused = "not found, or has changed"
    assert refused in command_here("inspect", "corpus.npz", "--rows", "0").err
    assert refused in command_here("inspect", "corpus.npz", "--rows", "0", "--tokenizer", "other.json").err
    assert b"the cat sat" in command_here("inspect", "corpus.npz", "--rows", "0", "--tokenizer", "moved.json").out


def plain(seen):
    """What is left of a terminal's screen without its colours, line by line."""
    return [line.rstrip() for line in re.sub(r"\x1b\[[\d;?]*\w", "", seen).replace("\r", "").splitlines()]


def test_a_terminal_marks_what_is_no_plain_token(command_here, write, tmp_path, pieces):
    write("corpus.txt", CORPUS)
    command_here("pad", "corpus.txt", "-q", "--vocab-size", "3", "--maxlen", "2", "--post", "--truncate", "post")
    seen = run_in_terminal(["inspect", "corpus.npz", "--rows", "0:3", "--find", "the", "--limit", "0"], tmp_path, 80)
    for marked in (r"\[[\d;]*1m✂ 1 cut", r"\[1m\[UNK\]", r"\[7mthe"):
        assert re.search(marked, seen), marked
    assert re.search(r"\[3m\[PAD\]×2", run_in_terminal(["inspect", "corpus.npz", "--rows", "2"], tmp_path, 80))
    how = ["--tokenizer", str(pieces / "wordpiece.json"), "--add-special-tokens"]
    command_here("pad", "corpus.txt", "-q", "-o", "special.npz", *how)
    assert re.search(r"\[4m\[CLS\]", run_in_terminal(["inspect", "special.npz", "--rows", "0"], tmp_path, 80))


def test_what_was_lost_stands_beside_or_below_what_was_kept(command_here, write, tmp_path):
    write("corpus.txt", CORPUS)
    command_here("pad", "corpus.txt", "-q", "--maxlen", "2")
    wide = plain(run_in_terminal(["inspect", "corpus.npz", "--rows", ":"], tmp_path, 100))
    assert wide[0].split() == ["row", "tokens", "kept", "lost"]
    assert re.fullmatch(r"  0       3  ✂ 1 cut cat sat +the", wide[1])
    assert wide[1].index("the") == wide[0].index("lost")
    narrow = plain(run_in_terminal(["inspect", "corpus.npz", "--rows", ":"], tmp_path, 80))
    assert narrow[:3] == ["row  tokens  text", "  0       3  ✂ 1 cut cat sat", "       lost  the"]


def test_wide_characters_stay_in_their_column(command_here, write, tmp_path):
    write("corpus.txt", "猫 が 好き です ね\n" * 2 + "word " * 9 + "\n")
    command_here("pad", "corpus.txt", "-q", "--maxlen", "3", "--tokenizer", "whitespace")
    lines = plain(run_in_terminal(["inspect", "corpus.npz", "--rows", ":"], tmp_path, 120))[:4]
    starts = [line[: line.index(lost)] for line, lost in zip(lines, ["lost", "猫", "猫", "word"], strict=True)]
    assert [line[: line.index("kept")] for line in lines[:1]] == ["row  tokens  "]
    assert len(set(map(cell_len, starts[:3]))) == 1


@pytest.mark.parametrize("width", [80, 120])
def test_contents_have_the_figures_of_the_arrays(command_here, tmp_path, monkeypatch, width):
    how = ["--maxlen", "15", "--post", "--label", "stars", "--label", "label", "--label", "lang", "--label", "id"]
    command_here("pad", REVIEWS, "-q", *how, "-o", "out.npz")
    monkeypatch.setenv("COLUMNS", str(width))
    shown = command_here("inspect", "out.npz").out.decode()
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert max(map(cell_len, shown.splitlines())) <= width
    with np.load(tmp_path / "out.npz") as arrays:
        lengths, stars, langs = arrays["lengths"], arrays["stars"], arrays["lang"]
    cut = np.maximum(lengths - 15, 0)
    p90 = np.sort(lengths)[int(np.ceil(0.9 * len(lengths))) - 1]
    for line in [
        "rows 80",
        f"tokens {lengths.sum():,} 0.0% [UNK]",
        f"rows cut {(cut > 0).sum()} {(cut > 0).mean():.1%} !",
        f"tokens lost {cut.sum()} {cut.sum() / lengths.sum():.1%} !",
        "array 80 × 15 int32 padded post, cut pre, with 0",
        f"stars 1.0 {(stars == 1).sum()} {(stars == 1).mean():.1%}",
        f"en {(langs == 'en').sum()} {(langs == 'en').mean():.1%}",
        "id many, 1 to 80 80",
        "token_ids int32 80 × 15",
        "padding_mask bool 80 × 15",
        f"on disk {(tmp_path / 'out.npz').stat().st_size / 1000:.1f} kB",
    ]:
        assert line in lines or any(row.endswith(line) for row in lines), line
    (percentiles,) = [
        line.split() for line in lines if line.split()[:1] == [str(lengths.min())] and len(line.split()) == 7
    ]
    assert (int(percentiles[3]), int(percentiles[6])) == (p90, lengths.max())


def test_contents_name_the_tokenizer_and_the_inputs(command_here, write):
    write("corpus.txt", CORPUS)
    command_here("pad", "corpus.txt", "-q", "--maxlen", "2")
    shown = command_here("inspect", "corpus.npz").out.decode()
    for part in ("word, 6 ids (saved next to it, if at all)", "corpus.txt, 21 bytes", "made by", "1 empty"):
        assert part in shown
