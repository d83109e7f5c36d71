"""The summary of a run: what was read, how long its rows are, what the chosen `maxlen` costs, and advice."""

from pathlib import Path

from rich import filesize
from rich.bar import Bar
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from padcli import formats
from padcli.cli.console import grid, headed, label
from padcli.cli.screens.shape import shape_lines
from padcli.cli.screens.title import Title
from padcli.cli.theme import BAR_COLORS, WARNING_SIGN
from padcli.report.advice import advice
from padcli.report.run_report import Report
from padcli.rows.lengths import PERCENTILES
from padcli.text_format import n_of, percent, shown, unknown_share, visible

_BINS = 14
_BAR_WIDTH = 30


def screen(report: Report) -> RenderableType:
    """The summary of a run, to the width of the terminal."""
    parts: list[RenderableType] = [title(report), facts(report)]
    if report.histogram.rows and report.has_lengths:
        parts += ["", lengths(report), "", bars(report)]
    if report.cost is not None and report.histogram.rows:
        parts += ["", _cost(report)]
    if report.parts:
        parts += ["", _parts(report)]
    lines = advice(report)
    if lines or report.reasons:
        parts += ["", advice_lines([*report.reasons, *lines])]
    return Group(*parts)


def change(report: Report) -> Text:
    """The finding of `--if-changed`, on one line."""
    return Text(visible(report.change), no_wrap=True, overflow="ignore")


def title(report: Report) -> Title:
    """From what to what."""
    names = [facts.path if facts.path != "-" else "stdin" for facts in report.inputs]
    source = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
    if report.layout is not None:
        folders = [str(Path(path).parent) for path, _ in report.outputs or () if formats.is_folder(Path(path).parent)]
        arrays = folders or [path for path, _ in report.outputs or () if formats.is_output(path)]
        named = [path for path, _ in report.outputs or () if path.endswith(formats.INDEX)] or arrays
        output = "nothing" if report.outputs is None else named[0] if named else "stdout"
        return Title(source, output, between=" → ")
    return Title(source, report.outputs[-1][0], between=" → ") if report.outputs else Title(source)


def facts(report: Report) -> Table:
    """Rows, tokens and the vocabulary."""
    histogram, tokenizer = report.histogram, report.tokenizer
    table = grid("left", "right", "left")
    table.add_row(
        label("rows" if report.outcome is None else "records"),
        f"{histogram.rows:,}",
        f"{histogram.empty_rows:,} empty" if histogram.empty_rows else "",
    )
    if report.has_lengths:
        unknown = ""
        if tokenizer is not None:
            unknown = " ".join(unknown_share(tokenizer.unk_tokens, tokenizer.dropped_tokens, histogram.tokens))
        table.add_row(label("tokens"), f"{histogram.tokens:,}", Text(unknown.strip()))
    if tokenizer is not None:
        given = tokenizer.units is None and report.has_lengths
        how = f"{tokenizer.name}, {'given' if given else 'fitted'}"
        where = f" ({tokenizer.path})" if tokenizer.path else " (not saved)"
        table.add_row(label("vocabulary"), f"{tokenizer.vocab_size:,}", Text(visible(how + where)))
        if tokenizer.way:
            slow = tokenizer.original_rows
            rest = f"; {n_of(slow, 'row')} from the original" if 0 < slow < histogram.rows else ""
            table.add_row("", "", Text(visible(f"ids from {tokenizer.way}{rest}")))
    for name, classes in report.label_classes.items():
        table.add_row(label("classes"), f"{len(classes):,}", Text(visible(f"{name}: {shown(classes)}")))
    if report.skipped:
        table.add_row(label("not taken"), f"{report.skipped:,}", "records")
    if report.rejected:
        table.add_row(label("skipped"), f"{report.rejected:,}", f"bad records {WARNING_SIGN}", style="cut")
    return table


def lengths(report: Report) -> Table:
    """Percentiles of the rows' lengths."""
    histogram = report.histogram
    room = 2 if histogram.longest < 1_000_000 else 1  # all of it has to fit into 80 columns
    table = Table(box=None, padding=(0, room, 0, 0), header_style="label", pad_edge=False)
    values = {
        "tokens per row" if room > 1 else "tokens": "",
        "min": f"{histogram.shortest:,}",
        "mean": f"{histogram.mean:,.1f}",
        **{"median" if p == 50 else f"p{p}": f"{histogram.percentile(p):,}" for p in PERCENTILES},
        "max": f"{histogram.longest:,}",
    }
    for name in values:
        table.add_column(name, justify="right")
    table.add_row(*values.values())
    return table


