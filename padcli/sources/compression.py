"""Compressed inputs, known by how they start: so standard input and files without an extension work, too."""

import bz2
import gzip
import io
import lzma
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import BinaryIO, cast

from padcli.errors import InputError
from padcli.sources import COMPRESSIONS
from padcli.sources.line_limit import LineLimit
from padcli.urls import name_of

_MAGIC = {
    ".gz": rb"\x1f\x8b",
    ".bz2": rb"BZh[1-9](1AY&SY|\x17rE8P\x90)",  # a block, or the end of an empty file
    ".xz": rb"\xfd7zXZ\x00",
    ".zst": rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18",  # data, or a frame to be skipped
}
LONGEST_MAGIC = 10  # bytes
_FIRST = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")
_AT_ONCE = 1024 * 1024


def compression_of(path: str, start: bytes) -> str | None:
    """Return the extension of the compression that an input's first bytes tell of, None where there is none.

    Raises `InputError` where its name promises one.
    """
    found = next((extension for extension, magic in _MAGIC.items() if re.match(magic, start)), None)
    extension = PurePath(name_of(path)).suffix.lower()
    if found is None and extension in _MAGIC and start:
        raise InputError(f"{path}: is not compressed, though its name ends in {extension}.", hint="Rename the file.")
    return found


def whole(path: str, data: bytes) -> bytes:
    """Return the content of a file that may be compressed. Raises `InputError` where it is damaged, or too large."""
    if not data.startswith(_FIRST) and not path.lower().endswith(COMPRESSIONS):
        return data
    compression = compression_of(path, data[:LONGEST_MAGIC])
    if compression is None:
        return data
    with damage_as_input_error(path), decompressed(io.BytesIO(data), compression) as stream:
        return read_record(path, stream)


def read_record(path: str, stream: BinaryIO) -> bytes:
    """Return what is left of a stream, as one record. Raises `InputError` where that is too long."""
    limit, parts, size = LineLimit(path, "file"), list[bytes](), 0
    while part := stream.read(_AT_ONCE):
        parts.append(part)
        size += len(part)
        limit.check(lambda: 1, size)
    return b"".join(parts)


@contextmanager
def damage_as_input_error(path: str) -> Iterator[None]:
    """Raise `InputError` for what goes wrong while an input is read."""
    try:
        yield
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{path}: cannot be read to the end: {reason}.") from error


def decompressed(raw: io.RawIOBase | BinaryIO, compression: str | None) -> BinaryIO:
    """Return a stream of what was compressed."""
    buffered = cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, raw)))
    if compression == ".gz":
        return cast(BinaryIO, gzip.GzipFile(fileobj=buffered))
    if compression == ".bz2":
        return cast(BinaryIO, bz2.BZ2File(buffered))
    if compression == ".xz":
        return cast(BinaryIO, lzma.LZMAFile(buffered))
    if compression == ".zst":
        import pyarrow as pa

        return cast(BinaryIO, pa.CompressedInputStream(pa.PythonFile(buffered, mode="r"), "zstd"))
    return buffered
