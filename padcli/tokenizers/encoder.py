"""Tokenizers that come from somewhere else, and give each text any number of ids.

Their own libraries are slow. So a faster way to the same ids is taken where there is one that has proved to be right;
rows that it cannot do go to the original, and all rows do where there is none.
"""

import dataclasses
import threading
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import ClassVar, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from padcli import compiled
from padcli.errors import UsageError
from padcli.ragged import RaggedIds, Texts, Units, offsets_of
from padcli.tokenizers.nasty import NASTY
from padcli.tokenizers.normalize import byte_table, cut
from padcli.tokenizers.splitter import Splitter
from padcli.vocabulary import new_index

EncodeTexts = Callable[[pa.StringArray], RaggedIds]
EncodeUnits = Callable[[list[str]], RaggedIds]

# A faster way: its name, and what opens it.
Way = tuple[str, Callable[[], EncodeTexts]]

# What ends the program; all else is an error of the library that raises it. A panic of Rust is no `Exception`.
ENDINGS = (KeyboardInterrupt, SystemExit, MemoryError)

METASPACE = "▁"
_SHOWN = 24


class Original(Protocol):
    """The library that a tokenizer comes from."""

    name: str

    def encode(self, texts: list[str]) -> list[list[int]]:
        """The ids of each text, without those that a post-processor would add."""
        ...

    def decode(self, tokens: list[str]) -> str:
        """Tokens as a text for people."""
        ...


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Encoder(Splitter):
    """Ids by `fast`, or by the `original` where there is no faster way.

    `kind`: of tokenizer, for people. `special`: tokens that are looked for in a text before all else: rows that hold
    one go to the original. `way`: how it is done, for people.
    """

    name: ClassVar[str] = "encoder"

    kind: str
    original: Original
    special: Sequence[str] = ()
    fast: EncodeTexts | None = None
    way: str

    def split(self, texts: Texts) -> Units:
        ids = self.encode(texts.trimmed())
        return Units.of_ids(ids.values, ids.offsets)

    def split_tokens(self, tokens: pa.ListArray) -> Units:
        raise UsageError(f"A {self.kind} tokenizer needs texts, and the field holds lists of tokens.")

    def title(self) -> str:
        return self.kind

    def how(self) -> str:
        return self.way

    def join(self, tokens: list[str]) -> str:
        return self.original.decode(tokens)

    def encode(self, texts: pa.StringArray) -> RaggedIds:
        """The ids of each text `(n,)`."""
        if self.fast is None:
            return _by_original(self.original, texts)
        if not self.special:
            return self.fast(texts)
        pattern = "|".join(map(_literal, self.special))
        return _parted(texts, pc.match_substring_regex(texts, pattern), self.original, self.fast)


def choose_way(kind: str, original: Original, special: Sequence[str], candidates: Iterable[Way]) -> Encoder:
    """The encoder with the first of some faster ways that gives the original's ids.

    A way that cannot be opened is passed over; one that gives other ids for any of the `NASTY` texts is, too, and that
    is said.
    """
    slow, reasons = Encoder(kind=kind, original=original, way=original.name), list[str]()
    texts = pa.array([*NASTY, *(f"a {token} b{token}" for token in special)], pa.string())
    expected = slow.encode(texts)
    for name, open_way in candidates:
        try:
            encoder = dataclasses.replace(slow, special=special, fast=open_way(), way=name)
            found = encoder.encode(texts)
        except ENDINGS:
            raise
        except BaseException as error:  # noqa: BLE001 (each library has its own; what it cannot do, the original does)
            reasons.append(f"{name}: {_first_line(error)}")
            continue
        wrong = _first_difference(found, expected)
        if wrong is None:
            return encoder
        text = texts[wrong].as_py()
        reasons.append(f"{name} gives other ids for {text[:_SHOWN]!a}")
    return dataclasses.replace(slow, way="; ".join([f"{original.name}, row by row", *reasons]))


def by_units(
    original: Original,
    *,
    keeps_spaces: bool,
    lower: bool = False,
    alone: str = "",
    encode_units: EncodeUnits | None = None,
) -> EncodeTexts:
    """A way for tokenizers that cut at spaces before all else: what is between them is encoded once, and remembered.

    `keeps_spaces`: whether more than one space, or one at an end of the text, makes a difference. `lower`: whether the
    tokenizer lower-cases, so that ASCII may be before. `alone`: ASCII that it cuts out of words. `encode_units`: what
    the original does for many short texts, if that is quicker than `encode`.
    """
    memory = _Memory(original, encode_units, byte_table(lower=lower, filters=""), alone)

    def encode(texts: pa.StringArray) -> RaggedIds:
        if keeps_spaces:
            hard = pc.or_(pc.match_substring(texts, "  "), pc.or_(pc.starts_with(texts, " "), pc.ends_with(texts, " ")))
            return _parted(texts, hard, original, memory.encode)
        return memory.encode(texts)

    return encode


