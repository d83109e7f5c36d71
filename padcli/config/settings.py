"""The options of a command from all their sources: command line, environment, file."""

import contextlib
import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from padcli.config import keys
from padcli.config.environment import from_environment, setting
from padcli.config.file import ConfigFile, find_pyproject, read_config
from padcli.config.level import Level, Value, together
from padcli.config.values import NO, checked, from_folder, path_from, strings_of
from padcli.errors import UsageError
from padcli.options.commands import STAGES
from padcli.options.config import ConfigOptions
from padcli.options.option import Stage, options_of


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Options in use, by the names of keywords, with `inputs` among them where a file names them.

    `places`: for those that were not typed, the place that each is from; `sources`: the files and variables in use.
    """

    values: Mapping[str, Any]
    places: Mapping[str, str]
    sources: tuple[str, ...] = ()


def settings_of(
    command: str,
    typed: Mapping[str, Any],
    config: ConfigOptions,
    environ: Mapping[str, str] = os.environ,
) -> Settings:
    """Return the options of a command; `typed`: those of its command line.

    Raises `UsageError` or `InputError`, which names the file and the key, or the variable.
    """
    levels = list[Level]()
    if file := config_file(config, environ):
        levels.append(level_of(file, command, (command,)))
    if not ignores_environment(config, environ):
        levels.append(from_environment(command, environ))
    return merged(command, [*levels, Level(values={name: Value(value, "") for name, value in typed.items()})])


def merged(command: str, levels: list[Level]) -> Settings:
    """Return what the levels come to, the highest of which is the last."""
    found = together(keys.options_by_name(command), levels)
    return Settings(
        values={name: each.value for name, each in found.items()},
        places={name: each.place for name, each in found.items() if each.place},
        sources=tuple(source for level in levels for source in level.sources),
    )


def checked_stages(command: str, values: Mapping[str, Any]) -> list[Stage]:
    """Return the stages of a command with their values. Raises `UsageError` for those that contradict each other."""
    return [
        stage(**{each.name: values[each.name] for each in options_of(stage) if each.name in values})
        for stage in STAGES[command]
    ]


def config_file(config: ConfigOptions, environ: Mapping[str, str] = os.environ) -> ConfigFile | None:
    """Return the file in use: that of `--config` or `PADCLI_CONFIG`, or the nearest pyproject.toml, if any."""
    ignored = ignores_environment(config, environ)
    named = config.config if config.config is not None else None if ignored else setting(environ, "config")
    if named is not None:
        return read_config(named)
    with contextlib.suppress(FileNotFoundError):  # a current folder that was removed
        return None if ignored else find_pyproject(Path.cwd())
    return None


def ignores_environment(config: ConfigOptions, environ: Mapping[str, str]) -> bool:
    """Tell whether only the command line counts."""
    text = (setting(environ, "no_config") or "").lower()
    return config.no_config or text not in ("", *NO)


def level_of(file: ConfigFile, command: str, where: tuple[str, ...], more: tuple[str, ...] = ()) -> Level:
    """Return the options of a table of a file, checked; `more`: further keys that the table may have, left alone.

    Raises `UsageError` for tables and keys that there are not, and for wrong values.
    """
    refuse_unknown_tables(file)
    options, found = keys.options_by_name(command), dict[str, Value]()
    for name, value in keys.normalized(file.table(*where), file.place(*where)).items():
        place = file.place(*where, name)
        if name in more:
            continue
        if name == keys.INPUTS and command != "compare":
            found[name] = Value([path_from(file.folder, each) for each in strings_of(value, place)], place)
        elif name in options:
            found[name] = Value(from_folder(options[name], checked(options[name], value, place), file.folder), place)
        else:
            raise keys.refuse(name, place, command, more=(keys.INPUTS, *more))
    return Level(values=found, sources=(file.name,) if found else ())


def refuse_unknown_tables(file: ConfigFile) -> None:
    """Raise `UsageError` for what is no table of a command's, nor of jobs."""
    for name in file.tables:
        if name not in (*keys.CONFIGURED, "jobs"):
            hint = f"Options are in the table of their command: [{file.prefix}pad]"
            raise UsageError(f"{file.place(name)}: no such table.{keys.table_suggestion(name)}", hint=hint)
