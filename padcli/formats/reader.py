"""Outputs of padcli, opened to be read again, whole or piece by piece."""

import dataclasses
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from padcli.errors import InputError, OutputError
from padcli.files.places import as_path
from padcli.formats import format_of_file, is_folder, place_of
from padcli.formats.base import StoredArray, StoredRows
from padcli.formats.damage import DAMAGED, raised_as_damage, raised_as_not_padclis
from padcli.formats.metadata_file import checked
from padcli.formats.safetensors import START as START_OF_SAFETENSORS
from padcli.schema import FURTHER_ROLES, NAMES, role_of

_BLOCK_BYTES = 4 * 1024 * 1024


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PaddedFile:
    """An output of padcli whose arrays still lie in their files; `files` are all that belong to it."""

    path: Path
    files: tuple[Path, ...]
    token_ids: StoredArray
    padding_mask: StoredArray  # of bytes that are 0 or 1
    lengths: StoredArray
    further: dict[str, StoredArray]  # those of the shape of the rows, by their names
    labels: dict[str, StoredArray]
    arrays: dict[str, StoredArray]  # all of them, by their names
    meta: dict[str, Any]

    @property
    def width(self) -> int:
        """Cells of a row."""
        return self.token_ids.shape[1]

    @property
    def rows_are_records(self) -> bool:
        """True where row i is record i of the input, or what is left of it."""
        return "record" not in self.further

    def are_cut(self, lengths: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Return True for each row of these `lengths` `(n,)` that tokens were cut off from."""
        cut: NDArray[np.bool_] = lengths > self.meta["padding"]["maxlen"]
        return cut

    @property
    def block_rows(self) -> int:
        """Rows to read at a time."""
        widest = max(array.row_bytes for array in (self.token_ids, *self.labels.values()))
        return max(1, _BLOCK_BYTES // widest)

    def __len__(self) -> int:
        """Number of rows."""
        return self.token_ids.shape[0]


def open_padded(path: str | PathLike[str]) -> PaddedFile:
    """Open an output without reading its arrays.

    Raises `InputError` where the file is missing, damaged, or none that padcli wrote.
    """
    path = place_of(as_path(path))
    with raised_as_damage(path), format_of_file(path).open(path) as stored:
        metadata = checked(stored.metadata)
        arrays = {name: stored.locate(name) for name in stored.arrays}
        for name, array in arrays.items():
            said = stored.arrays[name]
            if (array.dtype, array.shape) != (said.dtype, said.shape):
                raise ValueError(f"the type or shape of {name} differs from meta.json")
    with raised_as_damage(path):
        return _padded_file(stored.path, arrays, metadata)


def _padded_file(path: Path, arrays: dict[str, StoredArray], metadata: dict[str, Any]) -> PaddedFile:
    """Tell arrays by their roles. Raises `ValueError` or `KeyError` for those that do not fit each other."""
    by_role = {role_of(name): array for name, array in arrays.items()}
    ids, mask, lengths = by_role["ids"], by_role["mask"], by_role["lengths"]
    labels = {name: array for name, array in arrays.items() if role_of(name) == "label"}
    further = {name: array for name, array in arrays.items() if role_of(name) in FURTHER_ROLES}
    n_labels = further["record"].shape if "record" in further else ids.shape[:1]
    odd = [name for name, column in labels.items() if column.shape != n_labels]
    odd += ["lengths"] if lengths.shape != ids.shape[:1] else []
    odd += [name for name, column in labels.items() if column.dtype.kind not in "biufU"]
    if not {ids.dtype.kind, lengths.dtype.kind} <= {"i", "u"} or mask.dtype.kind not in {"b", "i"}:
        raise ValueError("its ids, lengths or mask have the wrong type")
    if len(ids.shape) != 2 or mask.shape != ids.shape or mask.dtype.itemsize not in (1, 8) or odd:
        raise ValueError(f"the type or shape of {odd[0] if odd else 'its ids or mask'} is wrong")
    padding = metadata["padding"]
    if (metadata["rows"], padding.get("width", padding["maxlen"])) != ids.shape:
        raise ValueError("the shape of its ids differs from meta.json")
    if any(array.shape != ids.shape for name, array in further.items() if name in ("segment_ids", "position_ids")):
        raise ValueError("its segment_ids or position_ids do not fit its ids")
    return PaddedFile(
        path=path,
        files=tuple(dict.fromkeys(path for array in arrays.values() for path in getattr(array, "paths", [array.path]))),
        token_ids=ids,
        padding_mask=mask,
        lengths=lengths,
        further=further,
        labels=labels,
        arrays=arrays,
        meta=metadata,
    )


def refuse_foreign(output: Path) -> None:
    """Raise `OutputError` for a file that is there, and that padcli did not write."""
    if not is_padclis(output):
        raise OutputError(
            f"{output}: already exists, and was not written by padcli.",
            hint="Choose another name, or replace it with --force.",
        )


def is_padclis(path: Path) -> bool:
    """Tell whether padcli wrote a file that is there, damaged or not; an empty one counts: nothing is lost with it."""
    try:
        with format_of_file(path).open(path) as stored:
            return "padcli" in stored.metadata
    except KeyError:  # whole, and without metadata
        return False
    except (InputError, OSError, *DAMAGED):
        return _begins_as_padclis(path)


def _begins_as_padclis(path: Path) -> bool:
    beside = [path.with_suffix(f".{part}") for part in ("meta.json", "lengths.npy")]
    if path.suffix.lower() == ".npy" and any(each.exists() for each in beside):
        return True
    try:
        if path.is_dir():
            return not any(path.iterdir())
        with path.open("rb") as file:
            start = file.read(64)
    except OSError:
        return False
    names = (f"{roles['ids']}.npy".encode() for roles in NAMES.values())
    is_npz = start.startswith(b"PK\3\4") and any(name in start for name in names)
    return not start or is_npz or start[8:].startswith(START_OF_SAFETENSORS)


@contextmanager
def open_rows(path: str | PathLike[str]) -> Iterator[StoredRows]:
    """Open an output, to be looked at as it is: its arrays need not be what its metadata say.

    Raises `InputError` where it is missing, none that padcli wrote, or has no metadata that can be read.
    """
    path = place_of(as_path(path))
    with ExitStack() as stack:
        with raised_as_not_padclis(path):
            if not path.exists():
                raise FileNotFoundError(None, "No such file or directory", str(path))
            if not (path.is_dir() if is_folder(path) else path.is_file()):
                raise ValueError("not a file")
            stored = stack.enter_context(format_of_file(path).open(path))
        yield stored
