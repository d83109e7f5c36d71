"""Text: one record a file. The line ends at its end are no part of it; those within it stay, as line feeds.

A folder of many small files is one input. Its splits are batches of files, which the workers read by themselves.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from padcli.errors import InputError
from padcli.options import ReadOptions
from padcli.rows.ragged import offsets_of
from padcli.sources import COMPRESSIONS
from padcli.sources.base import InputFacts, OnRead
from padcli.sources.compression import read_record, whole
from padcli.sources.file_contents import content_of
from padcli.sources.folder_labels import labels_of
from padcli.sources.folders import Folder, folder_of_records, is_folder, joined, listed
from padcli.sources.lines import LONGEST_LINE, bad_encoding, text_records, with_plain_ends
from padcli.sources.records import FieldKinds, Records
from padcli.sources.skipped_files import SkippedFiles
from padcli.sources.streams import InputStream, utf8_of

BYTES_OF_FILE = 64  # that a file weighs at the least, so that a batch of empty ones has an end
_EXPANSION = 10  # of compressed text, about
_DIGEST_BYTES = hashlib.sha256().digest_size


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FilesSplit:
    """Some files of a folder, which the worker reads.

    `sizes`, `mtimes_ns`: int64 `(n_files,)`, see `Folder`; `digests`: the sha256 of each, 32 bytes, one after the
    other, once they were read.
    """

    path: str
    names: tuple[str, ...]
    sizes: NDArray[np.int64]
    mtimes_ns: NDArray[np.int64]
    digests: bytes = b""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ContentsSplit:
    """The contents of some files, which come along: those of an archive, or one that may be a pipe.

    `is_plain`: False where some may be compressed yet.
    """

    path: str
    paths: tuple[str, ...]
    contents: tuple[bytes, ...]
    is_plain: bool = False
    skipped_files: SkippedFiles = dataclasses.field(default_factory=dict)


class WholeFileSource:
    """A folder of texts, or one text; each file is a record."""

    def __init__(
        self, path: str, options: ReadOptions, *, split_bytes: int, on_read: OnRead, folder: Folder | None = None
    ) -> None:
        self._input: _FilesOfFolder | _File = (
            _FilesOfFolder(folder or folder_of_records(path, options), split_bytes, on_read)
            if is_folder(path)
            else _File(path, options, on_read)
        )

    def splits(self) -> Iterator[FilesSplit] | Iterator[ContentsSplit]:
        """Yield batches of files, of about `split_bytes`; a longer file makes a longer one."""
        return self._input.splits()

    @staticmethod
    def read(split: FilesSplit | ContentsSplit, options: ReadOptions, field_kinds: FieldKinds) -> Records:  # noqa: ARG004 (see `Source`)
        """Return a record for each file. Bad is one that is not in the encoding of the input."""
        if isinstance(split, ContentsSplit):
            records = _records(split.paths, split.contents, options, is_plain=split.is_plain)
            return dataclasses.replace(records, skipped_files=split.skipped_files)
        paths = [joined(split.path, name) for name in split.names]
        contents = list(map(content_of, paths, split.sizes.tolist(), split.mtimes_ns.tolist()))
        digests = b"".join(hashlib.sha256(content).digest() for content in contents)
        return dataclasses.replace(
            _records(paths, contents, options), observed=dataclasses.replace(split, digests=digests)
        )

    def observe(self, split: FilesSplit | ContentsSplit) -> None:
        """Add the digests of the files to that of the folder."""
        if isinstance(split, FilesSplit) and isinstance(self._input, _FilesOfFolder):
            self._input.observe(split)

    def facts(self) -> InputFacts:
        """Return size and digest. The digest of a folder is that of what `sha256sum` prints of its files."""
        return self._input.facts()


class _FilesOfFolder:
    def __init__(self, folder: Folder, split_bytes: int, on_read: OnRead) -> None:
        self._folder, self._split_bytes, self._on_read = folder, split_bytes, on_read
        self._listing = hashlib.sha256()

    def splits(self) -> Iterator[FilesSplit]:
        """Yield batches of files."""
        folder, first = self._folder, 0
        is_compressed = np.array([name.lower().endswith(COMPRESSIONS) for name in folder.names])
        ends = np.cumsum(np.where(is_compressed, _EXPANSION, 1) * folder.sizes + BYTES_OF_FILE)
        while first < len(ends):
            full = (ends[first - 1] if first else 0) + self._split_bytes
            stop = max(first + 1, int(np.searchsorted(ends, full, "right")))
            sizes = folder.sizes[first:stop]
            self._on_read(int(sizes.sum()))
            yield FilesSplit(
                path=folder.path,
                names=folder.names[first:stop],
                sizes=sizes,
                mtimes_ns=folder.mtimes_ns[first:stop],
            )
            first = stop

    def observe(self, split: FilesSplit) -> None:
        """Add files to the listing."""
        digests = (split.digests[at : at + _DIGEST_BYTES] for at in range(0, len(split.digests), _DIGEST_BYTES))
        self._listing.update(b"".join(map(listed, digests, split.names)))

    def facts(self) -> InputFacts:
        """Return the size of all files, and the digest of the listing."""
        return InputFacts(path=self._folder.path, bytes=self._folder.bytes, sha256=self._listing.hexdigest())


class _File:
    def __init__(self, path: str, options: ReadOptions, on_read: OnRead) -> None:
        self._stream = InputStream(path, options, split_bytes=0, on_read=on_read)

    def splits(self) -> Iterator[ContentsSplit]:
        """Yield the one file."""
        path = self._stream.path
        with self._stream.opened() as stream:
            yield ContentsSplit(path=path, paths=(path,), contents=(read_record(path, stream),), is_plain=True)

    def facts(self) -> InputFacts:
        """Return size and digest of what has been read."""
        return self._stream.facts()


def _records(
    paths: Sequence[str], contents: Sequence[bytes], options: ReadOptions, *, is_plain: bool = False
) -> Records:
    """Return a record for each file. Raises `InputError` for files that are damaged, or too large."""
    if not is_plain:
        contents = list(map(whole, paths, contents))
    contents = [utf8_of(path, content, options) for path, content in zip(paths, contents, strict=True)]
    texts = [with_plain_ends(content).rstrip(b"\r\n") for content in contents]
    offsets = offsets_of(np.fromiter(map(len, texts), np.int64, len(texts)))
    if offsets[-1] > LONGEST_LINE:
        raise InputError(f"{paths[0]}: this and the files behind it are too large to be read together.")
    buffers = [None, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(b"".join(texts))]
    values = pa.Array.from_buffers(pa.binary(), len(texts), buffers)
    labels = {} if options.folder_label is None else {options.folder_label: labels_of(paths)}
    return text_records(
        values,
        lambda: (bad_encoding(path, -1, content, options) for path, content in zip(paths, contents, strict=True)),
        labels=labels,
    )
