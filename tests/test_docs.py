"""What the documents show is run as it stands there."""

import io
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from conftest import SAMPLE_DATA

import padcli
from padcli import console
from padcli.screens import summary

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(SAMPLE_DATA, folder / "sample_data")
    return folder


@pytest.mark.parametrize(("language", "code"), re.findall(r"```(sh|python)\n(.*?)```", README, re.DOTALL))
def test_examples_of_the_readme_run(folder, language, code):
    scripts = Path(sys.executable).parent
    arguments = ["bash", "-e", "-o", "pipefail", "-c", code] if language == "sh" else [sys.executable, "-c", code]
    finished = subprocess.run(
        arguments, cwd=folder, capture_output=True, text=True, check=False, env={"PATH": f"{scripts}:/usr/bin:/bin"}
    )
    assert finished.returncode == 0, finished.stderr


def test_the_picture_is_what_a_run_shows_today_and_fetches_nothing(folder, monkeypatch):
    picture = (ROOT / "docs" / "summary.svg").read_text(encoding="utf-8")
    shown = "".join(ET.fromstring(picture).itertext()).replace("\xa0", " ")
    assert "padcli pad sample_data/reviews.txt --maxlen 50 --post" in shown
    monkeypatch.chdir(folder)
    report = padcli.pad("sample_data/reviews.txt", maxlen=50, padding="post")
    screen = console.make_console(stderr=False, width=80, file=io.StringIO())
    screen.print(summary.screen(report))
    for line in screen.file.getvalue().splitlines():
        if "on disk" not in line:
            assert "".join(line.split()) in "".join(shown.split())
    assert not re.search(r"(?:href|src|url)\W*https?:", picture)


def test_the_picture_of_the_lengths_is_what_is_drawn_today(folder, monkeypatch):
    monkeypatch.chdir(folder)
    padcli.pad("sample_data/reviews.txt", maxlen=50, padding="post", plot="lengths.svg")
    drawn, shown = (
        [element.text for element in ET.parse(path).iter() if element.text and element.text.strip()]
        for path in (folder / "lengths.svg", ROOT / "docs" / "lengths.svg")
    )
    assert "17 (7.1%)" in drawn
    assert drawn == shown
