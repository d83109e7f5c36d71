"""The compiled kernels do what their fallback does by calls of pyarrow and NumPy, and refuse what they cannot take."""

import os
import shutil
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from conftest import SAMPLE_DATA, use_kernels
from hypothesis import given
from hypothesis import strategies as st

import padcli.kernels
from padcli.kernels import base, checksums, fallback, native, rows, scan, stable_hash, ties
from padcli.kernels.table import Table
from padcli.kernels.words import LINE_ROOM
from padcli.kernels.words import cut as cut_words
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


@given(texts, tables, st.integers(0, 1), st.sampled_from([{}, {"alone": b",."}, {"solid": b"ab.,"}]))
def test_cutting_is_the_same_with_and_without(texts, table, tail, marked):
    rows = Texts(array=pa.array([text + "\n" * tail for text in texts], pa.string()), tail=tail)
    expected, found = (kernels.cut(rows, table, **marked) for kernels in (fallback, native))
    assert as_lists(found) == as_lists(expected)
    assert found.units.type == expected.units.type


def test_spaces_that_are_kept_stay_within_units():
    rows = Texts(array=pa.array(["a b, c ", " ", ", a"]))
    for kernels in (fallback, native):
        units = kernels.cut(rows, byte_table(lower=False, filters=""), solid=b",")
        kept = base.KEPT_SPACE
        assert units.units.to_pylist() == [b"a" + kept + b"b,", b"c" + kept, kept, b",", b"a"]


@given(texts, st.integers(0, 1), st.booleans())
def test_scanning_tells_the_same_texts_apart(texts, tail, is_binary):
    array = pa.array([text + "\n" * tail for text in [*texts, *texts[:2]]], pa.string())
    rows = Texts(array=array.cast(pa.binary()) if is_binary else array, tail=tail)
    expected, found = (kernels.scan_texts(rows, [b"a a", b",."]) for kernels in (fallback, native))
    same = [(hashes[:, None] == hashes).tolist() for hashes, _ in (expected, found)]
    assert same[0] == same[1]
    for text, is_suspect in zip(rows.trimmed().cast(pa.string()).to_pylist(), found[1].tolist(), strict=True):
        assert is_suspect or not any(sign in text for sign in ("a a", ",.", "\0"))
    assert expected[1].all()


@given(st.text(st.sampled_from("a\n\r"), max_size=99).map(str.encode), st.integers(0, 40))
def test_line_ends_are_the_same(data, longer):
    data += b"a" * longer
    expected = [place + 1 for place, byte in enumerate(data) if byte == ord("\n")]
    assert fallback.line_ends(data).tolist() == native.line_ends(data).tolist() == expected
    assert fallback.line_ends(data).dtype == native.line_ends(data).dtype == np.int32


@st.composite
def integers(draw, size, high):
    """Integers of any dtype, `(size,)`, from 0 to less than `high`."""
    dtype = draw(st.sampled_from("bBhHiIlL"))
    return np.array(draw(st.lists(st.integers(0, high - 1), min_size=size, max_size=size)), np.dtype(dtype))


@given(st.data(), st.lists(st.integers(0, 5), min_size=1, max_size=40), st.booleans())
def test_gathering_and_scattering_are_the_same_with_and_without(data, lengths, has_lookup):
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    values = data.draw(integers(int(offsets[-1]), 9))
    lookup = np.arange(100, 109, dtype=np.int32) if has_lookup else None
    length = data.draw(st.integers(1, max(1, *lengths)))
    rows = data.draw(st.permutations(np.flatnonzero(np.array(lengths) >= length).tolist()).map(np.array))
    rows, starts = rows.astype(np.int64), offsets[:-1].astype(np.int64)
    expected, found = (kernels.gather(values, lookup, starts, rows, length) for kernels in (fallback, native))
    np.testing.assert_array_equal(found, expected, strict=True)
    outs = [np.zeros((len(lengths), length), found.dtype) for _ in range(2)]
    for kernels, out in zip((fallback, native), outs, strict=True):
        kernels.scatter(found, rows, out)
    np.testing.assert_array_equal(outs[1], outs[0], strict=True)


