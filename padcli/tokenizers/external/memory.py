"""Memory of what has been encoded: each different word, or piece of one, is encoded once."""

import dataclasses
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from padcli.kernels import dispatch
from padcli.rows.ragged import RaggedIds, positions

_MOST = 2**22  # to remember; then the memory begins anew


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """Words that were encoded. `refused`: bool `(n,)`, those that are left to others; `figures`: `(n_figures, n)`."""

    ids: RaggedIds
    refused: NDArray[np.bool_]
    figures: NDArray[np.float64]

    @classmethod
    def plain(cls, ids: RaggedIds, refused: NDArray[np.bool_]) -> "Encoded":
        """Words without figures."""
        return cls(ids=ids, refused=refused, figures=np.zeros((0, len(refused))))


class Memory:
    """The ids of each word that was met; workers share it. Number 0 is no word: it stands for those left out.

    `starts` and `lengths`: int64 `(n,)`, where a word's ids begin in `ids`, int32, and how many it has; `figures`:
    `(n_figures, n)`, what else is known of each word. All have room for more: what others are reading does not change
    when that is filled.
    """

    def __init__(self, n_figures: int = 0) -> None:
        self._lock = threading.Lock()
        self._n_figures = n_figures
        self._clear()

    def _clear(self) -> None:
        self._index = dispatch.kernels().Index()
        self._index.number(pa.array([b"\xff\xfe"], pa.binary()))
        self.starts, self.lengths = np.zeros(1, np.int64), np.zeros(1, np.int64)
        self.ids, self._n_ids = np.zeros(0, np.int32), 0
        self.refused = np.ones(1, np.bool_)
        self.figures = np.zeros((self._n_figures, 1))

    def numbered(self, keys: pa.Array, encode: Callable[[pa.Array], Encoded]) -> tuple["Memory", NDArray[np.int32]]:
        """A snapshot of all words, and the numbers of these, int32 `(n,)`; new ones are encoded."""
        with self._lock:
            if len(self._index) > _MOST:
                self._clear()
            known = len(self._index)
            numbers = self._index.number(keys)
            if len(self._index) > known:
                try:
                    self._add(known, encode(keys.take(positions(_firsts(numbers, known, len(self._index))))))
                except BaseException:
                    self._clear()  # else some would have a number and no ids
                    raise
            return self._snapshot(), numbers

    def _snapshot(self) -> "Memory":
        seen = object.__new__(Memory)
        for name in ("starts", "lengths", "ids", "refused", "figures"):
            setattr(seen, name, getattr(self, name))
        return seen

    def _add(self, known: int, new: Encoded) -> None:
        n, n_ids = known + len(new.refused), self._n_ids + len(new.ids.values)
        self.ids = _with_room(self.ids, n_ids)
        self.ids[self._n_ids : n_ids] = new.ids.values
        added = {
            "starts": new.ids.offsets[:-1] + self._n_ids,
            "lengths": np.diff(new.ids.offsets),
            "refused": new.refused,
            "figures": new.figures,
        }
        for name, values in added.items():
            array = _with_room(getattr(self, name), n)
            array[..., known:n] = values
            setattr(self, name, array)
        self._n_ids = n_ids


def _with_room(array: NDArray[Any], room: int) -> NDArray[Any]:
    """The array `(..., n)`, or a copy that is twice as long as it has to be."""
    if array.shape[-1] >= room:
        return array
    larger = np.zeros((*array.shape[:-1], 2 * room), array.dtype)
    larger[..., : array.shape[-1]] = array
    return larger


def _firsts(numbers: NDArray[np.int32], known: int, n: int) -> NDArray[np.int64]:
    """The place of the first word with each of the numbers from `known` to n, `(n - known,)`."""
    places = np.flatnonzero(numbers >= known)
    firsts = np.empty(n - known, np.int64)
    firsts[numbers[places[::-1]] - known] = places[::-1]
    return firsts


def expanded(
    codes: NDArray[np.integer],
    offsets: NDArray[np.int64],
    starts: NDArray[np.int64],
    lengths: NDArray[np.int64],
    ids: NDArray[np.int32],
) -> RaggedIds:
    """Return rows of words `codes[offsets[i]:offsets[i + 1]]`, each of which has `lengths` ids from `starts` on."""
    of_words = dispatch.kernels().expand(codes, starts, lengths, ids)
    return RaggedIds(values=of_words.values, offsets=of_words.offsets[offsets])
