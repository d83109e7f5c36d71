"""Several items in a row: which of them stand together, told from their lengths alone."""

import dataclasses
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from padcli.options import Packing
from padcli.rows.ragged import offsets_of


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """The items that stand in rows.

    `items`: int64 `(n_items,)`, row after row, rising within each; `row_offsets`: int64 `(n_rows + 1,)`, row r is
    `items[row_offsets[r]:row_offsets[r + 1]]`. Rows are in the order of their first items.
    """

    items: NDArray[np.int64]
    row_offsets: NDArray[np.int64]


class PackingKernels(Protocol):
    """The loops that `pack` needs; see `padcli.kernels`.

    Each returns the row of each item, int32 `(n,)`, counted from 0 in the order in which rows are opened. `lengths`:
    int32 `(n,)`, from 1 to `room`.
    """

    def first_fit(self, lengths: NDArray[np.int32], room: int) -> NDArray[np.int32]:
        """Put the items, in their order, into the first row that holds each."""
        ...

    def best_fit(self, lengths: NDArray[np.int32], order: NDArray[np.int64], room: int) -> NDArray[np.int32]:
        """Put the items, in `order` `(n,)`, longest first, into the fullest row that holds each; ties: the first."""
        ...


def pack(lengths: NDArray[np.integer], room: int, way: Packing, kernels: PackingKernels) -> Packed:
    """Pack items of these lengths `(n,)` into rows of at most `room`. Items of length 0 are in no row.

    - `best-fit`: best-fit decreasing. Items in falling order of length, equal ones by number; each goes into the row
      that has the least room left and still holds it, of several such into the one that was opened first.
    - `first-fit`: items in their order, each into the first row that holds it.
    - `consecutive`: items in their order, each into the last row, or a new one where it does not fit.

    The same lengths give the same rows, on any machine. Memory: some 24 bytes an item. Raises `ValueError` for a
    length below 0 or above `room`, and for a room of 2**31 or more that is less than all items need.
    """
    if lengths.min(initial=0) < 0 or lengths.max(initial=0) > room:
        raise ValueError(f"A length is not from 0 to {room}, the room of a row.")
    items = np.flatnonzero(lengths)
    if int(lengths.sum(dtype=np.int64)) <= room:
        return Packed(items=items, row_offsets=np.array([0, len(items)] if len(items) else [0]))
    if room > np.iinfo(np.int32).max:
        raise ValueError(f"A room of {room} is more than rows can be packed into.")
    sizes = lengths[items].astype(np.int32)
    if way == "consecutive":
        return Packed(items=items, row_offsets=_consecutive(offsets_of(sizes), room))
    rows = (
        kernels.first_fit(sizes, room) if way == "first-fit" else kernels.best_fit(sizes, _longest_first(sizes), room)
    )
    del sizes
    return _dealt(items, rows)


def _longest_first(lengths: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the order of items, equal ones by number."""
    longest = int(lengths.max())
    # NumPy sorts keys of two bytes by radix, several times as fast.
    return np.argsort((longest - lengths).astype(np.min_scalar_type(longest)), kind="stable")


def _consecutive(totals: NDArray[np.int64], room: int) -> NDArray[np.int64]:
    """Return where rows begin and end, `(n_rows + 1,)`, from the sums of lengths, `(n_items + 1,)`."""
    n_items = len(totals) - 1
    # Where the row ends that begins with each item; then where the second ends, the fourth, and so on.
    ends, row_offsets = np.searchsorted(totals, totals + room, "right") - 1, np.zeros(1, np.int64)
    while row_offsets[-1] < n_items:
        row_offsets, ends = np.concatenate([row_offsets, ends[row_offsets]]), ends[ends]
    return row_offsets[: np.searchsorted(row_offsets, n_items) + 1]


def _dealt(items: NDArray[np.int64], rows: NDArray[np.int32]) -> Packed:
    """Deal items `(n_items,)` out to their rows, `(n_items,)`, none of them empty."""
    places = np.arange(len(rows), dtype=np.int32)
    firsts = np.empty(int(rows.max()) + 1, np.int32)
    firsts[rows[::-1]] = places[::-1]  # of several values for one row, the last one stays
    is_first = np.zeros(len(rows), np.bool_)
    is_first[firsts] = True
    del places
    rows = (np.cumsum(is_first, dtype=np.int32) - 1)[firsts][rows]
    row_offsets = offsets_of(np.bincount(rows))
    return Packed(items=items[np.argsort(rows, kind="stable")], row_offsets=row_offsets)


def best_fit_rows(lengths: NDArray[np.int64], counts: NDArray[np.int64], room: int) -> int:
    """Return how many rows `best-fit` makes of so many items of each of these lengths `(n,)`, which rise.

    Items of a length are put away together: a row that takes one and has room for another is the fullest that does, and
    so takes it, too. Rows are alike that have the same room left.
    """
    left, n_rows = np.zeros(room + 1, np.int64), 0  # rows by the room that is left
    for length, count in zip(lengths[::-1].tolist(), counts[::-1].tolist(), strict=True):
        if not length:
            break
        rooms = length + np.flatnonzero(left[length:])
        each = rooms // length
        taken = np.minimum(
            left[rooms] * each, np.maximum(count - np.cumsum(left[rooms] * each) + left[rooms] * each, 0)
        )
        opened, over = divmod(max(count - int(taken.sum()), 0), room // length)
        full, part = taken // each, taken % each
        left[rooms] -= full + (part > 0)
        np.add.at(left, rooms - each * length, full)
        np.add.at(left, rooms - part * length, part > 0)
        left[room - room // length * length] += opened
        if over:
            left[room - over * length] += 1
        n_rows += opened + (over > 0)
    return n_rows
