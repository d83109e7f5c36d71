"""Commands take options from a configuration, too: what the command line leaves open."""

import os
import sys
from collections.abc import Mapping
from typing import Any

import typer

from padcli.cli.color import COLOR
from padcli.cli.error_boundary import errors_shown, require_stdout
from padcli.cli.in_use import IN_USE, InUse
from padcli.config.environment import from_environment
from padcli.config.keys import INPUTS, options_by_name
from padcli.config.settings import Settings, ignores_environment, settings_of
from padcli.options.commands import pick
from padcli.options.config import ConfigOptions


def configured(ctx: typer.Context, command: str, typed: dict[str, Any], inputs: list[str] | None) -> dict[str, Any]:
    """Return the options of a command from all their sources, with its inputs, if it has any.

    Shows the error of a configuration that is wrong, and ends the command; as it does where it is to be printed.
    """
    with errors_shown():
        config = pick(ConfigOptions, typed)
        settings = settings_of(command, {**typed, **({INPUTS: inputs} if inputs else {})}, config)
        IN_USE.set(in_use(command, settings))
        if config.print_config:
            require_stdout()
            from padcli.config.printed import as_config

            sys.stdout.write(as_config(command, settings.values))
            raise typer.Exit
    values = dict(settings.values)
    if "color" not in typed:
        COLOR.set(values.get("color", COLOR.get()))
    values.pop("color", None)
    if command != "compare" and not values.get(INPUTS):
        ctx.fail("Missing argument 'INPUT...'.")
    return values


def from_variables(command: str, typed: dict[str, Any]) -> dict[str, Any]:
    """Return the options of a command that variables of the environment give, unless `typed` says not to look."""
    with errors_shown():
        if ignores_environment(ConfigOptions(no_config=typed.get("no_config", False)), os.environ):
            return {}
        return {name: each.value for name, each in from_environment(command, os.environ).values.items()}


def in_use(command: str, settings: Settings) -> InUse:
    """Return what screens and errors tell of the options."""
    return InUse(places=_by_flag(command, settings.places), sources=settings.sources)


def _by_flag(command: str, places: Mapping[str, str]) -> dict[str, str]:
    options = options_by_name(command)
    return {
        flag: place
        for name, place in places.items()
        if name in options
        for flags in options[name].all_flags
        for flag in flags.split("/")
    }
