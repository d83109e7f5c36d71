"""`--croissant`: what it says of the files is so."""

import hashlib
import json

import numpy as np
import pytest
from conftest import SAMPLE_DATA

import padcli
from padcli.errors import UsageError

REVIEWS = SAMPLE_DATA / "reviews.jsonl"
OPTIONS = {"maxlen": 16, "padding": "post", "label": ["label", "lang", "stars"]}


def described(folder, output="out.npz", **options):
    """The description of an output, read again."""
    padcli.pad(REVIEWS, folder / output, croissant=folder / "croissant.json", **{**OPTIONS, **options})
    return json.loads((folder / "croissant.json").read_text(encoding="utf-8"))


NUMBERS = ["label", "stars"]  # which formats without text hold
SHAPES = [
    ("out.npz", {}),
    ("out.parquet", {}),
    ("out.parquet", {"pack": "best-fit"}),
    ("out.arrow", {"pack": "best-fit"}),
    ("out.safetensors", {"label": NUMBERS}),
    ("out.tfrecord", {}),
    ("out.hf", {}),
    ("out.npz", {"shard_rows": 30}),
    ("out.npy", {"shard_rows": 30, "label": NUMBERS}),
    ("out.npy", {"names": "hf"}),
    ("out.npz", {"bucket": "8,16"}),
    ("out.npz", {"pack": "best-fit"}),
    ("out.npz", {"split_into": "train=0.8,val=0.2"}),
]


@pytest.mark.parametrize(("output", "options"), SHAPES)
def test_each_file_has_its_size_and_digest_and_each_member_its_file(tmp_path, output, options):
    description = described(tmp_path, output, **options)
    files = {each["@id"]: each for each in description["distribution"] if "containedIn" not in each}
    there = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert files.keys() == there - {"croissant.json"}
    for name, file in files.items():
        content = (tmp_path / file["contentUrl"]).read_bytes()
        assert file["sha256"] == hashlib.sha256(content).hexdigest(), name
        assert file["contentSize"] == f"{len(content)} B"
    for member in description["distribution"]:
        if "containedIn" in member:
            with np.load(tmp_path / member["containedIn"]["@id"]) as arrays:
                assert member["contentUrl"].removesuffix(".npy") in arrays


def test_each_array_has_its_type_and_shape(tmp_path):
    description = described(tmp_path, dtype="uint16")
    fields = {field["name"]: field for each in description["recordSet"] for field in each["field"]}
    assert {name: (field["dataType"], field.get("arrayShape")) for name, field in fields.items()} == {
        "token_ids": ("cr:UInt16", "16"),
        "padding_mask": ("sc:Boolean", "16"),
        "lengths": ("cr:Int32", None),
        "label": ("cr:Int64", None),
        "lang": ("sc:Text", None),
        "stars": ("cr:Float64", None),
    }
    known = {each["@id"] for each in description["distribution"]}
    assert all(field["source"]["fileObject"]["@id"] in known for field in fields.values())
    assert description["description"] == (
        "reviews.jsonl as padded token ids and their masks, made by padcli: 80 rows of 16 token ids."
    )


@pytest.mark.parametrize("output", ["out.parquet", "out.arrow", "out.tfrecord", "out.hf"])
def test_a_table_is_described_by_its_columns(tmp_path, output):
    (rows,) = described(tmp_path, output, pack="best-fit")["recordSet"]
    fields = {field["name"]: field for field in rows["field"]}
    assert "row_offsets" not in fields
    assert {name: field.get("arrayShape") for name, field in fields.items()} == {
        "token_ids": "16", "padding_mask": "16", "segment_ids": "16", "position_ids": "16", "lengths": None,
        "record": "-1", "label": "-1", "lang": "-1", "stars": "-1",
    }  # fmt: skip
    assert {field["source"]["extract"]["column"] for field in rows["field"]} == fields.keys()
    (place,) = {field["source"]["fileObject"]["@id"] for field in rows["field"]}
    assert place == ("out.hf/data-00000-of-00001.arrow" if output == "out.hf" else output)


def test_shards_are_described_one_by_one(tmp_path):
    description = described(tmp_path, shard_rows=30)
    sets = [each["@id"] for each in description["recordSet"] if each["@id"].endswith("#lengths")]
    assert sets == [f"out-0000{n}-of-00003.npz#lengths" for n in range(3)]


def test_the_description_is_the_same_every_time_and_holds_no_place_of_the_machine(tmp_path):
    first = described(tmp_path)
    assert described(tmp_path, if_changed=True) == first
    assert str(tmp_path) not in json.dumps(first)
    assert str(SAMPLE_DATA) not in json.dumps(first)


def test_files_in_other_folders_are_named_from_the_place_of_the_description(tmp_path):
    (tmp_path / "data").mkdir()
    padcli.pad(REVIEWS, tmp_path / "data" / "out.npz", croissant=tmp_path / "croissant.jsonld")
    description = json.loads((tmp_path / "croissant.jsonld").read_text())
    assert [each["contentUrl"] for each in description["distribution"][:2]] == [
        "data/out.tokenizer.json", "data/out.npz",
    ]  # fmt: skip


def test_where_a_gate_fails_there_is_nothing_to_describe(tmp_path):
    with pytest.raises(padcli.GateError):
        described(tmp_path, fail_if="rows>1")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("output", "croissant", "message"),
    [("out.npz", "out.txt", "expected a file name ending in .json"), ("-", "out.json", "describes files")],
)
def test_what_cannot_be_described_is_refused_before_any_work(tmp_path, monkeypatch, output, croissant, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=message):
        padcli.pad(REVIEWS, output, croissant=croissant)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("output", "options"), SHAPES)
def test_names_are_unique_and_no_set_of_records_needs_a_join_of_files(tmp_path, output, options):
    """What else mlcroissant refuses; `make frameworks` asks it itself."""
    description = described(tmp_path, output, **options)
    sets, files = description["recordSet"], description["distribution"]
    names = [each["@id"] for each in (*files, *sets, *(field for each in sets for field in each["field"]))]
    assert len(set(names)) == len(names)
    for each in sets:
        assert len({field["source"]["fileObject"]["@id"] for field in each["field"]}) == 1
        assert all(("isArray" in field) == ("arrayShape" in field) for field in each["field"])
