"""The kernels by the compiled loops beside this file.

Each does in one pass, and without the GIL, what its fallback does in several.

The loops trust local ids to be below the number of what they stand for; whatever else could let them read or write
outside of an array is checked, here or there, and raises `ValueError`.
"""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

# Where nothing was compiled, this raises the ModuleNotFoundError that dispatch awaits, and `from padcli.kernels import
# rows` would raise an ImportError.
import padcli.kernels.rows as _rows
import padcli.kernels.scan as _scan
from padcli.kernels.base import crc_table, dtype_of_ids
from padcli.kernels.checksums import crc32c as _crc32c
from padcli.kernels.packing import best_fit as _best_fit
from padcli.kernels.packing import first_fit as _first_fit
from padcli.kernels.stable_hash import fnv1a
from padcli.kernels.subwords import Merges, Trie
from padcli.kernels.table import Table
from padcli.kernels.ties import margins as _margins
from padcli.kernels.words import LINE_ROOM
from padcli.kernels.words import cut as _cut
from padcli.rows.ragged import RaggedIds, Texts, Units, offsets_of

__all__ = [
    "BestTwo", "Index", "Merges", "Trie",
    "best_fit", "crc32c", "cut", "expand", "first_fit", "gather", "hash_texts", "lay_out", "line_ends", "scan_texts",
    "scatter",
]  # fmt: skip

_CRC_TABLE = crc_table()
_LONGEST_PIECE = 2**16 - 1  # bytes
_LINE_BYTES = 16  # of a line, on average: for shorter ones a text is gone through twice


class _Scratch(threading.local):
    """Memory of each thread, to be used again: fresh memory can cost more than what is done in it."""

    def __init__(self) -> None:
        self.table = Table()
        self.line, self.local_ids = np.empty(0, np.uint8), np.empty(0, np.int32)


_scratch = _Scratch()


def cut(texts: Texts, table: bytes, alone: bytes = b"", solid: bytes = b"") -> Units:
    """See `Kernels.cut`."""
    offsets, my = texts.offsets, _scratch
    n_rows, longest = len(texts), int(np.diff(offsets).max(initial=0))
    most = int(offsets[-1] - offsets[0]) + n_rows
    if not alone:  # with solid bytes, too, there is one before each space
        most = most // 2 + 1  # a word of a letter, a space or the row's end, and so on
    my.table.clear()
    my.line, my.local_ids = _with_room(my.line, 3 * longest + LINE_ROOM), _with_room(my.local_ids, most)
    row_offsets = np.empty(n_rows + 1, np.int64)
    n_tokens = _cut(
        my.table,
        texts.data,
        offsets,
        texts.tail,
        np.frombuffer(table, np.uint8),
        _marks(alone),
        _marks(solid),
        my.line,
        my.local_ids,
        row_offsets,
    )
    data, starts, counts = _copy(my.table)
    return Units(
        units=_strings(pa.binary() if solid else pa.string(), starts.astype(np.int32), data),
        counts=counts,
        codes=my.local_ids[:n_tokens].astype(np.min_scalar_type(len(counts))),
        offsets=row_offsets,
    )


def _marks(chosen: bytes) -> NDArray[np.uint8]:
    """Return each byte's mark, 1 for the chosen ones; empty where there are none."""
    return np.bincount(np.frombuffer(chosen, np.uint8), minlength=256 if chosen else 0).astype(np.bool_).view(np.uint8)


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


