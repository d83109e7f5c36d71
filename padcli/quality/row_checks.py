"""Row checks: rows that repeat others, garbage, another encoding, markup.

Workers look at the rows of a chunk, one pass over the bytes; a summary adds up what they find.
"""

import dataclasses
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from padcli.kernels import dispatch
from padcli.rows.ragged import Texts, Units, offsets_of, positions
from padcli.sources.records import Records
from padcli.tokenizers.vocabulary import PAD, UNK

# What a text is searched for. White space but for spaces is common in records, and no sign of anything.
_PATTERNS = {
    "control": r"[\x{00}-\x{08}\x{0b}\x{0c}\x{0e}-\x{1f}\x{80}-\x{9f}]",
    "encoding": r"[ÂÃ][\x{80}-\x{bf}]|â€|ï»¿|\x{fffd}",  # UTF-8 taken for Latin-1, and what no decoder could read
}
_BRACKETS = "<[{"

_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2**64 divided by the golden ratio, an odd number
_EXAMPLES = 3
_SHOWN = 60  # characters of an example
_LEAST_TOKENS = 4  # of a row that is said to be one token over and over, or mostly unknown

_IN_MEMORY = 64 * 1024 * 1024  # bytes of hashes
_AT_ONCE = _IN_MEMORY // 16  # hashes that are sorted at a time
_BLOCK = 2**20  # hashes that are read at a time
_EXAMINED = 2**18  # hashes that are there twice, among which the first few rows that repeat others are looked for


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A row, counted from 0, and how its text begins, where that is at hand."""

    row: int
    text: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Number of rows that have one of these, and a few examples."""

    rows: int = 0
    examples: tuple[Example, ...] = ()

    def plus(self, other: "Finding", first_row: int) -> "Finding":
        """Add the finding of a split that begins at row `first_row`."""
        more = (dataclasses.replace(example, row=first_row + example.row) for example in other.examples)
        return Finding(rows=self.rows + other.rows, examples=(*self.examples, *more)[:_EXAMPLES])


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ChunkFindings:
    """Findings of a split: `hashes`, uint64 `(n_rows,)`, 0 for rows without tokens; the rest by kind."""

    hashes: NDArray[np.uint64]
    found: dict[str, Finding]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RowChecker:
    """Checks of records, of `n_texts` each. `special_tokens`: those that should not be found in a text."""

    special_tokens: tuple[str, ...] = (PAD, UNK)
    n_texts: int = 1

    def __call__(self, texts: Records, units: Units) -> ChunkFindings:
        """Check the records of a split, which were cut into units."""
        values, found = texts.values, {}
        if pa.types.is_null(values.type):
            rows = Texts(array=pa.array([""] * len(values), pa.string()))
        elif pa.types.is_string(values.type):
            rows = Texts(array=values, tail=texts.tail)
        elif pa.types.is_string(values.type.value_type):
            rows = Texts(array=pc.binary_join(values, "\n"))
        else:
            offsets = values.offsets.to_numpy().astype(np.int64)
            rows = Texts(array=_as_bytes(values.flatten().to_numpy(), offsets - offsets[0]))
        hashes, suspects = dispatch.kernels().scan_texts(rows, [token.encode() for token in self._searched()])
        if rows.array.type == pa.string() and suspects.any():
            found = self._search(rows.array, np.flatnonzero(suspects))
        offsets = units.offsets[:: self.n_texts]
        repeated = _of_one_token(units.codes, offsets)
        if len(repeated):
            found["repetitive"] = _smell(rows.array, repeated * self.n_texts, self.n_texts)
        return ChunkFindings(hashes=_but_empty(_of_records(hashes, self.n_texts), np.diff(offsets)), found=found)

    def _searched(self) -> list[str]:
        # Others, such as a run of spaces in some vocabularies, are in any text.
        return [token for token in self.special_tokens if len(token) > 2 and token[0] in _BRACKETS]

    def _search(self, array: pa.StringArray, rows: NDArray[np.int64]) -> dict[str, Finding]:
        texts, found = array.take(positions(rows)), {}
        special = "|".join(re.escape(token) for token in self._searched())
        for kind, pattern in (_PATTERNS | ({"special": special} if special else {})).items():
            matched = rows[np.asarray(pc.match_substring_regex(texts, pattern))]
            if len(matched):
                found[kind] = _smell(array, matched, self.n_texts)
        return found


