"""`padcli.load`: from names of files to the rows in them."""

import re
from collections.abc import Iterable, Sequence
from glob import escape, glob, has_magic
from os import PathLike
from pathlib import Path

from padcli.errors import InputError, UsageError
from padcli.files.places import UrlPath, as_path
from padcli.formats.reader import open_padded
from padcli.loaders.padded import Padded
from padcli.loaders.part import Part, open_part, part_of

FileName = str | PathLike[str]


def load(path: FileName | Iterable[FileName], *, mmap: bool | None = None) -> Padded:
    """Load the arrays of an output: of one file, of buckets or shards, of several files, or of a pattern like `*.npz`.

    `mmap`: True maps arrays that lie in their files as they do in memory (those of an `.npy`, a `.safetensors`, and an
    `.npz` without `compress`), so that files may be larger than memory. Nothing checks their bytes then, but
    `padcli verify`. False reads all arrays into memory; those of an `.npz` are checked by its CRC. By default an `.npy`
    and a `.safetensors` are mapped, and an `.npz` is read. Mapped arrays are read-only.

    An output in buckets has the name that it was given: `out.npz` for `out.32.npz` and `out.64.npz`. Raises
    `InputError` where a file is missing, damaged, or none that padcli wrote, and `UsageError` for files that do not
    belong together.
    """
    if isinstance(path, str | PathLike):
        name = as_path(path)
        parts = tuple(each for found in _files(name) for each in _parts(found, mmap))
    else:
        paths = [as_path(each) for each in path]
        if not paths:
            raise UsageError("Nothing to load: the list of files is empty.")
        name, parts = paths[0], tuple(each for found in paths for each in _parts(found, mmap))
    for part in parts[1:]:
        _check_alike(parts[0], part)
    return Padded(path=name, parts=parts)


def _files(path: Path) -> Sequence[Path]:
    """Return the files of a name, a pattern, or an output in buckets, the narrowest first."""
    if isinstance(path, UrlPath) or path.exists():
        return [path]
    if has_magic(str(path)):
        names = glob(str(path))  # noqa: PTH207 (Path.glob takes no pattern that begins with a root)
        found = [Path(each) for each in sorted(names, key=_by_numbers)]
        found = [each for each in found if not _is_beside_ids(each)]
        if not found:
            raise InputError(f"{path}: no file has such a name.")
        return found
    return _buckets(path) or [path]


def _parts(path: Path, mmap: bool | None) -> Sequence[Part]:  # noqa: FBT001
    """Return the parts of an output: one, unless it is in shards that are to be mapped."""
    file = open_padded(path)
    if mmap and "shards" in file.meta:
        return [open_part(path.parent / shard["path"], mmap) for shard in file.meta["shards"]]
    return [part_of(file, mmap)]


def _buckets(path: Path) -> list[Path]:
    """Return the files of an output in buckets. One that is missing will be missed when it is opened."""
    for found in path.parent.glob(f"{escape(path.stem)}.*{escape(path.suffix)}"):
        width = found.name[len(path.stem) + 1 : -len(path.suffix)]
        if path.suffix and re.fullmatch(r"[1-9]\d*", width, re.ASCII):
            try:
                file = open_padded(found)
            except InputError:  # none of padcli's, or one that is told when all buckets are opened
                continue
            widths = file.meta["padding"].get("buckets", [])
            if file.width in widths:
                return [path.with_suffix(f".{width}{path.suffix}") for width in widths]
    return []


def _is_beside_ids(path: Path) -> bool:
    """Tell whether an `.npy` is a mask or the like, and has no metadata of its own."""
    return path.suffix == ".npy" and not path.with_suffix(".meta.json").exists()


def _by_numbers(name: str) -> list[tuple[int, str]]:
    """Return a key that puts `out.64.npz` before `out.128.npz`."""
    return [(int(each), "") if each.isdecimal() else (-1, each) for each in re.split(r"(\d+)", name)]


def _check_alike(first: Part, other: Part) -> None:
    """Raise `UsageError` for files whose rows are not of one kind."""
    if first.arrays.keys() != other.arrays.keys():
        found, expected = ", ".join(other.arrays), ", ".join(first.arrays)
        raise UsageError(f"{other.path} has the arrays {found}; {first.path} has {expected}.", hint=_LIKE)
    tokenizers = [
        None if part.meta["tokenizer"] is None else part.meta["tokenizer"]["sha256"] for part in (first, other)
    ]
    if tokenizers[0] != tokenizers[1]:
        raise UsageError(f"{first.path} and {other.path} were made with different tokenizers.", hint=_LIKE)


_LIKE = "Load them one by one, or pad the second like the first: padcli pad ... --like."
