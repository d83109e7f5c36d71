"""Numbers and texts in words for people."""

import re
from collections.abc import Sequence

# Control characters, those that change the direction of what follows (UAX 9), line ends of Unicode, half characters.
_HARMFUL = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: str) -> str:
    """Write characters that do something to a terminal, or to the order of what it shows, as Python writes them."""
    return _HARMFUL.sub(lambda match: repr(match[0])[1:-1], text)


def visible_in_json(text: str) -> str:
    """Write such characters in JSON, indented or not, as JSON escapes them: it stays the same value."""
    return _HARMFUL.sub(lambda match: match[0] if match[0] == "\n" else f"\\u{ord(match[0]):04x}", text)


def percent(part: int, whole: int) -> str:
    """A share; one that is neither nothing nor all never reads as if it were."""
    percent = 100 * part / whole if whole else 0.0
    if 0 < percent < 0.1:
        return "<0.1%"
    if 99.9 < percent < 100:
        return ">99.9%"
    return f"{percent:.1f}%"


def shown(names: Sequence[str], most: int = 10) -> str:
    """List names, the first of them where there are many."""
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")


def n_of(number: int, noun: str) -> str:
    """So many of them."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def unknown_share(unk_tokens: int, dropped_tokens: int, tokens: int) -> tuple[str, str]:
    """A share of the tokens, and what it is of: those that were skipped, or `[UNK]`; empty without any tokens."""
    if dropped_tokens:
        return percent(dropped_tokens, tokens + dropped_tokens), "skipped"
    return (percent(unk_tokens, tokens), "[UNK]") if tokens else ("", "")
