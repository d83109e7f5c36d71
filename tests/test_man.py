"""The manual pages: they are those of today's options, and roff that its readers take."""

import re
import runpy
import shutil
import subprocess
from pathlib import Path

import pytest

from padcli.options import STAGES, options_of_command

WRITER = runpy.run_path(str(Path(__file__).parents[1] / "docs" / "man.py"))
PAGES = WRITER["pages"]()


def _read(page):
    """The words of a page, without its macros and fonts."""
    words = re.sub(r"^\.\w+ ?", "", page, flags=re.MULTILINE)
    for escape, character in {
        r"\(aq": "'", r"\(ga": "`", r"\(ha": "^", r"\(ti": "~", r"\(dq": '"', r"\&": "", r"\-": "-", r"\e": "\\",
    }.items():  # fmt: skip
        words = words.replace(escape, character)
    return words


def test_the_pages_that_are_installed_are_those_of_today():
    written = {path.name: path.read_text(encoding="utf-8") for path in WRITER["FOLDER"].iterdir()}
    assert written == PAGES, "make options"


@pytest.mark.parametrize("command", sorted(STAGES.keys() - {"pad_texts"}))
def test_each_option_of_a_command_is_on_its_page(command):
    page = _read(PAGES[f"padcli-{command}.1"])
    for option in options_of_command(command):
        if option.on_command_line:
            assert all(flag in page for flags in option.all_flags for flag in flags.split("/"))
            assert option.help in page


def test_the_first_page_names_the_others():
    for name in PAGES.keys() - {"padcli.1"}:
        assert f"{name.removesuffix('.1')}(1)" in _read(PAGES["padcli.1"])


def test_the_pages_hold_no_request_by_accident():
    for page in PAGES.values():
        lines = page.splitlines()
        assert {line.split()[0] for line in lines if line.startswith((".", "'"))} <= {
            ".TH", ".SH", ".SS", ".TP", ".PP", ".B", ".I", ".nf", ".fi",
        }  # fmt: skip
        assert all(lines)
        escapes = {escape for line in lines for escape in re.findall(r"\\(\(..|f.|.)", line)}
        assert escapes <= {"-", "e", "&", "(aq", "(ga", "(ha", "(ti", "(dq", "fI", "fR"}


@pytest.mark.parametrize("name", sorted(PAGES))
def test_readers_of_manual_pages_find_nothing_wrong(name):
    page = PAGES[name].encode()
    assert page.isascii() or b"\\[u" not in page
    if shutil.which("groff"):
        shown = subprocess.run(
            ["groff", "-man", "-ww", "-K", "utf-8", "-T", "utf8"], input=page, capture_output=True, check=True
        )
        assert not shown.stderr
    if shutil.which("mandoc"):
        found = subprocess.run(["mandoc", "-T", "lint", "-W", "warning"], input=page, capture_output=True, check=False)
        complaints = [line for line in found.stdout.decode().splitlines() if "missing date" not in line]
        assert not complaints
