"""`.parquet`, read by pyarrow, pandas and `datasets`."""

import itertools
import json

import datasets
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from output_shapes import SHAPES, pad_both, write_corpus

import padcli
from padcli.formats import parquet


def rows_of(array, offsets=None):
    """The rows of an array as lists, or as values."""
    if offsets is None:
        return array.tolist()
    return [array[first:end].tolist() for first, end in itertools.pairwise(offsets)]


def expected_columns(arrays):
    """What each column should hold: lists for each row, and of packed rows a list for the pieces of each."""
    offsets = arrays.get("row_offsets")
    return {
        name: rows_of(array, None if array.ndim == 2 or len(array) == len(arrays["lengths"]) else offsets)
        for name, array in arrays.items()
        if name != "row_offsets"
    }


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_pyarrow_reads_the_arrays_of_the_npz(tmp_path, shape, compress):
    path, arrays = pad_both(tmp_path, ".parquet", {**SHAPES[shape], "compress": compress})
    table = pq.read_table(path)
    assert table.to_pydict() == expected_columns(arrays)
    for name, array in arrays.items():
        if name != "row_offsets":
            type_ = table.schema.field(name).type
            values = type_.value_type if pa.types.is_list(type_) else type_
            assert values == (pa.string() if array.dtype.kind == "U" else pa.from_numpy_dtype(array.dtype))


@pytest.mark.parametrize("group_bytes", [1, 300, 2**20])
@pytest.mark.parametrize("shape", ["text", "packed"])
def test_row_groups_of_any_size_hold_the_same(tmp_path, monkeypatch, shape, group_bytes):
    monkeypatch.setattr(parquet, "_GROUP_BYTES", group_bytes)
    monkeypatch.setattr(parquet, "_BATCH_BYTES", group_bytes // 2)
    path, arrays = pad_both(tmp_path, ".parquet", SHAPES[shape])
    file = pq.ParquetFile(path)
    assert file.read().to_pydict() == expected_columns(arrays)
    assert (file.num_row_groups == 1) == (group_bytes == 2**20)
    assert padcli.verify(path).ok


def test_pandas_reads_rows(tmp_path):
    path, arrays = pad_both(tmp_path, ".parquet", SHAPES["labels"])
    frame = pd.read_parquet(path)
    np.testing.assert_array_equal(np.stack(frame["token_ids"]), arrays["token_ids"], strict=True)
    np.testing.assert_array_equal(np.stack(frame["padding_mask"]), arrays["padding_mask"], strict=True)
    np.testing.assert_array_equal(frame["share"].to_numpy(), arrays["share"], strict=True)
    assert frame["flag"].dtype == np.bool_


@pytest.mark.parametrize("shape", ["labels", "text", "packed", "names of hf"])
def test_datasets_takes_it_as_it_is(tmp_path, shape):
    path, arrays = pad_both(tmp_path, ".parquet", SHAPES[shape])
    data = datasets.load_dataset("parquet", data_files=str(path), split="train", cache_dir=str(tmp_path / "cache"))
    assert data.to_dict() == expected_columns(arrays)
    ids = next(iter(arrays))
    assert data.features[ids] == datasets.List(datasets.Value(arrays[ids].dtype.name))


def test_files_of_several_buckets_are_one_data_set(tmp_path):
    corpus = write_corpus(tmp_path / "corpus.jsonl")
    padcli.pad(corpus, tmp_path / "out.parquet", bucket="4,8,12", label="lang")
    files = [str(tmp_path / f"out.{width}.parquet") for width in (4, 8, 12)]
    data = datasets.load_dataset("parquet", data_files=files, split="train", cache_dir=str(tmp_path / "cache"))
    assert sorted({len(ids) for ids in data["token_ids"]}) == [4, 8, 12]
    assert len(data) == sum(len(padcli.load(file).lengths) for file in files) == 60


def test_metadata_are_in_the_footer_and_give_the_digests_of_the_npz(tmp_path):
    path, _ = pad_both(tmp_path, ".parquet", SHAPES["packed"])
    meta = json.loads(pq.read_metadata(path).metadata[b"padcli"])
    assert meta == padcli.load(path).meta
    assert meta["arrays"] == padcli.load(tmp_path / "expected.npz").meta["arrays"]


def test_compressed_is_smaller(tmp_path):
    (tmp_path / "corpus.txt").write_text("a b c d e f g\n" * 3000)
    for name, compress in (("small", True), ("large", False)):
        padcli.pad(tmp_path / "corpus.txt", tmp_path / f"{name}.parquet", maxlen=50, compress=compress)
    assert (tmp_path / "small.parquet").stat().st_size < (tmp_path / "large.parquet").stat().st_size / 10


def test_an_error_of_pyarrows_own_kind_is_damage(tmp_path, monkeypatch):
    path, _ = pad_both(tmp_path, ".parquet", SHAPES["plain"])

    def fail(*_, **__):
        raise pa.ArrowException("Unknown error")

    monkeypatch.setattr(pq.ParquetFile, "read_row_group", fail)
    with pytest.raises(padcli.PadcliError, match="Unknown error"):
        padcli.load(path)
    assert not padcli.verify(path).ok
