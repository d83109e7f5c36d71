"""A row is a run of slices: which slices of which token sequences stand in which row, in which order."""

import dataclasses
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from padcli.rows.ragged import RaggedIds, offsets_of

SPECIAL = -1


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """The slices that some rows are made of.

    A row is one piece, or several where rows are packed, and a piece is what stands in a row of one record: slices of
    its texts, and the special ids around them.

    `sequence`: int64 `(n_segments,)`, the token sequence that each is of, or `SPECIAL`, the special ids; `start`,
    `stop`: int64 `(n_segments,)`, the slice `[start, stop)` of it; `types`: int64 `(n_segments,)`, 0 for what belongs
    to the first text of a pair, 1 for the second; `piece_offsets`: int64 `(n_pieces + 1,)`, piece p is
    `segments[piece_offsets[p]:piece_offsets[p + 1]]`; `record`: int64 `(n_pieces,)`, the record of each; `row_offsets`:
    int64 `(n_rows + 1,)`, row r is `pieces[row_offsets[r]:row_offsets[r + 1]]`.
    """

    sequence: NDArray[np.int64]
    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    types: NDArray[np.int64]
    piece_offsets: NDArray[np.int64]
    record: NDArray[np.int64]
    row_offsets: NDArray[np.int64]

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.row_offsets) - 1

    @property
    def is_plain(self) -> bool:
        """True where each row is one slice of a sequence, and nothing else."""
        return len(self.sequence) == len(self) and not (self.sequence == SPECIAL).any()

    @property
    def piece_lengths(self) -> NDArray[np.int64]:
        """Tokens of each piece, int64 `(n_pieces,)`."""
        lengths: NDArray[np.int64] = np.diff(offsets_of(self.stop - self.start)[self.piece_offsets])
        return lengths

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each row, int64 `(n_rows,)`."""
        return self._of_rows(self.piece_lengths)

    def _of_rows(self, of_pieces: NDArray[np.int64]) -> NDArray[np.int64]:
        sums: NDArray[np.int64] = np.diff(offsets_of(of_pieces)[self.row_offsets])
        return sums

    @property
    def token_types(self) -> NDArray[np.int64]:
        """The type of each token, row after row, int64 `(n_tokens,)`."""
        return np.repeat(self.types, self.stop - self.start)

    @property
    def piece_numbers(self) -> NDArray[np.int64]:
        """The piece that each token is of, counted from 1 in its row, int64 `(n_tokens,)`."""
        number = np.arange(1, len(self.record) + 1) - np.repeat(self.row_offsets[:-1], np.diff(self.row_offsets))
        return np.repeat(number, self.piece_lengths)

    @property
    def token_positions(self) -> NDArray[np.int64]:
        """The place of each token in its piece, counted from 0, int64 `(n_tokens,)`."""
        lengths = self.piece_lengths
        offsets = offsets_of(lengths)
        return np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)

    def blocks(self, n_rows: int) -> "Iterator[Segments]":
        """Yield the same in parts of so many rows."""
        for first in range(0, len(self), n_rows):
            rows = self.row_offsets[first : first + n_rows + 1]
            pieces = self.piece_offsets[rows[0] : rows[-1] + 1]
            chosen = slice(pieces[0], pieces[-1])
            yield Segments(
                sequence=self.sequence[chosen],
                start=self.start[chosen],
                stop=self.stop[chosen],
                types=self.types[chosen],
                piece_offsets=pieces - pieces[0],
                record=self.record[rows[0] : rows[-1]],
                row_offsets=rows - rows[0],
            )

    def with_their(self, sequences: RaggedIds) -> "tuple[RaggedIds, Segments]":
        """Skip sequences that no slice is of, but for those between two of which one is."""
        real = self.sequence[self.sequence != SPECIAL]
        if not len(real):
            return sequences.rows(0, 0), self
        first, last = int(real.min()), int(real.max())
        moved = np.where(self.sequence == SPECIAL, SPECIAL, self.sequence - first)
        return sequences.rows(first, last + 1), dataclasses.replace(self, sequence=moved)
