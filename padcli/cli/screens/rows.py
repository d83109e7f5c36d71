"""The rows of a file, as `padcli inspect` shows them: a table on a terminal, a line a row in a pipe."""

import sys
from collections.abc import Iterable
from itertools import islice

import orjson
from rich.table import Table
from rich.text import Text

from padcli.cli.console import headed, label
from padcli.cli.theme import make_console, stdout_console
from padcli.inspection.contents import DecodedRow, FoundRows
from padcli.inspection.decoding import Part
from padcli.text_format import n_of, visible

_NOTES = {"pad", "cut"}
_WIDE = 100  # columns of a terminal, from which what was kept and what was lost stand side by side
_BATCH = 100  # rows of a table
_LABEL_WIDTH = 16


def show(found: FoundRows, *, json: bool) -> None:
    """Write rows to stdout, and their number to stderr. In a pipe, and as JSON, a row of the file is one line."""
    console = stdout_console()
    if console.is_terminal and not json:
        rows, is_first = iter(found.rows), True
        while batch := list(islice(rows, _BATCH)):
            console.print(_table(batch, console.width, is_first=is_first))
            is_first = False
    else:
        for row in found.rows:
            sys.stdout.write((orjson.dumps(row.as_dict()).decode() if json else _line(row)) + "\n")
        sys.stdout.flush()
    notes = make_console(stderr=True)
    for line in (_how_many(found), *_about_lost(found)):
        if line:
            notes.print(label(visible(line)), soft_wrap=not notes.is_terminal)


def _table(rows: list[DecodedRow], width: int, *, is_first: bool) -> Table:
    """Rows with what they lost beside what they kept, or below it where there is no room."""
    is_wide = width >= _WIDE and any(row.lost for row in rows)
    table = headed(expand=True, show_header=is_first)
    for name in ("row", "tokens"):
        table.add_column(name, justify="right", style="label", no_wrap=True)
    for name, value in rows[0].labels.items():
        side = "left" if isinstance(value, str) else "right"
        table.add_column(Text(visible(name)), justify=side, no_wrap=True, max_width=_LABEL_WIDTH)  # type: ignore[arg-type]
    for name in ("kept", "lost") if is_wide else ("text",):
        table.add_column(name, ratio=1, overflow="fold")
    for row in rows:
        labels = [Text(visible(str(value))) for value in row.labels.values()]
        lost = _styled(row.lost or [], style="lost")
        table.add_row(f"{row.index:,}", f"{row.length:,}", *labels, _styled(row.parts), *([lost] if is_wide else []))
        if lost and not is_wide:
            table.add_row("", "lost", *[""] * len(labels), lost)
    return table


def _line(row: DecodedRow) -> str:
    """Index, tokens, text, lost text, and labels, with tabs between them."""
    labels = [visible(f"{name}={value}") for name, value in row.labels.items()]
    return "\t".join(
        [str(row.index), str(row.length), _styled(row.parts).plain, _styled(row.lost or []).plain, *labels]
    )


def _styled(parts: Iterable[Part], *, style: str = "") -> Text:
    """A row as text, each part in the style of its kind, or all in one; a note stands apart by a space."""
    line = Text()
    before = ""
    for kind, text in parts:
        if before and _NOTES & {kind, before} and not text.startswith(" "):
            line.append(" ")
        line.append(visible(text), style=style or kind)
        before = kind
    return line


def _how_many(found: FoundRows) -> str:
    """Count the rows shown, and those there are; empty where the user gave the number."""
    options, selection = found.options, found.selection
    if not options.is_selective and options.most is None:
        return ""
    asked = ["were cut"] * options.truncated + ["contain [UNK]"] * options.unk
    asked += [] if options.find is None else [f"contain {options.find!r}"]
    what = f"rows{' that ' if asked else ''}{' and '.join(asked)}"
    if options.rows is not None:
        what += f" within {options.rows}"
    if not selection.total and selection.is_all:
        return f"No {what}."
    shown, least = len(selection.rows), "" if selection.is_all else "at least "
    rest = "; --limit 0 shows all" if shown < selection.total or not selection.is_all else ""
    return f"{shown:,} of {least}{selection.total:,} {what}{', longest first' if options.longest else ''}{rest}."


def _about_lost(found: FoundRows) -> list[str]:
    """Tell where the lost text comes from, or why it cannot be shown."""
    lost, lines = found.lost, []
    if lost.n_found:
        lines.append(f"The lost text is read from {lost.place} ({lost.checked}).")
    if lost.n_missing:
        lines.append(f"The lost text of {n_of(lost.n_missing, 'row')} is not shown: {lost.why_not}")
    return lines
