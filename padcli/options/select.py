"""Options of selection: which records become rows, and in which order."""

import dataclasses
import math
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from padcli.errors import UsageError
from padcli.options.checks import int64, percent_of, share, whole
from padcli.options.option import PARTS, SELECTION, Stage, option

_PART = re.compile(r"([\w.-]{1,64})=(\d{1,3}(?:\.\d{1,9})?)(%?)", re.ASCII)


def _split(name: str, value: Any) -> Any:
    _parts(name, value)
    return value


def _parts(name: str, text: object) -> dict[str, Fraction]:
    """Parse `train=0.9,val=0.1`: shares by name, which add up to 1."""
    found = dict[str, Fraction]()
    for part in str(text).split(","):
        match = _PART.fullmatch(part.strip())
        if match is None or match[1] in found:
            raise UsageError(
                f"{name}: expected names with shares, each name once, got {text!r}.",
                hint=f"For example: {name} train=0.9,val=0.1",
            )
        found[match[1]] = Fraction(match[2]) / (100 if match[3] else 1)
    if sum(found.values()) != 1 or len(found) < 2 or 0 in found.values():
        raise UsageError(
            f"{name}: the shares of two or more parts must add up to 1, and those of {text!r} come to "
            f"{float(sum(found.values())):g}.",
            hint=f"For example: {name} train=0.8,val=0.1,test=0.1",
        )
    return found


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SelectOptions(Stage):
    """Selection of records. Raises `UsageError`."""

    limit: int | None = option(
        None,
        help="Take the first N records only, bad ones not counted; for a try: --limit 1000",
        panel=SELECTION,
        metavar="N",
        check=whole(1, "records to take"),
    )
    sample: str | None = option(
        None,
        help="Take this share of the records, by a hash of their content: the same ones on any machine, whatever is "
        "added.",
        panel=SELECTION,
        metavar="N%",
        check=share,
    )
    drop_duplicates: bool = option(False, help="Skip records whose text was there before.", panel=SELECTION)
    drop_empty: bool = option(False, help="Skip records without tokens.", panel=SELECTION)
    min_length: int | None = option(
        None,
        help="Skip records of fewer tokens, special ones not counted.",
        panel=SELECTION,
        metavar="N",
        check=whole(1, "tokens of a record"),
    )
    max_length: int | None = option(
        None,
        help="Skip records of more tokens, special ones not counted.",
        panel=SELECTION,
        metavar="N",
        check=whole(1, "tokens of a record"),
    )
    shuffle: bool = option(False, help="Put the records in a random order, the same for the same --seed.", panel=PARTS)
    split_into: str | None = option(
        None,
        help="Split the records by content: --split-into train=0.9,val=0.1 writes out.train.npz and out.val.npz. "
        "Tokenizer and maxlen follow from the first alone, and duplicates are always in one part.",
        panel=PARTS,
        metavar="NAME=SHARE,...",
        check=_split,
        only=("pad",),
    )
    seed: int = option(
        0,
        help="For --sample, --shuffle and --split-into: another number, another choice.",
        panel=PARTS,
        check=int64("what the random choice begins with"),
    )

    def _check_together(self) -> None:
        if self.min_length is not None and self.max_length is not None and self.min_length > self.max_length:
            raise UsageError(f"--min-length {self.min_length}: is more than --max-length {self.max_length}.")
        random = self.sample is not None or self.shuffle or self.split_into is not None
        if self.seed and not random:
            raise UsageError("--seed: nothing is chosen at random.", hint="Add --shuffle, --sample or --split-into.")

    @property
    def sample_share(self) -> Fraction:
        """The share of the records to take, 0 to 1."""
        return Fraction(1) if self.sample is None else percent_of("--sample", self.sample) / 100

    @property
    def parts(self) -> Mapping[str, Fraction]:
        """Shares of the parts, by their names; empty without `split_into`."""
        return {} if self.split_into is None else _parts("--split-into", self.split_into)

    @property
    def skips(self) -> bool:
        """True where some records may be in no row."""
        return (
            self.limit is not None
            or self.sample is not None
            or self.drop_duplicates
            or self.skips_by_length
            or self.split_into is not None
        )

    @property
    def skips_by_length(self) -> bool:
        """True where it depends on the number of tokens."""
        return self.drop_empty or self.min_length is not None or self.max_length is not None

    @property
    def lengths(self) -> tuple[float, float]:
        """The least and the most tokens of a record."""
        least = max(self.min_length or 0, int(self.drop_empty))
        return least, math.inf if self.max_length is None else self.max_length
