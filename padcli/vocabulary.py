"""Counts of units, and the vocabulary that comes out of them."""

import dataclasses
from collections import defaultdict
from collections.abc import Callable
from itertools import repeat

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

PAD = "[PAD]"
UNK = "[UNK]"

# Gives each of some units its number: Arrow strings `(n,)` to int32 `(n,)`.
Numbering = Callable[[pa.StringArray], NDArray[np.int32]]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """All tokens, in the order of their ids: `tokens[id]`; 0 is padding.

    `unk_id` stands for units that are not in it; None where there are none such (bytes). A token that is there twice
    has its last id, as in Keras's Tokenizer when "[UNK]" itself is a word of the text.
    """

    tokens: tuple[str, ...]
    unk_id: int | None

    def __len__(self) -> int:
        """The `input_dim` that an `Embedding` needs: ids are below it."""
        return len(self.tokens)

    def numbering(self) -> Numbering:
        """Look-up of units: their ids."""
        ids = {token: id_ for id_, token in enumerate(self.tokens) if id_ > 0}  # 0 is no token, whatever it is called

        def number(units: pa.StringArray) -> NDArray[np.int32]:
            return np.fromiter(map(ids.get, units.to_pylist(), repeat(self.unk_id)), np.int32, len(units))

        return number


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FittedVocabulary:
    """A vocabulary, and what became of the counted units.

    `ids`: int32 `(n_units,)`, the id of each number; `unk_tokens`: tokens of the input that are unknown all the same;
    `units`: different units of the input; `seen_once`: those that occur only once.
    """

    vocabulary: Vocabulary
    ids: NDArray[np.int32]
    unk_tokens: int
    units: int
    seen_once: int


class UnitCounts:
    """How often each different unit was seen; units are numbered in order of first appearance.

    Units of several chunks must be added in the order of the chunks: the order of first appearance breaks ties, and so
    makes the vocabulary.
    """

    def __init__(self) -> None:
        self._numbers: defaultdict[str, int] = defaultdict()
        self._numbers.default_factory = self._numbers.__len__
        self._counts = np.zeros(0, np.int64)

    def add(self, units: pa.StringArray, counts: NDArray[np.int64]) -> NDArray[np.int32]:
        """Count different `units` `(n,)` another `counts` `(n,)` times. Returns their numbers, int32 `(n,)`."""
        numbers = np.fromiter(map(self._numbers.__getitem__, units.to_pylist()), np.int32, len(units))
        self._counts = np.pad(self._counts, (0, len(self._numbers) - len(self._counts)))
        self._counts[numbers] += counts
        return numbers

    def fit(self, *, vocab_size: int | None, min_count: int | None) -> "FittedVocabulary":
        """The vocabulary of these counts.

        Ids as Keras's `Tokenizer(num_words=vocab_size, oov_token="[UNK]")` gives them: 0 for padding, 1 for `[UNK]`,
        then by falling count, ties by first appearance. Units that occur fewer than `min_count` times, and those whose
        id would not be below `vocab_size`, become `[UNK]`.
        """
        order = np.argsort(-self._counts, kind="stable")
        order = order[self._counts[order] >= (min_count or 0)]
        if vocab_size is not None:
            order = order[: vocab_size - 2]
        units = list(self._numbers)
        tokens = (PAD, UNK, *map(units.__getitem__, order.tolist()))
        unk_id = len(tokens) - 1 - tokens[::-1].index(UNK)
        ids = np.full(len(units), unk_id, np.int32)
        ids[order] = np.arange(2, len(tokens), dtype=np.int32)
        return FittedVocabulary(
            vocabulary=Vocabulary(tokens=tokens, unk_id=unk_id),
            ids=ids,
            unk_tokens=int(self._counts[ids == unk_id].sum()),
            units=len(units),
            seen_once=int((self._counts == 1).sum()),
        )
