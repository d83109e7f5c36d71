"""Arrays to files and back. A new format is one new file here and a line in `FORMATS`."""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

from padcli.errors import MissingLibraryError, UsageError
from padcli.files.places import as_path, exists

if TYPE_CHECKING:
    from padcli.formats.base import Format

# Where the format of an extension is, and the extra that brings its library, as in pip install "padcli[extra]".
FORMATS: dict[str, tuple[str, str | None]] = {
    ".npz": ("padcli.formats.npz:NpzFormat", None),
    ".npy": ("padcli.formats.npy:NpyFormat", None),
    ".safetensors": ("padcli.formats.safetensors:SafetensorsFormat", None),
    ".parquet": ("padcli.formats.parquet:ParquetFormat", None),
    ".arrow": ("padcli.formats.arrow_file:ArrowFormat", None),
    ".tfrecord": ("padcli.formats.tfrecord:TfrecordFormat", None),
    ".hf": ("padcli.formats.hf_folder:HfFolderFormat", None),
}
_FOLDERS = (".hf",)
STDOUT = "-"
INDEX = ".index.json"  # the end of the name of the file that lists shards


def format_for(output: str | Path) -> "Format":
    """Return the format of an output; standard output gets an npz.

    Raises `UsageError` for an unknown extension, and `MissingLibraryError` where the format's library is missing.
    """
    extension = ".npz" if str(output) == STDOUT else as_path(output).suffix.lower()
    if extension not in FORMATS:
        raise UsageError(f"-o {output}: expected a name that ends in {', '.join(FORMATS)}.")
    place, extra = FORMATS[extension]
    module, _, attribute = place.partition(":")
    try:
        return cast("Format", getattr(import_module(module), attribute)())
    except ImportError as error:
        if extra is None:
            raise
        raise MissingLibraryError(f"The format {extension}", extra) from error


def format_of_file(path: Path) -> "Format":
    """Return the format of a file that is there; what has another extension is taken for an npz."""
    if path.name.endswith(INDEX):
        return cast("Format", import_module("padcli.formats.shard_index").Index())
    return format_for(path if is_output(path) else STDOUT)


def place_of(output: Path) -> Path:
    """Return the file to open for an output: the index, where it is in shards."""
    index = output.with_suffix(INDEX)
    return index if exists(index) and not exists(output) else output


def is_output(path: str | Path) -> bool:
    """Return whether a file is an output of padcli, by its name."""
    return as_path(path).suffix.lower() in FORMATS or str(path).endswith(INDEX)


def is_folder(path: str | Path) -> bool:
    """Return whether an output of that name is a folder."""
    return as_path(path).suffix.lower() in _FOLDERS
