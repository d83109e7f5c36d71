"""Rows in a few widths instead of one: the widths with the least padding, and the one that each row goes to."""

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from padcli.rows.lengths import LengthHistogram


def best_widths(histogram: LengthHistogram, n: int, *, multiple_of: int = 1) -> tuple[int, ...]:
    """Return at most `n` widths, rising, with the least padding in all, exactly; fewer where these are as good.

    Each is a multiple of `multiple_of`, and the last holds the longest row; empty for no rows.

    If f(j) is the least number of cells for the rows up to the j-th width, with one bucket more f'(j) is the minimum of
    f(i) + w(j) (c(j) - c(i)) over i < j, where c counts rows: the lower envelope of lines, which is walked along while
    the widths rise (https://en.wikipedia.org/wiki/Convex_hull_trick).
    """
    rounded = np.maximum(-(-histogram.lengths // multiple_of), 1) * multiple_of
    widths, where = np.unique(rounded, return_inverse=True)
    counts = np.zeros(len(widths), np.int64)
    np.add.at(counts, where, histogram.counts)
    return _chosen(widths.tolist(), counts.tolist(), n)


def _chosen(widths: list[int], counts: list[int], n: int) -> tuple[int, ...]:
    if not widths:
        return ()
    rows = [0, *accumulate(counts)]
    cells = [0, *(width * below for width, below in zip(widths, rows[1:], strict=True))]  # with one bucket
    origins, totals = [[0] * (len(widths) + 1)], [cells[-1]]
    for _ in range(min(n, len(widths)) - 1):
        cells, origin = _with_one_more(widths, rows, cells)
        origins.append(origin)
        totals.append(cells[-1])
    best, chosen = len(widths), list[int]()
    for origin in reversed(origins[: totals.index(min(totals)) + 1]):
        chosen.append(widths[best - 1])
        best = origin[best]
    return tuple(reversed(chosen))


def _with_one_more(widths: list[int], rows: list[int], cells: list[int]) -> tuple[list[int], list[int]]:
    """Return the least cells for the rows up to each width with one bucket more, and where that bucket begins."""
    envelope, first = [0], 0  # indices of lines: cells[i] - w rows[i]; their slopes fall
    best, origin = [0], [0]
    for j, width in enumerate(widths, 1):
        while first + 1 < len(envelope) and _value(envelope[first + 1], width, rows, cells) < _value(
            envelope[first], width, rows, cells
        ):
            first += 1
        begin = envelope[first]
        best.append(_value(begin, width, rows, cells) + width * rows[j])
        origin.append(begin)
        while len(envelope) - first > 1 and _is_above(envelope[-2], envelope[-1], j, rows, cells):
            envelope.pop()
        envelope.append(j)
    return best, origin


def _value(line: int, width: int, rows: list[int], cells: list[int]) -> int:
    return cells[line] - width * rows[line]


def _is_above(before: int, middle: int, after: int, rows: list[int], cells: list[int]) -> bool:
    """Tell whether the middle one of three lines is nowhere below both others."""
    return (cells[after] - cells[before]) * (rows[middle] - rows[before]) <= (cells[middle] - cells[before]) * (
        rows[after] - rows[before]
    )


def bucket_of(lengths: NDArray[np.integer], widths: Sequence[int]) -> NDArray[np.int64]:
    """Return the smallest width that holds each row, by its index, int64 `(n_rows,)`; else the last."""
    found: NDArray[np.int64] = np.minimum(np.searchsorted(widths, lengths), len(widths) - 1)
    return found
