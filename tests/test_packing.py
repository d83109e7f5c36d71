"""Items are packed into rows as each way is defined, with the compiled loops and without them."""

import time
import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from padcli.kernels import fallback, native, packing
from padcli.rows.packing import pack

WAYS = ("best-fit", "first-fit", "consecutive")
KERNELS = (native, fallback)
any_way = st.sampled_from(WAYS)
any_kernels = st.sampled_from(KERNELS)


@st.composite
def items(draw):
    """A room, and lengths that fit into it: few different ones, so that many rows have the same room left, or any."""
    room = draw(st.integers(1, 40))
    chosen = draw(st.lists(st.integers(0, room), min_size=1, max_size=draw(st.sampled_from([2, 5, 40]))))
    return draw(st.lists(st.sampled_from(chosen), max_size=80)), room


def as_lists(packed):
    """Rows as lists of items."""
    offsets = packed.row_offsets.tolist()
    return [packed.items[start:stop].tolist() for start, stop in pairwise(offsets)]


def by_definition(lengths, room, way):
    """Rows as lists of items, by looking at every row for every item."""
    rows, left = [], []
    numbers = [number for number, length in enumerate(lengths) if length]
    for number in sorted(numbers, key=lambda number: -lengths[number]) if way == "best-fit" else numbers:
        fitting = [row for row, room_left in enumerate(left) if room_left >= lengths[number]]
        if way == "consecutive":
            fitting = [row for row in fitting if row == len(rows) - 1]
        if fitting:
            row = (
                min(fitting, key=left.__getitem__) if way == "best-fit" else fitting[0]
            )  # min gives the first of equals
        else:
            row = len(rows)
            rows.append([])
            left.append(room)
        rows[row].append(number)
        left[row] -= lengths[number]
    return sorted(map(sorted, rows))


@given(items(), any_way, any_kernels)
def test_rows_are_those_of_the_definition(items, way, kernels):
    lengths, room = items
    assert as_lists(pack(np.array(lengths, np.int64), room, way, kernels)) == by_definition(lengths, room, way)


@given(st.integers(0, 2**32), st.sampled_from([7, 100, 512, 70_000]), any_way, any_kernels)
def test_hundreds_of_items_are_packed_by_the_definition_too(seed, room, way, kernels):
    lengths = np.random.default_rng(seed).integers(0, room // 3 + 2, 400)
    assert as_lists(pack(lengths, room, way, kernels)) == by_definition(lengths.tolist(), room, way)


@given(items(), any_way)
def test_each_item_is_in_one_row_and_no_row_is_overfull(items, way):
    lengths, room = np.array(items[0], np.int64), items[1]
    packed = pack(lengths, room, way, native)
    rows = as_lists(packed)
    assert sorted(packed.items.tolist()) == np.flatnonzero(lengths).tolist()
    assert all(0 < lengths[row].sum() <= room for row in rows)
    assert all(row == sorted(row) for row in rows)
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    assert packed.items.dtype == packed.row_offsets.dtype == np.int64
    assert packed.row_offsets[0] == 0
    assert packed.row_offsets[-1] == len(packed.items)


@pytest.mark.parametrize(
    ("way", "rows"),
    [
        ("best-fit", [[0, 3], [1, 4], [2, 5]]),  # 6 and 4; 5 and 5; 3 and 2
        ("first-fit", [[0, 2], [1, 3], [4, 5]]),  # 6 and 3; 5 and 4; 5 and 2
        ("consecutive", [[0], [1, 2], [3, 4], [5]]),  # 6; 5 and 3; 4 and 5; 2
    ],
)
@pytest.mark.parametrize("kernels", KERNELS)
def test_the_ways_differ(way, rows, kernels):
    assert as_lists(pack(np.array([6, 5, 3, 4, 5, 2]), 10, way, kernels)) == rows


@pytest.mark.parametrize("kernels", KERNELS)
def test_of_rows_with_the_same_room_left_the_one_opened_first_is_filled(kernels):
    def packed(*lengths):
        return as_lists(pack(np.array(lengths), 20, "best-fit", kernels))

    assert packed(12, 12, 8) == [[0, 2], [1]]
    # The second row gets the 6 and has 2 left; only then the first one gets the 3, and has 2 left as well.
    assert packed(15, 12, 6, 3, 2) == [[0, 3, 4], [1, 2]]
    assert packed(12, 15, 6, 3, 2) == [[0, 2], [1, 3, 4]]  # that of the 15 is the first, wherever the 15 stands


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kernels", KERNELS)
def test_edges(way, kernels):
    def packed(lengths, room):
        return as_lists(pack(np.array(lengths, np.int64), room, way, kernels))

    assert packed([], 5) == []
    assert packed([0, 0], 5) == []
    assert packed([0, 0], 0) == []
    assert packed([1, 1, 0, 1], 1) == [[0], [1], [3]]
    assert packed([5, 0, 5], 5) == [[0], [2]]
    assert packed([2, 0, 3], 5) == [[0, 2]]
    assert packed([2, 0, 3], 2**40) == [[0, 2]]  # whatever the room is, no more than what there is to pack costs memory
    assert packed([2**31 - 1, 1, 2**31 - 2], 2**31 - 1) == [[0], [1, 2]]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("lengths", "room"), [([1, 6], 5), ([-1], 5), ([1], 0), ([2**33, 2**33], 2**33)])
