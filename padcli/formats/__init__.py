"""Arrays to files. A new format is one new file here, a line in `SINKS`, and a way back in `padcli.formats.loading`."""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from padcli.errors import UsageError
from padcli.files.pending import PendingFiles

SINKS = {".npz": "padcli.formats.npz", ".npy": "padcli.formats.npy"}
STDOUT = "-"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ArrayStream:
    """An array that comes in blocks of rows: `shape` and `dtype` are known before the first of them."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    blocks: Iterable[NDArray[Any]]

    @property
    def nbytes(self) -> int:
        """Size of the data."""
        return int(np.prod(self.shape, dtype=object)) * self.dtype.itemsize

    def write_npy(self, file: IO[bytes]) -> None:
        """The array as NPY, version 1.0."""
        header = {"descr": np.lib.format.dtype_to_descr(self.dtype), "fortran_order": False, "shape": self.shape}
        np.lib.format.write_array_header_1_0(cast(Any, file), header)
        for block in self.blocks:
            file.write(data_of(block))


def data_of(block: NDArray[Any]) -> memoryview:
    """The bytes of a block, row by row, as NPY holds them."""
    return np.ascontiguousarray(block).reshape(-1).view(np.uint8).data


class Sink(Protocol):
    """A module that writes one kind of file."""

    def paths(self, output: Path, names: Iterable[str]) -> list[Path]:
        """The files that arrays of these names become."""
        ...

    def write(
        self,
        pending: PendingFiles,
        output: Path,
        arrays: Iterable[ArrayStream],
        meta: Callable[[], dict[str, Any]],
        *,
        compress: bool,
    ) -> None:
        """Write the arrays in their order, then `meta`, which may tell of what was written."""
        ...


def sink_of(output: str | Path) -> Sink:
    """The sink for an output path; standard output gets an npz. Raises `UsageError` for an unknown extension."""
    extension = ".npz" if str(output) == STDOUT else Path(output).suffix.lower()
    if extension not in SINKS:
        raise UsageError(f"-o {output}: expected a name that ends in {' or '.join(SINKS)}.")
    return cast(Sink, import_module(SINKS[extension]))


def meta_json(meta: dict[str, Any]) -> bytes:
    """The content of a `meta.json`; at its end stands the sha256 of what it would be without that."""
    digest = hashlib.sha256(_json(meta)).hexdigest()
    return _json(meta | {"sha256": digest})


def _json(meta: dict[str, Any]) -> bytes:
    return (json.dumps(meta, indent=2, ensure_ascii=False) + "\n").encode()
