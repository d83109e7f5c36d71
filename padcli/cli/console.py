"""How padcli speaks to people: colours, progress, errors, and what all screens share."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from rich.console import Console, RenderableType
from rich.progress import BarColumn, DownloadColumn, Progress, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from padcli import interrupts
from padcli.engine.progress import OnProgress
from padcli.errors import PadcliError
from padcli.text_format import visible

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
        "special": "cyan",
        "found": "reverse",
        "lost": "dim yellow",
        "pad": "dim",
    }
)


class _Console(Console):
    """A console that leaves it to the command line what becomes of a closed pipe."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def make_console(*, stderr: bool, **options: Any) -> Console:
    """A console in padcli's colours; `NO_COLOR`, `TERM=dumb` and pipes are honoured by rich."""
    return _Console(stderr=stderr, theme=THEME, highlight=False, emoji=False, markup=False, **options)


def stdout_console() -> Console:
    """A console for what was asked for, which also shows what the encoding of the terminal lacks."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    return make_console(stderr=False)


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
        disable=quiet or not console.is_interactive,
    )
    tasks: dict[str, TaskID] = {}

    def on_progress(stage: str, done: int, total: int | None) -> None:
        if stage not in tasks:
            tasks[stage] = bars.add_task(stage, total=total)
        bars.update(tasks[stage], completed=done)

    with bars, interrupts.cleaned_up_by(bars.stop):  # else the cursor stays hidden
        yield on_progress


def show_error(error: PadcliError) -> None:
    """An error, one line for what is wrong and one for each thing to do about it; never wrapped in a pipe."""
    console = make_console(stderr=True)
    for name, style, text in [("error: ", "error", error.message), ("hint:  ", "label", error.hint)]:
        for line in text.splitlines():
            console.print(Text.assemble((name, style), visible(line)), soft_wrap=not console.is_terminal)


def show(screen: RenderableType, *, stderr: bool) -> None:
    """A screen; on stdout where it is what was asked for."""
    if not stderr and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # where the encoding of the terminal lacks a character
    make_console(stderr=stderr).print(screen)


def show_facts(facts: dict[str, Any]) -> None:
    """Facts as one JSON object, on stdout."""
    sys.stdout.write(orjson.dumps(facts, option=orjson.OPT_INDENT_2).decode() + "\n")
    sys.stdout.flush()


def grid(*justify: str) -> Table:
    """A table without lines; each column is aligned as it says."""
    table = Table.grid(padding=(0, 2))
    for side in justify:
        table.add_column(justify=side)  # type: ignore[arg-type]
    return table


def headed(**options: Any) -> Table:
    """A table without lines, but with names over its columns."""
    return Table(box=None, padding=(0, 2, 0, 0), header_style="label", pad_edge=False, **options)


def label(text: str) -> Text:
    """What a figure is."""
    return Text(text, style="label")
