"""The arrays of an output, which are made while they are read: block by block, as often as they are asked for."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from padcli.engine.run import Run
from padcli.padding.layout import Layout
from padcli.padding.pad_rows import gather, pad_column, pad_ids, pad_rows
from padcli.rows.arrangement import Arrangement
from padcli.rows.blocks import side_by_side
from padcli.rows.outcome import Outcome
from padcli.rows.pieces import RowShape
from padcli.rows.ragged import RaggedIds, offsets_of, positions
from padcli.rows.segments import Segments
from padcli.schema import ArraySpec, Role, Sizes, role_of, specs_of
from padcli.store.blocks import Codes, Store

_LABEL_BLOCK_BYTES = 2**24


class Part(NamedTuple):
    """Some rows: their segments, and lengths, labels and numbers in the input of the records that they count from 0."""

    segments: Segments
    lengths: NDArray[np.integer]
    labels: Mapping[str, pa.Array | pa.ChunkedArray]
    numbers: NDArray[np.integer]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PaddedRows:
    """Rows as arrays: `shape` says which slices of the stored sequences they are, `layout` how they are padded.

    `arrangement`: the order of the rows, where it is not that of the records; `outcome`: what becomes of records in
    rows, where that does not follow from `maxlen` alone; `widths`: of the buckets that they go to; `sizes`: numbers of
    rows and pieces; `names`: of the arrays, in their order; `label_dtypes`: of the arrays of labels that have values;
    `label_columns`: the label of each of these; `label_classes`: of those that were texts; `ids_of_numbers`: int32
    `(n_units,)`, the ids of a vocabulary that was fitted after the rows were stored; `first_record`: the records of the
    input before those in the store; `rows_of_parts`: int64 `(n_parts,)`, of the parts of the store, where they are not
    their records.
    """

    store: Store
    shape: RowShape
    arrangement: Arrangement | None = None
    outcome: Outcome | None = None
    widths: tuple[int, ...] = ()
    layout: Layout
    sizes: Sizes
    names: Sequence[str]
    label_dtypes: Mapping[str, np.dtype[Any]]
    label_columns: Mapping[str, str]
    label_classes: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    ids_of_numbers: NDArray[np.int32] | None
    run: Run
    first_record: int = 0
    rows_of_parts: NDArray[np.int64] | None = None

    @property
    def specs(self) -> tuple[ArraySpec, ...]:
        """The arrays, in their order."""
        return specs_of(self.names, sizes=self.sizes, ids=self.layout.dtype, labels=self.label_dtypes)

    def column(self, name: str) -> Iterator[NDArray[Any]]:
        """Yield the blocks of an array, each `(n, ...)`, in their order."""
        dtype = next(spec.dtype for spec in self.specs if spec.name == name)
        makers: dict[Role, Callable[[], Iterator[NDArray[Any]]]] = {
            "ids": self._ids,
            "mask": partial(self._masks, dtype),
            "types": partial(self._beside, _types, dtype),
            "segments": partial(self._beside, _numbers if self.sizes.pieces is not None else _types, dtype),
            "positions": partial(self._beside, _positions, dtype),
            "lengths": self._lengths,
            "record": self._records,
            "offsets": self._offsets,
            "label": partial(self._labels, name, dtype),
        }
        return makers[role_of(name)]()

    def batches(self, n_rows: int) -> Iterator[dict[str, NDArray[Any]]]:
        """Yield all arrays side by side, `n_rows` rows at a time; the last batch may have fewer."""
        return side_by_side({name: self.column(name) for name in self.names}, n_rows)

    def _parts(self) -> Iterator[Part]:
        """Yield rows in their order, those of a part of the store at a time, or a block of an arrangement."""
        template = self.layout.template
        if self.arrangement is not None:
            labels = self.arrangement.labels
            for segments in self.arrangement.blocks(template, self.layout.block_rows):
                yield Part(segments, self.arrangement.lengths[:, None], labels, self.arrangement.numbers)
            return
        first_record = self.first_record
        for rows in self.store.rows:
            lengths = rows.lengths_of_texts(template.n_texts)
            yield Part(self.shape.pieces(lengths).segments(template), lengths, rows.labels, rows.numbers(first_record))
            first_record += rows.n_records

    def _blocks(self) -> Iterator[Segments]:
        for part in self._parts():
            yield from part.segments.blocks(self.layout.block_rows)

    def _ids(self) -> Iterator[NDArray[np.integer]]:
        return self.run.results("pad", self._pad_tasks() if self.arrangement is None else self._arranged_tasks())

    def _pad_tasks(self) -> Iterator[Callable[[], NDArray[np.integer]]]:
        for tokens, rows, part in zip(self.store.codes, self.store.rows, self._parts(), strict=True):
            sequences = RaggedIds(
                values=tokens.codes,
                offsets=offsets_of(rows.lengths),
                lookup=self._lookup(tokens),
            )
            for block in part.segments.blocks(self.layout.block_rows):
                yield partial(pad_rows, *block.with_their(sequences), self.layout)

    def _arranged_tasks(self) -> Iterator[Callable[[], NDArray[np.integer]]]:
        """Lay rows out here: what they are made of lies anywhere, and should not travel."""
        with self.store.flattened(self.layout.dtype, self._lookup) as sequences:
            for block in self._blocks():
                yield partial(pad_ids, gather(sequences, block, self.layout.template.special_ids), self.layout)

    def _lookup(self, tokens: Codes) -> NDArray[np.int32] | None:
        numbers = tokens.numbers
        return numbers if numbers is None or self.ids_of_numbers is None else self.ids_of_numbers[numbers]

    def _masks(self, dtype: np.dtype[Any]) -> Iterator[NDArray[Any]]:
        tasks = (partial(self.layout.mask, block.lengths) for block in self._blocks())
        for mask in self.run.results("mask", tasks):
            yield mask.view(dtype) if dtype.itemsize == 1 else mask.astype(dtype)

    def _beside(
        self, values_of: Callable[[Segments], NDArray[np.int64]], dtype: np.dtype[Any]
    ) -> Iterator[NDArray[Any]]:
        tasks = (partial(_pad_beside, values_of, block, self.layout, dtype) for block in self._blocks())
        return self.run.results("pad", tasks)

    def _lengths(self) -> Iterator[NDArray[np.int32]]:
        """Yield the tokens of each row before anything is cut off; a window or a packed row is as long as it is."""
        for part in self._parts():
            if self.sizes.rows_are_records:
                whole = part.lengths[part.segments.record].sum(axis=1, dtype=np.int64)
                yield (whole + self.layout.template.n_special).astype(np.int32)
            else:
                yield part.segments.lengths.astype(np.int32)

    def _records(self) -> Iterator[NDArray[np.int64]]:
        for part in self._parts():
            yield part.numbers[part.segments.record].astype(np.int64)

    def _offsets(self) -> Iterator[NDArray[np.int64]]:
        yield np.zeros(1, np.int64)
        n_pieces = 0
        for part in self._parts():
            yield n_pieces + part.segments.row_offsets[1:]
            n_pieces += len(part.segments.record)

    def _labels(self, name: str, dtype: np.dtype[Any]) -> Iterator[NDArray[Any]]:
        # One long text makes all of them wide: a few rows at a time, then.
        block_rows = max(1, _LABEL_BLOCK_BYTES // dtype.itemsize)
        classes = pa.array(self.label_classes[name], pa.string()) if name in self.label_classes else None
        for part in self._parts():
            column = part.labels[self.label_columns[name]]
            if not (self.sizes.rows_are_records and self.arrangement is None):
                column = column.take(positions(part.segments.record))
            for start in range(0, len(column), block_rows):
                block = column[start : start + block_rows]
                values = block if classes is None else pc.index_in(block, value_set=classes)
                yield values.to_numpy(zero_copy_only=False).astype(dtype)


def _types(segments: Segments) -> NDArray[np.int64]:
    return segments.token_types


def _numbers(segments: Segments) -> NDArray[np.int64]:
    return segments.piece_numbers


def _positions(segments: Segments) -> NDArray[np.int64]:
    return segments.token_positions


def _pad_beside(
    values_of: Callable[[Segments], NDArray[np.int64]], segments: Segments, layout: Layout, dtype: np.dtype[Any]
) -> NDArray[Any]:
    """Pad what goes with the ids, token by token."""
    return pad_column(RaggedIds(values=values_of(segments), offsets=offsets_of(segments.lengths)), layout, dtype)
