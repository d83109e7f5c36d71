"""Records: the plain types that travel between reading and tokenizing."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from padcli.errors import InputError
from padcli.rows.ragged import positions
from padcli.sources.skipped_files import SkippedFiles


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A line that cannot be used as a record, or a file.

    `line`: its number, from 1, in the split, and from where splits were merged on in the input; 0 of a record that is
    a whole file; `source`: the input, counted from 0; `where`: the row, of an input that has no lines; `reason`: what
    is wrong with it, in words.
    """

    path: str
    line: int
    source: int = 0
    where: str = ""
    reason: str
    raw: str
    hint: str = ""

    @property
    def place(self) -> str:
        """File and line, or row, as messages name them."""
        where = self.where or (f"line {self.line}" if self.line else "")
        return f"{self.path}, {where}" if where else self.path

    @property
    def listed(self) -> dict[str, str | int]:
        """The record as `--rejects` lists it; a row of a table that has no lines has a place instead."""
        place: dict[str, str | int] = {"place": self.where} if self.where else {"line": self.line}
        return {"file": self.path, **place, "reason": self.reason, "raw": self.raw}

    @property
    def message(self) -> str:
        """Place and reason as a sentence."""
        return f"{self.place}: {self.reason}" + ("" if self.reason.endswith("?") else ".")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The records of a split.

    `values`, the texts of each record side by side, `(n_records * n_texts,)`, says by its Arrow type what these are:
    `string` (texts), `list<string>` (tokens), `list<int64>` (ids), or `null` where nothing tells yet (no record, or
    empty lists only). In a text, `tail` bytes at its end are not part of it. `labels` holds the carried columns, each
    `(n_records,)` of `bool`, `int64`, `double` or `string`. `n_lines`: lines of the split, where it has any;
    `skipped_files`: those that are no input, of folders and archives; `observed`: the split with what was found while
    it was read, for `Source.observe`, where nobody should read it twice.
    """

    values: pa.Array
    tail: int = 0
    labels: dict[str, pa.Array]
    rejects: tuple[Reject, ...] = ()
    blank_lines: int = 0
    n_lines: int = 0
    skipped_files: SkippedFiles = dataclasses.field(default_factory=dict)
    observed: Any = None

    @property
    def field_kinds(self) -> FieldKinds:
        """The kind of value in each field that tells it; it must be the same in the whole corpus."""
        found = {TOKENIZED_FIELD: FIELD_KINDS.get(self.values.type)}
        found |= {name: LABEL_KINDS.get(column.type) for name, column in self.labels.items()}
        return {name: field_kind for name, field_kind in found.items() if field_kind is not None}


def text_keys(n_texts: int) -> list[str]:
    """Return keys for the texts of a record, the tokenized field first; no label can have these names."""
    return [TOKENIZED_FIELD, *("\0" * number for number in range(1, n_texts))]


def is_text_key(key: str) -> bool:
    """Tell whether a key is one of `text_keys`."""
    return not key.strip("\0")


def interleaved(texts: Sequence[pa.Array]) -> pa.Array:
    """Put the texts of each record next to each other: columns `(n,)` of one type become one of `(n * n_texts,)`."""
    if len(texts) == 1:
        return texts[0]
    order = np.arange(len(texts) * len(texts[0])).reshape(len(texts), -1).T.reshape(-1)
    return pa.concat_arrays(texts).take(positions(order))


# What a field holds, by label, where it is known.
FieldKinds = dict[str, str]

# The key of the tokenized field among them; no label can have this name.
TOKENIZED_FIELD = ""

# The keys of fields that decide on a record's part among the labels; they are none of them.
GROUP, STRATUM = "\0group", "\0stratum"

FIELD_KINDS = {pa.string(): "text", pa.list_(pa.string()): "tokens", pa.list_(pa.int64()): "ids"}
LABEL_KINDS = {pa.bool_(): "boolean", pa.int64(): "number", pa.float64(): "number", pa.string(): "text"}

# The integers up to this are float64 numbers, too.
EXACT_IN_FLOAT64 = 2**53


def mixed_numbers(label: str) -> InputError:
    """Return the error of a label whose column would have to round some of its integers."""
    return InputError(
        f"--label {label}: holds both fractions and integers beyond 2**53, which no NumPy type holds exactly.",
        hint="Store them as text, or leave the label out.",
    )
