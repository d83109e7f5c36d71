"""Inputs to chunks of texts. A new format is one new file here, its lines in two tables, and its name in options."""

from collections.abc import Callable
from importlib import import_module
from pathlib import PurePath
from typing import Any, cast, get_args

from padcli.errors import InputError
from padcli.options import Format, ReadOptions
from padcli.sources.records import Families, TextChunk

# Takes a split of an input, the options, and what is known of the fields; never raises for a bad record.
Reader = Callable[[Any, ReadOptions, Families], TextChunk]

FORMATS = {
    "text": "padcli.sources.text:read",
    "jsonl": "padcli.sources.jsonl:read",
    "memory": "padcli.sources.in_memory:read",
}
STDIN = "-"

_EXTENSIONS: dict[str, Format] = {
    "": "text",
    ".txt": "text",
    ".text": "text",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
COMPRESSIONS = (".gz", ".bz2", ".xz", ".zst")


def reader_of(format: str) -> Reader:
    """The function that turns a chunk of this format into texts."""
    module, _, attribute = FORMATS[format].partition(":")
    return cast(Reader, getattr(import_module(module), attribute))


def bare_name(path: str) -> PurePath:
    """The path without the extension of a compression."""
    pure = PurePath(path)
    return pure.with_suffix("") if pure.suffix.lower() in COMPRESSIONS else pure


def format_of(path: str) -> Format:
    """The format that the file's name stands for; standard input is text unless told otherwise.

    Raises `InputError` for an extension that stands for none.
    """
    extension = bare_name(path).suffix.lower()
    if path == STDIN or extension in _EXTENSIONS:
        return _EXTENSIONS[extension if path != STDIN else ""]
    raise InputError(
        f"{path}: cannot tell the format from {extension!r}; known are {', '.join(filter(None, _EXTENSIONS))}.",
        hint="Say which it is with --format " + " or --format ".join(get_args(Format)) + ".",
    )
