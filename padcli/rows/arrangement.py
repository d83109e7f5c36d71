"""Pieces of all records in the order, and in the rows, in which they are to stand."""

import dataclasses
from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from padcli.rows.packing import Packed
from padcli.rows.pieces import Pieces
from padcli.rows.ragged import narrowest, offsets_of, positions
from padcli.rows.segments import Segments
from padcli.rows.template import Template


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """Rows of pieces of any records.

    `labels`: of all records, Arrow columns `(n_records,)`; `numbers`: integers `(n_records,)`, of these in the input;
    `lengths`: integers `(n_records,)`, their tokens before anything is cut, special ones aside; `pieces`: in small
    dtypes, row after row; `row_offsets`: int64 `(n_rows + 1,)`, row r is `pieces[row_offsets[r]:row_offsets[r + 1]]`.
    """

    labels: Mapping[str, pa.ChunkedArray]
    numbers: NDArray[np.integer]
    lengths: NDArray[np.integer]
    pieces: Pieces
    row_offsets: NDArray[np.int64]

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.row_offsets) - 1

    def take(self, rows: NDArray[np.int64]) -> "Arrangement":
        """Return some of the rows, in the order given."""
        n_pieces = np.diff(self.row_offsets)[rows]
        new = offsets_of(n_pieces)
        places = np.repeat(self.row_offsets[rows] - new[:-1], n_pieces) + np.arange(new[-1])
        return dataclasses.replace(self, pieces=self.pieces.take(places), row_offsets=new)

    def between(self, first: int, end: int) -> tuple["Arrangement", NDArray[np.int64]]:
        """Return the rows `[first, end)`, with their own records alone; and which of all these are, as they rise."""
        offsets = self.row_offsets[first : end + 1]
        pieces = self.pieces.take(slice(offsets[0], offsets[-1]))
        used, record = np.unique(pieces.record, return_inverse=True)
        used = used.astype(np.int64)
        part = Arrangement(
            labels={name: column.take(positions(used)) for name, column in self.labels.items()},
            numbers=self.numbers[used],
            lengths=self.lengths[used],
            pieces=dataclasses.replace(pieces, record=narrowest(record)),
            row_offsets=offsets - offsets[0],
        )
        return part, used

    def packed(self, packed: Packed) -> "Arrangement":
        """Return rows of several of the pieces each."""
        return dataclasses.replace(self, pieces=self.pieces.take(packed.items), row_offsets=packed.row_offsets)

    def row_lengths(self, n_special: int) -> NDArray[np.int64]:
        """Return the tokens of each row, int64 `(n_rows,)`, if a piece has `n_special` special ones."""
        lengths: NDArray[np.int64] = np.diff(offsets_of(self.pieces.lengths + n_special)[self.row_offsets])
        return lengths

    def blocks(self, template: Template, n_rows: int) -> Iterator[Segments]:
        """Yield the segments of so many rows at a time; records are counted over all of the input."""
        for first in range(0, len(self), n_rows):
            rows = self.row_offsets[first : first + n_rows + 1]
            yield self.pieces.take(slice(rows[0], rows[-1])).segments(template, rows - rows[0])


class PiecesOfAll:
    """Pieces of the parts of the input, put together."""

    def __init__(self) -> None:
        self._record, self._start, self._stop = (list[NDArray[np.integer]]() for _ in range(3))
        self._numbers, self._lengths = (list[NDArray[np.integer]]([np.zeros(0, np.uint8)]) for _ in range(2))
        self._labels: dict[str, list[pa.Array]] = {}
        self._texts: tuple[int, ...] = (0,)
        self._n_records = 0

    def add(
        self,
        pieces: Pieces,
        numbers: NDArray[np.int64],
        lengths: NDArray[np.integer],
        labels: Mapping[str, pa.Array],
    ) -> None:
        """Add the pieces of the next records, which have these numbers in the input, and these lengths, `(n,)` both."""
        self._record.append(narrowest(pieces.record + self._n_records))
        self._n_records += len(numbers)
        self._numbers.append(narrowest(numbers))
        self._lengths.append(narrowest(lengths))
        for kept, part in ((self._start, pieces.start), (self._stop, pieces.stop)):
            kept.append(narrowest(part.reshape(-1)).reshape(part.shape))
        for name, column in labels.items():
            self._labels.setdefault(name, []).append(column)
        self._texts = pieces.texts

    def one_a_row(self) -> Arrangement:
        """Let each piece be a row, in their order."""
        none = np.zeros((0, len(self._texts)), np.uint8)
        pieces = Pieces(
            record=np.concatenate([np.zeros(0, np.uint8), *self._record]),
            start=np.concatenate([none, *self._start]),
            stop=np.concatenate([none, *self._stop]),
            texts=self._texts,
        )
        return Arrangement(
            labels={name: _joined(columns) for name, columns in self._labels.items()},
            numbers=np.concatenate(self._numbers),
            lengths=np.concatenate(self._lengths),
            pieces=pieces,
            row_offsets=np.arange(len(pieces) + 1),
        )


def _joined(columns: list[pa.Array]) -> pa.ChunkedArray:
    """Return one column of several, which may be of integers here and of fractions there."""
    some = [column for column in columns if len(column)] or columns[:1]
    kinds = {column.type for column in some}
    kind = pa.float64() if len(kinds) > 1 else some[0].type
    return pa.chunked_array([column.cast(kind) for column in some])