def hashes_of_ids(ids: NDArray[np.int64], lengths: NDArray[np.integer]) -> NDArray[np.uint64]:
    """A hash of each row of `ids` `(n_tokens,)`, `(n_rows,)`; 0 for rows without any."""
    hashes, _ = dispatch.kernels().scan_texts(Texts(array=_as_bytes(ids, offsets_of(lengths))), [])
    return _but_empty(hashes, lengths)


def _but_empty(hashes: NDArray[np.uint64], lengths: NDArray[np.integer]) -> NDArray[np.uint64]:
    return np.where(lengths > 0, np.maximum(hashes, np.uint64(1)), np.uint64(0))


def _as_bytes(ids: NDArray[np.int64], offsets: NDArray[np.int64]) -> pa.BinaryArray:
    """Rows of integers as the bytes of these."""
    buffers = [None, pa.py_buffer((8 * offsets).astype(np.int32)), pa.py_buffer(np.ascontiguousarray(ids))]
    return pa.Array.from_buffers(pa.binary(), len(offsets) - 1, buffers)


def _of_records(hashes: NDArray[np.uint64], n_texts: int) -> NDArray[np.uint64]:
    """Make one hash of those of the texts of each record."""
    mixed = hashes[::n_texts]
    for text in range(1, n_texts):
        mixed = mixed * _MIX + hashes[text::n_texts]
    return mixed


