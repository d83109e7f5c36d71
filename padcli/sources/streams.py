"""Inputs that can only be read from start to end: pipes, compressed files, other encodings than UTF-8."""

import codecs
import hashlib
import io
import lzma
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, cast

import numpy as np

from padcli.errors import InputError
from padcli.options import ReadOptions
from padcli.sources import STDIN
from padcli.sources.base import InputFacts, OnRead
from padcli.sources.compression import LONGEST_MAGIC, compression_of, damage_as_input_error, decompressed
from padcli.sources.line_limit import LineLimit
from padcli.sources.lines import LINE_FEED, UNDECODABLE, BytesSplit, FileState, changed, refuse_change
from padcli.sources.remote_inputs import RemoteReader
from padcli.urls import is_url

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_REST = 1024 * 1024  # bytes, read at a time only to be counted
_LONGEST_BOM = len(codecs.BOM_UTF32)
_TAR, _TAR_AT = b"ustar", 257  # the magic of tar, and where it stands

_MARK = UNDECODABLE.decode(errors="surrogatepass")
codecs.register_error("padcli.mark", lambda error: (_MARK, cast(UnicodeDecodeError, error).end))


class InputStream:
    """One input, to be read once from start to end; afterwards `facts` tells what it was.

    `on_read` is told the number of bytes whenever some were read, before decompression. Raises `InputError` where the
    input cannot be read, at once if that can be known without reading.
    """

    def __init__(self, path: str, options: ReadOptions, *, split_bytes: int, on_read: OnRead) -> None:
        self.path = path
        self._options = options
        self._split_bytes = split_bytes
        self._on_read = on_read
        self._digest = hashlib.sha256()
        self._count = 0

    def observe(self, split: BytesSplit) -> None:
        """Do nothing: the bytes were observed as they came."""

    def facts(self) -> InputFacts:
        """Return size and digest of what has been read."""
        return InputFacts(path=self.path, bytes=self._count, sha256=self._digest.hexdigest())

    def splits(self) -> Iterator[BytesSplit]:
        """Yield the input in parts of about `split_bytes`; a longer line makes a longer one."""
        with self.opened() as stream:
            yield from whole_lines(self.path, blocks_of(self.path, stream, self._options, self._split_bytes))

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """Open the input, decompressed, for the time of the block. What goes wrong in it is raised as `InputError`."""
        with damage_as_input_error(self.path), _open(self.path) as raw, self._unchanged(raw):
            observed = _ObservedReader(raw, self._observe)
            with decompressed(observed, compression_of(self.path, observed.start)) as stream:
                yield stream
                while _has_end(raw) and observed.read(_REST):  # compressed data may end before the file does
                    pass

    @contextmanager
    def _unchanged(self, raw: io.FileIO | RemoteReader) -> Iterator[None]:
        """Raise `InputError` where the input becomes another while it is read, and with that its facts untrue."""
        if isinstance(raw, RemoteReader):  # which sees to that itself
            yield
            return
        before = FileState.of(raw.fileno())
        start = raw.tell() if before else 0
        try:
            yield
        except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, InputError):  # the change may be why
            self._refuse_change(before, FileState.of(raw.fileno()), before.size if before else 0)
            raise
        self._refuse_change(before, FileState.of(raw.fileno()), start + self._count)

    def _refuse_change(self, before: FileState | None, after: FileState | None, end: int) -> None:
        if before is None or after is None:
            return
        refuse_change(self.path, before, after)
        if before.size and end != before.size:  # files in /proc say that they are empty
            raise changed(self.path, "something wrote to it")

    def _observe(self, data: memoryview) -> None:
        self._digest.update(data)
        self._count += len(data)
        self._on_read(len(data))


def blocks_of(path: str, stream: BinaryIO, options: ReadOptions, size: int) -> Iterator[bytes]:
    """Yield what is left of a stream, in UTF-8 and without a byte-order mark, about `size` bytes at a time."""
    blocks = _to_utf8(_read_blocks(stream, size), options)
    with encoding_as_input_error(path, options):
        first = next(filter(None, blocks), b"")
        if first[_TAR_AT : _TAR_AT + len(_TAR)] == _TAR:
            raise InputError(f"{path}: is a tar archive.", hint="Add --format tar.")
        yield first.removeprefix(codecs.BOM_UTF8)
        yield from blocks


