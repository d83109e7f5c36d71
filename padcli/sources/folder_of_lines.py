"""A folder of many small files of lines, texts or JSONL, as one input: each alone would be far more work than it holds.

Its files are read one after the other, like those of an archive.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from padcli.options import ReadOptions
from padcli.sources.base import InputFacts, OnRead
from padcli.sources.compression import whole
from padcli.sources.file_contents import content_of
from padcli.sources.folders import Folder, folder_of_inputs, joined, listed
from padcli.sources.members import LinesSplit, Member, lines_of, read_lines
from padcli.sources.records import FieldKinds, Records
from padcli.sources.streams import InputStream


class FolderOfLinesSource:
    """A folder, each line of its files a record, or each paragraph."""

    def __init__(
        self, path: str, options: ReadOptions, *, split_bytes: int, on_read: OnRead, folder: Folder | None = None
    ) -> None:
        self._folder = folder or folder_of_inputs(path, options)
        self._options, self._split_bytes, self._on_read = options, split_bytes, on_read
        self._listing = hashlib.sha256()

    def splits(self) -> Iterator[LinesSplit]:
        """Yield the lines of all files in splits of about `split_bytes`."""
        return lines_of(self._folder.path, self._members(), self._options, self._split_bytes)

    @staticmethod
    def read(split: LinesSplit, options: ReadOptions, field_kinds: FieldKinds) -> Records:
        """Return the records of a split."""
        return read_lines(split, options, field_kinds)

    def observe(self, split: LinesSplit) -> None:
        """Do nothing: the bytes were observed as they came."""

    def facts(self) -> InputFacts:
        """Return the size of all files, and the digest of the listing."""
        return InputFacts(path=self._folder.path, bytes=self._folder.bytes, sha256=self._listing.hexdigest())

    def _members(self) -> Iterator[Member]:
        folder = self._folder
        files = zip(folder.names, folder.sizes.tolist(), folder.mtimes_ns.tolist(), strict=True)
        for name, size, mtime_ns in files:
            path = joined(folder.path, name)
            if size > self._split_bytes:
                stream = InputStream(path, self._options, split_bytes=self._split_bytes, on_read=self._on_read)
                with stream.opened() as opened:
                    yield Member(path, partial(_itself, opened), is_plain=True)
                digest = bytes.fromhex(stream.facts().sha256)
            else:
                data = content_of(path, size, mtime_ns)
                self._on_read(size)
                yield Member(path, partial(io.BytesIO, whole(path, data)), is_plain=True)
                digest = hashlib.sha256(data).digest()
            self._listing.update(listed(digest, name))


def _itself(stream: BinaryIO) -> BinaryIO:
    return stream
