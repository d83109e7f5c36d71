"""What people see: progress, summary, a look into a file, errors; on stderr, but for what was asked for."""

import io
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from rich import filesize
from rich.bar import Bar
from rich.console import Console, Group, RenderableType
from rich.progress import BarColumn, DownloadColumn, Progress, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.rule import Rule
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from padcli.errors import PadcliError
from padcli.inspection import DecodedRow, Inspection
from padcli.report import PERCENTILES, Report, Stats, advice
from padcli.running import OnProgress

# One visual language for all commands, in colours that read well on dark and on light.
THEME = Theme(
    {
        "title": "bold",
        "label": "dim",
        "whole": "cyan",
        "cut": "yellow",
        "advice": "yellow",
        "error": "bold red",
        "token": "none",
        "unk": "bold magenta",
        "pad": "dim",
    }
)
_BINS = 14
_BAR_WIDTH = 30
_NOTES = {"pad", "cut"}
_BYTES_OF_A_CELL = 5  # an int32 and its place in the mask


class _Console(Console):
    """A console that leaves it to the command line what becomes of a closed pipe."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def make_console(*, stderr: bool, **options: Any) -> Console:
    """A console in padcli's colours; `NO_COLOR`, `TERM=dumb` and pipes are honoured by rich."""
    return _Console(stderr=stderr, theme=THEME, highlight=False, emoji=False, **options)


class _BytesColumn(DownloadColumn):
    """How many bytes are done, where it is bytes that are counted."""

    def render(self, task: Task) -> Text:
        return super().render(task) if task.total is not None or task.completed else Text("")


@contextmanager
def progress(*, quiet: bool) -> Iterator[OnProgress]:
    """A progress bar on stderr while the block runs, if that is a terminal; gives what is to be told of progress."""
    console = make_console(stderr=True)
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        _BytesColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=quiet or not console.is_terminal,
    )
    tasks: dict[str, TaskID] = {}

    def on_progress(stage: str, done: int, total: int | None) -> None:
        if stage not in tasks:
            tasks[stage] = bars.add_task(stage, total=total)
        bars.update(tasks[stage], completed=done)

    with bars:
        yield on_progress


def show_error(error: PadcliError) -> None:
    """An error, one line for what is wrong and one for each thing to do about it; never wrapped in a pipe."""
    console = make_console(stderr=True)
    for name, style, text in [("error: ", "error", error.message), ("hint:  ", "label", error.hint)]:
        for line in text.splitlines():
            console.print(Text.assemble((name, style), _visible(line)), soft_wrap=not console.is_terminal)


def show_summary(report: Report) -> None:
    """The summary, on stderr."""
    make_console(stderr=True).print(summary(report))


def show_timings(report: Report) -> None:
    """Where the time went, on stderr."""
    make_console(stderr=True).print(timings(report))


def timings(report: Report) -> RenderableType:
    """Seconds by stage: the main thread's, which add up to the whole, then those of all workers together."""
    table = _grid("left", "left", "right", "left")
    before, largest = "", max(report.timings.values(), default=0.0)
    for (thread, stage), seconds in report.timings.items():
        bar = Bar(largest, 0, seconds, width=_BAR_WIDTH, color="cyan")
        table.add_row(_label("" if thread == before else thread), stage, f"{seconds:.2f} s", bar)
        before = thread
    return Group("", table)


def show_json(report: Report) -> None:
    """The facts of the summary, on stdout."""
    show_facts(report.as_dict())


def show_facts(facts: dict[str, Any]) -> None:
    """Facts as one JSON object, on stdout."""
    sys.stdout.write(orjson.dumps(facts, option=orjson.OPT_INDENT_2).decode() + "\n")
    sys.stdout.flush()


def show_stats(stats: Stats) -> None:
    """Lengths, and what there is to choose from, on stdout: this is what was asked for."""
    make_console(stderr=False).print(stats_screen(stats))


