"""Write the manual pages, one for each command, from the commands and their options.

Run it with: make options
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import typer
from rich.markup import render

from padcli.cli.commands import app
from padcli.cli.help import described, flags
from padcli.options.commands import options_of_command
from padcli.options.option import Option, by_panel

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "man"
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

_STATUS = [
    ("0", "Success."),
    ("1", "A check failed: verify, or a condition of --fail-if."),
    ("2", "Wrong usage, bad input or a disk error."),
    ("130", "Interrupted by Ctrl-C."),
]
_VARIABLES = [
    ("PADCLI_*", "Options by their names, as in PADCLI_MAXLEN=50; the command line takes precedence."),
    ("NO_COLOR", "No colours, whatever its value; TERM=dumb does the same."),
    ("TMPDIR", "The folder of temporary files that have no better place."),
]


def pages() -> dict[str, str]:
    """Return the text of each page by the name of its file."""
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    found = {f"padcli-{name}.1": _page(name, command) for name, command in commands.items()}
    return {"padcli.1": _first_page(commands), **found}


def _first_page(commands: dict[str, Any]) -> str:
    names = [f"padcli-{name}(1)" for name in commands]
    lines = [_title("padcli"), ".SH NAME", rf"padcli \- {_escaped(_first_words(app.registered_callback.callback))}"]
    lines += [".SH SYNOPSIS", ".B padcli", r"[\-h] [\-V]", ".I COMMAND", r"[\fIARGUMENTS\fR] [\fIOPTIONS\fR]"]
    lines += [".SH COMMANDS", *_list((name, _about(commands[name])[0]) for name in commands)]
    general = [("-h, --help", "Show a help."), ("-V, --version", "Show the version.")]
    general += [("--install-completion", "Install completions for the current shell: bash, zsh, fish or PowerShell.")]
    general += [("--show-completion", "Show these completions.")]
    lines += [".SH OPTIONS", *_list(general), ".SH EXIT STATUS", *_list(_STATUS), ".SH ENVIRONMENT", *_list(_VARIABLES)]
    return "\n".join([*lines, ".SH SEE ALSO", _escaped(", ".join(names))]) + "\n"


def _page(name: str, command: Any) -> str:
    first, *about = _about(command)
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    examples = [each for each in about if each.startswith("Example")]
    lines = [_title(f"padcli-{name}"), ".SH NAME", rf"{_escaped(f'padcli-{name}')} \- {_escaped(first.rstrip('.'))}"]
    lines += [".SH SYNOPSIS", rf".B {_escaped(f'padcli {name}')}"]
    lines += [f".I {_escaped(each.metavar)}" for each in arguments] + [r"[\fIOPTIONS\fR]"]
    if more := [each for each in about if each not in examples]:
        lines += [".SH DESCRIPTION", "\n.PP\n".join(map(_escaped, more))]
    lines += [".SH ARGUMENTS", *_list((each.metavar, _plain(each.help)) for each in arguments)]
    lines += [".SH OPTIONS", *_options([each for each in options_of_command(name) if each.on_command_line])]
    lines += [".SH EXIT STATUS", *_list(_STATUS)]
    if examples:
        lines += [".SH EXAMPLES", ".nf"]
        lines += [
            _escaped(each) for example in examples for each in re.split(", (?=padcli)", example.partition(": ")[2])
        ]
        lines += [".fi"]
    return "\n".join([*lines, ".SH SEE ALSO", r"padcli(1)"]) + "\n"


def _options(options: list[Option]) -> Iterator[str]:
    for panel, found in by_panel(options):
        if panel:
            yield f".SS {_escaped(panel)}"
        yield from _list((flags(each).plain.replace("\n", ", "), described(each).plain) for each in found)


def _list(items: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, text in items:
        yield from (".TP", rf".B {_escaped(name)}", _escaped(text))


def _about(command: Any) -> list[str]:
    return [" ".join(_plain(part).split()) for part in command.help.strip().split("\n\n")]


def _first_words(function: Any) -> str:
    return str(function.__doc__).strip().rstrip(".")


def _title(name: str) -> str:
    return f'.TH {_escaped(name.upper())} 1 "" "padcli {VERSION}" "padcli manual"'


def _plain(markup: str) -> str:
    return render(markup).plain


def _escaped(text: str) -> str:
    """Text as roff takes it literally: hyphens that can be copied, and no line that looks like a request."""
    text = (
        text.replace("\\", r"\e").replace("-", r"\-").replace("'", r"\(aq").replace("`", r"\(ga").replace("^", r"\(ha")
    )
    text = text.replace("~", r"\(ti").replace('"', r"\(dq")
    return rf"\&{text}" if text.startswith(".") else text


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    written = pages()
    for path in FOLDER.iterdir():
        if path.name not in written:
            path.unlink()
    for name, text in written.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
