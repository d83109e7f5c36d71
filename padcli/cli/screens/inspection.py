"""The content of a file, as `padcli inspect` shows it: figures, lengths, labels, arrays, and their origin."""

from typing import Any

import numpy as np
from rich import filesize
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from padcli.cli.console import grid, headed, label, show_facts
from padcli.cli.screens.shape import shape_lines
from padcli.cli.screens.title import Title
from padcli.cli.theme import WARNING_SIGN, Unpadded, stdout_console
from padcli.inspection.contents import Column, Contents
from padcli.text_format import percent, unknown_share, visible

_VALUE_WIDTH = 24
_DIGEST = 16  # characters of it that are shown


def show(contents: Contents, *, json: bool) -> None:
    """Write the content of a file to stdout, since it is the result."""
    if json:
        show_facts(contents.as_dict())
    else:
        stdout_console().print(Unpadded(_screen(contents)), end="")


def _screen(contents: Contents) -> RenderableType:
    meta = contents.meta
    parts: list[RenderableType] = [
        Title(contents.path),
        _figures(contents),
    ]
    if meta["rows"]:
        parts += ["", _lengths(meta["lengths"])]
    if contents.labels:
        parts += ["", _labels(contents.labels, meta["rows"], meta.get("label_classes", {}))]
    return Group(*parts, "", _arrays(meta), "", _origin(meta))


def _figures(contents: Contents) -> Table:
    """Rows and tokens, what the maxlen cost, and how large it all is."""
    meta, padding = contents.meta, contents.meta["padding"]
    rows, tokens = meta["rows"], meta["tokens"]
    table = grid("left", "right", "right", "left")
    table.add_row(label("rows"), f"{rows:,}", "", f"{meta['empty_rows']:,} empty" if meta["empty_rows"] else "")
    tokenizer = meta["tokenizer"]
    unknown = tokenizer and unknown_share(tokenizer["unk_tokens"], tokenizer.get("dropped_tokens", 0), tokens)
    share, what = unknown or ("", "")
    table.add_row(label("tokens"), f"{tokens:,}", share, Text(what))
    for name, of, whole in (
        ("records cut" if "shape" in meta else "rows cut", "rows_truncated", rows),
        ("tokens lost", "tokens_lost", tokens),
    ):
        style = "cut" if padding[of] else ""
        table.add_row(
            label(name), f"{padding[of]:,}", percent(padding[of], whole), WARNING_SIGN if style else "", style=style
        )
    shape, width = meta.get("shape"), padding.get("width", padding["maxlen"])
    cells = rows * width
    empty = cells - (tokens - padding["tokens_lost"] if shape is None else shape["tokens"])
    if shape is not None:
        for name, *figures in shape_lines(shape, is_packed="row_offsets" in meta["arrays"]):
            table.add_row(label(name), *figures)
    table.add_row(label("padding"), f"{empty:,}", percent(empty, cells), "of the array")
    how = f"padded {padding['padding']}, cut {padding['truncating']}, with {padding['pad_id']}"
    table.add_row(label("array"), f"{rows:,} × {width:,}", padding["dtype"], how)
    table.add_row(label("on disk"), filesize.decimal(contents.bytes))
    return table


def _lengths(lengths: dict[str, float]) -> Table:
    """Percentiles of the rows' lengths."""
    table = headed()
    table.add_column("tokens per row", justify="right")
    for name in lengths:
        table.add_column("median" if name == "p50" else visible(name), justify="right")
    table.add_row("", *(f"{value:,.1f}" if name == "mean" else f"{value:,}" for name, value in lengths.items()))
    return table


def _labels(labels: dict[str, Column], rows: int, classes: dict[str, list[str]]) -> Table:
    """Counts of a label's values, or the range that they lie in; with the class of each, where it is one."""
    table = headed()
    table.add_column("label")
    table.add_column("value", max_width=_VALUE_WIDTH, no_wrap=True)
    for name in ("rows", "share"):
        table.add_column(name, justify="right")
    for name, column in labels.items():
        shown = Text(visible(name))
        if column.counts is None:
            numbers = "" if column.smallest is None else f", {column.smallest} to {column.largest}"
            table.add_row(shown, f"many{numbers}", f"{rows:,}", "")
            continue
        for value, n in column.counts.items():
            of_label = classes.get(name, [])
            what = f"{value} {of_label[value]}" if of_label and value in range(len(of_label)) else str(value)
            table.add_row(shown, Text(visible(what)), f"{n:,}", percent(n, rows))
            shown = Text()
    return table


def _arrays(meta: dict[str, Any]) -> Table:
    table = headed()
    for name in ("array", "dtype", "shape"):
        table.add_column(name)
    for name, facts in meta["arrays"].items():
        table.add_row(Text(visible(name)), str(np.dtype(facts["dtype"])), " × ".join(f"{n:,}" for n in facts["shape"]))
    return table


def _origin(meta: dict[str, Any]) -> Table:
    """The tokenizer, the inputs, and what made the file."""
    table = grid("left", "left")
    tokenizer = meta["tokenizer"]
    if tokenizer is not None:
        place = tokenizer["path"] or "saved next to it, if at all"
        what = f"{tokenizer['name']}, {tokenizer['vocab_size']:,} ids ({place})"
        table.add_row(label("tokenizer"), Text(visible(what)))
        table.add_row("", label(visible(f"sha256 {tokenizer['sha256'][:_DIGEST]}…")))
    for facts in meta["inputs"]:
        table.add_row(label("input"), Text(visible(f"{facts['path']}, {filesize.decimal(facts['bytes'])}")))
        table.add_row("", label(visible(f"sha256 {facts['sha256'][:_DIGEST]}…")))
    if meta["rejected"]:
        table.add_row(label("skipped"), f"{meta['rejected']:,} bad records", style="cut")
    table.add_row(label("made by"), visible(f"padcli {meta['padcli']}, Keras {meta['keras']}"))
    return table
