"""Titles of screens: paths that fit the terminal, shortened in the middle where they are too long."""

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.rule import Rule
from rich.text import Text

from padcli.text_format import visible

_RULE = 4  # columns of the line behind a title, at the least


class Title:
    """A title made of paths, with `between` them, each of which has its share of the room."""

    def __init__(self, *paths: str, between: str = "") -> None:
        self.paths, self.between = tuple(map(visible, paths)), between

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield a line of the terminal's width."""
        room = options.max_width - _RULE - cell_len(self.between) * (len(self.paths) - 1)
        shown = list[str]()
        for i, path in reversed(list(enumerate(self.paths))):
            others = sum(map(cell_len, self.paths[:i]))
            shown.insert(0, shortened(path, max(room // (i + 1), room - others)))
            room -= cell_len(shown[0])
        yield Rule(Text(self.between.join(shown), style="title"), align="left", style="label")


def shortened(path: str, room: int) -> str:
    """Leave out the middle of a path that takes more columns than there is room for; its name stays, if it can."""
    if cell_len(path) <= room:
        return path
    name = path.rpartition("/")[2]
    behind = min(max(cell_len(name) + 1, room // 2), room - 2)
    end = len(path)
    while end and cell_len(path[end - 1 :]) <= behind:
        end -= 1
    start = 0
    while start < end and cell_len(path[: start + 1]) < room - cell_len(path[end:]):
        start += 1
    return f"{path[:start]}…{path[end:]}"
