"""The hot loops, compiled by Numba: words to codes, units to numbers, rows to what Keras pads and back.

Each does what several calls of pyarrow or NumPy do elsewhere, in one pass and without the GIL; `padcli.compiled` tells
when they are used. All are exact: a hash only finds candidates, whose bytes are then compared.

The import takes a third of a second. The very first one compiles for some seconds, and caches the result on disk.
"""

import threading
from typing import Any

import numpy as np
import pyarrow as pa
from numba import boolean, int32, int64, njit, types, uint8, uint16, uint32, uint64, void
from numpy.typing import NDArray

from padcli.ragged import Texts, Units

# Numbers are unsigned wherever they index: a signed index would be checked for being negative, each time.
_U = np.uint64
_0, _1, _2, _7, _8, _32, _61, _64 = map(_U, (0, 1, 2, 7, 8, 32, 61, 64))
_MIX = _U(0x9E3779B97F4A7C15)  # 2**64 divided by the golden ratio, as in Fibonacci hashing
_LOW = _U(2**32 - 1)
_ALL = _U(2**64 - 1)
_SPACE = np.uint8(ord(" "))
_SPACES = _U(0x2020202020202020)
_ONES = _U(0x0101010101010101)
_HIGH_BITS = _U(0x8080808080808080)
_LENGTHS = _U(sum(n << (61 - 8 * n) for n in range(8)))  # shifted left by 8n bits, it has n in its top three

_BYTES = types.Array(uint8, 1, "C", readonly=True)
_OFFSETS = types.Array(int32, 1, "C", readonly=True)
_EIGHTS = types.Array(uint64, 1, "A", readonly=True, aligned=False)
_inlined = njit(nogil=True)

# A hash table is an array `slots`, uint64 `(2 * n,)`, n a power of two. Slot i holds the hash of a unit at 2i, and at
# 2i + 1 its length, shifted left by 32, and its number plus one; or 0 where it is free. So the words that are met most
# are found in one cache line. The bytes of unit u are `units[starts[u]:starts[u + 1]]`.
#
# Bytes are looked at eight at a time: `_eights(data)[i]` is `data[i:i + 8]` as one number, the first byte the lowest.


def _eights(data: NDArray[np.uint8]) -> NDArray[np.uint64]:
    if len(data) < 8:
        data = np.pad(data, (0, 8 - len(data)))
    first = np.frombuffer(data, np.uint64, 1)
    return np.lib.stride_tricks.as_strided(first, (len(data) - 7,), (1,))


@_inlined
def _mixed(hashed: Any, key: Any) -> Any:
    hashed = (hashed ^ key) * _MIX
    return hashed ^ (hashed >> _32)


