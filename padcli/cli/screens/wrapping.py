"""Text in columns of a terminal, for scripts of any kind.

Terminals do not agree on how wide joined emoji and vowel signs are. Widths here are the widest that any of them gives,
so that no line is ever longer than the terminal; lines may be shorter.
"""

import unicodedata
from collections.abc import Iterator
from functools import cache

from rich.cells import cell_len
from rich.text import Text

_JOINER = "\N{ZERO WIDTH JOINER}"
_EMOJI_STYLE = "\N{VARIATION SELECTOR-16}"  # what stands before it may take two columns
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)


def columns(text: str) -> int:
    """Count the columns that a text may take."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def is_certain(text: str) -> bool:
    """Tell whether all terminals give the text the same width."""
    return text.isascii() or columns(text) == cell_len(text)


def wrapped(text: Text, room: int) -> list[Text]:
    """Cut a text into lines of at most `room` columns: at spaces if it can be, and never within a character."""
    plain, cuts = text.plain, list[int]()
    start = space = width = 0  # of the line: its first offset, the one behind its last space, its columns
    for offset, character in _characters(plain):
        size = columns(character)
        if character.isspace():
            space = offset + len(character)
        while not character.isspace() and width + size > room and offset > start:
            start = space if space > start else offset
            cuts.append(start)
            width = columns(plain[start:offset])
        width += size
    lines = list(text.divide(cuts))
    for line in lines:
        line.rstrip()
    return lines


def _characters(text: str) -> Iterator[tuple[int, str]]:
    """Yield what a reader takes for one character, each with its offset: a letter with its marks, a joined emoji."""
    if text.isascii():
        yield from enumerate(text)
        return
    start, flags = 0, 0
    for offset, char in enumerate(text):
        flags = flags + 1 if ord(char) in _FLAG_LETTERS else 0
        goes_on = unicodedata.category(char)[0] == "M" or char == _JOINER or ord(char) in _SKIN_TONES
        if offset > start and not goes_on and text[offset - 1] != _JOINER and not (flags and flags % 2 == 0):
            yield start, text[start:offset]
            start = offset
    if text:
        yield start, text[start:]


@cache
def _columns(char: str) -> int:
    if char == _EMOJI_STYLE:
        return 1
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
