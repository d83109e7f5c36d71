"""Folders as inputs: the files in them, in an order that is the same on every machine."""

from __future__ import annotations

import dataclasses
import os
import stat
from collections.abc import Callable, Iterator
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from padcli.errors import InputError
from padcli.files.output_paths import check_name
from padcli.options import ReadOptions
from padcli.sources import STDIN, is_text, known_format
from padcli.sources.skipped_files import BESIDE_CLASSES, NO_CONTENT, NOT_TEXT, UNKNOWN, Skipped, SkippedFiles


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """The files of a folder.

    `names`: their paths below it, with `/`, sorted by bytes; `sizes`, `mtimes_ns`: int64 `(n_files,)`, bytes and times
    of the last change; `skipped`: files that are no input.
    """

    path: str
    names: tuple[str, ...]
    sizes: NDArray[np.int64]
    mtimes_ns: NDArray[np.int64]
    skipped: SkippedFiles

    @property
    def bytes(self) -> int:
        """Size of all files."""
        return int(self.sizes.sum())


def is_folder(path: str) -> bool:
    """Tell whether there is a folder of this name."""
    return path != STDIN and os.path.isdir(path)  # noqa: PTH112 (Path.is_dir raises for a folder that may not be looked into)


def folder_of(path: str, read: ReadOptions) -> Folder:
    """Return the files of a folder, by what a record is. Raises `InputError` where there are none."""
    return folder_of_records(path, read) if read.record == "file" else folder_of_inputs(path, read)


def folder_of_inputs(path: str, read: ReadOptions) -> Folder:
    """Return the files of a folder that are inputs of their own. Raises `InputError` where there are none."""
    return _folder(path, read, lambda name: None if read.format or known_format(name) else UNKNOWN)


def folder_of_records(path: str, read: ReadOptions) -> Folder:
    """Return the files of a folder that are a record each. Raises `InputError` where there are none."""
    return _folder(path, read, lambda name: None if read.format == "text" or is_text(name) else NOT_TEXT)


def _folder(path: str, read: ReadOptions, why_not: Callable[[str], str | None]) -> Folder:
    """Return the files of a folder for which `why_not` gives no reason to skip them.

    Hidden files and folders are passed over, symbolic links are followed, and files beside the folders that are labels
    are no input.
    """
    found, skipped, reasons = list[tuple[str, int, int]](), dict[str, Skipped](), dict[str, str | None]()
    try:
        for name, status in _walk(path, "", (_identity(os.stat(path)),)):  # noqa: PTH116
            end = name[name.find(".", name.rfind("/") + 1) :]  # with all extensions, which are a few in all
            if end not in reasons:
                reasons[end] = why_not(name)
            reason = reasons[end] if stat.S_ISREG(status.st_mode) else NO_CONTENT
            if reason is None:
                found.append((name, status.st_size, status.st_mtime_ns))
            else:
                _skip(skipped, reason, path, [name])
    except OSError as error:
        raise InputError(f"{error.filename or path}: {error.strerror}.") from error
    if read.label_from_folder and any("/" in name for name, _, _ in found):
        _skip(skipped, BESIDE_CLASSES, path, [name for name, _, _ in found if "/" not in name])
        found = [each for each in found if "/" in each[0]]
    if not found:
        raise _nothing(path, skipped)
    check_name("\n".join(name for name, _, _ in found))
    found.sort(key=itemgetter(0))  # as UTF-8 their bytes have the same order
    names, sizes, mtimes = zip(*found, strict=True)
    return Folder(
        path=path,
        names=names,
        sizes=np.array(sizes, np.int64),
        mtimes_ns=np.array(mtimes, np.int64),
        skipped=skipped,
    )


def walked(root: str) -> Iterator[str]:
    """Yield the names of all files below a folder, in any order, but for hidden ones."""
    return (name for name, _ in _walk(root, "", (_identity(os.stat(root)),)))  # noqa: PTH116


def _walk(root: str, below: str, above: tuple[tuple[int, int], ...]) -> Iterator[tuple[str, os.stat_result]]:
    """Yield all files below a folder, in any order; `above`: folders that a link must not lead back to."""
    with os.scandir(os.path.join(root, below)) as entries:  # noqa: PTH118
        for entry in entries:
            if entry.name.startswith("."):
                continue
            status = entry.stat()
            if not stat.S_ISDIR(status.st_mode):
                yield below + entry.name, status
            elif (identity := _identity(status)) not in above:
                yield from _walk(root, f"{below}{entry.name}/", (*above, identity))


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _skip(skipped: dict[str, Skipped], reason: str, path: str, names: list[str]) -> None:
    if names:
        before = skipped.get(reason)
        n, example = (0, joined(path, min(names))) if before is None else (before.n, before.example)
        skipped[reason] = Skipped(n=n + len(names), example=min(example, joined(path, min(names))))


def joined(path: str, name: str) -> str:
    """Return the path of a file below a folder."""
    return f"{path}{name}" if path.endswith("/") else f"{path}/{name}"


def listed(digest: bytes, name: str) -> bytes:
    """Return the line that stands for a file in the listing whose digest is that of a folder."""
    return f"{digest.hex()}  {name}\n".encode()


def _nothing(path: str, skipped: SkippedFiles) -> InputError:
    if not skipped:
        return InputError(f"{path}: contains no files.", hint="Hidden files do not count.")
    reason, first = next(iter(skipped.items()))
    return InputError(f"{path}: contains no files to read. Skipped: {first.example}: {reason}.")
