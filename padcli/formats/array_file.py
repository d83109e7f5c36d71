"""Arrays in files, as NPY: written block by block, and read in blocks, at any place, or whole.

The format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
"""

import dataclasses
import hashlib
import lzma
import struct
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from padcli.errors import InputError
from padcli.schema import ArraySpec

_BLOCK_BYTES = 2**23

# What zipfile, zlib and NumPy raise for bytes that are not as they were written.
DAMAGED = (
    ValueError, KeyError, TypeError, AttributeError, EOFError, NotImplementedError, RuntimeError, SyntaxError,
    struct.error, tokenize.TokenError, zipfile.BadZipFile, zlib.error, lzma.LZMAError,
)  # fmt: skip


def write_npy(file: IO[bytes], spec: ArraySpec, blocks: Iterable[NDArray[Any]]) -> None:
    """Write an array as NPY, version 1.0."""
    header = {"descr": np.lib.format.dtype_to_descr(spec.dtype), "fortran_order": False, "shape": spec.shape}
    np.lib.format.write_array_header_1_0(cast(Any, file), header)
    for block in blocks:
        file.write(data_of(block))


def data_of(block: NDArray[Any]) -> memoryview:
    """Return the bytes of a block, row by row, as NPY holds them."""
    return np.ascontiguousarray(block).reshape(-1).view(np.uint8).data


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
        return int(np.prod(self.shape[1:], dtype=object)) * self.dtype.itemsize

    def whole(self) -> NDArray[Any]:
        """Return all of it: a file of its own is mapped, read-only; a member is read, and checked by the zip's CRC."""
        if self.member is None:
            return np.memmap(self.path, self.dtype, mode="r", offset=self.start, shape=self.shape)
        with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as file:
            return np.lib.format.read_array(file, allow_pickle=False)

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


class ArrayReader:
    """An array, to be read once from its start to its end; afterwards `sha256` is that of its data.

    `dtype` and `shape` are those that its own header gives. Raises one of `DAMAGED` where its file, of `size` bytes, is
    none that holds such an array; reading raises `InputError`.
    """

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self.dtype, self.shape = read_header(file)
        self._row_bytes = int(np.prod(self.shape[1:], dtype=object)) * self.dtype.itemsize
        self._left = self.shape[0] if self.shape else 0
        found, expected = size - file.tell(), self._left * self._row_bytes
        if found != expected:
            raise ValueError(f"{found:,} bytes of data, and its shape asks for {expected:,}")

    @property
    def sha256(self) -> str:
        """The digest of what has been read."""
        return self._digest.hexdigest()

    @property
    def block_rows(self) -> int:
        """How many rows to read at a time."""
        return max(1, _BLOCK_BYTES // max(1, self._row_bytes))

    def read(self, n_rows: int) -> NDArray[Any]:
        """Read the next rows, `(n_rows, ...)`; fewer where there are no more."""
        n_rows = min(n_rows, self._left)
        self._left -= n_rows
        with raised_as_input_error():
            data = self._file.read(n_rows * self._row_bytes)
            if len(data) < n_rows * self._row_bytes:
                raise EOFError("it ends too early")
            self._digest.update(data)
            return np.frombuffer(data, self.dtype).reshape(n_rows, *self.shape[1:])

    def blocks(self) -> Iterator[NDArray[Any]]:
        """Yield what is left, some rows at a time."""
        while self._left:
            yield self.read(self.block_rows)


@contextmanager
def raised_as_input_error() -> Iterator[None]:
    """Convert what is wrong with the bytes of an array into an `InputError` without its name."""
    try:
        yield
    except OSError as error:
        raise InputError(f"it cannot be read: {error.strerror or error}") from error
    except DAMAGED as error:
        raise InputError(f"it is damaged: {str(error).rstrip('.')}") from error


@contextmanager
def raised_as_damage(path: Path) -> Iterator[None]:
    """Convert what goes wrong in reading an output of padcli into an `InputError`."""
    try:
        yield
    except OSError as error:
        raise InputError(f"{error.filename or path}: {error.strerror or error}.") from error
    except DAMAGED as error:
        raise InputError(
            f"{path}: is not a file that padcli wrote: {error}.", hint="Expected the .npz or .npy of `padcli pad`."
        ) from error
