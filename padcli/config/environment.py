"""Options from the environment: `PADCLI_MAXLEN=50` for `--maxlen 50`."""

import difflib
from collections.abc import Mapping

from padcli.config.keys import CONFIGURED, INPUTS, ONLY_TYPED, options_by_name, written_for_flags
from padcli.config.level import Level, Value
from padcli.config.values import parsed
from padcli.errors import UsageError

_PREFIX = "PADCLI_"


def from_environment(command: str, environ: Mapping[str, str]) -> Level:
    """Return the options that variables give; those that are empty, or of other commands, give none.

    Raises `UsageError` for what an option cannot be, and for a variable that nearly has the name of an option. Others
    may be of other programs.
    """
    options, found = options_by_name(command), dict[str, Value]()
    for variable, text in sorted(environ.items()):
        if not variable.startswith(_PREFIX) or not text:
            continue
        name = variable.removeprefix(_PREFIX).lower()
        if name in options:
            found[name] = Value(parsed(options[name], text, variable), variable)
        else:
            _refuse_misspelt(variable, name)
    return Level(values=found, sources=tuple(each.place for each in found.values()))


def setting(environ: Mapping[str, str], name: str) -> str | None:
    """Return the text of an option's variable; None where it is empty or missing."""
    return environ.get(_PREFIX + name.upper()) or None


def _refuse_misspelt(variable: str, name: str) -> None:
    known = {each: _PREFIX + each.upper() for command in CONFIGURED for each in options_by_name(command)}
    if name in known or name in ("config", "no_config"):
        return
    for command in CONFIGURED:
        for flag, written in written_for_flags(command).items():
            key, _, value = written.partition(" = ")
            known.setdefault(flag, f"{_PREFIX}{key.upper()}" + (f"={value.strip(chr(34))}" if value else ""))
    if name in (*ONLY_TYPED, INPUTS):
        raise UsageError(f"{variable}: this cannot be given by a variable.", hint=f"unset {variable}")
    if alike := difflib.get_close_matches(name, known, n=1 if name in known else 2, cutoff=0.8):
        raise UsageError(
            f"{variable}: no such option. Did you mean {' or '.join(dict.fromkeys(known[each] for each in alike))}?",
            hint=f"unset {variable}",
        )
