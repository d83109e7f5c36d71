"""Tokenizers that come from somewhere else, and give each text any number of ids.

Their own libraries are slow. So a fast path to the same ids is taken where there is one. Each path states the
conditions under which it is exact; rows outside of them go to the original, and all rows do where there is no path.
"""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version
from itertools import chain
from typing import ClassVar, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from padcli.errors import UsageError
from padcli.rows.ragged import RaggedIds, Texts, Units, offsets_of
from padcli.rows.unique import unique_units
from padcli.tokenizers.external.checked_versions import unchecked
from padcli.tokenizers.external.memory import expanded
from padcli.tokenizers.external.probe_texts import PROBE_TEXTS
from padcli.tokenizers.splitter import Splitter

# What ends the program; all else is an error of the library that raises it. A panic of Rust is no `Exception`.
ENDINGS = (KeyboardInterrupt, SystemExit, MemoryError)

_SHOWN = 24


class Original(Protocol):
    """The library that a tokenizer comes from."""

    name: str  # of the library, as it is installed
    takes_tokens: bool  # texts that are cut into tokens already

    def encode(self, texts: list[str]) -> list[list[int]]:
        """The ids of each text, without those that a post-processor would add."""
        ...

    def decode(self, tokens: list[str]) -> str:
        """Tokens as a text for people."""
        ...


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Condition on a text for a fast path to be exact: `broken` gives bool `(n,)`, True where it does not hold."""

    name: str
    broken: Callable[[pa.StringArray], NDArray[np.bool_]]


class FastPath(Protocol):
    """A faster way to the original's ids.

    `conditions`: of each text as a whole.
    """

    @property
    def library(self) -> str:
        """The library that gives its ids."""
        ...

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Conditions of each text."""
        ...

    def encode(self, texts: pa.StringArray) -> tuple[RaggedIds, NDArray[np.bool_]]:
        """The ids of texts that meet all conditions, and True for those that the original has to do, bool `(n,)`.

        Such a text may have any ids here.
        """
        ...


# A path's name, and the call that opens it.
Candidate = tuple[str, Callable[[], FastPath]]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Encoder(Splitter):
    """Ids by the fast `path`, or by the `original` where there is none.

    `kind`: of tokenizer, for people. `way`: how it is done, for people.
    """

    name: ClassVar[str] = "encoder"

    kind: str
    original: Original
    path: FastPath | None = None
    way: str

    def split(self, texts: Texts) -> Units:
        ids, original_rows = self.encode(texts.trimmed())
        return Units.of_ids(ids.values, ids.offsets, original_rows=original_rows)

    def split_tokens(self, tokens: pa.ListArray) -> Units:
        """The ids of each token, side by side.

        So does `tokenizers` with `is_pretokenized=True`: it encodes each token by itself.
        https://github.com/huggingface/tokenizers/blob/main/tokenizers/src/tokenizer/mod.rs (`encode_single_sequence`)
        """
        if not self.original.takes_tokens:
            raise UsageError(
                f"A {self.kind} tokenizer needs texts, but the field contains lists of tokens.",
                hint="Join the tokens of each record to the original text.",
            )
        units = unique_units(tokens, drop_empty=False)
        ids, original_rows = self.encode(units.strings.cast(pa.string()))
        known = ids.values.astype(np.int32, copy=False)
        rows = expanded(units.codes, units.offsets, ids.offsets[:-1], np.diff(ids.offsets), known)
        return Units.of_ids(rows.values, rows.offsets, original_rows=original_rows)

    def title(self) -> str:
        return self.kind

    def how(self) -> str:
        new = unchecked(self.libraries()) if self.path is not None else []
        return self.way + (f" (not compared with {' and '.join(new)} yet)" if new else "")

    def libraries(self) -> dict[str, str]:
        names = {self.original.name} | ({self.path.library} if self.path is not None else set())
        return {name: version(name) for name in sorted(names)}

    def join(self, tokens: list[str]) -> str:
        return self.original.decode(tokens)

    def encode(self, texts: pa.StringArray) -> tuple[RaggedIds, int]:
        """The ids of each text `(n,)`, and how many of them the original had to do."""
        if self.path is None:
            return flat(self.original.encode(texts.to_pylist())), len(texts)
        slow = np.zeros(len(texts), np.bool_)
        for condition in self.path.conditions:
            slow |= condition.broken(texts)
        given = texts.filter(pa.array(~slow)) if slow.any() else texts
        ids, refused = self.path.encode(given)
        slow[~slow] = refused
        if not slow.any():
            return ids, 0
        theirs = flat(self.original.encode(texts.filter(pa.array(slow)).to_pylist()))
        return merged(without(ids, refused), theirs, slow), int(np.count_nonzero(slow))


def choose_encoder(
    kind: str, original: Original, candidates: Iterable[Candidate], special: Sequence[str] = ()
) -> Encoder:
    """The encoder with the first of some fast paths that gives the original's ids.

    A path that cannot be opened is passed over; one that gives other ids for any of the `PROBE_TEXTS` is, too, and that
    is said. `special`: tokens that texts may hold.
    """
    slow, reasons = Encoder(kind=kind, original=original, way=original.name), list[str]()
    texts = pa.array([*PROBE_TEXTS, *(f"a {token} b{token}" for token in special)], pa.string())
    expected: RaggedIds | None = None
    for name, open_path in candidates:
        try:
            encoder = dataclasses.replace(slow, path=open_path(), way=name)
            if expected is None:
                expected, _ = slow.encode(texts)
            found, _ = encoder.encode(texts)
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


def flat(rows: list[list[int]]) -> RaggedIds:
    """Lists of ids as arrays."""
    offsets = offsets_of(np.fromiter(map(len, rows), np.int64, len(rows)))
    return RaggedIds(values=np.fromiter(chain.from_iterable(rows), np.int64, offsets[-1]), offsets=offsets)


def holds_none_of(tokens: Iterable[str]) -> Condition:
    """The condition that a text holds none of some tokens."""
    pattern = pattern_of(sorted(tokens))

    def broken(texts: pa.StringArray) -> NDArray[np.bool_]:
        if not pattern:
            return np.zeros(len(texts), np.bool_)
        found: NDArray[np.bool_] = pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False)
        return found

    return Condition(name="holds no added token", broken=broken)


def pattern_of(tokens: Iterable[str]) -> str:
    """A regular expression for any of some tokens.

    It is made of the numbers of characters: in RE2, that depends on no table of Unicode.
    """
    return "|".join(map(_literal, tokens))


def without(ids: RaggedIds, dropped: NDArray[np.bool_]) -> RaggedIds:
    """The rows that are not dropped."""
    if not dropped.any():
        return ids
    lengths = np.diff(ids.offsets)
    return RaggedIds(values=ids.values[np.repeat(~dropped, lengths)], offsets=offsets_of(lengths[~dropped]))


def merged(fast: RaggedIds, theirs: RaggedIds, is_theirs: NDArray[np.bool_]) -> RaggedIds:
    """Rows of two, in the order of `is_theirs` `(n_rows,)`."""
    lengths = np.empty(len(is_theirs), np.int64)
    lengths[is_theirs], lengths[~is_theirs] = np.diff(theirs.offsets), np.diff(fast.offsets)
    in_theirs = np.repeat(is_theirs, lengths)
    values = np.empty(len(in_theirs), np.int64)
    values[in_theirs], values[~in_theirs] = theirs.values, fast.values
    return RaggedIds(values=values, offsets=offsets_of(lengths))


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
