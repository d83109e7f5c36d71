"""Places at which pre-tokenizers cut words of ASCII into pieces, for many words at a time.

Each step is given the bytes of all words, uint8 `(n,)`, and marks, bool `(n,)`, the first byte of each piece so far: of
each word at least. It marks more of them, within the pieces that there are, as the stages of a pre-tokenizer do one
after the other. Words hold ASCII that can be printed, and no space but one at their beginning, so that classes of
characters are tables of 128 bytes and depend on no version of Unicode.
"""

import string
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from padcli.rows.ragged import Texts

Bytes = NDArray[np.uint8]
Marks = NDArray[np.bool_]
Step = Callable[[Bytes, Marks], None]


def _table(chars: str) -> Marks:
    table = np.zeros(256, np.bool_)
    table[list(chars.encode())] = True
    return table


DIGITS, LETTERS = _table(string.digits), _table(string.ascii_letters)
PUNCTUATION = _table(string.punctuation)
WORD = _table(string.ascii_letters + string.digits + "_")
_SPACE = _table(" ")
_CLASSES = (LETTERS + 2 * DIGITS.astype(np.uint8)).astype(np.uint8)  # 0: neither


def cut(words: pa.StringArray, steps: Sequence[Step]) -> tuple[pa.StringArray, NDArray[np.int64]]:
    """Pieces of words, none of which is empty, and where those of each word begin, `(n_words + 1,)`."""
    texts = Texts(array=words)
    offsets = texts.offsets - texts.offsets[0]
    data = texts.data[texts.offsets[0] : texts.offsets[-1]]
    marks = np.zeros(len(data), np.bool_)
    marks[offsets[:-1]] = True
    for step in steps if len(data) else ():
        step(data, marks)
    starts = np.append(np.flatnonzero(marks), len(data)).astype(np.int32)
    buffers = [None, pa.py_buffer(starts), pa.py_buffer(data)]
    pieces = pa.Array.from_buffers(pa.string(), len(starts) - 1, buffers)
    n_before = np.cumsum(marks, dtype=np.int32)
    return pieces, np.append(n_before[offsets[:-1]] - 1, len(starts) - 1).astype(np.int64)


def around(table: Marks) -> Step:
    """Cut before and behind each byte of a class: a `Split` that is isolated."""

    def step(data: Bytes, marks: Marks) -> None:
        found = table[data]
        marks[1:] |= found[1:] | found[:-1]

    return step


def between(table: NDArray[np.generic]) -> Step:
    """Cut between bytes of different classes: a `Split` that is contiguous."""

    def step(data: Bytes, marks: Marks) -> None:
        kinds = table[data]
        marks[1:] |= kinds[1:] != kinds[:-1]

    return step


def in_threes(data: Bytes, marks: Marks) -> None:
    """Cut before and behind each match of `[0-9][0-9][0-9]`."""
    places = np.flatnonzero(DIGITS[data])
    begins = np.append(True, np.diff(places) != 1)[: len(places)] | marks[places]  # a run of digits within a piece
    firsts = np.flatnonzero(begins)
    lengths = np.diff(np.append(firsts, len(places)))
    within = np.arange(len(places)) - np.repeat(firsts, lengths)
    left = np.repeat(lengths, lengths) - within
    marks[places[(within % 3 == 0) & ((within > 0) | (left >= 3))]] = True
    behind = places[(within % 3 == 2) & (left == 1)] + 1
    marks[behind[behind < len(data)]] = True


def words_and_numbers(data: Bytes, marks: Marks) -> None:
    """Cut as GPT-2's pattern does: contractions, and runs of letters, of digits, of others, with a space before them.

    https://github.com/openai/gpt-2/blob/master/src/encoder.py. The pattern tries a contraction first wherever a match
    begins; that is at a mark, or where the class changes with no space between.
    """
    before, kinds = marks.copy(), _CLASSES[data]
    marks[1:] |= (kinds[1:] != kinds[:-1]) & ~_SPACE[data[:-1]]
    quotes = np.flatnonzero((data == ord("'")) & marks)
    for suffix in (b"s", b"t", b"m", b"d", b"re", b"ve", b"ll"):
        found = quotes[quotes + len(suffix) < len(data)]
        for i, byte in enumerate(suffix, 1):
            found = found[(data[found + i] == byte) & ~before[found + i]]
        marks[found + 1] = False  # the class changes there
        ends = found + len(suffix) + 1
        marks[ends[ends < len(data)]] = True


def _side_by_side(tokens: Iterable[bytes]) -> Marks:
    """Return True for each pair of bytes that stand side by side in a token, `(65536,)`."""
    joined = np.zeros(2**16, np.bool_)
    for token in tokens:
        codes = np.frombuffer(token, np.uint8).astype(np.uint16)
        joined[codes[:-1] << 8 | codes[1:]] = True
    return joined


def where_no_token_stretches(tokens: Iterable[bytes]) -> Step:
    """Cut between two bytes that are not side by side in any token.

    Merging makes nothing but tokens, so none is made over such a place, and what is merged on one side of it has no
    part in the other (`merge_all`): https://github.com/huggingface/tokenizers/blob/main/tokenizers/src/models/bpe/word.rs
    Nor does a way through a lattice of pieces lead over it, and the best one is the best of each side:
    https://github.com/google/sentencepiece/blob/master/src/unigram_model.cc (`EncodeOptimized`).
    """
    joined = _side_by_side(tokens)

    def step(data: Bytes, marks: Marks) -> None:
        pairs = data[:-1].astype(np.uint16) << 8 | data[1:]
        marks[1:] |= ~joined[pairs]

    return step
