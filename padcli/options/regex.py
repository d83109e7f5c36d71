"""Regular expressions that mean the same to Python, RE2 and Oniguruma.

Python's `re` says what a pattern means. RE2 (in pyarrow) splits texts by it, and Oniguruma (in `tokenizers`) does so
with the saved file; both have other ideas of what a word character, a line or a flag is. So a pattern is parsed by
Python and written anew with nothing but characters, classes of characters by their code points, alternatives and
repetitions: there all three take the leftmost match, and of its alternatives the first. What cannot be written so is
refused. Imports nothing heavy.
"""

import importlib
import re
import string
import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import pairwise
from typing import Any

Ranges = tuple[tuple[int, int], ...]  # of code points, rising and apart, last ones included

_LAST = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)
_MOST_REPEATS = 1000  # of RE2
_UNDERSTOOD = (
    "Supported: characters, classes such as [a-z] and \\s, alternatives (a|b), groups (?:...) and repetitions."
)
_REFUSED = {
    "AT": "^, $ and \\b differ between regex dialects",
    "ASSERT": "RE2 has no lookahead or lookbehind",
    "ASSERT_NOT": "RE2 has no lookahead or lookbehind",
    "GROUPREF": "RE2 has no backreferences",
    "GROUPREF_EXISTS": "RE2 has no backreferences",
    "POSSESSIVE_REPEAT": "RE2 has no possessive quantifiers",
    "ATOMIC_GROUP": "RE2 has no atomic groups",
}


def portable(pattern: str) -> str:
    """Rewrite a pattern so that Python, RE2 and Oniguruma understand it alike. Raises `ValueError` if it cannot be.

    A pattern that is portable stays as it is.
    """
    while True:
        written = _written(pattern)
        if written == pattern:
            return written
        pattern = written


def _written(pattern: str) -> str:
    parser: Any = importlib.import_module("re._parser")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what later versions of Python may take for something else
            parsed = parser.parse(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"not a valid Python regular expression: {error}") from None
    flags = parsed.state.flags
    if flags & (re.IGNORECASE | re.LOCALE):
        raise ValueError("case-insensitive matching (?i) differs between regex dialects")
    if parsed.getwidth()[0] == 0:
        raise ValueError("it can match the empty string, where regex dialects split differently")
    return _sequence(parsed, flags)


def _sequence(items: Iterable[tuple[Any, Any]], flags: int) -> str:
    return "".join(_item(str(op), value, flags) for op, value in items)


def _item(op: str, value: Any, flags: int) -> str:
    """Rewrite one item of a pattern, as Python's parser gives it."""
    if op in {"LITERAL", "NOT_LITERAL", "IN", "ANY"}:
        return _of_characters(_characters(op, value, flags))
    if op == "BRANCH":
        return f"(?:{'|'.join(_sequence(each, flags) for each in value[1])})"
    if op == "SUBPATTERN":
        group, added, removed, inner = value
        if group is not None or added or removed:
            raise ValueError("use non-capturing groups (?:...): captured text would become tokens")
        return f"(?:{_sequence(inner, flags)})"
    if op in {"MAX_REPEAT", "MIN_REPEAT"}:
        return _repeated(*value, flags=flags, lazy=op == "MIN_REPEAT")
    raise ValueError(f"{_REFUSED.get(op, op)}. {_UNDERSTOOD}")


def _repeated(least: int, most: Any, inner: Any, *, flags: int, lazy: bool) -> str:
    endless = str(most) == "MAXREPEAT"
    if max(least, 0 if endless else most) > _MOST_REPEATS:
        raise ValueError(f"it repeats something more than {_MOST_REPEATS:,} times")
    if inner.getwidth()[0] == 0:
        raise ValueError("it repeats something that can match the empty string, which differs between regex dialects")
    counts = {(0, True): "*", (1, True): "+"}.get((least, endless), f"{{{least},}}")
    if not endless:
        counts = "?" if (least, most) == (0, 1) else f"{{{least},{most}}}"
        if least == most:
            counts, lazy = f"{{{least}}}", False
    is_character = len(inner) == 1 and str(inner[0][0]) in {"LITERAL", "NOT_LITERAL", "IN", "ANY"}
    text = _sequence(inner, flags)
    return (text if is_character else f"(?:{text})") + counts + ("?" if lazy else "")


def _characters(op: str, value: Any, flags: int) -> Ranges:
    """The code points that an item matches, which matches one character."""
    if op == "ANY":
        return ((0, _LAST),) if flags & re.DOTALL else _others([(10, 10)])
    if op == "IN":
        negated = str(value[0][0]) == "NEGATE"
        found = [each for item in value[negated:] for each in _characters(str(item[0]), item[1], flags)]
        return _others(found) if negated else _merged(found)
    if op == "CATEGORY":
        return _category(str(value).removeprefix("CATEGORY_"), ascii_only=bool(flags & re.ASCII))
    first, last = value if op == "RANGE" else (value, value)
    if first in _SURROGATES or last in _SURROGATES:
        raise ValueError("it contains half of a surrogate pair, which UTF-8 cannot encode")
    return _others([(first, last)]) if op == "NOT_LITERAL" else ((first, last),)


@cache
def _category(name: str, *, ascii_only: bool) -> Ranges:
    r"""The code points of `\d`, `\s` or `\w`, or of their complements, as Python has them."""
    test: Callable[[str], bool] = {
        "DIGIT": str.isdecimal,
        "SPACE": str.isspace,
        "WORD": lambda char: char.isalnum() or char == "_",
    }[name.removeprefix("NOT_")]
    spaces = "\x1c\x1d\x1e\x1f"  # white space of Unicode's alone
    found = (
        (code, code)
        for code in range(128 if ascii_only else _LAST + 1)
        if test(chr(code)) and not (ascii_only and chr(code) in spaces)
    )
    return _others(found) if name.startswith("NOT_") else _merged(found)


def _merged(ranges: Iterable[tuple[int, int]]) -> Ranges:
    merged = list[tuple[int, int]]()
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)


def _others(ranges: Iterable[tuple[int, int]]) -> Ranges:
    edges = [-1, *(edge for each in _merged(ranges) for edge in each), _LAST + 1]
    pairs = [*pairwise(edges)][::2]
    return tuple((last + 1, first - 1) for last, first in pairs if last + 1 < first)


def _of_characters(ranges: Ranges) -> str:
    """A character, or a class of them."""
    if not ranges:
        raise ValueError("it has a character class that matches nothing")
    first, last = ranges[0]
    if len(ranges) == 1 and first == last:
        return "\\" + chr(first) if chr(first) in "\\^$.|?*+()[]{}" else chr(first)
    if ranges[-1][1] == _LAST and _others(ranges):
        return f"[^{''.join(_parts(_others(ranges)))}]"
    return f"[{''.join(_parts(ranges))}]"


def _parts(ranges: Ranges) -> Iterator[str]:
    for first, last in ranges:
        yield _escaped(first) if first == last else f"{_escaped(first)}-{_escaped(last)}"


def _escaped(code: int) -> str:
    return "\\" + chr(code) if chr(code) in string.punctuation else chr(code)