def utf8_of(path: str, data: bytes, options: ReadOptions) -> bytes:
    """Return a whole input in UTF-8, and without a byte-order mark."""
    if not options.is_utf8:
        with encoding_as_input_error(path, options):
            data = data.decode(options.encoding, _errors(options)).encode("utf-8", "surrogatepass")
    return data.removeprefix(codecs.BOM_UTF8)


@contextmanager
def encoding_as_input_error(path: str, options: ReadOptions) -> Iterator[None]:
    """Raise `InputError` for bytes that an encoding cannot go on from."""
    try:
        yield
    except UnicodeError as error:
        raise InputError(f"{path}: cannot be read as {options.encoding.upper()}: {error}.") from error


def _errors(options: ReadOptions) -> str:
    return "replace" if options.encoding_errors == "replace" else "padcli.mark"


def whole_lines(path: str, blocks: Iterator[bytes]) -> Iterator[BytesSplit]:
    """Yield blocks that end where a line does. Raises `InputError` for a line that is too long."""
    line, rest, held = 1, list[bytes](), 0  # the start of a line: its pieces and their bytes
    limit = LineLimit(path)
    for block in blocks:
        end = block.rfind(b"\n") + 1
        if held:
            limit.check(partial(int, line), held + (block.find(b"\n") if end else len(block)))
        if end:
            data, rest, held = b"".join([*rest, memoryview(block)[:end]]), [], 0  # no long line is held twice
            yield BytesSplit(path=path, data=data)
            line += int(np.count_nonzero(np.frombuffer(data, np.uint8) == LINE_FEED))
        if end < len(block):
            rest.append(block[end:])
            held += len(block) - end
    if rest:
        data, rest = b"".join([*rest, b"\n"]), []
        yield BytesSplit(path=path, data=data)


def _to_utf8(blocks: Iterator[bytes], options: ReadOptions) -> Iterator[bytes]:
    if options.is_utf8:
        yield from blocks
        return
    decoder = codecs.getincrementaldecoder(options.encoding)(_errors(options))
    for block in blocks:
        yield decoder.decode(block).encode("utf-8", "surrogatepass")
    yield decoder.decode(b"", final=True).encode("utf-8", "surrogatepass")


class _ObservedReader(io.RawIOBase):
    """A raw stream that shows its first bytes beforehand, and all of them to `observe` as they are read."""

    def __init__(self, raw: io.FileIO | RemoteReader, observe: Callable[[memoryview], None]) -> None:
        self._raw = raw
        self._observe = observe
        self.start = b""
        while len(self.start) < LONGEST_MAGIC and (more := raw.read(LONGEST_MAGIC - len(self.start))):
            self.start += more
        self._unread = self.start

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        view = memoryview(buffer)
        if self._unread:
            n = min(len(view), len(self._unread))
            view[:n], self._unread = self._unread[:n], self._unread[n:]
        else:
            n = self._raw.readinto(view)
        self._observe(view[:n])
        return n


def _open(path: str) -> io.FileIO | RemoteReader:
    if is_url(path):
        return RemoteReader(path)
    if path != STDIN:
        return io.FileIO(path)
    if hasattr(os, "set_blocking"):
        os.set_blocking(0, True)  # a reader that does not wait takes a pause for the end
    return io.FileIO(0, closefd=False)


def _has_end(raw: io.FileIO | RemoteReader) -> bool:
    """Return whether all of it can be read, as of a pipe it may not."""
    return isinstance(raw, RemoteReader) or FileState.of(raw.fileno()) is not None


def _read_blocks(stream: BinaryIO, size: int) -> Iterator[bytes]:
    """Blocks of `size` bytes; the first holds a whole byte-order mark, if there is one."""
    block = stream.read(max(size, _LONGEST_BOM))
    while block:
        yield block
        block = stream.read(size)
