"""Options of configuration: where the values of other options come from."""

import dataclasses
from pathlib import Path

from padcli.options.option import RUN, Stage, option


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ConfigOptions(Stage):
    """Sources of options beside the command line. They are no keyword arguments of the library."""

    config: str | Path | None = option(
        None,
        help="Take options from a TOML file; the command line takes precedence.",
        panel=RUN,
        metavar="FILE",
        shown_default="[tool.padcli] of the nearest pyproject.toml",
        is_keyword=False,
        variants={"run": {"help": "The TOML file with the jobs: see docs/configuration.md."}},
    )
    no_config: bool = option(
        False,
        help="Ignore pyproject.toml and the PADCLI_ variables of the environment, as a CI job may want to.",
        panel=RUN,
        is_keyword=False,
    )
    print_config: bool = option(
        False,
        help="Print the options in use as a configuration for --config, and do nothing else.",
        panel=RUN,
        is_keyword=False,
        only=("pad", "fit", "stats", "compare"),
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class JobOptions(Stage):
    """Options of `run`, which are none of its jobs'."""

    if_changed: bool = option(
        False, help="Do nothing for outputs that are up to date, as if each job had --if-changed.", panel=RUN
    )