def bars(report: Report) -> Table:
    """The rows by length, and where the chosen `maxlen` lies."""
    histogram = report.histogram
    maxlen = None if report.layout is None else report.layout.maxlen
    bins = histogram.bins(most=_BINS, reach=maxlen or 0)
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(justify="right")
    table.add_column(ratio=1)
    for _ in range(3):
        table.add_column(justify="right")
    highest = max(each.rows for each in bins)
    for each in bins:
        style = "whole" if maxlen is None or each.last <= maxlen or not _is_cut(report) else "cut"
        marked = maxlen is not None and each.first <= maxlen <= each.last
        table.add_row(
            label(f"{each.first:,}" if each.first == each.last else f"{each.first:,}–{each.last:,}"),
            Bar(highest, 0, each.rows, color=BAR_COLORS[style]),
            f"{each.rows:,}",
            percent(each.rows, histogram.rows),
            Text(f"◀ maxlen {maxlen:,}" if marked else WARNING_SIGN if style == "cut" else "", style="title"),
        )
    if maxlen is not None and maxlen > bins[-1].last:
        table.add_row(label(f"{maxlen:,}"), "", "0", percent(0, 1), Text(f"◀ maxlen {maxlen:,}", style="title"))
    return table


def _is_cut(report: Report) -> bool:
    """Tell whether records that are too long lose something."""
    return report.outcome is None or report.outcome.cut + report.outcome.dropped > 0


def _cost(report: Report) -> RenderableType:
    cost, layout, histogram = report.cost, report.layout, report.histogram
    if cost is None or layout is None:
        return ""
    table = grid("left", "right", "right", "left")
    cut, sign = ("cut", WARNING_SIGN) if cost.rows_truncated else ("", "")
    table.add_row(
        label("rows cut" if report.outcome is None else "records cut"),
        f"{cost.rows_truncated:,}",
        percent(cost.rows_truncated, histogram.rows),
        sign,
        style=cut,
    )
    table.add_row(
        label("tokens lost"), f"{cost.tokens_lost:,}", percent(cost.tokens_lost, histogram.tokens), sign, style=cut
    )
    if report.outcome is not None:
        for name, *figures in shape_lines(report.shape, is_packed=report.is_packed):
            table.add_row(label(name), *figures)
    table.add_row(label("padding"), f"{cost.padding:,}", percent(cost.padding, cost.cells), "of the array")
    size = sum(size for _, size in report.outputs or ())
    how = f"padded {layout.padding}{f', cut {layout.truncating}' if _is_cut(report) else ''}, with {layout.pad_id}"
    for rows, width in report.buckets or [(report.rows, layout.width)]:
        table.add_row(label("array"), f"{rows:,} × {width:,}", str(layout.dtype), how)
    table.add_row(
        label("on disk"),
        filesize.decimal(size) if size else "–",
        "",
        f"in {report.seconds:.2g} s" if report.seconds < 1 else f"in {report.seconds:.1f} s",
    )
    return table


def _parts(report: Report) -> Table:
    """The parts of `--split-into`, a line each."""
    table = headed()
    table.add_column("part")
    for name in ("rows", "tokens", "[UNK]", "rows cut", "padding"):
        table.add_column(name, justify="right")
    for name, part in report.parts:
        cost, tokens = part.cost, part.histogram.tokens
        unknown = "" if part.tokenizer is None else percent(part.tokenizer.unk_tokens, tokens)
        figures = ("", "") if cost is None else (f"{cost.rows_truncated:,}", percent(cost.padding, cost.cells))
        table.add_row(Text(visible(name)), f"{part.rows:,}", f"{tokens:,}", unknown, *figures)
    return table


def advice_lines(lines: list[str]) -> Table:
    """A line each."""
    table = grid("left", "left")
    for line in lines:
        table.add_row(Text("→", style="advice"), Text(visible(line)))
    return table


def timings(report: Report) -> RenderableType:
    """Seconds by stage: the main thread's, which add up to the whole, then those of all workers together."""
    table = grid("left", "left", "right", "left")
    before, largest = "", max(report.timings.values(), default=0.0)
    for (thread, stage), seconds in report.timings.items():
        bar = Bar(largest, 0, seconds, width=_BAR_WIDTH, color="default")
        table.add_row(label("" if thread == before else thread), stage, f"{seconds:.2f} s", bar)
        before = thread
    return Group("", table)
