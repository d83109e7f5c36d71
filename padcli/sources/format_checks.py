"""Checks of options against the formats of the inputs that they are for."""

from collections.abc import Sequence

from padcli.errors import UsageError
from padcli.options import ReadOptions
from padcli.sources import ARCHIVES, COLUMNAR, DELIMITED, STDIN, TEXTS


def check_formats(paths: Sequence[str], formats: Sequence[str], read: ReadOptions) -> None:
    """Raise `UsageError` for options that have no meaning for the inputs, and for a table that cannot be read so."""
    _check_records(paths, formats, read)
    _check_fields(paths, formats, read)
    if read.for_delimited and not DELIMITED.intersection(formats):
        raise UsageError(
            f"{read.for_delimited} is for CSV and TSV, and no input is.",
            hint=f"Add --format csv, or remove {read.for_delimited}.",
        )
    if COLUMNAR.issuperset(formats) and (read.encoding.lower() != "utf-8" or read.encoding_errors != "strict"):
        flag = "--encoding" if read.encoding.lower() != "utf-8" else "--encoding-errors"
        raise UsageError(f"{flag}: texts in {formats[0].capitalize()} files are UTF-8.", hint=f"Remove {flag}.")
    for path, kind in zip(paths, formats, strict=True):
        if kind in COLUMNAR and path == STDIN:
            raise UsageError(f"--format {kind}: cannot be read from standard input.", hint="Name a file.")


def _check_records(paths: Sequence[str], formats: Sequence[str], read: ReadOptions) -> None:
    """Refuse to make records of files or paragraphs where there is no text, and a label of no folder."""
    if read.label_from_folder and STDIN in paths and "tar" not in formats:
        raise UsageError("--label-from-folder: standard input is in no folder.", hint="Name files or folders.")
    with_text = {*TEXTS, *ARCHIVES, "folder"}
    other = next((path for path, kind in zip(paths, formats, strict=True) if kind not in with_text), None)
    is_needless = read.record == "paragraph" and not with_text.intersection(formats)
    if other is not None and (read.record == "file" or is_needless):
        raise UsageError(
            f"--record {read.record}: is for text, and {other} has its own records.",
            hint="Leave it out, or remove --record.",
        )


def _check_fields(paths: Sequence[str], formats: Sequence[str], read: ReadOptions) -> None:
    flag, text = read.names_field, next((kind for kind in formats if kind in TEXTS), None)
    if text is not None and flag and (TEXTS.issuperset(formats) or flag != "--field"):
        path = paths[formats.index(text)]
        raise UsageError(
            f"{flag} names a field or column of records, but {'standard input' if path == STDIN else path} is text.",
            hint="Add --format jsonl if it holds one JSON object a line, or --format csv if it is a table.",
        )
