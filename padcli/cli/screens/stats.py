"""The screen of `padcli stats`: lengths, and each `maxlen` to choose from."""

from rich import filesize
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from padcli.cli.screens.summary import advice_lines, bars, facts, lengths, title
from padcli.report.advice import advice
from padcli.report.run_report import Stats
from padcli.rows.candidates import Candidate
from padcli.text_format import percent

_BYTES_OF_A_CELL = 5  # an int32 and its place in the mask


def screen(stats: Stats) -> RenderableType:
    """Lay out the figures, to the width of the terminal."""
    report = stats.report
    parts: list[RenderableType] = [title(report), facts(report)]
    if not report.histogram.rows:
        return Group(*parts)
    parts += ["", lengths(report), "", bars(report), "", _candidates(stats), "", _shapes(stats)]
    lines = [
        f"{what}: --maxlen {maxlen}" if maxlen else f"{what}: no maxlen meets this limit"
        for what, maxlen in stats.fits.items()
    ]
    lines.append(
        "cost: the width relative to the longest row; cost²: its square, as attention scales. 8n, 2^n: a multiple of "
        "8, a power of 2."
    )
    lines.append("windows: --overflow window; packed: --pack best-fit; 4 widths: --bucket auto:4.")
    return Group(*parts, "", advice_lines([*report.reasons, *advice(report), *lines]))


def _candidates(stats: Stats) -> Table:
    """One line for each `maxlen` to choose from."""
    histogram = stats.report.histogram
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="label", pad_edge=False, expand=False)
    for name in ("maxlen", "rows whole", "tokens lost", "padding", "array", "cost", "cost²"):
        table.add_column(name, justify="right")
    table.add_column("")
    longest = max(1, histogram.longest)
    fitting = set(stats.fits.values())
    for candidate in stats.candidates:
        cost, relative = candidate.cost, candidate.maxlen / longest
        table.add_row(
            f"{candidate.maxlen:,}",
            percent(histogram.rows - cost.rows_truncated, histogram.rows),
            percent(cost.tokens_lost, histogram.tokens),
            percent(cost.padding, cost.cells),
            filesize.decimal(_BYTES_OF_A_CELL * cost.cells),
            f"{relative:.2f}",
            f"{relative**2:.2f}",
            Text(", ".join(candidate.names)),
            style="title" if candidate.maxlen in fitting else "",
        )
    return table


def _packed(candidate: Candidate) -> tuple[str, str]:
    if candidate.packed is None:
        return "–", "–"
    cells = candidate.packed * candidate.maxlen
    return f"{candidate.packed:,}", percent(cells - candidate.tokens, cells)


def _shapes(stats: Stats) -> Table:
    """What rows of other shapes would give, a line for each `maxlen`."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="label", pad_edge=False, expand=False)
    for name in ("maxlen", "windows", "rows packed", "padding", "in 4 widths: padding"):
        table.add_column(name, justify="right")
    for candidate in stats.candidates:
        table.add_row(
            f"{candidate.maxlen:,}",
            f"{candidate.windows:,}",
            *_packed(candidate),
            percent(candidate.bucketed_padding, candidate.bucketed),
        )
    return table
