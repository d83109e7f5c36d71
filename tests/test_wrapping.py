"""Rows of any script keep to the columns of the terminal, and no character is torn apart."""

import re
import unicodedata

import hypothesis
import pytest
from conftest import run_in_terminal
from hypothesis import strategies as st
from rich.text import Text

import padcli
from padcli.cli.screens.wrapping import columns, is_certain, wrapped

HINDI = "यह फ़िल्म बहुत अच्छी थी और मुझे बहुत पसंद आई क्योंकि कहानी बहुत रोचक थी"
FAMILY = "👨‍👩‍👧‍👦"
FLAGS = "🇩🇪🇫🇷"
JAPANESE = "日本語の映画はとても面白かったですそしてまた見たいと思います本当に"


def lines(text, room):
    return [line.plain for line in wrapped(Text(text), room)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a", 1), ("日本", 4), ("ा", 1), ("é", 1), (FAMILY, 8), ("❤️", 2), (FLAGS, 4), ("\N{ZERO WIDTH JOINER}", 0)],
)
def test_a_width_is_the_widest_that_a_terminal_may_give(text, expected):
    assert columns(text) == expected


def test_a_width_is_certain_where_no_terminal_differs():
    assert is_certain("plain")
    assert is_certain(JAPANESE)
    assert not is_certain(HINDI)
    assert not is_certain(FAMILY)


def test_lines_are_cut_at_spaces_and_words_that_are_too_long_within():
    assert lines("the cat sat", 7) == ["the cat", "sat"]
    assert lines("the cat sat", 6) == ["the", "cat", "sat"]
    assert lines("abcdefgh ij", 5) == ["abcde", "fgh", "ij"]
    assert lines("日本語日本語", 4) == ["日本", "語日", "本語"]
    assert lines("", 5) == [""]
    assert lines("a bbbbbb日日", 9) == ["a", "bbbbbb日", "日"]


def test_no_character_is_torn_apart():
    assert lines(FAMILY * 3, 9) == [FAMILY] * 3
    assert lines(FLAGS, 3) == ["🇩🇪", "🇫🇷"]
    assert lines("👍🏽👍🏽", 5) == ["👍🏽", "👍🏽"]
    for line in lines(HINDI, 5):
        assert unicodedata.category(line[0])[0] != "M"


@hypothesis.given(st.text("ab  日ा👩\N{ZERO WIDTH JOINER}é"), st.integers(9, 20))
def test_lines_are_the_whole_text_and_none_is_too_long(text, room):
    found = lines(text, room)
    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(columns(line) <= room for line in found if len(line) < 5 or "\u200d" not in line)


@pytest.mark.parametrize("width", [80, 120])
def test_rows_keep_to_the_terminal_and_leave_no_spaces_behind(tmp_path, write, width):
    corpus = write("corpus.txt", f"{HINDI} {HINDI}\n{FAMILY * 12} {FLAGS * 9}\n{JAPANESE}\nshort one\n" + "long " * 60)
    padcli.pad(corpus, tmp_path / "out.npz", tokenizer="whitespace", maxlen=12)
    seen = run_in_terminal(["inspect", str(tmp_path / "out.npz"), "--rows", ":"], tmp_path, width)
    shown = re.sub(r"\x1b\[[\d;?]*\w", "", seen).replace("\r", "").splitlines()
    shown = shown[: next(n for n, line in enumerate(shown) if line.startswith("The lost text"))]
    assert max(map(columns, shown)) <= width
    assert not [line for line in shown if line.endswith(" ") or not line]
    assert shown[0] == "row  tokens  text"
    text = [line[13:] for line in shown if re.match(r" +\d+ +\d+  ", line)]
    assert len(text) == 5


def test_what_was_kept_and_what_was_lost_stand_side_by_side_where_widths_are_certain(tmp_path, write):
    padcli.pad(write("corpus.txt", "日本 一 二 三\nthe cat sat down\n"), tmp_path / "out.npz", maxlen=2)
    seen = run_in_terminal(["inspect", str(tmp_path / "out.npz"), "--rows", ":"], tmp_path, 120)
    rows = re.sub(r"\x1b\[[\d;?]*\w", "", seen).replace("\r", "").splitlines()[:3]
    places = [columns(line[: line.index(lost)]) for line, lost in zip(rows, ["lost", "日本", "the"], strict=True)]
    assert places == [67] * 3
