"""A check: one line of what `padcli verify` finds."""

import dataclasses
from collections.abc import Iterable
from typing import Protocol


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check and its result. `ok` is None where there could be none: then `text` is a note, and no more."""

    name: str
    ok: bool | None
    text: str


class Readable(Protocol):
    """An array that checks are made of; `problems` say why it cannot be read to its end."""

    name: str
    problems: list[str]


def verdict(name: str, wrong: str, needed: Iterable[Readable], fine: str) -> Check:
    """Return a check that fails with the text `wrong`, if there is one, and else holds with the text `fine`.

    It is a note where arrays that are needed for it cannot be read.
    """
    broken = [array.name for array in needed if array.problems]
    if wrong:
        return Check(name=name, ok=False, text=wrong)
    if broken:
        return Check(name=name, ok=None, text=f"not fully checked: {' and '.join(broken)} cannot be read")
    return Check(name=name, ok=True, text=fine)


def digest_text(sha256: str | None) -> str:
    """Show a digest, by its beginning."""
    return f"sha256 {str(sha256)[:16]}…"


def other_digest_text(found: str, expected: str | None) -> str:
    """Show a digest beside the one that is expected."""
    return f"its {digest_text(found)}, expected {str(expected)[:16]}…"
