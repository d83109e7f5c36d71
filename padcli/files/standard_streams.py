"""Standard output and standard error, of which no byte is lost.

With `PYTHONUNBUFFERED` Python's own are raw: a write may take a part of the bytes, and what it returns is ignored. On a
pipe that does not block, as a parent process may hand one down, a write may take none.
"""

import errno
import io
import os
import sys
from typing import TYPE_CHECKING, BinaryIO, TextIO

from padcli.errors import ClosedPipeError, UsageError
from padcli.portable import wait_to_write

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_STANDARD = range(3)  # descriptors


class WholeWriter(io.RawIOBase):
    """A stream whose `write` takes all bytes: it waits until the other end has room for them.

    Raises `ClosedPipeError` where nobody reads any more.
    """

    def __init__(self, stream: BinaryIO | io.RawIOBase) -> None:
        super().__init__()
        self._stream = stream

    def writable(self) -> bool:
        """True."""
        return True

    def isatty(self) -> bool:
        """Return whether it is a terminal."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """Return the descriptor."""
        return self._stream.fileno()

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write all of the bytes."""
        view = memoryview(data).cast("B")
        rest = view
        while rest:
            if not (n := self._write_some(rest)):
                self._wait()
            rest = rest[n:]
        return len(view)

    def flush(self) -> None:
        """Write what a buffer of the stream holds."""
        while not self._stream.closed:
            try:
                self._stream.flush()
            except BlockingIOError:
                self._wait()
            except BrokenPipeError:
                raise _reader_gone() from None
            else:
                return

    def _write_some(self, data: memoryview) -> int:
        try:
            n = self._stream.write(data)
        except BlockingIOError as error:  # of a buffered stream; a raw one returns None
            return error.characters_written
        except BrokenPipeError:
            raise _reader_gone() from None
        if n is None and not isinstance(self._stream, io.RawIOBase):
            return len(data)  # a stand-in for a stream, which need not count
        return n or 0

    def _wait(self) -> None:
        wait_to_write(self.fileno())


class _ClosedOutput(io.RawIOBase):
    """Stands for a standard output that is closed, so that what is written there is not lost in silence."""

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return 1

    def write(self, _: "ReadableBuffer", /) -> int:
        raise OSError(errno.EBADF, "it is closed")


def stdout_is_closed() -> bool:
    """Return whether there is no standard output to write to."""
    return sys.stdout is None or isinstance(_raw(sys.stdout), _ClosedOutput)


def check_stdout() -> None:
    """Raise `UsageError` for a standard output that takes no arrays, before any work is done for it."""
    if stdout_is_closed():
        raise UsageError("-o -: standard output is closed.")
    if sys.stdout.isatty():
        raise UsageError("-o -: refusing to write arrays to a terminal.", hint="Pipe the output, or name a file.")


def make_whole() -> None:
    """Let `sys.stdout` and `sys.stderr` lose nothing; see that no file gets the descriptor of a closed one."""
    for descriptor in _STANDARD:
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest that is free: this one
    sys.stdout = io.TextIOWrapper(io.BufferedWriter(_ClosedOutput())) if sys.stdout is None else _whole(sys.stdout)
    sys.stderr = _whole(sys.stderr)


def _whole(stream: TextIO) -> TextIO:
    raw = _raw(stream)
    if raw is None or not isinstance(stream, io.TextIOWrapper):  # closed, or a stand-in
        return stream
    return io.TextIOWrapper(
        io.BufferedWriter(WholeWriter(raw)),
        encoding=stream.encoding,
        errors=stream.errors,
        newline="\n",
        line_buffering=stream.line_buffering or stream.write_through,
    )


def _raw(stream: TextIO) -> BinaryIO | None:
    buffer = getattr(stream, "buffer", None)
    return getattr(buffer, "raw", buffer)


def _reader_gone() -> ClosedPipeError:
    return ClosedPipeError("The program reading standard output stopped early.")
