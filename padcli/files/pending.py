"""Files that appear under their names only when all of them are complete and on disk."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from errno import EDQUOT, ENOSPC
from pathlib import Path
from types import TracebackType
from typing import IO, BinaryIO, Self, cast

from padcli import interrupts
from padcli.engine.stopwatch import measured
from padcli.errors import OutputError
from padcli.files import direct
from padcli.files.places import UrlPath
from padcli.files.replacing import Move, replace_all
from padcli.files.standard_streams import WholeWriter
from padcli.files.unnamed import give_name, new_name, remove_leftovers
from padcli.files.uploads import Upload, commit_all

_COPIED = 2**20  # bytes, at a time


@contextmanager
def disk_errors(place: str) -> Iterator[None]:
    """Convert an `OSError` of files in `place` to an `OutputError`."""
    try:
        yield
    except OSError as error:
        full = error.errno in (ENOSPC, EDQUOT)
        raise OutputError(
            f"{place}: cannot be written: {error.strerror or error}.",
            hint="Nothing was left behind. Free some space, or write to another folder." if full else "",
        ) from error


class PendingFiles:
    """Files written without a name, or under a hidden one, beside their final places.

    Leaving the `with` block normally flushes all of them to disk and then renames them, in the order in which they
    were opened; leaving it by an exception removes them. Once the first is renamed Ctrl-C is too late. Where a file
    cannot be renamed, `OutputError` is raised and the old files are as they were.

    `written` gives the files and their sizes in bytes, afterwards. `are_all`: False where the run goes on after that,
    and can still be interrupted.
    """

    def __init__(self, *, are_all: bool = True) -> None:
        self._are_all = are_all
        self.written: list[tuple[str, int]] = []
        self._files: list[tuple[BinaryIO, Move]] = []
        self._folders: list[Path] = []
        self._outdated: list[Path] = []
        self._stdout: IO[bytes] | None = None
        self._uploads: list[Upload] = []
        self._adopted: list[Move] = []
        self._afterwards: list[Callable[[bool], object]] = []
        self._is_done = False
        self._interrupts = interrupts.cleaned_up_by(self._remove)

    def open(self, path: Path, *, size: int = 0, is_seal: bool = False) -> BinaryIO:
        """Open a new file, to be known as `path` in the end, of about `size` bytes; not to be closed by the caller.

        `is_seal`: whether it says that the others are whole, as in `Move`.
        """
        if isinstance(path, UrlPath):
            with disk_errors(f"temporary files in {tempfile.gettempdir()}"), interrupts.delayed():
                content = cast(BinaryIO, tempfile.TemporaryFile(prefix="padcli-"))  # noqa: SIM115 (closed in the end)
                self._files.append((content, Move(source=path, target=path, name=str(path), is_seal=is_seal)))
            return content
        real = Path(os.path.realpath(path))  # a symbolic link stays one
        with disk_errors(str(path)):
            real.exists()  # raises what is wrong with the name, before any work is done for it
        move = Move(source=new_name(real), target=real, name=str(path), is_seal=is_seal)
        with disk_errors(str(path)), interrupts.delayed():
            file = direct.create(move.source, size=size)
            self._files.append((file, move))
        return file

    def adopt(self, source: Path, path: Path) -> None:
        """Let a file that others have written, complete and on disk, be known as `path` in the end."""
        target = path if isinstance(path, UrlPath) else Path(os.path.realpath(path))
        self._adopted.append(Move(source=source, target=target, name=str(path)))

    def afterwards(self, clean_up: Callable[[bool], object]) -> None:
        """Call `clean_up` when the block is left, or a signal ends the process: with whether all files are there."""
        self._afterwards.append(clean_up)

    def make_folder(self, path: Path) -> None:
        """Make a folder for files that are to be opened, unless it is there. It is removed where these are."""
        with disk_errors(str(path)), interrupts.delayed(), contextlib.suppress(FileExistsError):
            path.mkdir()
            self._folders.append(path)

    def remove(self, path: Path) -> None:
        """Remove a file of an earlier run, and the folder that only it was in, when all new files have their names."""
        self._outdated.append(path)

    def settle(self, paths: Iterable[Path]) -> int:
        """Give back the memory of files to which nothing is added any more. Returns the size of all of them."""
        wanted, size = {str(path) for path in paths}, 0
        for file, move in reversed(self._files):
            if move.name in wanted:
                wanted.remove(move.name)
                size += file.tell()
                with disk_errors(move.name):
                    file.settle() if isinstance(file, direct.DirectFile) else file.flush()
            if not wanted:
                break
        return size

    def open_stdout(self) -> IO[bytes]:
        """A new file, to be copied to standard output in the end."""
        self._stdout = tempfile.TemporaryFile(prefix="padcli-")  # noqa: SIM115 (closed when the block is left)
        return self._stdout

    def __enter__(self) -> Self:
        self._interrupts.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._commit()
        finally:
            with interrupts.ignored():
                self._close()
                self._remove()
                self._interrupts.__exit__(None, None, None)

    @measured("flush to disk")
    def _commit(self) -> None:
        files = [(file, move) for file, move in self._files if not isinstance(move.target, UrlPath)]
        for file, move in files:
            with disk_errors(move.name):
                file.flush()
                os.fsync(file.fileno())
        self._upload()
        self._uploads += [
            Upload.staged(move.source, move.target)
            for move in self._adopted
            if isinstance(move.source, UrlPath) and isinstance(move.target, UrlPath)
        ]
        if self._stdout is not None:
            _copy_to_stdout(self._stdout)
        adopted = [(move.name, move.source.stat().st_size) for move in self._adopted]
        self.written = [*adopted, *((move.name, file.tell()) for file, move in self._files)]
        moves = [move for _, move in files]
        moves += [move for move in self._adopted if not isinstance(move.target, UrlPath)]
        if self._files and self._are_all:
            interrupts.come_too_late()
        with interrupts.ignored():
            for file, move in files:
                give_name(file.fileno(), move.source)
            if self._uploads:
                commit_all(self._uploads)
            replace_all(moves)
            for path in self._outdated:
                with contextlib.suppress(OSError):  # the new ones are there
                    path.unlink()
                    path.parent.rmdir()
            for folder in {*(move.target.parent for move in moves), *(path.parent for path in self._folders)}:
                _sync_folder(folder)
            remove_leftovers(move.target for move in moves)
            self._is_done = True

    def _upload(self) -> None:
        """Bring what becomes an object to its store, where it does not appear yet."""
        for file, move in self._files:
            if isinstance(move.target, UrlPath):
                file.flush()
                with measured("upload"):
                    self._uploads.append(Upload(file=file, target=move.target, is_seal=move.is_seal))
                    self._uploads[-1].stage()

    def _close(self) -> None:
        for file, _ in self._files:
            with contextlib.suppress(OSError):  # the disk is full, still; the file goes away anyhow
                file.close()
        if self._stdout is not None:
            with contextlib.suppress(OSError):
                self._stdout.close()

    def _remove(self) -> None:
        for _, move in self._files:
            if not isinstance(move.target, UrlPath):
                with contextlib.suppress(OSError):  # it has its name, or else the next run removes it
                    move.source.unlink()
        for upload in self._uploads:
            upload.discard()
        for folder in self._folders:
            with contextlib.suppress(OSError):  # there is something in it
                folder.rmdir()
        while self._afterwards:
            self._afterwards.pop()(self._is_done)


def _copy_to_stdout(file: IO[bytes]) -> None:
    file.seek(0)
    stdout = WholeWriter(sys.stdout.buffer)
    while data := file.read(_COPIED):
        try:
            stdout.write(data)
            stdout.flush()
        except OSError as error:
            raise OutputError(f"Cannot write to standard output: {error.strerror or error}.") from error


def _sync_folder(folder: Path) -> None:
    """Bring the names of new files to disk, as far as this can be: they are there, and whole, whatever fails now."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
