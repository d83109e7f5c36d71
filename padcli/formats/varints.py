"""Protocol Buffers' integers of variable length, many at a time, and runs of bytes that are copied together.

https://protobuf.dev/programming-guides/encoding/
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from padcli.rows.ragged import offsets_of

Bytes = NDArray[np.uint8]
Ragged = tuple[Bytes, NDArray[np.int64]]  # bytes, and int64 `(n + 1,)`: run i is `bytes[offsets[i]:offsets[i + 1]]`

_LONGEST = 10  # bytes of an integer


def encoded(values: NDArray[np.integer] | NDArray[np.bool_]) -> Ragged:
    """Return integers `(n,)` as runs of bytes; those below 0 as the 64-bit number that has the same bits."""
    rest = values.astype(np.int64).view(np.uint64)
    if rest.max(initial=0) < 0x80:  # as a mask has
        return rest.astype(np.uint8), np.arange(len(rest) + 1)
    sizes = np.ones(len(rest), np.int64)
    for number in range(1, _LONGEST):
        more = rest >= np.uint64(1 << 7 * number)
        if not more.any():
            break
        sizes += more
    offsets = offsets_of(sizes)
    data, starts = np.empty(offsets[-1], np.uint8), offsets[:-1]
    for number in range(int(sizes.max(initial=0))):
        chosen = slice(None) if number == 0 else np.flatnonzero(sizes > number)
        low = ((rest[chosen] >> np.uint64(7 * number)) & np.uint64(0x7F)).astype(np.uint8)
        data[starts[chosen] + number] = low | ((sizes[chosen] > number + 1).astype(np.uint8) << 7)
    return data, offsets


def decoded(data: Bytes) -> NDArray[np.int64]:
    """Return the integers that follow each other in `data`. Raises `ValueError` for bytes that are none."""
    ends = np.flatnonzero(data < 0x80) + 1
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1]])[: len(ends)]
    sizes = ends - starts
    if (len(ends) and sizes.max() > _LONGEST) or (ends[-1] if len(ends) else 0) != len(data):
        raise ValueError("not integers")
    values = np.zeros(len(ends), np.uint64)
    for number in range(int(sizes.max(initial=0))):
        chosen = slice(None) if number == 0 else np.flatnonzero(sizes > number)
        part = (data[starts[chosen] + number] & 0x7F).astype(np.uint64)
        values[chosen] |= part << np.uint64(7 * number)
    return values.view(np.int64)


def one_each(data: Bytes, places: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the integer at each place `(n,)`, and where it ends. Raises `ValueError` where there is none."""
    values, ends, open_ = np.zeros(len(places), np.int64), places.copy(), np.arange(len(places))
    for number in range(_LONGEST - 1):
        if ends.max(initial=0) > len(data) - 1 and (ends[open_] >= len(data)).any():
            break
        part = data[ends[open_]]
        values[open_] |= (part & 0x7F).astype(np.int64) << 7 * number
        ends[open_] += 1
        open_ = open_[part >= 0x80]
        if not len(open_):
            return values, ends
    raise ValueError("not an integer")


def concatenated(parts: Sequence[bytes | Ragged], n: int) -> Ragged:
    """Return n runs, each the runs of all parts one after the other; a part of bytes is the same in each."""
    sizes = np.empty((n, len(parts)), np.int64)
    for number, part in enumerate(parts):
        sizes[:, number] = len(part) if isinstance(part, bytes) else np.diff(part[1])
    ends = np.cumsum(sizes.reshape(-1)).reshape(n, len(parts))
    starts = ends - sizes
    data = np.empty(int(ends[-1, -1]) if n else 0, np.uint8)
    for number, part in enumerate(parts):
        if isinstance(part, bytes):
            for place, byte in enumerate(part):
                data[starts[:, number] + place] = byte
        else:
            data[places(starts[:, number], sizes[:, number])] = part[0]
    return data, np.concatenate([np.zeros(1, np.int64), ends[:, -1]])


def places(starts: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers from each start on, as many as each size says, one run after the other."""
    offsets = offsets_of(sizes)
    return np.repeat(starts - offsets[:-1], sizes) + np.arange(offsets[-1])
