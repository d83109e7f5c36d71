"""Models of subwords, done by padcli's own loops: BPE, Unigram, WordPiece, WordLevel.

Each gives the ids that the library of its model gives to a piece: what a pre-tokenizer has cut out of a text. What it
does not do, it refuses.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from padcli.kernels import dispatch
from padcli.kernels.base import Merges, Trie
from padcli.rows.ragged import RaggedIds, offsets_of
from padcli.tokenizers.external.memory import Encoded

Ids = NDArray[np.int32]


class PieceModel(Protocol):
    """Encodes pieces of words."""

    n_figures: ClassVar[int]

    def encode(self, pieces: pa.StringArray) -> Encoded:
        """The ids of each piece; those that are refused have none."""
        ...


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Bpe:
    """Merges of pairs, the one with the lowest rank first, and of equal ones the leftmost.

    `symbols`: the id that each byte of a piece begins as, int32 `(256,)`, -1
    for none; `last_symbols`: the same for the last byte of a piece.
    """

    n_figures: ClassVar[int] = 0

    merges: Merges
    symbols: Ids
    last_symbols: Ids

    def encode(self, pieces: pa.StringArray) -> Encoded:
        return Encoded.plain(*self.merges.encode(pieces, self.symbols, self.last_symbols))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Unigram:
    """The way to cut a piece that has the largest sum of scores, and the figures that `Ties` needs.

    `trie`: a trie of all tokens, with `ids` `(n,)` and `scores` `(n,)`.
    """

    n_figures: ClassVar[int] = 3

    trie: Trie
    ids: Ids
    scores: NDArray[np.float64]

    def encode(self, pieces: pa.StringArray) -> Encoded:
        numbers, refused, (margins, reaches) = self.trie.best(pieces, self.scores)
        figures = np.stack([margins, reaches, pc.utf8_length(pieces).to_numpy().astype(np.float64)])
        ids = dataclasses.replace(numbers, values=self.ids[numbers.values])
        return Encoded(ids=ids, refused=refused, figures=figures)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WordPiece:
    """The longest token at each place; `unk` for a piece without one somewhere, or of more than `longest` bytes.

    `trie`: a trie of all tokens, and of those that go on, with `ids` `(n,)`.
    """

    n_figures: ClassVar[int] = 0

    trie: Trie
    ids: Ids
    unk: int
    longest: int

    def encode(self, pieces: pa.StringArray) -> Encoded:
        numbers, unknown = self.trie.longest(pieces)
        lengths = pc.binary_length(pieces).to_numpy()
        refused = unknown & (lengths > self.trie.longest_text) & (lengths <= self.longest)
        unknown |= lengths > self.longest
        n_ids = np.diff(numbers.offsets)
        kept = self.ids[numbers.values[np.repeat(~unknown, n_ids)]]
        n_ids[unknown] = 1
        values = np.full(n_ids.sum(), self.unk, np.int32)
        values[np.repeat(~unknown, n_ids)] = kept
        return Encoded.plain(RaggedIds(values=values, offsets=offsets_of(n_ids)), refused)


class WordLevel:
    """The id of the token that a piece is, or else `unk`."""

    n_figures: ClassVar[int] = 0

    def __init__(self, vocab: Mapping[str, int], unk: int) -> None:
        self._index = dispatch.kernels().Index()
        self._index.number(pa.array(vocab, pa.string()))
        self._ids = np.array([*vocab.values(), unk], np.int32)

    def encode(self, pieces: pa.StringArray) -> Encoded:
        values = self._ids[self._index.number(pieces, add=False)]  # -1, for none, is the last: unk
        ids = RaggedIds(values=values, offsets=np.arange(len(values) + 1))
        return Encoded.plain(ids, np.zeros(len(values), np.bool_))


def merges_of(lefts: Sequence[int], rights: Sequence[int], ranks: Sequence[int], merged: Sequence[int]) -> Merges:
    """Merges of pairs of ids, for `Bpe`."""
    return dispatch.kernels().Merges(*(np.array(each, np.int32) for each in (lefts, rights, ranks, merged)))


def trie_of(starting: Iterable[str], going_on: Iterable[str] = ()) -> Trie:
    """A trie of tokens that may stand at the start of a piece, and of those behind others."""
    return dispatch.kernels().Trie(list(starting), list(going_on))


def symbols_of(ids: Mapping[str, int], visible: Sequence[str], suffix: str = "") -> Ids:
    """The id of each byte's symbol, `visible[byte]` and a suffix, int32 `(256,)`; -1 for none."""
    return np.array([ids.get(char + suffix, -1) for char in visible], np.int32)
