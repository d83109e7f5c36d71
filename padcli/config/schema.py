"""The JSON Schema of a configuration, for editors; `make options` writes it to config.schema.json.

Draft 7, which editors of TOML know. It has what a type can say; the rest is checked when options are used.
"""

from collections.abc import Iterator, Sequence
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from padcli.config.keys import CONFIGURED, INPUTS, options_by_name
from padcli.options.option import Option, members
from padcli.options.screen import ScreenOptions

_STRING, _SOME = {"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}
_INPUTS = {
    "anyOf": [_STRING, _SOME],
    "description": "Files to read, in this order; paths start from this file's folder.",
}
_COMMAND = "What the job does: pad by default."


def schema() -> dict[str, Any]:
    """Return the schema of a file for `--config`, which is that of `[tool.padcli]` in pyproject.toml, too."""
    tables = {name: _table(name) for name in CONFIGURED}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Configuration of padcli",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            **tables,
            "jobs": {
                "description": "Jobs for `padcli run`, by their names.",
                "type": "object",
                "additionalProperties": _either(_job("fit"), _either(_job("stats"), _job("pad"))),
            },
        },
    }


def _table(command: str) -> dict[str, Any]:
    keys = {} if command == "compare" else {INPUTS: _INPUTS}
    return {
        "description": f"Options of `padcli {command}`.",
        "type": "object",
        "additionalProperties": False,
        "properties": keys | dict(_properties(command)),
    }


def _job(command: str) -> dict[str, Any]:
    keys = [INPUTS, *(key for key, _ in _properties(command))]
    same = {key: _same(command, key) for key in keys if key.replace("-", "_") not in ScreenOptions.__slots__}
    named = {"const": command, "description": _COMMAND}
    return {"type": "object", "additionalProperties": False, "properties": {"command": named, **same}}


def _either(job: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """A job of this command, or else another."""
    command = {"const": job["properties"]["command"]["const"]}
    return {"if": {"properties": {"command": command}, "required": ["command"]}, "then": job, "else": other}


def _properties(command: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, option in options_by_name(command).items():
        yield name, _property(option)
        if "_" in name:
            yield name.replace("_", "-"), _same(command, name)


def _same(command: str, key: str) -> dict[str, str]:
    return {"$ref": f"#/properties/{command}/properties/{key}"}


def _property(option: Option) -> dict[str, Any]:
    kinds = [kind for each in members(option.keyword_type) for kind in _kinds(each)]
    kinds = [kind for i, kind in enumerate(kinds) if kind not in kinds[:i]]
    found: dict[str, Any] = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    default = {} if option.default in (None, ()) else {"default": option.default}
    return {"description": option.help, **found, **default}


def _kinds(annotation: Any) -> Iterator[dict[str, Any]]:
    if get_origin(annotation) is Sequence:
        (one,) = _kinds(get_args(annotation)[0])
        yield one
        yield {"type": "array", "items": one}
    elif get_origin(annotation) is Literal:
        yield {"enum": list(get_args(annotation))}
    elif annotation is not NoneType:
        yield {"type": {bool: "boolean", int: "integer"}.get(annotation, "string")}
