"""The data of a picture of lengths: what is drawn, how far, and what each `maxlen` costs there."""

import dataclasses
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import chain, count, pairwise
from pathlib import PurePath
from typing import Any

from padcli.report.run_report import Report
from padcli.rows.lengths import LengthHistogram, round_width

_BARS = 64
_POSITIONS = 2000  # of the slider; also the points of a curve
_MOST_POINTS = 3000  # of all curves in a page, so that it stays below 1 MB
_LEAST_REACH = 10
# Percentiles up to which rows are drawn, if it is no more than so many times as far as to the one before.
_REACHES = ((75, 1), (90, 4), (95, 4), (99, 4), (Fraction("99.5"), 4), (100, 2))
_MOST_INPUTS = 8  # that can be told apart


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The values of a picture.

    `inputs`: by their names. `maxlen`: the chosen one; None where none is. `marks`: further ones, and why they are
    marked. `is_live`: whether `maxlen` can be moved. `end`: the longest rows that are drawn. `step`: from one `maxlen`
    to the next. `width`: different lengths in a bar.
    """

    inputs: Mapping[str, LengthHistogram]
    maxlen: int | None
    marks: Mapping[int, str]
    is_live: bool
    end: int
    step: int
    width: int

    @classmethod
    def of(cls, report: Report, fits: Mapping[str, int | None], *, is_live: bool) -> "Picture":
        """The picture of a run, and of the `maxlen` that it chose, or of those that keep to a limit."""
        inputs = _named(report)
        marks: dict[int, str] = {}
        for why, fitting in fits.items():
            if fitting is not None:
                marks[fitting] = f"{marks[fitting]}, {why}" if fitting in marks else why
        maxlen = None if report.layout is None else report.layout.maxlen
        if is_live and maxlen is None:
            maxlen = min(marks, default=max(1, report.histogram.percentile(95)))
        reach = max(map(_reach, inputs.values()))
        end = max([reach, *(length for length in [*marks, maxlen or 0] if length <= 2 * reach)])
        width = round_width(end, most=_BARS)
        return cls(
            inputs=inputs,
            maxlen=maxlen,
            marks=marks,
            is_live=is_live,
            end=-(-end // width) * width,
            step=round_width(end, most=min(_POSITIONS, _MOST_POINTS // len(inputs)) if is_live else _POSITIONS),
            width=width,
        )

    @property
    def name(self) -> str:
        """The input, or what there is in its place."""
        return next(iter(self.inputs)) if len(self.inputs) == 1 else f"{len(self.inputs)} inputs"

    def rows(self) -> list[dict[str, Any]]:
        """The data: what each `maxlen` costs of each input.

        `n` is the number of rows that it keeps whole and the one before it does not; `from` and `to` are the edges of
        the bar in which these are. Every position of the slider and every mark is among the `maxlen`s, so that figures
        are exact there, however many lengths there are between them.
        """
        chosen = [] if self.maxlen is None else [self.maxlen]
        maxlens = sorted({0, *range(self.step, self.end + 1, self.step), *chosen, *self.marks})
        return [row for name, histogram in self.inputs.items() for row in self._rows_of(name, histogram, maxlens)]

    def _rows_of(self, name: str, histogram: LengthHistogram, maxlens: Sequence[int]) -> list[dict[str, Any]]:
        costs = histogram.costs(maxlens)
        cut = [cost.rows_truncated for cost in costs]
        new = [histogram.rows - cut[0], *(before - after for before, after in pairwise(cut))]
        rows, tokens = histogram.rows, histogram.tokens
        return [
            {
                "input": name,
                "rows": rows,
                "tokens": tokens,
                "maxlen": maxlen,
                "n": n,
                **self._bar(maxlen),
                "cut": cost.rows_truncated,
                "lost": cost.tokens_lost,
                "padding": cost.padding,
                "cells": cost.cells,
            }
            for maxlen, n, cost in zip(maxlens, new, costs, strict=True)
        ]

    def _bar(self, length: int) -> dict[str, float]:
        """The edges of the bar that this length is in; empty rows are in the first, but where each length has one."""
        if self.width == 1:
            return {"from": length - 0.5, "to": length + 0.5}
        first = max(0, length - 1) // self.width * self.width + 1
        return {"from": first - 0.5, "to": first + self.width - 0.5}


def _reach(histogram: LengthHistogram) -> int:
    """The length up to which to draw: the longest row's, unless a few are so long that they would squash all others."""
    reach = 0
    for percent, times in _REACHES:
        length = histogram.percentile(percent)
        if reach and length > times * reach:
            break
        reach = length
    return max(reach, _LEAST_REACH)


def _named(report: Report) -> dict[str, LengthHistogram]:
    """The histograms by the names of their files, all of which differ; too many are drawn as one."""
    paths = [facts.path if facts.path != "-" else "stdin" for facts in report.inputs]
    if len(paths) > _MOST_INPUTS:
        return {f"{len(paths)} inputs together": report.histogram}
    names = [PurePath(path).name for path in paths]
    if len(set(names)) < len(set(paths)):
        names = paths
    named = dict[str, LengthHistogram]()
    for name, histogram in zip(map(_visible, names), report.histograms, strict=True):
        numbered = chain([name], (f"{name} ({number})" for number in count(2)))
        named[next(each for each in numbered if each not in named)] = histogram
    return named


def _visible(name: str) -> str:
    """A name without characters that XML does not have, or that would end a script in HTML."""
    return "".join(char if char.isprintable() and char != "<" else "\N{REPLACEMENT CHARACTER}" for char in name)
