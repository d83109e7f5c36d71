"""The shapes that rows can have, by the names that `--truncate` knows. A new one is one new file here and a line."""

from importlib import import_module
from typing import cast

from padcli.errors import UsageError
from padcli.rows.segments import RowShape

SHAPES = {"pre": "padcli.rows.truncate:Truncate", "post": "padcli.rows.truncate:Truncate"}


def check_shape(name: str) -> None:
    """Raise `UsageError` for a name that no shape has."""
    if name not in SHAPES:
        raise UsageError(f"--truncate: {name!r} is not one of {', '.join(SHAPES)}.")


def open_shape(name: str, *, room: int) -> RowShape:
    """Return the shape of that name, for rows of at most `room` tokens."""
    module, _, attribute = SHAPES[name].partition(":")
    return cast(RowShape, getattr(import_module(module), attribute)(room=room, side=name))
