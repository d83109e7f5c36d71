"""The ids as a bare `.npy`, which `np.load(mmap_mode="r")` maps, and everything else in files beside it.

`out.npy` goes with `out.mask.npy`, `out.lengths.npy`, one `out.NAME.npy` for each label, and `out.meta.json`. The last
seals them: the old one is removed before any other file is replaced, and the new one comes when all are there.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from padcli.errors import InputError
from padcli.files.pending import PendingFiles
from padcli.formats import ArrayStream, meta_json

IDS = ("token_ids", "input_ids")
MASKS = ("padding_mask", "attention_mask")


def path_of(output: Path, name: str) -> Path:
    """The file for the array of that name."""
    if name in IDS:
        return output
    return output.with_suffix(".mask.npy" if name in MASKS else f".{name}.npy")


def meta_path(output: Path) -> Path:
    """The file for `meta.json`."""
    return output.with_suffix(".meta.json")


def read_meta(output: Path) -> bytes:
    """Read the content of `meta.json`. Raises `InputError` where it is missing, as after a run that was killed."""
    try:
        return meta_path(output).read_bytes()
    except FileNotFoundError as error:
        if not output.exists():
            raise
        raise InputError(
            f"{output}: has no {meta_path(output).name} beside it: it was not written to its end, or not by padcli.",
            hint="Pad the text again.",
        ) from error


def paths(output: Path, names: Iterable[str]) -> list[Path]:
    """A file for each array, the ids first, and one for `meta`."""
    return [*(path_of(output, name) for name in names), meta_path(output)]


def write(
    pending: PendingFiles,
    output: Path,
    arrays: Iterable[ArrayStream],
    meta: Callable[[], dict[str, Any]],
    *,
    compress: bool,
) -> None:
    """Write each array to its file, then `meta`; a file for mapping into memory is never compressed."""
    for array in arrays:
        array.write_npy(pending.open(path_of(output, array.name), size=array.nbytes))
    pending.open(meta_path(output), is_seal=True).write(meta_json(meta()))
