"""The tokens and the records of a split, wherever they lie."""

import dataclasses
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from padcli.rows.ragged import RaggedIds


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A split, encoded.

    `codes`: integers `(n_tokens,)`; `numbers`: int32 `(n_unique,)`, the id of each code, or None where codes are ids
    or their units are yet to be numbered; `units`: Arrow strings `(n_unique,)`, these units, or None; `counts`: int64
    `(n_unique,)`, how often each occurs; `lengths`: small integers `(n_records * n_texts,)`, tokens of each text;
    `labels`: Arrow columns, each `(n_records,)`; `hashes`: uint64 `(n_records,)`, or None where rows are not checked.
    `record`: int64 `(n_records,)`, the number of each among all `n_records` of the split; None where all are taken.
    """

    codes: NDArray[np.integer]
    numbers: NDArray[np.int32] | None
    units: pa.StringArray | None
    counts: NDArray[np.int64]
    lengths: NDArray[np.integer]
    labels: dict[str, pa.Array]
    record: NDArray[np.int64] | None = None
    n_records: int = 0
    hashes: NDArray[np.uint64] | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """The tokens of a split.

    `codes`: the smallest integers that will do `(n_tokens,)`; `numbers`: int32 `(n_unique,)`, what each code stands
    for, or None where the codes are ids themselves.
    """

    codes: NDArray[np.integer]
    numbers: NDArray[np.int32] | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Records of a split: `lengths` of their texts, small integers `(n_records * n_texts,)`; labels, `(n_records,)`.

    `record`: int64 `(n_records,)`, the number of each among all that were there; None where all are kept; `n_records`:
    how many were there.
    """

    lengths: NDArray[np.integer]
    labels: dict[str, pa.Array]
    record: NDArray[np.int64] | None = None
    n_records: int = 0

    def numbers(self, first: int) -> NDArray[np.int64]:
        """Return the numbers of the records, of which `first` were there before, int64 `(n_records,)`."""
        return first + (np.arange(self.n_records) if self.record is None else self.record)

    def lengths_of_texts(self, n_texts: int) -> NDArray[np.int64]:
        """Return the lengths of the texts of each record, int64 `(n_records, n_texts)`."""
        lengths: NDArray[np.int64] = self.lengths.astype(np.int64).reshape(-1, n_texts)
        return lengths


class Store(Protocol):
    """Encoded splits in their order, read any number of times; codes and rows apart, since masks need no codes."""

    @property
    def codes(self) -> Iterable[Codes]:
        """The tokens of each split."""
        ...

    @property
    def rows(self) -> Iterable[Rows]:
        """The records of each split."""
        ...

    def flattened(
        self, dtype: np.dtype[np.integer], lookup_of: Callable[[Codes], NDArray[np.int32] | None]
    ) -> AbstractContextManager[RaggedIds]:
        """Map the ids of all sequences into memory, for as long as the block runs, from a file that has no name."""
        ...
