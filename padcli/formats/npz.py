"""One `.npz`: a zip of NPY members, written as they come, with `meta.json` last.

The same arrays give the same bytes: times and modes in the zip are fixed. The zip format:
https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
"""

import struct
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from padcli.errors import InputError
from padcli.files.pending import PendingFiles
from padcli.formats import STDOUT
from padcli.formats.array_file import ArrayFile, NpyRows, write_npy
from padcli.formats.base import Rows, StoredRows
from padcli.formats.damage import not_a_zip
from padcli.formats.metadata_file import NAME, metadata_json, read_bounded
from padcli.schema import ArraySpec

_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_MODE = 0o644 << 16
_HEADER_ROOM = 4096
_LOCAL_HEADER = struct.Struct("<4s22xHH")  # of a member: its signature, how long its name and what follows are
_SIGNATURE = b"PK\3\4"


class NpzFormat:
    """Arrays as members of one zip; it goes to standard output where the output is `-`."""

    def check(self, specs: Sequence[ArraySpec]) -> None:
        """Accept any arrays."""

    def paths(self, output: Path, names: Iterable[str]) -> list[Path]:
        """Return the one file that all arrays go to."""
        return [output]

    def write(
        self,
        pending: PendingFiles,
        output: Path,
        rows: Rows,
        metadata: Callable[[], dict[str, Any]],
        *,
        compress: bool,
    ) -> None:
        """Write the arrays in their order, then the metadata."""
        size = 0 if compress else sum(spec.nbytes for spec in rows.specs)
        file = pending.open_stdout() if str(output) == STDOUT else pending.open(output, size=size)
        compression = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
        archive = zipfile.ZipFile(file, "w", compression)
        try:
            for spec in rows.specs:
                with archive.open(_member(f"{spec.name}.npy", compression, spec.nbytes), "w") as member:
                    write_npy(member, spec, rows.column(spec.name))
            text = metadata_json(metadata())
            archive.writestr(_member(NAME, compression, len(text)), text)
            archive.close()
        except BaseException:
            archive.fp = None  # else it would finish its directory, and fail where an interrupt left a member open
            raise

    @contextmanager
    def open(self, path: Path) -> Iterator[StoredRows]:
        """Open the zip, for as long as its arrays are read from the start."""
        if path.is_file() and not zipfile.is_zipfile(path):
            raise not_a_zip(path)
        with zipfile.ZipFile(path) as archive:
            yield _Archive(path, archive)


class _Archive(NpyRows):
    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        with archive.open(_known(archive.getinfo(NAME))) as metadata:
            super().__init__(path, read_bounded(metadata))
        self._archive = archive

    @property
    def files(self) -> list[Path]:
        return [self.path]

    @property
    def unexpected(self) -> list[str]:
        known = Counter([*(f"{name}.npy" for name in self.arrays), NAME])
        return list((Counter(self._archive.namelist()) - known).elements())

    def locate(self, name: str) -> ArrayFile:
        info = _known(self._archive.getinfo(f"{name}.npy"))
        if info.compress_type == zipfile.ZIP_STORED and not info.flag_bits & 1:  # the flag says that it is encrypted
            with self.path.open("rb") as file:
                file.seek(info.header_offset)
                signature, n_name, n_extra = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
                if signature != _SIGNATURE:
                    raise ValueError(f"{name} is not where the zip directory says")
                file.seek(n_name + n_extra, 1)
                return ArrayFile.described(file, self.path, info.filename)
        with self._archive.open(info) as member:
            return ArrayFile.described(member, self.path, info.filename, is_compressed=True)

    def _open(self, name: str) -> tuple[IO[bytes], int]:
        info = self._archive.NameToInfo.get(f"{name}.npy")
        if info is None:
            raise InputError("it is missing")
        return self._archive.open(_known(info)), info.file_size


def _known(info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """Raise `ValueError` for a member that is compressed as padcli never does: others make a million bytes of one."""
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise ValueError(f"{info.filename} is compressed by method {info.compress_type}, expected deflate or none")
    return info


def _member(name: str, compression: int, size: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = compression
    info.create_system = _UNIX
    info.external_attr = _MODE
    info.file_size = size + _HEADER_ROOM  # tells zipfile beforehand whether 64-bit sizes are needed
    return info
