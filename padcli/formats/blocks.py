"""Arrays that are decoded block by block, read at any place, whole, or from their start."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from padcli.formats.base import ArrayReader, row_bytes
from padcli.formats.damage import raised_as_damage

Decode = Callable[[int], NDArray[Any]]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BlockArray:
    """An array in blocks. `starts`: int64 `(n_blocks + 1,)`, block i has the rows from `starts[i]` to `starts[i + 1]`.

    `open`: opens the file; gives a function that returns a block, by its number.
    """

    path: Path
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    starts: NDArray[np.int64]
    open: Callable[[], AbstractContextManager[Decode]]

    @property
    def row_bytes(self) -> int:
        """Size of a row."""
        return row_bytes(self.dtype, self.shape)

    def whole(self) -> NDArray[Any]:
        """Return all of it."""
        found = np.empty(self.shape, self.dtype)
        with self.open() as decode:
            rows = BlockRows(self, decode)
            for first, end in zip(self.starts[:-1].tolist(), self.starts[1:].tolist(), strict=True):
                found[first:end] = rows.between(first, end)
        return found

    def parts(self, spans: Iterable[tuple[int, int]]) -> Iterator[NDArray[Any]]:
        """Yield the rows of each span (its first row, and the one after its last), which rise and do not overlap."""
        with raised_as_damage(self.path), self.open() as decode:
            rows = BlockRows(self, decode)
            for first, end in spans:
                yield rows.between(first, end)


class BlockRows:
    """The rows of an array, of whose blocks the last one is kept."""

    def __init__(self, array: BlockArray, decode: Decode) -> None:
        self._array, self._decode = array, decode
        self._number, self._block = -1, np.empty((0, *array.shape[1:]), array.dtype)

    def between(self, first: int, end: int) -> NDArray[Any]:
        """Return the rows from `first` to `end`. Raises `ValueError` for blocks that are not of the array."""
        starts, found = self._array.starts, list[NDArray[Any]]()
        number = int(np.searchsorted(starts, first, side="right")) - 1
        while first < end:
            start, stop = int(starts[number]), min(end, int(starts[number + 1]))
            if first < stop:
                found.append(self._decoded(number)[first - start : stop - start])
            first, number = max(first, stop), number + 1
        if len(found) == 1:
            return found[0]
        return np.concatenate(found) if found else np.empty((0, *self._array.shape[1:]), self._array.dtype)

    def _decoded(self, number: int) -> NDArray[Any]:
        if number != self._number:
            self._block = self._block[:0]  # not two of them in memory
            block = self._decode(number)
            shape = (int(self._array.starts[number + 1] - self._array.starts[number]), *self._array.shape[1:])
            if (block.dtype, block.shape) != (self._array.dtype, shape):
                raise ValueError(f"{block.dtype} {block.shape}, expected {self._array.dtype} {shape}")
            self._number, self._block = number, block
        return self._block


class BlockReader(ArrayReader):
    """An array in blocks, from its start."""

    def __init__(self, array: BlockArray, decode: Decode) -> None:
        super().__init__(array.dtype, array.shape)
        self._rows, self._end = BlockRows(array, decode), 0

    def _read(self, n_rows: int) -> NDArray[Any]:
        first, self._end = self._end, self._end + n_rows
        return self._rows.between(first, self._end)
