"""`.arrow`, read by pyarrow, pandas and `datasets`."""

import datasets
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pytest
from output_shapes import SHAPES, pad_both
from test_parquet import expected_columns

import padcli
from padcli.formats import arrow_file


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_pyarrow_maps_the_arrays_of_the_npz(tmp_path, shape, compress):
    path, arrays = pad_both(tmp_path, ".arrow", {**SHAPES[shape], "compress": compress})
    with pa.memory_map(str(path)) as mapped:
        assert pa.ipc.open_file(mapped).read_all().to_pydict() == expected_columns(arrays)


def test_pandas_and_datasets_read_it(tmp_path):
    path, arrays = pad_both(tmp_path, ".arrow", SHAPES["labels"])
    frame = pd.read_feather(path)
    np.testing.assert_array_equal(np.stack(frame["token_ids"]), arrays["token_ids"], strict=True)
    assert pyarrow.feather.read_table(path)["number"].to_pylist() == arrays["number"].tolist()
    data = datasets.load_dataset("arrow", data_files=str(path), split="train", cache_dir=str(tmp_path / "cache"))
    assert data.to_dict() == expected_columns(arrays)


@pytest.mark.parametrize("shape", ["text", "packed"])
def test_many_batches_hold_the_same(tmp_path, monkeypatch, shape):
    monkeypatch.setattr(arrow_file, "BATCH_BYTES", 300)
    path, arrays = pad_both(tmp_path, ".arrow", SHAPES[shape])
    with pa.ipc.open_file(str(path)) as file:
        assert file.num_record_batches > 3
        assert file.read_all().to_pydict() == expected_columns(arrays)
    assert padcli.verify(path).ok
