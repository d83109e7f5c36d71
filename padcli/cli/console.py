"""The terminal: colours, progress, errors, and the parts that screens share."""

import io
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from rich.console import Console, RenderableType
from rich.progress import BarColumn, DownloadColumn, Progress, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from padcli import interrupts
from padcli.cli.theme import Unpadded, make_console
from padcli.engine.progress import OnProgress
from padcli.errors import PadcliError
from padcli.text_format import visible, visible_in_json


class _BytesColumn(DownloadColumn):
    """Bytes done, where bytes are counted."""

    def render(self, task: Task) -> Text:
        return super().render(task) if task.total is not None or task.completed else Text("")


@contextmanager
def progress(*, quiet: bool) -> Iterator[OnProgress]:
    """Show a progress bar on stderr while the block runs, if that is a terminal; yield the callback that moves it."""
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

    # A bar that is not stopped leaves the cursor hidden.
    with bars, interrupts.cleaned_up_by(bars.stop), _notes_shown(None if quiet else console):
        yield on_progress


@contextmanager
def _notes_shown(console: Console | None) -> Iterator[None]:
    """Show what engines tell of themselves, such as the address of a dashboard, while the block runs."""
    logger = logging.getLogger("padcli.engine")
    handler = _Notes(console) if console is not None else logging.NullHandler()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


class _Notes(logging.Handler):
    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        self._console.print(Text(visible(record.getMessage()), "label"), soft_wrap=not self._console.is_terminal)


def show_error(error: PadcliError) -> None:
    """Show an error: a line for what is wrong, and one for each thing to do. Lines are not wrapped in a pipe."""
    console = make_console(stderr=True)
    for name, style, text in [("error: ", "error", error.message), ("hint:  ", "label", error.hint)]:
        for line in text.splitlines():
            console.print(Text.assemble((name, style), visible(line)), soft_wrap=not console.is_terminal)


def show_warning(message: str) -> None:
    """Show a warning, also where there is no summary: the work is done, but may not be what was meant."""
    console = make_console(stderr=True)
    console.print(Text.assemble(("warning: ", "advice"), visible(message)), soft_wrap=not console.is_terminal)


def show_line(text: str) -> None:
    """Show a short line on stderr, which is not wrapped."""
    make_console(stderr=True).print(Text(visible(text), style="label"), soft_wrap=True)


def show(screen: RenderableType, *, stderr: bool) -> None:
    """Show a screen, on stderr or, where it is the result, on stdout."""
    if not stderr and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # where the encoding of the terminal lacks a character
    make_console(stderr=stderr).print(Unpadded(screen), end="")


def show_facts(facts: dict[str, Any]) -> None:
    """Write facts as one JSON object to stdout."""
    write_json(facts, option=orjson.OPT_INDENT_2)
    sys.stdout.flush()


def write_json(facts: dict[str, Any], *, option: int = 0) -> None:
    """Write facts as JSON, which does nothing to a terminal, on one line or as the `option` of orjson says."""
    sys.stdout.write(visible_in_json(orjson.dumps(facts, option=option).decode()) + "\n")


def grid(*justify: str) -> Table:
    """Make a table without lines; `justify` aligns each column."""
    table = Table.grid(padding=(0, 2))
    for side in justify:
        table.add_column(justify=side)  # type: ignore[arg-type]
    return table


def headed(**options: Any) -> Table:
    """Make a table without lines, but with names over its columns."""
    return Table(box=None, padding=(0, 2, 0, 0), header_style="label", pad_edge=False, **options)


def label(text: str) -> Text:
    """Style the name of a figure."""
    return Text(text, style="label")
