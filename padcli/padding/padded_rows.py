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
from padcli.padding.layout import Layout
from padcli.padding.pad_rows import pad_rows
from padcli.rows.blocks import side_by_side
from padcli.rows.ragged import RaggedIds, offsets_of, positions
from padcli.rows.segments import RowShape, Segments
from padcli.schema import ArraySpec, Role, role_of, specs_of

_LABEL_BLOCK_BYTES = 2**24


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PaddedRows:
    """Rows as arrays: `shape` says which slices of the stored sequences they are, `layout` how they are padded.

    `names`: of the arrays, in their order; `n_records`: sequences in the store; `label_dtypes`: of the arrays of labels
    that have values; `label_columns`: the label of each of these; `ids_of_numbers`: int32 `(n_units,)`, the ids of a
    vocabulary that was fitted after the rows were stored.
    """

    store: Spill
    shape: RowShape
    layout: Layout
    names: Sequence[str]
    n_records: int
    label_dtypes: Mapping[str, np.dtype[Any]]
    label_columns: Mapping[str, str]
    ids_of_numbers: NDArray[np.int32] | None
    run: Run

    @property
    def specs(self) -> tuple[ArraySpec, ...]:
        """The arrays, in their order."""
        return specs_of(
            self.names,
            n_rows=self._n_rows(),
            width=self.layout.width,
            ids=self.layout.dtype,
            labels=self.label_dtypes,
        )

    def column(self, name: str) -> Iterator[NDArray[Any]]:
        """Yield the blocks of an array, each `(n, ...)`, in their order."""
        makers: dict[Role, Callable[[], Iterator[NDArray[Any]]]] = {
            "ids": self._ids,
            "mask": partial(self._masks, self._dtypes[name]),
            "types": partial(self._types, self._dtypes[name]),
            "lengths": self._lengths,
            "record": self._records,
            "label": partial(self._labels, name, self._dtypes[name]),
        }
        return makers[role_of(name)]()

    @property
    def _dtypes(self) -> dict[str, np.dtype[Any]]:
        specs = specs_of(self.names, n_rows=0, width=0, ids=self.layout.dtype, labels=self.label_dtypes)
        return {spec.name: spec.dtype for spec in specs}

    def batches(self, n_rows: int) -> Iterator[dict[str, NDArray[Any]]]:
        """Yield all arrays side by side, `n_rows` rows at a time; the last batch may have fewer."""
        return side_by_side({name: self.column(name) for name in self.names}, n_rows)

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

    def _masks(self, dtype: np.dtype[Any]) -> Iterator[NDArray[Any]]:
        for mask in self.run.results("mask", self._mask_tasks()):
            yield mask.view(dtype) if dtype.itemsize == 1 else mask.astype(dtype)

    def _mask_tasks(self) -> Iterator[Callable[[], NDArray[np.bool_]]]:
        for _, segments in self._planned():
            for block in segments.blocks(self.layout.block_rows):
                yield partial(self.layout.mask, block.lengths + self.layout.n_special)

    def _types(self, dtype: np.dtype[Any]) -> Iterator[NDArray[Any]]:
        for _, segments in self._planned():
            for block in segments.blocks(self.layout.block_rows):
                yield np.zeros((len(block), self.layout.width), dtype)

    def _lengths(self) -> Iterator[NDArray[np.int32]]:
        for part, segments in self._planned():
            lengths = part.lengths.astype(np.int32)
            yield lengths if self.shape.has_one_row_a_sequence else lengths[segments.first_sequence]

    def _records(self) -> Iterator[NDArray[np.int64]]:
        first = 0
        for part, segments in self._planned():
            yield first + segments.first_sequence
            first += len(part.lengths)

    def _labels(self, name: str, dtype: np.dtype[Any]) -> Iterator[NDArray[Any]]:
        # One long text makes all of them wide: a few rows at a time, then.
        block_rows = max(1, _LABEL_BLOCK_BYTES // dtype.itemsize)
        for part, segments in self._planned():
            column = part.labels[self.label_columns[name]]
            if not self.shape.has_one_row_a_sequence:
                column = column.take(positions(segments.first_sequence))
            for start in range(0, len(column), block_rows):
                yield column[start : start + block_rows].to_numpy(zero_copy_only=False).astype(dtype)