def line_ends(data: bytes) -> NDArray[np.int32]:
    """See `Kernels.line_ends`."""
    array, ends = np.frombuffer(data, np.uint8), np.empty(len(data) // _LINE_BYTES, np.int32)
    n_lines = _scan.line_ends(array, ends)
    if n_lines > len(ends):
        ends = np.empty(n_lines, np.int32)
        _scan.line_ends(array, ends)
    return ends[:n_lines]


def scan_texts(texts: Texts, tokens: Sequence[bytes]) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """See `Kernels.scan_texts`."""
    hashes, suspects = np.empty(len(texts), np.uint64), np.empty(len(texts), np.bool_)
    sought, offsets = np.frombuffer(b"".join(tokens), np.uint8), np.cumsum([0, *map(len, tokens)], dtype=np.int32)
    _scan.scan_texts(texts.data, texts.offsets, texts.tail, sought, offsets, hashes, suspects.view(np.uint8))
    return hashes, suspects


def hash_texts(texts: Texts) -> NDArray[np.uint64]:
    """See `Kernels.hash_texts`."""
    hashes = np.empty(len(texts), np.uint64)
    fnv1a(texts.data, texts.offsets, texts.tail, hashes)
    return hashes


def crc32c(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.uint32]:
    """See `Kernels.crc32c`."""
    sums = np.empty(len(offsets) - 1, np.uint32)
    _crc32c(data, offsets, _CRC_TABLE, sums)
    return sums


def gather(
    values: NDArray[np.integer],
    lookup: NDArray[np.int32] | None,
    starts: NDArray[np.int64],
    rows: NDArray[np.int64],
    length: int,
) -> NDArray[np.integer]:
    """See `Kernels.gather`."""
    steps = np.empty((length, len(rows)), values.dtype if lookup is None else np.int32)
    if lookup is None:
        _rows.gather_ids(_bits(values), starts, rows, _bits(steps))
    else:
        _rows.gather(_bits(values), lookup, starts, rows, steps)
    return steps


def scatter(columns: NDArray[np.integer], rows: NDArray[np.int64], out: NDArray[np.integer]) -> None:
    """See `Kernels.scatter`."""
    _rows.scatter(_bits(columns), rows, _bits(out))


def lay_out(
    values: NDArray[np.integer],
    lookup: NDArray[np.int32] | None,
    starts: NDArray[np.int64],
    lengths: NDArray[np.int64],
    special: NDArray[np.int64],
) -> NDArray[np.integer]:
    """See `Kernels.lay_out`."""
    dtype = dtype_of_ids(values if lookup is None else lookup, special)
    laid_out = np.empty(int(lengths.sum()), dtype)
    if lookup is not None and dtype == np.int32:
        _rows.look_up_runs(_bits(values), lookup, starts, lengths, special.astype(dtype), laid_out)
    else:
        ids = values if lookup is None else lookup[values]
        _rows.copy_runs(ids.astype(dtype, copy=False), starts, lengths, special.astype(dtype), laid_out)
    return laid_out


def expand(
    local_ids: NDArray[np.integer],
    starts: NDArray[np.int64],
    lengths: NDArray[np.int64],
    token_ids: NDArray[np.int32],
) -> RaggedIds:
    """See `Kernels.expand`."""
    offsets = offsets_of(lengths[local_ids])
    values = np.empty(offsets[-1], np.int32)
    _rows.expand(_bits(local_ids), starts, lengths, token_ids, values)
    return RaggedIds(values=values, offsets=offsets)


def first_fit(lengths: NDArray[np.int32], room: int) -> NDArray[np.int32]:
    """See `PackingKernels.first_fit`."""
    rows = np.empty(len(lengths), np.int32)
    _first_fit(lengths, room, rows)
    return rows


def best_fit(lengths: NDArray[np.int32], order: NDArray[np.int64], room: int) -> NDArray[np.int32]:
    """See `PackingKernels.best_fit`."""
    rows = np.empty(len(lengths), np.int32)
    _best_fit(lengths, order, room, rows)
    return rows


def _bits(array: NDArray[np.integer]) -> NDArray[np.unsignedinteger[Any]]:
    """Return the same array as unsigned: the loops copy integers of a size, whatever their sign."""
    return array.view(np.dtype(f"u{array.itemsize}"))


class Index:
    """Different units; see `UnitIndex`."""

    def __init__(self) -> None:
        self.table = Table()

    def __len__(self) -> int:
        return self.table.n_units

    def number(self, units: pa.StringArray | pa.BinaryArray, *, add: bool = True) -> NDArray[np.int32]:
        """See `UnitIndex.number`."""
        texts, unit_ids = Texts(array=units), np.empty(len(units), np.int32)
        self.table.number(texts.data, texts.offsets, add, unit_ids)
        return unit_ids

    def units(self) -> pa.LargeStringArray:
        """See `UnitIndex.units`."""
        data, starts, _ = _copy(self.table)
        return _strings(pa.large_string(), starts, data)


class BestTwo:
    """The two best ways to cut a text; see `padcli.kernels.base.BestTwo`."""

    def __init__(self, scores: Mapping[str, float], unknown: float) -> None:
        self._unknown = unknown
        self._pieces = Index()
        self._pieces.number(pa.array(scores, pa.string()))
        self._scores = np.fromiter(scores.values(), np.float64, len(scores))
        self._longest = _longest_pieces(self._pieces.table)

    def measure(self, texts: pa.StringArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """See `padcli.kernels.base.BestTwo.measure`."""
        given = Texts(array=texts)
        paths = np.empty((2, int(np.diff(given.offsets).max(initial=0)) + 1))
        margins, reaches = np.empty(len(texts)), np.empty(len(texts))
        _margins(
            self._pieces.table,
            given.data,
            given.offsets,
            self._scores,
            self._longest,
            self._unknown,
            paths,
            margins,
            reaches,
        )
        return margins, reaches


def _longest_pieces(table: Table) -> NDArray[np.uint16]:
    """Return the length in bytes of the longest piece for each pair of first bytes, `(65536,)`."""
    data, starts, _ = _copy(table)
    lengths = np.diff(starts)
    if lengths.max(initial=0) > _LONGEST_PIECE:
        raise ValueError("A piece is longer than 65,535 bytes.")
    firsts = starts[:-1][lengths > 1]
    longest = np.zeros(2**16, np.uint16)
    np.maximum.at(longest, data[firsts].astype(np.int64) << 8 | data[firsts + 1], lengths[lengths > 1])
    return longest
