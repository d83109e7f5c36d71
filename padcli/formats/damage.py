"""Errors for files that padcli did not write, or that are damaged."""

import lzma
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from padcli.errors import InputError
from padcli.formats import FORMATS

# What zipfile, zlib and NumPy raise for bytes that are not as they were written.
DAMAGED = (
    ValueError, LookupError, TypeError, AttributeError, EOFError, NotImplementedError, RuntimeError, SyntaxError,
    OverflowError, struct.error, tokenize.TokenError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, MemoryError,
)  # fmt: skip
_ZIP = b"PK\3\4"  # the start of a zip


def not_padclis(path: Path, error: Exception) -> InputError:
    """Return the error for an output whose metadata are missing, or are not what padcli writes."""
    reason = f"it has no {error}" if isinstance(error, KeyError) else str(error)
    return InputError(f"{path}: not written by padcli, or damaged: {reason.rstrip('.')}.", hint=_expected())


def not_a_zip(path: Path) -> InputError:
    """Return the error for a file in the place of an `.npz`: cut short, or not a zip at all."""
    with path.open("rb") as file:
        is_cut_short = file.read(len(_ZIP)) == _ZIP
    hint = "Pad the text again." if is_cut_short else _expected()
    return InputError(f"{path}: not a valid .npz (truncated or damaged zip).", hint=hint)


@contextmanager
def raised_as_not_padclis(path: Path) -> Iterator[None]:
    """Convert what goes wrong in opening an output into an `InputError`."""
    try:
        yield
    except OSError as error:
        hint = _expected() if path.exists() else ""
        raise InputError(f"{error.filename or path}: {error.strerror or error}.", hint=hint) from error
    except DAMAGED as error:
        raise not_padclis(path, error) from error


@contextmanager
def raised_as_damage(path: Path) -> Iterator[None]:
    """Convert what goes wrong in reading an output into an `InputError`."""
    try:
        yield
    except OSError as error:
        raise InputError(f"{error.filename or path}: {error.strerror or error}.") from error
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError) as error:
        raise InputError(f"{path}: is damaged: {error}.", hint="Pad the text again.") from error
    except DAMAGED as error:
        raise InputError(f"{path}: not written by padcli, or damaged: {error}.", hint=_expected()) from error


@contextmanager
def raised_as_input_error() -> Iterator[None]:
    """Convert what is wrong with the bytes of an array into an `InputError` without its name."""
    try:
        yield
    except OSError as error:
        raise InputError(f"it cannot be read: {error.strerror or error}") from error
    except DAMAGED as error:
        raise InputError(f"it is damaged: {str(error).rstrip('.')}") from error


def _expected() -> str:
    return f"Expected an output of `padcli pad`: {', '.join(FORMATS)}."
