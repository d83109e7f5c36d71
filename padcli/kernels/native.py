"""What the compiled loops do, in terms of Arrow and NumPy.

Each takes the place of several calls of pyarrow or NumPy, in one pass and without the GIL, with the same results.
"""

import threading
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from padcli.kernels.loops import LINE_ROOM, Table, expand, gather, gather_ids, keep_memory, look_through, scatter
from padcli.rows.ragged import Texts, Units

__all__ = ["Index", "cut", "expand", "gather", "gather_ids", "keep_memory", "look", "scatter"]


class _Scratch(threading.local):
    """Memory of each thread, to be used again: fresh memory can cost more than what is done in it."""

    def __init__(self) -> None:
        self.table = Table()
        self.line, self.codes = np.empty(0, np.uint8), np.empty(0, np.int32)


_scratch = _Scratch()


def cut(texts: Texts, table: bytes, alone: bytes, solid: bytes) -> Units:
    """The runs of bytes that `table` does not turn into spaces, as units; their bytes are those of the table.

    Each of the bytes in `alone` is a unit by itself. With `solid`, see `padcli.tokenizers.normalize.cut`.
    """
    offsets, my = texts.offsets, _scratch
    n_rows, longest = len(texts), int(np.diff(offsets).max(initial=0))
    most = int(offsets[-1] - offsets[0]) + n_rows
    if not alone:  # with solid bytes, too, there is one before each space
        most = most // 2 + 1  # a word of a letter, a space or the row's end, and so on
    my.table.clear()
    my.line, my.codes = _with_room(my.line, 3 * longest + LINE_ROOM), _with_room(my.codes, most)
    row_offsets = np.empty(n_rows + 1, np.int64)
    n_codes = my.table.cut(
        texts.data,
        offsets,
        texts.tail,
        np.frombuffer(table, np.uint8),
        _marks(alone),
        _marks(solid),
        my.line,
        my.codes,
        row_offsets,
    )
    data, starts, counts = _copy(my.table)
    return Units(
        units=_strings(pa.binary() if solid else pa.string(), starts.astype(np.int32), data),
        counts=counts,
        codes=my.codes[:n_codes].astype(np.min_scalar_type(len(counts))),
        offsets=row_offsets,
    )


def _marks(chosen: bytes) -> NDArray[np.uint8]:
    """Each byte's mark, 1 for the chosen ones; empty where there are none."""
    return np.bincount(np.frombuffer(chosen, np.uint8), minlength=256 if chosen else 0).astype(np.uint8)


def _with_room(array: NDArray[Any], room: int) -> NDArray[Any]:
    # Pages that are never touched cost nothing.
    return array if len(array) >= room else np.empty(max(room, 2 * len(array)), array.dtype)


def _copy(table: Table) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    data = np.empty(table.n_bytes, np.uint8)
    starts, counts = np.empty(table.n_units + 1, np.int64), np.empty(table.n_units, np.int64)
    table.copy(data, starts, counts)
    return data, starts, counts


def _strings(kind: pa.DataType, starts: NDArray[np.integer], data: NDArray[np.uint8]) -> pa.Array:
    return pa.Array.from_buffers(kind, len(starts) - 1, [None, pa.py_buffer(starts), pa.py_buffer(data)])


def look(texts: Texts, tokens: list[bytes]) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """A hash of each text, and whether it is worth a look: `(n_rows,)` both.

    Worth it are those that hold one of the tokens, a control character, or signs of a wrong encoding.
    """
    hashes, suspects = np.empty(len(texts), np.uint64), np.empty(len(texts), np.bool_)
    sought, offsets = np.frombuffer(b"".join(tokens), np.uint8), np.cumsum([0, *map(len, tokens)], dtype=np.int32)
    look_through(texts.data, texts.offsets, texts.tail, sought, offsets, hashes, suspects.view(np.uint8))
    return hashes, suspects


class Index:
    """Different units, numbered from 0 in the order in which they were added."""

    def __init__(self) -> None:
        self._table = Table()

    def __len__(self) -> int:
        return self._table.n_units

    def number(self, units: pa.StringArray, *, add: bool = True) -> NDArray[np.int32]:
        """Numbers `(n,)` of units `(n,)`; those that are new get the next ones, or -1."""
        texts, numbers = Texts(array=units), np.empty(len(units), np.int32)
        self._table.number(texts.data, texts.offsets, add, numbers)
        return numbers

    def longest(self) -> NDArray[np.uint16]:
        """The length in bytes of the longest unit for each pair of first bytes, `(65536,)`."""
        data, starts, _ = _copy(self._table)
        lengths = np.diff(starts)
        firsts = starts[:-1][lengths > 1]
        longest = np.zeros(2**16, np.uint16)
        np.maximum.at(longest, data[firsts].astype(np.int64) << 8 | data[firsts + 1], lengths[lengths > 1])
        return longest

    def margins(
        self, texts: pa.StringArray, scores: NDArray[np.float64], longest: NDArray[np.uint16], unknown: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """By how much the best way to cut each text into units beats the next, and the largest sum on it: `(n,)` both.

        `scores` `(n_units,)` are of the units, by their numbers, `longest` is as above; `unknown` is the score of a
        character that is no unit.
        """
        given = Texts(array=texts)
        paths = np.empty((2, int(np.diff(given.offsets).max(initial=0)) + 1))
        margins, reaches = np.empty(len(texts)), np.empty(len(texts))
        self._table.margins(given.data, given.offsets, scores, longest, unknown, paths, margins, reaches)
        return margins, reaches

    def units(self) -> pa.LargeStringArray:
        """All units, by their numbers."""
        data, starts, _ = _copy(self._table)
        return _strings(pa.large_string(), starts, data)
