"""What becomes of records in rows: how many are cut, skipped or repeated, and how many tokens that takes."""

import dataclasses

import numpy as np
from numpy.typing import NDArray

from padcli.rows.pieces import Pieces


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Figures of rows that are more than records cut to length. Merged by adding.

    `rows`; `pieces`: of records, in these; `tokens`: in the rows, special ones and repeated ones included; `cut`:
    records that lost tokens; `lost`: these tokens; `dropped`: records that are in no row; `cells`: of the arrays.
    """

    rows: int = 0
    pieces: int = 0
    tokens: int = 0
    cut: int = 0
    lost: int = 0
    dropped: int = 0
    cells: int = 0

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(
            rows=self.rows + other.rows,
            pieces=self.pieces + other.pieces,
            tokens=self.tokens + other.tokens,
            cut=self.cut + other.cut,
            lost=self.lost + other.lost,
            dropped=self.dropped + other.dropped,
            cells=self.cells + other.cells,
        )

    @classmethod
    def of(cls, pieces: Pieces, lengths: NDArray[np.int64], n_special: int) -> "Outcome":
        """Tell what becomes of records of these `lengths` `(n, n_texts)` in pieces that rise, a row each."""
        covered = _covered(pieces, len(lengths))
        in_a_row = np.zeros(len(lengths), np.bool_)
        in_a_row[pieces.record] = True
        lost = lengths.sum(axis=1) - covered
        return cls(
            rows=len(pieces),
            pieces=len(pieces),
            tokens=int(pieces.lengths.sum()) + n_special * len(pieces),
            cut=int(np.count_nonzero(in_a_row & (lost > 0))),
            lost=int(lost[in_a_row].sum()),
            dropped=int(np.count_nonzero(~in_a_row)),
        )


def _covered(pieces: Pieces, n_records: int) -> NDArray[np.int64]:
    """Count the tokens of each record that some piece holds, those that several hold once, int64 `(n_records,)`."""
    covered = np.zeros(n_records, np.int64)
    for text in set(pieces.texts):
        columns = [i for i, of in enumerate(pieces.texts) if of == text]
        record = np.repeat(pieces.record, len(columns))
        start, stop = pieces.start[:, columns].reshape(-1), pieces.stop[:, columns].reshape(-1)
        # Slices of a text rise, so that what was covered before ends where the slice before ends.
        before = np.where(np.diff(record, prepend=-1) == 0, np.concatenate([[0], stop[:-1]]), 0)
        covered += np.bincount(record, np.maximum(stop - np.maximum(start, before), 0), n_records).astype(np.int64)
    return covered
