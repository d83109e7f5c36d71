"""How close the two best ways to cut a text into the pieces of a Unigram model are.

The best way is the one whose pieces have the largest sum of scores; Viterbi's search finds it, and here the next best,
too. https://arxiv.org/abs/1804.10959
"""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from padcli.kernels import dispatch
from padcli.tokenizers.vocabulary import Index, new_index

if TYPE_CHECKING:
    from padcli.kernels import native

_NONE = float("-inf")


class BestTwo:
    """Measures texts by the `scores` of pieces; a character that is no piece is worth `unknown`."""

    def __init__(self, scores: Mapping[str, float], unknown: float) -> None:
        self._scores, self._unknown = scores, unknown
        self._longest = max(map(len, scores), default=1)
        self._index: Index = new_index()
        self._index.number(pa.array(scores, pa.string()))
        self._values = np.fromiter(scores.values(), np.float64, len(scores))

    def measure(self, texts: pa.StringArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """By how much the best way beats the next, and the largest sum on it, without its sign: `(n,)` both.

        The first is infinite where there is one way only.
        """
        if dispatch.kernels() is not None:
            index = cast("native.Index", self._index)
            return index.margins(texts, self._values, self._pairs, self._unknown)
        measured = np.array([self._measured(text) for text in texts.to_pylist()]).reshape(len(texts), 2)
        return measured[:, 0], measured[:, 1]

    @cached_property
    def _pairs(self) -> NDArray[np.uint16]:
        return cast("native.Index", self._index).longest()

    def _measured(self, text: str) -> tuple[float, float]:
        best, second = [0.0, *[_NONE] * len(text)], [_NONE] * (len(text) + 1)
        for i in range(len(text)):
            for j in range(i + 1, min(len(text), i + self._longest) + 1):
                score = self._scores.get(text[i:j], self._unknown if j == i + 1 else None)
                if score is not None:
                    sums = sorted((best[i] + score, second[i] + score, best[j], second[j]))
                    best[j], second[j] = sums[-1], sums[-2]
        return best[-1] - second[-1], -min(best)
