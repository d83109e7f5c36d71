"""The models of `bpe.pyx` and `trie.pyx`, on Arrow strings; see `Merges` and `Trie` in `padcli.kernels.base`."""

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from padcli.kernels import base, bpe, fallback, trie
from padcli.rows.ragged import RaggedIds, Texts

_Ids = NDArray[np.int32]
# A loop, given bytes and offsets of texts, and arrays for ids, their offsets and the texts that are not done.
_Loop = Callable[[NDArray[np.uint8], _Ids, _Ids, NDArray[np.int64], NDArray[np.uint8]], int]


class Merges:
    """Merges of pairs of ids; see `padcli.kernels.base.Merges`."""

    def __init__(self, lefts: _Ids, rights: _Ids, ranks: _Ids, merged: _Ids) -> None:
        self._merges = bpe.Merges(lefts, rights, ranks, merged)

    def encode(self, texts: pa.StringArray, symbols: _Ids, last_symbols: _Ids) -> tuple[RaggedIds, NDArray[np.bool_]]:
        """See `padcli.kernels.base.Merges.encode`."""
        return _run(lambda data, offsets, *out: self._merges.encode(data, offsets, symbols, last_symbols, *out), texts)


_LARGEST = 2**24 - 2  # bytes of all pieces together, for which a trie has room


def Trie(starting: Sequence[str], going_on: Sequence[str]) -> base.Trie:  # noqa: N802 (a class, as far as callers know)
    """See `padcli.kernels.base.Kernels.Trie`. Where there is no room for the pieces, texts are left to the library."""
    pieces = [*starting, *going_on]
    if sum(len(piece.encode()) for piece in pieces) >= _LARGEST:
        return fallback.Trie(starting, going_on)
    return _Trie(Texts(array=pa.array(pieces, pa.string())), len(starting))


class _Trie:
    """Pieces of texts; see `padcli.kernels.base.Trie`."""

    longest_text = bpe.LONGEST

    def __init__(self, pieces: Texts, n_starting: int) -> None:
        self._trie = trie.Trie(pieces.data, pieces.offsets, n_starting)

    def best(
        self, texts: pa.StringArray, scores: NDArray[np.float64]
    ) -> tuple[RaggedIds, NDArray[np.bool_], NDArray[np.float64]]:
        """See `padcli.kernels.base.Trie.best`."""
        figures = np.zeros((2, len(texts)))
        pieces, refused = _run(
            lambda data, offsets, *out: self._trie.best(data, offsets, scores, figures[0], figures[1], *out), texts
        )
        return pieces, refused, figures

    def longest(self, texts: pa.StringArray) -> tuple[RaggedIds, NDArray[np.bool_]]:
        """See `padcli.kernels.base.Trie.longest`."""
        return _run(self._trie.longest, texts)


def _run(loop: _Loop, array: pa.StringArray) -> tuple[RaggedIds, NDArray[np.bool_]]:
    texts = Texts(array=array)
    offsets = texts.offsets
    values, ends = np.empty(offsets[-1] - offsets[0], np.int32), np.empty(len(array) + 1, np.int64)
    refused = np.empty(len(array), np.uint8)
    n = loop(texts.data, offsets, values, ends, refused)
    return RaggedIds(values=values[:n], offsets=ends), refused.view(np.bool_)
