"""Delimited text, such as CSV: a record is a row, and may have line breaks within quotes.

A split ends where a record does. Bad are records with more or fewer columns than the header, with a quote that closes
before its field ends, or that are not in the encoding of the input; and such whose labels are empty, or of another kind
than the first one. Blank lines are passed over, and counted.
"""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Iterator
from typing import Any, ClassVar

from padcli.errors import InputError
from padcli.options import ReadOptions
from padcli.sources.base import InputFacts, OnRead
from padcli.sources.delimited_records import DelimitedRecords, DelimitedSplit
from padcli.sources.fields import fields_of, no_such
from padcli.sources.lines import LineSplit, RangeSplit, bad_encoding
from padcli.sources.quoting import Quoting, count_breaks, count_lines
from padcli.sources.record_cuts import RecordStream, record_ranges
from padcli.sources.records import FieldKinds, Records


class CsvSource:
    """See `Source`."""

    delimiter: ClassVar[str] = ","

    def __init__(self, path: str, options: ReadOptions, *, split_bytes: int, on_read: OnRead) -> None:
        self._path, self._options = path, options
        self._quoting = Quoting(delimiter=options.delimiter or self.delimiter, quotes=options.quotes)
        ranges = record_ranges(path, options, self._quoting, split_bytes, on_read)
        self._input = ranges or RecordStream(path, options, self._quoting, split_bytes=split_bytes, on_read=on_read)

    def splits(self) -> Iterator[DelimitedSplit]:
        """Yield parts of about `split_bytes`, whole records each. Raises `InputError` where a column is missing."""
        names, lines_before = None, 0
        for lines in self._input.splits():
            rest = lines
            if names is None:
                data = lines.data
                spans = self._quoting.records(data) if data else None
                if spans is None or not len(spans.starts):
                    lines_before += count_lines(data)
                    continue
                start, stop = int(spans.starts[0]), int(spans.stops[0])
                line = lines_before + 1 + count_breaks(data[:start])
                names = self._names(data[start:stop], line)
                if self._options.header:
                    end = stop + (2 if data.startswith(b"\r\n", stop) else 1)
                    lines_before += count_lines(data[:end])
                    rest = _without_start(lines, min(end, len(data)))
            yield DelimitedSplit(lines=rest, quoting=self._quoting, names=names, lines_before=lines_before)
            lines_before = 0

    def _names(self, first: bytes, line: int) -> tuple[str, ...]:
        place = f"{self._path}, line {line}"
        bad = bad_encoding(self._path, line - 1, first, self._options)
        if bad is not None:
            raise InputError(bad.message, hint=bad.hint)
        csv.field_size_limit(2**31 - 1)
        text, delimiter = io.StringIO(first.decode(), newline=""), self._quoting.delimiter
        has_quotes = self._quoting.quotes
        cells = next(csv.reader(text, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL if has_quotes else csv.QUOTE_NONE))
        names = tuple(cells) if self._options.header else tuple(map(str, range(len(cells))))
        for name in fields_of(self._options).values():
            if name not in names:
                hint = "" if self._options.header else "Without a header, columns are named 0, 1, 2 ...: --field 0"
                if self._options.header and len(names) == 1 and self._options.delimiter is None:
                    hint = (
                        "If the columns are separated by another character: --delimiter C. Without names: --no-header"
                    )
                reason = no_such("column", name, names)
                raise InputError(f"{place}: {reason}" + ("" if reason.endswith("?") else "."), hint=hint)
            if names.count(name) > 1:
                raise InputError(
                    f'{place}: {names.count(name)} columns are named "{name}".', hint="Rename one of them."
                )
        return names

    @staticmethod
    def read(split: DelimitedSplit, options: ReadOptions, field_kinds: FieldKinds) -> Records:
        """Return the records of a split."""
        return DelimitedRecords(split, options).read(field_kinds)

    def observe(self, split: DelimitedSplit) -> None:
        """Add to the digest of the input what a worker has read."""
        observe: Any = self._input.observe
        observe(split.lines)

    def facts(self) -> InputFacts:
        """Return size and digest. Raises `InputError` if the input changed meanwhile."""
        return self._input.facts()


class TsvSource(CsvSource):
    """See `CsvSource`; columns are separated by tabs."""

    delimiter: ClassVar[str] = "\t"


def _without_start(lines: LineSplit, n_bytes: int) -> LineSplit:
    if isinstance(lines, RangeSplit):
        return dataclasses.replace(lines, start=lines.start + n_bytes)
    return dataclasses.replace(lines, data=lines.data[n_bytes:])
