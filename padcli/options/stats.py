"""Options of statistics: the `maxlen` that is asked for."""

import dataclasses
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from padcli.options.checks import percent_of, share, whole
from padcli.options.option import ROWS, Stage, option

_tokens = whole(1, "tokens per row")


def _lengths(name: str, value: Any) -> tuple[int, ...]:
    return tuple(_tokens(name, each) for each in (value if isinstance(value, Iterable) else (value,)))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StatsOptions(Stage):
    """Lengths to show, and limits that a `maxlen` has to keep to. Raises `UsageError`."""

    maxlen: Sequence[int] = option(
        (),
        help="A maxlen to show in addition to the usual ones. May be repeated.",
        panel=ROWS,
        metavar="N",
        check=_lengths,
    )
    max_truncated: str | None = option(
        None,
        help="Mark the smallest maxlen that cuts at most this share of the rows.",
        panel=ROWS,
        metavar="N%",
        check=share,
    )
    max_lost: str | None = option(
        None,
        help="Mark the smallest maxlen that loses at most this share of the tokens.",
        panel=ROWS,
        metavar="N%",
        check=share,
    )
    max_padding: str | None = option(
        None,
        help="Mark the largest maxlen for which at most this share of the array is padding.",
        panel=ROWS,
        metavar="N%",
        check=share,
    )

    @property
    def limits(self) -> dict[str, Fraction]:
        """The limits that were given, in percent, by the name of the option."""
        given = {name: getattr(self, f"max_{name}") for name in ("truncated", "lost", "padding")}
        return {name: percent_of(f"--max-{name}", text) for name, text in given.items() if text is not None}
