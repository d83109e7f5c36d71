"""Quotes of a table of delimited text: which of them open and close a field, and with that where its records end.

A quote opens a field where it is the first character of one, and stands for itself elsewhere outside. Within quotes, a
doubled one stands for one. That is how Python's `csv`, pandas and pyarrow read; pyarrow's lexer:
https://github.com/apache/arrow/blob/main/cpp/src/arrow/csv/parser.cc
"""

import dataclasses

import numpy as np
from numpy.typing import NDArray

_QUOTE, _LINE_FEED, _RETURN = b'"\n\r'
_QUOTES, _RETURNS = bytes([_QUOTE]), bytes([_RETURN])
_WINDOW = 64 * 1024  # bytes in which the end of a record is looked for at a time


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Quoting:
    """Characters that have a meaning: one that ends a field, and the quote, unless `quotes` is False."""

    delimiter: str
    quotes: bool = True

    def toggles(self, data: bytes) -> NDArray[np.int64]:
        """Return the positions of quotes that open or close, in turns, of data that starts where a record does.

        Each half of a doubled quote counts: the first closes and the second opens again.
        """
        if not self.quotes or _QUOTES not in data:
            return np.zeros(0, np.int64)
        bytes_ = np.frombuffer(data, np.uint8)
        quotes = np.flatnonzero(bytes_ == _QUOTE)
        before = bytes_[quotes - 1]  # of a first byte, the last one: see below
        opens = (before == ord(self.delimiter)) | (before == _LINE_FEED) | (before == _RETURN) | (quotes == 0)
        opens[1:] |= np.diff(quotes) == 1
        if opens[::2].all():
            return quotes
        return self._toggles_one_by_one(quotes, opens)

    @staticmethod
    def _toggles_one_by_one(quotes: NDArray[np.int64], opens: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return the same where some quotes outside stand for themselves, in a walk over quotes alone."""
        found, inside, closed = list[int](), False, -2
        adjacent = np.concatenate([[False], np.diff(quotes) == 1])
        for position, may_open, follows in zip(quotes.tolist(), opens.tolist(), adjacent.tolist(), strict=True):
            if inside:
                found.append(position)
                inside, closed = False, position
            elif may_open and (not follows or closed == position - 1):
                found.append(position)
                inside = True
        return np.array(found, np.int64)

    def last_end(self, data: bytes) -> int:
        """Return where the last record ends that ends for certain within the data; 0 where none does."""
        toggles = self.toggles(data)
        bytes_ = np.frombuffer(data, np.uint8)
        for stop in range(len(data), 0, -_WINDOW):
            start = max(0, stop - _WINDOW)
            ends = start + np.flatnonzero(bytes_[start:stop] == _LINE_FEED)
            ends = ends[_outside(toggles, ends)]
            if len(ends):
                return int(ends[-1]) + 1
        returns = np.flatnonzero(bytes_[:-1] == _RETURN)  # lines end in these alone, on an old Macintosh
        returns = returns[(bytes_[returns + 1] != _LINE_FEED) & _outside(toggles, returns)]
        return int(returns[-1]) + 1 if len(returns) else 0

    def records(self, data: bytes) -> "RecordSpans":
        """Return where the records of some data are, which are whole."""
        if not data:
            return RecordSpans(starts=np.zeros(0, np.int64), stops=np.zeros(0, np.int64), n_blank=0)
        bytes_, toggles = np.frombuffer(data, np.uint8), self.toggles(data)
        breaks = line_breaks(data)
        ends = breaks[_outside(toggles, breaks)]
        if not len(ends) or ends[-1] + 1 < len(data):
            ends = np.append(ends, len(data))  # the last record may have no line end
        starts = np.concatenate([np.zeros(1, np.int64), ends[:-1] + 1])
        has_return = (ends > starts) & (ends < len(data)) & (bytes_[ends - 1] == _RETURN)
        has_return &= bytes_[np.minimum(ends, len(data) - 1)] == _LINE_FEED
        stops = ends - has_return
        full = stops > starts
        n_blank = int((~full & (starts < len(data))).sum())
        return RecordSpans(starts=starts[full], stops=stops[full], n_blank=n_blank)

    def n_columns(self, data: bytes, spans: "RecordSpans") -> NDArray[np.int64]:
        """Return the number of columns of each record, `(n_records,)`."""
        delimiters = np.flatnonzero(np.frombuffer(data, np.uint8) == ord(self.delimiter))
        delimiters = delimiters[_outside(self.toggles(data), delimiters)]
        found: NDArray[np.int64] = np.searchsorted(delimiters, spans.stops) - np.searchsorted(delimiters, spans.starts)
        return found + 1

    def misplaced(self, data: bytes) -> tuple[NDArray[np.int64], int | None]:
        """Return quotes that close a field before it ends, `(n,)`, and the one that is never closed, if there is."""
        toggles = self.toggles(data)
        unclosed = int(toggles[-1]) if len(toggles) % 2 else None
        closing = toggles[1::2]
        after = np.frombuffer(data, np.uint8)[np.minimum(closing + 1, len(data) - 1)]
        fine = np.isin(after, [ord(self.delimiter), _LINE_FEED, _RETURN, _QUOTE]) | (closing + 1 == len(data))
        return closing[~fine], unclosed


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RecordSpans:
    """Records as bytes `[starts, stops)`, both `(n_records,)`, without line ends; blank lines are only counted."""

    starts: NDArray[np.int64]
    stops: NDArray[np.int64]
    n_blank: int


def line_breaks(data: bytes) -> NDArray[np.int64]:
    r"""Return the positions where lines end, quoted or not: `\n`, also that of `\r\n`, and `\r` alone."""
    bytes_ = np.frombuffer(data, np.uint8)
    breaks = np.flatnonzero(bytes_ == _LINE_FEED)
    if data.count(b"\r") == data.count(b"\r\n"):
        return breaks
    returns = np.flatnonzero(bytes_ == _RETURN)
    alone = (returns + 1 == len(data)) | (bytes_[np.minimum(returns + 1, len(data) - 1)] != _LINE_FEED)
    return np.sort(np.concatenate([breaks, returns[alone]]))


def count_breaks(data: bytes) -> int:
    """Return the number of these breaks."""
    return len(line_breaks(data)) if _RETURNS in data else data.count(b"\n")


def count_lines(data: bytes) -> int:
    """Return the number of lines, a last one without an end, too."""
    return count_breaks(data) + (bool(data) and data[-1:] not in (b"\n", b"\r"))


def _outside(toggles: NDArray[np.int64], places: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which places are outside of quotes, bool `(n,)`."""
    outside: NDArray[np.bool_] = np.searchsorted(toggles, places) % 2 == 0
    return outside
