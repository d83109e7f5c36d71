"""`.safetensors`, read by the library of that name."""

import json
import struct

import numpy as np
import pytest
from output_shapes import RECORDS, SHAPES, numbers_only, pad_both, write_corpus
from safetensors import safe_open
from safetensors.numpy import load, load_file

import padcli
from padcli.files import direct


@pytest.mark.parametrize("shape", list(filter(numbers_only, SHAPES)))
def test_its_library_reads_the_arrays_of_the_npz(tmp_path, shape):
    path, expected = pad_both(tmp_path, ".safetensors", SHAPES[shape])
    found = load_file(path)
    assert set(found) == set(expected)
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array, strict=True)


def test_no_rows_at_all(tmp_path):
    path, expected = pad_both(tmp_path, ".safetensors", {"maxlen": 3}, records=[])
    assert {name: array.shape for name, array in load_file(path).items()} == {
        name: array.shape for name, array in expected.items()
    }


def test_metadata_are_texts_in_the_header_and_give_the_digests_of_the_npz(tmp_path):
    path, _ = pad_both(tmp_path, ".safetensors", SHAPES["labels"])
    with safe_open(path, "np") as file:
        meta = json.loads(file.metadata()["padcli"])
        assert file.metadata()["format"] == "np"
        assert file.get_slice("token_ids")[3:5].shape == (2, 9)
    assert meta == padcli.load(path).meta
    assert meta["arrays"] == padcli.load(tmp_path / "expected.npz").meta["arrays"]


def test_each_array_begins_where_it_can_be_mapped(tmp_path):
    path, expected = pad_both(tmp_path, ".safetensors", SHAPES["labels"])
    content = path.read_bytes()
    (n_header,) = struct.unpack("<Q", content[:8])
    assert n_header % 8 == 0
    header = json.loads(content[8 : 8 + n_header])
    for name, array in expected.items():
        assert header[name]["data_offsets"][0] % array.itemsize == 0
    padded = padcli.load(path)
    for array in (padded.token_ids, padded.padding_mask, padded.labels["share"]):
        assert isinstance(array, np.memmap)
        assert array.flags.aligned


def test_text_is_refused_when_it_is_first_seen_with_the_way_out(tmp_path):
    corpus = write_corpus(tmp_path / "corpus.jsonl", [*RECORDS, {"text": "this record is bad: it has no label"}])
    with pytest.raises(padcli.errors.UsageError, match=r"holds only numbers, and the label lang is text") as caught:
        padcli.pad(corpus, tmp_path / "out.safetensors", maxlen=3, label="lang", chunk_bytes=300)
    assert caught.value.hint == "Turn its classes into integers: --label-map"
    assert [path.name for path in tmp_path.iterdir()] == ["corpus.jsonl"]


def test_the_same_bytes_past_the_page_cache(tmp_path, monkeypatch):
    before = pad_both(tmp_path, ".safetensors", SHAPES["labels"])[0].read_bytes()
    monkeypatch.setattr(direct, "LARGE", 0)
    path, _ = pad_both(tmp_path, ".safetensors", SHAPES["labels"])
    assert path.read_bytes() == before
    assert load(before)["token_ids"].shape == (60, 9)


def test_a_damaged_one_of_padclis_own_is_replaced(tmp_path):
    path, _ = pad_both(tmp_path, ".safetensors", SHAPES["labels"])
    path.write_bytes(path.read_bytes()[:200])
    pad_both(tmp_path, ".safetensors", SHAPES["labels"])
    assert padcli.verify(path).ok
