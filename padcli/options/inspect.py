"""Options of looking at a file: its rows, its check, its vocabulary."""

import dataclasses
import re
from typing import Any

from padcli.errors import UsageError
from padcli.options.checks import location, utf8, whole, without_commas
from padcli.options.option import ROWS, Stage, option

_SHOWN_ROWS = 10


def _rows(name: str, value: Any) -> Any:
    _span(name, value)
    return value


def _span(name: str, rows: str) -> slice:
    rows = ":".join(map(without_commas, rows.split(":")))
    if re.fullmatch(r"\d{1,18}", rows, re.ASCII):
        return slice(int(rows), int(rows) + 1)
    match = re.fullmatch(r"(-?\d{1,18})?:(-?\d{1,18})?", rows, re.ASCII)
    if match is None:
        raise UsageError(f"{name}: expected a range such as 0:5, or a number, got {rows!r}.")
    return slice(*(None if part is None else int(part) for part in match.groups()))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class InspectOptions(Stage):
    """Rows of a file: those for which all holds that is asked for. Raises `UsageError`."""

    rows: str | None = option(
        None,
        help="Only these rows: a range such as 0:5 (from 0, end excluded), or a single one such as 7.",
        panel=ROWS,
        metavar="START:STOP",
        check=_rows,
    )
    find: str | None = option(
        None,
        help="Only rows that contain this token, as in --find cat or --find '[UNK]'; or this id, as in --find '#42'.",
        panel=ROWS,
        metavar="TOKEN",
        check=utf8,
    )
    truncated: bool = option(False, help="Only rows that were cut because they are longer than maxlen.", panel=ROWS)
    unk: bool = option(
        False, help="Only rows that contain [UNK], the token for anything outside the vocabulary.", panel=ROWS
    )
    longest: bool = option(
        False, help="Show the rows that were longest before cutting, instead of the first ones.", panel=ROWS
    )
    limit: int | None = option(
        None,
        help="Show at most N rows, as in --limit 3; 0 shows all.",
        panel=ROWS,
        metavar="N",
        shown_default="10; with --rows, all of them",
        check=whole(0, "rows to show; 0 shows all"),
    )
    tokenizer: str | None = option(
        None,
        help="The tokenizer to decode with.",
        metavar="FILE",
        check=location,
        shown_default="the one recorded in the file, or the one next to it",
    )

    @property
    def asks_for_rows(self) -> bool:
        """True where rows are to be shown, not the content of the file."""
        return self.rows is not None or self.limit is not None or self.is_selective

    @property
    def is_selective(self) -> bool:
        """True where more is asked of the rows than that they are in a range."""
        return self.find is not None or self.longest or self.truncated or self.unk

    @property
    def most(self) -> int | None:
        """The number of rows to show; None for all."""
        if self.limit is None:
            return _SHOWN_ROWS if self.is_selective else None
        return self.limit or None

    @property
    def span(self) -> slice:
        """The range of rows."""
        return _span("--rows", ":" if self.rows is None else self.rows)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class VerifyOptions(Stage):
    """Things to check beside the file itself."""

    inputs: bool = option(
        False,
        help="Also check that the inputs and the tokenizer have not changed; they are looked up at their recorded "
        "paths, relative to the current folder.",
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions(Stage):
    """The place of an exported vocabulary."""

    output: str = option(
        "vocabulary.txt",
        "--output",
        "-o",
        help="Where to write it, for TextVectorization(vocabulary=FILE).",
        metavar="FILE",
    )