@_inlined
def _first_slot(slots: Any, hashed: Any) -> Any:
    return ((hashed * _MIX) >> _32) & _U(len(slots) // 2 - 1)


@_inlined
def _first_space(eight: Any) -> Any:
    """1 shifted left by 8 times the number of bytes before the first space; 0 where there is no space."""
    zero_at_space = eight ^ _SPACES
    found = (zero_at_space - _ONES) & ~zero_at_space & _HIGH_BITS
    return (found & (_0 - found)) >> _7


@_inlined
def _find(slots: Any, units: Any, starts: Any, hashed: Any, data: Any, first: Any, length: Any) -> Any:
    """The slot of the unit `data[first:first + length]`, or the free one where it belongs; `units`, `data`: eights."""
    last = _U(len(slots) // 2 - 1)
    slot = _first_slot(slots, hashed)
    while True:
        entry = slots[_2 * slot + _1]
        if entry == _0:
            return slot
        if slots[_2 * slot] == hashed and entry >> _32 == length:
            if length <= _8:  # the hash of so few bytes is these bytes, shuffled in a way that can be undone
                return slot
            start = _U(starts[(entry & _LOW) - _1])
            i, last_eight = _0, length - _8
            while i < last_eight and units[start + i] == data[first + i]:
                i += _8
            if i >= last_eight and units[start + last_eight] == data[first + last_eight]:
                return slot
        slot = (slot + _1) & last


@_inlined
def _add(
    slots: Any, slot: Any, hashed: Any, units: Any, starts: Any, n_units: Any, data: Any, first: Any, length: Any
) -> Any:
    """Give the unit `data[first:first + length]` a free slot and the number `n_units`. Returns the next number."""
    start = _U(starts[n_units])
    for i in range(length):
        units[start + _U(i)] = data[first + _U(i)]
    n_units += _1
    starts[n_units] = start + length
    slots[_2 * slot] = hashed
    slots[_2 * slot + _1] = length << _32 | n_units
    return n_units


@njit(uint64[::1](uint64[::1], int64), nogil=True, cache=True)
def _with_slots(slots: Any, n: Any) -> Any:
    """The same hash table with n slots."""
    larger = np.zeros(2 * n, np.uint64)
    last = _U(n - 1)
    for i in range(len(slots) // 2):
        old = _2 * _U(i)
        if slots[old + _1] != _0:
            slot = _first_slot(larger, slots[old])
            while larger[_2 * slot + _1] != _0:
                slot = (slot + _1) & last
            larger[_2 * slot] = slots[old]
            larger[_2 * slot + _1] = slots[old + _1]
    return larger


@njit(
    boolean(
        _BYTES, _OFFSETS, uint64, _BYTES, uint8[::1], _EIGHTS,
        uint64[::1], uint8[::1], _EIGHTS, int32[::1], int64[::1], int32[::1], int64[::1], uint64[::1],
    ),
    nogil=True,
    cache=True,
)  # fmt: skip
def _cut(
    data: Any, offsets: Any, tail: Any, table: Any, line: Any, eights: Any,
    slots: Any, units: Any, unit_eights: Any, starts: Any, counts: Any, codes: Any, row_offsets: Any, state: Any,
) -> Any:  # fmt: skip
    """Go on where `state` says until all is done, or the hash table is half full; tells whether all is done.

    `line` is room for the longest row, and `eights` are its bytes.
    """
    row, i, n_codes, n_units = state[0], state[1], state[2], state[3]
    n_rows, room = _U(len(offsets) - 1), _U(len(slots) // 4)
    while row < n_rows:
        start = _U(offsets[row])
        end = _U(offsets[row + _1]) - tail - start
        for j in range(end):
            line[_U(j)] = table[data[start + _U(j)]]
        line[end] = _SPACE
        while i < end:
            key = eights[i]
            space = _first_space(key)
            if space == _1:
                i += _1
                continue
            first = i
            hashed = _0
            while space == _0:
                hashed = _mixed(hashed, key)
                i += _8
                key = eights[i]
                space = _first_space(key)
            i += (space * _LENGTHS) >> _61
            length = i - first
            if length != _8:
                hashed = _mixed(hashed, key & (space - _1))
            slot = _find(slots, unit_eights, starts, hashed, eights, first, length)
            number = slots[_2 * slot + _1] & _LOW
            if number == _0:
                if n_units == room:
                    state[0], state[1], state[2], state[3] = row, first, n_codes, n_units
                    return False
                counts[n_units] = 0
                n_units = _add(slots, slot, hashed, units, starts, n_units, line, first, length)
                number = n_units
            counts[number - _1] += 1
            codes[n_codes] = number - _1
            n_codes += _1
            i += _1
        row += _1
        row_offsets[row] = n_codes
        i = _0
    state[2], state[3] = n_codes, n_units
    return True


class _Scratch(threading.local):
    """Arrays of each thread, to be used again: fresh memory can cost more than what is done in it."""

    def __init__(self) -> None:
        self.slots = np.zeros(2 * _slots_for(2**14), np.uint64)
        self.line, self.units = np.empty(0, np.uint8), np.empty(0, np.uint8)
        self.starts, self.counts, self.codes = np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.int32)

    def make_room(self, *, n_bytes: int, longest: int, most: int) -> None:
        """See to it that all arrays are large enough; pages that are never touched cost nothing."""
        self.slots[:] = 0
        self.line = _with_room(self.line, 0, longest + 16)
        self.units = _with_room(self.units, 0, n_bytes + 8)
        self.starts, self.counts = _with_room(self.starts, 0, most + 1), _with_room(self.counts, 0, most)
        self.codes = _with_room(self.codes, 0, most)


def cut(texts: Texts, table: bytes) -> Units:
    """The runs of bytes that `table` does not turn into spaces, as units; their bytes are those of the table."""
    data, offsets, my = texts.data, texts.offsets, _scratch
    n_bytes, n_rows = int(offsets[-1] - offsets[0]), len(offsets) - 1
    most = (n_bytes + n_rows) // 2 + 1  # a word of a letter, a space or the row's end, and so on
    my.make_room(n_bytes=n_bytes, longest=int(np.diff(offsets).max(initial=0)), most=most)
    my.starts[0] = 0
    row_offsets, state = np.zeros(n_rows + 1, np.int64), np.zeros(4, np.uint64)
    byte_table, line_eights, unit_eights = np.frombuffer(table, np.uint8), _eights(my.line), _eights(my.units)
    while not _cut(
        data, offsets, texts.tail, byte_table, my.line, line_eights,
        my.slots, my.units, unit_eights, my.starts, my.counts, my.codes, row_offsets, state,
    ):  # fmt: skip
        my.slots = _with_slots(my.slots, len(my.slots))
    n_codes, n_units = map(int, state[2:])
    return Units(
        units=_strings(my.units[: my.starts[n_units]].copy(), my.starts[: n_units + 1].copy()),
        counts=my.counts[:n_units].copy(),
        codes=my.codes[:n_codes].astype(np.min_scalar_type(n_units)),
        offsets=row_offsets,
    )


def _slots_for(units: int) -> int:
    return 1 << max(10, (units + units // 3).bit_length())  # at most three quarters are taken


def _strings(data: NDArray[np.uint8], starts: NDArray[np.integer]) -> pa.Array:
    kind = pa.string() if starts.dtype == np.int32 else pa.large_string()
    return pa.Array.from_buffers(kind, len(starts) - 1, [None, pa.py_buffer(starts), pa.py_buffer(data)])


@njit(
    uint64(_BYTES, _EIGHTS, _OFFSETS, uint64[::1], uint8[::1], _EIGHTS, int64[::1], uint64, boolean, int32[::1]),
    nogil=True,
    cache=True,
)
def _number(
    data: Any,
    eights: Any,
    offsets: Any,
    slots: Any,
    units: Any,
    unit_eights: Any,
    starts: Any,
    n_units: Any,
    add: Any,
    numbers: Any,
) -> Any:
    """The number of each unit; -1 for those that are not in the hash table, or their next ones. Returns `n_units`."""
    n_rows = _U(len(offsets) - 1)
    hashes = np.empty(n_rows, np.uint64)
    for r in range(n_rows):
        row = _U(r)
        first, end = _U(offsets[row]), _U(offsets[row + _1])
        hashed = _0
        while first + _8 < end:
            hashed = _mixed(hashed, eights[first])
            first += _8
        if first < end and first < _U(len(eights)):
            key = eights[first] & (_ALL >> (_64 - _8 * (end - first)))
        else:  # the last few bytes of all
            key = _0
            for i in range(end - first):
                key |= _U(data[first + _U(i)]) << (_8 * _U(i))
        hashes[row] = _mixed(hashed, key)
    for r in range(n_rows):
        row = _U(r)
        first = _U(offsets[row])
        length = _U(offsets[row + _1]) - first
        slot = _find(slots, unit_eights, starts, hashes[row], eights, first, length)
        number = slots[_2 * slot + _1] & _LOW
        if number == _0 and add:
            n_units = _add(slots, slot, hashes[row], units, starts, n_units, data, first, length)
            number = n_units
        numbers[row] = np.int64(number) - 1
    return n_units


class Index:
    """Different units, numbered from 0 in the order in which they were added."""

    def __init__(self) -> None:
        self._n = 0
        self._slots = np.zeros(2 * _slots_for(2**14), np.uint64)
        self._units = np.empty(8, np.uint8)
        self._starts = np.zeros(1, np.int64)

    def __len__(self) -> int:
        return self._n

    def number(self, units: pa.StringArray, *, add: bool) -> NDArray[np.int32]:
        """Numbers `(n,)` of units `(n,)`; those that are new get the next ones, or -1."""
        texts = Texts(array=units)
        if add:
            self._make_room(len(units), int(texts.offsets[-1] - texts.offsets[0]))
        numbers = np.empty(len(units), np.int32)
        self._n = int(
            _number(
                texts.data,
                _eights(texts.data),
                texts.offsets,
                self._slots,
                self._units,
                _eights(self._units),
                self._starts,
                self._n,
                add,
                numbers,
            )
        )
        return numbers

    def units(self) -> pa.LargeStringArray:
        """All units, by their numbers."""
        starts = self._starts[: self._n + 1]
        return _strings(self._units[: starts[-1]], starts)

    def _make_room(self, more_units: int, more_bytes: int) -> None:
        slots = _slots_for(self._n + more_units)
        if 2 * slots > len(self._slots):
            self._slots = _with_slots(self._slots, slots)
        self._starts = _with_room(self._starts, self._n + 1, more_units)
        self._units = _with_room(self._units, int(self._starts[self._n]), more_bytes)


def _with_room(array: NDArray[Any], used: int, more: int) -> NDArray[Any]:
    if used + more <= len(array):
        return array
    larger = np.empty(max(used + more, 2 * len(array)), array.dtype)
    larger[:used] = array[:used]
    return larger


@njit(
    [void(codes[::1], int32[::1], int64[::1], int64[::1], int32[:, ::1]) for codes in (uint8, uint16, uint32)],
    nogil=True,
    cache=True,
)
def gather(codes: Any, ids: Any, starts: Any, rows: Any, out: Any) -> None:
    """`out[t, r] = ids[codes[starts[rows[r]] + t]]`: k rows of L tokens become `out`, `(L, k)`."""
    for r in range(_U(len(rows))):
        start = _U(starts[_U(rows[_U(r)])])
        for t in range(_U(len(out))):
            out[_U(t), _U(r)] = ids[_U(codes[start + _U(t)])]


@njit(
    [void(cell[:, ::1], int64[::1], cell[:, ::1]) for cell in (uint8, uint16, uint32, uint64)],
    nogil=True,
    cache=True,
)
def scatter(padded: Any, rows: Any, out: Any) -> None:
    """`out[rows[r], t] = padded[t, r]`: columns become rows."""
    for r in range(_U(len(rows))):
        row = _U(rows[_U(r)])
        for t in range(_U(len(padded))):
            out[row, _U(t)] = padded[_U(t), _U(r)]


_scratch = _Scratch()
