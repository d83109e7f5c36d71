"""Pieces of all records in the order, and in the rows, in which they are to stand."""

import dataclasses
from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from padcli.options import Packing
from padcli.rows.packing import Packed, pack
from padcli.rows.pieces import Pieces
from padcli.rows.ragged import narrowest
from padcli.rows.segments import Segments
from padcli.rows.template import Template


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """Rows of pieces of any records.

    `labels`: of all records, Arrow columns `(n_records,)`; `pieces`: of all of them, in small dtypes; `packed`: which
    pieces stand in which row.
    """

    labels: Mapping[str, pa.ChunkedArray]
    pieces: Pieces
    packed: Packed

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.packed.row_offsets) - 1

    def blocks(self, template: Template, n_rows: int) -> Iterator[Segments]:
        """Yield the segments of so many rows at a time; records are counted over all of the input."""
        for first in range(0, len(self), n_rows):
            rows = self.packed.row_offsets[first : first + n_rows + 1]
            chosen = self.pieces.take(self.packed.items[rows[0] : rows[-1]])
            yield chosen.segments(template, rows - rows[0])


class PiecesOfAll:
    """Pieces of the parts of the input, put together."""

    def __init__(self) -> None:
        self._record, self._start, self._stop = (list[NDArray[np.integer]]() for _ in range(3))
        self._labels: dict[str, list[pa.Array]] = {}
        self._texts: tuple[int, ...] = (0,)
        self._n_records = 0

    def add(self, pieces: Pieces, n_records: int, labels: Mapping[str, pa.Array]) -> None:
        """Add the pieces of the next so many records."""
        self._record.append(pieces.record + self._n_records)
        self._n_records += n_records
        for kept, part in ((self._start, pieces.start), (self._stop, pieces.stop)):
            kept.append(narrowest(part.reshape(-1)).reshape(part.shape))
        for name, column in labels.items():
            self._labels.setdefault(name, []).append(column)
        self._texts = pieces.texts

    def packed(self, way: Packing, *, room: int, n_special: int) -> Arrangement:
        """Pack all pieces into rows of `room` tokens, their special ones included."""
        none = np.zeros((0, len(self._texts)), np.uint8)
        pieces = Pieces(
            record=np.concatenate([np.zeros(0, np.int64), *self._record]),
            start=np.concatenate([none, *self._start]),
            stop=np.concatenate([none, *self._stop]),
            texts=self._texts,
        )
        return Arrangement(
            labels={name: pa.chunked_array(columns) for name, columns in self._labels.items()},
            pieces=pieces,
            packed=pack(pieces.lengths + n_special, room, way),
        )
