"""A sequence is a row; what is too long is cut off at one side, as `pad_sequences` does with `truncating`.

https://github.com/keras-team/keras/blob/master/keras/src/utils/sequence_utils.py
"""

import dataclasses
from collections.abc import Iterable, Iterator
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from padcli.options import Side
from padcli.rows.segments import Segments


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Truncate:
    """Keep at most `room` tokens of each sequence; `side` is the one that is cut off."""

    has_one_row_a_sequence: ClassVar[bool] = True

    room: int
    side: Side

    def plan(self, lengths: Iterable[NDArray[np.int64]]) -> Iterator[Segments]:
        """Yield one slice a row."""
        for block in lengths:
            kept = np.minimum(block, self.room)
            start = block - kept if self.side == "pre" else np.zeros(len(block), np.int64)
            yield Segments.one_a_row(np.arange(len(block)), start, start + kept)
