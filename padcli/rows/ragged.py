"""Rows of different lengths, as flat arrays."""

import dataclasses

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RaggedIds:
    """Token ids of many rows.

    `values`: integers `(n_tokens,)`; `offsets`: int64 `(n_rows + 1,)`; row i is `values[offsets[i]:offsets[i + 1]]`.
    Where there is a `lookup`, int32 `(n,)`, the values are codes, and `lookup[code]` is the id.
    """

    values: NDArray[np.integer]
    offsets: NDArray[np.int64]
    lookup: NDArray[np.int32] | None = None

    def rows(self, first: int, stop: int) -> "RaggedIds":
        """Return the rows `[first, stop)`."""
        offsets = self.offsets[first : stop + 1]
        values = self.values[offsets[0] : offsets[-1]]
        return RaggedIds(values=values, offsets=offsets - offsets[0], lookup=self.lookup)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """The units of many texts, each different one held once.

    `units`: Arrow strings `(n_unique,)` in order of first appearance, or None where `codes` are ids already; `counts`:
    int64 `(n_unique,)`, how often each occurs; `codes`: integers `(n_tokens,)`, positions in `units`; `offsets`: int64
    `(n_rows + 1,)` into `codes`. `original_rows`: how many rows a foreign tokenizer's own library encoded; `dropped`:
    how many more tokens there were that have no id, and so are left out.
    """

    units: pa.StringArray | None
    counts: NDArray[np.int64]
    codes: NDArray[np.integer]
    offsets: NDArray[np.int64]
    original_rows: int = 0
    dropped: int = 0

    @property
    def strings(self) -> pa.StringArray:
        """The units, of codes that are none of ids."""
        if self.units is None:
            raise ValueError("Ids have no units.")
        return self.units

    @classmethod
    def of_ids(
        cls, ids: NDArray[np.integer], offsets: NDArray[np.int64], *, original_rows: int = 0, dropped: int = 0
    ) -> "Units":
        """Ids that need no vocabulary."""
        counts = np.zeros(0, np.int64)
        return cls(units=None, counts=counts, codes=ids, offsets=offsets, original_rows=original_rows, dropped=dropped)

    @classmethod
    def counted(cls, units: pa.StringArray, codes: NDArray[np.integer], offsets: NDArray[np.int64]) -> "Units":
        """Units that are yet to be counted."""
        return cls(units=units, counts=np.bincount(codes, minlength=len(units)), codes=codes, offsets=offsets)

    def only(self, kept: NDArray[np.bool_]) -> "Units":
        """Return the units of some texts, bool `(n_rows,)`, as if there had been no others."""
        lengths = np.diff(self.offsets)
        codes, offsets = self.codes[np.repeat(kept, lengths)], offsets_of(lengths[kept])
        if self.units is None:
            return dataclasses.replace(self, codes=codes, offsets=offsets)
        found, first, places = np.unique(codes, return_index=True, return_inverse=True)
        order = np.argsort(first)  # of first appearance
        number = np.empty(len(order), np.int64)
        number[order] = np.arange(len(order))
        units = self.units.take(positions(found[order].astype(np.int64)))
        return dataclasses.replace(
            Units.counted(units, number[places], offsets), original_rows=self.original_rows, dropped=self.dropped
        )


def offsets_of(lengths: NDArray[np.integer] | NDArray[np.bool_]) -> NDArray[np.int64]:
    """Offsets `(n_rows + 1,)` of rows with these lengths `(n_rows,)`."""
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def positions(values: NDArray[np.int64]) -> pa.Array:
    """Return positions as an Arrow array, for `take`. `pa.array` does that, too, but imports `numpy.ma` for it."""
    return pa.Array.from_buffers(pa.int64(), len(values), [None, pa.py_buffer(np.ascontiguousarray(values))])


def narrowest(values: NDArray[np.integer]) -> NDArray[np.integer]:
    """Return values `(n,)` in the smallest integer dtype that holds them all."""
    if not len(values):
        return values.astype(np.uint8)
    low, high = int(values.min()), int(values.max())
    # Of a negative number NumPy gives the smallest signed type; -high - 1 needs the same one as high.
    extreme = max(low, high) if low >= 0 else min(low, -high - 1)
    return values.astype(np.min_scalar_type(extreme), copy=False)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Texts, one a row. Each string of `array` is a text and `tail` more bytes (a line's end), to save a copy."""

    array: pa.StringArray
    tail: int = 0

    def __len__(self) -> int:
        return len(self.array)

    @property
    def offsets(self) -> NDArray[np.int32]:
        """Offsets of the strings in `data`, int32 `(n_rows + 1,)`."""
        if not len(self.array):
            return np.zeros(1, np.int32)
        start = self.array.offset
        return np.frombuffer(self.array.buffers()[1], np.int32)[start : start + len(self.array) + 1]

    @property
    def data(self) -> NDArray[np.uint8]:
        """The bytes of all strings."""
        data = self.array.buffers()[2] if len(self.array) else None
        return np.frombuffer(data if data is not None else b"", np.uint8)

    def trimmed(self) -> pa.StringArray:
        """The texts alone."""
        if not self.tail:
            return self.array
        return pc.binary_slice(self.array.cast(pa.binary()), 0, -self.tail).cast(pa.string())