class _Memory:
    """The ids of each unit that was met; workers share it."""

    def __init__(self, original: Original, encode_units: EncodeUnits | None, table: bytes, alone: str) -> None:
        self._original = original
        self._encode_units = encode_units or (lambda units: _flat(original.encode(units)))
        self._table, self._alone = table, alone
        self._lock = threading.Lock()
        self._index = new_index()
        self._starts = np.zeros(1, np.int64)
        self._ids = np.zeros(0, np.int32)
        self._n_ids = 0
        self._bound = np.zeros(0, np.bool_)  # whether a unit may have other ids within a text

    def encode(self, texts: pa.StringArray) -> RaggedIds:
        """The ids of each text."""
        units = cut(Texts(array=texts), self._table, self._alone)
        with self._lock:
            numbers = self._numbers(units.units)
            starts, ids, bound = self._starts, self._ids, self._bound
        is_bound = bound[numbers]
        if is_bound.any():
            rows = np.searchsorted(units.offsets, np.flatnonzero(is_bound[units.codes]), side="right") - 1
            hard = np.zeros(len(texts), np.bool_)
            hard[rows] = True
            return _parted(texts, pa.array(hard), self._original, self.encode)
        return _gathered(units, starts[numbers], starts[numbers + 1] - starts[numbers], ids)

    def _numbers(self, units: pa.StringArray) -> NDArray[np.int32]:
        known = len(self._index)
        numbers = self._index.number(units)
        if len(self._index) > known:
            fresh = units.filter(pa.array(numbers >= known)).to_pylist()
            ragged = self._encode_units(fresh)
            end = self._n_ids + len(ragged.values)
            if end > len(self._ids):  # a new array: other threads may still be reading the old one
                self._ids = np.concatenate([self._ids[: self._n_ids], np.zeros(2 * end, np.int32)])
            self._ids[self._n_ids : end] = ragged.values
            self._starts = np.concatenate([self._starts, ragged.offsets[1:] + self._n_ids])
            self._bound = np.concatenate([self._bound, np.fromiter(map(_is_bound, fresh), np.bool_, len(fresh))])
            self._n_ids = end
        return numbers


def _is_bound(unit: str) -> bool:
    """Whether a space beside a unit could change it: a mark or joiner that becomes one with it, other white space."""
    if unit.isascii() and unit.isprintable():
        return False
    first, last = unicodedata.category(unit[0]), unicodedata.category(unit[-1])
    return first[0] in "MCSZ" or first == "Lm" or last[0] in "CZ" or unit[0] in "\u0e33\u0eb3" or METASPACE in unit


def _gathered(units: Units, starts: NDArray[np.int64], lengths: NDArray[np.int64], ids: NDArray[np.int32]) -> RaggedIds:
    """Texts of units, each of which has `lengths` ids from `starts` on."""
    ends = offsets_of(lengths[units.codes])
    values = np.empty(ends[-1], np.int32)
    kernels = compiled.kernels()
    if kernels is not None:
        kernels.expand(units.codes, starts, lengths, ids, values)
    else:
        within = np.arange(len(values)) - np.repeat(ends[:-1], np.diff(ends))
        values[:] = ids[np.repeat(starts[units.codes], np.diff(ends)) + within]
    return RaggedIds(values=values, offsets=ends[units.offsets])


def _parted(texts: pa.StringArray, hard: pa.BooleanArray, original: Original, fast: EncodeTexts) -> RaggedIds:
    """The hard rows by the original, all others fast."""
    is_hard = hard.to_numpy(zero_copy_only=False)
    if not is_hard.any():
        return fast(texts)
    if is_hard.all():
        return _by_original(original, texts)
    parts = _by_original(original, texts.filter(hard)), fast(texts.filter(pc.invert(hard)))
    lengths = np.empty(len(texts), np.int64)
    lengths[is_hard], lengths[~is_hard] = (np.diff(part.offsets) for part in parts)
    in_hard = np.repeat(is_hard, lengths)
    values = np.empty(len(in_hard), np.int64)
    values[in_hard], values[~in_hard] = (part.values for part in parts)
    return RaggedIds(values=values, offsets=offsets_of(lengths))


def _by_original(original: Original, texts: pa.StringArray) -> RaggedIds:
    return _flat(original.encode(texts.to_pylist()))


def _flat(rows: list[list[int]]) -> RaggedIds:
    """Lists of ids as arrays."""
    offsets = offsets_of(np.fromiter(map(len, rows), np.int64, len(rows)))
    return RaggedIds(values=np.fromiter(chain.from_iterable(rows), np.int64, offsets[-1]), offsets=offsets)


def _first_difference(found: RaggedIds, expected: RaggedIds) -> int | None:
    """The first row in which two differ."""
    for row in range(len(expected.offsets) - 1):
        ours, theirs = (ids.values[ids.offsets[row] : ids.offsets[row + 1]] for ids in (found, expected))
        if not np.array_equal(ours, theirs):
            return row
    return None


def _literal(token: str) -> str:
    """A regular expression for the token itself, in the dialect of RE2."""
    return "".join(f"\\x{{{ord(char):x}}}" for char in token)


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0][:100]
