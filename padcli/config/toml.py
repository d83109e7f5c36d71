"""Values as TOML writes them.

https://toml.io/en/v1.0.0#string
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from padcli.errors import UsageError
from padcli.options.checks import has_half_characters
from padcli.text_format import visible_in_json


def as_toml(value: Any) -> str:
    """Write a string, a path, an integer, a boolean, or a list of these. Raises `UsageError` for half characters."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(as_toml, value))}]"
    if isinstance(value, str | Path):
        text = str(value)
        if has_half_characters(text):
            raise UsageError(f"{text!r} is not valid UTF-8, so no TOML can hold it.", hint="Rename the file.")
        # A basic string is a string of JSON, but for DEL, which JSON leaves as it is.
        return visible_in_json(json.dumps(text, ensure_ascii=False))
    return str(value)  # an integer; in messages, also a float or a date


def table(name: str, values: Mapping[str, Any]) -> str:
    """Write a table, a line for each key."""
    return "".join([f"[{name}]\n", *(f"{key} = {as_toml(value)}\n" for key, value in values.items())])
