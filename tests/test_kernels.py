"""The compiled kernels do what the calls of pyarrow and NumPy do that they stand for."""

import sys
from collections import Counter
from itertools import pairwise

import numpy as np
import pyarrow as pa
from conftest import use_kernels
from hypothesis import given
from hypothesis import strategies as st

from padcli.kernels import dispatch
from padcli.kernels.loops import Table
from padcli.options import KERAS_FILTERS
from padcli.rows.ragged import Texts
from padcli.tokenizers.normalize import byte_table, cut
from padcli.tokenizers.vocabulary import UnitCounts, Vocabulary, token_array

# Words of all lengths around 8 and 16 bytes, which are looked at as a whole, and that differ late or hardly at all.
letters = st.sampled_from("abé ,.\0A")
words = st.one_of(st.text(letters, max_size=40), st.sampled_from(["a" * n for n in range(6, 26)]))
texts = st.lists(st.lists(words, max_size=6).map(" ".join), max_size=8)
tables = st.builds(byte_table, lower=st.booleans(), filters=st.sampled_from(["", KERAS_FILTERS, " ab"]))


def as_lists(units):
    return (
        units.units.to_pylist(),
        units.counts.tolist(),
        units.codes.tolist(),
        units.offsets.tolist(),
    )


@given(texts, tables, st.integers(0, 1))
def test_cutting_is_the_same_with_and_without(texts, table, tail):
    rows = Texts(array=pa.array([text + "\n" * tail for text in texts], pa.string()), tail=tail)
    with use_kernels(used=False):
        expected = cut(rows, table)
    with use_kernels(used=True):
        found = cut(rows, table)
    assert as_lists(found) == as_lists(expected)


def test_cutting_goes_on_where_the_hash_table_grows():
    rows = [" ".join(f"word{n}" for n in range(start, start + 999)) for start in range(0, 200_000, 500)]
    with use_kernels(used=True):
        units = cut(Texts(array=pa.array(rows)), byte_table(lower=True, filters=""))
    everything = [word for row in rows for word in row.split()]
    assert units.units.take(units.codes).to_pylist() == everything
    assert dict(zip(units.units.to_pylist(), units.counts.tolist(), strict=True)) == Counter(everything)


@given(st.integers(0, 40), st.lists(st.sampled_from([1, 2, 61, 62, 63, 64, 65, 127, 511, 513, 40_000]), max_size=8))
def test_words_and_rows_may_end_anywhere(spaces, lengths):
    """Bytes are looked at 64 at a time, words 512 at a time, lines 16 kB at a time."""
    row = " " * spaces + " ".join(("a" * (length % 3 + 1) + " ") * (length // 3) + "b" * length for length in lengths)
    rows = Texts(array=pa.array([row, row[1:], "", row], pa.string()))
    with use_kernels(used=True):
        units = cut(rows, byte_table(lower=True, filters=""))
    tokens = units.units.take(units.codes).to_pylist()
    found = [tokens[start:end] for start, end in pairwise(units.offsets.tolist())]
    assert found == [text.split() for text in rows.array.to_pylist()]


@given(st.lists(st.lists(words, unique=True, max_size=9), max_size=6), st.booleans())
def test_units_are_numbered_as_they_come(batches, used):
    with use_kernels(used=used):
        counts, numbers = UnitCounts(), dict[str, int]()
        for batch in batches:
            found = counts.add(pa.array(batch, pa.string()), np.ones(len(batch), np.int64))
            for word in batch:
                numbers.setdefault(word, len(numbers))
            assert found.tolist() == [numbers[word] for word in batch]
        vocabulary = Vocabulary(tokens=token_array([None, "[UNK]", *numbers]), unk_id=1)
        everything = ["never seen", *numbers]
        assert vocabulary.numbering()(pa.array(everything, pa.string())).tolist() == [
            vocabulary.tokens.to_pylist().index(word) if word in numbers else 1 for word in everything
        ]


def test_words_of_the_same_hash_are_told_apart():
    """Of words of more than 8 bytes a hash is only a hint: these two have the same, as the arithmetic shows."""
    first = b"aaaaaaaa" + b"bbbbbbbb"
    other = bytes([first[0] ^ 1]) + first[1:8]
    difference = hashed(first[:8]) ^ hashed(other)
    second = other + (int.from_bytes(first[8:], "little") ^ difference).to_bytes(8, "little")
    assert second != first
    assert mixed(hashed(first[:8]), first[8:]) == mixed(hashed(second[:8]), second[8:])
    table, numbers = Table(), np.empty(4, np.int32)
    data = np.frombuffer(first + second + first + second, np.uint8)
    table.number(data, np.arange(0, 80, 16, dtype=np.int32), True, numbers)
    assert numbers.tolist() == [0, 1, 0, 1]


def hashed(eight):
    return mixed(0, eight)


def mixed(hashed, eight):
    hashed = (hashed ^ int.from_bytes(eight, "little")) * 0x9E3779B97F4A7C15 % 2**64
    return hashed ^ (hashed >> 32)


def test_where_nothing_was_compiled_everything_works_without(monkeypatch):
    monkeypatch.setitem(sys.modules, "padcli.kernels.loops", None)
    monkeypatch.delitem(sys.modules, "padcli.kernels.native", raising=False)
    dispatch.kernels.cache_clear()
    try:
        assert dispatch.kernels() is None
    finally:
        dispatch.kernels.cache_clear()
