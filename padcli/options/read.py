"""Options of reading: how inputs become records."""

import codecs
import dataclasses
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from padcli.errors import UsageError
from padcli.options.checks import location, one_of, strings
from padcli.options.choices import EncodingErrors, Format, LabelType, OnError, Record
from padcli.options.option import BAD_RECORDS, FIELDS, INPUT, PARTS, TEXTS, Stage, option

FOLDER_LABEL = "label"


def _encoding(name: str, value: Any) -> Any:
    try:
        "".encode(value)
    except (LookupError, ValueError):
        raise UsageError(
            f"{name}: {value!r} is not a text encoding known to Python.",
            hint="Examples: utf-8, latin-1, cp1252, shift_jis, gb18030, utf-16.",
        ) from None
    return value


def _field(name: str, value: Any) -> Any:
    if not all(value.split(".")):
        raise UsageError(f"{name}: {value!r} is not a field name: there is an empty part between dots.")
    return value


def _delimiter(name: str, value: Any) -> str:
    found: str = {"\\t": "\t", "tab": "\t"}.get(value, value)
    if len(found) != 1 or not found.isascii() or found in '"\r\n\0':
        raise UsageError(f"{name}: {value!r} is not one ASCII character.", hint="Examples: ';', '|', tab.")
    return found


def _pair_fields(name: str, value: Any) -> tuple[str, ...]:
    return tuple(_field(name, field) for field in strings(name, value))