@given(st.data(), st.lists(st.integers(0, 4), min_size=1, max_size=9), st.integers(0, 30))
def test_expanding_is_the_same_with_and_without(data, lengths, size):
    local_ids = data.draw(integers(size, len(lengths)))
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64)
    given = (local_ids, starts, np.array(lengths, np.int64), np.arange(sum(lengths), dtype=np.int32))
    expected, found = (kernels.expand(*given) for kernels in (fallback, native))
    np.testing.assert_array_equal(found.values, expected.values, strict=True)
    np.testing.assert_array_equal(found.offsets, expected.offsets, strict=True)


@given(st.lists(st.lists(words, max_size=9), max_size=6), st.sampled_from([pa.string(), pa.binary()]), st.booleans())
def test_indexes_are_the_same_with_and_without(batches, kind, add):
    indexes = fallback.Index(), native.Index()
    for batch in batches:
        for units in (pa.array(batch, pa.string()).cast(kind), pa.array(["new", *batch]).cast(kind)[1:]):
            expected, found = (index.number(units, add=add) for index in indexes)
            np.testing.assert_array_equal(found, expected, strict=True)
    assert len(indexes[0]) == len(indexes[1])
    assert indexes[1].units().equals(indexes[0].units())


pieces = st.dictionaries(st.text(letters, min_size=1, max_size=4), st.floats(-9, 0), max_size=12)


@given(pieces, st.lists(st.text(letters, max_size=12), max_size=5))
def test_the_best_two_ways_are_the_same_with_and_without(scores, texts):
    expected, found = (
        kernels.BestTwo(scores, -19.0).measure(pa.array(texts, pa.string())) for kernels in (fallback, native)
    )
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(found[1], expected[1])


def test_the_best_two_ways_are_those_of_a_search_by_hand():
    for kernels in (fallback, native):
        margins, reaches = kernels.BestTwo({"a": -2.0, "b": -3.0, "ab": -4.0}, -9.0).measure(pa.array(["ab", "aé", ""]))
        assert margins.tolist() == [1.0, np.inf, np.inf]  # -4 against -2 - 3; no other way; no way to go
        assert reaches.tolist() == [4.0, 11.0, 0.0]
        # Sums that rise are as far from 0 as those that fall, and are rounded as much.
        _, reaches = kernels.BestTwo({"a": 2.0, "b": -5.0, "c": 9.0}, -9.0).measure(pa.array(["a", "ab", "abc"]))
        assert reaches.tolist() == [2.0, 3.0, 6.0]


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


def longs(*values):
    return np.array(values, np.int64)


def ints(*values):
    return np.array(values, np.int32)


BYTES, NONE = np.frombuffer(b"ab cd\n", np.uint8), np.zeros(0, np.uint8)
ROOM = (np.zeros(LINE_ROOM + 6, np.uint8), ints(*range(4)), longs(0, 0))
PATHS = (np.zeros(2**16, np.uint16), 0.0, np.zeros((2, 7)), np.zeros(1), np.zeros(1))
OF_ROWS = (np.zeros(1, np.uint64), np.zeros(1, np.uint8))


