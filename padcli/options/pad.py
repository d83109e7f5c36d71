"""Options of padding: how rows of ids become one array."""

import dataclasses
import re
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

from padcli.errors import UsageError
from padcli.options.checks import int64, location, one_of, whole, without_commas
from padcli.options.choices import DType, Names, Side
from padcli.options.option import OUTPUT, ROWS, Stage, option

_tokens = whole(1, "tokens per row")


def _maxlen(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return _tokens(name, value)
    number = without_commas(value)
    if re.fullmatch(r"\d{1,18}", number, re.ASCII):
        return _tokens(name, int(number))
    _share(name, value)
    return value


def _share(name: str, value: str) -> tuple[str, Fraction]:
    match = re.fullmatch(r"([pt])(\d{1,3}(\.\d{1,9})?)", value, re.ASCII)
    percent = Fraction(match[2]) if match else Fraction(0)
    if match is None or not 0 < percent <= 100:
        raise UsageError(
            f"{name}: expected a number of tokens such as 50, or a share such as p95 (of rows kept whole) or t99 "
            f"(of tokens kept), got {value!r}."
        )
    return match[1], percent


def _truncating(name: str, value: Any) -> Any:
    if value not in get_args(Side) and head_of(value) is None:
        raise UsageError(f"{name}: {value!r} is not one of pre, post and head+tail:N, such as head+tail:128.")
    return value


def head_of(truncating: object) -> int | None:
    """Return the tokens of the head that `head+tail:N` keeps, special ones included; None for `pre` and `post`."""
    match = re.fullmatch(r"head\+tail:([1-9]\d{0,17})", str(truncating), re.ASCII)
    return int(match[1]) if match else None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PadOptions(Stage):
    """Padding and truncation, by the names of Keras's `pad_sequences`. Raises `UsageError`.

    https://keras.io/api/data_loading/timeseries/#padsequences-function
    """

    like: str | Path | None = option(
        None,
        help="Pad in the same way as an earlier output, such as validation data with --like train.npz: same tokenizer, "
        "maxlen, sides, padding id, dtype, fields and names. Other options take precedence.",
        panel=ROWS,
        metavar="FILE",
        check=location,
        only=("pad",),
    )
    maxlen: int | str | None = option(
        None,
        help="Length of every row in the output. p95: the smallest that leaves at least 95% of the rows whole; t99: "
        "the smallest that keeps at least 99% of the tokens.",
        panel=ROWS,
        metavar="N|pN|tN",
        shown_default="the longest row",
        check=_maxlen,
    )
    padding: Side = option(
        "pre",
        "--post/--pre",
        help="Pad after (--post) or before (--pre) the tokens.",
        panel=ROWS,
        check=one_of(Side),
    )
    truncating: str = option(
        "pre",
        "--truncate",
        help="The side on which rows that are too long are cut; head+tail:128 keeps the first 128 tokens, and the "
        "rest from the end.",
        panel=ROWS,
        metavar="pre|post|head+tail:N",
        check=_truncating,
        completions=(*get_args(Side), "head+tail:"),
    )
    pad_id: int | None = option(
        None,
        help="The id to pad with.",
        panel=ROWS,
        metavar="ID",
        shown_default="the tokenizer's own, or 0",
        check=int64("the id to pad with"),
    )
    dtype: DType | None = option(
        None,
        help="Integer type of the ids. auto: the smallest that fits; always signed with --names hf.",
        panel=OUTPUT,
        shown_default="int32; int64 for --names hf",
        check=one_of(DType),
    )

    def for_names(self, names: Names) -> "PadOptions":
        """Return the options with the dtype that goes with these names, if none was chosen."""
        if self.dtype is not None:
            return self
        return dataclasses.replace(self, dtype="int64" if names == "hf" else "int32")

    @property
    def share(self) -> tuple[str, Fraction] | None:
        """The share that a `maxlen` such as `"p95"` keeps, in percent ("p": of whole rows, "t": of tokens)."""
        return _share("--maxlen", self.maxlen) if isinstance(self.maxlen, str) else None
