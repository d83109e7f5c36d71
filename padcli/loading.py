"""Arrays back from a file that padcli wrote."""

import dataclasses
import json
import zipfile
import zlib
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from padcli.errors import InputError
from padcli.sinks import npy
from padcli.sinks.npz import META

_IDS = ("token_ids", "input_ids")
_MASKS = ("padding_mask", "attention_mask")
_IN_META = ("padcli", "keras", "arrays", "inputs", "tokenizer", "padding", "lengths")
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


def load(path: str | PathLike[str]) -> Padded:
    """The arrays of an `.npz`, read into memory, or of an `.npy` and the files beside it, mapped into memory.

    Raises `InputError` where the file is missing, damaged, or none that padcli wrote.
    """
    path = Path(path)
    try:
        arrays, meta = _load_npy(path) if path.suffix.lower() == ".npy" else _load_npz(path)
        ids, mask = (arrays.pop(next(filter(arrays.__contains__, names), names[0])) for names in (_IDS, _MASKS))
        lengths = arrays.pop("lengths")
        _ = [meta[key] for key in _IN_META]
    except OSError as error:
        raise InputError(f"{error.filename or path}: {error.strerror or error}.") from error
    except (ValueError, KeyError, TypeError, EOFError, NotImplementedError, zlib.error, zipfile.BadZipFile) as error:
        raise InputError(
            f"{path}: is not a file that padcli wrote: {error}.", hint="Expected the .npz or .npy of `padcli pad`."
        ) from error
    labels = {name: array for name, array in arrays.items() if name not in _IMPLIED}
    return Padded(path=path, token_ids=ids, padding_mask=mask.view(np.bool_), lengths=lengths, labels=labels, meta=meta)


def _load_npz(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    if path.is_file() and not zipfile.is_zipfile(path):
        raise ValueError("it is no whole zip file")
    with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
        meta = json.loads(bytes(archive[META]))
        return {name: archive[name] for name in meta["arrays"]}, meta


def _load_npy(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    meta = json.loads(npy.meta_path(path).read_text(encoding="utf-8"))
    arrays = {name: np.load(npy.path_of(path, name), mmap_mode="r") for name in meta["arrays"]}
    return arrays, meta
