"""One file of padded rows: its arrays in memory, or mapped."""

import dataclasses
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from padcli.errors import InputError
from padcli.formats.array_file import ArrayFile
from padcli.formats.base import StoredArray
from padcli.formats.damage import raised_as_damage
from padcli.formats.reader import PaddedFile, open_padded
from padcli.schema import has_cells, role_of


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Arrays by their names, as they are in the file at `path` (absolute), and the content of its `meta.json`.

    `is_stored`: False for rows that are in no file. Else another process that is sent the part opens the file again.
    """

    path: Path
    arrays: Mapping[str, NDArray[Any]]
    meta: dict[str, Any]
    is_stored: bool = True

    @property
    def width(self) -> int:
        """Cells of a row."""
        return int(self._cells.shape[1])

    @property
    def is_packed(self) -> bool:
        """True where a row holds several records, and has no label of its own."""
        return "row_offsets" in self.arrays

    def __len__(self) -> int:
        """Number of rows."""
        return int(self._cells.shape[0])

    @property
    def _cells(self) -> NDArray[Any]:
        return next(array for name, array in self.arrays.items() if has_cells(role_of(name)))

    def __reduce__(self) -> tuple[Any, ...]:
        if self.is_stored:
            return _open_again, (self.path, self.meta)
        return partial(Part, path=self.path, arrays=dict(self.arrays), meta=self.meta, is_stored=False), ()


def open_part(path: Path, mmap: bool | None) -> Part:  # noqa: FBT001 (as `load` has it)
    """Open the arrays of a file. Raises `InputError` where it is missing, damaged, or none that padcli wrote."""
    return part_of(open_padded(path), mmap)


def part_of(file: PaddedFile, mmap: bool | None) -> Part:  # noqa: FBT001
    """Take the arrays of a file that is open. Raises `InputError` for damaged ones."""
    with raised_as_damage(file.path):
        arrays = {name: _array(stored, mmap) for name, stored in file.arrays.items()}
    return Part(path=file.path.absolute(), arrays=arrays, meta=file.meta)  # wherever it is opened again


def _array(stored: StoredArray, mmap: bool | None) -> NDArray[Any]:  # noqa: FBT001
    mapped = stored.mapped() if mmap and isinstance(stored, ArrayFile) else None
    if mapped is not None:
        return mapped
    whole = stored.whole()
    return np.array(whole) if mmap is False and isinstance(whole, np.memmap) else whole


def _open_again(path: Path, meta: dict[str, Any]) -> Part:
    """Open a file in another process. It is mapped, so that each process does not hold a copy of its own."""
    part = open_part(path, mmap=True)
    if part.meta != meta:
        raise InputError(f"{path}: has changed since it was loaded.", hint="Load it again.")
    return part
