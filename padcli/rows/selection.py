"""Placeholder."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray


def permutation(n: int, seed: int) -> NDArray[np.int64]:
    """Placeholder."""
    return np.random.default_rng(seed).permutation(n)


def sampled(hashes: NDArray[np.uint64], share: Fraction) -> NDArray[np.bool_]:
    """Placeholder."""
    return hashes < np.uint64(min(2**64 - 1, int(share * 2**64)))


def parts_of(keys: NDArray[np.uint64], shares: Sequence[Fraction]) -> NDArray[np.int8]:
    """Placeholder."""
    edges = np.cumsum([float(s) for s in shares])[:-1] * 2.0**64
    return np.searchsorted(edges, keys.astype(np.float64), side="right").astype(np.int8)
