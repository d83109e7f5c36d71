"""Pieces of all records in the order, and in the rows, in which they are to stand."""

import dataclasses
from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from padcli.rows.pieces import Pieces
from padcli.rows.ragged import narrowest
from padcli.rows.segments import Segments
from padcli.rows.template import Template


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """Rows of pieces of any records.

    `lengths`: of the texts of all records, `(n_records, n_texts)`; `labels`: Arrow columns `(n_records,)`; `pieces`: of
    all of the input, in small dtypes; `items`: int64 `(n_items,)`, which of them stand in the rows, row
    after row; `row_offsets`: int64 `(n_rows + 1,)`, row r is `items[row_offsets[r]:row_offsets[r + 1]]`.
    """

    lengths: NDArray[np.int64]
    labels: Mapping[str, pa.Array]
    pieces: Pieces
    items: NDArray[np.int64]
    row_offsets: NDArray[np.int64]

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.row_offsets) - 1

    def blocks(self, template: Template, n_rows: int) -> Iterator[Segments]:
        """Yield the segments of so many rows at a time; sequences are counted over all of the input."""
        for first in range(0, len(self), n_rows):
            rows = self.row_offsets[first : first + n_rows + 1]
            chosen = self.pieces.take(self.items[rows[0] : rows[-1]])
            yield chosen.segments(template, rows - rows[0])


def compact(pieces: Pieces) -> Pieces:
    """Return the same in the smallest dtypes that hold it."""
    start, stop = (narrowest(part.reshape(-1)).reshape(part.shape) for part in (pieces.start, pieces.stop))
    return dataclasses.replace(pieces, start=start, stop=stop)
