"""One `.npz`: a zip of NPY members, written as they come, with `meta.json` last.

The same arrays give the same bytes: times and modes in the zip are fixed.
"""

import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from padcli.files.pending import PendingFiles
from padcli.formats import STDOUT, ArrayStream, meta_json

META = "meta.json"

_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_MODE = 0o644 << 16
_HEADER_ROOM = 4096


def paths(output: Path, names: Iterable[str]) -> list[Path]:
    """The one file that all arrays go to."""
    return [output]


def write(
    pending: PendingFiles,
    output: Path,
    arrays: Iterable[ArrayStream],
    meta: Callable[[], dict[str, Any]],
    *,
    compress: bool,
) -> None:
    """Write the arrays in their order, then `meta`; to standard output if `output` is `-`."""
    arrays = list(arrays)
    size = 0 if compress else sum(array.nbytes for array in arrays)
    file = pending.open_stdout() if str(output) == STDOUT else pending.open(output, size=size)
    compression = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    archive = zipfile.ZipFile(file, "w", compression)
    try:
        for array in arrays:
            with archive.open(_member(f"{array.name}.npy", compression, array.nbytes), "w") as member:
                array.write_npy(member)
        text = meta_json(meta())
        archive.writestr(_member(META, compression, len(text)), text)
        archive.close()
    except BaseException:
        archive.fp = None  # else it would finish its directory, and fail where an interrupt has left a member open
        raise


def _member(name: str, compression: int, size: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = compression
    info.create_system = _UNIX
    info.external_attr = _MODE
    info.file_size = size + _HEADER_ROOM  # tells zipfile beforehand whether 64-bit sizes are needed
    return info