def stats_screen(stats: Stats) -> RenderableType:
    """What `padcli stats` shows, to the width of the terminal."""
    report = stats.report
    parts: list[RenderableType] = [_title(report), _facts(report)]
    if not report.histogram.rows:
        return Group(*parts)
    parts += ["", _lengths(report), "", _histogram(report), "", _candidates(stats)]
    lines = [
        f"{what}: --maxlen {maxlen:,}" if maxlen else f"{what}: no maxlen keeps to that"
        for what, maxlen in stats.fits.items()
    ]
    widest = max(stats.candidates, key=lambda candidate: candidate.maxlen, default=None)
    if widest is not None and widest.cost.cells:
        cells = widest.cost.cells
        lines.append(
            f"Of an array of maxlen {widest.maxlen:,}, rows padded to a multiple of 8 only would take "
            f"{_percent(widest.bucketed, cells)}, and rows packed one after the other {_percent(widest.packed, cells)}."
        )
    return Group(*parts, "", _advice(lines))


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
            _percent(histogram.rows - cost.rows_truncated, histogram.rows),
            _percent(cost.tokens_lost, histogram.tokens),
            _percent(cost.padding, cost.cells),
            filesize.decimal(_BYTES_OF_A_CELL * cost.cells),
            f"{relative:.2f}",
            f"{relative**2:.2f}",
            Text(", ".join(candidate.names)),
            style="title" if candidate.maxlen in fitting else "",
        )
    return table


def summary(report: Report) -> RenderableType:
    """The summary of a run, to the width of the terminal."""
    parts: list[RenderableType] = [_title(report), _facts(report)]
    if report.histogram.rows and report.has_lengths:
        parts += ["", _lengths(report), "", _histogram(report)]
    if report.cost is not None and report.histogram.rows:
        parts += ["", _cost(report)]
    lines = advice(report)
    if lines or report.reasons:
        parts += ["", _advice([*report.reasons, *lines])]
    return Group(*parts)


def _title(report: Report) -> Rule:
    names = [facts.path if facts.path != "-" else "stdin" for facts in report.inputs]
    source = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
    main = f" → {report.outputs[-1][0]}" if report.outputs else ""
    if report.layout is not None:
        main = " → " + next((path for path, _ in report.outputs if path.endswith((".npz", ".npy"))), "stdout")
    return Rule(Text(_visible(source + main), style="title"), align="left", style="label")


def _grid(*justify: str) -> Table:
    table = Table.grid(padding=(0, 2))
    for side in justify:
        table.add_column(justify=side)  # type: ignore[arg-type]
    return table


def _facts(report: Report) -> Table:
    histogram, tokenizer = report.histogram, report.tokenizer
    table = _grid("left", "right", "left")
    table.add_row(
        _label("rows"), f"{histogram.rows:,}", f"{histogram.empty_rows:,} empty" if histogram.empty_rows else ""
    )
    unknown = ""
    if tokenizer is not None and histogram.tokens:
        unknown = f"{_percent(tokenizer.unk_tokens, histogram.tokens)} [UNK]"
    if report.has_lengths:
        table.add_row(_label("tokens"), f"{histogram.tokens:,}", Text(unknown))
    if tokenizer is not None:
        given = tokenizer.units is None and report.has_lengths
        how = f"{tokenizer.name}, {'given' if given else 'fitted'}"
        where = f" ({tokenizer.path})" if tokenizer.path else " (not saved)"
        table.add_row(_label("vocabulary"), f"{tokenizer.vocab_size:,}", Text(how + where))
        if tokenizer.way:
            table.add_row("", "", Text(f"ids by {tokenizer.way}"))
    if report.rejected:
        table.add_row(_label("left out"), f"{report.rejected:,}", "bad records", style="cut")
    return table


def _lengths(report: Report) -> Table:
    histogram = report.histogram
    room = 2 if histogram.longest < 1_000_000 else 1  # all of it has to fit into 80 columns
    table = Table(box=None, padding=(0, room, 0, 0), header_style="label", pad_edge=False)
    values = {
        "tokens a row" if room > 1 else "tokens": "",
        "min": f"{histogram.shortest:,}",
        "mean": f"{histogram.mean:,.1f}",
        **{"median" if p == 50 else f"p{p}": f"{histogram.percentile(p):,}" for p in PERCENTILES},
        "max": f"{histogram.longest:,}",
    }
    for name in values:
        table.add_column(name, justify="right")
    table.add_row(*values.values())
    return table


def _histogram(report: Report) -> Table:
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
        style = "whole" if maxlen is None or each.last <= maxlen else "cut"
        marked = maxlen is not None and each.first <= maxlen <= each.last
        table.add_row(
            _label(f"{each.first:,}" if each.first == each.last else f"{each.first:,}–{each.last:,}"),
            Bar(highest, 0, each.rows, color=THEME.styles[style].color or "default"),
            f"{each.rows:,}",
            _percent(each.rows, histogram.rows),
            Text(f"◀ maxlen {maxlen:,}" if marked else "", style="title"),
        )
    if maxlen is not None and maxlen > bins[-1].last:
        table.add_row(_label(f"{maxlen:,}"), "", "0", _percent(0, 1), Text(f"◀ maxlen {maxlen:,}", style="title"))
    return table


