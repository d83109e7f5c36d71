"""A record is a piece; what is too long is cut off at one side, as `pad_sequences` does with `truncating`, or amid it.

https://github.com/keras-team/keras/blob/master/keras/src/utils/sequence_utils.py
"""

import dataclasses

import numpy as np
from numpy.typing import NDArray

from padcli.options import RowOptions
from padcli.rows.pieces import Pieces


@dataclasses.dataclass(frozen=True, slots=True)
class Truncate:
    """Keep at most `room` tokens of each text; `truncating` says which side is cut off."""

    room: int
    truncating: str
    options: RowOptions

    def pieces(self, lengths: NDArray[np.int64]) -> Pieces:
        """Return a piece for each record, `lengths` `(n, 1)`."""
        whole = lengths[:, 0]
        kept = np.minimum(whole, self.room)
        start = whole - kept if self.truncating == "pre" else np.zeros(len(whole), np.int64)
        return Pieces.of_one_text(np.arange(len(whole)), start, start + kept)
