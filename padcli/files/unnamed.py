"""New files that have no name until they are whole, so that a program that is killed leaves nothing behind.

Where a file system has no such files (NFS, for one), they have a hidden name, and a lock that says that somebody is
still writing them: those without one are removed by the next run that writes to the same folder.
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
_NEW, _OLD = "padcli-new", "padcli-old"  # what hidden names end with
_HIDDEN = re.compile(rf"\.(.*)\.[0-9a-f]{{8}}\.(?:{_NEW}|{_OLD})", re.DOTALL)
_A_WHILE = 60  # seconds, for which nobody keeps an old file that is being replaced


def new_name(path: Path) -> Path:
    """Return a hidden name beside `path`, for what becomes that file."""
    return _hidden_name(path, _NEW)


def old_name(path: Path) -> Path:
    """Return a hidden name beside `path`, for what was that file, until it is replaced."""
    return _hidden_name(path, _OLD)


def _hidden_name(path: Path, extension: str) -> Path:
    return path.parent / f".{_stem(path)}.{secrets.token_hex(4)}.{extension}"


def _stem(path: Path) -> str:
    return os.fsencode(path.name)[: _LONGEST_NAME - len(f"..01234567.{_NEW}")].decode(errors="ignore")


def open_new(path: Path, flags: int = 0) -> int:
    """Open a new file, to be known as `path` once `give_name` is called. Returns its descriptor."""
    descriptor = _open_unnamed(path.parent, flags)
    return _open_hidden(path, flags) if descriptor is None else descriptor


def _open_hidden(path: Path, flags: int) -> int:
    while True:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | flags, 0o666)
        _lock(descriptor)
        if os.fstat(descriptor).st_nlink:
            return descriptor
        os.close(descriptor)  # another run took it for a leftover before it was locked


def _open_unnamed(folder: Path, flags: int) -> int | None:
    if not _O_TMPFILE or not _DESCRIPTORS.is_dir():
        return None
    try:
        descriptor = os.open(folder, os.O_WRONLY | _O_TMPFILE | flags, 0o666)
    except OSError:
        return None
    _lock(descriptor)  # it has a hidden name for a moment, too
    return descriptor


def _lock(descriptor: int) -> None:
    with contextlib.suppress(OSError):  # a file system without locks
        lock(descriptor)


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
    """Remove what runs that were killed left in the folders of these outputs, but for old files of other outputs."""
    paths = list(paths)
    stems = {(path.parent, _stem(path)) for path in paths}
    for folder in {path.parent for path in paths}:
        for path, stem in _hidden(folder):
            if path.suffix == f".{_NEW}":
                _remove_if_unlocked(path)
            elif (folder, stem) in stems and _is_of_a_while_ago(path):
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


def _remove_if_unlocked(path: Path) -> None:
    with contextlib.suppress(OSError), path.open("rb") as file:
        lock(file)
        path.unlink()  # while it is locked: nobody can begin to write it


def _is_of_a_while_ago(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_ctime > _A_WHILE
    except OSError:
        return False
