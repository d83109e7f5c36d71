"""Lines, which text and JSONL are made of: the parts of an input that hold whole ones, and what is wrong with one."""

import dataclasses
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from padcli.errors import InputError
from padcli.kernels import dispatch
from padcli.options import ReadOptions
from padcli.portable import read_at
from padcli.sources.records import Records, Reject

LONGEST_LINE = 2**31 - 1  # bytes: what an Arrow string holds
LINE_FEED = ord("\n")
_CARRIAGE_RETURN = b"\r"
_SHOWN = 60

# Stands in a chunk for bytes that were not in the encoding of the input; it is not UTF-8, so that the record is bad.
UNDECODABLE = "\udcff".encode(errors="surrogatepass")

_ENCODING_HINT = "Name the encoding with --encoding, or replace invalid bytes with --encoding-errors replace."


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BytesSplit:
    """Whole lines of UTF-8, which come along: there is no going back in a pipe or a compressed file."""

    path: str
    data: bytes


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FileState:
    """Size in bytes, time of the last change, and identity of a regular file.

    `device`, `inode`: None where other machines look at the file, to which a shared file system may give other numbers.
    """

    size: int
    mtime_ns: int
    device: int | None
    inode: int | None

    def elsewhere(self) -> "FileState":
        """Return the state as another machine may see it."""
        return dataclasses.replace(self, device=None, inode=None)

    @classmethod
    def of(cls, file: str | int) -> "FileState | None":
        """Return the state of a file, given by its path or descriptor, None of a pipe or device."""
        status = os.stat(file)  # noqa: PTH116 (which takes descriptors, too)
        if not stat.S_ISREG(status.st_mode):
            return None
        return cls(size=status.st_size, mtime_ns=status.st_mtime_ns, device=status.st_dev, inode=status.st_ino)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RangeSplit:
    """The bytes `[start, stop)` of a file, whole lines of UTF-8, which the worker reads."""

    path: str
    start: int
    stop: int
    state: FileState

    @property
    def n_bytes(self) -> int:
        """How many bytes they are."""
        return self.stop - self.start

    @property
    def data(self) -> bytes:
        """The bytes, read anew each time. Raises `InputError` where the file is not what it was."""
        parts = list(self.parts(self.stop - self.start))
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def parts(self, size: int) -> Iterator[bytes]:
        """Yield the bytes, `size` at a time at the most."""
        position = self.start
        try:
            with Path(self.path).open("rb", buffering=0) as file:
                refuse_change(self.path, self.state, FileState.of(file.fileno()))
                while part := read_at(file.fileno(), min(size, self.stop - position), position):
                    position += len(part)
                    yield part
                if position < self.stop:
                    raise changed(self.path, f"it ends at byte {position:,}")
        except OSError as error:
            raise InputError(f"{self.path}: cannot be read to the end: {error.strerror}.") from error


LineSplit = BytesSplit | RangeSplit


def refuse_change(path: str, before: FileState, after: FileState | None) -> None:
    """Raise `InputError` where a file is not what it was."""
    if after is not None and before.inode is None:
        after = after.elsewhere()
    if after is None or (before.device, before.inode) != (after.device, after.inode):
        raise changed(path, "another file replaced it")
    if after.size != before.size:
        raise changed(path, f"it had {before.size:,} bytes, and now has {after.size:,}")
    if after != before:
        raise changed(path, "something wrote to it")


def changed(path: str, change: str) -> InputError:
    """The error of an input that became another while it was read, and with that its facts untrue."""
    return InputError(
        f"{path}: changed while it was being read: {change}.",
        hint="Wait until nothing writes to it, or read a copy.",
    )


def line_array(path: str, data: bytes) -> pa.BinaryArray:
    r"""Return the lines of a split, `(n_lines,)`, each followed by `\n` alone.

    A last line without an end counts; an end at the very end starts no further line. Raises `InputError` for 2 GiB and
    more, which no Arrow string holds.
    """
    if len(data) >= LONGEST_LINE:
        raise InputError(f"{path}: a line in it is longer than 2 GiB.", hint="Split it into lines.")
    data = with_plain_ends(data)
    if not data.endswith(b"\n"):
        data += b"\n"
    offsets = np.concatenate([np.zeros(1, np.int32), dispatch.kernels().line_ends(data)])
    return pa.Array.from_buffers(pa.binary(), len(offsets) - 1, [None, pa.py_buffer(offsets), pa.py_buffer(data)])


def line_list(data: bytes) -> list[bytes]:
    """Return the same lines, without their ends."""
    lines = with_plain_ends(data).split(b"\n")
    return lines if lines[-1] else lines[:-1]


def with_plain_ends(data: bytes) -> bytes:
    r"""Return lines that all end in `\n` alone."""
    return data.replace(b"\r\n", b"\n") if _CARRIAGE_RETURN in data else data


def text_records(
    values: pa.BinaryArray,
    tested: Callable[[], Iterable[Reject | None]],
    *,
    labels: Mapping[str, pa.Array] = MappingProxyType({}),
    tail: int = 0,
    n_lines: int = 0,
) -> Records:
    """Return bytes `(n,)` as texts with `labels`; without those that `tested`, asked where some are no UTF-8, rejects.

    `tested` gives `bad_encoding` of each; `tail` and `n_lines` are as `Records` has them.
    """
    try:
        return Records(values=values.cast(pa.string()), tail=tail, labels=dict(labels), n_lines=n_lines)
    except pa.ArrowInvalid:
        found = list(tested())
        good = pa.array([reject is None for reject in found])
        return Records(
            values=pc.filter(values, good).cast(pa.string()),
            tail=tail,
            labels={label: pc.filter(column, good) for label, column in labels.items()},
            rejects=tuple(reject for reject in found if reject is not None),
            n_lines=n_lines,
        )


def bad_encoding(path: str, row: int, raw: bytes, options: ReadOptions) -> Reject | None:
    """Return the line `row`, counted from 0, as a bad record if it is not in the encoding of the input."""
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        encoding = options.encoding.upper()
        where = f" (0x{raw[error.start]:02x} at byte {error.start + 1})" if options.is_utf8 else ""
        return reject(path, row, raw, f"not valid {encoding}{where}", hint=_ENCODING_HINT)
    return None


def reject(path: str, row: int, raw: bytes, reason: str, *, hint: str = "") -> Reject:
    """Return the line `row` of a split, counted from 0, as a bad record."""
    return Reject(
        path=path,
        line=row + 1,
        reason=reason,
        raw=raw.replace(UNDECODABLE, b"\xef\xbf\xbd").decode(errors="backslashreplace"),
        hint=hint,
    )


def show(value: object) -> str:
    """Return a value for a message, as JSON, cut where it gets long."""
    try:
        return _cut(orjson.dumps(value).decode())
    except orjson.JSONEncodeError:
        return "a deeply nested value"


def show_names(names: list[str]) -> str:
    """Return names for a message, cut where there are many."""
    return _cut(", ".join(names))


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
