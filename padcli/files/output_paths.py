"""Paths of outputs, checked before any work: what is refused then leaves nothing behind."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from padcli.errors import OutputError, UsageError

STANDARD_STREAM = "-"  # standard input, or output


def check_output(output: Path, tokenizer: str | os.PathLike[str]) -> None:
    """Refuse an output that cannot be written, or that would overwrite the tokenizer that it comes from."""
    check_outputs([output], [os.fspath(tokenizer)])


def check_outputs(outputs: Iterable[Path], inputs: Iterable[str], folders: Sequence[Path] = ()) -> None:
    """Refuse outputs that cannot be written, and those that would overwrite an input or each other.

    `folders`: what is made where it is not there, for outputs in it.
    """
    taken = {os.path.realpath(path): f"the input {path}" for path in inputs if path != STANDARD_STREAM}
    for path in (*folders, *outputs):
        folder = path.parent
        check_name(str(path))
        if folder in folders and not os.path.isdir(folder):  # noqa: PTH112 (as below)
            continue
        if str(path) == STANDARD_STREAM:
            raise UsageError("Only the arrays of `pad` can go to standard output (-).", hint="Name a file instead.")
        if not os.path.isdir(folder):  # noqa: PTH112 (Path.is_dir raises for a folder that may not be looked into)
            raise OutputError(
                f"{path}: the folder {folder} does not exist.", hint=f"Create it first: mkdir -p {folder}"
            )
        if path in folders and os.path.exists(path) and not os.path.isdir(path):  # noqa: PTH110, PTH112
            raise OutputError(f"{path}: is a file, and this output is a folder.", hint="Choose another name.")
        if os.path.isdir(path) and path not in folders:  # noqa: PTH112
            raise OutputError(f"{path}: is a directory.")
        if os.path.exists(path) and not os.path.isfile(path) and path not in folders:  # noqa: PTH110, PTH113
            raise OutputError(f"{path}: is a device or a pipe, not a regular file.", hint="Name a file.")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise OutputError(f"{path}: the folder {folder} is not writable.")
        real = os.path.realpath(path)
        if real in taken:
            raise UsageError(f"{path}: would overwrite {taken[real]}.", hint="Choose another name.")
        taken[real] = f"the output {path}"


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
    named = [] if recorded is None else [Path(recorded), output.parent / recorded]
    return list(dict.fromkeys([*named, beside(output)]))


def beside(output: Path) -> Path:
    """Return the path of a fitted tokenizer, unless told otherwise."""
    return output.with_suffix(".tokenizer.json")
