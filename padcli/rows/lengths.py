"""Lengths of rows, exactly, and the cost of any `maxlen`."""

import dataclasses
import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import count, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

PERCENTILES = (50, 90, 95, 99)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Cost of a `maxlen`: rows cut, tokens cut off, and cells of the array, of which some are padding."""

    rows_truncated: int
    tokens_lost: int
    cells: int
    padding: int

    @property
    def padding_share(self) -> float:
        """The part of the array that is padding, 0 to 1."""
        return self.padding / self.cells if self.cells else 0.0


class Bin(NamedTuple):
    """Rows with at least `first` and at most `last` tokens."""

    first: int
    last: int
    rows: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LengthHistogram:
    """Rows by number of tokens, exactly; merged by adding.

    `lengths`: int64 `(n,)`, rising, only those that occur (one row of ten million tokens costs one entry, not ten
    million); `counts`: int64 `(n,)`, the rows of each length.
    """

    lengths: NDArray[np.int64]
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, lengths: NDArray[np.integer]) -> "LengthHistogram":
        """The histogram of rows with `lengths` `(n_rows,)` tokens."""
        distinct, counts = np.unique(lengths, return_counts=True)
        return cls(lengths=distinct.astype(np.int64), counts=counts.astype(np.int64))

    @classmethod
    def total(cls, histograms: Iterable["LengthHistogram"]) -> "LengthHistogram":
        """Add up any number of them, at once."""
        some = [each for each in histograms if len(each.lengths)]
        if len(some) < 2:  # as of many inputs of which only one has rows
            return some[0] if some else EMPTY
        lengths, where = np.unique(np.concatenate([each.lengths for each in some]), return_inverse=True)
        counts = np.zeros(len(lengths), np.int64)
        np.add.at(counts, where, np.concatenate([each.counts for each in some]))
        return cls(lengths=lengths, counts=counts)

    def __add__(self, other: "LengthHistogram") -> "LengthHistogram":
        return LengthHistogram.total((self, other))

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.counts.sum())

    @property
    def tokens(self) -> int:
        """Number of tokens in all rows."""
        return int(self.counts @ self.lengths)

    @property
    def empty_rows(self) -> int:
        """Rows without any token."""
        return int(self.counts[self.lengths == 0].sum())

    @property
    def longest(self) -> int:
        """Tokens of the longest row; 0 if there are no rows."""
        return int(self.lengths.max(initial=0))

    @property
    def shortest(self) -> int:
        """Tokens of the shortest row; 0 if there are no rows."""
        return int(self.lengths[0]) if len(self.lengths) else 0

    @property
    def mean(self) -> float:
        """Mean number of tokens; 0 if there are no rows."""
        return self.tokens / self.rows if self.rows else 0.0

    def summary(self) -> dict[str, int | float]:
        """The least, the mean, some percentiles and the greatest."""
        percentiles = {f"p{percent}": self.percentile(percent) for percent in PERCENTILES}
        return {"min": self.shortest, "mean": round(self.mean, 3), **percentiles, "max": self.longest}

    def distance(self, other: "LengthHistogram") -> float:
        """The largest difference between the shares of rows up to any length (Kolmogorov and Smirnov's), 0 to 1."""
        if not self.rows or not other.rows:
            return 0.0
        lengths = np.union1d(self.lengths, other.lengths)
        shares = [
            np.concatenate([[0], np.cumsum(each.counts)])[np.searchsorted(each.lengths, lengths, "right")] / each.rows
            for each in (self, other)
        ]
        return float(np.abs(shares[0] - shares[1]).max())

    def percentile(self, percent: Fraction | int) -> int:
        """The smallest length that at least `percent` of the rows do not exceed (nearest rank); 0 without rows."""
        rank = math.ceil(Fraction(percent) * self.rows / 100)
        where = np.searchsorted(np.cumsum(self.counts), max(rank, 1))
        return int(self.lengths[where]) if where < len(self.lengths) else 0

    def token_percentile(self, percent: Fraction | int) -> int:
        """The smallest `maxlen` that keeps at least `percent` of the tokens, at least 1; 0 if there are none."""
        allowed = self.tokens - math.ceil(Fraction(percent) * self.tokens / 100)
        if not self.tokens:
            return 0
        return (
            bisect_left(range(1, self.longest), True, key=lambda maxlen: self.cost(maxlen).tokens_lost <= allowed) + 1
        )

    def padding_percentile(self, percent: Fraction | int) -> int:
        """The largest `maxlen` up to the longest row of whose array at most `percent` is padding; 0 if none is."""
        share = Fraction(percent) / 100

        def too_much(maxlen: int) -> bool:
            cost = self.cost(maxlen)
            return cost.padding > share * cost.cells

        return bisect_left(range(1, self.longest + 1), True, key=too_much)

    def bins(self, *, most: int, reach: int) -> list[Bin]:
        """The rows in at most `most` bins of one round width, to be drawn.

        They go up to the 99th percentile, and to `reach` if that is not much further; empty rows and the longest few
        have a bin of their own.
        """
        p99 = self.percentile(99)
        end = max(p99, min(reach, self.longest) if reach <= 2 * p99 else 1)
        width = round_width(end, most=most - 2)
        edges = [0, *range(1, end + width + 1, width)]
        if edges[-1] <= self.longest:
            edges.append(self.longest + 1)
        cumulated = np.concatenate([[0], np.cumsum(self.counts)])
        rows = np.diff(cumulated[np.searchsorted(self.lengths, edges)])
        if not rows[0]:
            edges, rows = edges[1:], rows[1:]
        return [Bin(start, stop - 1, n) for (start, stop), n in zip(pairwise(edges), rows.tolist(), strict=True)]

    def cost(self, maxlen: int) -> Cost:
        """Return the cost of a `maxlen`."""
        return self.costs([maxlen])[0]

    def costs(self, maxlens: Sequence[int]) -> list[Cost]:
        """Return the cost of each of these."""
        where = np.searchsorted(self.lengths, maxlens, side="right")
        rows = np.concatenate([[0], np.cumsum(self.counts)])
        tokens = np.concatenate([[0], np.cumsum(self.counts * self.lengths)])
        all_rows, all_tokens = int(rows[-1]), int(tokens[-1])
        costs = []
        for maxlen, whole, in_whole in zip(maxlens, rows[where].tolist(), tokens[where].tolist(), strict=True):
            kept, cells = in_whole + (all_rows - whole) * maxlen, all_rows * maxlen
            costs.append(
                Cost(rows_truncated=all_rows - whole, tokens_lost=all_tokens - kept, cells=cells, padding=cells - kept)
            )
        return costs


EMPTY = LengthHistogram(lengths=np.zeros(0, np.int64), counts=np.zeros(0, np.int64))


def round_width(end: int, *, most: int) -> int:
    """The smallest of the round numbers in `most` steps of which one comes to `end`."""
    return next(width for width in _round_numbers() if -(-end // width) <= most)


def _round_numbers() -> Iterator[int]:
    """1, 2, 5, 10, 20, 50 ..."""
    for power in count():
        yield from (10**power, 2 * 10**power, 5 * 10**power)
