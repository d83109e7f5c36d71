"""Compressed inputs, known by how they start: so standard input and files without an extension work, too."""

import bz2
import gzip
import io
import lzma
import re
from pathlib import PurePath
from typing import BinaryIO, cast

from padcli.errors import InputError
from padcli.urls import name_of

_MAGIC = {
    ".gz": rb"\x1f\x8b",
    ".bz2": rb"BZh[1-9](1AY&SY|\x17rE8P\x90)",  # a block, or the end of an empty file
    ".xz": rb"\xfd7zXZ\x00",
    ".zst": rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18",  # data, or a frame to be skipped
}
LONGEST_MAGIC = 10  # bytes


def compression_of(path: str, start: bytes) -> str | None:
    """Return the extension of the compression that an input's first bytes tell of, None where there is none.

    Raises `InputError` where its name promises one.
    """
    found = next((extension for extension, magic in _MAGIC.items() if re.match(magic, start)), None)
    extension = PurePath(name_of(path)).suffix.lower()
    if found is None and extension in _MAGIC and start:
        raise InputError(f"{path}: is not compressed, though its name ends in {extension}.", hint="Rename the file.")
    return found


def decompressed(raw: io.RawIOBase, compression: str | None) -> BinaryIO:
    """Return a stream of what was compressed."""
    buffered = cast(BinaryIO, io.BufferedReader(raw))
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
