"""Patterns and folders among the inputs, to the files that they stand for."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from padcli.errors import InputError
from padcli.options import ReadOptions
from padcli.sources import STDIN, TEXTS, conversion, kind_of, remote_inputs
from padcli.sources.dataset_folder import data_files, is_dataset
from padcli.sources.folders import Folder, folder_of_inputs, folder_of_records, is_folder, joined, walked
from padcli.sources.skipped_files import SkippedFiles
from padcli.urls import Url

_MANY = 100  # files, each of which is an input with facts of its own


class Found(NamedTuple):
    """An input, and the kind of input that it is. `folder`: the files in it, if it is one; `skipped`: files beside."""

    path: str
    kind: str
    folder: Folder | None
    skipped: SkippedFiles


def expanded(paths: Sequence[str], read: ReadOptions) -> Iterator[Found]:
    """Yield all inputs. Raises `InputError` for a folder or pattern that stands for none, or that is not clear."""
    for named in paths:
        for path in _matches(named):
            if not is_folder(path):
                yield Found(path, kind_of(path, read), None, {})
            elif is_dataset(path):
                yield from (Found(file, kind_of(file, read), None, {}) for file in data_files(path))
            elif read.record == "file":
                folder = folder_of_records(path, read)
                yield Found(path, "files", folder, folder.skipped)
            else:
                yield from _inputs_in(path, read)


def _inputs_in(path: str, read: ReadOptions) -> Iterator[Found]:
    """Yield each file of a folder, or it as one. Raises `InputError` where it is not told what a record is."""
    folder = folder_of_inputs(path, read)
    files = [joined(path, name) for name in folder.names]
    kinds = [kind_of(file, read) for file in files]
    if read.record is None and not TEXTS.isdisjoint(kinds):
        raise InputError(
            f"{path}: is a folder of texts: is each file a record, or each line?", hint=conversion.of_folder(path)
        )
    if len(files) > _MANY and {*TEXTS, "jsonl"}.issuperset(kinds):
        yield Found(path, "folder", folder, folder.skipped)
        return
    for number, (file, kind) in enumerate(zip(files, kinds, strict=True)):
        yield Found(file, kind, None, folder.skipped if not number else {})


def _matches(named: str) -> list[str]:
    """Return the files that a pattern stands for, or else the folders; what is no pattern stands for itself."""
    if isinstance(named, Url):
        return [*remote_inputs.expanded(named)]
    if named == STDIN or not glob.has_magic(named) or os.path.lexists(named):
        return [named]
    found = _at_any_depth(named) if "**" in named.split("/") else glob.glob(named)  # noqa: PTH207 (takes absolute ones)
    found.sort(key=os.fsencode)
    matches = [path for path in found if not is_folder(path)] or found
    if not matches:
        raise InputError(f"{named}: no file matches this pattern.")
    return matches


def _at_any_depth(pattern: str) -> list[str]:
    """Return the files that a pattern with `**` stands for. Python's `glob` would go round in loops of links."""
    parts = pattern.split("/")
    n_plain = next(number for number, part in enumerate(parts) if glob.has_magic(part))
    root = "/".join(parts[:n_plain]) + "/" if n_plain else ""
    try:
        names = list(walked(root or os.curdir))
    except OSError as error:
        raise InputError(f"{error.filename}: {error.strerror}.") from error
    return [root + name for name in names if _fits(name.split("/"), parts[n_plain:])]


def _fits(names: list[str], parts: list[str]) -> bool:
    """Tell whether the parts of a path fit those of a pattern, of which `**` stands for any number of folders."""
    if not parts:
        return not names
    if parts[0] == "**":
        return _fits(names, parts[1:]) or (bool(names) and _fits(names[1:], parts))
    return bool(names) and fnmatchcase(names[0], parts[0]) and _fits(names[1:], parts[1:])
