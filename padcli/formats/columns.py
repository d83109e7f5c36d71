"""Outputs that hold rows, in blocks of Arrow columns: their arrays, read block by block."""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from padcli.errors import InputError
from padcli.formats.arrow_columns import arrow_errors, flat, values_of
from padcli.formats.base import ArrayReader, StoredRows
from padcli.formats.blocks import BlockArray, BlockReader, Decode
from padcli.formats.damage import raised_as_input_error
from padcli.formats.row_batches import OF_PIECES, OFFSETS
from padcli.rows.ragged import offsets_of
from padcli.schema import role_of

ReadColumn = Callable[[int, str], pa.Array]


class ColumnarRows(StoredRows):
    """Stored rows whose arrays are Arrow columns.

    `block_rows`: of each block; `columns`: the names of all that are there; `data`: the file, where it is not `path`.
    """

    def __init__(
        self, path: Path, raw: bytes, *, block_rows: Sequence[int], columns: Sequence[str], data: Path | None = None
    ) -> None:
        super().__init__(path, raw)
        self._data = data or path
        self._starts = offsets_of(np.array(block_rows, np.int64))
        self._columns = columns

    @abstractmethod
    def _open(self) -> AbstractContextManager[ReadColumn]:
        """Open the file; gives a function that reads a column of a block."""

    @property
    def files(self) -> list[Path]:
        """The one file."""
        return [self.path]

    @property
    def unexpected(self) -> list[str]:
        """Columns that are not in the metadata."""
        return sorted(set(self._columns) - (set(self.arrays) - {OFFSETS}))

    def locate(self, name: str) -> BlockArray:
        """Find an array. Its dtype and width are those of the metadata, and whatever is read is compared with them."""
        starts = self._starts
        decode: Callable[[ReadColumn, int], NDArray[Any]] = partial(self._decoded, name)
        if name == OFFSETS:
            starts, decode = np.array([0, len(self._row_offsets)]), self._decoded_offsets
        elif name not in self._columns:
            raise KeyError(name)
        elif self._is_of_pieces(name):
            starts = self._row_offsets[self._starts]
        recorded = self.arrays[name]
        return BlockArray(
            path=self._data,
            dtype=recorded.dtype,
            shape=(int(starts[-1]), *recorded.shape[1:]),
            starts=starts,
            open=partial(self._opened, decode),
        )

    @contextmanager
    def array(self, name: str) -> Iterator[ArrayReader]:
        """Read an array from its start."""
        with ExitStack() as stack:
            with raised_as_input_error():
                if name not in {*self._columns, OFFSETS}:
                    raise InputError("it is missing")
                array = self.locate(name)
                decode = stack.enter_context(array.open())
            yield BlockReader(array, decode)

    @contextmanager
    def _opened(self, decode: Callable[[ReadColumn, int], NDArray[Any]]) -> Iterator[Decode]:
        with self._open() as read:

            def decode_block(number: int) -> NDArray[Any]:
                with arrow_errors():
                    return decode(read, number)

            yield decode_block

    def _is_of_pieces(self, name: str) -> bool:
        return OFFSETS in self.arrays and role_of(name) in OF_PIECES

    def _decoded(self, name: str, read: ReadColumn, number: int) -> NDArray[Any]:
        """Return a block of an array. Raises `ValueError` where its lists are not as long as rows are."""
        recorded, column = self.arrays[name], read(number, name)
        if self._is_of_pieces(name):
            return values_of(flat(column)[0], recorded.dtype)
        if len(recorded.shape) == 1:
            return values_of(column, recorded.dtype)
        values, lengths = flat(column)
        if (lengths != recorded.shape[1]).any():
            raise ValueError(f"a list of {lengths[lengths != recorded.shape[1]][0]:,}, expected {recorded.shape[1]:,}")
        return values_of(values, recorded.dtype).reshape(len(lengths), *recorded.shape[1:])

    def _decoded_offsets(self, read: ReadColumn, number: int) -> NDArray[np.int64]:
        return self._row_offsets

    @cached_property
    def _row_offsets(self) -> NDArray[np.int64]:
        """Offsets of the pieces of each row, int64 `(n_rows + 1,)`."""
        with arrow_errors(), self._open() as read:
            lengths = [flat(read(number, "record"))[1] for number in range(len(self._starts) - 1)]
        return offsets_of(np.concatenate([np.zeros(0, np.int64), *lengths]))
