"""The help of a command: usage, the options that most need by their panels, and all of them with `--help-all`.

No name is ever cut, however narrow the terminal is.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Literal, get_args, get_origin

from rich.console import Group, RenderableType
from rich.markup import render
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from padcli.cli.theme import Unpadded, stdout_console
from padcli.options.commands import options_of_command
from padcli.options.option import Option, by_panel

# What most people need; a command that is not here shows all of its options.
COMMON = {
    "pad": (
        "field", "label", "on_error", "tokenizer", "vocab_size", "maxlen", "padding", "truncating", "like", "output",
        "names", "dtype", "fail_if", "quiet", "dry_run", "config",
    ),
    "fit": ("field", "tokenizer", "vocab_size", "min_count", "lower", "output", "quiet"),
    "compare": ("field", "label", "tokenizer", "json"),
    "stats": ("field", "tokenizer", "maxlen", "max_truncated", "max_lost", "plot", "json"),
}  # fmt: skip

_WIDEST = 100  # columns: longer lines are hard to read


def screen(name: str, about: str, arguments: Sequence[Any], options: Sequence[Option], *, everything: bool) -> Group:
    """Lay the help out. `about`: the command's docstring; `arguments`: typer's, with `metavar` and `help`."""
    usage = " ".join(["padcli", name, *(each.metavar or "" for each in arguments), "[OPTIONS]"])
    parts: list[RenderableType] = [Text.assemble(("Usage: ", "label"), (usage, "title")), ""]
    paragraphs = _paragraphs(about)
    parts += [_indented(each) for each in paragraphs if not each.startswith("Example")]
    parts += [_table([(_name(each.metavar or ""), _help(each.help or "")) for each in arguments]), ""]
    by_name = {each.name: each for each in options}
    shown = list(options) if everything or name not in COMMON else [by_name[each] for each in COMMON[name]]
    for panel, found in by_panel(shown, together=not everything):
        parts += _options(panel or "Options", found)
    if rest := len(options) - len(shown):
        parts += [_indented(f"{rest} more options: padcli {name} --help-all"), ""]
    return Group(*parts, *(_indented(each) for each in paragraphs if each.startswith("Example")))


def show(command: Any, *, everything: bool) -> None:
    """Show the help of a command of typer's on standard output."""
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    options = [each for each in options_of_command(command.name) if each.on_command_line]
    console = stdout_console()
    content = screen(command.name, command.help or "", arguments, options, everything=everything)
    console.print(Unpadded(content), width=min(console.width, _WIDEST), end="")


def _options(title: str, options: Iterable[Option]) -> list[RenderableType]:
    rows = [(flags(each), described(each)) for each in options]
    return [Text(title, style="title"), _table(rows), ""]


def _table(rows: Iterable[tuple[Text, Text]]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return Padding(table, (0, 0, 0, 2))


def _name(text: str) -> Text:
    return Text(text, style="whole")


def flags(option: Option) -> Text:
    """Return the names of an option: a short one beside the long one, the sides of a switch below each other."""
    long = [flag for flag in option.all_flags if flag.startswith("--")]
    short = [flag for flag in option.all_flags if not flag.startswith("--")]
    first, *others = long[0].split("/")
    metavar = _metavar(option)
    lines = [", ".join([*short, first]) + (f" {metavar}" if metavar else ""), *others]
    return _name("\n".join(lines))


def _metavar(option: Option) -> str:
    if "/" in option.all_flags[0] or option.annotation is bool:
        return ""
    if option.metavar is not None:
        return option.metavar
    return "N" if int in (option.annotation, *get_args(option.annotation)) else "NAME"


def described(option: Option) -> Text:
    """Return the help of an option with its choices and its default."""
    text = Text(option.help)
    facts = []
    choices = _choices(option.annotation)
    if choices and "/" not in option.all_flags[0] and not all(each in option.help for each in choices):
        facts.append(f"one of {', '.join(choices)}")
    if (default := _default(option)) is not None:
        facts.append(f"default: {default}")
    if facts:
        text.append(f" [{'; '.join(facts)}]", style="label")
    return text


def _choices(annotation: Any) -> tuple[str, ...]:
    kinds = (annotation, *get_args(annotation))
    return next((get_args(kind) for kind in kinds if get_origin(kind) is Literal), ())


def _default(option: Option) -> str | None:
    if option.shown_default is not None:
        return option.shown_default
    if option.default in (None, (), "") or option.annotation is bool:
        return None
    return str(option.default)


def _help(markup: str) -> Text:
    return render(markup)


def _paragraphs(about: str) -> list[str]:
    return [" ".join(part.split()) for part in about.strip().split("\n\n")]


def _indented(markup: str) -> RenderableType:
    return Padding(render(markup), (0, 0, 1 if markup.endswith(".") else 0, 2), expand=False)
