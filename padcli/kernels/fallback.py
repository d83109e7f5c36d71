"""The kernels by pyarrow, NumPy and Python.

They work where there is no C compiler, and the compiled ones are tested against them.
"""

import re
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Mapping, Sequence
from heapq import heappop, heappush
from itertools import pairwise, repeat

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from padcli.kernels.base import KEPT_SPACE, crc_table, dtype_of_ids
from padcli.rows.ragged import RaggedIds, Texts, Units, offsets_of
from padcli.rows.unique import unique_units

_NONE = float("-inf")
_FNV_BASIS, _FNV_PRIME = 0xCBF29CE484222325, 0x100000001B3


def cut(texts: Texts, table: bytes, alone: bytes = b"", solid: bytes = b"") -> Units:
    """See `Kernels.cut`."""
    array = texts.trimmed()
    if solid:
        kept = re.compile(b"(?<![" + re.escape(solid) + rb"]) | \Z")
        rows = [kept.sub(KEPT_SPACE, text).translate(table) for text in array.cast(pa.binary()).to_pylist()]
        return unique_units(pc.split_pattern(pa.array(rows, pa.binary()), b" "))
    if alone:
        characters = "".join(f"\\x{{{byte:x}}}" for byte in alone)
        array = pc.replace_substring_regex(array, f"([{characters}])", r" \1 ")
    return unique_units(pc.split_pattern(_translate(array, table), " "))


def _translate(texts: pa.StringArray, table: bytes) -> pa.StringArray:
    validity, offsets, data = texts.buffers()
    if data is None:
        return texts
    changed = pa.py_buffer(data.to_pybytes().translate(table))
    return pa.Array.from_buffers(texts.type, len(texts), [validity, offsets, changed], offset=texts.offset)


