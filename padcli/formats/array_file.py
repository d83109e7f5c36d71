"""Arrays in files, as NPY: written block by block, and read in blocks, at any place, or whole.

The format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
"""

import dataclasses
import warnings
import zipfile
from abc import abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from padcli.formats.base import ArrayReader, StoredRows, data_of, row_bytes
from padcli.formats.damage import raised_as_damage, raised_as_input_error
from padcli.schema import ArraySpec


def write_npy(file: IO[bytes], spec: ArraySpec, blocks: Iterable[NDArray[Any]]) -> None:
    """Write an array as NPY, version 1.0."""
    header = {"descr": np.lib.format.dtype_to_descr(spec.dtype), "fortran_order": False, "shape": spec.shape}
    np.lib.format.write_array_header_1_0(cast(Any, file), header)
    for block in blocks:
        file.write(data_of(block))


def read_header(file: IO[bytes]) -> tuple[np.dtype[Any], tuple[int, ...]]:
    """Read the dtype and the shape of the NPY that begins where `file` is. Raises `ValueError` for none of padcli's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of headers as Python 2 wrote them, which this one then is not
        version = np.lib.format.read_magic(cast(Any, file))
        if version != (1, 0):
            raise ValueError(f"NPY {version[0]}.{version[1]}, expected 1.0")
        shape, in_columns, dtype = np.lib.format.read_array_header_1_0(cast(Any, file))
    if in_columns or dtype.hasobject:
        raise ValueError("not laid out as padcli lays it out")
    return dtype, shape


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ArrayFile:
    """An array in a file of its own, or in a member of a zip.

    `dtype`, `shape`: of the array. `member`: of the zip; None in a file of its own. `start`: where the data begin, in
    bytes; in the member where that has to be inflated, else in the file.
    """

    path: Path
    member: str | None
    is_compressed: bool
    start: int
    dtype: np.dtype[Any]
    shape: tuple[int, ...]

    @classmethod
    def described(
        cls, file: IO[bytes], path: Path, member: str | None = None, *, is_compressed: bool = False
    ) -> "ArrayFile":
        """Read the header that stands where `file` is. Raises `ValueError` for an array without rows."""
        dtype, shape = read_header(file)
        if not shape:
            raise ValueError(f"an array of {dtype} without rows")
        return cls(path=path, member=member, is_compressed=is_compressed, start=file.tell(), dtype=dtype, shape=shape)

    @property
    def row_bytes(self) -> int:
        """Size of a row."""
        return row_bytes(self.dtype, self.shape)

    def whole(self) -> NDArray[Any]:
        """Return all of it: a file of its own is mapped, read-only; a member is read, and checked by the zip's CRC."""
        if self.member is None:
            return np.memmap(self.path, self.dtype, mode="r", offset=self.start, shape=self.shape)
        with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as file:
            return np.lib.format.read_array(file, allow_pickle=False)

    def mapped(self) -> NDArray[Any] | None:
        """Return all of it, mapped read-only and checked by nothing; None where it has to be inflated."""
        if self.is_compressed:
            return None
        if 0 in self.shape:  # nothing to map
            return np.empty(self.shape, self.dtype)
        return np.memmap(self.path, self.dtype, mode="r", offset=self.start, shape=self.shape)

    def parts(self, spans: Iterable[tuple[int, int]]) -> Iterator[NDArray[Any]]:
        """Yield the rows of each span (its first row, and the one after its last), which rise and do not overlap.

        They are read, and not mapped, since mapped pages stay in memory for as long as there is room. Raises
        `InputError` where the file is damaged.
        """
        with raised_as_damage(self.path), self._opened() as file:
            for first, end in spans:
                file.seek(self.start + first * self.row_bytes)
                part = np.empty((end - first, *self.shape[1:]), self.dtype)
                room = part.reshape(-1).view(np.uint8)
                if cast(Any, file).readinto(room.data) != len(room):
                    raise EOFError("it ends too early")
                yield part

    @contextmanager
    def _opened(self) -> Iterator[IO[bytes]]:
        if self.member is None or not self.is_compressed:
            with self.path.open("rb") as file:
                yield file
        else:
            with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as file:
                yield file


class NpyRows(StoredRows):
    """Stored rows whose arrays are NPY, wherever that lies."""

    @abstractmethod
    def _open(self, name: str) -> tuple[IO[bytes], int]:
        """Open the NPY of an array; returns it with its size in bytes. Raises `InputError` where it is missing."""

    @contextmanager
    def array(self, name: str) -> Iterator[ArrayReader]:
        """Read an array from its start; its NPY has to be as long as its header says."""
        with raised_as_input_error():
            file, size = self._open(name)
        with file:
            with raised_as_input_error():
                reader = _NpyReader(file, size)
            yield reader


class RawReader(ArrayReader):
    """Data of an array, row by row, that begin where `file` is."""

    def __init__(self, file: IO[bytes], dtype: np.dtype[Any], shape: tuple[int, ...]) -> None:
        super().__init__(dtype, shape)
        self._file = file

    def _read(self, n_rows: int) -> NDArray[Any]:
        n_bytes = n_rows * row_bytes(self.dtype, self.shape)
        data = self._file.read(n_bytes)
        if len(data) < n_bytes:
            raise EOFError("it ends too early")
        return np.frombuffer(data, self.dtype).reshape(n_rows, *self.shape[1:])


class _NpyReader(RawReader):
    """The NPY of `size` bytes that begins where `file` is. Raises one of `DAMAGED` for another."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        super().__init__(file, *read_header(file))
        found, expected = size - file.tell(), self._left * row_bytes(self.dtype, self.shape)
        if found != expected:
            raise ValueError(f"{found:,} bytes of data, and its shape asks for {expected:,}")
