"""Arrays back from a file that padcli wrote."""

import dataclasses
import json
import zipfile
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from padcli.formats import npy
from padcli.formats.array_file import StoredArray, damage_told, of_file, of_member
from padcli.formats.metadata_form import checked
from padcli.formats.npy import IDS, MASKS
from padcli.formats.npz import META

_BLOCK_BYTES = 4 * 1024 * 1024
_IMPLIED = ("token_type_ids",)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Padded:
    """What a padcli file holds.

    `token_ids`: `(n_rows, maxlen)`; `padding_mask`: bool `(n_rows, maxlen)`, True for real tokens; `lengths`: int32
    `(n_rows,)`, tokens of each row before truncation; `labels`: the carried columns, each `(n_rows,)`; `meta`: the
    content of `meta.json`; `path`: the file they come from.
    """

    path: Path
    token_ids: NDArray[np.integer]
    padding_mask: NDArray[np.bool_]
    lengths: NDArray[np.int32]
    labels: dict[str, NDArray[Any]]
    meta: dict[str, Any]

    @property
    def vocab_size(self) -> int | None:
        """The `input_dim` that an `Embedding` needs; None where the input held ids already."""
        tokenizer = self.meta["tokenizer"]
        return None if tokenizer is None else int(tokenizer["vocab_size"])


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PaddedFile:
    """The same, with arrays that still lie in the file; `files` are all that belong to it."""

    path: Path
    files: tuple[Path, ...]
    token_ids: StoredArray
    padding_mask: StoredArray  # of bytes that are 0 or 1
    lengths: StoredArray
    labels: dict[str, StoredArray]
    meta: dict[str, Any]

    @property
    def maxlen(self) -> int:
        """Tokens of a row."""
        return self.token_ids.shape[1]

    @property
    def block_rows(self) -> int:
        """How many rows to read at a time."""
        widest = max(array.row_bytes for array in (self.token_ids, *self.labels.values()))
        return max(1, _BLOCK_BYTES // widest)

    def __len__(self) -> int:
        """Number of rows."""
        return self.token_ids.shape[0]


def load(path: str | PathLike[str]) -> Padded:
    """The arrays of an `.npz`, read into memory, or of an `.npy` and the files beside it, mapped, read-only.

    Raises `InputError` where the file is missing, damaged, or none that padcli wrote.
    """
    file = open_padded(path)
    with damage_told(file.path):
        return Padded(
            path=file.path,
            token_ids=file.token_ids.whole(),
            padding_mask=file.padding_mask.whole().view(np.bool_),
            lengths=file.lengths.whole(),
            labels={name: array.whole() for name, array in file.labels.items()},
            meta=file.meta,
        )


def open_padded(path: str | PathLike[str]) -> PaddedFile:
    """What `path` holds, without reading the arrays. Raises `InputError` as `load` does."""
    path = Path(path)
    with damage_told(path):
        arrays, meta = _open_npy(path) if path.suffix.lower() == ".npy" else _open_npz(path)
        for name, array in arrays.items():
            said = meta["arrays"][name]
            if (array.dtype, array.shape) != (np.dtype(said["dtype"]), tuple(said["shape"])):
                raise ValueError(f"its {name} is not of the type and shape that its meta.json says")
        files = tuple(dict.fromkeys(array.path for array in arrays.values()))
        ids, mask = (arrays.pop(next(filter(arrays.__contains__, names), names[0])) for names in (IDS, MASKS))
        lengths = arrays.pop("lengths")
        labels = {name: array for name, array in arrays.items() if name not in _IMPLIED}
        columns = [("lengths", lengths), *labels.items()]
        odd = [name for name, column in columns if column.shape != ids.shape[:1]]
        kinds = (ids.dtype.kind, lengths.dtype.kind, mask.dtype.kind)
        odd += [name for name, column in labels.items() if column.dtype.kind not in "biufU"]
        if not {*kinds[:2]} <= {"i", "u"} or kinds[2] not in {"b", "i"}:
            raise ValueError("its ids, lengths or mask are of another type")
        if len(ids.shape) != 2 or mask.shape != ids.shape or mask.dtype.itemsize != 1 or odd:
            raise ValueError(f"the type or shape of {odd[0] if odd else 'its ids or mask'} does not fit")
        if (meta["rows"], meta["padding"]["maxlen"]) != ids.shape:
            raise ValueError("its ids have not the rows and maxlen that its meta.json says")
    return PaddedFile(
        path=path, files=files, token_ids=ids, padding_mask=mask, lengths=lengths, labels=labels, meta=meta
    )


def _open_npz(path: Path) -> tuple[dict[str, StoredArray], dict[str, Any]]:
    if path.is_file() and not zipfile.is_zipfile(path):
        raise ValueError("it is no whole zip file")
    with zipfile.ZipFile(path) as archive:
        meta = checked(json.loads(archive.read(META)))
        return {name: of_member(archive, name, path) for name in meta["arrays"]}, meta


def _open_npy(path: Path) -> tuple[dict[str, StoredArray], dict[str, Any]]:
    meta = checked(json.loads(npy.read_meta(path)))
    return {name: of_file(npy.path_of(path, name)) for name in meta["arrays"]}, meta
