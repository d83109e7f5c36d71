"""Pieces of records, cut to the room that there is in a row, before it is said which row they stand in."""

import dataclasses
from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from padcli.options import RowOptions
from padcli.rows.segments import SPECIAL, Segments
from padcli.rows.template import Template

_Values = NDArray[np.integer] | int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """What is taken of some records.

    `record`: integers `(n_pieces,)`, the record of each, counted from 0; `start`, `stop`: `(n_pieces, n_slices)`,
    slices of its texts; `texts`: the text of each slice, `(n_slices,)`.
    """

    record: NDArray[np.integer]
    start: NDArray[np.integer]
    stop: NDArray[np.integer]
    texts: tuple[int, ...] = (0,)

    @classmethod
    def of_one_text(cls, record: NDArray[np.int64], start: NDArray[np.int64], stop: NDArray[np.int64]) -> "Pieces":
        """Pieces of one slice each, all three `(n_pieces,)`."""
        return cls(record=record, start=start[:, None], stop=stop[:, None])

    def __len__(self) -> int:
        return len(self.record)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each, without special ones, int64 `(n_pieces,)`."""
        lengths: NDArray[np.int64] = (self.stop - self.start).sum(axis=1)
        return lengths

    def take(self, chosen: NDArray[np.int64] | NDArray[np.bool_] | slice) -> "Pieces":
        """Return some of them, in the order given."""
        return Pieces(record=self.record[chosen], start=self.start[chosen], stop=self.stop[chosen], texts=self.texts)

    def segments(self, template: Template, row_offsets: NDArray[np.int64] | None = None) -> Segments:
        """Put special ids around and between them. A row is a piece, unless `row_offsets` `(n_rows + 1,)` say more."""
        record = self.record.astype(np.int64, copy=False)
        n_texts, columns, n_before = template.n_texts, list[tuple[_Values, _Values, _Values, int]](), 0
        for part, type_ in zip(template.parts, template.types, strict=True):
            if isinstance(part, int):
                columns += [
                    (record * n_texts + part, self.start[:, i], self.stop[:, i], type_)
                    for i, text in enumerate(self.texts)
                    if text == part
                ]
            else:
                columns.append((SPECIAL, n_before, n_before + len(part), type_))
                n_before += len(part)
        tables = [np.empty((len(self), len(columns)), np.int64) for _ in range(4)]
        for i, column in enumerate(columns):
            for table, values in zip(tables, column, strict=True):
                table[:, i] = values
        sequence, start, stop, types = (table.reshape(-1) for table in tables)
        return Segments(
            sequence=sequence,
            start=start,
            stop=stop,
            types=types,
            piece_offsets=np.arange(len(self) + 1) * len(columns),
            record=record,
            row_offsets=np.arange(len(self) + 1) if row_offsets is None else row_offsets,
        )


@dataclasses.dataclass(frozen=True, slots=True)
class RowShape(ABC):
    """Maker of pieces: a pure function of the lengths of texts, which never sees a token.

    Raises `UsageError` or `LengthError`, when it is made, for options that leave a row no room.
    """

    maxlen: int
    template: Template
    truncating: str
    options: RowOptions

    @property
    def room(self) -> int:
        """Tokens that a piece can have, special ones aside."""
        return self.maxlen - self.template.n_special

    @abstractmethod
    def pieces(self, lengths: NDArray[np.int64]) -> Pieces:
        """Return the pieces of some records, in their order; `lengths`: tokens of their texts, `(n, n_texts)`.

        The same lengths give the same pieces.
        """
