"""Words of ASCII, encoded by padcli's own loops instead of the original library.

Most words of most texts are of ASCII that can be printed. On those, normalizers do nothing or lower-case, and the
classes that pre-tokenizers cut by are the same in every version of Unicode. So such words are cut into pieces, each
different piece is encoded once, and the original is left with the other words, and with those that a model refuses.
"""

import dataclasses
from collections.abc import Iterable
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from padcli.rows.ragged import Texts, offsets_of, positions
from padcli.tokenizers.external.memory import Encoded, Memory, expanded
from padcli.tokenizers.external.piece_models import PieceModel
from padcli.tokenizers.external.pieces import Step, cut

_SPACE = ord(" ")

# The space before a word stays if it is there; is dropped; is put before each word that has none; or is put before each
# word, so that one that has a space would have two, and is none of these.
Lead = Literal["kept", "dropped", "always", "one more"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PlainWords:
    """Encodes words of ASCII that can be printed, with a space before or not.

    It is exact where the tokenizer does no more to such a word than this: it lower-cases it if `lower`, does to the
    space before it as `lead` says, with `sign` for a space that it puts there, cuts it by `steps`, and encodes each
    piece by `model`. So it is for tokenizers of which each stage is known, and these words are for the original:

    - those with another character: only for ASCII that can be printed is it known what normalizers make of it;
    - those that hold a part of `without`, which a normalizer or a pattern takes for something else;
    - a space alone, and a word with a space where the tokenizer puts one more: its model gets both spaces;
    - those with a piece that the model refuses.
    """

    model: PieceModel
    steps: tuple[Step, ...] = ()
    lower: bool = False
    lead: Lead = "dropped"
    sign: str = " "
    without: tuple[str, ...] = ()
    _memory: Memory = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        """Begin to remember."""
        object.__setattr__(self, "_memory", Memory(self.model.n_figures))

    def encode(self, words: pa.StringArray) -> Encoded:
        """The ids and figures of each word; those that are refused are for the original, and may have any ids."""
        refused = self._is_left(words)
        places = np.flatnonzero(~refused)
        pieces, offsets = cut(self._normal(words.take(positions(places)) if refused.any() else words), self.steps)
        memory, numbers = self._memory.numbered(pieces.cast(pa.binary()), self._encoded)
        n_pieces = np.zeros(len(words), np.int64)
        n_pieces[places] = np.diff(offsets)
        ids = expanded(numbers, offsets_of(n_pieces), memory.starts, memory.lengths, memory.ids)
        figures = np.zeros((self.model.n_figures, len(words)))
        if len(places):
            refused[places] = _has_refused(memory, numbers, offsets)
            figures[:, places] = _joined(memory.figures[:, numbers], offsets)
        return Encoded(ids=ids, refused=refused, figures=figures)

    def _normal(self, words: pa.StringArray) -> pa.StringArray:
        """The words as they are cut."""
        if self.lower:
            words = pc.ascii_lower(words)
        if self.lead in ("dropped", "always"):
            words = pc.ascii_ltrim(words, " ")
        if self.lead in ("always", "one more"):
            words = pc.binary_join_element_wise(pa.scalar(self.sign), words, pa.scalar(""))
        return words

    def _is_left(self, words: pa.StringArray) -> NDArray[np.bool_]:
        holds_part = _holds_part(words, self.without, ignore_case=self.lower)
        return _holds_other_characters(words) | _has_spaces_to_keep(words, self.lead) | holds_part

    def _encoded(self, pieces: pa.BinaryArray) -> Encoded:
        return self.model.encode(pieces.cast(pa.string()))


def _holds_other_characters(words: pa.StringArray) -> NDArray[np.bool_]:
    """Return True for words with another byte than of ASCII that can be printed, but for a space before them."""
    texts = Texts(array=words)
    starts = texts.offsets[:-1]
    data = texts.data[: texts.offsets[-1]]
    is_other: NDArray[np.bool_] = (data <= _SPACE) | (data > ord("~"))
    is_other[starts[data[starts] == _SPACE]] = False
    found: NDArray[np.bool_] = np.logical_or.reduceat(is_other, starts) if len(starts) else np.zeros(0, np.bool_)
    return found


def _holds_part(words: pa.StringArray, parts: Iterable[str], *, ignore_case: bool) -> NDArray[np.bool_]:
    """Return True for words that hold one of some parts."""
    found = np.zeros(len(words), np.bool_)
    for part in parts:
        found |= pc.match_substring(words, part, ignore_case=ignore_case).to_numpy(zero_copy_only=False)
    return found


def _has_spaces_to_keep(words: pa.StringArray, lead: Lead) -> NDArray[np.bool_]:
    """Return True for a space alone, and for a word with a space where one more is put."""
    texts = Texts(array=words)
    begins_with_space: NDArray[np.bool_] = texts.data[texts.offsets[:-1]] == _SPACE
    kept: NDArray[np.bool_] = begins_with_space & ((np.diff(texts.offsets) == 1) | (lead == "one more"))
    return kept


def _has_refused(memory: Memory, numbers: NDArray[np.int32], offsets: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return True for words of which a piece is refused."""
    refused: NDArray[np.bool_] = np.logical_or.reduceat(memory.refused[numbers], offsets[:-1])
    return refused


def _joined(figures: NDArray[np.float64], offsets: NDArray[np.int64]) -> NDArray[np.float64]:
    """Margins, reaches and steps of words, of those of their pieces; see `Ties`.

    The next best way to cut a word is the next best way to cut one of its pieces, and sums and steps add up.
    """
    if not len(figures):
        return figures[:, offsets[:-1]]
    margins, *others = figures
    starts = offsets[:-1]
    return np.stack([np.minimum.reduceat(margins, starts), *(np.add.reduceat(other, starts) for other in others)])
