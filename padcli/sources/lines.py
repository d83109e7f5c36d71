"""What text and JSONL share: cutting a chunk into lines, and telling what is wrong with one."""

import numpy as np
import orjson
import pyarrow as pa

from padcli.errors import InputError
from padcli.options import ReadOptions
from padcli.sources.records import Chunk, Reject

LONGEST_LINE = 2**31 - 1  # bytes: what an Arrow string holds
LINE_FEED = ord("\n")
_CARRIAGE_RETURN = b"\r"
_SHOWN = 60

# Stands in a chunk for bytes that were not in the encoding of the input; it is not UTF-8, so that the record is bad.
UNDECODABLE = "\udcff".encode(errors="surrogatepass")

_ENCODING_HINT = "Name the encoding with --encoding, or replace such bytes with --encoding-errors replace."


def line_array(chunk: Chunk) -> pa.BinaryArray:
    r"""The lines of a chunk, each followed by `\n` alone.

    A last line without an end counts; an end at the very end starts no further line. Raises `InputError` for a line
    of 2 GiB, which no Arrow string holds.
    """
    if len(chunk.data) >= LONGEST_LINE:
        raise InputError(f"{chunk.path}, line {chunk.first_line}: is longer than 2 GiB.", hint="Split it into lines.")
    data = _with_plain_ends(chunk.data)
    if not data.endswith(b"\n"):
        data += b"\n"
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == LINE_FEED)
    offsets = np.zeros(len(ends) + 1, np.int32)
    np.add(ends, 1, out=offsets[1:], casting="unsafe")
    return pa.Array.from_buffers(pa.binary(), len(ends), [None, pa.py_buffer(offsets), pa.py_buffer(data)])


def line_list(chunk: Chunk) -> list[bytes]:
    """The same lines, without their ends."""
    lines = _with_plain_ends(chunk.data).split(b"\n")
    return lines if lines[-1] else lines[:-1]


def _with_plain_ends(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n") if _CARRIAGE_RETURN in data else data


def bad_encoding(chunk: Chunk, row: int, raw: bytes, options: ReadOptions) -> Reject | None:
    """What is wrong with the encoding of a line, or None."""
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        encoding = options.encoding.upper()
        where = f" (0x{raw[error.start]:02x} at byte {error.start + 1})" if options.is_utf8 else ""
        return reject(chunk, row, raw, f"bytes that are not {encoding}{where}", f"{encoding} text", hint=_ENCODING_HINT)
    return None


def reject(chunk: Chunk, row: int, raw: bytes, found: str, expected: str, *, hint: str = "") -> Reject:
    """The line `row` of a chunk as a bad record."""
    return Reject(
        path=chunk.path,
        line=chunk.first_line + row,
        found=found,
        expected=expected,
        raw=raw.replace(UNDECODABLE, b"\xef\xbf\xbd").decode(errors="backslashreplace"),
        hint=hint,
    )


def show(value: object) -> str:
    """A value for a message, as JSON, cut where it gets long."""
    try:
        text = orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        return "a deeply nested value"
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
