"""A record is a row; what is too long is cut off at one side, as `pad_sequences` does with `truncating`, or amid it.

https://github.com/keras-team/keras/blob/master/keras/src/utils/sequence_utils.py
"""

import dataclasses

import numpy as np
from numpy.typing import NDArray

from padcli.errors import LengthError
from padcli.options import head_of
from padcli.rows.pieces import Pieces, RowShape
from padcli.rows.text_pairs import kept_lengths
from padcli.text_format import n_of


@dataclasses.dataclass(frozen=True, slots=True)
class Truncate(RowShape):
    """Keep at most `room` tokens of each text: `truncating` is the side that is cut off, or the head that is kept."""

    def __post_init__(self) -> None:
        n_before, n_after = len(self.template.before), len(self.template.after)
        if (head := head_of(self.truncating)) is not None and not n_before < head < self.maxlen - n_after:
            least, most = n_before + 1, self.maxlen - n_after - 1
            hint = f"Give a head of {least:,} to {most:,} tokens, or another --maxlen."
            raise LengthError(
                f"--truncate {self.truncating}: head or tail would hold nothing of the text (--maxlen {self.maxlen}, "
                f"{n_of(n_before + n_after, 'special token')}).",
                hint=hint if least <= most else f"Give a --maxlen of at least {least + n_after + 1:,}.",
            )

    def pieces(self, lengths: NDArray[np.int64]) -> Pieces:
        """Return a piece for each record; of two slices where a head and a tail are kept. See `RowShape.pieces`."""
        if self.template.n_texts > 1:
            way = self.options.truncate_pairs or ("longest-first" if self.template.n_texts == 2 else "round-robin")
            kept = kept_lengths(lengths, self.room, way)
            start = lengths - kept if self.truncating == "pre" else np.zeros_like(lengths)
            return Pieces(
                record=np.arange(len(lengths)), start=start, stop=start + kept, texts=tuple(range(lengths.shape[1]))
            )
        whole, record = lengths[:, 0], np.arange(len(lengths))
        kept = np.minimum(whole, self.room)
        head = head_of(self.truncating)
        if head is None:
            start = whole - kept if self.truncating == "pre" else np.zeros(len(whole), np.int64)
            return Pieces.of_one_text(record, start, start + kept)
        middle = np.minimum(kept, head - len(self.template.before))  # the head holds what stands before the text, too
        return Pieces(
            record=record,
            start=np.stack([np.zeros_like(whole), whole - kept + middle], axis=1),
            stop=np.stack([middle, whole], axis=1),
            texts=(0, 0),
        )
