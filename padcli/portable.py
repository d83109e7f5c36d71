"""Calls that not every system has, each with what does instead."""

import os
import select
import threading
from types import ModuleType
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

resource: ModuleType | None
try:
    import resource
except ImportError:  # Windows
    resource = None

_position = threading.Lock()  # one descriptor has one position, whoever reads


def lock(file: int | IO[Any]) -> None:
    """Lock a file, as long as it is open. Raises `OSError` where another process has locked it.

    Where there are no such locks, nobody can tell whether a file is still being written.
    """
    if fcntl is None:
        raise OSError("this system has no locks")
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def read_at(descriptor: int, size: int, position: int) -> bytes:
    """Read at most `size` bytes from a position on, wherever the file stands."""
    if hasattr(os, "pread"):
        return os.pread(descriptor, size, position)
    with _position:
        os.lseek(descriptor, position, os.SEEK_SET)
        return os.read(descriptor, size)


def read_into_at(descriptor: int, buffer: "WriteableBuffer", position: int) -> int:
    """Fill a buffer as far as there are bytes from a position on. Returns how many there were."""
    if hasattr(os, "preadv"):
        return os.preadv(descriptor, [buffer], position)
    view = memoryview(buffer)
    data = read_at(descriptor, len(view), position)
    view[: len(data)] = data
    return len(data)


def wait_to_write(descriptor: int) -> None:
    """Wait until a descriptor that does not block takes bytes again, or at once where that cannot be told."""
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(descriptor, select.POLLOUT)
        poll.poll()
