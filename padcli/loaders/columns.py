"""Rows of arrays, wherever these lie: some rows at a time, in any order, as copies."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

RowNumbers = NDArray[np.integer] | range


class Column(Protocol):
    """An array that rows are taken from; `row_shape` is `(width,)`, or `()` for one value a row."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the values."""
        ...

    @property
    def row_shape(self) -> tuple[int, ...]:
        """The shape of a row."""
        ...

    def take(self, rows: RowNumbers) -> NDArray[Any]:
        """Return these rows, `(len(rows), *row_shape)`; a range is of consecutive rows. Raises `IndexError`."""
        ...


class ArrayColumn:
    """The rows of arrays of one dtype and width, one array after the other."""

    def __init__(self, arrays: Sequence[NDArray[Any]]) -> None:
        self.dtype, self.row_shape = arrays[0].dtype, arrays[0].shape[1:]
        self._arrays = [_whole_rows(array) for array in arrays]
        self._starts = np.cumsum([0, *map(len, arrays)])

    def take(self, rows: RowNumbers) -> NDArray[Any]:
        """Return these rows, `(len(rows), *row_shape)`. Raises `IndexError`."""
        if len(self._arrays) > 1:
            taken = self._take_from_several(np.asarray(rows, np.int64))
        elif isinstance(rows, range):
            taken = self._arrays[0][rows.start : rows.stop].copy()
        else:
            taken = self._arrays[0].take(rows)
        return taken.view(self.dtype).reshape(len(rows), *self.row_shape)

    def _take_from_several(self, rows: NDArray[np.int64]) -> NDArray[np.void]:
        taken = np.empty(len(rows), self._arrays[0].dtype)
        number = np.searchsorted(self._starts, rows, side="right") - 1
        for each in np.unique(number):
            chosen = number == each
            taken[chosen] = self._arrays[each].take(rows[chosen] - self._starts[each])
        return taken


class Zeros:
    """Rows of zeros, `(width,)` each, of an array that is not in the file."""

    dtype: np.dtype[Any] = np.dtype(np.int32)

    def __init__(self, width: int) -> None:
        self.row_shape = (width,)

    def take(self, rows: RowNumbers) -> NDArray[np.int32]:
        """Return as many rows."""
        return np.zeros((len(rows), *self.row_shape), np.int32)


class Table(Mapping[str, Column]):
    """Columns of `n_rows` rows each, by their names; `width`: cells of a row of ids."""

    def __init__(self, columns: Mapping[str, Column], *, n_rows: int, width: int) -> None:
        self._columns, self.n_rows, self.width = columns, n_rows, width

    def __getitem__(self, name: str) -> Column:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def take(self, rows: RowNumbers) -> dict[str, NDArray[Any]]:
        """Return these rows of each column."""
        return {name: column.take(rows) for name, column in self.items()}

    def row(self, number: int) -> dict[str, NDArray[Any]]:
        """Return one row of each column. Raises `IndexError`; a negative number counts from the end."""
        if not -self.n_rows <= number < self.n_rows:
            raise IndexError(f"row {number} of {self.n_rows}")
        return {name: array[0] for name, array in self.take(np.array([number % self.n_rows])).items()}


def _whole_rows(array: NDArray[Any]) -> NDArray[np.void]:
    """View an array as `(n_rows,)` rows of bytes.

    NumPy copies them as fast as memory goes, wherever a file has them: `take` would first copy all of an array of
    numbers that does not begin at a multiple of their size, as hardly one in a zip does.
    """
    flat = np.ascontiguousarray(array).reshape(len(array), int(np.prod(array.shape[1:])))
    return np.asarray(flat).view(np.dtype((np.void, flat.shape[1] * array.dtype.itemsize))).reshape(len(array))
