"""Rows as PyTorch takes them: a map-style dataset, and an iterable one.

Importing this needs PyTorch. How a `DataLoader` fetches: https://docs.pytorch.org/docs/stable/data.html
"""

from collections.abc import Iterator, Sequence
from operator import index
from typing import Any, SupportsIndex

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import IterableDataset, get_worker_info
from torch.utils.data._utils.collate import collate, default_collate_fn_map

from padcli.loaders.order import order_of
from padcli.loaders.part import Part
from padcli.loaders.tables import one_table, refuse_text, tables_of
from padcli.schema import role_of

_ROWS_AT_A_TIME = 256
_Tensors = dict[str, Any]


class TorchRows:
    """Map-style: row i is a dict of tensors. Raises `UsageError` for rows of several widths, and for text."""

    def __init__(self, parts: Sequence[Part], columns: Sequence[str] | None) -> None:
        self._arguments = parts, columns
        tables = tables_of(parts, columns)
        refuse_text(tables, "PyTorch")
        self._table = one_table(tables, "to_torch_dataset(iterable=True, batch_size=...)")

    def __len__(self) -> int:
        return self._table.n_rows

    def __getitem__(self, row: SupportsIndex) -> _Tensors:
        """Return a row. Raises `IndexError`."""
        return _tensors({name: value[None] for name, value in self._table.row(index(row)).items()}, first=True)

    def __getitems__(self, rows: Sequence[int]) -> "RowsOfBatch":
        """Return some rows, which a `DataLoader` asks for at once."""
        return RowsOfBatch(_tensors(self._table.take(np.array(rows, np.int64))), len(rows))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self._arguments


class TorchBatches(IterableDataset):  # type: ignore[misc]
    """Iterable: rows, or whole batches of one width. Worker k of n gives every n-th of them, from number k on.

    The order of an epoch follows from the seed, the number of the epoch, and, in workers, from the number that the
    `DataLoader` draws for each epoch with PyTorch's generator, since workers start anew then.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        columns: Sequence[str] | None,
        *,
        batch_size: int | None,
        shuffle: bool,
        seed: int | None,
        drop_remainder: bool,
    ) -> None:
        self._parts, self._columns, self._gives_rows = parts, columns, batch_size is None
        self._tables = tables_of(parts, columns)
        refuse_text(self._tables, "PyTorch")
        if batch_size is None:
            one_table(self._tables, "to_torch_dataset(iterable=True, batch_size=...)")
        self._order = order_of(
            self._tables,
            batch_size=_ROWS_AT_A_TIME if batch_size is None else batch_size,
            shuffle=shuffle,
            seed=seed,
            drop_remainder=drop_remainder,
        )
        self._epoch = 0

    def __len__(self) -> int:
        """Number of what one iteration gives, in all workers together."""
        return self._tables[0].n_rows if self._gives_rows else len(self._order)

    def __iter__(self) -> Iterator[_Tensors]:
        for batch in self._batches():
            tensors = _tensors(batch)
            if self._gives_rows:
                yield from RowsOfBatch(tensors, len(next(iter(tensors.values()))))
            else:
                yield tensors

    def _batches(self) -> Iterator[dict[str, NDArray[Any]]]:
        worker = get_worker_info()
        epoch = [self._epoch] if worker is None else [self._epoch, worker.seed - worker.id]
        self._epoch += 1
        for number, (table, rows) in enumerate(self._order.batches(epoch)):
            if worker is None or number % worker.num_workers == worker.id:
                yield self._tables[table].take(rows)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_tables"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._tables = tables_of(self._parts, self._columns)


class Row(dict[str, Any]):
    """A row of a batch: a dict of tensors."""


class RowsOfBatch(Sequence[Row]):
    """The rows of a batch, for any `collate_fn`. The default one gets the batch as it is, without stacking rows."""

    def __init__(self, tensors: _Tensors, n_rows: int) -> None:
        self.tensors, self._n_rows = tensors, n_rows

    def __len__(self) -> int:
        return self._n_rows

    def __getitem__(self, row: Any) -> Any:
        if isinstance(row, slice):
            return [self[each] for each in range(*row.indices(len(self)))]
        if not -len(self) <= row < len(self):
            raise IndexError(f"row {row} of {len(self)}")
        return Row({name: tensor[row] for name, tensor in self.tensors.items()})


def _collate_rows(rows: Sequence[Row], *, collate_fn_map: Any = None) -> Any:
    if isinstance(rows, RowsOfBatch):
        return rows.tensors
    return collate([dict(row) for row in rows], collate_fn_map=collate_fn_map)


default_collate_fn_map[Row] = _collate_rows  # how PyTorch has it: see `torch.utils.data.default_collate`


def _tensors(arrays: dict[str, NDArray[Any]], *, first: bool = False) -> _Tensors:
    found = {name: torch.from_numpy(_as_torch_computes(name, array)) for name, array in arrays.items()}
    return {name: tensor[0] for name, tensor in found.items()} if first else found


def _as_torch_computes(name: str, array: NDArray[Any]) -> NDArray[Any]:
    """Return an array of a dtype that layers and losses take: embeddings no small integers, losses int64 alone."""
    if array.dtype.kind == "f":
        return array.astype(np.float32, copy=False)
    if array.dtype.kind == "b" or array.dtype == np.int64:
        return array
    is_small = array.dtype.itemsize < 4 or array.dtype == np.int32
    return array.astype(np.int32 if is_small and role_of(name) != "label" else np.int64, copy=False)
