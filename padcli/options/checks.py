"""Checks of single values: each takes the option's name and a value, and returns the value to keep.

Raises `UsageError` for what an option cannot be.
"""

import operator
import re
from fractions import Fraction
from typing import Any, get_args

from padcli.errors import UsageError
from padcli.options.option import Check
from padcli.urls import as_named

_INT64 = range(-(2**63), 2**63)
_TOO_LARGE = 10**18


def one_of(choices: Any) -> Check:
    """Check that a value is one of those of a `Literal`."""
    known = get_args(choices)

    def check(name: str, value: Any) -> Any:
        if not isinstance(value, str) or value not in known:
            raise UsageError(f"{name}: {value!r} is not one of {', '.join(known)}.")
        return value

    return check


def whole(least: int, why: str) -> Check:
    """Check for an integer of any kind, as NumPy's are, of at least `least` and at most 18 digits; it becomes an `int`.

    `why`: the words in brackets that tell what it is for.
    """
    return lambda name, value: _whole(name, value, range(least, _TOO_LARGE), why)


def size(name: str, value: Any) -> int:
    """Parse a size such as `512MB` or `1GiB`: bytes."""
    match = re.fullmatch(
        r"(\d{1,15}(?:\.\d{1,9})?)\s*(?:([kmgt]?)(i?)b)?", str(value).strip(), re.ASCII | re.IGNORECASE
    )
    number = Fraction(0)
    if match and not isinstance(value, bool):
        base, power = 1024 if match[3] else 1000, " kmgt".index((match[2] or " ").lower())
        number = Fraction(match[1]) * base**power
    if number < 1 or (match and match[3] and not match[2]):
        raise UsageError(f"{name}: expected a size such as 512MB or 1GiB, got {value!r}.")
    return int(number)


def int64(why: str) -> Check:
    """Check for an integer of any kind that 64 bits hold; it becomes an `int`."""
    return lambda name, value: _whole(name, value, _INT64, why)


def _whole(name: str, value: Any, allowed: range, why: str) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool) or number not in allowed:
        what = f"an integer of at least {allowed.start}" if allowed.start >= 0 else "a 64-bit integer"
        most = " and at most 18 digits" if allowed.start >= 0 and number is not None and number >= allowed.stop else ""
        raise UsageError(f"{name}: expected {what}{most} ({why}), got {value!r}.")
    return number


def without_commas(text: str) -> str:
    """Return a number as it is printed, such as `1,169`, without its commas; any other text as it is."""
    return text.replace(",", "") if re.fullmatch(r"-?\d{1,3}(,\d{3})+", text, re.ASCII) else text


def utf8(name: str, value: Any) -> Any:
    """Check that a string can be written as UTF-8: the command line makes half characters of other bytes."""
    if has_half_characters(value):
        raise UsageError(f"{name}: {value!r} is not valid UTF-8.")
    return value


def has_half_characters(text: str) -> bool:
    """True for a string with surrogates, which are no characters."""
    return re.search(r"[\ud800-\udfff]", text) is not None


def location(name: str, value: Any) -> Any:  # noqa: ARG001
    """Take a path, or a URL, which then shows no secrets."""
    return as_named(value)


def strings(name: str, value: Any) -> tuple[str, ...]:  # noqa: ARG001
    """Take one string, or several."""
    return (value,) if isinstance(value, str) else tuple(value)


def share(name: str, value: Any) -> Any:
    """Check for a percentage such as `"1%"`."""
    percent_of(name, value)
    return value


def percent_of(name: str, text: object) -> Fraction:
    """Parse a percentage such as `"1%"`: 1. Raises `UsageError` for what is not from 0% to 100%."""
    match = re.fullmatch(r"(\d{1,3}(\.\d{1,9})?)\s*%", str(text), re.ASCII)
    percent = Fraction(match[1]) if match else Fraction(-1)
    if not 0 <= percent <= 100:
        raise UsageError(f"{name}: expected a percentage from 0% to 100%, such as 1%, got {text!r}.")
    return percent
