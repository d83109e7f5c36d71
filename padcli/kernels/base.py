"""The kernels' interface: each function and class is there twice, compiled (`native`) and not (`fallback`).

Both give the same results, but for the hashes of `scan_texts`, which only need to agree within one process.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from padcli.rows.packing import PackingKernels
from padcli.rows.ragged import RaggedIds, Texts, Units

# Stands for a space within a unit. No byte of UTF-8, so that it stands for nothing else.
KEPT_SPACE = b"\xff"


def crc_table() -> NDArray[np.uint32]:
    """Return the table of CRC-32C, uint32 `(256,)`: what each byte comes to by itself."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> np.uint32(1)) ^ np.uint32(0x82F63B78), table >> np.uint32(1))
    return table


def dtype_of_ids(values: NDArray[np.integer], special: NDArray[np.int64]) -> np.dtype[np.integer]:
    """Return the dtype that holds ids of the dtype of `values`, and special ones: int32, or int64."""
    limits = np.iinfo(np.int32)
    fits = values.dtype == np.int32 or np.can_cast(values.dtype, np.int32)
    if fits and limits.min <= special.min(initial=0) and special.max(initial=0) <= limits.max:
        return np.dtype(np.int32)
    return np.dtype(np.int64)


class UnitIndex(Protocol):
    """Different units, numbered from 0 in the order in which they were added."""

    def __len__(self) -> int:
        """Return the number of different units."""
        ...

    def number(self, units: pa.StringArray | pa.BinaryArray, *, add: bool = True) -> NDArray[np.int32]:
        """Return the numbers `(n,)` of units `(n,)`, strings or binary; new ones get the next, or -1 without `add`."""
        ...

    def units(self) -> pa.LargeStringArray:
        """Return all units `(len(self),)` by their numbers. They must be UTF-8."""
        ...


