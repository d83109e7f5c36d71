"""Counts of units, and the vocabulary that comes out of them."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from padcli.kernels import dispatch
from padcli.rows.ragged import positions

PAD = "[PAD]"
UNK = "[UNK]"

# Ids from 0 on that a vocabulary may have, however few its tokens are; and further ones for each token.
MOST_IDS = 2**24
_MOST_PER_TOKEN = 16

# Which of units that occur equally often has the lower id: the one that came first (Keras's Tokenizer), or the one
# whose UTF-8 is the higher (TextVectorization, in which "[UNK]" in a text is what it says).
Ties = Literal["first", "token"]

# Gives each of some units its id: Arrow strings `(n,)` to int32 `(n,)`.
Numbering = Callable[[pa.StringArray], NDArray[np.int32]]


def first_tokens(named: Iterable[str], *, unk: bool) -> list[str]:
    """Return the tokens that a vocabulary begins with, in the order of their ids: `named` are those of the user."""
    return list(dict.fromkeys([PAD, *([UNK] if unk else []), *named]))


def token_array(tokens: Iterable[str | None]) -> pa.LargeStringArray:
    """Tokens as a `Vocabulary` holds them."""
    return pa.array(tokens, pa.large_string())


def tokens_by_id(ids: Mapping[str, int]) -> list[str | None]:
    """Return all tokens in the order of their ids; None where no token has an id.

    Raises `ValueError` for ids that are no whole numbers from 0 on, that two tokens share, or that lie so far above the
    number of tokens that the list would be almost empty: vocabularies with gaps have some millions of ids at most.
    """
    check_ids(ids)
    tokens = list[str | None]([None]) * (max(ids.values(), default=-1) + 1)
    for token, id_ in ids.items():
        if tokens[id_] is not None:
            raise ValueError(f"its tokens {tokens[id_]!r} and {token!r} have the same id {id_}")
        tokens[id_] = token
    return tokens


def check_ids(ids: Mapping[str, int]) -> None:
    """Raise `ValueError` for ids that no list of tokens can have; see `tokens_by_id`."""
    limit = min(max(MOST_IDS, _MOST_PER_TOKEN * len(ids)), 2**31)
    for token, id_ in ids.items():
        if type(id_) is not int or not 0 <= id_ < limit:
            raise ValueError(
                f"the id of its token {token!r} is {id_!r}, expected an integer below {limit:,} in a vocabulary of "
                f"{len(ids):,} tokens"
            )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Tokens in the order of their ids: `tokens[id]`; 0 is padding. An id that no token has is null.

    `unk_id` stands for units that are not in it; None where there are none such (bytes), or where they vanish. A token
    that is there twice has its last id, as in Keras's Tokenizer when "[UNK]" itself is a word of the text.
    """

    tokens: pa.LargeStringArray
    unk_id: int | None

    def __len__(self) -> int:
        """The `input_dim` that an `Embedding` needs: ids are below it."""
        return len(self.tokens)

    def numbering(self) -> Numbering:
        """Look-up of units: their ids."""
        known = np.flatnonzero(self.tokens.is_valid())
        known = known[known > 0]  # 0 is no token, whatever it is called
        index = dispatch.kernels().Index()
        numbers = index.number(self.tokens.take(positions(known)).cast(pa.string()))
        ids = np.full(len(index) + 1, self.unk_id or 0, np.int32)  # the last is for number -1: not found
        ids[numbers] = known

        def number(units: pa.StringArray) -> NDArray[np.int32]:
            found: NDArray[np.int32] = ids[index.number(units, add=False)]
            return found

        return number


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FittedVocabulary:
    """A vocabulary, and what became of the counted units.

    `ids`: int32 `(n_units,)`, the id of each number, -1 where it has none; `unk_tokens`: tokens of the input that are
    unknown all the same; `dropped_tokens`: those that have no id; `pad_id_tokens`: those whose id is the padding's;
    `units`: different units of the input, and of those before it; `seen_once`: those that occur only once.
    """

    vocabulary: Vocabulary
    ids: NDArray[np.int32]
    unk_tokens: int
    dropped_tokens: int
    pad_id_tokens: int
    units: int
    seen_once: int


