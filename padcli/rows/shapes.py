"""The shapes that rows can have, by the names that `--overflow` knows. A new one is one new file here and a line."""

from importlib import import_module
from typing import cast

from padcli.errors import UsageError
from padcli.options import RowOptions
from padcli.rows.pieces import RowShape
from padcli.rows.template import Template

SHAPES = {
    "cut": "padcli.rows.truncate:Truncate",
    "window": "padcli.rows.overflow:Window",
    "drop": "padcli.rows.overflow:Drop",
    "error": "padcli.rows.overflow:Refuse",
}


def check_shape(name: str) -> None:
    """Raise `UsageError` for a name that no shape has."""
    if name not in SHAPES:
        raise UsageError(f"--overflow: {name!r} is not one of {', '.join(SHAPES)}.")


def open_shape(options: RowOptions, *, truncating: str, maxlen: int, template: Template) -> RowShape:
    """Return the shape of rows of at most `maxlen` tokens. Raises `UsageError` or `LengthError`."""
    module, _, attribute = SHAPES[options.overflow].partition(":")
    return cast(RowShape, getattr(import_module(module), attribute)(maxlen, template, truncating, options))
