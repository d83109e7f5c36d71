"""The options in use as a configuration: `--print-config`."""

from collections.abc import Mapping
from typing import Any

from padcli.config.keys import INPUTS, options_by_name
from padcli.config.settings import checked_stages
from padcli.config.toml import table
from padcli.options.option import Option, options_of


def as_config(command: str, values: Mapping[str, Any]) -> str:
    """Write the table of a command, with those options that differ from their defaults.

    All that is given is written where there is a `like`, which decides what is not. Raises `UsageError` for options
    that contradict each other.
    """
    known, chosen = options_by_name(command), dict[str, Any]()
    for stage in checked_stages(command, values):
        found = {each.name: getattr(stage, each.name) for each in options_of(type(stage)) if each.name in values}
        chosen |= {name: value for name, value in found.items() if "like" in values or value != _default(known, name)}
    inputs = {INPUTS: list(values[INPUTS])} if values.get(INPUTS) else {}
    kept = {name: chosen[name] for name in known if name in chosen}
    first = {"output": kept.pop("output")} if "output" in kept else {}
    return table(command, {**inputs, **first, **kept})


def _default(known: Mapping[str, Option], name: str) -> Any:
    return known[name].default if name in known else None
