"""Large files, written past the page cache.

What is written there is copied to memory first, and since a file has its name only when it is on the disk, one would
wait for the disk all the same. Past it, the disk works while the next rows are padded; without that, a run takes
1.14 times as long for arrays of 350 MB, and 1.21 times for 1.3 GB (2 %, or nothing, for 35 MB).
"""

import io
import mmap
import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from padcli.files.unnamed import open_new
from padcli.portable import fcntl

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

LARGE = 16 * 1024 * 1024  # bytes, from which it pays

_DIRECT = getattr(os, "O_DIRECT", 0)
_BUFFER = 4 * 1024 * 1024
_BUFFERS = 4  # rows come 8 MB at a time, and shall not wait for the disk then


def create(path: Path, *, size: int) -> BinaryIO:
    """Open a new file as `open_new` does; `size` is about how large it will be, in bytes."""
    if size >= LARGE and _DIRECT:
        try:
            return cast(BinaryIO, DirectFile(path))
        except OSError:
            path.unlink(missing_ok=True)  # a file system without that: the name was made before it said so
    return os.fdopen(open_new(path), "wb")


class DirectFile(io.BufferedIOBase):
    """A new file that is written from start to end, but for a few bytes that may be changed afterwards.

    Raises `OSError` where the file system has no direct writing.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._fd = open_new(path, _DIRECT)
        # They begin where a page does, as direct writing wants it. One is filled while the others are written.
        self._buffers = deque(mmap.mmap(-1, _BUFFER) for _ in range(_BUFFERS))
        self._writer = ThreadPoolExecutor(1, "padcli-writer")
        self._writing = deque[Future[None]]()
        self._start = 0  # where the buffer belongs in the file: a multiple of its size
        self._end = 0  # of what was written
        self._tail_is_written = True
        self._position = 0

    def writable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is: zip files want to say afterwards what is in them."""
        return True

    def fileno(self) -> int:
        """The file's descriptor."""
        return self._fd

    def tell(self) -> int:
        """Return the place where the next bytes go."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Let the next bytes go to a place at most as far as what was written."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._end}[whence]
        self._position = base + offset
        return self._position

    def write(self, data: "ReadableBuffer", /) -> int:
        """Take all of the bytes; they are written when there are enough of them."""
        view = memoryview(data).cast("B")
        rest = view
        if self._position < self._start:  # on its way to the disk already
            before = rest[: self._start - self._position]
            self._write_plain(before, self._position)
            self._position += len(before)
            rest = rest[len(before) :]
        while rest:
            within = self._position - self._start
            part = rest[: _BUFFER - within]
            self._buffers[0][within : within + len(part)] = part
            self._position += len(part)
            self._end = max(self._end, self._position)
            rest = rest[len(part) :]
            self._tail_is_written = False
            if self._end - self._start == _BUFFER:
                self._write_buffer()
        return len(view)

    def flush(self) -> None:
        """Write what is left; direct writing wants whole blocks, and so this is not."""
        if self.closed:
            return
        self._wait()
        if self._end > self._start and not self._tail_is_written:  # else closing would change a file that is there
            self._write_plain(memoryview(self._buffers[0])[: self._end - self._start], self._start)
            self._tail_is_written = True

    def settle(self) -> None:
        """Write what is left, and give the buffers back; nothing can be written after that."""
        self.flush()
        self._writer.shutdown()
        self._buffers.clear()

    def close(self) -> None:
        """Write what is left."""
        if not self.closed:
            try:
                super().close()
            finally:
                self._writer.shutdown()
                os.close(self._fd)

    def _write_buffer(self) -> None:
        self._wait(_BUFFERS - 2)
        self._writing.append(self._writer.submit(self._write_direct, memoryview(self._buffers[0]), self._start))
        self._buffers.rotate(-1)
        self._start += _BUFFER

    def _wait(self, left: int = 0) -> None:
        """Until at most so many buffers are yet to be written. Raises what went wrong with one."""
        while len(self._writing) > left:
            self._writing.popleft().result()

    def _write_direct(self, data: memoryview, position: int) -> None:
        while data:  # a disk that is nearly full takes a part
            n = os.pwrite(self._fd, data, position)
            data, position = data[n:], position + n

    def _write_plain(self, data: memoryview, position: int) -> None:
        self._wait()
        assert fcntl is not None  # noqa: S101 (a system with O_DIRECT has it)
        flags = fcntl.fcntl(self._fd, fcntl.F_GETFL)
        fcntl.fcntl(self._fd, fcntl.F_SETFL, flags & ~_DIRECT)
        try:
            while data:
                written = os.pwrite(self._fd, data, position)
                data, position = data[written:], position + written
        finally:
            fcntl.fcntl(self._fd, fcntl.F_SETFL, flags)
