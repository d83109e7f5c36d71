"""N-grams of units, as `tf.strings.ngrams` makes them."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from padcli.rows.ragged import Units, offsets_of, positions

_SEPARATOR = " "


def ngrams(units: Units, widths: Sequence[int]) -> Units:
    """The n-grams of each row, as units: all of the first width, then all of the second, and so on.

    In the order of TensorFlow's op:
    https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/kernels/string_ngrams_op.cc
    """
    lengths = np.diff(units.offsets)
    counts = [np.maximum(lengths - (width - 1), 0) for width in widths]  # one of them may be there twice
    offsets = offsets_of(sum(counts, np.zeros(len(lengths), np.int64)))
    codes, strings = np.empty(offsets[-1], np.int64), list[pa.StringArray]()
    starts, n_strings = offsets[:-1], 0
    grams = _Grams(units)
    for (found, names), of_rows in zip(map(grams.of_width, widths), counts, strict=True):
        codes[_runs(starts, of_rows)] = found + n_strings
        starts = starts + of_rows
        n_strings += len(names)
        strings.append(names)
    return _in_order(pa.concat_arrays([pa.array([], pa.string()), *strings]), codes, offsets)


class _Grams:
    """The n-grams of each width, each made of those that are one unit shorter."""

    def __init__(self, units: Units) -> None:
        assert units.units is not None  # noqa: S101 (texts are cut before they get here)
        self._units, self._codes = units.units, units.codes.astype(np.int64)
        self._starts, self._lengths = units.offsets[:-1], np.diff(units.offsets)
        self._known = {1: (self._codes, self._units)}

    def of_width(self, width: int) -> tuple[NDArray[np.int64], pa.StringArray]:
        """Codes `(n,)` of the n-grams, row by row, and what the codes stand for."""
        if width not in self._known:
            shorter, names = self.of_width(width - 1)
            counts = np.maximum(self._lengths - (width - 1), 0)
            fewer = np.maximum(self._lengths - (width - 2), 0)
            first = shorter[_runs(offsets_of(fewer)[:-1], counts)]
            last = self._codes[_runs(self._starts + (width - 1), counts)]
            pairs = pa.array(first * len(self._units) + last, pa.int64()).dictionary_encode()
            firsts, lasts = np.divmod(pairs.dictionary.to_numpy(), max(1, len(self._units)))
            joined = pc.binary_join_element_wise(
                names.take(positions(firsts)), self._units.take(positions(lasts)), _SEPARATOR
            )
            self._known[width] = pairs.indices.to_numpy().astype(np.int64), joined
        return self._known[width]


def _runs(starts: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The numbers from each of `starts` `(n,)` on, so many as `counts` says, one run after the other."""
    offsets = offsets_of(counts)
    return np.repeat(starts - offsets[:-1], counts) + np.arange(offsets[-1])


def _in_order(strings: pa.StringArray, codes: NDArray[np.int64], offsets: NDArray[np.int64]) -> Units:
    """Units in the order of their first appearance, each string once."""
    merged = strings.dictionary_encode()
    found = pa.array(merged.indices.to_numpy()[codes]).dictionary_encode()
    return Units.counted(merged.dictionary.take(found.dictionary), found.indices.to_numpy(), offsets)