class BestTwo(Protocol):
    """The two best ways to cut a text into pieces: those with the largest sums of scores.

    Viterbi's search finds the best one, and keeping two sums instead of one at each place gives the next best, too.
    https://arxiv.org/abs/1804.10959 (Unigram language model)
    """

    def measure(self, texts: pa.StringArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return by how much the best sum beats the next, and the largest sum on the best way, unsigned: `(n,)` both.

        The first is infinite where there is one way only.
        """
        ...


class Merges(Protocol):
    """Byte pair encoding: pairs of ids that become one, the lowest rank first, and of equal ranks the leftmost."""

    def encode(
        self, texts: pa.StringArray, symbols: NDArray[np.int32], last_symbols: NDArray[np.int32]
    ) -> tuple[RaggedIds, NDArray[np.bool_]]:
        """Return the ids of each text `(n,)`, and True for those that have none, since they are not done here.

        Each byte begins as the id `symbols[byte]` `(256,)`, or `last_symbols[byte]` at a text's end; -1 for none.
        """
        ...


class Trie(Protocol):
    """Pieces of texts, by number. `longest_text`: bytes of the longest text that is done."""

    @property
    def longest_text(self) -> int:
        """Bytes of the longest text that is done here."""
        ...

    def best(
        self, texts: pa.StringArray, scores: NDArray[np.float64]
    ) -> tuple[RaggedIds, NDArray[np.bool_], NDArray[np.float64]]:
        """Return the pieces with the largest sum of `scores` `(n_pieces,)`, True for texts not done, and figures.

        Those are `(2, n)`, as those of `BestTwo.measure`. Texts with a character that is no piece are not done.
        """
        ...

    def longest(self, texts: pa.StringArray) -> tuple[RaggedIds, NDArray[np.bool_]]:
        """Return the longest piece at each place, and True for texts that are not done, or have no piece somewhere."""
        ...


class Kernels(PackingKernels, Protocol):
    """The hot loops. None of them changes its arguments, but for `out`."""

    def cut(self, texts: Texts, table: bytes, alone: bytes = b"", solid: bytes = b"") -> Units:
        """Cut each text into units: the runs between spaces once every byte went through `table`, 256 bytes.

        Each of the ASCII bytes `alone` is a unit by itself. With `solid` bytes instead, texts are cut only at a space
        that has such a byte before it and any byte behind it; other spaces stay within units, as `KEPT_SPACE`, and
        these are Arrow binary. `table` must leave bytes from 128 on as they are.
        """
        ...

    def line_ends(self, data: bytes) -> NDArray[np.int32]:
        """Return where the lines of `data`, fewer than 2**31 bytes, end, `(n_lines,)`: behind each line feed."""
        ...

    def scan_texts(self, texts: Texts, tokens: Sequence[bytes]) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
        """Return a hash of each text, and whether it needs a closer look: `(n_texts,)` both.

        It does where it may hold one of the tokens, which are of two bytes or more, a control character, or signs of a
        wrong encoding. Equal texts have equal hashes. Strings and binary are both taken.
        """
        ...

    def hash_texts(self, texts: Texts) -> NDArray[np.uint64]:
        """Return a hash of each text, uint64 `(n_texts,)`, the same on every machine: 64-bit FNV-1a of its bytes.

        https://www.rfc-editor.org/rfc/rfc9923
        """
        ...

    def crc32c(self, data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.uint32]:
        """Return the CRC-32C of each run of bytes, `data[offsets[i]:offsets[i + 1]]`, uint32 `(n,)`.

        https://www.rfc-editor.org/rfc/rfc3720
        """
        ...

    def gather(
        self,
        values: NDArray[np.integer],
        lookup: NDArray[np.int32] | None,
        starts: NDArray[np.int64],
        rows: NDArray[np.int64],
        length: int,
    ) -> NDArray[np.integer]:
        """Return the `length` values from `starts[row]` on for each of k rows, as columns: `(length, k)`.

        With a `lookup`, values are places in it, and what stands there is returned, int32; else the dtype stays.
        """
        ...

    def scatter(self, columns: NDArray[np.integer], rows: NDArray[np.int64], out: NDArray[np.integer]) -> None:
        """Let the columns of `columns` `(width, k)` be these rows `(k,)` of `out`, `(n_rows, width)` of its dtype."""
        ...

    def lay_out(
        self,
        values: NDArray[np.integer],
        lookup: NDArray[np.int32] | None,
        starts: NDArray[np.int64],
        lengths: NDArray[np.int64],
        special: NDArray[np.int64],
    ) -> NDArray[np.integer]:
        """Return the `lengths` values from `starts` on, both `(n,)`, of all runs one after the other, `(n_tokens,)`.

        With a `lookup`, values are places in it, and what stands there is returned. A start below 0 is a place in
        `special`, counted from its end. The result is int32, or int64 where ids need that.
        """
        ...

    def expand(
        self,
        local_ids: NDArray[np.integer],
        starts: NDArray[np.int64],
        lengths: NDArray[np.int64],
        token_ids: NDArray[np.int32],
    ) -> RaggedIds:
        """Return `token_ids[starts[i]:starts[i] + lengths[i]]` for each local id i `(n,)`, as n rows."""
        ...

    def Index(self) -> UnitIndex:  # noqa: N802 (a class in each of the modules)
        """Return an empty index."""
        ...

    def BestTwo(self, scores: Mapping[str, float], unknown: float) -> BestTwo:  # noqa: N802 (as above)
        """Return a measure of texts by the `scores` of pieces; a character that is no piece is worth `unknown`."""
        ...

    def Merges(  # noqa: N802 (as above)
        self,
        lefts: NDArray[np.int32],
        rights: NDArray[np.int32],
        ranks: NDArray[np.int32],
        merged: NDArray[np.int32],
    ) -> Merges:
        """Return merges of `lefts[i]` and `rights[i]` to `merged[i]`; of equal pairs the last counts."""
        ...

    def Trie(self, starting: Sequence[str], going_on: Sequence[str]) -> Trie:  # noqa: N802 (as above)
        """Return a trie of pieces, numbered in this order.

        `longest` takes the first piece of a text from those that are `starting`, and others from those `going_on`.
        """
        ...
