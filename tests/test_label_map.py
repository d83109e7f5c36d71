"""Labels that are texts become integers: the classes are sorted, numbered from 0, and named in the metadata."""

import json

import numpy as np
import pytest
from conftest import SAMPLE_DATA

import padcli
from padcli import formats
from padcli.encode import label_summary

LANGUAGES = ["de", "en", "es", "fr"]


def jsonl(path, labels, **others):
    lines = [{"text": f"word{i % 7} a b"[: 5 + i % 5], "label": label, **others} for i, label in enumerate(labels)]
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return path


def arrays(path):
    with np.load(path) as archive:
        return {name: archive[name] for name in archive.files if name != "meta.json"}, json.loads(archive["meta.json"])


def texts_of(path, name="label"):
    found, meta = arrays(path)
    assert found[name].dtype == np.int64
    return np.array(meta["label_classes"][name])[found[name]]


def test_classes_are_sorted_and_numbered_from_0(tmp_path):
    source = jsonl(tmp_path / "in.jsonl", ["pos", "neg", "é", "Z", "neg", "\U00010000", "\uffff", "", "nul\0"], stars=3)
    padcli.pad(source, tmp_path / "out.npz", label=["label", "stars"], label_map=True)
    found, meta = arrays(tmp_path / "out.npz")
    classes = ["", "Z", "neg", "nul\0", "pos", "é", "\uffff", "\U00010000"]
    assert classes == sorted(classes, key=str.encode)  # by their bytes
    assert meta["label_classes"] == {"label": classes}
    assert found["label"].tolist() == [4, 2, 5, 1, 2, 7, 6, 0, 3]
    assert found["label"].dtype == np.int64
    assert found["stars"].tolist() == [3] * 9  # numbers stay what they are
    data = padcli.load(tmp_path / "out.npz")
    assert data.label_classes == {"label": classes}
    assert padcli.verify(tmp_path / "out.npz").ok


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"shuffle": True},
        {"overflow": "window", "stride": 2, "maxlen": 5},
        {"pack": "best-fit", "maxlen": 40},
        {"drop_duplicates": True},
        {"limit": 100},
    ],
    ids=lambda options: "-".join(options) or "plain",
)
def test_integers_stand_for_the_texts_of_the_same_run_without_it(tmp_path, options):
    source = SAMPLE_DATA / "reviews.jsonl"
    padcli.pad(source, tmp_path / "text.npz", label=["lang", "label"], **{"maxlen": 9, **options})
    padcli.pad(source, tmp_path / "map.npz", label=["lang", "label"], label_map=True, **{"maxlen": 9, **options})
    plain, _ = arrays(tmp_path / "text.npz")
    mapped, meta = arrays(tmp_path / "map.npz")
    assert plain["lang"].dtype.kind == "U"
    np.testing.assert_array_equal(texts_of(tmp_path / "map.npz", "lang"), plain["lang"])
    assert meta["label_classes"] == {"lang": sorted(set(plain["lang"].tolist()))}
    for name in plain.keys() - {"lang"}:
        np.testing.assert_array_equal(mapped[name], plain[name], strict=True)
    assert padcli.verify(tmp_path / "map.npz").ok


def test_any_number_of_workers_and_any_splits_give_the_same_bytes(tmp_path):
    options = {"label": "lang", "label_map": True, "maxlen": 9}
    for i, run in enumerate([{"workers": 1}, {"workers": 3, "chunk_bytes": 300}, {"workers": 2, "chunk_bytes": 2000}]):
        padcli.pad(SAMPLE_DATA / "reviews.jsonl", tmp_path / f"{i}.npz", **options, **run)
    assert len({(tmp_path / f"{i}.npz").read_bytes() for i in range(3)}) == 1


def test_parts_share_the_classes_of_the_whole(tmp_path):
    """A class that no record of the first part has keeps its number: none changes with the split."""
    source = jsonl(tmp_path / "in.jsonl", [f"class {i}" for i in range(40)])
    padcli.pad(source, tmp_path / "out.npz", label="label", label_map=True, split_into="train=0.5,val=0.5")
    metas = [arrays(tmp_path / f"out.{part}.npz")[1] for part in ("train", "val")]
    assert [meta["label_classes"]["label"] for meta in metas] == [sorted(f"class {i}" for i in range(40))] * 2
    found = [set(texts_of(tmp_path / f"out.{part}.npz").tolist()) for part in ("train", "val")]
    assert not found[0] & found[1]
    assert found[0] | found[1] == {f"class {i}" for i in range(40)}
    assert all(len(each) < 40 for each in found)


def test_like_takes_the_classes_over(tmp_path):
    jsonl(tmp_path / "train.jsonl", ["pos", "neg", "neutral"])
    jsonl(tmp_path / "test.jsonl", ["pos", "pos"])
    padcli.pad(tmp_path / "train.jsonl", tmp_path / "train.npz", label="label", label_map=True)
    padcli.pad(tmp_path / "test.jsonl", tmp_path / "test.npz", like=tmp_path / "train.npz")
    found, meta = arrays(tmp_path / "test.npz")
    assert found["label"].tolist() == [2, 2]
    assert meta["label_classes"] == {"label": ["neg", "neutral", "pos"]}
    same = padcli.pad(tmp_path / "test.jsonl", tmp_path / "test.npz", like=tmp_path / "train.npz", if_changed=True)
    assert same.up_to_date
    padcli.pad(jsonl(tmp_path / "train.jsonl", ["pos", "neg"]), tmp_path / "train.npz", label="label", label_map=True)
    again = padcli.pad(tmp_path / "test.jsonl", tmp_path / "test.npz", like=tmp_path / "train.npz", if_changed=True)
    assert not again.up_to_date


