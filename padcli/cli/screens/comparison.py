"""The screen of `padcli compare`: two sets of rows side by side."""

from collections import Counter
from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from padcli.cli.console import label
from padcli.cli.screens.summary import advice_lines
from padcli.cli.screens.title import Title
from padcli.inspection.comparison import Comparison, advice
from padcli.text_format import percent, visible

_MOST_VALUES = 8  # of a label
_LETTERS = ("A", "B")  # the two sides, as in the usage
_LONGEST_NAME = 24
_FIRST_COLUMN = 20  # so that tables stand below each other


def screen(found: Comparison) -> RenderableType:
    """Two columns of figures, what they have in common, and what follows from it."""
    first, second = found.first, found.second
    paths = [Title(f"{letter}: {side.name}") for letter, side in zip(_LETTERS, (first, second), strict=True)]
    parts: list[RenderableType] = [*paths, _figures(found), "", _lengths(found)]
    for name in {**first.labels, **second.labels}:
        parts += ["", _label(name, found)]
    if lines := advice(found):
        parts += ["", advice_lines(lines)]
    return Group(*parts)


def _figures(found: Comparison) -> Table:
    table = _table("", _LETTERS)
    sides = ((found.first, found.shared_of_first), (found.second, found.shared_of_second))
    table.add_row(label("rows"), *_pairs((side.histogram.rows, None) for side, _ in sides))
    table.add_row(label("  empty"), *_pairs((side.histogram.empty_rows, side.histogram.rows) for side, _ in sides))
    table.add_row(label("  repeated"), *_pairs((side.duplicates, side.histogram.rows) for side, _ in sides))
    if found.first.rejected or found.second.rejected:
        records = ((side.rejected, side.rejected + side.histogram.rows) for side, _ in sides)
        table.add_row(label("  skipped"), *_pairs(records), style="cut")
    style = "cut" if found.shared_of_second.rows else ""
    in_both = _pairs((shared.rows, side.histogram.rows) for side, shared in sides)
    table.add_row(label("  also in the other"), *in_both, style=style)
    table.add_row(label("tokens"), *_pairs((side.tokens, None) for side, _ in sides))
    if found.first.unk_tokens is not None or found.second.unk_tokens is not None:
        table.add_row(label("  [UNK]"), *_pairs((side.unk_tokens or 0, side.tokens) for side, _ in sides))
    table.add_row(label("  also in the other"), *_pairs((shared.tokens, side.tokens) for side, shared in sides))
    table.add_row(label("unique tokens"), *_pairs((len(side.units), None) for side, _ in sides))
    table.add_row(label("  also in the other"), *_pairs((shared.units, len(side.units)) for side, shared in sides))
    return table


def _lengths(found: Comparison) -> Table:
    summaries = [side.histogram.summary() for side in (found.first, found.second)]
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="label", pad_edge=False)
    table.add_column("tokens per row")
    for name in summaries[0]:
        table.add_column("median" if name == "p50" else name, justify="right")
    for letter, summary in zip(_LETTERS, summaries, strict=True):
        values = (f"{value:,.1f}" if name == "mean" else f"{value:,}" for name, value in summary.items())
        table.add_row(letter, *values)
    return table


def _label(name: str, found: Comparison) -> Table:
    sides = [side.labels.get(name, Counter()) for side in (found.first, found.second)]
    table = _table(visible(name), _LETTERS)
    counts = [counter for counter in sides if counter is not None]
    if len(counts) < len(sides):
        table.add_row(label("many values"), "", "", "", "")
        return table
    values = [value for value, _ in (counts[0] + counts[1]).most_common(_MOST_VALUES)]
    for value in values:
        table.add_row(label(_short(str(value))), *_pairs((each[value], each.total()) for each in counts))
    rest = len({*counts[0], *counts[1]}) - len(values)
    if rest:
        table.add_row(label(f"{rest:,} more"), "", "", "", "")
    return table


def _table(head: str, names: Iterable[str]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="label", pad_edge=False)
    table.add_column(head, min_width=_FIRST_COLUMN)
    for name in names:
        table.add_column(Text(name), justify="right", min_width=12)
        table.add_column("", justify="right", min_width=6)
    return table


def _pairs(figures: Iterable[tuple[int, int | None]]) -> Iterable[str]:
    for part, whole in figures:
        yield f"{part:,}"
        yield "" if whole is None else percent(part, whole)


def _short(name: str) -> str:
    text = visible(name)
    return text if len(text) <= _LONGEST_NAME else f"…{text[1 - _LONGEST_NAME :]}"
