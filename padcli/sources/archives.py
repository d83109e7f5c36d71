"""Archives of texts and JSONL, read as they are: nothing is extracted to the disk.

Their files are read in the order in which they stand there, each like a file of a folder.
"""

from __future__ import annotations

import abc
import stat
import tarfile
import zipfile
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO, cast

from padcli.errors import InputError
from padcli.files.output_paths import check_name
from padcli.options import ReadOptions
from padcli.sources import STDIN
from padcli.sources.base import InputFacts, OnRead
from padcli.sources.compression import damage_as_input_error
from padcli.sources.input_files import facts_of
from padcli.sources.lines import FileState, refuse_change
from padcli.sources.members import LinesSplit, Member, read_lines, splits_of
from padcli.sources.records import FieldKinds, Records
from padcli.sources.streams import InputStream
from padcli.sources.whole_files import ContentsSplit, WholeFileSource

_REST = 1024 * 1024


class ArchiveSource(abc.ABC):
    """Files in a file. How they come out of it, the classes below say."""

    def __init__(self, path: str, options: ReadOptions, *, split_bytes: int, on_read: OnRead) -> None:
        self._path, self._options, self._split_bytes, self._on_read = path, options, split_bytes, on_read

    def splits(self) -> Iterator[LinesSplit | ContentsSplit]:
        """Yield the files in splits of about `split_bytes`. Raises `InputError` where there are none."""
        is_empty = True
        try:
            with damage_as_input_error(self._path):
                for split in splits_of(self._path, self._members(), self._options, self._split_bytes):
                    is_empty = False
                    yield split
        except (tarfile.TarError, zipfile.BadZipFile, RuntimeError) as error:  # the last one where it is encrypted
            raise InputError(f"{self._path}: cannot be read to the end: {error}.") from error
        if is_empty:
            raise InputError(f"{self._path}: contains no text.", hint="Hidden files do not count.")

    @staticmethod
    def read(split: LinesSplit | ContentsSplit, options: ReadOptions, field_kinds: FieldKinds) -> Records:
        """Return the records of a split."""
        if isinstance(split, ContentsSplit):
            return WholeFileSource.read(split, options, field_kinds)
        return read_lines(split, options, field_kinds)

    def observe(self, split: LinesSplit | ContentsSplit) -> None:  # noqa: B027 (there is nothing to do)
        """Do nothing: the bytes were observed as they came."""

    @abc.abstractmethod
    def facts(self) -> InputFacts:
        """Return size and digest of the archive. Raises `InputError` if it changed meanwhile."""

    @abc.abstractmethod
    def _members(self) -> Iterator[Member]:
        """Yield the files, but for hidden ones."""

    def _is_hidden(self, name: str) -> bool:
        return any(part.startswith(".") for part in name.split("/") if part not in {".", ".."})

    def _path_of(self, name: str) -> str:
        path = f"{self._path}/{name.removeprefix('./').lstrip('/')}"
        check_name(path)
        return path


class TarSource(ArchiveSource):
    """A tar archive, compressed or not; it may be a pipe."""

    def __init__(self, path: str, options: ReadOptions, *, split_bytes: int, on_read: OnRead) -> None:
        super().__init__(path, options, split_bytes=split_bytes, on_read=on_read)
        self._stream = InputStream(path, options, split_bytes=split_bytes, on_read=on_read)

    def facts(self) -> InputFacts:
        """Return size and digest of what has been read."""
        return self._stream.facts()

    def _members(self) -> Iterator[Member]:
        with self._stream.opened() as stream:
            with tarfile.open(fileobj=stream, mode="r|") as archive:
                for member in archive:
                    archive.members = []  # type: ignore[attr-defined]  # or they stay in memory
                    if member.isfile() and not self._is_hidden(member.name):
                        yield Member(self._path_of(member.name), partial(_open_member, archive, member))
            while stream.read(_REST):  # what is compressed is checked to its end
                pass


class ZipSource(ArchiveSource):
    """A zip archive, which must be a file: its list of files stands at its end."""

    def __init__(self, path: str, options: ReadOptions, *, split_bytes: int, on_read: OnRead) -> None:
        super().__init__(path, options, split_bytes=split_bytes, on_read=on_read)
        self._state = None if path == STDIN else FileState.of(path)
        if self._state is None:
            raise InputError(
                f"{path}: a zip archive cannot be read from a pipe.", hint="Save it as a file, or use tar."
            )

    def facts(self) -> InputFacts:
        """Return size and digest of the file, read once more."""
        facts = facts_of(self._path, self._options)
        if self._state is not None:
            refuse_change(self._path, self._state, FileState.of(self._path))
        return facts

    def _members(self) -> Iterator[Member]:
        with zipfile.ZipFile(self._path) as archive:
            for member in archive.infolist():
                self._on_read(member.compress_size)
                kind = stat.S_IFMT(member.external_attr >> 16)  # 0 where it was made on Windows
                if not member.is_dir() and kind in {0, stat.S_IFREG} and not self._is_hidden(member.filename):
                    yield Member(self._path_of(member.filename), partial(_open_in_zip, archive, member))


def _open_in_zip(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> BinaryIO:
    return cast(BinaryIO, archive.open(member))


def _open_member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> BinaryIO:
    opened = archive.extractfile(member)
    if opened is None:
        raise tarfile.ReadError(f"{member.name} has no content")
    return cast(BinaryIO, opened)
