"""A row is a run of slices: which slices of which token sequences stand in which row, in which order."""

import dataclasses
from collections.abc import Iterable, Iterator
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from padcli.rows.ragged import RaggedIds, offsets_of


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """The slices that some rows are made of.

    `sequence`: int64 `(n_segments,)`, the token sequence that each is of, counted from 0 in the block at hand; `start`,
    `stop`: int64 `(n_segments,)`, the slice `[start, stop)` of it; `row_offsets`: int64 `(n_rows + 1,)`, row r is
    `segments[row_offsets[r]:row_offsets[r + 1]]`.
    """

    sequence: NDArray[np.int64]
    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    row_offsets: NDArray[np.int64]

    @classmethod
    def one_a_row(cls, sequence: NDArray[np.int64], start: NDArray[np.int64], stop: NDArray[np.int64]) -> "Segments":
        """Rows of one slice each, the three of them int64 `(n_rows,)`."""
        return cls(sequence=sequence, start=start, stop=stop, row_offsets=np.arange(len(sequence) + 1))

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.row_offsets) - 1

    @property
    def is_one_a_row(self) -> bool:
        """True where each row is one slice, in the order of the sequences: then rows are offsets moved."""
        return len(self.sequence) == len(self) and bool((np.diff(self.sequence) >= 0).all())

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each row, int64 `(n_rows,)`."""
        kept: NDArray[np.int64] = np.diff(offsets_of(self.stop - self.start)[self.row_offsets])
        return kept

    @property
    def first_sequence(self) -> NDArray[np.int64]:
        """The sequence that each row begins with, int64 `(n_rows,)`; -1 for a row without slices."""
        filled = np.diff(self.row_offsets) > 0
        first = np.full(len(self), -1, np.int64)
        first[filled] = self.sequence[self.row_offsets[:-1][filled]]
        return first

    def blocks(self, n_rows: int) -> "Iterator[Segments]":
        """Yield the same in pieces of so many rows."""
        for first in range(0, len(self), n_rows):
            offsets = self.row_offsets[first : first + n_rows + 1]
            chosen = slice(offsets[0], offsets[-1])
            yield Segments(
                sequence=self.sequence[chosen],
                start=self.start[chosen],
                stop=self.stop[chosen],
                row_offsets=offsets - offsets[0],
            )

    def with_their(self, sequences: RaggedIds) -> "tuple[RaggedIds, Segments]":
        """Leave sequences out that no slice is of, but for those between two of which one is."""
        if not len(self.sequence):
            return sequences.rows(0, 0), self
        first, last = int(self.sequence.min()), int(self.sequence.max())
        return sequences.rows(first, last + 1), dataclasses.replace(self, sequence=self.sequence - first)

    def gather(self, sequences: RaggedIds) -> RaggedIds:
        """Lay the tokens of each row out one after the other."""
        lengths = self.stop - self.start
        offsets = offsets_of(lengths)
        starts = sequences.offsets[self.sequence] + self.start
        places = np.repeat(starts - offsets[:-1], lengths) + np.arange(offsets[-1])
        return RaggedIds(values=sequences.values[places], offsets=offsets[self.row_offsets], lookup=sequences.lookup)


class RowShape(Protocol):
    """Maker of rows from sequences: a pure function of their lengths, which never sees a token.

    `has_one_row_a_sequence`: True where row i is sequence i, or what is left of it.
    """

    has_one_row_a_sequence: ClassVar[bool]

    def plan(self, lengths: Iterable[NDArray[np.int64]]) -> Iterator[Segments]:
        """Yield the segments of each block of sequences, of these lengths, int64 `(n_sequences,)`.

        A block's segments are of its own sequences. The same lengths give the same segments.
        """
        ...
