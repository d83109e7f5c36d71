"""Padding by length is padding row by row, and it is Keras's own code that does it."""

import keras
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from padcli.options import RowOptions
from padcli.padding import pad_rows as padding
from padcli.padding.layout import Layout
from padcli.padding.pad_rows import pad_rows
from padcli.rows.ragged import RaggedIds, narrowest, offsets_of
from padcli.rows.truncate import Truncate

rows = st.lists(arrays.arrays(np.int32, st.integers(0, 12), elements=st.integers(0, 30_000)), max_size=20)
sides = st.sampled_from(["pre", "post"])


def layout(**options):
    defaults = {"maxlen": 5, "padding": "pre", "truncating": "pre", "pad_id": 0, "dtype": np.dtype(np.int32)}
    return Layout(**{**defaults, **options})


def pad_blocks(rows, layout):
    pieces = Truncate(layout.maxlen, layout.template, layout.truncating, RowOptions()).pieces(
        np.diff(rows.offsets)[:, None]
    )
    segments = pieces.segments(layout.template)
    return [pad_rows(*block.with_their(rows), layout) for block in segments.blocks(layout.block_rows)]


def ragged(rows):
    values = np.concatenate([*rows, np.zeros(0, np.int32)])
    return RaggedIds(values=values, offsets=offsets_of(np.array([len(row) for row in rows], np.int64)))


@given(rows, st.integers(1, 14), sides, sides, st.integers(-1, 9), st.sampled_from(["int16", "int32", "int64"]))
def test_blocks_equal_one_plain_call_of_keras(rows, maxlen, padding, truncating, pad_id, dtype):
    options = {"maxlen": maxlen, "padding": padding, "truncating": truncating, "dtype": np.dtype(dtype)}
    blocks = pad_blocks(ragged(rows), layout(pad_id=pad_id, **options))
    expected = keras.utils.pad_sequences([row.tolist() for row in rows], value=pad_id, **options)
    found = np.concatenate([*blocks, np.zeros((0, maxlen), dtype)])
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == expected.dtype


@given(rows, st.integers(1, 14), sides)
def test_the_mask_is_true_where_keras_puts_a_token(rows, maxlen, padding):
    lengths = np.array([len(row) for row in rows], np.int32)
    expected = keras.utils.pad_sequences([[1] * len(row) for row in rows], maxlen=maxlen, padding=padding)
    np.testing.assert_array_equal(layout(maxlen=maxlen, padding=padding).mask(lengths), expected.astype(bool))


def test_keras_is_called_once_for_each_length_not_for_each_row(monkeypatch):
    calls = []
    original = padding.pad_sequences()
    monkeypatch.setattr(padding, "pad_sequences", lambda: lambda *args, **kw: calls.append(1) or original(*args, **kw))
    lengths = np.random.default_rng(0).integers(0, 9, 1000)
    pad_blocks(ragged([np.arange(n, dtype=np.int32) for n in lengths]), layout(maxlen=5))
    assert len(calls) == 6  # 0, 1, 2, 3, 4, and all that keep 5


def test_a_long_row_is_padded_by_itself():
    rows = [np.arange(3, dtype=np.int32), np.arange(5_000_000, dtype=np.int32)]
    blocks = pad_blocks(ragged(rows), layout(maxlen=5_000_000))
    assert [block.shape for block in blocks] == [(1, 5_000_000)] * 2
    np.testing.assert_array_equal(blocks[1][0], rows[1])


@given(arrays.arrays(np.int64, st.integers(0, 4)))
def test_narrowest_holds_all_values(values):
    narrow = narrowest(values)
    np.testing.assert_array_equal(narrow, values)
    limits = [np.iinfo(dtype) for dtype in ("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64")]
    fitting = [
        limit.dtype for limit in limits if not len(values) or limit.min <= values.min() <= values.max() <= limit.max
    ]
    assert narrow.dtype.itemsize == min(dtype.itemsize for dtype in fitting)
