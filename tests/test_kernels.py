"""The compiled kernels do what the calls of pyarrow and NumPy do that they stand for."""

from collections import Counter

import numpy as np
import pyarrow as pa
from conftest import use_kernels
from hypothesis import given
from hypothesis import strategies as st

from padcli import compiled
from padcli.options import KERAS_FILTERS
from padcli.ragged import Texts
from padcli.tokenizers.normalize import byte_table, cut
from padcli.vocabulary import Index

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


def test_cutting_goes_on_where_it_was_when_the_hash_table_grows():
    rows = [" ".join(f"word{n}" for n in range(start, start + 999)) for start in range(0, 200_000, 500)]
    units = compiled.load().cut(Texts(array=pa.array(rows)), byte_table(lower=True, filters=""))
    everything = [word for row in rows for word in row.split()]
    assert units.units.take(units.codes).to_pylist() == everything
    assert dict(zip(units.units.to_pylist(), units.counts.tolist(), strict=True)) == Counter(everything)


@given(st.lists(st.lists(words, unique=True, max_size=9), max_size=6), st.integers(0, 6))
def test_units_are_numbered_as_they_come(batches, switch):
    """Even if the kernels come only after some batches, as for a pipe that shows late how long it is."""
    index, numbers = Index(), dict[str, int]()
    for n, batch in enumerate(batches):
        with use_kernels(used=n >= switch):
            found = index.number(pa.array(batch, pa.string()))
            unknown = index.number(pa.array(["never seen", *batch], pa.string()), add=False)
        for word in batch:
            numbers.setdefault(word, len(numbers))
        assert found.tolist() == [numbers[word] for word in batch]
        assert unknown.tolist() == [-1, *found.tolist()]
    assert index.units().to_pylist() == list(numbers)
    assert len(index) == len(numbers)


def test_words_of_the_same_hash_are_told_apart():
    """Of words of more than 8 bytes a hash is only a hint: here all of them have the same."""
    kernels = compiled.load()
    slots = np.zeros(64, np.uint64)
    units, starts = np.frombuffer(b"twelve bytesdozen  bytes", np.uint8), np.array([0, 12, 24], np.int32)
    hashed = np.uint64(12345)
    first_slot = kernels._first_slot(slots, hashed)
    slots[2 * first_slot : 2 * first_slot + 4] = [hashed, 12 << 32 | 1, hashed, 12 << 32 | 2]
    for number, word in enumerate([b"twelve bytes", b"dozen  bytes", b"twelve bytez"]):
        data = np.frombuffer(word, np.uint8)
        slot = kernels._find(
            slots, kernels._eights(units), starts, hashed, kernels._eights(data), np.uint64(0), np.uint64(12)
        )
        assert slot == first_slot + number


def test_where_numba_is_missing_everything_works_without(monkeypatch):
    def fail(name):
        raise ImportError(name)

    monkeypatch.setattr(compiled, "import_module", fail)
    compiled.load.cache_clear()
    try:
        assert compiled.load() is None
        assert compiled.kernels() is None
    finally:
        compiled.load.cache_clear()
