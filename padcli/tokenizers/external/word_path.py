"""The fast path that encodes each different word once, by the original, and gathers the rest.

It is exact where a text's ids are those of its words, side by side. That is so if the tokenizer cuts at a space before
all else, or if its model has no token that goes on beyond one; what is asked of each word is said in `Condition`s.
"""

import dataclasses
import threading
from collections.abc import Callable
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from padcli.kernels import dispatch
from padcli.kernels.base import KEPT_SPACE
from padcli.rows.ragged import RaggedIds, Texts, Units
from padcli.tokenizers.external.encoder import Condition, expanded
from padcli.tokenizers.normalize import byte_table, cut

EncodeWords = Callable[[list[str]], RaggedIds]

# Which part of a text the space before a word is: none, since all white space is dropped; the word's; or the word's,
# too, but put there by the tokenizer itself, as it does at the start of a text.
Space = Literal["dropped", "kept", "implied"]

_FIRST = b"\xfe"  # before a word that no space comes before; no byte of UTF-8
_LONGEST_WORD = 512  # bytes; a longer one is not worth remembering
_MOST_WORDS = 2**22  # to remember; then the memory begins anew

# Bytes that may end a character which is no white space. The last bytes of all white space of Unicode, and of the
# sign that stands for a space in SentencePiece, are left out: what ends in one of them is not cut from the next word.
_ENDS_OF_SPACES = {char.encode()[-1] for char in map(chr, range(0x3001)) if char.isspace() or char == "\u180e"}
SOLID = bytes(
    byte
    for byte in (*range(0x21, 0x7F), *range(0x80, 0xC0))
    if byte not in _ENDS_OF_SPACES and byte != "▁".encode()[-1]
)