@pytest.mark.parametrize(
    "call",
    [
        lambda: Table().number(BYTES, ints(), True, ints()),
        lambda: Table().number(BYTES, ints(0, 7), True, ints(0)),
        lambda: Table().number(BYTES, ints(-1, 2), True, ints(0)),
        lambda: Table().number(BYTES, ints(0, 4, 2), True, ints(0, 0)),
        lambda: Table().number(BYTES, ints(0, 4), True, ints()),
        lambda: cut_words(Table(), BYTES, ints(0, 6), 7, np.zeros(256, np.uint8), NONE, NONE, *ROOM),
        lambda: cut_words(Table(), BYTES, ints(0, 6), -1, np.zeros(256, np.uint8), NONE, NONE, *ROOM),
        lambda: cut_words(Table(), BYTES, ints(0, 6), 0, NONE, NONE, NONE, *ROOM),
        lambda: cut_words(Table(), BYTES, ints(0, 6), 0, np.zeros(256, np.uint8), np.ones(9, np.uint8), NONE, *ROOM),
        lambda: cut_words(Table(), BYTES, ints(0, 6), 0, np.zeros(256, np.uint8), np.ones(256, np.uint8), NONE, *ROOM),
        lambda: cut_words(Table(), BYTES, ints(0, 6), 0, np.zeros(256, np.uint8), NONE, NONE, ROOM[0][1:], *ROOM[1:]),
        lambda: cut_words(Table(), BYTES, ints(0, 6), 0, np.zeros(256, np.uint8), NONE, NONE, NONE, *ROOM[1:]),
        lambda: cut_words(
            Table(), BYTES, ints(0, 6), 0, np.arange(256).astype(np.uint8), NONE, NONE, ROOM[0], ints(0), ROOM[2]
        ),
        lambda: cut_words(Table(), BYTES, ints(0, 6), 0, np.zeros(256, np.uint8), NONE, NONE, *ROOM[:2], longs(0)),
        lambda: rows.look_up_runs(BYTES, ints(*range(256)), longs(5), longs(2), ints(), ints(0, 0)),
        lambda: rows.look_up_runs(BYTES, ints(*range(256)), longs(0), longs(-1), ints(), ints(0, 0)),
        lambda: rows.look_up_runs(BYTES, ints(*range(256)), longs(-2), longs(1), ints(7), ints(0, 0)),
        lambda: rows.look_up_runs(BYTES, ints(*range(256)), longs(-1), longs(2), ints(7), ints(0, 0)),
        lambda: rows.look_up_runs(BYTES, ints(*range(256)), longs(0, 0), longs(2, 1), ints(), ints(0, 0)),
        lambda: rows.look_up_runs(BYTES, ints(*range(256)), longs(0, 0), longs(2), ints(), ints(0, 0)),
        lambda: rows.copy_runs(ints(1, 2), longs(1), longs(2), ints(), ints(0, 0)),
        lambda: rows.copy_runs(ints(1, 2), longs(0), longs(2), ints(), ints(0)),
        lambda: rows.copy_runs(longs(1, 2), longs(-2), longs(1), longs(1), longs(0)),
        lambda: stable_hash.fnv1a(BYTES, ints(0, 7), 0, np.zeros(1, np.uint64)),
        lambda: stable_hash.fnv1a(BYTES, ints(0, 6), 7, np.zeros(1, np.uint64)),
        lambda: stable_hash.fnv1a(BYTES, ints(0, 3, 6), 0, np.zeros(1, np.uint64)),
        lambda: checksums.crc32c(BYTES, longs(0, 7), np.zeros(256, np.uint32), np.zeros(1, np.uint32)),
        lambda: checksums.crc32c(BYTES, longs(-1, 6), np.zeros(256, np.uint32), np.zeros(1, np.uint32)),
        lambda: checksums.crc32c(BYTES, longs(3, 2), np.zeros(256, np.uint32), np.zeros(1, np.uint32)),
        lambda: checksums.crc32c(BYTES, longs(0, 6), np.zeros(255, np.uint32), np.zeros(1, np.uint32)),
        lambda: checksums.crc32c(BYTES, longs(0, 6), np.zeros(256, np.uint32), np.zeros(2, np.uint32)),
        lambda: ties.margins(Table(), BYTES, ints(0, 7), np.zeros(0), *PATHS),
        lambda: ties.margins(Table(), BYTES, ints(0, 6), np.zeros(0), PATHS[0], 0.0, np.zeros((2, 6)), *PATHS[3:]),
        lambda: ties.margins(Table(), BYTES, ints(0, 6), np.zeros(0), PATHS[0], 0.0, np.zeros((1, 7)), *PATHS[3:]),
        lambda: scan.scan_texts(BYTES, ints(0, 7), 0, NONE, ints(0), *OF_ROWS),
        lambda: scan.scan_texts(BYTES, ints(0, 6), 7, NONE, ints(0), *OF_ROWS),
        lambda: scan.scan_texts(BYTES, ints(0, 6), 0, BYTES, ints(0, 1), *OF_ROWS),
        lambda: scan.scan_texts(BYTES, ints(0, 3, 6), 0, NONE, ints(0), *OF_ROWS),
        lambda: rows.gather(BYTES, ints(*range(256)), longs(5), longs(0), np.zeros((2, 1), np.int32)),
        lambda: rows.gather(BYTES, ints(*range(256)), longs(0), longs(1), np.zeros((2, 1), np.int32)),
        lambda: rows.gather(BYTES, ints(*range(256)), longs(0), longs(-1), np.zeros((2, 1), np.int32)),
        lambda: rows.gather_ids(BYTES, longs(-1), longs(0), np.zeros((2, 1), np.uint8)),
        lambda: rows.gather_ids(BYTES, longs(0), longs(), np.zeros((2, 1), np.uint8)),
        lambda: rows.expand(BYTES[:0], longs(0), longs(), ints(1), ints(0)),
        lambda: rows.expand(np.zeros(1, np.uint8), longs(1), longs(1), ints(1), ints(0)),
        lambda: rows.expand(np.zeros(1, np.uint8), longs(0), longs(-1), ints(1), ints(0)),
        lambda: rows.expand(np.zeros(2, np.uint8), longs(0), longs(1), ints(1), ints(0)),
        lambda: rows.scatter(np.zeros((2, 1), np.uint8), longs(3), np.zeros((3, 2), np.uint8)),
        lambda: rows.scatter(np.zeros((2, 1), np.uint8), longs(-1), np.zeros((3, 2), np.uint8)),
        lambda: rows.scatter(np.zeros((2, 1), np.uint8), longs(0), np.zeros((3, 3), np.uint8)),
        lambda: native.BestTwo({"a" * 2**16: 0.0}, 0.0),
    ],
)
def test_what_lies_outside_of_an_array_is_refused(call):
    with pytest.raises(ValueError):  # noqa: PT011 (no user can meet it, and so it says nothing more)
        call()


