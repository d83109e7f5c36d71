"""A folder that all workers see: here, on a file system that they share, or in an object store.

What lies in it has a name that follows from its content, and is complete as soon as it can be found: who writes it
twice writes the same, whether at once, on another worker, or in a run that goes on where another ended.
"""

import contextlib
import dataclasses
import hashlib
import mmap
import os
import pickle
import secrets
import shutil
import socket
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from padcli.errors import EngineError, OutputError
from padcli.files import remote
from padcli.files.pending import PendingFiles, disk_errors
from padcli.files.places import UrlPath, as_path
from padcli.portable import lock

_Value = TypeVar("_Value")

_KEPT = 8  # values that a worker keeps, such as tokenizers, which it would open again for each task
_MARK = "padcli"  # is there for as long as anybody may write to the folder
_LOCK = "lock"
_ROOMS = ("blocks", "values", "shards")


@dataclasses.dataclass(frozen=True, slots=True)
class SharedFolder:
    """A folder by its place: an absolute path, or a URL. `write` and `read` take names that are relative to it."""

    place: str

    def make(self) -> None:
        """Make the folder, unless it is there. Raises `OSError`."""
        if not self._is_remote:
            for room in _ROOMS:
                os.makedirs(os.path.join(self.place, room), exist_ok=True)  # noqa: PTH103, PTH118
        self._put(_MARK, (b"",))

    def remove(self) -> None:
        """Remove all of it: first the mark, without which nobody writes to it any more."""
        with contextlib.suppress(OSError):
            self.path(_MARK).unlink(missing_ok=True)
        if not self._is_remote:
            shutil.rmtree(self.place, ignore_errors=True)
            return
        fs, name = remote.open_file_system(self.place)
        with contextlib.suppress(Exception):
            fs.invalidate_cache()
            fs.rm(name, recursive=True)

    def path(self, name: str) -> Path:
        """Return the path of something in it."""
        return as_path(f"{self.place}/{name}")

    def refuse_absence(self) -> None:
        """Raise `EngineError` where this worker does not see the folder, or where the run has ended."""
        if not self.has(_MARK):
            raise EngineError(
                f"The worker on {socket.gethostname()} does not find {self.place}.",
                hint="All workers need the folder of the output: write to one that they share, or to a store such as "
                "s3://bucket/key.",
            )

    def has(self, name: str) -> bool:
        """Tell whether something is there, complete."""
        path = self.path(name)
        return path.exists() if isinstance(path, UrlPath) else os.path.exists(path)  # noqa: PTH110

    def write(self, name: str, parts: Iterable[bytes | memoryview]) -> None:
        """Let something of that name appear, as a whole. Raises `EngineError` where there is no such folder (yet)."""
        self.refuse_absence()
        self._put(name, parts)

    def make_room(self, name: str) -> None:
        """Make a folder in it, as far as there are folders. Raises `OSError`."""
        if not self._is_remote:
            os.mkdir(os.path.join(self.place, name))  # noqa: PTH102, PTH118

    def read(self, name: str, start: int = 0, stop: int | None = None) -> bytes:
        """Return the bytes `[start, stop)`. Raises `OSError`."""
        path = self.path(name)
        if isinstance(path, UrlPath):
            fs, key = remote.open_file_system(path.url)
            with remote.raised_as_os_error(path.url):
                return cast(bytes, fs.cat_file(key, start=start, end=stop))
        with path.open("rb") as file:
            file.seek(start)
            return file.read(-1 if stop is None else stop - start)

    def mapped(self, name: str, stop: int) -> memoryview:
        """Return the bytes `[0, stop)`, mapped into memory where that can be. Raises `OSError`."""
        path = self.path(name)
        if isinstance(path, UrlPath) or not stop:
            return memoryview(self.read(name, 0, stop) if stop else b"")
        with path.open("rb") as file:
            return memoryview(mmap.mmap(file.fileno(), stop, access=mmap.ACCESS_READ))

    def keep(self, value: _Value) -> "Kept[_Value]":
        """Keep a value that many tasks need, so that it does not travel with each of them."""
        data = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
        kept: Kept[_Value] = Kept(self, f"values/{hashlib.sha256(data).hexdigest()[:40]}")
        if not self.has(kept.name):
            self.write(kept.name, (data,))
        return kept

    @property
    def _is_remote(self) -> bool:
        return isinstance(as_path(self.place), UrlPath)

    def _put(self, name: str, parts: Iterable[bytes | memoryview]) -> None:
        path = self.path(name)
        if isinstance(path, UrlPath):
            fs, key = remote.open_file_system(path.url)
            with remote.raised_as_os_error(path.url):
                fs.pipe_file(key, b"".join(parts))
            return
        hidden = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            with hidden.open("xb") as file:
                for part in parts:
                    file.write(part)
            hidden.replace(path)
        except BaseException:
            hidden.unlink(missing_ok=True)
            raise


def opened(place: Path, files: PendingFiles, *, resumes: bool) -> SharedFolder:
    """Make a shared folder, which is there until `files` have their names, or longer if others are to go on from it.

    `resumes`: whether what is in it is used, and kept if this run ends early. Raises `OutputError`.
    """
    named = as_path(place)
    folder = SharedFolder(str(named) if isinstance(named, UrlPath) else os.path.abspath(named))  # noqa: PTH100
    with disk_errors(folder.place):
        if not resumes:
            _refuse_others(folder)
            folder.remove()
        folder.make()
        release = _locked(folder)

    def clean_up(is_done: bool) -> None:  # noqa: FBT001
        if is_done or not resumes:
            folder.remove()
        release()

    files.afterwards(clean_up)
    return folder


def _refuse_others(folder: SharedFolder) -> None:
    if not isinstance(folder.path(_LOCK), UrlPath) and folder.has(_LOCK):
        _locked(folder)()


def _locked(folder: SharedFolder) -> Callable[[], None]:
    """Lock the folder, as far as its file system has locks. Returns what lets it go. Raises `OutputError`."""
    path = folder.path(_LOCK)
    if isinstance(path, UrlPath):
        return lambda: None
    file = path.open("wb")
    try:
        lock(file)
    except BlockingIOError:
        file.close()
        raise OutputError(f"{folder.place}: another run is writing this output.", hint="Wait until it ends.") from None
    except OSError:  # a file system without locks
        pass
    return file.close


@dataclasses.dataclass(frozen=True, slots=True)
class Kept(Generic[_Value]):
    """A value in a shared folder."""

    folder: SharedFolder
    name: str

    @property
    def value(self) -> _Value:
        """The value, read once a worker. Raises `EngineError` where it cannot be."""
        return cast(_Value, _loaded(self.folder, self.name))


@lru_cache(_KEPT)
def _loaded(folder: SharedFolder, name: str) -> Any:
    try:
        return pickle.loads(folder.read(name))
    except OSError:
        folder.refuse_absence()
        raise
