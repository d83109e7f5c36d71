"""Paths of outputs, checked before any work: what is refused then leaves nothing behind."""

import os
from collections.abc import Collection, Iterable
from pathlib import Path

from padcli.errors import OutputError, UsageError
from padcli.files import remote
from padcli.files.places import UrlPath, as_path
from padcli.urls import protocol_of

STANDARD_STREAM = "-"  # standard input, or output

_READ_ONLY = {"git", "github", "http", "https", "tar", "zip"}
_BUCKETS = {"abfs", "az", "gcs", "gs", "s3", "s3a"}
_REPOSITORIES = ("datasets/", "spaces/")
_WITHOUT_FOLDERS = {"hf", "memory"}


def check_output(output: Path, tokenizer: str | os.PathLike[str]) -> None:
    """Refuse an output that cannot be written, or that would overwrite the tokenizer that it comes from."""
    check_outputs([output], [str(tokenizer)])


def check_outputs(outputs: Iterable[Path], inputs: Iterable[str], folders: Collection[Path] = ()) -> None:
    """Refuse outputs that cannot be written, and those that would overwrite an input or each other.

    `folders`: what is made where it is not there, for outputs in it.
    """
    taken = {identity(path): f"the input {path}" for path in inputs if path != STANDARD_STREAM}
    for path in (*folders, *outputs):
        check_name(str(path))
        if isinstance(path, UrlPath):
            _check_object(path)
        elif path in folders:
            _check_folder(path)
        elif path.parent not in folders or os.path.isdir(path.parent):  # noqa: PTH112 (as below)
            _check_file(path)
        real = identity(path)
        if real in taken:
            raise UsageError(f"{path}: would overwrite {taken[real]}.", hint="Choose another name.")
        taken[real] = f"the output {path}"


def identity(path: str | Path) -> str:
    """Return a name that another path of the same place has, too."""
    named = as_path(path)
    return named.url.full if isinstance(named, UrlPath) else os.path.realpath(named)


def _check_object(path: UrlPath) -> None:
    """Refuse a URL to which nothing can be written, as far as that shows without writing."""
    if path.url != path.url.full:
        raise UsageError(
            f"{path}: the URL of an output cannot have a query or a password: it is recorded with the output.",
            hint="Give credentials as the service's own tools find them, such as in the environment.",
        )
    if protocol_of(path.url) in _READ_ONLY or "::" in path.url:
        raise UsageError(f"{path}: can only be read.", hint="Write to a file, or to a store such as s3://bucket/key.")
    if not path.name or path.url.endswith("/"):
        raise UsageError(f"{path}: names no object.", hint="Add a name, such as out.npz.")
    fs, name = remote.open_file_system(path.url)
    try:
        with remote.raised_as_os_error(path.url):
            fs.invalidate_cache()
            what, folder = _container(protocol_of(path.url), name)
            if what and not fs.exists(folder):
                reason = "does not exist" if what == "folder" else "does not exist, or cannot be reached"
                raise OutputError(f"{path}: the {what} {folder} {reason}.", hint="Create it first.")
            if fs.isdir(name):
                raise OutputError(f"{path}: is a folder.")
    except PermissionError:
        return  # who may write need not be allowed to look
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}.") from error


def _container(protocol: str, name: str) -> tuple[str, str]:
    """Return the kind and the name of what an object lies in, and has to be there; empty where nothing has."""
    if protocol in _BUCKETS:
        return "bucket", name.partition("/")[0]
    if protocol == "hf" and name.startswith(_REPOSITORIES):
        return "repository", "/".join(name.split("/")[:3])
    return ("", "") if protocol in _WITHOUT_FOLDERS else ("folder", name.rpartition("/")[0])


def _check_folder(path: Path) -> None:
    """Refuse a folder that cannot be made, or replaced."""
    if os.path.exists(path) and not os.path.isdir(path):  # noqa: PTH110, PTH112
        raise OutputError(f"{path}: is a file, and this output is a folder.", hint="Choose another name.")
    _check_parent(path)


def _check_file(path: Path) -> None:
    """Refuse a file that cannot be written."""
    if str(path) == STANDARD_STREAM:
        raise UsageError("Only the arrays of `pad` can go to standard output (-).", hint="Name a file instead.")
    _check_parent(path)
    if os.path.isdir(path):  # noqa: PTH112
        raise OutputError(f"{path}: is a directory.")
    if os.path.exists(path) and not os.path.isfile(path):  # noqa: PTH110, PTH113
        raise OutputError(f"{path}: is a device or a pipe, not a regular file.", hint="Name a file.")


def _check_parent(path: Path) -> None:
    """Refuse what lies in a folder that is not there, or that cannot be written to."""
    folder = path.parent
    if not os.path.isdir(folder):  # noqa: PTH112 (Path.is_dir raises for a folder that may not be looked into)
        raise OutputError(f"{path}: the folder {folder} does not exist.", hint=f"Create it first: mkdir -p {folder}")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"{path}: the folder {folder} is not writable.")


def check_name(path: str) -> None:
    """Raise `UsageError` for a name that could not be written down."""
    try:
        path.encode()
    except UnicodeEncodeError:
        raise UsageError(
            f"{path!r}: the file name is not valid UTF-8.", hint="Rename it, or pipe it in as -."
        ) from None


def tokenizer_places(recorded: str | None, output: Path) -> list[Path]:
    """Return where the tokenizer of an output may be: where it was, from here or from the output, or beside it."""
    named = [] if recorded is None else [as_path(recorded), output.parent / recorded]
    return list(dict.fromkeys([*named, beside(output)]))


def beside(output: Path) -> Path:
    """Return the path of a fitted tokenizer, unless told otherwise."""
    return output.with_suffix(".tokenizer.json")
