"""A file that padcli wrote, read piece by piece: its `meta.json`, and its arrays in blocks of rows."""

import dataclasses
import hashlib
import json
import operator
import os
import zipfile
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from padcli.errors import InputError
from padcli.formats import meta_json, npy
from padcli.formats.array_file import DAMAGED, read_header
from padcli.formats.npz import META

_BLOCK_BYTES = 2**23
_EXPECTED = "Expected the .npz or .npy of `padcli pad`."


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ArrayFacts:
    """What `meta.json` says of an array; `sha256`, of its data, is None where an older padcli wrote the file."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    sha256: str | None


class ArrayReader:
    """An array, to be read once from its start to its end; afterwards `sha256` is that of its data.

    `dtype` and `shape` are those that its own header gives. Raises `InputError` where its file, of `size` bytes, is
    damaged.
    """

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        with _damage_told():
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
        """The next rows, `(n_rows, ...)`; fewer where there are no more."""
        n_rows = min(n_rows, self._left)
        self._left -= n_rows
        with _damage_told():
            data = self._file.read(n_rows * self._row_bytes)
            if len(data) < n_rows * self._row_bytes:
                raise EOFError("it ends too early")
            self._digest.update(data)
            return np.frombuffer(data, self.dtype).reshape(n_rows, *self.shape[1:])

    def blocks(self) -> Iterator[NDArray[Any]]:
        """What is left, some rows at a time."""
        while self._left:
            yield self.read(self.block_rows)


class Output(ABC):
    """A file that padcli wrote, and what `meta.json` says of it: `meta`, and of it `arrays`, by their names.

    `meta_is_whole`: whether `meta.json` is as it was written, byte by byte; None where it has no digest.
    """

    def __init__(self, path: Path, raw: bytes) -> None:
        self.path = path
        self.meta: dict[str, Any] = json.loads(raw)
        unsigned = {name: value for name, value in self.meta.items() if name != "sha256"}
        self.meta_is_whole = meta_json(unsigned) == raw if "sha256" in self.meta else None
        self.arrays = {
            name: ArrayFacts(
                dtype=np.dtype(facts["dtype"]),
                shape=tuple(map(operator.index, facts["shape"])),
                sha256=facts.get("sha256"),
            )
            for name, facts in self.meta["arrays"].items()
        }

    @property
    @abstractmethod
    def files(self) -> list[Path]:
        """The files that it is made of, in the order in which they are written."""

    @property
    @abstractmethod
    def strangers(self) -> list[str]:
        """What is there, and is not named in `meta.json`."""

    @abstractmethod
    def _open(self, name: str) -> tuple[IO[bytes], int]:
        """The NPY of an array, and its size in bytes."""

    @contextmanager
    def array(self, name: str) -> Iterator[ArrayReader]:
        """An array, to be read; several can be, side by side. Raises `InputError` where it is missing or damaged."""
        with _damage_told():
            file, size = self._open(name)
        with file:
            yield ArrayReader(file, size)


class _Npz(Output):
    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        super().__init__(path, archive.read(META))
        self._archive = archive

    @property
    def files(self) -> list[Path]:
        return [self.path]

    @property
    def strangers(self) -> list[str]:
        known = Counter([*(f"{name}.npy" for name in self.arrays), META])
        return list((Counter(self._archive.namelist()) - known).elements())

    def _open(self, name: str) -> tuple[IO[bytes], int]:
        info = self._archive.NameToInfo.get(f"{name}.npy")
        if info is None:
            raise InputError("it is missing")
        return self._archive.open(info), info.file_size


class _Npy(Output):
    def __init__(self, path: Path) -> None:
        super().__init__(path, npy.read_meta(path))

    @property
    def files(self) -> list[Path]:
        return npy.paths(self.path, self.arrays)

    @property
    def strangers(self) -> list[str]:
        """Files that are named as its arrays are; those of other outputs have a `meta.json` of their own."""
        stem = escape(self.path.with_suffix("").name)
        others = [file.name.removesuffix("meta.json") for file in self.path.parent.glob(f"{stem}.*.meta.json")]
        found = {
            file.name for file in self.path.parent.glob(f"{stem}.*.npy") if not file.name.startswith(tuple(others))
        }
        return sorted(found - {file.name for file in self.files})

    def _open(self, name: str) -> tuple[IO[bytes], int]:
        path = npy.path_of(self.path, name)
        if not path.is_file():
            raise InputError(f"{path} is missing")
        return path.open("rb"), path.stat().st_size


@contextmanager
def open_output(path: str | os.PathLike[str]) -> Iterator[Output]:
    """An `.npz`, or an `.npy` and the files beside it.

    Raises `InputError` where it is missing, none that padcli wrote, or has no `meta.json` that can be read.
    """
    path = Path(path)
    try:
        if not path.exists():
            raise FileNotFoundError(None, "No such file or directory", str(path))
        if not path.is_file():
            raise ValueError("it is no file")
        archive = None if path.suffix.lower() == ".npy" else zipfile.ZipFile(path)
        try:
            output = _Npy(path) if archive is None else _Npz(path, archive)
        except BaseException:
            if archive is not None:
                archive.close()
            raise
    except OSError as error:
        hint = _EXPECTED if path.exists() else ""
        raise InputError(f"{error.filename or path}: {error.strerror or error}.", hint=hint) from error
    except (*DAMAGED, AttributeError) as error:
        raise not_padclis(path, error) from error
    try:
        yield output
    finally:
        if archive is not None:
            archive.close()


def not_padclis(path: Path, error: Exception) -> InputError:
    """What to say where `meta.json` is missing, or is not what padcli writes."""
    reason = f"it has no {error}" if isinstance(error, KeyError) else str(error)
    return InputError(
        f"{path}: is not a file that padcli wrote, or is damaged: {reason.rstrip('.')}.",
        hint=_EXPECTED,
    )


@contextmanager
def _damage_told() -> Iterator[None]:
    """What is wrong with the bytes of an array is told as an `InputError`."""
    try:
        yield
    except OSError as error:
        raise InputError(f"it cannot be read: {error.strerror or error}") from error
    except DAMAGED as error:
        raise InputError(f"it is damaged: {str(error).rstrip('.')}") from error
