"""The records of a part of delimited text."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from padcli.options import ReadOptions
from padcli.sources import written_labels
from padcli.sources.columns import Reasons, as_records
from padcli.sources.fields import fields_of
from padcli.sources.lines import LineSplit, bad_encoding, reject
from padcli.sources.quoting import Quoting, RecordSpans, count_lines, line_breaks
from padcli.sources.records import GROUP, STRATUM, FieldKinds, Records, Reject, is_text_key

_BOM, _RETURN = b"\xef\xbb\xbf", b"\r"
_QUOTE_HINT = "If quotes have no meaning in this file: --no-quotes."
_LABEL_HINT = "The first record decides what a label is. If all of them are meant as strings: --label-type text."


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DelimitedSplit:
    """Whole records. `names`: of the columns; `lines_before`: of the header, where it comes before the records."""

    lines: LineSplit
    quoting: Quoting
    names: tuple[str, ...]
    lines_before: int = 0

    @property
    def path(self) -> str:
        """The input, for messages."""
        return self.lines.path


class DelimitedRecords:
    """The records of a split."""

    def __init__(self, split: DelimitedSplit, options: ReadOptions) -> None:
        self._split, self._options, self._data = split, options, split.lines.data
        self._found: RecordSpans | None = None
        self._breaks: NDArray[np.int64] | None = None

    def read(self, field_kinds: FieldKinds) -> Records:
        """Return them, bad ones as rejects."""
        data, split = self._data, self._split
        structure: Reasons = {}
        table = self._parsed(data) if _has_records(data) and self._is_fine() else None
        if table is None and _has_records(data):
            structure = self._bad_records()
            data = self._without(structure)
            table = self._parsed(data) if _has_records(data) else None
        n_good = 0 if table is None else table.num_rows
        kept = self._kept(structure, n_good)
        reasons: Reasons = {}
        columns = self._columns(table, field_kinds, reasons)

        def as_reject(row: int, reason: str) -> Reject:
            return self._reject(row if kept is None else int(kept[row]), reason, _LABEL_HINT)

        found = as_records(columns, reasons, as_reject, split.path)
        rejects = [*(self._reject(record, structure[record], "") for record in structure), *found.rejects]
        return dataclasses.replace(
            found,
            rejects=tuple(sorted(rejects, key=lambda bad: bad.line)),
            blank_lines=self._blank_lines(),
            n_lines=count_lines(self._data) + split.lines_before,
        )

    def _is_fine(self) -> bool:
        """Tell whether all is in the encoding, and quotes stand where they may."""
        early, unclosed = self._split.quoting.misplaced(self._data)
        return not len(early) and unclosed is None and _is_utf8(self._data)

    def _parsed(self, data: bytes) -> pa.Table | None:
        """Return the columns that are needed, named by their numbers; None where a record has more or fewer."""
        from pyarrow import csv as arrow_csv

        split, bad = self._split, list[Any]()
        names = fields_of(self._options).values()
        needed = [str(number) for number in sorted({split.names.index(name) for name in names})]
        if data.startswith(_BOM):
            data = b"\n" + data  # else it would be taken for the start of a file

        def skip(row: object) -> str:
            bad.append(row)
            return "skip"

        table = arrow_csv.read_csv(
            pa.BufferReader(data),
            read_options=arrow_csv.ReadOptions(
                use_threads=False,
                block_size=min(len(data) + 1, 2**31 - 1),
                column_names=[str(number) for number in range(len(split.names))],
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=split.quoting.delimiter,
                quote_char='"' if split.quoting.quotes else False,
                newlines_in_values=split.quoting.quotes,
                invalid_row_handler=skip,
            ),
            convert_options=arrow_csv.ConvertOptions(
                check_utf8=False, include_columns=needed, column_types=dict.fromkeys(needed, pa.string())
            ),
        )
        return None if bad else table

    def _columns(self, table: pa.Table | None, field_kinds: FieldKinds, reasons: Reasons) -> dict[str, pa.Array]:
        names = fields_of(self._options)
        if table is None:
            return {label: pa.nulls(0) if not is_text_key(label) else pa.array([], pa.string()) for label in names}
        written = {label: _whole(table[str(self._split.names.index(name))]) for label, name in names.items()}
        labels = [label for label in names if not is_text_key(label)]
        for label in labels:
            for row in np.flatnonzero(pc.equal(written[label], "").to_numpy(zero_copy_only=False)).tolist():
                reasons.setdefault(row, f'column "{names[label]}" is empty')
        first = next((row for row in range(table.num_rows) if row not in reasons), None)
        for label in labels:
            if first is None:
                written[label] = pa.nulls(table.num_rows)
            elif label not in {GROUP, STRATUM} and self._options.label_type != "text":
                kind = field_kinds.get(label) or written_labels.kind_of(written[label][first].as_py())
                written[label] = written_labels.typed(written[label], kind, names[label], reasons)
        return written

    def _spans(self) -> RecordSpans:
        if self._found is None:
            self._found = self._split.quoting.records(self._data)
        return self._found

    def _blank_lines(self) -> int:
        data = self._data
        if self._found is None and not data.startswith((b"\n", b"\r")):
            pairs = (b"\n\n", b"\n\r", b"\r\r")
            if not any(pair in data for pair in pairs[: 3 if _RETURN in data else 1]):
                return 0
        return self._spans().n_blank if data else 0

    def _kept(self, structure: Reasons, n_good: int) -> NDArray[np.int64] | None:
        if not structure:
            return None
        kept = np.ones(n_good + len(structure), np.bool_)
        kept[list(structure)] = False
        return np.flatnonzero(kept)

    def _bad_records(self) -> Reasons:
        """Return why records cannot be read, by their number."""
        data, spans, quoting, names = self._data, self._spans(), self._split.quoting, self._split.names
        reasons: Reasons = {}
        if not _is_utf8(data):
            for record in range(len(spans.starts)):
                raw = data[spans.starts[record] : spans.stops[record]]
                if bad := bad_encoding(self._split.path, 0, raw, self._options):
                    reasons.setdefault(record, bad.reason)
        early, unclosed = quoting.misplaced(data)
        if unclosed is not None:
            record = int(np.searchsorted(spans.starts, unclosed, side="right")) - 1
            reasons.setdefault(record, "a quoted field is never closed")
        for record in np.unique(np.searchsorted(spans.starts, early, side="right") - 1).tolist():
            reasons.setdefault(record, "a quoted field goes on after its closing quote")
        counts = quoting.n_columns(data, spans)
        for record in np.flatnonzero(counts != len(names)).tolist():
            as_what = "as in the header" if self._options.header else "as in the first record"
            reasons.setdefault(record, f"found {_columns(counts[record])}, expected {len(names):,}, {as_what}")
        return reasons

    def _without(self, reasons: Reasons) -> bytes:
        spans, data = self._spans(), self._data
        ends = np.append(spans.starts[1:], len(data))
        parts, start = list[bytes](), int(spans.starts[0])
        for record in sorted(reasons):
            parts.append(data[start : spans.starts[record]])
            start = int(ends[record])
        return b"".join([*parts, data[start:]])

    def _reject(self, record: int, reason: str, hint: str) -> Reject:
        start, stop = int(self._spans().starts[record]), int(self._spans().stops[record])
        raw = self._data[start:stop]
        if self._breaks is None:
            self._breaks = line_breaks(self._data)
        row = self._split.lines_before + int(np.searchsorted(self._breaks, start))
        found = reject(self._split.path, row, raw, reason)
        bad = bad_encoding(self._split.path, 0, raw, self._options) if reason.startswith("not valid") else None
        is_quoting = "quoted field" in reason
        hint = bad.hint if bad else _QUOTE_HINT if is_quoting else hint if "as in the records before" in reason else ""
        return dataclasses.replace(found, hint=hint)


def _has_records(data: bytes) -> bool:
    return re.match(rb"[\r\n]*\Z", data) is None


def _columns(number: int) -> str:
    return "1 column" if number == 1 else f"{number:,} columns"


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays([*column.chunks, pa.array([], column.type)])


def _is_utf8(data: bytes) -> bool:
    offsets = pa.py_buffer(np.array([0, len(data)], np.int32))
    try:
        pa.Array.from_buffers(pa.binary(), 1, [None, offsets, pa.py_buffer(data)]).cast(pa.string())
    except pa.ArrowInvalid:
        return False
    return True
