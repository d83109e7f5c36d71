"""Choices of records that are the same on every machine: by a hash of their content, and by a seed."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

_ALL = 2**64
_GAMMA = np.uint64(0x9E3779B97F4A7C15)


def splitmix64(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the output of SplitMix64 for each state, uint64 `(n,)`: numbers that look random.

    https://doi.org/10.1145/2660193.2660195 and https://prng.di.unimi.it/splitmix64.c
    """
    mixed = state + _GAMMA
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def seeded(hashes: NDArray[np.uint64], seed: int) -> NDArray[np.uint64]:
    """Return other hashes for each seed, uint64 `(n,)`."""
    of_seed = splitmix64(np.array([seed % _ALL], np.uint64))
    return splitmix64(hashes ^ of_seed)


def permutation(n: int, seed: int) -> NDArray[np.int64]:
    """Return the numbers below `n` in a random order, int64 `(n,)`: sorted by the n outputs of a seeded SplitMix64."""
    keys = splitmix64(splitmix64(np.array([seed % _ALL], np.uint64)) + np.arange(n, dtype=np.uint64) * _GAMMA)
    order: NDArray[np.int64] = np.argsort(keys, kind="stable")
    return order


def sampled(hashes: NDArray[np.uint64], share: Fraction) -> NDArray[np.bool_]:
    """Tell for each hash whether it is in the lowest `share` of all that there can be, bool `(n,)`."""
    limit = int(share * _ALL)
    return np.ones(len(hashes), np.bool_) if limit == _ALL else hashes < np.uint64(limit)


def stratified(hashes: NDArray[np.uint64], strata: NDArray[np.uint64], shares: Sequence[Fraction]) -> NDArray[np.int64]:
    """Return the part that each record goes to, int64 `(n,)`: each stratum is split as near to `shares` as can be.

    Records of a stratum are ranked by their hashes, and parts are runs of ranks. Equal hashes, as those of records that
    repeat each other, stay together. A record that is added moves those at the edges of parts, and no others.
    """
    _, codes, counts = np.unique(strata, return_inverse=True, return_counts=True)
    order = np.lexsort((hashes, codes))
    code, hashed, place = codes[order], hashes[order], np.arange(len(order))
    begins = np.diff(code, prepend=-1) != 0
    is_new = begins.copy()
    is_new[1:] |= hashed[1:] != hashed[:-1]
    rank = np.maximum.accumulate(np.where(is_new, place, 0)) - np.maximum.accumulate(np.where(begins, place, 0))
    sizes = counts[code]
    parts = np.zeros(len(order), np.int64)
    for edge in list(accumulate(shares))[:-1]:
        ends = -(-sizes * edge.numerator // edge.denominator)  # the first rank of the next part, rounded up
        parts += rank >= ends
    found = np.empty_like(parts)
    found[order] = parts
    return found


def parts_of(hashes: NDArray[np.uint64], shares: Sequence[Fraction]) -> NDArray[np.int64]:
    """Return the part that each hash falls into, int64 `(n,)`, where parts have these shares of all hashes."""
    edges = np.array([int(edge * _ALL) for edge in list(accumulate(shares))[:-1]], np.uint64)
    part: NDArray[np.int64] = np.searchsorted(edges, hashes, side="right")
    return part
