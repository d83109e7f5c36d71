"""Levels of options, of which the higher ones win: defaults, a file, the environment, the command line."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from padcli.config.values import is_fitted
from padcli.options import PadOptions, RowOptions, TokenizeOptions
from padcli.options.option import Option, options_of

# What --like decides where no higher level does: padcli.formats.earlier_output.
DECIDED_BY_LIKE = {each.name for stage in (TokenizeOptions, PadOptions, RowOptions) for each in options_of(stage)} | {
    "field",
    "pair_field",
    "label",
    "label_map",
    "record",
    "label_from_folder",
    "names",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Value:
    """A value, and the place that it is from, for messages."""

    value: Any
    place: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """Options by their names. `sources`: the file, or the variables, to be told."""

    values: Mapping[str, Value]
    sources: tuple[str, ...] = ()


def together(options: Mapping[str, Option], levels: Iterable[Level]) -> dict[str, Value]:
    """Return what the levels come to, the highest of which is the last.

    A higher level that says what rows are to be like, or names another tokenizer, also wins over what a lower one says
    of that: `--like train.npz` over a `maxlen` in pyproject.toml.
    """
    merged = dict[str, Value]()
    for level in levels:
        if "like" in level.values:
            merged = {name: value for name, value in merged.items() if name not in DECIDED_BY_LIKE}
        if "tokenizer" in level.values:
            kind = str(level.values["tokenizer"].value)
            kind = kind if is_fitted(kind) else "file"
            merged = {name: value for name, value in merged.items() if _goes_with(options.get(name), kind)}
        merged.update(level.values)
    return merged


def _goes_with(option: Option | None, kind: str) -> bool:
    return option is None or not option.tokenizers or kind in option.tokenizers