def test_where_nothing_was_compiled_everything_works_without(tmp_path):
    package = Path(padcli.__file__).parent
    shutil.copytree(package, tmp_path / "padcli", ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    outputs = []
    for name, folder in (("with", package.parent), ("without", tmp_path)):
        padded = "import padcli, sys; padcli.pad(sys.argv[1], sys.argv[2], maxlen=50)"
        used = "from padcli.kernels import dispatch; print(dispatch.kernels().__name__)"
        out = tmp_path / name / "out.npz"
        out.parent.mkdir()
        told = subprocess.run(
            [sys.executable, "-c", f"{padded}; {used}", SAMPLE_DATA / "reviews.txt", out],
            cwd=tmp_path / name,
            env={**os.environ, "PYTHONPATH": str(folder)},
            capture_output=True,
            text=True,
            check=True,
        )
        outputs.append((told.stdout.strip(), {path.name: path.read_bytes() for path in out.parent.iterdir()}))
    assert [kernels for kernels, _ in outputs] == ["padcli.kernels.native", "padcli.kernels.fallback"]
    assert outputs[0][1] == outputs[1][1]


@given(st.data(), st.sampled_from([np.uint8, np.uint16, np.int32, np.int64]), st.booleans())
def test_runs_are_laid_out_one_after_the_other(data, dtype, has_lookup):
    values = np.array(data.draw(st.lists(st.integers(0, 9), max_size=12)), dtype)
    special = longs(*data.draw(st.lists(st.integers(0, 2**40 if not has_lookup else 99), max_size=4)))
    lookup = ints(*data.draw(st.lists(st.integers(0, 999), min_size=10, max_size=10))) if has_lookup else None
    places = st.integers(-len(special), len(values)).flatmap(
        lambda start: st.tuples(st.just(start), st.integers(0, (len(values) if start >= 0 else 0) - start))
    )
    runs = data.draw(st.lists(places, max_size=6))
    starts, lengths = longs(*(start for start, _ in runs)), longs(*(length for _, length in runs))
    own = values.tolist() if lookup is None else lookup[values.astype(np.int64)].tolist()
    expected = [
        (own[place] if start >= 0 else special.tolist()[place])
        for start, n in runs
        for place in range(start, start + n)
    ]
    found = [kernels.lay_out(values, lookup, starts, lengths, special) for kernels in (fallback, native)]
    assert found[0].tolist() == found[1].tolist() == expected
    assert found[0].dtype == found[1].dtype
