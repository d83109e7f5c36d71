"""Write what follows from the options: keywords.py for type checkers, config.schema.json for editors, docs/options.md.

Run it with: make options
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from padcli.config.schema import schema
from padcli.options import choices
from padcli.options.commands import STAGES, options_of_command
from padcli.options.option import Option, by_panel

ROOT = Path(__file__).parents[1]
KEYWORDS = ROOT / "padcli" / "options" / "keywords.py"
PAGE = ROOT / "docs" / "options.md"
SCHEMA = ROOT / "padcli" / "config" / "config.schema.json"

CLASSES = {
    "PadKeywords": "pad",
    "TextsKeywords": "pad_texts",
    "FitKeywords": "fit",
    "StatsKeywords": "stats",
    "CompareKeywords": "compare",
    "ConvertKeywords": "convert",
}
_ALIASES = {value: name for name, value in vars(choices).items() if get_origin(value) is Literal}


def keywords_module(classes: Mapping[str, str]) -> str:
    """Write the module of the typed keyword arguments, a class for each function."""
    bodies = {name: _class_of(name, function) for name, function in classes.items()}
    aliases = sorted(alias for alias in _ALIASES.values() if any(f" {alias}" in body for body in bodies.values()))
    head = [
        '"""The keyword arguments of the library\'s functions, for type checkers. Written by `make options`."""',
        "",
        "from collections.abc import Sequence",
        "from pathlib import Path",
        "from typing import TypedDict",
        "",
        "from padcli.options.choices import (",
        *(f"    {alias}," for alias in aliases),
        ")",
    ]
    return "\n".join(head) + "\n" + "".join(f"\n\n{body}" for body in bodies.values())


def _class_of(name: str, function: str) -> str:
    lines = [f"class {name}(TypedDict, total=False):", f'    """Keyword arguments of `padcli.{function}`."""', ""]
    lines += [f"    {each.name}: {type_name(each.keyword_type)}" for each in _keywords(function)]
    return "\n".join(lines) + "\n"


def _keywords(function: str) -> list[Option]:
    return [each for each in options_of_command(function) if each.is_keyword]


def type_name(annotation: Any) -> str:
    """Write a type as source has it."""
    if annotation in _ALIASES:
        return _ALIASES[annotation]
    if annotation is NoneType:
        return "None"
    if get_origin(annotation) in (Union, UnionType):
        return " | ".join(map(type_name, get_args(annotation)))
    if get_origin(annotation) is Literal:
        return f"Literal[{', '.join(map(repr, get_args(annotation)))}]"
    if get_args(annotation):
        return f"{get_origin(annotation).__name__}[{', '.join(map(type_name, get_args(annotation)))}]"
    return str(annotation.__name__)


def page(commands: Iterable[str]) -> str:
    """Write the page of all options, a table for each panel of the help of each command."""
    head = """# Options

The options of each command, in the groups of `--help-all`. The library's function of the same name takes them as
keyword arguments. `make options` writes this page from `padcli/options/`."""
    return "\n\n".join([head, *map(_section, commands)]) + "\n"


def schema_file() -> str:
    """Write the JSON Schema of a configuration."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def _section(command: str) -> str:
    in_library = command == "pad_texts"  # where there are no flags
    title = "`padcli.pad_texts()`" if in_library else f"`padcli {command}`"
    shown = [each for each in options_of_command(command) if each.is_keyword or not in_library]
    tables = [_table(panel, found, flags=not in_library) for panel, found in by_panel(shown)]
    return "\n\n".join([f"## {title}", *tables])


def _table(panel: str | None, options: Iterable[Option], *, flags: bool) -> str:
    lines = ["| option | keyword | values | default | help |", "| --- | --- | --- | --- | --- |"]
    lines += [f"| {' | '.join(_cells(each, flags=flags))} |" for each in options]
    return "\n".join([*([f"### {panel}", ""] if panel else []), *lines])


def _cells(option: Option, *, flags: bool) -> list[str]:
    typed = [flag for each in option.all_flags for flag in each.split("/")]
    return [
        ", ".join(map(_code, typed)) if flags and option.on_command_line else "",
        f"`{option.name}`" if option.is_keyword else "",
        _code(_values(option.keyword_type)),
        _default(option),
        _escaped(option.help),
    ]


def _values(annotation: Any) -> str:
    """Write a type as a user reads it: the choices themselves."""
    if get_origin(annotation) is Literal:
        return " | ".join(get_args(annotation))
    if get_origin(annotation) in (Union, UnionType):
        return " | ".join(_values(each) for each in get_args(annotation) if each is not NoneType)
    return type_name(annotation)


def _default(option: Option) -> str:
    if option.shown_default is not None:
        return _escaped(option.shown_default)
    return "" if option.default in (None, ()) else _code(str(option.default))


def _code(text: str) -> str:
    return f"`{text.replace('|', chr(92) + '|')}`"


def _escaped(text: str) -> str:
    for character in ("\\", "|", "<", "[", "*"):
        text = text.replace(character, "\\" + character)
    return text


if __name__ == "__main__":
    KEYWORDS.write_text(keywords_module(CLASSES), encoding="utf-8")
    PAGE.write_text(page(STAGES), encoding="utf-8")
    SCHEMA.write_text(schema_file(), encoding="utf-8")
