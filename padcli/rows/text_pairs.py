"""Placeholder."""

import numpy as np
from numpy.typing import NDArray

from padcli.options import PairTruncation


def kept_lengths(lengths: NDArray[np.int64], room: int, way: PairTruncation) -> NDArray[np.int64]:
    """Placeholder."""
    kept = lengths.copy()
    while (over := kept.sum(axis=1) > room).any():
        kept[over, kept[over].argmax(axis=1)] -= 1
    return kept
