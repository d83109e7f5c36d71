"""The stages of each command, whose options are those of the command and of the library function of that name."""

import dataclasses
from typing import Any, TypeVar

from padcli.options.config import ConfigOptions, JobOptions
from padcli.options.convert import ConvertOptions
from padcli.options.fit import FitOptions
from padcli.options.inspect import ExportOptions, InspectOptions, VerifyOptions
from padcli.options.option import Option, Stage, options_of
from padcli.options.pad import PadOptions
from padcli.options.read import ReadOptions
from padcli.options.report import ReportOptions
from padcli.options.rows import RowOptions
from padcli.options.run import RunOptions
from padcli.options.screen import ScreenOptions
from padcli.options.select import SelectOptions
from padcli.options.stats import StatsOptions
from padcli.options.tokenize import TokenizeOptions
from padcli.options.write import WriteOptions

_Stage = TypeVar("_Stage", bound=Stage)

STAGES: dict[str, tuple[type[Stage], ...]] = {
    "pad": (
        ReadOptions,
        SelectOptions,
        TokenizeOptions,
        PadOptions,
        RowOptions,
        WriteOptions,
        ReportOptions,
        RunOptions,
        ConfigOptions,
        ScreenOptions,
    ),
    "pad_texts": (
        SelectOptions,
        TokenizeOptions,
        PadOptions,
        RowOptions,
        WriteOptions,
        RunOptions,
    ),  # of the library alone
    "fit": (ReadOptions, TokenizeOptions, FitOptions, RunOptions, ConfigOptions, ScreenOptions),
    "stats": (ReadOptions, TokenizeOptions, StatsOptions, ReportOptions, RunOptions, ConfigOptions, ScreenOptions),
    "compare": (ReadOptions, TokenizeOptions, RunOptions, ConfigOptions, ScreenOptions),
    "run": (JobOptions, ConfigOptions, ScreenOptions),
    "inspect": (InspectOptions, ScreenOptions),
    "verify": (VerifyOptions, ScreenOptions),
    "convert": (WriteOptions, ConvertOptions, ScreenOptions),
    "export-vocab": (ExportOptions, ScreenOptions),
}


def options_of_command(name: str) -> list[Option]:
    """The options of a command, with its variants, in the order of its help."""
    found: list[Option] = []
    for stage in STAGES[name]:
        there = (each for each in options_of(stage) if each.only is None or name in each.only)
        found += sorted(there, key=lambda each: each.order)
    return [dataclasses.replace(each, **each.variants.get(name, {})) for each in found]


def pick(stage: type[_Stage], keywords: dict[str, Any]) -> _Stage:
    """Take the fields of `stage` out of `keywords` and make the options of them; the rest stays in `keywords`."""
    names = [each.name for each in options_of(stage) if each.name in keywords]
    return stage(**{name: keywords.pop(name) for name in names})
