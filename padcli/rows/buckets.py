"""Placeholder."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from padcli.rows.lengths import LengthHistogram


def best_widths(histogram: LengthHistogram, n: int, *, multiple_of: int = 1) -> tuple[int, ...]:
    """Placeholder."""
    return tuple(
        sorted({-(-max(1, histogram.percentile(100 * (i + 1) // n)) // multiple_of) * multiple_of for i in range(n)})
    )


def bucket_of(lengths: NDArray[np.integer], widths: Sequence[int]) -> NDArray[np.int64]:
    """Placeholder."""
    return np.minimum(np.searchsorted(widths, lengths), len(widths) - 1)
