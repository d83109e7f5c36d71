"""Rows as `tf.train.Example`, and back, many at a time and without a message object for any.

https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/example/feature.proto

Integers and booleans are an `int64_list`, text is a `bytes_list` of UTF-8. Of floating-point numbers a `float_list`
has but 32 bits, and so those of 64 bits are a `bytes_list` of 8 bytes each, the lowest first.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from padcli.formats.arrow_columns import text_of
from padcli.formats.row_batches import Column
from padcli.formats.varints import Bytes, Ragged, concatenated, decoded, encoded, one_each, places
from padcli.rows.ragged import offsets_of

_INNER = b"\x0a"  # field 1, whose length follows: of `Example`, `Features`, an entry of the map, and each list
_VALUE = b"\x12"  # field 2: the value of an entry
_BYTES_LIST, _INT64_LIST = b"\x0a", b"\x1a"  # fields 1 and 3 of `Feature`


_Parts = list[bytes | Ragged]  # runs that stand one after the other in each row


def examples(columns: Mapping[str, Column]) -> Ragged:
    """Return each row as the bytes of an `Example`."""
    n = next(iter(columns.values())).n_rows
    entries = [part for name, column in columns.items() for part in _entry(name, column)]
    return concatenated(_framed(_INNER, entries, n), n)


def _entry(name: str, column: Column) -> _Parts:
    """Return a feature with its name, for each row."""
    n = column.n_rows
    offsets = np.arange(n + 1) if column.offsets is None else column.offsets
    if column.values.dtype.kind in "biu":
        data, starts = encoded(column.values)
        items, tag = _framed(_INNER, [(data, starts[offsets])], n), _INT64_LIST
    else:
        n_values = len(column.values)
        data, starts = concatenated(_framed(_INNER, [_as_bytes(column.values)], n_values), n_values)
        items, tag = [(data, starts[offsets])], _BYTES_LIST
    return _framed(_INNER, [_key(name), *_framed(b"", _framed(tag, items, n), n)], n)


def _framed(tag: bytes, parts: _Parts, n: int) -> _Parts:
    """Return the field of that tag whose content the parts are: their length stands before them."""
    sizes = np.zeros(n, np.int64)
    for part in parts:
        sizes += len(part) if isinstance(part, bytes) else np.diff(part[1])
    return [tag, encoded(sizes), *parts]


def _key(name: str) -> bytes:
    key = name.encode()
    return _INNER + encoded(np.array([len(key)]))[0].tobytes() + key + _VALUE


def _as_bytes(values: NDArray[Any]) -> Ragged:
    if values.dtype.kind == "f":
        data = values.astype("<f8").view(np.uint8)
        return data, np.arange(0, len(data) + 1, 8)
    text = text_of(values).cast(pa.large_string())
    offsets = np.frombuffer(text.buffers()[1], np.int64)[: len(text) + 1]
    return np.frombuffer(text.buffers()[2] or b"", np.uint8)[offsets[0] : offsets[-1]], offsets - offsets[0]


class Examples:
    """Rows whose bytes lie in `data`: row i is `data[starts[i]:ends[i]]`. Their features must all be in one order.

    Raises `ValueError` for what is not as `examples` writes it.
    """

    def __init__(self, data: Bytes, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> None:
        self._data = data
        self._first, self._ends = self._inner(_INNER, starts)
        self._expect(self._ends, ends)

    def column(
        self, name: str, kind: str
    ) -> tuple[NDArray[np.int64] | pa.Array | NDArray[np.float64], NDArray[np.int64]]:
        """Return the values of a feature of all rows, and how many each row has: integers, floats, or Arrow text.

        `kind`: that of the dtype of the array.
        """
        key, place = _key(name), self._first
        while True:
            entry, end = self._inner(_INNER, place)
            if self._has(entry, key):
                break
            place = end
        feature, end = self._inner(b"", entry + len(key))
        if kind in "biu":
            items, end_of_items = self._inner(_INT64_LIST, feature)
            start, stop = self._inner(_INNER, items)
            self._expect(stop, end_of_items, end)
            values = self._data[places(start, stop - start)]
            n_before = offsets_of(values < 0x80)  # the last byte of an integer
            return decoded(values), np.diff(n_before[offsets_of(stop - start)])
        items, end_of_items = self._inner(_BYTES_LIST, feature)
        self._expect(end_of_items, end)
        return self._texts(items, end, kind)

    def _texts(
        self, place: NDArray[np.int64], end: NDArray[np.int64], kind: str
    ) -> tuple[pa.Array | NDArray[np.float64], NDArray[np.int64]]:
        rows, starts, stops = [], [], []
        left = np.flatnonzero(place < end)
        while len(left):  # as often as the row with the most values has some
            start, stop = self._inner(_INNER, place[left])
            rows.append(left)
            starts.append(start)
            stops.append(stop)
            place = place.copy()
            place[left] = stop
            if (stop > end[left]).any():
                raise ValueError("a feature is longer than it says")
            left = left[stop < end[left]]
        none = np.zeros(0, np.int64)
        order = np.argsort(np.concatenate([none, *rows]), kind="stable")
        start, stop = (np.concatenate([none, *each])[order] for each in (starts, stops))
        data, counts = (
            self._data[places(start, stop - start)],
            np.bincount(np.concatenate([none, *rows]), minlength=len(end)),
        )
        if kind == "f":
            if (stop - start != 8).any():
                raise ValueError("not numbers of 8 bytes")
            return data.view("<f8").astype(np.float64), counts
        offsets = pa.py_buffer(offsets_of(stop - start))
        texts = pa.Array.from_buffers(pa.large_string(), len(start), [None, offsets, pa.py_buffer(data)])
        texts.validate(full=True)
        return texts, counts

    def _inner(self, tag: bytes, place: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return where the content of a field of a length begins and ends."""
        if not self._has(place, tag):
            raise ValueError("not the features that were expected")
        length, start = one_each(self._data, place + len(tag))
        end = start + length
        if (length > len(self._data)).any() or (end > len(self._data)).any():
            raise ValueError("it ends too early")
        return start, end

    def _has(self, place: NDArray[np.int64], expected: bytes) -> bool:
        """Return whether these bytes stand at each place. Raises `ValueError` where they do at some of them only."""
        if not len(expected) or not len(place):
            return True
        if place.max() + len(expected) > len(self._data):
            raise ValueError("it ends too early")
        same = self._data[place[:, None] + np.arange(len(expected))] == np.frombuffer(expected, np.uint8)
        if same.all():
            return True
        if same.all(axis=1).any():
            raise ValueError("its rows have different features")
        return False

    def _expect(self, found: NDArray[np.int64], *expected: NDArray[np.int64]) -> None:
        if any((found != each).any() for each in expected):
            raise ValueError("a feature is not as long as it says")
