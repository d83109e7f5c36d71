"""What the documents show is run as it stands there."""

import re
import runpy
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from conftest import SAMPLE_DATA
from rich.text import Text

import padcli

ROOT = Path(__file__).parents[1]


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(SAMPLE_DATA, tmp_path / "sample_data")
    return tmp_path


@pytest.mark.parametrize("document", ["README.md", "docs/checks.md"])
def test_examples_of_the_documents_run_one_after_the_other(folder, document):
    scripts, text = Path(sys.executable).parent, (ROOT / document).read_text(encoding="utf-8")
    examples = re.findall(r"```(sh|python)\n(.*?)```", text, re.DOTALL)
    assert examples
    for language, code in examples:
        shell = ["bash", "-e", "-o", "pipefail", "-c", code]
        finished = subprocess.run(
            shell if language == "sh" else [sys.executable, "-c", code],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": f"{scripts}:/usr/bin:/bin"},
        )
        assert finished.returncode == 0, f"{code}\n{finished.stderr}"


def test_the_pictures_are_what_runs_show_today_and_fetch_nothing():
    draw = runpy.run_path(str(ROOT / "docs" / "draw.py"))
    runs = dict(draw["pictures"]())
    files = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "screens").iterdir()}
    assert files.keys() == runs.keys()
    for name, run in runs.items():
        drawn = "".join(ET.fromstring(files[name]).itertext())
        assert _lasting(Text.from_ansi(run).plain) in _lasting(drawn), f"{name}: make pictures"
        assert not re.search(r"(?:href|src|url)\W*https?:", files[name])


def _lasting(shown):
    """The words of a screen, without what another run or machine shows otherwise: seconds and versions."""
    return "".join(re.sub(r"in\s[\d.]+\ss\b|Keras\s[\d.]+", "", shown.replace("\xa0", " ")).split())


def test_what_follows_from_the_options_is_what_they_say_today():
    written = runpy.run_path(str(ROOT / "docs" / "options.py"))
    keywords, page = written["keywords_module"](written["CLASSES"]), written["page"](written["STAGES"])
    assert written["KEYWORDS"].read_text(encoding="utf-8") == keywords, "make options"
    assert written["PAGE"].read_text(encoding="utf-8") == page, "make options"


def test_the_picture_of_the_lengths_is_what_is_drawn_today(folder, monkeypatch):
    monkeypatch.chdir(folder)
    padcli.pad("sample_data/reviews.txt", maxlen=50, padding="post", plot="lengths.svg")
    drawn, shown = (
        [element.text for element in ET.parse(path).iter() if element.text and element.text.strip()]
        for path in (folder / "lengths.svg", ROOT / "docs" / "lengths.svg")
    )
    assert "17 (7.1%)" in drawn
    assert drawn == shown
