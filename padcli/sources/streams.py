"""Bytes in: files and pipes, compressed or not, in any encoding. Out: chunks of whole lines in UTF-8."""

import bz2
import codecs
import dataclasses
import gzip
import hashlib
import io
import lzma
import os
import re
import stat
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, BinaryIO, cast

import numpy as np

from padcli.errors import InputError
from padcli.options import ReadOptions
from padcli.sources import STDIN
from padcli.sources.lines import LINE_FEED, LONGEST_LINE, UNDECODABLE
from padcli.sources.memory import available_memory
from padcli.sources.records import Chunk

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# Files are known by how they start, so that compressed standard input and a missing extension work, too.
_MAGIC = {
    ".gz": rb"\x1f\x8b",
    ".bz2": rb"BZh[1-9](1AY&SY|\x17rE8P\x90)",  # a block, or the end of an empty file
    ".xz": rb"\xfd7zXZ\x00",
    ".zst": rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18",  # data, or a frame to be skipped
}
_LONGEST_MAGIC = 10
_LONG_LINE = 64 * 1024 * 1024  # bytes, from which memory is looked at
_MEMORY_PER_BYTE = 8  # of a line, at the least, while it is tokenized
_REST = 1024 * 1024  # bytes, read at a time only to be counted
_LONGEST_BOM = len(codecs.BOM_UTF32)

_MARK = UNDECODABLE.decode(errors="surrogatepass")
codecs.register_error("padcli.mark", lambda error: (_MARK, cast(UnicodeDecodeError, error).end))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class InputFacts:
    """What one input was: its size in bytes and its digest, as it lies on the disk."""

    path: str
    bytes: int
    sha256: str


