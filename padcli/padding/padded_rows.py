"""The arrays of an output, which are made while they are read: block by block, as often as they are asked for."""

import dataclasses
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from padcli.engine.run import Run
from padcli.engine.store import Codes, Rows, Spill
from padcli.formats import ArrayStream
from padcli.padding.layout import Layout
from padcli.padding.pad_rows import pad_rows
from padcli.rows.ragged import RaggedIds, offsets_of, positions
from padcli.rows.segments import RowShape, Segments

_LABEL_OF_NOTHING = np.dtype(np.int64)
_LABEL_BLOCK_BYTES = 2**24


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PaddedRows:
    """Rows as arrays: `shape` says which slices of the stored sequences they are, `layout` how they are padded.

    `names`: of the arrays, in their order; `n_records`: sequences in the store; `label_dtypes`: of the labels that have
    values; `ids_of_numbers`: int32 `(n_units,)`, the ids of a vocabulary that was fitted after the rows were stored.
    """

    store: Spill
    shape: RowShape
    layout: Layout
    names: Sequence[str]
    n_records: int
    label_dtypes: Mapping[str, np.dtype[Any]]
    ids_of_numbers: NDArray[np.int32] | None
    run: Run

    def columns(self) -> list[ArrayStream]:
        """Return all arrays; their blocks are made while they are read."""
        n_rows = self._n_rows()
        return [
            ArrayStream(name=name, dtype=dtype, shape=(n_rows, *shape), blocks=_Again(partial(self.column, name)))
            for name, (dtype, shape) in ((name, self._kind(name)) for name in self.names)
        ]

    def column(self, name: str) -> Iterator[NDArray[Any]]:
        """Yield the blocks of an array, each `(n, ...)`, in their order."""
        makers: dict[str, Callable[[], Iterator[NDArray[Any]]]] = {
            "token_ids": self._ids,
            "input_ids": self._ids,
            "padding_mask": self._masks,
            "attention_mask": lambda: (mask.view(np.int8) for mask in self._masks()),
            "token_type_ids": lambda: (np.zeros(mask.shape, np.int8) for mask in self._masks()),
            "lengths": self._lengths,
            "record": self._records,
        }
        return makers.get(name, partial(self._labels, name))()

    def _kind(self, name: str) -> tuple[np.dtype[Any], tuple[int, ...]]:
        """Return the dtype of an array, and the shape of each of its rows."""
        wide = (self.layout.width,)
        known: dict[str, tuple[np.dtype[Any], tuple[int, ...]]] = {
            "token_ids": (self.layout.dtype, wide),
            "input_ids": (self.layout.dtype, wide),
            "padding_mask": (np.dtype(np.bool_), wide),
            # Integers, as Hugging Face's: torch refuses `1 - mask` for booleans.
            "attention_mask": (np.dtype(np.int8), wide),
            "token_type_ids": (np.dtype(np.int8), wide),
            "lengths": (np.dtype(np.int32), ()),
            "record": (np.dtype(np.int64), ()),
        }
        return known.get(name, (self.label_dtypes.get(name, _LABEL_OF_NOTHING), ()))

    def _n_rows(self) -> int:
        if self.shape.has_one_row_a_sequence:
            return self.n_records
        return sum(len(segments) for _, segments in self._planned())

    def _planned(self) -> Iterator[tuple[Rows, Segments]]:
        """Yield each part of the store that holds lengths and labels, with the segments of its rows."""
        parts = deque[Rows]()

        def lengths() -> Iterator[NDArray[np.int64]]:
            for part in self.store.rows:
                parts.append(part)
                yield part.lengths.astype(np.int64) - self.layout.n_special

        for segments in self.shape.plan(lengths()):
            yield parts.popleft(), segments

    def _ids(self) -> Iterator[NDArray[np.integer]]:
        return self.run.results("pad", self._pad_tasks())

    def _pad_tasks(self) -> Iterator[Callable[[], NDArray[np.integer]]]:
        for tokens, (part, segments) in zip(self.store.codes, self._planned(), strict=True):
            sequences = RaggedIds(
                values=tokens.codes,
                offsets=offsets_of(part.lengths.astype(np.int64) - self.layout.n_special),
                lookup=self._lookup(tokens),
            )
            for block in segments.blocks(self.layout.block_rows):
                yield partial(pad_rows, *block.with_their(sequences), self.layout)

    def _lookup(self, tokens: Codes) -> NDArray[np.int32] | None:
        numbers = tokens.numbers
        return numbers if numbers is None or self.ids_of_numbers is None else self.ids_of_numbers[numbers]

    def _masks(self) -> Iterator[NDArray[np.bool_]]:
        for _, segments in self._planned():
            for block in segments.blocks(self.layout.block_rows):
                yield self.layout.mask(block.lengths + self.layout.n_special)

    def _lengths(self) -> Iterator[NDArray[np.int32]]:
        for part, segments in self._planned():
            lengths = part.lengths.astype(np.int32)
            yield lengths if self.shape.has_one_row_a_sequence else lengths[segments.first_sequence]

    def _records(self) -> Iterator[NDArray[np.int64]]:
        first = 0
        for part, segments in self._planned():
            yield first + segments.first_sequence
            first += len(part.lengths)

    def _labels(self, name: str) -> Iterator[NDArray[Any]]:
        dtype = self.label_dtypes.get(name, _LABEL_OF_NOTHING)
        # One long text makes all of them wide: a few rows at a time, then.
        block_rows = max(1, _LABEL_BLOCK_BYTES // dtype.itemsize)
        for part, segments in self._planned():
            column = part.labels[name]
            if not self.shape.has_one_row_a_sequence:
                column = column.take(positions(segments.first_sequence))
            for start in range(0, len(column), block_rows):
                yield column[start : start + block_rows].to_numpy(zero_copy_only=False).astype(dtype)


class _Again:
    """Something that can be iterated over again, since it is made anew each time."""

    def __init__(self, make: Callable[[], Iterator[NDArray[Any]]]) -> None:
        self._make = make

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return self._make()
