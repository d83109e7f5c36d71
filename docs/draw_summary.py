"""Draw docs/summary.svg: the summary of a real run on the sample data, as a terminal shows it.

Run it with: make picture
"""

import contextlib
import io
import re
import tempfile
from pathlib import Path

from rich.terminal_theme import MONOKAI

import padcli
from padcli import console
from padcli.screens import summary

ROOT = Path(__file__).parents[1]
SOURCE = Path("sample_data", "reviews.txt")


def draw() -> str:
    """The picture, as SVG. It fetches nothing: fonts are the reader's own."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        SOURCE.parent.symlink_to(ROOT / SOURCE.parent)
        report = padcli.pad(SOURCE, maxlen=50, padding="post")
    screen = console.make_console(stderr=False, width=80, record=True, file=io.StringIO(), force_terminal=True)
    screen.print(f"$ padcli pad {SOURCE} --maxlen 50 --post")
    screen.print(summary.screen(report))
    svg = screen.export_svg(title="padcli", theme=MONOKAI)
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


if __name__ == "__main__":
    (ROOT / "docs" / "summary.svg").write_text(draw(), encoding="utf-8")
