"""Consoles in padcli's styles. Nothing heavy is imported here, so that the help can use it."""

import io
import sys
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.theme import Theme

from padcli.cli.color import COLOR
from padcli.options.choices import Color

# One visual language for all commands. Text has the terminal's own colours, which alone are read well on dark and on
# light; weight and signs tell what matters. Bars may have a colour.
THEME = Theme(
    {
        "title": "bold",
        "label": "none",
        "whole": "none",
        "cut": "bold",
        "advice": "bold",
        "error": "bold",
        "token": "none",
        "unk": "bold",
        "special": "underline",
        "found": "reverse",
        "lost": "italic",
        "pad": "italic",
        "seam": "bold",
    }
)
BAR_COLORS = {"whole": "default", "cut": "bright_magenta"}
WARNING_SIGN = "!"

_SETTINGS: dict[Color, dict[str, Any]] = {
    "auto": {},
    "always": {"color_system": "standard", "no_color": False},
    "never": {"color_system": None, "no_color": True},
}


class _Console(Console):
    """A console that raises for a closed pipe, so that the error boundary can end the process."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


class Unpadded:
    """A screen whose lines end with their last character: rich fills cells, also the last ones, with spaces.

    A line that a terminal takes for wider than rich does would wrap, and leave an empty line behind.
    """

    def __init__(self, screen: RenderableType) -> None:
        self._screen = screen

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the lines."""
        for line in console.render_lines(self._screen, options, pad=False):
            while line and not line[-1].text.strip() and not (line[-1].style and line[-1].style.reverse):
                line.pop()
            if line and not (line[-1].style and line[-1].style.reverse):
                line[-1] = Segment(line[-1].text.rstrip(), line[-1].style)
            yield from line
            yield Segment.line()


def make_console(*, stderr: bool, **options: Any) -> Console:
    """Make a console in padcli's colours; without `--color`, rich honours `NO_COLOR`, `TERM=dumb` and pipes."""
    options = {**_SETTINGS[COLOR.get()], **options}
    return _Console(stderr=stderr, theme=THEME, highlight=False, emoji=False, markup=False, **options)


def stdout_console() -> Console:
    """Make a console for results; characters that the terminal's encoding lacks are written as escapes."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    return make_console(stderr=False)
