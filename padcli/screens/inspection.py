"""What `padcli inspect` shows: what is in a file, or its rows as text."""

import io
import sys

from rich import filesize
from rich.console import Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from padcli.console import grid, label, make_console, visible
from padcli.inspection import DecodedRow, Inspection

_NOTES = {"pad", "cut"}


def show(inspection: Inspection) -> None:
    """What is in a file, on stdout: this is what was asked for. In a pipe, a row of the file is one line."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # where the encoding of the terminal lacks a character
    console = make_console(stderr=False)
    if not inspection.rows:
        console.print(_contents(inspection))
    for row in inspection.rows:
        if console.is_terminal:
            line = grid("right", "left")
            line.columns[0].min_width = 6
            line.add_row(label(str(row.index)), _decoded(row, inspection.separator))
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
    facts_table = grid("left", "left")
    tokenizer = meta["tokenizer"]
    if tokenizer is not None:
        place = tokenizer["path"] or "saved beside it, if at all"
        what = Text(f"{tokenizer['name']}, {tokenizer['vocab_size']:,} ids ({place})")
        facts_table.add_row(label("tokenizer"), what)
        facts_table.add_row("", Text(f"sha256 {tokenizer['sha256'][:16]}…"))
    for facts in meta["inputs"]:
        facts_table.add_row(label("input"), Text(f"{facts['path']}, {filesize.decimal(facts['bytes'])}"))
        facts_table.add_row("", Text(f"sha256 {facts['sha256'][:16]}…"))
    padding = meta["padding"]
    for name in ("maxlen", "padding", "truncating", "pad_id", "rows_truncated", "tokens_lost"):
        facts_table.add_row(
            label(name.replace("_", " ")), f"{padding[name]:,}" if isinstance(padding[name], int) else padding[name]
        )
    facts_table.add_row(label("made by"), f"padcli {meta['padcli']}, Keras {meta['keras']}")
    return Group(Rule(Text(inspection.path, style="title"), align="left", style="label"), arrays, "", facts_table)


def _decoded(row: DecodedRow, separator: str) -> Text:
    """A row as text; what is no text of its own stands apart by a space."""
    line = Text()
    before: str | None = None
    for kind, text in row.parts:
        if before is not None:
            line.append(" " if _NOTES & {kind, before} else separator)
        line.append(visible(text), style=kind)
        before = kind
    return line