class UnitCounts:
    """Counts of different units, which are numbered in order of first appearance.

    Units of several chunks must be added in the order of the chunks: the order of first appearance breaks ties, and so
    makes the vocabulary.
    """

    def __init__(self) -> None:
        self._index = dispatch.kernels().Index()
        self._counts = np.zeros(0, np.int64)  # with room for more
        self._earlier = np.zeros(0, np.int64)

    def __len__(self) -> int:
        return len(self._index)

    def go_on(self) -> None:
        """Let all that was counted be of an earlier input: the next is to be told apart from it."""
        self._earlier = self._counts[: len(self)].copy()

    def add(self, units: pa.StringArray, counts: NDArray[np.int64]) -> NDArray[np.int32]:
        """Count different `units` `(n,)` another `counts` `(n,)` times. Returns their numbers, int32 `(n,)`."""
        numbers = self._index.number(units)
        missing = len(self._index) - len(self._counts)
        if missing > 0:
            self._counts = np.pad(self._counts, (0, max(missing, len(self._counts))))
        self._counts[numbers] += counts
        return numbers

    def counted(self) -> tuple[pa.LargeStringArray, NDArray[np.int64]]:
        """The different units `(n,)`, by their numbers, and how often each was counted, int64 `(n,)`."""
        return self._index.units(), self._counts[: len(self._index)]

    def fit(
        self,
        *,
        vocab_size: int | None,
        min_count: int | None,
        unk: bool = True,
        named: Sequence[str] = (),
        ties: Ties = "first",
        pad_id: int = 0,
    ) -> "FittedVocabulary":
        """The vocabulary of these counts.

        Ids as Keras's `Tokenizer(num_words=vocab_size, oov_token="[UNK]")` gives them: 0 for padding, 1 for `[UNK]`,
        then by falling count, and `ties` as they are to be broken. Units that occur fewer than `min_count` times, and
        those whose id would not be below `vocab_size`, become `[UNK]`. Without `unk`, as with `oov_token=None`, these
        have no id, and that of the first unit is 1. `named`: tokens that follow `[PAD]` and `[UNK]`; a unit of
        such a name is that token. Nothing can be counted afterwards: the index makes room.
        """
        names = first_tokens(named, unk=unk)
        units, counts = self.counted()
        of_this_input = np.concatenate([counts[: len(self._earlier)] - self._earlier, counts[len(self._earlier) :]])
        del self._index, self._counts
        order = np.argsort(-counts, kind="stable")
        if ties == "token":
            table = pa.table({"count": counts, "unit": units})
            order = pc.sort_indices(table, [("count", "descending"), ("unit", "descending")]).to_numpy()
            # The layer counts no "[UNK]" in a text: `IndexLookup.finalize_state`.
            order = order[np.asarray(pc.not_equal(units, UNK))[order]]
        own = np.asarray(pc.is_in(units, value_set=token_array(named)))
        order = order[~own[order]]
        if min_count is not None:
            order = order[counts[order] >= min_count]
        if vocab_size is not None:
            order = order[: vocab_size - len(names)]
        tokens = pa.concat_arrays([token_array(names), units.take(positions(order))])
        unk_id = int(np.flatnonzero(pc.equal(tokens, UNK))[-1]) if unk else None
        ids = np.full(len(counts), -1 if unk_id is None else unk_id, np.int32)
        ids[order] = np.arange(len(names), len(tokens), dtype=np.int32)
        for number in np.flatnonzero(own).tolist():
            name = units[number].as_py()
            if name != PAD:  # no unit is padding
                ids[number] = names.index(name)
        known = np.ones(len(counts), np.bool_) if unk else ids >= 0
        return FittedVocabulary(
            vocabulary=Vocabulary(tokens=tokens, unk_id=unk_id),
            ids=ids,
            unk_tokens=int(of_this_input[ids == unk_id].sum()) if unk else 0,
            dropped_tokens=int(of_this_input[~known].sum()),
            pad_id_tokens=int(of_this_input[known & (ids == pad_id)].sum()),
            units=len(counts),
            seen_once=int((counts == 1).sum()),
        )
