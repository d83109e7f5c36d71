"""Room of a row dealt out to the texts of a record.

`longest-first`, `only-first` and `only-second` are those of Hugging Face's `tokenizers`:
https://github.com/huggingface/tokenizers/blob/main/tokenizers/src/utils/truncation.rs. `round-robin` and `waterfall`
are those of KerasHub: https://keras.io/keras_hub/api/preprocessing_layers/multi_segment_packer/
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from padcli.errors import LengthError, UsageError
from padcli.options import PairTruncation

Lengths = NDArray[np.int64]

_OF_PAIRS = ("longest-first", "only-first", "only-second")


def kept_lengths(lengths: Lengths, room: int, way: PairTruncation) -> Lengths:
    """Return how many tokens are kept of each text, int64 `(n, n_texts)`, so that at most `room` are of each record.

    `lengths`: tokens of the texts, int64 `(n, n_texts)`. Raises `UsageError` for a way that is for two texts, and
    `LengthError` where cutting one text alone would leave nothing of it.
    """
    if way in _OF_PAIRS and lengths.shape[1] != 2:
        raise UsageError(
            f"--truncate-pairs {way}: is for two texts, and there are {lengths.shape[1]}.",
            hint="Choose round-robin or waterfall.",
        )
    if way in ("only-first", "only-second"):
        return _only(lengths, room, way)
    ways: dict[str, Callable[[Lengths, int], Lengths]] = {
        "longest-first": _longest_first,
        "round-robin": _round_robin,
        "waterfall": _waterfall,
    }
    return ways[way](lengths, room)


def _only(lengths: Lengths, room: int, way: PairTruncation) -> Lengths:
    column, excess = ("only-first", "only-second").index(way), np.maximum(lengths.sum(axis=1) - room, 0)
    if not room:  # the original cuts both texts then
        return np.zeros_like(lengths)
    lacking = (excess > 0) & (lengths[:, column] <= excess)
    if lacking.any():
        raise LengthError(
            f"--truncate-pairs {way}: of some records, nothing would be left of that text.",
            hint="Choose longest-first, or a larger --maxlen.",
        )
    kept = lengths.copy()
    kept[:, column] -= excess
    return kept


def _longest_first(lengths: Lengths, room: int) -> Lengths:
    shorter, longer = lengths.min(axis=1), lengths.max(axis=1)
    of_shorter = shorter
    of_longer = np.where(shorter > room, shorter, np.maximum(shorter, room - shorter))
    both = of_shorter + of_longer > room
    of_shorter = np.where(both, room // 2, of_shorter)
    of_longer = np.where(both, room - room // 2, of_longer)
    is_first_longer = lengths[:, 0] > lengths[:, 1]
    first = np.where(is_first_longer, of_longer, of_shorter)
    second = np.where(is_first_longer, of_shorter, of_longer)
    fits = shorter + longer <= room
    return np.where(fits[:, None], lengths, np.minimum(np.stack([first, second], axis=1), lengths))


def _round_robin(lengths: Lengths, room: int) -> Lengths:
    """One token to each text in turn, as long as it has more: all are cut to a level, and the first to one above it."""
    left, level, n_texts = np.full(len(lengths), room), np.zeros(len(lengths), np.int64), lengths.shape[1]
    rising, is_found = np.sort(lengths, axis=1), np.zeros(len(lengths), np.bool_)
    for taken in range(n_texts):  # texts that are kept whole, the shortest first
        fits = ~is_found & (rising[:, taken] * (n_texts - taken) <= left)
        found = ~is_found & ~fits
        level[found] = left[found] // (n_texts - taken)
        is_found |= found
        left = np.where(fits, left - rising[:, taken], left)
    level[~is_found] = room
    kept = np.minimum(lengths, level[:, None])
    rest, more = room - kept.sum(axis=1), lengths > kept
    one_more: Lengths = kept + (more & (np.cumsum(more, axis=1) <= rest[:, None]))
    return one_more


def _waterfall(lengths: Lengths, room: int) -> Lengths:
    """All that there is room for to the first text, then to the next."""
    before = np.cumsum(lengths, axis=1) - lengths
    kept: Lengths = np.clip(room - before, 0, lengths)
    return kept
