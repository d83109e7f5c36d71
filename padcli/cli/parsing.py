"""Parsing of a command's arguments: names that others use, options given twice, and names that are not known."""

import difflib
import os
import re
from itertools import pairwise
from typing import Any, get_args

from typer.core import TyperCommand

from padcli.cli.color import COLOR
from padcli.options.choices import Color
from padcli.options.other_names import OTHER_NAMES

# Names of Keras and of the shell for what has another one here; the second is put in place of the first.
_SAME = {"--truncating": "--truncate", "--padding=pre": "--pre", "--padding=post": "--post"}


class Command(TyperCommand):
    """A command of typer's, with a help of its own; typer takes the last value of an option that is given twice."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments. Raises a usage error for an option that is given twice, or that there is not."""
        args = self._renamed(args)
        _set_color(args)
        for parameter in (order := self._order(ctx, args)):
            takes_one = parameter.param_type_name == "option" and not getattr(parameter, "multiple", False)
            is_switch = getattr(parameter, "is_flag", False) and not parameter.secondary_opts
            if takes_one and not is_switch and order.count(parameter) > 1:
                ctx.fail(f"Option {parameter.opts[0]!r} was given twice but takes one value.")
        return super().parse_args(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 (typer's)
        """Show the help: what most need of the options."""
        from padcli.cli import help as screen

        screen.show(self, everything=False)

    def _renamed(self, args: list[str]) -> list[str]:
        """Put padcli's names in the place of others; nothing behind `--` is an option."""
        end = args.index("--") if "--" in args else len(args)
        given, renamed = args[:end], list[str]()
        while given:
            name, equals, value = given.pop(0).partition("=")
            if name == "--padding" and not equals and given:
                equals, value = "=", given.pop(0)
            whole = f"{name}{equals}{value}"
            if name == "--split" and self._has("--split-into") and _is_shares(value or (given[0] if given else "")):
                whole = f"--split-into{equals}{value}"
            if self._has("--truncate") and name == "--truncating":
                whole = f"{_SAME[name]}{equals}{value}"
            renamed.append(_SAME.get(whole, whole) if self._has("--post") else whole)
        return renamed + args[end:]

    def _order(self, ctx: Any, args: list[str]) -> list[Any]:
        """Return the parameters in the order in which they are given."""
        try:
            return list(self.make_parser(ctx).parse_args(args=list(args))[2])
        except Exception as error:
            name = getattr(error, "option_name", None)
            if type(error).__name__ != "NoSuchOption" or name is None:
                error.ctx = ctx  # type: ignore[attr-defined]  # which names the command
                raise
            ctx.fail(f"No such option: {name}.{_suggestion(name.lower().replace('_', '-'), self._flags())}")
            raise

    def _has(self, flag: str) -> bool:
        return flag in self._flags()

    def _flags(self) -> set[str]:
        return {"--help", *(flag for each in self.params for flag in (*each.opts, *each.secondary_opts))}


def _set_color(args: list[str]) -> None:
    """Let all screens of this process have the colours that are asked for, also those of errors in the arguments."""
    given = args[: args.index("--")] if "--" in args else args
    values = [value for name, _, value in (each.partition("=") for each in given) if name == "--color" and value]
    values += [value for name, value in pairwise(given) if name == "--color"]
    asked = values[-1] if values else os.environ.get("PADCLI_COLOR")
    COLOR.set(next((each for each in get_args(Color) if asked == each), "auto"))


def _is_shares(value: str) -> bool:
    """Tell `train=0.9,val=0.1` from a regular expression, which `--split` takes, too."""
    return re.fullmatch(r"([\w.-]+=[\d.]+%?)(,[\w.-]+=[\d.]+%?)+", value, re.ASCII) is not None


def _suggestion(name: str, known: set[str]) -> str:
    meant = OTHER_NAMES.get(name, name if name in known else None)
    if meant is not None and (not meant.startswith("--") or meant.split()[0].rstrip(",") in known):
        return f" Use {meant}."
    alike = difflib.get_close_matches(name, known, n=2, cutoff=0.7)
    return f" Did you mean {' or '.join(alike)}?" if alike else ""