class InputStream:
    """One input, to be read once from start to end; afterwards `facts` tells what it was.

    `on_read` is told the number of bytes whenever some were read, before decompression. Raises `InputError` where the
    input cannot be read, at once if that can be known without reading.
    """

    def __init__(self, path: str, options: ReadOptions, *, chunk_bytes: int, on_read: Callable[[int], None]) -> None:
        self.path = path
        self._options = options
        self._chunk_bytes = chunk_bytes
        self._on_read = on_read
        self._digest = hashlib.sha256()
        self._count = 0

    @property
    def facts(self) -> InputFacts:
        """Size and digest of what has been read."""
        return InputFacts(path=self.path, bytes=self._count, sha256=self._digest.hexdigest())

    def chunks(self) -> Iterator[Chunk]:
        """The input in chunks of about `chunk_bytes`; a longer line makes a longer chunk."""
        line, rest, held = 1, list[bytes](), 0  # the start of a line: its pieces and their bytes
        longest = _LongestLine(self.path)
        for block in self._blocks():
            end = block.rfind(b"\n") + 1
            if held:
                longest.check(line, held + (block.find(b"\n") if end else len(block)))
            if end:
                data, rest, held = b"".join([*rest, memoryview(block)[:end]]), [], 0  # no long line is held twice
                yield Chunk(path=self.path, first_line=line, data=data)
                line += int(np.count_nonzero(np.frombuffer(data, np.uint8) == LINE_FEED))
            if end < len(block):
                rest.append(block[end:])
                held += len(block) - end
        if rest:
            data, rest = b"".join([*rest, b"\n"]), []
            yield Chunk(path=self.path, first_line=line, data=data)

    def _blocks(self) -> Iterator[bytes]:
        """The input in UTF-8, decompressed and without a byte-order mark."""
        try:
            with _open(self.path) as raw, self._unchanged(raw):
                observed = _ObservedReader(raw, self._observe)
                with _decompressed(observed, self.path) as stream:
                    blocks = self._to_utf8(_read_blocks(stream, self._chunk_bytes))
                    yield next(filter(None, blocks), b"").removeprefix(codecs.BOM_UTF8)
                    yield from blocks
                    while _State.of(raw) and observed.read(_REST):  # compressed data may end before the file does
                        pass
        except UnicodeError as error:
            raise InputError(f"{self.path}: cannot be read as {self._options.encoding.upper()}: {error}.") from error
        except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise InputError(f"{self.path}: cannot be read to its end: {reason}.") from error

    @contextmanager
    def _unchanged(self, raw: io.FileIO) -> Iterator[None]:
        """Raise `InputError` where the input becomes another while it is read, and with that its facts untrue."""
        before = _State.of(raw)
        start = raw.tell() if before else 0
        try:
            yield
        except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError):  # the change may be why
            self._refuse_change(before, _State.of(raw), before.size if before else 0)
            raise
        self._refuse_change(before, _State.of(raw), start + self._count)

    def _refuse_change(self, before: "_State | None", after: "_State | None", end: int) -> None:
        if before is None or after is None:
            return
        if after.size != before.size:
            what = f"it had {before.size:,} bytes, and now has {after.size:,}"
        elif after != before or (before.size and end != before.size):  # files in /proc say that they are empty
            what = "something wrote to it"
        else:
            return
        raise InputError(
            f"{self.path}: changed while it was read: {what}.",
            hint="Wait until nothing writes to it any more, or read a copy of it.",
        )

    def _observe(self, data: memoryview) -> None:
        self._digest.update(data)
        self._count += len(data)
        self._on_read(len(data))

    def _to_utf8(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        if self._options.is_utf8:
            yield from blocks
            return
        errors = "replace" if self._options.encoding_errors == "replace" else "padcli.mark"
        decoder = codecs.getincrementaldecoder(self._options.encoding)(errors)
        for block in blocks:
            yield decoder.decode(block).encode("utf-8", "surrogatepass")
        yield decoder.decode(b"", final=True).encode("utf-8", "surrogatepass")


class _LongestLine:
    """The limit of a line's length, held against it while it is collected: a small compressed file can hold it all."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._room: int | None = None  # bytes of a line that the memory has room for, once that matters

    def check(self, line: int, size: int) -> None:
        """Raise `InputError` if a line has become too long, of which `size` bytes are known."""
        if size >= LONGEST_LINE:
            raise InputError(f"{self._path}, line {line}: is longer than 2 GiB.", hint="Split it into lines.")
        if size < _LONG_LINE:
            return
        if self._room is None:
            available = available_memory()
            self._room = LONGEST_LINE if available is None else max(_LONG_LINE, available // _MEMORY_PER_BYTE)
        if size > self._room:
            raise InputError(
                f"{self._path}, line {line}: is longer than {self._room:,} bytes, and there is no memory for it.",
                hint="Split it into lines.",
            )


@dataclasses.dataclass(frozen=True, slots=True)
class _State:
    """Size in bytes, and time of the last change, of a file that is open."""

    size: int
    mtime_ns: int

    @classmethod
    def of(cls, file: io.FileIO) -> "_State | None":
        """Return the state of a regular file, None of a pipe or device."""
        status = os.fstat(file.fileno())
        return cls(status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None


class _ObservedReader(io.RawIOBase):
    """A raw stream that shows its first bytes beforehand, and all of them to `observe` as they are read."""

    def __init__(self, raw: io.FileIO, observe: Callable[[memoryview], None]) -> None:
        self._raw = raw
        self._observe = observe
        self.start = b""
        while len(self.start) < _LONGEST_MAGIC and (more := raw.read(_LONGEST_MAGIC - len(self.start))):
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


def input_size(path: str) -> int | None:
    """Bytes of a regular file, None of a pipe or device. Raises `InputError` where there is nothing to read."""
    if path == STDIN:
        if sys.stdin is None:
            raise InputError("Standard input is closed.")
        return None
    try:
        status = Path(path).stat()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}.") from error
    except ValueError as error:  # as of a name with a zero byte, which only a damaged file holds
        raise InputError(f"{path!r}: is no name of a file.") from error
    if stat.S_ISDIR(status.st_mode):
        raise InputError(f"{path}: is a directory.", hint=f"Name the files in it: {Path(path, '*.txt')}")
    if not os.access(path, os.R_OK):
        raise InputError(f"{path}: Permission denied.")
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def found_again(path: str, output: Path) -> str:
    """Where an input of an output is: under its name, or else beside the output."""
    # Path.exists would raise for a folder that may not be looked into
    near = str(output.parent / path)
    return near if os.path.exists(near) and not os.path.exists(path) else path  # noqa: PTH110


def facts_of(path: str) -> InputFacts:
    """Size and digest of a regular file, as it is now. Raises `InputError` where it cannot be read."""
    size = input_size(path)
    if size is None:
        raise InputError(f"{path}: is a pipe or a device, which can be read only once.")
    try:
        with Path(path).open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path}: cannot be read to its end: {error.strerror}.") from error
    return InputFacts(path=path, bytes=size, sha256=sha256)


def _open(path: str) -> io.FileIO:
    if path != STDIN:
        return io.FileIO(path)
    os.set_blocking(0, True)  # a reader that does not wait takes a pause for the end
    return io.FileIO(0, closefd=False)


def _decompressed(raw: _ObservedReader, path: str) -> BinaryIO:
    buffered = cast(BinaryIO, io.BufferedReader(raw))
    found = next((extension for extension, magic in _MAGIC.items() if re.match(magic, raw.start)), None)
    extension = PurePath(path).suffix.lower()
    if found is None and extension in _MAGIC and raw.start:
        raise InputError(f"{path}: is not compressed, though its name ends in {extension}.", hint="Rename the file.")
    if found == ".gz":
        return cast(BinaryIO, gzip.GzipFile(fileobj=buffered))
    if found == ".bz2":
        return cast(BinaryIO, bz2.BZ2File(buffered))
    if found == ".xz":
        return cast(BinaryIO, lzma.LZMAFile(buffered))
    if found == ".zst":
        import pyarrow as pa

        return cast(BinaryIO, pa.CompressedInputStream(pa.PythonFile(buffered, mode="r"), "zstd"))
    return buffered


def _read_blocks(stream: BinaryIO, size: int) -> Iterator[bytes]:
    """Blocks of `size` bytes; the first holds a whole byte-order mark, if there is one."""
    block = stream.read(max(size, _LONGEST_BOM))
    while block:
        yield block
        block = stream.read(size)
