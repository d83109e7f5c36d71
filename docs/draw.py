"""Draw docs/screens/*.svg: what each command shows, as terminals of 80 and of 120 columns do.

Each is a real run on the sample data. Run it with: make pictures
"""

import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "screens"
WIDTHS = (80, 120)

# In this order, in one folder. Those without a name are only there for those that come after them.
COMMANDS = [
    ("pad", "padcli pad sample_data/reviews.txt --maxlen 50 --post"),
    ("fit", "padcli fit sample_data/reviews.txt --vocab-size 1000 -o words.json"),
    ("stats", "padcli stats sample_data/reviews.txt --max-truncated 1% --max-lost 1%"),
    ("gates", "padcli pad sample_data/reviews.txt --maxlen 50 --fail-if 'truncated>5%' --fail-if 'empty>0'"),
    ("error", "padcli pad sample_data/broken.jsonl --label label"),
    ("", "head -60 sample_data/reviews.jsonl > train.jsonl"),
    ("", "tail -25 sample_data/reviews.jsonl > test.jsonl"),
    ("compare", "padcli compare train.jsonl test.jsonl --label label"),
    ("inspect", "padcli inspect reviews.npz"),
    ("rows", "padcli inspect reviews.npz --truncated --limit 3"),
    ("packed", "padcli pad sample_data/reviews.txt --maxlen 64 --post --pack best-fit -o packed.npz"),
    ("packed-rows", "padcli inspect packed.npz --rows 0:3"),
    ("verify", "padcli verify reviews.npz --inputs"),
    ("up-to-date", "padcli pad sample_data/reviews.txt --maxlen 50 --if-changed --fail-if 'duplicates>0'"),
]


def pictures() -> Iterator[tuple[str, str]]:
    """Each picture's name, and the screen: the command, and what it writes, with the codes of its colours."""
    for width in WIDTHS:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "sample_data").symlink_to(ROOT / "sample_data")
            for name, command in COMMANDS:
                shown = _run(command, Path(folder), width)
                if name:
                    yield f"{name}-{width}", f"$ {command}\n{shown}"


def _run(command: str, folder: Path, width: int) -> str:
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "COLUMNS": str(width),
        "LC_ALL": "C.UTF-8",
        "TERM": "xterm-256color",
        "TTY_COMPATIBLE": "1",
        "TTY_INTERACTIVE": "0",
    }
    process = {"cwd": folder, "env": environment, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    return subprocess.run(["bash", "-c", command], text=True, check=False, **process).stdout


def as_svg(name: str, shown: str) -> str:
    """A screen as SVG. It fetches nothing: fonts are the reader's own."""
    width = int(name.rpartition("-")[2])
    console = Console(width=width, record=True, file=io.StringIO(), force_terminal=True)
    command, _, output = shown.partition("\n")
    console.print(command, highlight=False, markup=False)
    console.print(Text.from_ansi(output), soft_wrap=True)
    svg = console.export_svg(title="padcli", theme=MONOKAI, unique_id=name)
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, shown in pictures():
        (FOLDER / f"{name}.svg").write_text(as_svg(name, shown), encoding="utf-8")
