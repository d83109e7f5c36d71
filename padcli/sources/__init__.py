"""Inputs to records. A new kind of input is one class and one line in `SOURCES`, its name for `--format` in options."""

import dataclasses
from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING, cast, get_args

from padcli.errors import InputError
from padcli.options import Format

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
}
STDIN = "-"
DELIMITED = frozenset(["csv", "tsv"])
COLUMNAR = frozenset(["parquet", "arrow", "orc"])
COMPRESSIONS = (".gz", ".bz2", ".xz", ".zst")


def source_class(kind: str) -> "type[Source]":
    """Return the class of this kind of input."""
    module, _, attribute = SOURCES[kind].source.partition(":")
    return cast("type[Source]", getattr(import_module(module), attribute))


def bare_name(path: str) -> PurePath:
    """Return the path without the extension of a compression."""
    pure = PurePath(path)
    return pure.with_suffix("") if pure.suffix.lower() in COMPRESSIONS else pure


def format_of(path: str) -> Format:
    """Return the format that the file's name stands for; standard input is text unless told otherwise.

    Raises `InputError` for an extension that stands for none.
    """
    formats = {extension: name for name, kind in SOURCES.items() for extension in kind.extensions}
    extension = bare_name(path).suffix.lower() if path != STDIN else ""
    if extension in formats:
        return cast(Format, formats[extension])
    from padcli.sources import conversion

    raise InputError(
        f"{path}: unknown extension {extension!r}; known: {', '.join(filter(None, formats))}.",
        hint=conversion.of_file(path, extension)
        or "Name the format: --format " + " or --format ".join(get_args(Format)) + ".",
    )
