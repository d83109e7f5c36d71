"""Arrays as they lie in files: a few rows at a time, or whole."""

import dataclasses
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

_LOCAL_HEADER = struct.Struct("<4s22xHH")  # of a zip member: its signature, how long its name and what follows are
_SIGNATURE = b"PK\3\4"
# What zipfile, zlib and NumPy raise for bytes that are not as they were written.
DAMAGED = (
    ValueError, KeyError, TypeError, EOFError, NotImplementedError, RuntimeError, SyntaxError, struct.error,
    tokenize.TokenError, zipfile.BadZipFile, zlib.error, lzma.LZMAError,
)  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StoredArray:
    """An NPY array in a file of its own, or in a member of an `.npz`.

    `dtype`, `shape`: of the array. `member`: of the zip; None in a file of its own. `start`: where the data begin, in
    bytes; in the member where that has to be inflated, else in the file.
    """

    path: Path
    member: str | None
    is_compressed: bool
    start: int
    dtype: np.dtype[Any]
    shape: tuple[int, ...]

    @property
    def row_bytes(self) -> int:
        """Size of a row."""
        return int(np.prod(self.shape[1:], dtype=object)) * self.dtype.itemsize

    def whole(self) -> NDArray[Any]:
        """All of it: a file of its own is mapped, read-only; a member is read, and checked by the zip's CRC."""
        if self.member is None:
            return np.memmap(self.path, self.dtype, mode="r", offset=self.start, shape=self.shape)
        with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as file:
            return np.lib.format.read_array(file, allow_pickle=False)

    def parts(self, spans: Iterable[tuple[int, int]]) -> Iterator[NDArray[Any]]:
        """The rows of each span (its first row, and the one after its last), which rise and do not overlap.

        They are read, and not mapped, since mapped pages stay in memory for as long as there is room. Raises
        `InputError` where the file is damaged.
        """
        with damage_told(self.path), self._opened() as file:
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


@contextmanager
def damage_told(path: Path) -> Iterator[None]:
    """What goes wrong in reading a file of padcli's becomes an `InputError`."""
    try:
        yield
    except OSError as error:
        raise InputError(f"{error.filename or path}: {error.strerror or error}.") from error
    except DAMAGED as error:
        raise InputError(
            f"{path}: is not a file that padcli wrote: {error}.", hint="Expected the .npz or .npy of `padcli pad`."
        ) from error


def read_header(file: IO[bytes]) -> tuple[np.dtype[Any], tuple[int, ...]]:
    """The dtype and the shape of the NPY that begins where `file` is. Raises `ValueError` for none of padcli's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of headers as Python 2 wrote them, which this one then is not
        version = np.lib.format.read_magic(cast(Any, file))
        if version != (1, 0):
            raise ValueError(f"NPY {version[0]}.{version[1]}, expected 1.0")
        shape, in_columns, dtype = np.lib.format.read_array_header_1_0(cast(Any, file))
    if in_columns or dtype.hasobject:
        raise ValueError("not laid out as padcli lays it out")
    return dtype, shape


def of_file(path: Path) -> StoredArray:
    """The array of an `.npy`. Raises `ValueError` for what is none."""
    with path.open("rb") as file:
        return _described(file, path)


def of_member(archive: zipfile.ZipFile, name: str, path: Path) -> StoredArray:
    """The array of a member `name.npy` of the zip at `path`. Raises `KeyError` where it has none, and `ValueError`."""
    info = archive.getinfo(f"{name}.npy")
    if info.compress_type == zipfile.ZIP_STORED and not info.flag_bits & 1:  # the flag says that it is encrypted
        with path.open("rb") as file:
            file.seek(info.header_offset)
            signature, n_name, n_extra = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
            if signature != _SIGNATURE:
                raise ValueError(f"its {name} is not where its directory says")
            file.seek(n_name + n_extra, 1)
            return _described(file, path, info.filename)
    with archive.open(info) as member:
        return _described(member, path, info.filename, is_compressed=True)


def _described(file: IO[bytes], path: Path, member: str | None = None, *, is_compressed: bool = False) -> StoredArray:
    """What the header says that stands where `file` is."""
    dtype, shape = read_header(file)
    if not shape:
        raise ValueError(f"an array of {dtype} without rows")
    return StoredArray(
        path=path, member=member, is_compressed=is_compressed, start=file.tell(), dtype=dtype, shape=shape
    )
