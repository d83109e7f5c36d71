"""Words of ASCII, encoded by padcli's own loops instead of the original library.

Most words of most texts are of ASCII that can be printed. On those, normalizers do nothing or lower-case, and the
classes that pre-tokenizers cut by are the same in every version of Unicode. So such words are cut into pieces, each
different piece is encoded once, and the original is left with the other words, and with those that a model refuses.
"""

import dataclasses
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from padcli.rows.ragged import RaggedIds, Texts, positions
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

    It is exact where the tokenizer does no more to such a word than this: to lower-case it if `lower`, to do to the
    space before it as `lead` says, to cut it by `steps`, and to encode each piece by `model`. `without`: parts that a
    word must not hold, since a normalizer or a pattern takes them for something else; such words are for the original.
    """

    model: PieceModel
    steps: tuple[Step, ...] = ()
    lower: bool = False
    lead: Lead = "dropped"
    without: tuple[str, ...] = ()
    _memory: Memory = dataclasses.field(init=False, default_factory=Memory)

    def encode(self, words: pa.StringArray) -> tuple[RaggedIds, NDArray[np.bool_]]:
        """The ids of each word, and True for those that the original has to encode, bool `(n,)`; these have no ids."""
        left = self._is_left(words)
        places = np.flatnonzero(~left)
        chosen = words if not left.any() else words.take(positions(places))
        if self.lower:
            chosen = pc.ascii_lower(chosen)
        if self.lead in ("dropped", "always"):
            chosen = pc.ascii_ltrim(chosen, " ")
        if self.lead in ("always", "one more"):
            chosen = pc.binary_join_element_wise(pa.scalar(" "), chosen, pa.scalar(""))
        pieces, offsets = cut(chosen, self.steps)
        memory, numbers = self._memory.numbered(pieces.cast(pa.binary()), self._encoded)
        refused = memory.refused[numbers]
        if refused.any():
            left[places[np.repeat(np.arange(len(places)), np.diff(offsets))[refused]]] = True
        row_offsets = np.zeros(len(words) + 1, np.int64)
        row_offsets[places + 1] = np.diff(offsets)
        np.cumsum(row_offsets, out=row_offsets)
        ids = expanded(numbers, row_offsets, memory.starts, memory.lengths, memory.ids)
        return ids, left

    def _is_left(self, words: pa.StringArray) -> NDArray[np.bool_]:
        texts = Texts(array=words)
        starts, lengths = texts.offsets[:-1], np.diff(texts.offsets)
        data = texts.data[: texts.offsets[-1]]
        is_odd = (data <= _SPACE) | (data > ord("~"))
        is_odd[starts[data[starts] == _SPACE]] = False
        left: NDArray[np.bool_] = (data[starts] == _SPACE) & ((lengths == 1) | (self.lead == "one more"))
        if is_odd.any():
            left |= np.logical_or.reduceat(is_odd, starts)
        for part in self.without:
            left |= pc.match_substring(words, part, ignore_case=self.lower).to_numpy(zero_copy_only=False)
        return left

    def _encoded(self, pieces: pa.BinaryArray) -> Encoded:
        return Encoded.plain(*self.model.encode(pieces.cast(pa.string())))
