"""`--like train.npz`: a validation set is padded as the training set was, whatever else is the default."""

import json

import numpy as np
import pytest
from conftest import SAMPLE_DATA

import padcli

TRAIN = [{"body": {"text": "the cat sat on the mat"}, "label": 1}, {"body": {"text": "a dog"}, "label": 0}]
VALID = [{"body": {"text": "the dog sat"}, "label": 1}, {"body": {"text": "a bird"}, "label": 0}]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, rows in (("train", TRAIN), ("valid", VALID)):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


ALIKE = {
    "field": "body.text",
    "label": "label",
    "maxlen": "p50",
    "padding": "post",
    "truncating": "post",
    "dtype": "int64",
    "pad_id": 0,
}


@pytest.mark.parametrize("names", ["keras", "hf"])
@pytest.mark.parametrize("extension", ["npz", "npy"])
def test_it_is_as_if_each_option_and_the_tokenizer_were_given(folder, names, extension):
    padcli.pad("train.jsonl", f"train.{extension}", names=names, **ALIKE)
    like = padcli.pad("valid.jsonl", f"valid.{extension}", like=f"train.{extension}")
    given = {**ALIKE, "maxlen": 2, "names": names, "tokenizer": "train.tokenizer.json"}
    padcli.pad("valid.jsonl", f"given.{extension}", **given)
    found, expected = padcli.load(f"valid.{extension}"), padcli.load(f"given.{extension}")
    assert found.token_ids.tolist() == expected.token_ids.tolist()
    assert found.token_ids.shape == (2, 2)
    assert {name: labels.tolist() for name, labels in found.labels.items()} == {
        {"keras": "label", "hf": "labels"}[names]: [1, 0]
    }
    assert found.meta["options"] == expected.meta["options"]
    assert like.tokenizer.path == "train.tokenizer.json"
    assert not (folder / "valid.tokenizer.json").exists()


def test_what_is_given_takes_precedence_also_where_it_is_the_default(folder, command):
    padcli.pad("train.jsonl", "train.npz", **ALIKE)
    finished = command("pad", "valid.jsonl", "--like", "train.npz", "--pre", "--maxlen", "4", "-o", "valid.npz")
    assert finished.returncode == 0, finished.err
    options = padcli.load("valid.npz").meta["options"]
    assert {name: options[name] for name in ("padding", "truncating", "maxlen", "dtype", "field")} == {
        "padding": "pre", "truncating": "post", "maxlen": 4, "dtype": "int64", "field": "body.text",
    }  # fmt: skip
    plain = command("pad", "valid.jsonl", "--field", "body.text", "--like", "train.npz", "-o", "again.npz")
    assert plain.returncode == 0
    assert padcli.load("again.npz").meta["options"]["padding"] == "post"


def test_the_tokenizer_is_found_from_another_folder(folder, monkeypatch):
    (folder / "data").mkdir()
    padcli.pad("train.jsonl", "data/train.npz", **ALIKE)
    padcli.pad("valid.jsonl", "valid.npz", like="data/train.npz")
    monkeypatch.chdir(folder / "data")
    padcli.pad("../valid.jsonl", "valid.npz", like="train.npz")
    assert padcli.load("valid.npz").token_ids.tolist() == padcli.load("../valid.npz").token_ids.tolist()


def test_a_tokenizer_that_is_missing_or_changed_is_refused(folder):
    padcli.pad("train.jsonl", "train.npz", **ALIKE)
    tokenizer = folder / "train.tokenizer.json"
    content = tokenizer.read_text()
    tokenizer.write_text(content.replace("cat", "cow"))
    with pytest.raises(padcli.PadcliError, match="is not the tokenizer it was made with: it has changed"):
        padcli.pad("valid.jsonl", "valid.npz", like="train.npz")
    tokenizer.unlink()
    with pytest.raises(padcli.PadcliError, match="its tokenizer is missing"):
        padcli.pad("valid.jsonl", "valid.npz", like="train.npz")
    with pytest.raises(padcli.PadcliError, match="No such file"):
        padcli.pad("valid.jsonl", "valid.npz", like="none.npz")


@pytest.mark.parametrize(
    ("before", "now", "dtype"),
    [
        ([1, 2], [3], "int64"),
        ([0.5, 1], [2], "float64"),
        ([1, 2], [0.5], None),
        ([True, False], [True], "bool"),
        ([True, False], [1], None),
        (["yes", "no"], ["maybe"], "<U5"),
        (["yes, of course", "no"], ["no"], "<U14"),
        (["yes", "no"], [1], None),
        ([1, 2], ["yes"], None),
    ],
)
def test_labels_keep_their_types(folder, before, now, dtype):
    for name, values in (("train", before), ("valid", now)):
        rows = [{"text": "a b", "y": value} for value in values]
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    padcli.pad("train.jsonl", "train.npz", label="y")
    if dtype is None:
        with pytest.raises(padcli.PadcliError, match="the label y was"):
            padcli.pad("valid.jsonl", "valid.npz", like="train.npz")
    else:
        padcli.pad("valid.jsonl", "valid.npz", like="train.npz")
        labels = padcli.load("valid.npz").labels["y"]
        assert (labels.dtype, labels.tolist()) == (np.dtype(dtype), now)


def test_ids_have_no_tokenizer(folder):
    padcli.pad(SAMPLE_DATA / "ids.jsonl", "train.npz", maxlen=5)
    padcli.pad(SAMPLE_DATA / "ids.jsonl", "valid.npz", like="train.npz")
    assert padcli.load("valid.npz").token_ids.tolist() == padcli.load("train.npz").token_ids.tolist()


def test_if_changed_goes_with_it(folder):
    padcli.pad("train.jsonl", "train.npz", **ALIKE)
    assert not padcli.pad("valid.jsonl", "valid.npz", like="train.npz", if_changed=True).up_to_date
    assert padcli.pad("valid.jsonl", "valid.npz", like="train.npz", if_changed=True).up_to_date
