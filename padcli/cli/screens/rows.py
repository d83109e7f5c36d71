"""The rows of a file, as `padcli inspect` shows them: a table on a terminal, a line a row in a pipe."""

import sys
from collections.abc import Iterable, Iterator
from itertools import islice, zip_longest

from rich.text import Text

from padcli.cli.console import label, write_json
from padcli.cli.screens.wrapping import columns, is_certain, wrapped
from padcli.cli.theme import make_console, stdout_console
from padcli.inspection.contents import DecodedRow, FoundRows
from padcli.inspection.decoding import Part
from padcli.text_format import n_of, visible

_NOTES = {"pad", "cut"}
_WIDE = 100  # columns of a terminal, from which what was kept and what was lost stand side by side
_BATCH = 100  # rows of a table
_LABEL_WIDTH = 16
_GAP = "  "  # between columns


def show(found: FoundRows, *, json: bool) -> None:
    """Write rows to stdout, and their number to stderr. In a pipe, and as JSON, a row of the file is one line."""
    console = stdout_console()
    if console.is_terminal and not json:
        rows, is_first = iter(found.rows), True
        while batch := list(islice(rows, _BATCH)):
            console.print(_table(batch, console.width, is_first=is_first), soft_wrap=True)
            is_first = False
    else:
        for row in found.rows:
            if json:
                write_json(row.as_dict())
            else:
                sys.stdout.write(_line(row) + "\n")
        sys.stdout.flush()
    notes = make_console(stderr=True)
    for line in (_how_many(found), *_about_lost(found)):
        if line:
            notes.print(label(visible(line)), soft_wrap=not notes.is_terminal)


def _table(rows: list[DecodedRow], width: int, *, is_first: bool) -> Text:
    """Rows with what they lost beside what they kept, or below it where there is no room.

    The last column is not filled with spaces, and what is beside each other has a width that all terminals agree on.
    """
    texts = [(_styled(row.parts), _styled(row.lost or [], style="lost")) for row in rows]
    is_wide = width >= _WIDE and any(lost for _, lost in texts) and all(is_certain(kept.plain) for kept, _ in texts)
    names = ["row", "tokens", *map(visible, rows[0].labels)]
    cells = [[f"{row.index:,}", f"{row.length:,}", *map(_short, row.labels.values())] for row in rows]
    sizes = [max(map(columns, column)) for column in zip(*([names] if is_first else []), *cells, strict=True)]
    is_text = [False, False, *(isinstance(value, str) for value in rows[0].labels.values())]
    room = width - sum(sizes) - len(_GAP) * len(sizes)
    part = (room - len(_GAP)) // 2 if is_wide else room

    def lines(cells: list[str], kept: Text, lost: Text) -> Iterator[Text]:
        for left, right in zip_longest(wrapped(kept, part), wrapped(lost, part)):
            line = Text(style="label")
            for cell, size, at_left in zip(cells, sizes, is_text, strict=True):
                space = " " * (size - columns(cell))
                line.append(f"{cell}{space}{_GAP}" if at_left else f"{space}{cell}{_GAP}")
            line.append_text(left or Text())
            if right:
                line.append(" " * (part - columns(left.plain if left else "")) + _GAP)
                line.append_text(right)
            line.rstrip()
            cells = [""] * len(cells)
            yield line

    found = list[Text]()
    if is_first:
        found += lines(names, Text("kept" if is_wide else "text"), Text("lost" if is_wide else ""))
    for row, (kept, lost) in zip(cells, texts, strict=True):
        found += lines(row, kept, lost if is_wide else Text())
        if lost and not is_wide:
            found += lines(["", "lost", *[""] * (len(row) - 2)], lost, Text())
    return Text("\n").join(found)


def _short(value: object) -> str:
    """A label for a column of its own."""
    text = visible(str(value))
    return text if columns(text) <= _LABEL_WIDTH else f"{text[: _LABEL_WIDTH // 2 - 1]}…"


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