def test_lengths_that_no_row_holds_are_refused(lengths, room, way):
    with pytest.raises(ValueError, match="room of"):
        pack(np.array(lengths), room, way, native)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint32, np.uint64])
def test_lengths_may_be_integers_of_any_kind(way, dtype):
    lengths = np.random.default_rng(0).integers(0, 100, 1000)
    expected, found = (pack(each, 120, way, native) for each in (lengths, lengths.astype(dtype)))
    assert as_lists(found) == as_lists(expected)


@pytest.mark.parametrize("way", WAYS)
def test_lengths_are_left_as_they_are(way):
    lengths = np.random.default_rng(0).integers(0, 100, 1000)
    lengths.flags.writeable = False
    expected = lengths.copy()
    first, second = (pack(lengths, 100, way, native) for _ in range(2))
    assert as_lists(first) == as_lists(second)
    np.testing.assert_array_equal(lengths, expected)


@pytest.mark.parametrize("highest", [3, 200, 2000])
@pytest.mark.parametrize("way", WAYS)
def test_many_items_are_packed_alike_with_and_without(way, highest):
    lengths = np.random.default_rng(highest).integers(0, highest, 50_000)
    expected, found = (pack(lengths, 2048, way, kernels) for kernels in (fallback, native))
    np.testing.assert_array_equal(found.items, expected.items, strict=True)
    np.testing.assert_array_equal(found.row_offsets, expected.row_offsets, strict=True)


@given(items())
def test_no_two_rows_of_a_fit_could_be_one(items):
    lengths, room = np.array(items[0], np.int64), items[1]
    for way in ("best-fit", "first-fit"):
        used = sorted(int(lengths[row].sum()) for row in as_lists(pack(lengths, room, way, native)))
        assert len(used) < 2 or used[0] + used[1] > room


def log_normal(n_items, room):
    """Lengths as those of texts."""
    return np.clip(np.random.default_rng(1).lognormal(5, 1, n_items), 1, room).astype(np.int64)


@pytest.mark.parametrize("room", [2048, 8192])
@pytest.mark.parametrize("way", WAYS)
def test_packing_takes_as_long_as_some_sorts_of_the_lengths(way, room):
    lengths = log_normal(200_000, room)

    def seconds(call):
        start = time.perf_counter()
        call()
        return time.perf_counter() - start

    sorting = min(seconds(lambda: np.argsort(lengths, kind="stable")) for _ in range(3))
    assert min(seconds(lambda: pack(lengths, room, way, native)) for _ in range(3)) < 25 * sorting


@pytest.mark.parametrize("way", WAYS)
def test_packing_takes_some_twenty_four_bytes_an_item(way):
    lengths = log_normal(500_000, 2048)
    tracemalloc.start()
    pack(lengths, 2048, way, native)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 40 * len(lengths)  # a heap of rows, 8 bytes each, is not seen here


def loops_of(lengths, room, *, order=None, n_rows=None):
    """Calls of both loops."""
    given = np.array(lengths, np.int32), np.arange(len(lengths)) if order is None else np.array(order)
    rows = np.zeros(len(lengths) if n_rows is None else n_rows, np.int32)
    return lambda: packing.first_fit(given[0], room, rows), lambda: packing.best_fit(*given, room, rows)


@pytest.mark.parametrize(
    ("lengths", "room", "arrays"),
    [
        ([1, 6], 5, {}),
        ([1, 0], 5, {}),
        ([-1], 5, {}),
        ([1], 0, {}),
        ([1], -1, {}),
        ([1, 2], 5, {"n_rows": 1}),
    ],
)
def test_loops_refuse_what_would_lead_out_of_an_array(lengths, room, arrays):
    for loop in loops_of(lengths, room, **arrays):
        with pytest.raises(ValueError, match="room"):
            loop()


@pytest.mark.parametrize("order", [[0, 2], [0, -1], [0], [0, 1, 0]])
def test_best_fit_refuses_items_that_there_are_not(order):
    _, best_fit = loops_of([1, 2], 5, order=order)
    with pytest.raises(ValueError, match=r"item|order"):
        best_fit()
