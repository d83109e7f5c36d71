"""Several files replaced as one: all of them, or none.

The old files are kept under hidden names until the last of the new ones has its own.
"""

import contextlib
import dataclasses
import errno
import os
from collections.abc import Sequence
from pathlib import Path

from padcli.errors import OutputError
from padcli.files.unnamed import old_name


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A file that gets its name; `name` is what the user calls it.

    `is_seal`: whether it says that the others are whole. Then the old one goes before any of them is replaced, and the
    new one comes last.
    """

    source: Path
    target: Path
    name: str
    is_seal: bool = False


def replace_all(moves: Sequence[Move]) -> None:
    """Rename each file to its target. Raises `OutputError`; then all that was there is there again."""
    moves = sorted(moves, key=lambda move: move.is_seal)
    kept: dict[Path, Path] = {}  # the old files, by the names that they had
    done: list[Path] = []
    try:
        for move in reversed(moves):
            _keep(move, kept)
        for move in moves:
            move.source.replace(move.target)
            done.append(move.target)
    except OSError as error:
        lost = _undo(done, kept)
        raise OutputError(
            f"{move.name}: cannot be written: {error.strerror or error}.",
            hint=f"The old file is kept as {', '.join(map(str, lost))}." if lost else "All files are unchanged.",
        ) from error
    for backup in kept.values():
        with contextlib.suppress(OSError):
            backup.unlink()


def _keep(move: Move, kept: dict[Path, Path]) -> None:
    """Give the old file a second name, or another where it must not be found or has to have only one."""
    if move.target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not move.target.exists():
        return
    backup = old_name(move.target)
    if move.is_seal or not _linked(move.target, backup):
        move.target.rename(backup)
    kept[move.target] = backup


def _linked(path: Path, other: Path) -> bool:
    """Give a file a second name, unless its file system has none, or this file may not have one."""
    try:
        os.link(path, other)
    except OSError:
        return False
    return True


def _undo(done: Sequence[Path], kept: dict[Path, Path]) -> list[Path]:
    """Put the old files back, and take away new ones that replaced none. Returns those that could not be put back."""
    lost = []
    for target in set(done) - set(kept):
        with contextlib.suppress(OSError):
            target.unlink()
    for target, backup in kept.items():
        try:
            if target in done or not target.exists():
                _put_back(backup, target)
            else:
                backup.unlink()
        except OSError:
            lost.append(backup)
    return lost


def _put_back(backup: Path, target: Path) -> None:
    try:
        backup.replace(target)
    except OSError:  # no file can be renamed any more; perhaps it can get a second name
        target.unlink(missing_ok=True)
        os.link(backup, target)
        backup.unlink()
