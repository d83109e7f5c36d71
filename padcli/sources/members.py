"""Files in an archive or folder, to splits: one after the other, as they come along."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, NamedTuple

import numpy as np
import pyarrow as pa

from padcli.errors import UsageError
from padcli.options import ReadOptions
from padcli.sources import ARCHIVES, COMPRESSIONS, kind_of, known_format, source_class
from padcli.sources.compression import damage_as_input_error, decompressed, read_record
from padcli.sources.folder_labels import folder_of
from padcli.sources.lines import BytesSplit
from padcli.sources.paragraphs import whole_paragraphs
from padcli.sources.records import FieldKinds, Records, Reject
from padcli.sources.skipped_files import NOT_OF_ARCHIVE, NOT_TEXT, Skipped, SkippedFiles, nothing, together
from padcli.sources.streams import blocks_of, whole_lines
from padcli.sources.whole_files import BYTES_OF_FILE, ContentsSplit


class Member(NamedTuple):
    """A file in an archive or folder. `path`: with that of the archive; `is_plain`: False if it may be compressed."""

    path: str
    open: Callable[[], BinaryIO]
    is_plain: bool = False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LinesSplit:
    """Whole lines of some files of an archive, all of one kind, and of one folder where that matters.

    `path`: of the first; `paths`, `before`, `n_lines`: of each, with the number of its lines before this split, and in
    it.
    """

    path: str
    kind: str
    paths: tuple[str, ...] = ()
    before: tuple[int, ...] = ()
    n_lines: tuple[int, ...] = ()
    data: bytes = b""
    skipped_files: SkippedFiles = dataclasses.field(default_factory=dict)


def splits_of(
    path: str, members: Iterable[Member], read: ReadOptions, split_bytes: int
) -> Iterator[LinesSplit | ContentsSplit]:
    """Yield the members of an archive in splits of about `split_bytes`, by what a record is."""
    if read.record == "file":
        if flag := read.names_field:
            raise UsageError(f"{flag} names a field or column of records, but --record file is for text.")
        return _whole_files(path, members, split_bytes)
    return lines_of(path, members, read, split_bytes)


def read_lines(split: LinesSplit, read: ReadOptions, field_kinds: FieldKinds) -> Records:
    """Return the records of a split; bad ones with the file that they are in, and their line there."""
    if not split.data:
        return Records(values=pa.nulls(0), labels={}, skipped_files=split.skipped_files)
    data = BytesSplit(path=split.path, data=split.data)
    records = source_class(split.kind).read(data, read, field_kinds)
    return dataclasses.replace(
        records,
        rejects=tuple(_moved(bad, split) for bad in records.rejects),
        n_lines=0,  # bad ones have their lines already
        skipped_files=split.skipped_files,
    )


def _moved(bad: Reject, split: LinesSplit) -> Reject:
    ends = np.cumsum(split.n_lines)
    number = int(np.searchsorted(ends, bad.line - 1, "right"))
    first = int(ends[number]) - split.n_lines[number]
    return dataclasses.replace(bad, path=split.paths[number], line=bad.line - first + split.before[number])


def _whole_files(path: str, members: Iterable[Member], split_bytes: int) -> Iterator[ContentsSplit]:
    paths, contents, size, skipped = list[str](), list[bytes](), 0, nothing()
    for member in members:
        if known_format(member.path) != "text":
            skipped = together(skipped, {NOT_TEXT: Skipped(n=1, example=member.path)})
            continue
        paths.append(member.path)
        contents.append(read_record(member.path, member.open()))
        size += len(contents[-1]) + BYTES_OF_FILE
        if size >= split_bytes:
            yield ContentsSplit(path=path, paths=tuple(paths), contents=tuple(contents))
            paths, contents, size = [], [], 0
    if paths or skipped:
        yield ContentsSplit(path=path, paths=tuple(paths), contents=tuple(contents), skipped_files=skipped)


def lines_of(path: str, members: Iterable[Member], read: ReadOptions, split_bytes: int) -> Iterator[LinesSplit]:
    """Yield lines of text and JSONL, or paragraphs of text, in splits of about `split_bytes`."""
    batch, skipped = _Batch(), nothing()
    inner = dataclasses.replace(read, format=None) if read.format in ARCHIVES else read
    for member in members:
        if inner.format is None and known_format(member.path) not in {"text", "jsonl"}:
            skipped = together(skipped, {NOT_OF_ARCHIVE: Skipped(n=1, example=member.path)})
            continue
        kind = kind_of(member.path, inner)
        if kind != "jsonl" and read.names_field not in {"", "--field"}:
            raise UsageError(f"{read.names_field} names a field or column of records, but {member.path} is text.")
        folder = folder_of(member.path) if read.label_from_folder else ""
        if batch.parts and batch.key != (kind, folder):
            yield batch.split()
            batch = _Batch()
        batch.key, before = (kind, folder), 0
        with damage_as_input_error(member.path):
            for block in _blocks(member, kind, read, split_bytes):
                batch.parts.append((member.path, before, block))
                before += block.count(b"\n") - (kind == "paragraphs")  # behind which there is one line more
                batch.size += len(block) + BYTES_OF_FILE
                if batch.size >= split_bytes:
                    yield batch.split()
                    batch = _Batch(key=batch.key)
    if batch.parts:
        yield batch.split()
    if skipped:
        yield LinesSplit(path=path, kind="text", skipped_files=skipped)


@dataclasses.dataclass(slots=True, kw_only=True)
class _Batch:
    """Lines of files: of each its path, the lines before, and the bytes."""

    key: tuple[str, str] = ("", "")
    parts: list[tuple[str, int, bytes]] = dataclasses.field(default_factory=list)
    size: int = 0

    def split(self) -> LinesSplit:
        paths, before, blocks = zip(*self.parts, strict=True)
        return LinesSplit(
            path=paths[0],
            kind=self.key[0],
            paths=paths,
            before=before,
            n_lines=tuple(block.count(b"\n") for block in blocks),
            data=b"".join(blocks),
        )


def _blocks(member: Member, kind: str, read: ReadOptions, size: int) -> Iterator[bytes]:
    """Yield whole lines, or paragraphs with a blank line behind them."""
    stream = member.open()
    extension = next((each for each in COMPRESSIONS if member.path.lower().endswith(each)), None)
    if extension is not None and not member.is_plain:
        stream = decompressed(stream, extension)
    lines = whole_lines(member.path, blocks_of(member.path, stream, read, size))
    if kind != "paragraphs":
        yield from (split.data for split in lines)
        return
    yield from (split.data + b"\n" for split in whole_paragraphs(member.path, lines))
