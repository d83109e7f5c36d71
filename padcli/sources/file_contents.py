"""Small files, read at once."""

import os

from padcli.errors import InputError
from padcli.sources.line_limit import LineLimit
from padcli.sources.lines import changed

_LARGE = 64 * 1024 * 1024  # bytes, from which memory is looked at
_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0)  # on Windows


def content_of(path: str, size: int, mtime_ns: int) -> bytes:
    """Return the bytes of a file. Raises `InputError` where it is not what it was when the folder was looked at."""
    if size >= _LARGE:
        LineLimit(path, "file").check(lambda: 1, size)
    try:
        descriptor = os.open(path, _READ)
        try:
            status = os.fstat(descriptor)
            data = os.read(descriptor, size + 1)
            while len(data) < size and (more := os.read(descriptor, size + 1 - len(data))):
                data += more
        finally:
            os.close(descriptor)
    except OSError as error:
        raise InputError(f"{path}: cannot be read to the end: {error.strerror}.") from error
    if len(data) != size or status.st_size != size:
        raise changed(path, f"it had {size:,} bytes, and now has {max(len(data), status.st_size):,}")
    if status.st_mtime_ns != mtime_ns:
        raise changed(path, "something wrote to it")
    return data
