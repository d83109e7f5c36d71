"""New files that have no name until they are whole, so that a program that is killed leaves nothing behind.

Where a file system has no such files (NFS, for one), they have a hidden name, and a lock that says that somebody is
still writing them: those without one are removed by the next run that writes the same output.
"""

import contextlib
import os
import re
import secrets
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from padcli.portable import lock

_LONGEST_NAME = 255  # bytes, in all common file systems
_DESCRIPTORS = Path("/proc/self/fd")
_O_TMPFILE = getattr(os, "O_TMPFILE", 0)
_HIDDEN = re.compile(r"\.(.*)\.[0-9a-f]{8}\.(tmp|old)", re.DOTALL)
_A_WHILE = 60  # seconds, for which nobody keeps an old file that is being replaced


def hidden_name(path: Path, extension: str) -> Path:
    """Return a new name beside `path`, for a file that is there for a while."""
    return path.parent / f".{_stem(path)}.{secrets.token_hex(4)}.{extension}"


def _stem(path: Path) -> str:
    return os.fsencode(path.name)[: _LONGEST_NAME - len(".") - len(".01234567.tmp")].decode(errors="ignore")


def open_new(path: Path, flags: int = 0) -> int:
    """Open a new file, to be known as `path` once `give_name` is called. Returns its descriptor."""
    descriptor = _open_unnamed(path.parent, flags)
    if descriptor is None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | flags, 0o666)
    with contextlib.suppress(OSError):  # a file system without locks
        lock(descriptor)
    return descriptor


def _open_unnamed(folder: Path, flags: int) -> int | None:
    if not _O_TMPFILE or not _DESCRIPTORS.is_dir():
        return None
    try:
        return os.open(folder, os.O_WRONLY | _O_TMPFILE | flags, 0o666)
    except OSError:
        return None


def give_name(descriptor: int, path: Path) -> None:
    """Let a file of `open_new` be found as `path`."""
    if os.fstat(descriptor).st_nlink:
        return
    folder = os.open(path.parent, os.O_PATH)  # only where a folder is given does Python follow the link to the file
    try:
        os.link(_DESCRIPTORS / str(descriptor), path, src_dir_fd=folder, follow_symlinks=True)
    finally:
        os.close(folder)


def remove_leftovers(paths: Iterable[Path]) -> None:
    """Remove what runs that were killed left beside these outputs."""
    paths = list(paths)
    stems = {(path.parent, _stem(path)) for path in paths}
    for folder in {path.parent for path in paths}:
        for path, stem in _hidden(folder):
            if (folder, stem) in stems and _is_left(path):
                with contextlib.suppress(OSError):
                    path.unlink()


def _hidden(folder: Path) -> Iterator[tuple[Path, str]]:
    try:
        names = os.listdir(folder)  # noqa: PTH208 (a million names are no million paths)
    except OSError:  # a folder that may be written to, but not read
        return
    for name in names:
        if name.startswith(".") and (match := _HIDDEN.fullmatch(name)):
            yield folder / name, match[1]


def _is_left(path: Path) -> bool:
    try:
        if path.suffix == ".old":
            return time.time() - path.stat().st_ctime > _A_WHILE
        with path.open("rb") as file:
            lock(file)
    except OSError:
        return False
    return True
