"""The screen of `--dry-run`: what a run would read and write."""

from rich import filesize
from rich.console import Group, RenderableType
from rich.text import Text

from padcli.cli.console import grid, label
from padcli.cli.screens.title import Title
from padcli.preview import OutputPreview, Preview
from padcli.text_format import n_of, visible

_STREAMS = {"-": "stdin"}


def screen(found: Preview) -> RenderableType:
    """Lay out the preview, to the width of the terminal."""
    inputs = [_STREAMS.get(each.path, each.path) for each in found.inputs]
    first = inputs[0] if len(inputs) == 1 else f"{inputs[0]} and {len(inputs) - 1} more"
    outputs = ["stdout" if each.path == "-" else each.path for each in found.outputs]
    title = Title(first, outputs[0], between=" → ") if outputs else Title(first)
    table = grid("left", "left", "left")
    table.columns[1].overflow = "fold"
    for name, each in zip(inputs, found.inputs, strict=True):
        size = "unknown size" if each.bytes is None else filesize.decimal(each.bytes)
        table.add_row(label("input"), Text(visible(name)), f"{each.format}, {size}")
    table.add_row(label("tokenizer"), Text(visible(found.tokenizer_path or found.tokenizer)), _about_tokenizer(found))
    if found.padding is not None:
        table.add_row(label("maxlen"), str(found.maxlen or "longest row"), _about_maxlen(found))
        table.add_row(label("array"), str(found.dtype), f"padded {found.padding}, cut {found.truncating}")
    for name, output in zip(outputs, found.outputs, strict=True):
        table.add_row(label("output"), Text(visible(name)), _about_output(output))
    table.add_row(label("free space"), filesize.decimal(found.free_bytes), "")
    return Group(title, table, "", Text(visible(_conclusion(found)), style="title"))


def _about_tokenizer(found: Preview) -> str:
    if found.tokenizer_path is not None:
        size = "" if found.vocab_size is None else f", {n_of(found.vocab_size, 'token')}"
        return visible(f"{found.tokenizer}{size}")
    return "fixed" if found.vocab_size is not None else "to be fitted on the input"


def _about_maxlen(found: Preview) -> str:
    if not isinstance(found.maxlen, int):
        return "known once all rows are read"
    return "" if found.row_bytes is None else f"{n_of(found.row_bytes, 'byte')} per row"


def _about_output(output: OutputPreview) -> str:
    if output.path == "-":
        return ""
    return "new" if output.replaces is None else f"replaces {filesize.decimal(output.replaces)}"


def _conclusion(found: Preview) -> str:
    if found.change is None:
        return "Dry run: nothing was written."
    if found.change:
        return f"Dry run: nothing was written. The output would be written: {found.change}."
    return "Dry run: the output is up to date, nothing would be done."
