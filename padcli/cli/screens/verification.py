"""The screen of `padcli verify`: a line for each check, and a conclusion."""

from rich.console import Group, RenderableType
from rich.text import Text

from padcli.cli.console import grid
from padcli.cli.screens.title import Title
from padcli.inspection.verification import Verification
from padcli.text_format import n_of, visible

_MARKS = {True: ("✓", "whole"), False: ("✗", "error"), None: ("–", "label")}


def screen(verification: Verification) -> RenderableType:
    """Lay out the checks and a closing line, to the width of the terminal."""
    table = grid("left", "left", "left")
    table.columns[1].no_wrap = True
    table.columns[2].overflow = "fold"  # digests are to be read in full
    for check in verification.checks:
        mark, style = _MARKS[check.ok]
        text = Text(visible(check.text), style="label" if check.ok is None else "")
        table.add_row(Text(mark, style=style), Text(visible(check.name)), text)
    wrong = sum(check.ok is False for check in verification.checks)
    notes = sum(check.ok is None for check in verification.checks)
    passed = f"{len(verification.checks) - wrong - notes}"
    closing = Text(
        f"{n_of(wrong, 'check')} failed, {passed} passed." if wrong else f"All {passed} checks passed.",
        style="error" if wrong else "title",
    )
    title = Title(verification.path)
    return Group(title, table, "", closing)