@pytest.mark.parametrize(("labels", "record"), [(["pos", "neg", "maybe"], 2), ([1, 0, 1], 0)])
@pytest.mark.parametrize("chunk_bytes", [2**20, 40])
def test_like_refuses_a_class_that_is_unknown_there(tmp_path, labels, record, chunk_bytes):
    padcli.pad(
        jsonl(tmp_path / "train.jsonl", ["pos", "neg", "1"]), tmp_path / "train.npz", label="label", label_map=True
    )
    jsonl(tmp_path / "test.jsonl", labels)
    with pytest.raises(
        padcli.PadcliError, match=rf"test\.jsonl, record {record}: the label label is '?{labels[record]}"
    ):
        padcli.pad(tmp_path / "test.jsonl", tmp_path / "test.npz", like=tmp_path / "train.npz", chunk_bytes=chunk_bytes)
    assert not (tmp_path / "test.npz").exists()


def test_too_many_classes_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(label_summary, "MOST_CLASSES", 5)
    source = jsonl(tmp_path / "in.jsonl", [f"user {i}" for i in range(9)])
    for chunk_bytes in (2**20, 60):
        with pytest.raises(padcli.PadcliError, match="label has more than 5 different texts, which are no classes"):
            padcli.pad(source, tmp_path / "out.npz", label="label", label_map=True, chunk_bytes=chunk_bytes)
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def test_without_labels_there_is_nothing_to_map(tmp_path):
    with pytest.raises(padcli.PadcliError, match="--label-map: there are no labels to map"):
        padcli.pad(SAMPLE_DATA / "reviews.jsonl", tmp_path / "out.npz", label_map=True)


def test_names_of_hugging_face(tmp_path):
    source = jsonl(tmp_path / "in.jsonl", ["b", "a"])
    padcli.pad(source, tmp_path / "out.npz", label="label", label_map=True, names="hf")
    assert padcli.load(tmp_path / "out.npz").label_classes == {"labels": ["a", "b"]}
    assert padcli.load(tmp_path / "out.npz").labels["labels"].tolist() == [1, 0]


def test_summary_and_inspect_show_the_classes(tmp_path, command_here):
    source = jsonl(tmp_path / "in.jsonl", ["pos", "neg", "neg"])
    shown = command_here("pad", source, "-o", "out.npz", "--label", "label", "--label-map")
    assert "label: neg, pos" in shown.err
    lines = [line.split() for line in command_here("inspect", "out.npz").out.decode().splitlines()]
    assert ["label", "0", "neg", "2", "66.7%"] in lines
    assert ["1", "pos", "1", "33.3%"] in lines


def test_verify_finds_a_number_that_no_class_has(tmp_path):
    padcli.pad(jsonl(tmp_path / "in.jsonl", ["pos", "neg"]), tmp_path / "out.npy", label="label", label_map=True)
    np.save(tmp_path / "out.label.npy", np.array([1, 7]))
    wrong = {check.name: check.text for check in padcli.verify(tmp_path / "out.npy").checks if check.ok is False}
    assert wrong.keys() == {"label", "classes"}
    assert wrong["classes"] == "label holds 7, expected 0 to 1"


def test_compare_knows_classes_by_their_texts(tmp_path):
    source = jsonl(tmp_path / "in.jsonl", ["pos", "neg", "neg"])
    padcli.pad(source, tmp_path / "map.npz", label="label", label_map=True)
    padcli.pad(source, tmp_path / "text.npz", label="label")
    found = padcli.compare(tmp_path / "map.npz", tmp_path / "text.npz")
    assert found.first.labels == found.second.labels == {"label": {"neg": 2, "pos": 1}}


class NoText:
    """A toy format that holds no text."""

    def check(self, specs):
        for spec in specs:
            if spec.dtype.kind == "U":
                raise padcli.errors.UsageError(f"{spec.name} is text.", hint="Use --label-map.")

    def paths(self, output, names):
        return [output]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_text_is_refused_before_all_is_read_where_the_format_holds_none(tmp_path, monkeypatch, workers):
    monkeypatch.setitem(formats.FORMATS, ".toy", (f"{__name__}:NoText", None))
    read, original = [], padcli.sources.jsonl.JsonlSource.read
    monkeypatch.setattr(
        padcli.sources.jsonl.JsonlSource, "read", staticmethod(lambda *given: read.append(1) or original(*given))
    )
    source = jsonl(tmp_path / "in.jsonl", ["neg", "pos"] * 500)
    with pytest.raises(padcli.PadcliError, match="label is text") as caught:
        padcli.pad(source, tmp_path / "out.toy", label="label", chunk_bytes=400, workers=workers)
    assert caught.value.hint == "Use --label-map."
    assert len(read) <= 1 + 2 * workers
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]