def _cost(report: Report) -> RenderableType:
    cost, layout, histogram = report.cost, report.layout, report.histogram
    if cost is None or layout is None:
        return ""
    table = _grid("left", "right", "right", "left")
    cut = "cut" if cost.rows_truncated else ""
    table.add_row(
        _label("rows cut"), f"{cost.rows_truncated:,}", _percent(cost.rows_truncated, histogram.rows), "", style=cut
    )
    table.add_row(
        _label("tokens lost"), f"{cost.tokens_lost:,}", _percent(cost.tokens_lost, histogram.tokens), "", style=cut
    )
    table.add_row(_label("padding"), f"{cost.padding:,}", _percent(cost.padding, cost.cells), "of the array")
    size = sum(size for _, size in report.outputs)
    table.add_row(
        _label("array"),
        f"{histogram.rows:,} × {layout.maxlen:,}",
        str(layout.dtype),
        f"padded {layout.padding}, cut {layout.truncating}, with {layout.pad_id}",
    )
    table.add_row(
        _label("on disk"),
        filesize.decimal(size) if size else "–",
        "",
        f"in {report.seconds:.2g} s" if report.seconds < 1 else f"in {report.seconds:.1f} s",
    )
    return table


def _advice(lines: list[str]) -> Table:
    table = _grid("left", "left")
    for line in lines:
        table.add_row(Text("→", style="advice"), Text(line))
    return table


def _visible(text: str) -> str:
    """The text without characters that would move the cursor, or more: those as Python writes them."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", lambda match: repr(match[0])[1:-1], text)


def _label(text: str) -> Text:
    return Text(text, style="label")


def _percent(part: int, whole: int) -> str:
    """A share; one that is neither nothing nor all never reads as if it were."""
    percent = 100 * part / whole if whole else 0.0
    if 0 < percent < 0.1:
        return "<0.1%"
    if 99.9 < percent < 100:
        return ">99.9%"
    return f"{percent:.1f}%"


def show_inspection(inspection: Inspection) -> None:
    """What is in a file, on stdout: this is what was asked for. In a pipe, a row of the file is one line."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # where the encoding of the terminal lacks a character
    console = make_console(stderr=False)
    if not inspection.rows:
        console.print(_contents(inspection))
    for row in inspection.rows:
        if console.is_terminal:
            line = _grid("right", "left")
            line.columns[0].min_width = 6
            line.add_row(_label(str(row.index)), _decoded(row, inspection.separator))
            console.print(line)
        else:
            console.print(Text(f"{row.index:>6}  ").append(_decoded(row, inspection.separator)), soft_wrap=True)


def _contents(inspection: Inspection) -> RenderableType:
    meta = inspection.meta
    arrays = Table(box=None, padding=(0, 2, 0, 0), header_style="label", pad_edge=False)
    for name in ("array", "dtype", "shape"):
        arrays.add_column(name)
    for name, facts in meta["arrays"].items():
        arrays.add_row(Text(name), facts["dtype"], " × ".join(f"{n:,}" for n in facts["shape"]))
    facts_table = _grid("left", "left")
    tokenizer = meta["tokenizer"]
    if tokenizer is not None:
        place = tokenizer["path"] or "saved beside it, if at all"
        what = Text(f"{tokenizer['name']}, {tokenizer['vocab_size']:,} ids ({place})")
        facts_table.add_row(_label("tokenizer"), what)
        facts_table.add_row("", Text(f"sha256 {tokenizer['sha256'][:16]}…"))
    for facts in meta["inputs"]:
        facts_table.add_row(_label("input"), Text(f"{facts['path']}, {filesize.decimal(facts['bytes'])}"))
        facts_table.add_row("", Text(f"sha256 {facts['sha256'][:16]}…"))
    padding = meta["padding"]
    for name in ("maxlen", "padding", "truncating", "pad_id", "rows_truncated", "tokens_lost"):
        facts_table.add_row(
            _label(name.replace("_", " ")), f"{padding[name]:,}" if isinstance(padding[name], int) else padding[name]
        )
    facts_table.add_row(_label("made by"), f"padcli {meta['padcli']}, Keras {meta['keras']}")
    return Group(Rule(Text(inspection.path, style="title"), align="left", style="label"), arrays, "", facts_table)


def _decoded(row: DecodedRow, separator: str) -> Text:
    """A row as text; what is no text of its own stands apart by a space."""
    line = Text()
    before: str | None = None
    for kind, text in row.parts:
        if before is not None:
            line.append(" " if _NOTES & {kind, before} else separator)
        line.append(_visible(text), style=kind)
        before = kind
    return line
