"""Keys of a configuration: options by the names of the library's keywords, in which `-` is as good as `_`."""

import difflib
import re
from collections.abc import Mapping
from typing import Any

from padcli.errors import UsageError
from padcli.options.commands import options_of_command
from padcli.options.config import ConfigOptions
from padcli.options.option import Option, options_of
from padcli.options.other_names import OTHER_NAMES

CONFIGURED = ("pad", "fit", "stats", "compare")  # commands that have a table
INPUTS = "inputs"
# They are about one call, and not about the work.
ONLY_TYPED = {"dry_run", *(each.name for each in options_of(ConfigOptions))}


def options_by_name(command: str) -> dict[str, Option]:
    """The options of a command that a configuration can hold, by their keys."""
    return {each.name: each for each in options_of_command(command) if each.name not in ONLY_TYPED}


def normalized(table: Mapping[str, Any], place: str) -> dict[str, Any]:
    """Return a table with the names of the library as keys. Raises `UsageError` for one that is given twice."""
    found = dict[str, Any]()
    for key, value in table.items():
        name = key.replace("-", "_")
        if name in found:
            raise UsageError(f"{place}.{key}: is given twice, also as {name}.")
        found[name] = value
    return found


def refuse(key: str, place: str, command: str, *, more: tuple[str, ...] = ()) -> UsageError:
    """Make the error for a key that there is not, with the one that may be meant; `more`: keys that are no options."""
    if key in ONLY_TYPED:
        return UsageError(f"{place}: this can only be given on the command line.")
    return UsageError(f"{place}: no such option.{suggestion(key, command, more)}", hint=f"padcli {command} --help-all")


def suggestion(key: str, command: str, more: tuple[str, ...] = ()) -> str:
    """Return a sentence with the keys that are like one that there is not; empty where none is."""
    known = written_for_flags(command) | {each: each for each in (*options_by_name(command), *more)}
    elsewhere = OTHER_NAMES.get("--" + key.lower().replace("_", "-"), "")
    flags = [each.rstrip(",").removeprefix("--").replace("-", "_") for each in re.findall(r"--[\w-]+", elsewhere)]
    if flags and set(flags) <= known.keys():
        return f" Use {' or '.join(known[each] for each in flags)}."
    alike = [key.lower()] if key.lower() in known else difflib.get_close_matches(key.lower(), known, n=2, cutoff=0.7)
    return f" Did you mean {' or '.join(dict.fromkeys(known[each] for each in alike))}?" if alike else ""


def written_for_flags(command: str) -> dict[str, str]:
    """Return what a configuration says in place of each flag of a command: `padding = "post"` for `post`."""
    return {
        flag.removeprefix("--").replace("-", "_"): written
        for option in options_by_name(command).values()
        for flag, written in _written(option).items()
    }


def _written(option: Option) -> dict[str, str]:
    """Return what a key and its value are for each flag of an option."""
    if not option.on_command_line:
        return {}
    long = [flag for flag in option.all_flags if flag.startswith("--")]
    first, slash, other = long[0].partition("/")
    if not slash:
        return {first: option.name}
    if option.default in (True, False, None):
        return {first: f"{option.name} = true", other: f"{option.name} = false"}
    return {each: f'{option.name} = "{each.removeprefix("--")}"' for each in (first, other)}


def table_suggestion(name: str) -> str:
    """Return a sentence with the table that is like one that there is not; empty where none is."""
    alike = difflib.get_close_matches(name.lower(), [*CONFIGURED, "jobs"], n=1, cutoff=0.6)
    return f" Did you mean [{alike[0]}]?" if alike else ""
