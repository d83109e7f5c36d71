"""The fast path that encodes each different word once, by the original, and gathers the rest.

It is exact where a text's ids are those of its words, side by side. That is so if the tokenizer cuts at a space before
all else, or if its model has no token that goes on beyond one; what is asked of each word is said in `Condition`s.
"""

import dataclasses
from collections.abc import Callable
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from padcli.kernels.base import KEPT_SPACE
from padcli.rows.ragged import RaggedIds, Texts, Units
from padcli.tokenizers.external.encoder import Condition, merged, without
from padcli.tokenizers.external.memory import Encoded, Memory, expanded
from padcli.tokenizers.external.plain_words import PlainWords
from padcli.tokenizers.normalize import byte_table, cut

EncodeWords = Callable[[list[str]], RaggedIds]

# Which part of a text the space before a word is: none, since all white space is dropped; the word's; or the word's,
# too, but put there by the tokenizer itself, as it does at the start of a text.
Space = Literal["dropped", "kept", "implied"]

_FIRST = b"\xfe"  # before a word that no space comes before; no byte of UTF-8
_LONGEST_WORD = 512  # bytes; a longer one is not worth remembering

# Bytes that may end a character which is no white space. The last bytes of all white space of Unicode, and of the
# sign that stands for a space in SentencePiece, are left out: what ends in one of them is not cut from the next word.
_ENDS_OF_SPACES = {char.encode()[-1] for char in map(chr, range(0x3001)) if char.isspace() or char == "\u180e"}
SOLID = bytes(
    byte
    for byte in (*range(0x21, 0x7F), *range(0x80, 0xC0))
    if byte not in _ENDS_OF_SPACES and byte != "▁".encode()[-1]
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Ties:
    """Ways to cut a word that are so close that rounding decides, and with it what stands before the word.

    `measure` gives `(3, n)` of n words: by how much the best way beats the next, the largest sum of scores on it, and
    how many characters there are. The original adds up float32 numbers from the start of a text:
    https://github.com/google/sentencepiece/blob/master/src/unigram_model.cc (`EncodeOptimized`)
    """

    measure: Callable[[pa.StringArray], NDArray[np.float64]]

    def broken(self, units: Units, figures: NDArray[np.float64]) -> NDArray[np.bool_]:
        """True for rows in which rounding may decide, bool `(n_rows,)`. `figures`: of each unit, `(3, n_units)`.

        A sum S of float32 is off by at most half of its last bit for each addition. There are at most as many of
        these in a word as it has characters, on either of its two ways: so the ways may trade places if they are closer
        than that many last bits.
        """
        margins, reaches, steps = figures
        sums = np.append(0, np.cumsum(reaches[units.codes]))[units.offsets]
        # A little more than their sum, so that rounding of the sum makes no difference.
        last_bits = np.spacing((np.diff(sums) * (1 + 1e-6)).astype(np.float32)).astype(np.float64)
        found = np.zeros(len(last_bits), np.bool_)
        suspects = margins <= 2 * steps * last_bits.max(initial=0)  # in any row
        places = np.flatnonzero(suspects[units.codes])
        rows, codes = np.searchsorted(units.offsets, places, "right") - 1, units.codes[places]
        found[rows[margins[codes] <= 2 * steps[codes] * last_bits[rows]]] = True
        return found


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WordPath:
    """Each different word encoded once, by the original's `library`.

    `space`: see `Space`; where it is kept or implied, texts are cut only at spaces between two characters of which the
    first is no white space. `lower`: the tokenizer lower-cases, so that ASCII may be before. `alone`: ASCII that it
    cuts out of words. `conditions`: of a text; `word_conditions`: of a word with all spaces that belong to it. Words
    that do not meet them send their rows to the original. `encode_words`: the original's ids of many words;
    `plain` gives those of most words, where it can.
    """

    library: str
    space: Space
    encode_words: EncodeWords
    lower: bool = False
    alone: str = ""
    conditions: tuple[Condition, ...] = ()
    word_conditions: tuple[Condition, ...] = ()
    ties: Ties | None = None
    plain: PlainWords | None = None
    _memory: Memory = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        """Begin to remember."""
        object.__setattr__(self, "_memory", Memory(self._n_figures))

    def encode(self, texts: pa.StringArray) -> tuple[RaggedIds, NDArray[np.bool_]]:
        """The ids of each text, and True where the original has to do it."""
        table = byte_table(lower=self.lower, filters="")
        units = cut(Texts(array=texts), table, self.alone, b"" if self.space == "dropped" else SOLID)
        if self.space == "kept":
            units = _with_first_marked(units)
        memory, numbers = self._numbered(units)
        refused = np.zeros(len(texts), np.bool_)
        is_bad = memory.refused[numbers] & (units.counts > 0)
        if is_bad.any():
            refused[np.searchsorted(units.offsets, np.flatnonzero(is_bad[units.codes]), "right") - 1] = True
        if self.ties is not None:
            refused |= self.ties.broken(units, memory.figures[:, numbers])
        ids = expanded(units.codes, units.offsets, memory.starts[numbers], memory.lengths[numbers], memory.ids)
        return ids, refused

    def _numbered(self, units: Units) -> tuple[Memory, NDArray[np.int32]]:
        """All words that are known, and the number of each of the units, int32 `(n_units,)`."""
        chosen = (units.counts > 0) & (pc.binary_length(units.strings).to_numpy() <= _LONGEST_WORD)
        strings = units.strings.cast(pa.binary())
        if chosen.all():
            return self._memory.numbered(strings, self._measured)
        numbers = np.zeros(len(strings), np.int32)  # 0: for the original
        memory, numbers[chosen] = self._memory.numbered(strings.filter(pa.array(chosen)), self._measured)
        return memory, numbers

    def _measured(self, keys: pa.BinaryArray) -> Encoded:
        """Words that were encoded; those that break a condition are refused."""
        words = self._words_of(keys)
        encoded = self._by_library(words) if self.plain is None else self._by_both(words, self.plain)
        refused = np.zeros(len(words), np.bool_)
        for condition in self.word_conditions:
            refused |= condition.broken(words)
        return dataclasses.replace(encoded, refused=refused)

    def _by_library(self, words: pa.StringArray) -> Encoded:
        figures = self.ties.measure(words) if self.ties is not None else np.zeros((0, len(words)))
        return Encoded(
            ids=self.encode_words(words.to_pylist()), refused=np.zeros(len(words), np.bool_), figures=figures
        )

    def _by_both(self, words: pa.StringArray, plain: PlainWords) -> Encoded:
        """Words that `plain` encodes, and the others."""
        encoded = plain.encode(words)
        figures = encoded.figures[: self._n_figures]
        left = encoded.refused
        if not left.any():
            return dataclasses.replace(encoded, figures=figures)
        others = self._by_library(words.filter(pa.array(left)))
        figures[:, left] = others.figures
        return Encoded(ids=merged(without(encoded.ids, left), others.ids, left), refused=left, figures=figures)

    @property
    def _n_figures(self) -> int:
        return 0 if self.ties is None else 3

    def _words_of(self, keys: pa.BinaryArray) -> pa.StringArray:
        """The words as the original gets them, with the spaces that belong to them."""
        if self.space == "dropped":
            return keys.cast(pa.string())
        texts = Texts(array=keys)
        if (texts.data[: texts.offsets[-1]] == KEPT_SPACE[0]).any():
            keys = pc.replace_substring(keys, KEPT_SPACE, b" ")
        if self.space == "implied":
            return keys.cast(pa.string())
        is_first = texts.data[texts.offsets[:-1]] == _FIRST[0]
        n_others = int(np.argmax(is_first)) if is_first.any() else len(keys)  # those that are first come last
        others = pc.binary_join_element_wise(pa.scalar(b" "), keys[:n_others], pa.scalar(b""))
        return pa.concat_arrays([others, pc.replace_substring(keys[n_others:], _FIRST, b"")]).cast(pa.string())


def _with_first_marked(units: Units) -> Units:
    """The units, with those at the start of a row told from the others; `counts` are as they then are."""
    starts = units.offsets[:-1][np.diff(units.offsets) > 0]
    first, inverse = np.unique(units.codes[starts], return_inverse=True)
    n_units = len(units.strings)
    codes = units.codes.astype(np.int32)
    codes[starts] = n_units + inverse
    marked = pc.binary_join_element_wise(pa.scalar(_FIRST), units.strings.take(pa.array(first)), pa.scalar(b""))
    return Units.counted(pa.concat_arrays([units.strings, marked]), codes, units.offsets)
