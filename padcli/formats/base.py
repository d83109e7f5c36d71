"""A format: one class that writes arrays and reads them again."""

import dataclasses
import json
import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from padcli.files.pending import PendingFiles
from padcli.formats.array_file import ArrayFile, ArrayReader, raised_as_input_error
from padcli.formats.metadata_file import metadata_json
from padcli.schema import ArraySpec

EXPECTED = "Expected the .npz or .npy of `padcli pad`."


class Rows(Protocol):
    """Arrays that come in blocks of rows, as often as they are asked for."""

    @property
    def specs(self) -> Sequence[ArraySpec]:
        """The arrays, in their order."""
        ...

    def column(self, name: str) -> Iterator[NDArray[Any]]:
        """Yield the blocks of an array, each `(n, ...)`, in their order."""
        ...


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RecordedArray:
    """An array as the metadata describes it; `sha256`, of its data, is None where an older padcli wrote the file."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    sha256: str | None


class StoredRows(ABC):
    """An output of padcli, opened: its metadata, and of it `arrays`, by their names.

    `metadata_is_whole`: False where the metadata are not as they were written, byte by byte; None where they have no
    digest. Raises `ValueError`, `KeyError` or `TypeError` for metadata that name no arrays.
    """

    def __init__(self, path: Path, raw: bytes) -> None:
        self.path = path
        self.metadata: dict[str, Any] = json.loads(raw)
        unsigned = {name: value for name, value in self.metadata.items() if name != "sha256"}
        self.metadata_is_whole = metadata_json(unsigned) == raw if "sha256" in self.metadata else None
        self.arrays = {
            name: RecordedArray(
                dtype=np.dtype(facts["dtype"]),
                shape=tuple(map(operator.index, facts["shape"])),
                sha256=facts.get("sha256"),
            )
            for name, facts in self.metadata["arrays"].items()
        }

    @property
    @abstractmethod
    def files(self) -> list[Path]:
        """The files that it is made of, in the order in which they are written."""

    @property
    @abstractmethod
    def unexpected(self) -> list[str]:
        """Names of what is there, and not in the metadata."""

    @abstractmethod
    def locate(self, name: str) -> ArrayFile:
        """Find an array, to be read at any place. Raises `KeyError`, `OSError` or `ValueError`."""

    @abstractmethod
    def _open(self, name: str) -> tuple[IO[bytes], int]:
        """Open the NPY of an array; returns it with its size in bytes. Raises `InputError` where it is missing."""

    @contextmanager
    def array(self, name: str) -> Iterator[ArrayReader]:
        """Read an array from its start; several can be, side by side. Raises `InputError` where it is damaged."""
        with raised_as_input_error():
            file, size = self._open(name)
        with file:
            with raised_as_input_error():
                reader = ArrayReader(file, size)
            yield reader


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
        """Write the arrays in their order, then `metadata`, which may tell of what was written."""
        ...

    def open(self, path: Path) -> AbstractContextManager[StoredRows]:
        """Open what was written. Raises `OSError`, or one of `DAMAGED`."""
        ...
