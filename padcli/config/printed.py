"""The options in use as a configuration: `--print-config`."""

from collections.abc import Mapping
from typing import Any

from padcli.config.keys import INPUTS, ONLY_TYPED, options_by_name
from padcli.config.toml import table
from padcli.options.commands import STAGES
from padcli.options.option import options_of


def as_config(command: str, values: Mapping[str, Any]) -> str:
    """Write the table of a command, with those options that differ from their defaults.

    All that is given is written where there is a `like`, which decides what is not. Raises `UsageError` for options
    that contradict each other.
    """
    known, chosen = options_by_name(command), dict[str, Any]()
    for stage in STAGES[command]:
        given = {each.name: values[each.name] for each in options_of(stage) if each.name in values}
        checked = stage(**given)
        chosen |= {
            name: getattr(checked, name)
            for name in given
            if name in known and (getattr(checked, name) != known[name].default or "like" in values)
        }
    inputs = {INPUTS: list(values[INPUTS])} if values.get(INPUTS) else {}
    kept = {name: chosen[name] for name in known if name in chosen and name not in ONLY_TYPED}
    first = {"output": kept.pop("output")} if "output" in kept else {}
    return table(command, {**inputs, **first, **kept})