def _of_one_token(codes: NDArray[np.integer], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """The rows that hold one token over and over."""
    lengths = np.diff(offsets)
    rows = np.flatnonzero(lengths >= _LEAST_TOKENS)
    for place in (1, 2, -1):  # most rows are out of it by a few of their tokens
        starts, others = offsets[rows], offsets[rows + (place < 0)] + place
        rows = rows[codes[starts] == codes[others]]
    if not len(rows):
        return np.zeros(0, np.int64)
    starts = offsets[rows]
    first = codes[starts]
    begins = np.cumsum(lengths[rows]) - lengths[rows]
    all_of_them = np.repeat(starts - begins, lengths[rows]) + np.arange(lengths[rows].sum())
    holds: NDArray[np.bool_] = np.logical_and.reduceat(codes[all_of_them] == np.repeat(first, lengths[rows]), begins)
    found: NDArray[np.int64] = rows[holds]
    return found


def mostly_unknown(unknown: NDArray[np.bool_], lengths: NDArray[np.int32]) -> Finding:
    """The rows, of `lengths` `(n_rows,)`, at least half of whose tokens are `unknown`, `(n_tokens,)`."""
    before = np.concatenate([[0], np.cumsum(unknown)])
    many = 2 * np.diff(before[offsets_of(lengths)]) >= lengths
    rows = np.flatnonzero(many & (lengths >= _LEAST_TOKENS))
    return Finding(rows=len(rows), examples=tuple(Example(row=row) for row in rows[:_EXAMPLES].tolist()))


def _smell(array: pa.Array, texts_found: NDArray[np.int64], n_texts: int) -> Finding:
    """Make a finding of records, of which these texts were found, as they rise."""
    records, first = np.unique(texts_found // n_texts, return_index=True)
    rows = texts_found[first]
    texts = array.take(positions(rows[:_EXAMPLES])).to_pylist()
    begins = (text.strip()[:_SHOWN] if isinstance(text, str) else "" for text in texts)
    examples = (Example(row=row, text=text) for row, text in zip(records[:_EXAMPLES].tolist(), begins, strict=True))
    return Finding(rows=len(records), examples=tuple(examples))


class RowHashes:
    """A hash of each row, in their order; up to a number of rows in memory, then in a file that has no name.

    To be used in a `with` block.
    """

    def __init__(self, folder: Path | None = None) -> None:
        place = None if folder is None else str(folder)
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=place, prefix=".padcli-")  # noqa: SIM115
        self.rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, hashes: NDArray[np.uint64]) -> None:
        """The hashes `(n_rows,)` of the next rows; those of rows without tokens are 0."""
        self._file.write(hashes.data)
        self.rows += len(hashes)

    def forget(self, first_row: int, rows: NDArray[np.bool_]) -> None:
        """Let some rows from `first_row` on, bool `(n_rows,)`, have no tokens after all."""
        if rows.any():
            self._file.seek(8 * first_row)
            hashes = np.frombuffer(self._file.read(8 * len(rows)), np.uint64)
            self._file.seek(8 * first_row)
            self._file.write(np.where(rows, np.uint64(0), hashes).data)

    def repeated(self) -> Finding:
        """The rows that repeat a row before them, but for those without tokens."""
        n_rows, values = 0, np.zeros(0, np.uint64)
        for (hashes,) in _in_parts(self):
            hashes.sort()
            again = hashes[1:][hashes[1:] == hashes[:-1]]
            n_rows += len(again)
            # Not `union1d`, which imports NumPy's masked arrays; what is in another part is none of these.
            again = again[np.diff(again, prepend=np.zeros(1, np.uint64)) > 0]
            values = np.sort(np.concatenate([values, again]))[:_EXAMINED]
        examples = (Example(row=row) for row in self._first_repetitions(values))
        return Finding(rows=n_rows, examples=tuple(examples))

    def in_common(self, other: "RowHashes") -> tuple[int, int]:
        """Count the rows of each that are in the other as well, but for those without tokens."""
        mine = theirs = 0
        for these, those in _in_parts(self, other):
            mine += int(np.isin(these, those).sum())
            theirs += int(np.isin(those, these).sum())
        return mine, theirs

    def _first_repetitions(self, values: NDArray[np.uint64]) -> list[int]:
        """The first few rows whose hash is one of `values`, which rise, and that of a row before them."""
        hashes, rows, again, first_row = np.zeros(0, np.uint64), np.zeros(0, np.int64), np.zeros(0, np.int64), 0
        for block in self._blocks(2**12) if len(values) else ():
            chosen = np.flatnonzero(values[np.searchsorted(values[:-1], block)] == block)
            hashes, rows = np.concatenate([hashes, block[chosen]]), np.concatenate([rows, first_row + chosen])
            again = np.delete(rows, np.unique(hashes, return_index=True)[1])
            if len(again) >= _EXAMPLES:
                break
            first_row += len(block)
        first: list[int] = again[:_EXAMPLES].tolist()
        return first

    def part(self, number: int, n_parts: int) -> NDArray[np.uint64]:
        """One of `n_parts` parts of the hashes, but for 0: those that are alike are in the same part."""
        every = (
            block[(block % n_parts == number) & (block > 0)] if n_parts > 1 else block[block > 0]
            for block in self._blocks()
        )
        return np.concatenate([np.zeros(0, np.uint64), *every])

    def _blocks(self, rows: int = _BLOCK) -> Iterator[NDArray[np.uint64]]:
        """Yield all of them, in their order: `rows` at first, and then more at a time."""
        self._file.seek(0)
        while data := self._file.read(8 * rows):
            yield np.frombuffer(data, np.uint64)
            rows = min(2 * rows, _BLOCK)


def _in_parts(*of: RowHashes) -> Iterator[list[NDArray[np.uint64]]]:
    """The hashes of each but for 0, so many at a time that memory holds them."""
    n_parts = max(1, *(-(-each.rows // _AT_ONCE) for each in of))
    for number in range(n_parts):
        yield [each.part(number, n_parts) for each in of]
