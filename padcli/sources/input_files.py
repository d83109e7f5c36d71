"""Inputs as files: size and digest, before they are read and long afterwards."""

import hashlib
import os
import stat
import sys
from pathlib import Path

from padcli.errors import InputError
from padcli.files.places import UrlPath
from padcli.options import ReadOptions
from padcli.sources import STDIN, conversion, remote_inputs
from padcli.sources.base import InputFacts
from padcli.sources.folders import Folder, folder_of, is_folder, joined, listed
from padcli.urls import is_url


def input_size(path: str, read: ReadOptions | None = None) -> int | None:
    """Return the bytes of a regular file, None for a pipe or device. Raises `InputError` where nothing can be read.

    `read`: how a folder is read, if it may be one.
    """
    if path == STDIN:
        if sys.stdin is None:
            raise InputError("Standard input is closed.")
        return None
    if is_url(path):
        return remote_inputs.size_of(path)
    try:
        status = Path(path).stat()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}.") from error
    except ValueError as error:  # as of a name with a zero byte, which only a damaged file holds
        raise InputError(f"{path!r}: is not a file name.") from error
    if stat.S_ISDIR(status.st_mode):
        if read is None:
            raise InputError(f"{path}: is a directory.", hint=conversion.of_folder(path))
        return folder_of(path, read).bytes
    if not os.access(path, os.R_OK):
        raise InputError(f"{path}: Permission denied.")
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def found_again(path: str, output: Path) -> str:
    """Return the path of an output's input: under its name, or else beside the output."""
    if is_url(path) or isinstance(output, UrlPath):
        return path
    # Path.exists would raise for a folder that may not be looked into
    near = str(output.parent / path)
    return near if os.path.exists(near) and not os.path.exists(path) else path  # noqa: PTH110


def facts_of(path: str, read: ReadOptions | None = None) -> InputFacts:
    """Return size and digest of a regular file, as it is now. Raises `InputError` where it cannot be read.

    `read`: how a folder is read, if it may be one.
    """
    if is_url(path):
        return remote_inputs.facts_of(path)
    size = input_size(path, read)
    if size is None:
        raise InputError(f"{path}: is a pipe or a device, and can be read only once.")
    if read is not None and is_folder(path):
        return _facts_of_folder(folder_of(path, read))
    return InputFacts(path=path, bytes=size, sha256=_digest(path).hex())


def _facts_of_folder(folder: Folder) -> InputFacts:
    listing = hashlib.sha256()
    for name in folder.names:
        listing.update(listed(_digest(joined(folder.path, name)), name))
    return InputFacts(path=folder.path, bytes=folder.bytes, sha256=listing.hexdigest())


def _digest(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError as error:
        raise InputError(f"{path}: cannot be read to the end: {error.strerror}.") from error
