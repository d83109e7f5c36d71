"""The screen of `padcli convert`: what was written."""

from rich import filesize
from rich.console import Group, RenderableType
from rich.text import Text

from padcli.cli.screens.title import Title
from padcli.conversion.convert import Conversion
from padcli.text_format import n_of


def screen(found: Conversion) -> RenderableType:
    """Tell from what to what, and how much."""
    size = filesize.decimal(sum(size for _, size in found.outputs))
    rows, arrays, files = n_of(found.rows, "row"), n_of(len(found.arrays), "array"), n_of(len(found.outputs), "file")
    text = f"{rows}, {arrays}, {size} in {files}; all digests are right"
    return Group(Title(found.source, found.output, between=" → "), Text(text))
