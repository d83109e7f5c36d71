"""Options of rows: what stands in them, what becomes of records that are too long, and how wide they are."""

import dataclasses
import re
from collections.abc import Iterable, Sequence
from typing import Any

from padcli.errors import UsageError
from padcli.options.checks import has_half_characters, int64, one_of, whole
from padcli.options.choices import Packing, PairTruncation
from padcli.options.option import ROWS, SHAPES, SPECIAL_TOKENS, TEXTS, Stage, option


def _tokens(name: str, value: Any) -> tuple[str, ...]:
    several = value if isinstance(value, Iterable) and not isinstance(value, str) else (value,)
    return tuple(_token(name, token) for token in several)


def _token(name: str, value: object) -> str:
    token = value if isinstance(value, str) else str(int64("an id, or the name of a token")(name, value))
    if not token or has_half_characters(token) or re.fullmatch(r"-\d+|\d{19,}|--[a-z].*", token, re.ASCII):
        raise UsageError(f"{name}: expected a token, or an id of 0 or more and at most 18 digits, got {token!r}.")
    return token


def _windows(name: str, value: Any) -> Any:
    _window_range(name, value)
    return value


def _window_range(name: str, value: object) -> tuple[str, int]:
    match = re.fullmatch(r"(first|last):([1-9]\d{0,8})", str(value), re.ASCII)
    if match is None:
        raise UsageError(f"{name}: expected first:N or last:N, such as first:3, got {value!r}.")
    return match[1], int(match[2])


def _bucket(name: str, value: Any) -> Any:
    _widths(name, value)
    return value


def _widths(name: str, value: object) -> tuple[int, ...] | int:
    """Parse widths, or how many there are to be."""
    if match := re.fullmatch(r"auto:([1-9]\d{0,2})", str(value), re.ASCII):
        return int(match[1])
    parts = str(value).split(",")
    if not all(re.fullmatch(r" *[1-9]\d{0,8} *", part, re.ASCII) for part in parts):
        raise UsageError(f"{name}: expected widths such as 32,64,128, or auto:4, got {value!r}.")
    widths = tuple(map(int, parts))
    if sorted(set(widths)) != list(widths):
        raise UsageError(f"{name}: widths must rise, got {value!r}.")
    return widths


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RowOptions(Stage):
    """From records to rows. Raises `UsageError`."""

    start: Sequence[str] = option(
        (),
        help="A token, or an id, before each row, such as [START]; --maxlen counts it. A tokenizer that is fitted gets "
        "the token. Repeat for several.",
        panel=SPECIAL_TOKENS,
        metavar="TOKEN|ID",
        check=_tokens,
        accepts=int | Sequence[str] | Sequence[int],
    )
    end: Sequence[str] = option(
        (),
        help="A token, or an id, after each row, such as [END]; kept when a row is cut.",
        panel=SPECIAL_TOKENS,
        metavar="TOKEN|ID",
        check=_tokens,
        accepts=int | Sequence[str] | Sequence[int],
    )
    separator: Sequence[str] = option(
        (),
        help="A token, or an id, between the texts of --pair-field.",
        panel=TEXTS,
        metavar="TOKEN|ID",
        shown_default="--end",
        check=_tokens,
        accepts=int | Sequence[str] | Sequence[int],
    )
    truncate_pairs: PairTruncation | None = option(
        None,
        help="Which of the texts of --pair-field are cut when a row is too long: longest-first, only-first and "
        "only-second as Hugging Face does it, round-robin and waterfall as KerasHub does it.",
        panel=TEXTS,
        shown_default="longest-first; round-robin for more than two texts",
        check=one_of(PairTruncation),
    )
    overflow: str = option(
        "cut",
        help="Records longer than maxlen: cut them (see --truncate), split them into several rows (window), skip them "
        "(drop), or stop (error).",
        panel=SHAPES,
        metavar="cut|window|drop|error",
    )  # padcli.rows.shapes has its check, since it knows all shapes
    stride: int = option(
        0,
        help="Tokens that each window shares with the one before: --overflow window --stride 64",
        panel=SHAPES,
        check=whole(0, "tokens that windows have in common"),
    )
    windows: str | None = option(
        None,
        help="Keep only some windows of each record: first:3 or last:2.",
        panel=SHAPES,
        metavar="first:N|last:N",
        check=_windows,
    )
    pack: Packing | None = option(
        None,
        help="Put several records in one row, with segment_ids and position_ids; best-fit leaves the least padding: "
        "--pack best-fit --maxlen 2048",
        panel=SHAPES,
        check=one_of(Packing),
    )
    pad_to_multiple_of: int | None = option(
        None,
        help="Widen the array to a multiple of this, such as 8 for tensor cores; rows are still cut at maxlen.",
        panel=ROWS,
        check=whole(1, "cells of a row"),
    )

    bucket: str | None = option(
        None,
        help="Write one output per width, each row to the narrowest that holds it: 32,64,128, or auto:4 for the four "
        "widths with the least padding. The record array restores the order.",
        panel=SHAPES,
        metavar="N,N,...|auto:N",
        check=_bucket,
        only=("pad",),
    )

    def _check_together(self) -> None:
        if self.overflow != "window":
            for name, given in (("--stride", self.stride != 0), ("--windows", self.windows is not None)):
                if given:
                    raise UsageError(f"{name} cannot be used without --overflow window.", hint="Add --overflow window.")

    @property
    def kept_windows(self) -> tuple[str, int] | None:
        """The end of a record whose windows are kept ("first" or "last"), and how many."""
        return None if self.windows is None else _window_range("--windows", self.windows)

    @property
    def widths(self) -> tuple[int, ...] | int | None:
        """The widths of `bucket`, or how many there are to be; None without it."""
        return None if self.bucket is None else _widths("--bucket", self.bucket)

    @property
    def further_arrays(self) -> tuple[str, ...]:
        """Names of arrays that come with rows that are more than records cut to length."""
        if self.pack is not None:
            return ("segment_ids", "position_ids", "record", "row_offsets")
        return ("record",) if self.overflow not in {"cut", "error"} or self.bucket is not None else ()
