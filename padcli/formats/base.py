"""A format: one class that writes arrays and reads them again."""

import dataclasses
import hashlib
import json
import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from padcli.files.pending import PendingFiles
from padcli.formats.damage import raised_as_input_error
from padcli.formats.metadata_file import dtype_of, is_whole
from padcli.schema import ArraySpec

_BLOCK_BYTES = 2**23


class Rows(Protocol):
    """Arrays that come in blocks of rows, as often as they are asked for."""

    @property
    def specs(self) -> Sequence[ArraySpec]:
        """The arrays, in their order."""
        ...

    def column(self, name: str) -> Iterator[NDArray[Any]]:
        """Yield the blocks of an array, each `(n, ...)`, in their order."""
        ...

    def batches(self, n_rows: int) -> Iterator[dict[str, NDArray[Any]]]:
        """Yield all arrays side by side, `n_rows` rows at a time; the last batch may have fewer."""
        ...


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RecordedArray:
    """An array as the metadata describes it; `sha256`, of its data, is None where an older padcli wrote the file."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    sha256: str | None


class StoredArray(Protocol):
    """An array that lies in `path`, to be read at any place, or whole; `shape` is `(n_rows, ...)`."""

    @property
    def path(self) -> Path:
        """The file."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype that the file itself gives."""
        ...

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape that the file itself gives."""
        ...

    @property
    def row_bytes(self) -> int:
        """Size of a row."""
        ...

    def whole(self) -> NDArray[Any]:
        """Return all of it. Raises `OSError`, or one of `DAMAGED`."""
        ...

    def parts(self, spans: Iterable[tuple[int, int]]) -> Iterator[NDArray[Any]]:
        """Yield the rows of each span (its first row, and the one after its last), which rise and do not overlap.

        Raises `InputError` where the file is damaged.
        """
        ...


class ArrayReader(ABC):
    """An array, to be read once from its start to its end; afterwards `sha256` is that of its data.

    `dtype`, `shape`: as the file itself gives them.
    """

    def __init__(self, dtype: np.dtype[Any], shape: tuple[int, ...]) -> None:
        self.dtype, self.shape = dtype, shape
        self._digest = hashlib.sha256()
        self._left = shape[0] if shape else 0

    @abstractmethod
    def _read(self, n_rows: int) -> NDArray[Any]:
        """Read so many rows, `(n_rows, ...)`. Raises `OSError`, or one of `DAMAGED`."""

    @property
    def sha256(self) -> str:
        """The digest of what has been read."""
        return self._digest.hexdigest()

    @property
    def block_rows(self) -> int:
        """Rows to read at a time."""
        return max(1, _BLOCK_BYTES // max(1, row_bytes(self.dtype, self.shape)))

    def read(self, n_rows: int) -> NDArray[Any]:
        """Read the next rows, `(n_rows, ...)`; fewer where there are no more. Raises `InputError` for damaged ones."""
        n_rows = min(n_rows, self._left)
        self._left -= n_rows
        with raised_as_input_error():
            rows = self._read(n_rows)
            self._digest.update(data_of(rows))
            return rows

    def blocks(self) -> Iterator[NDArray[Any]]:
        """Yield what is left, some rows at a time."""
        while self._left:
            yield self.read(self.block_rows)


class StoredRows(ABC):
    """An output of padcli, opened: its metadata, and of it `arrays`, by their names.

    `metadata_is_whole`: False where the metadata are not as they were written, byte by byte; None where they have no
    digest. Raises `ValueError`, `KeyError` or `TypeError` for metadata that name no arrays.
    """

    def __init__(self, path: Path, raw: bytes) -> None:
        self.path = path
        self.metadata: dict[str, Any] = json.loads(raw)
        self.arrays = {
            name: RecordedArray(
                dtype=dtype_of(facts["dtype"]),
                shape=tuple(map(operator.index, facts["shape"])),
                sha256=facts.get("sha256"),
            )
            for name, facts in self.metadata["arrays"].items()
        }
        self.metadata_is_whole = is_whole(self.metadata, raw)

    @property
    @abstractmethod
    def files(self) -> list[Path]:
        """The files that it is made of, in the order in which they are written."""

    @property
    def problems(self) -> Iterable[str]:
        """Faults of the files of an output that has several of its kind, in sentences."""
        return ()

    @property
    @abstractmethod
    def unexpected(self) -> list[str]:
        """Names of what is there, and not in the metadata."""

    @abstractmethod
    def locate(self, name: str) -> StoredArray:
        """Find an array, to be read at any place. Raises `KeyError`, `OSError` or `ValueError`."""

    @abstractmethod
    def array(self, name: str) -> AbstractContextManager[ArrayReader]:
        """Read an array from its start; several can be, side by side.

        Raises `InputError` where it is missing or damaged, with a message that does not name it.
        """


def row_bytes(dtype: np.dtype[Any], shape: tuple[int, ...]) -> int:
    """Return the size of a row of an array."""
    return int(np.prod(shape[1:], dtype=object)) * dtype.itemsize


def data_of(block: NDArray[Any]) -> memoryview:
    """Return the bytes of a block, row by row, as NPY holds them."""
    return np.ascontiguousarray(block).reshape(-1).view(np.uint8).data


class Format(Protocol):
    """Writes the arrays of a run, and opens what it wrote."""

    def check(self, specs: Sequence[ArraySpec]) -> None:
        """Raise `UsageError` for arrays that it cannot hold, before any work is done for them."""
        ...

    def paths(self, output: Path, names: Iterable[str]) -> list[Path]:
        """Return the files that arrays of these names become."""
        ...

    def write(
        self,
        pending: PendingFiles,
        output: Path,
        rows: Rows,
        metadata: Callable[[], dict[str, Any]],
        *,
        compress: bool,
    ) -> None:
        """Write the arrays, then `metadata`, which tell the digests of what was written.

        They can be had before that, too, as long as they will be: with zeros for digests.
        """
        ...

    def open(self, path: Path) -> AbstractContextManager[StoredRows]:
        """Open what was written. Raises `OSError`, or one of `DAMAGED`."""
        ...
