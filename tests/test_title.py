"""Titles fit the terminal: of a path that is too long the middle is left out, and its name is always seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from padcli.cli.screens.title import Title, shortened
from padcli.cli.theme import THEME

LONG = "/a/very/long/folder/that/goes/on/until/it/is/far/too/long/for/any/terminal"


def lines_of(*paths, width):
    console = Console(width=width, theme=THEME, record=True, file=None)
    with console.capture() as capture:
        console.print(Title(*paths, between=" → "))
    return capture.get().splitlines()


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize(
    "paths",
    [
        ("corpus.txt", "out.npz"),
        (f"{LONG}/corpus.txt", "out.npz"),
        ("corpus.txt", f"{LONG}/out.npz"),
        (f"{LONG}/corpus.txt", f"{LONG}/out.npz"),
    ],
)
def test_both_names_are_seen_on_one_line(paths, width):
    (line,) = lines_of(*paths, width=width)
    assert cell_len(line) == width
    assert "corpus.txt → " in line
    assert "out.npz ──" in line


def test_what_has_room_is_shown_whole():
    assert lines_of("corpus.txt", "out.npz", width=40)[0].startswith("corpus.txt → out.npz ─")
    assert LONG + "/out.npz ──" in lines_of("corpus.txt", LONG + "/out.npz", width=120)[0]


@given(st.text(min_size=1, max_size=60), st.integers(8, 70))
def test_a_shortened_path_has_its_room_and_keeps_both_ends(path, room):
    short = shortened(path, room)
    assert cell_len(short) <= max(room, 0) or cell_len(path) <= room
    if short != path:
        start, _, end = short.partition("…")
        assert path.startswith(start)
        assert path.endswith(end)


def test_wide_characters_take_two_columns():
    short = shortened("/データ/" + "日本語" * 20 + "/コーパス.txt", 40)
    assert cell_len(short) <= 40
    assert short.endswith("/コーパス.txt")
