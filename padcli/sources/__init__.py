"""Inputs to records. A new kind of input is one class and one line in `SOURCES`, its name for `--format` in options."""

import dataclasses
import os
from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING, cast, get_args

from padcli.errors import InputError
from padcli.options import Format, ReadOptions
from padcli.urls import is_url, name_of

if TYPE_CHECKING:
    from padcli.sources.base import Source


@dataclasses.dataclass(frozen=True, slots=True)
class Kind:
    """A kind of input: its class, and the extensions of files, without that of a compression."""

    source: str
    extensions: tuple[str, ...] = ()


SOURCES = {
    "text": Kind("padcli.sources.text:TextSource", ("", ".txt", ".text")),
    "jsonl": Kind("padcli.sources.jsonl:JsonlSource", (".jsonl", ".ndjson")),
    "csv": Kind("padcli.sources.delimited:CsvSource", (".csv",)),
    "tsv": Kind("padcli.sources.delimited:TsvSource", (".tsv",)),
    "parquet": Kind("padcli.sources.parquet:ParquetSource", (".parquet",)),
    "arrow": Kind("padcli.sources.arrow_ipc:ArrowSource", (".arrow", ".feather", ".ipc")),
    "orc": Kind("padcli.sources.orc:OrcSource", (".orc",)),
    "memory": Kind("padcli.sources.in_memory:TextsSource"),
    "paragraphs": Kind("padcli.sources.paragraphs:ParagraphSource"),
    "files": Kind("padcli.sources.whole_files:WholeFileSource"),
    "folder": Kind("padcli.sources.folder_of_lines:FolderOfLinesSource"),
    "tar": Kind("padcli.sources.archives:TarSource", (".tar", ".tgz", ".tbz2", ".txz", ".tzst")),
    "zip": Kind("padcli.sources.archives:ZipSource", (".zip",)),
}
STDIN = "-"
DELIMITED = frozenset(["csv", "tsv"])
COLUMNAR = frozenset(["parquet", "arrow", "orc"])
COMPRESSIONS = (".gz", ".bz2", ".xz", ".zst")

# Texts by what a record is of them; a line unless told otherwise.
_OF_RECORD = {"file": "files", "paragraph": "paragraphs"}
ARCHIVES = ("tar", "zip")
TEXTS = frozenset(["text", *_OF_RECORD.values()])


def source_class(kind: str) -> "type[Source]":
    """Return the class of this kind of input."""
    module, _, attribute = SOURCES[kind].source.partition(":")
    return cast("type[Source]", getattr(import_module(module), attribute))


def bare_name(path: str) -> PurePath:
    """Return the path without the extension of a compression."""
    pure = PurePath(name_of(path))
    return pure.with_suffix("") if pure.suffix.lower() in COMPRESSIONS else pure


def known_format(path: str) -> Format | None:
    """Return the format that the file's name stands for; None where its extension stands for none."""
    extension = "" if path == STDIN else _extension(path)
    return cast("Format | None", next((name for name, kind in SOURCES.items() if extension in kind.extensions), None))


def _extension(path: str) -> str:
    """Return the extension of a file, without that of a compression. Quick: a folder may hold very many."""
    bare, extension = os.path.splitext(name_of(path) if is_url(path) else path)  # noqa: PTH122
    extension = extension.lower()
    return os.path.splitext(bare)[1].lower() if extension in COMPRESSIONS else extension  # noqa: PTH122


def is_text(path: str) -> bool:
    """Tell whether the file's name stands for text."""
    return known_format(path) == "text"


def kind_of(path: str, read: ReadOptions) -> str:
    """Return the kind of input that a file is. Raises `InputError` for an extension that stands for none."""
    format = read.format or format_of(path)
    return _OF_RECORD.get(read.record or "line", format) if format == "text" else format


def kind_of_folder(read: ReadOptions) -> str:
    """Return the kind of input that a folder is, where it is one."""
    return "files" if read.record == "file" else "folder"


def format_of(path: str) -> Format:
    """Return the format that the file's name stands for; standard input is text unless told otherwise.

    Raises `InputError` for an extension that stands for none.
    """
    found = known_format(path)
    if found is not None:
        return found
    from padcli.sources import conversion

    extension = _extension(path)
    known = ", ".join(each for kind in SOURCES.values() for each in kind.extensions if each)
    raise InputError(
        f"{path}: unknown extension {extension!r}; known: {known}.",
        hint=conversion.of_file(path, extension)
        or "Name the format: --format "
        + " or --format ".join(each for each in get_args(Format) if each not in ARCHIVES)
        + ".",
    )