class _Words:
    """The ids of each word that was met; workers share it. Number 0 is no word: it stands for those left out."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clear()

    def _clear(self) -> None:
        self._index = dispatch.kernels().Index()
        self._index.number(pa.array([b"\xff\xfe"], pa.binary()))
        self.starts = np.zeros(2, np.int64)
        self.ids, self._n_ids = np.zeros(0, np.int32), 0
        self.is_bound = np.ones(1, np.bool_)
        self.margins, self.reaches, self.steps = np.zeros((3, 1))

    def numbered(self, keys: pa.Array, path: "WordPath") -> tuple["_Words", NDArray[np.int32]]:
        """A snapshot of all words, and the numbers of these, int32 `(n,)`, no two the same; new ones are encoded."""
        with self._lock:
            if len(self._index) > _MOST_WORDS:
                self._clear()
            known = len(self._index)
            numbers = self._index.number(keys)
            if len(self._index) > known:
                try:
                    self._add(*path.measured(keys.filter(pa.array(numbers >= known))))
                except BaseException:
                    self._clear()  # else some would have a number and no ids
                    raise
            return self._snapshot(), numbers

    def _snapshot(self) -> "_Words":
        seen = object.__new__(_Words)
        for name in ("starts", "ids", "is_bound", "margins", "reaches", "steps"):
            setattr(seen, name, getattr(self, name))
        return seen

    def _add(self, ragged: RaggedIds, is_bound: NDArray[np.bool_], figures: NDArray[np.float64]) -> None:
        end = self._n_ids + len(ragged.values)
        if end > len(self.ids):  # a new array: other threads may still be reading the old one
            self.ids = np.concatenate([self.ids[: self._n_ids], np.zeros(2 * end, np.int32)])
        self.ids[self._n_ids : end] = ragged.values
        self.starts = np.concatenate([self.starts, ragged.offsets[1:] + self._n_ids])
        self.is_bound = np.concatenate([self.is_bound, is_bound])
        self.margins = np.concatenate([self.margins, figures[0]])
        self.reaches = np.concatenate([self.reaches, figures[1]])
        self.steps = np.concatenate([self.steps, figures[2]])
        self._n_ids = end


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Ties:
    """Ways to cut a word that are so close that rounding decides, and with it what stands before the word.

    `measure` gives `(3, n)` of n words: by how much the best way beats the next, the largest sum of scores on it, and
    how many characters there are. The original adds up float32 numbers from the start of a text:
    https://github.com/google/sentencepiece/blob/master/src/unigram_model.cc (`EncodeOptimized`)
    """

    measure: Callable[[pa.StringArray], NDArray[np.float64]]

    def broken(
        self, tokens: NDArray[np.integer], rows: NDArray[np.int64], memory: _Words, n_rows: int
    ) -> NDArray[np.bool_]:
        """True for rows in which rounding may decide, bool `(n_rows,)`. `tokens`: numbers of words, of these `rows`.

        A sum S of float32 is off by at most half of its last bit for each addition. There are at most as many of
        these in a word as it has characters, on either of its two ways: so the ways may trade places if they are closer
        than that many last bits.
        """
        reach = np.bincount(rows, weights=memory.reaches[tokens], minlength=n_rows)
        last_bit = np.spacing(reach.astype(np.float32)).astype(np.float64)
        close = memory.margins[tokens] <= 2 * memory.steps[tokens] * last_bit[rows]
        found = np.zeros(n_rows, np.bool_)
        found[rows[close]] = True
        return found


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WordPath:
    """Each different word encoded once, by the original's `library`.

    `space`: see `Space`; where it is kept or implied, texts are cut only at spaces between two characters of which the
    first is no white space. `lower`: the tokenizer lower-cases, so that ASCII may be before. `alone`: ASCII that it
    cuts out of words. `conditions`: of a text; `word_conditions`: of a word with all spaces that belong to it. Words
    that do not meet them send their rows to the original. `encode_words`: the original's ids of many words.
    """

    library: str
    space: Space
    encode_words: EncodeWords
    lower: bool = False
    alone: str = ""
    conditions: tuple[Condition, ...] = ()
    word_conditions: tuple[Condition, ...] = ()
    ties: Ties | None = None
    _words: _Words = dataclasses.field(init=False, default_factory=_Words)

    def encode(self, texts: pa.StringArray) -> tuple[RaggedIds, NDArray[np.bool_]]:
        """The ids of each text, and True where the original has to do it."""
        table = byte_table(lower=self.lower, filters="")
        units = cut(Texts(array=texts), table, self.alone, b"" if self.space == "dropped" else SOLID)
        if self.space == "kept":
            units = _with_first_marked(units)
        words, numbers = self._numbered(units)
        tokens = numbers[units.codes]
        bad = words.is_bound[tokens]
        rows = np.repeat(np.arange(len(texts)), np.diff(units.offsets)) if bad.any() or self.ties else None
        refused = np.zeros(len(texts), np.bool_)
        if rows is not None:
            refused[rows[bad]] = True
        if rows is not None and self.ties is not None:
            refused |= self.ties.broken(tokens, rows, words, len(texts))
        starts = words.starts
        return expanded(units, starts[numbers], starts[numbers + 1] - starts[numbers], words.ids), refused

    def _numbered(self, units: Units) -> tuple[_Words, NDArray[np.int32]]:
        """Return all words that are known, and the number of each of the units, int32 `(n_units,)`."""
        is_met = units.counts > 0
        is_short = pc.binary_length(units.strings).to_numpy() <= _LONGEST_WORD
        numbers = np.zeros(len(units.strings), np.int32)  # 0: for the original
        chosen = units.strings.cast(pa.binary()).filter(pa.array(is_met & is_short))
        words, numbers[is_met & is_short] = self._words.numbered(chosen, self)
        return words, numbers

    def measured(self, keys: pa.BinaryArray) -> tuple[RaggedIds, NDArray[np.bool_], NDArray[np.float64]]:
        """The ids of words, whether they break a condition, and their margins, reaches and steps `(3, n)`."""
        array = self._words_of(keys)
        words, is_bound = array.to_pylist(), np.zeros(len(array), np.bool_)
        for condition in self.word_conditions:
            is_bound |= condition.broken(array)
        figures = np.zeros((3, len(words)))
        if self.ties is not None:
            figures = self.ties.measure(array)
        return self.encode_words(words), is_bound, figures

    def _words_of(self, keys: pa.BinaryArray) -> pa.StringArray:
        """The words as the original gets them, with the spaces that belong to them."""
        if self.space == "dropped":
            return keys.cast(pa.string())
        words = pc.replace_substring(keys, KEPT_SPACE, b" ")
        if self.space == "kept":
            marked = pc.binary_join_element_wise(pa.scalar(b" "), words, pa.scalar(b""))
            words = pc.if_else(pc.starts_with(words, _FIRST), pc.replace_substring(words, _FIRST, b""), marked)
        return words.cast(pa.string())


def _with_first_marked(units: Units) -> Units:
    """The units, with those at the start of a row told from the others; `counts` are as they then are."""
    starts = units.offsets[:-1][np.diff(units.offsets) > 0]
    first, inverse = np.unique(units.codes[starts], return_inverse=True)
    n_units = len(units.strings)
    codes = units.codes.astype(np.int32)
    codes[starts] = n_units + inverse
    marked = pc.binary_join_element_wise(pa.scalar(_FIRST), units.strings.take(pa.array(first)), pa.scalar(b""))
    return Units.counted(pa.concat_arrays([units.strings, marked]), codes, units.offsets)