def _labels(name: str, value: Any) -> tuple[str, ...]:
    labels = strings(name, value)
    for label in labels:
        _field(name, label)
    for label in labels:
        if labels.count(label) > 1:
            raise UsageError(f"{name}: {label!r} was given twice.")
        if re.search(r"[/\\\0\ud800-\udfff]", label):
            raise UsageError(f"{name}: {label!r} cannot be used as the name of an array in a file.")
    return labels


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions(Stage):
    """Reading of inputs. Raises `UsageError` for what is wrong or contradictory."""

    format: Format | None = option(
        None,
        help="Format of the inputs: text has one record per line, jsonl one JSON object per line; csv, tsv, parquet, "
        "arrow and orc are tables; tar and zip contain files of text and jsonl.",
        panel=INPUT,
        shown_default="from the extension; text for standard input",
        check=one_of(Format),
    )
    field: str | None = option(
        None,
        help="JSONL, tables: the field or column to tokenize; dotted if nested, as in data.body. It contains a text, a "
        "list of strings (used as tokens) or a list of integers (used as ids).",
        panel=FIELDS,
        metavar="NAME",
        shown_default="text",
        check=_field,
    )
    pair_field: Sequence[str] = option(
        (),
        help="JSONL, tables: a field that holds the second text of each row, such as an answer beside a question. "
        "Repeat for more texts.",
        panel=TEXTS,
        metavar="NAME",
        check=_pair_fields,
        only=("pad",),
    )
    label: Sequence[str] = option(
        (),
        help="JSONL, tables: another field to copy to the output, row by row: numbers, booleans or strings. May be "
        "repeated.",
        panel=FIELDS,
        metavar="NAME",
        check=_labels,
        only=("pad", "compare"),
    )
    label_map: bool = option(
        False,
        help="Turn labels that are texts into integers: classes sorted, numbered from 0, and named in meta.json.",
        panel=FIELDS,
        only=("pad",),
    )
    group: str | None = option(
        None,
        help="JSONL, tables: a field whose records stay together with --split-into and --sample, such as a user or a "
        "document.",
        panel=PARTS,
        metavar="FIELD",
        check=_field,
        only=("pad",),
    )
    stratify: str | None = option(
        None,
        help="JSONL, tables: a label of which every part of --split-into gets its share, such as the class of a "
        "review.",
        panel=PARTS,
        metavar="FIELD",
        check=_field,
        only=("pad",),
    )
    record: Record | None = option(
        None,
        help="Text: what a record is: a line, a whole file, or a paragraph (up to the next blank line).",
        panel=INPUT,
        shown_default="line; must be given for a folder of texts",
        check=one_of(Record),
    )
    label_from_folder: bool = option(
        False,
        help="Copy the name of the folder that contains each file to the output, as the label `label`: that of "
        "reviews/pos/1.txt is pos.",
        panel=FIELDS,
        only=("pad", "compare"),
    )
    delimiter: str | None = option(
        None,
        help="CSV: the character between columns; tab for a tab.",
        panel=INPUT,
        metavar="C",
        shown_default="comma in CSV, tab in TSV",
        check=_delimiter,
    )
    header: bool = option(
        True,
        "--header/--no-header",
        help="CSV: take the names of columns from the first row. Without a header they are 0, 1, 2 ...",
        panel=INPUT,
    )
    quotes: bool = option(
        True,
        "--quotes/--no-quotes",
        help="CSV: a field may be in double quotes, and then contain line breaks and delimiters; or quotes have no "
        "meaning.",
        panel=INPUT,
    )
    label_type: LabelType = option(
        "auto",
        help="CSV: labels are numbers, booleans or strings as the first record has them (auto), or all strings (text).",
        panel=FIELDS,
        check=one_of(LabelType),
        only=("pad", "compare"),
    )
    encoding: str = option(
        "utf-8",
        help="Encoding of the inputs, as Python names it.",
        panel=INPUT,
        metavar="NAME",
        check=_encoding,
    )
    encoding_errors: EncodingErrors = option(
        "strict",
        help="Bytes that are invalid in this encoding: treat the record as bad (strict), or replace them with U+FFFD "
        "(replace).",
        panel=BAD_RECORDS,
        check=one_of(EncodingErrors),
    )
    on_error: OnError = option(
        "stop",
        help="On a bad record: stop and write nothing, or skip it and count it.",
        panel=BAD_RECORDS,
        check=one_of(OnError),
    )
    rejects: str | Path | None = option(
        None,
        help="Write the skipped records to a JSONL file: file, line, reason, raw text.",
        panel=BAD_RECORDS,
        metavar="FILE",
        check=location,
        only=("pad", "fit", "stats"),
    )

    def _check_together(self) -> None:
        if self.rejects is not None and self.on_error != "skip":
            raise UsageError(
                "--rejects lists skipped records, but none are skipped.",
                hint="Add --on-error skip, or remove --rejects.",
            )
        if self.label_map and not self.labels:
            raise UsageError("--label-map: there are no labels to map.", hint="Name one: --label NAME")
        if self.label_from_folder and FOLDER_LABEL in self.label:
            raise UsageError(
                "--label-from-folder and --label label: both give the label `label`.", hint="Remove one of them."
            )
        if self.record in ("file", "paragraph") and self.format == "jsonl":
            raise UsageError(f"--record {self.record}: is for text, and --format is jsonl.", hint="Remove --record.")
        if self.format == "text" and (flag := self.names_field):
            raise UsageError(
                f"{flag} names a field or column of records, but --format is text.",
                hint=f"Use --format jsonl or another one with fields, or remove {flag}.",
            )

    @property
    def for_delimited(self) -> str:
        """The first option given that only delimited text has a use for; empty where none is."""
        fields = (
            ("--delimiter", self.delimiter is not None),
            ("--no-header", not self.header),
            ("--no-quotes", not self.quotes),
            ("--label-type", self.label_type != "auto"),
        )
        return next((flag for flag, given in fields if given), "")

    @property
    def names_field(self) -> str:
        """The first option given that names a field; empty where none does."""
        fields = (
            ("--pair-field", self.pair_field),
            ("--label", self.label),
            ("--group", self.group),
            ("--stratify", self.stratify if self.stratify != self.folder_label else None),
            ("--field", self.field),  # last: it may be for those of several inputs that are not text
        )
        return next((flag for flag, given in fields if given), "")

    @property
    def folder_label(self) -> str | None:
        """The label that files have from their folders; None without one."""
        return FOLDER_LABEL if self.label_from_folder else None

    @property
    def labels(self) -> tuple[str, ...]:
        """All labels that are carried along."""
        return (*self.label, *([FOLDER_LABEL] if self.label_from_folder else []))

    @property
    def n_texts(self) -> int:
        """Number of texts of a record."""
        return 1 + len(self.pair_field)

    @property
    def is_utf8(self) -> bool:
        """True where the bytes of the input can be taken as they are."""
        return codecs.lookup(self.encoding).name == "utf-8" and self.encoding_errors == "strict"