def line_ends(data: bytes) -> NDArray[np.int32]:
    """See `Kernels.line_ends`."""
    return (np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n")) + 1).astype(np.int32)


def scan_texts(texts: Texts, tokens: Sequence[bytes]) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:  # noqa: ARG001
    """See `Kernels.scan_texts`. All texts need a closer look."""
    hashes = np.fromiter(map(hash, texts.trimmed().to_pylist()), np.int64, len(texts))
    return hashes.view(np.uint64), np.ones(len(texts), np.bool_)


def hash_texts(texts: Texts) -> NDArray[np.uint64]:
    """See `Kernels.hash_texts`."""
    hashes = np.empty(len(texts), np.uint64)
    for i, text in enumerate(texts.trimmed().cast(pa.binary()).to_pylist()):
        mixed = _FNV_BASIS
        for byte in text:
            mixed = (mixed ^ byte) * _FNV_PRIME % 2**64
        hashes[i] = mixed
    return hashes


def crc32c(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.uint32]:
    """See `Kernels.crc32c`."""
    lengths, table = np.diff(offsets), crc_table()
    if (lengths < 0).any() or offsets[0] < 0 or offsets[-1] > len(data):
        raise ValueError
    order = np.argsort(-lengths, kind="stable")  # those that are not at their end stand first
    starts, left = offsets[:-1][order], -lengths[order]
    sums = np.full(len(order), 0xFFFFFFFF, np.uint32)
    for place in range(int(lengths.max(initial=0))):
        n = np.searchsorted(left, -place)
        low = (sums[:n] ^ data[starts[:n] + place]) & 0xFF
        sums[:n] = table[low] ^ (sums[:n] >> np.uint32(8))
    found = np.empty_like(sums)
    found[order] = ~sums
    return found


def gather(
    values: NDArray[np.integer],
    lookup: NDArray[np.int32] | None,
    starts: NDArray[np.int64],
    rows: NDArray[np.int64],
    length: int,
) -> NDArray[np.integer]:
    """See `Kernels.gather`."""
    steps: NDArray[np.integer] = values[starts[rows] + np.arange(length)[:, None]]
    return steps if lookup is None else lookup[steps]


def scatter(columns: NDArray[np.integer], rows: NDArray[np.int64], out: NDArray[np.integer]) -> None:
    """See `Kernels.scatter`."""
    out[rows] = columns.T


def lay_out(
    values: NDArray[np.integer],
    lookup: NDArray[np.int32] | None,
    starts: NDArray[np.int64],
    lengths: NDArray[np.int64],
    special: NDArray[np.int64],
) -> NDArray[np.integer]:
    """See `Kernels.lay_out`."""
    dtype = dtype_of_ids(values if lookup is None else lookup, special)
    offsets = offsets_of(lengths)
    places = np.repeat(starts - offsets[:-1], lengths) + np.arange(offsets[-1])
    laid_out = np.empty(len(places), dtype)
    is_own = places >= 0
    own = values[places[is_own]]
    laid_out[is_own] = own if lookup is None else lookup[own]
    laid_out[~is_own] = special[places[~is_own]]
    return laid_out


def expand(
    local_ids: NDArray[np.integer],
    starts: NDArray[np.int64],
    lengths: NDArray[np.int64],
    token_ids: NDArray[np.int32],
) -> RaggedIds:
    """See `Kernels.expand`."""
    sizes = lengths[local_ids]
    offsets = offsets_of(sizes)
    places = np.repeat(starts[local_ids] - offsets[:-1], sizes) + np.arange(offsets[-1])
    return RaggedIds(values=token_ids[places], offsets=offsets)


def first_fit(lengths: NDArray[np.int32], room: int) -> NDArray[np.int32]:
    """See `PackingKernels.first_fit`."""
    n_leaves = 1 << len(lengths).bit_length()
    tree = [room] * (2 * n_leaves)  # what is left in each row, and in the emptiest of the rows below a node
    rows = []
    for length in lengths.tolist():
        place = 1
        while place < n_leaves:
            place *= 2
            place += tree[place] < length
        rows.append(place - n_leaves)
        tree[place] -= length
        while place := place // 2:
            tree[place] = max(tree[2 * place], tree[2 * place + 1])
    return np.array(rows, np.int32)


def best_fit(lengths: NDArray[np.int32], order: NDArray[np.int64], room: int) -> NDArray[np.int32]:
    """See `PackingKernels.best_fit`. A row goes on taking items of one length, since it stays the fullest."""
    rows, n_rows = np.empty(len(lengths), np.int32), 0
    lefts, waiting = list[int](), defaultdict[int, list[int]](list)  # rows by what is left in them; rising; heaps
    ordered = lengths[order]
    bounds = [0, *(np.flatnonzero(np.diff(ordered)) + 1).tolist(), len(ordered)]
    for first, stop in pairwise(bounds):
        length, start = int(ordered[first]), first
        while start < stop:
            where = bisect_left(lefts, length)
            if where == len(lefts):
                left, row, n_rows = room, n_rows, n_rows + 1
            else:
                left = lefts[where]
                row = heappop(waiting[left])
                if not waiting[left]:
                    del lefts[where]
            taken = min(left // length, stop - start)
            rows[order[start : start + taken]] = row
            start, left = start + taken, left - taken * length
            if left:
                if not waiting[left]:
                    insort(lefts, left)
                heappush(waiting[left], row)
    return rows


class Index:
    """Different units; see `UnitIndex`."""

    def __init__(self) -> None:
        self._numbers: defaultdict[str | bytes, int] = defaultdict()
        self._numbers.default_factory = self._numbers.__len__

    def __len__(self) -> int:
        return len(self._numbers)

    def number(self, units: pa.StringArray | pa.BinaryArray, *, add: bool = True) -> NDArray[np.int32]:
        """See `UnitIndex.number`."""
        keys = units.to_pylist()
        found = map(self._numbers.__getitem__, keys) if add else map(self._numbers.get, keys, repeat(-1))
        return np.fromiter(found, np.int32, len(units))

    def units(self) -> pa.LargeStringArray:
        """See `UnitIndex.units`."""
        return pa.array(list(self._numbers), pa.large_string())


class BestTwo:
    """The two best ways to cut a text; see `padcli.kernels.base.BestTwo`."""

    def __init__(self, scores: Mapping[str, float], unknown: float) -> None:
        self._scores, self._unknown = scores, unknown
        self._longest = max(map(len, scores), default=1)

    def measure(self, texts: pa.StringArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """See `padcli.kernels.base.BestTwo.measure`."""
        measured = np.array([self._measured(text) for text in texts.to_pylist()]).reshape(len(texts), 2)
        return measured[:, 0], measured[:, 1]

    def _measured(self, text: str) -> tuple[float, float]:
        best, second = [0.0, *[_NONE] * len(text)], [_NONE] * (len(text) + 1)
        for i in range(len(text)):
            for j in range(i + 1, min(len(text), i + self._longest) + 1):
                score = self._scores.get(text[i:j], self._unknown if j == i + 1 else None)
                if score is not None:
                    sums = sorted((best[i] + score, second[i] + score, best[j], second[j]))
                    best[j], second[j] = sums[-1], sums[-2]
        return best[-1] - second[-1], max(map(abs, best))


class Merges:
    """No merges: every text is left to the library that it comes from, which is quicker than Python."""

    def __init__(self, *pairs: NDArray[np.int32]) -> None: ...

    def encode(self, texts: pa.StringArray, *symbols: NDArray[np.int32]) -> tuple[RaggedIds, NDArray[np.bool_]]:  # noqa: ARG002
        """See `padcli.kernels.base.Merges.encode`."""
        return _none_of(texts)


class Trie:
    """No pieces: every text is left to the library, as by `Merges`."""

    longest_text = 0

    def __init__(self, starting: Sequence[str], going_on: Sequence[str]) -> None: ...

    def best(
        self,
        texts: pa.StringArray,
        scores: NDArray[np.float64],  # noqa: ARG002
    ) -> tuple[RaggedIds, NDArray[np.bool_], NDArray[np.float64]]:
        """See `padcli.kernels.base.Trie.best`."""
        return *_none_of(texts), np.zeros((2, len(texts)))

    def longest(self, texts: pa.StringArray) -> tuple[RaggedIds, NDArray[np.bool_]]:
        """See `padcli.kernels.base.Trie.longest`."""
        return _none_of(texts)


def _none_of(texts: pa.StringArray) -> tuple[RaggedIds, NDArray[np.bool_]]:
    offsets = np.zeros(len(texts) + 1, np.int64)
    return RaggedIds(values=np.zeros(0, np.int32), offsets=offsets), np.ones(len(texts), np.bool_)
