"""Rows as a `tf.data.Dataset`.

Each generator call gives many rows, which TensorFlow cuts into batches: Python is called seldom, and no more than
some blocks are in memory.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from padcli.loaders.columns import Table
from padcli.loaders.libraries import library
from padcli.loaders.order import Order

_BLOCK_BYTES = 2**22
_CHOICES_AT_A_TIME = 2**12


def tf_dataset(tables: Sequence[Table], order: Order, label: str | None) -> Any:
    """Return batches of dicts, or of pairs with `label`. Raises `MissingLibraryError` without TensorFlow."""
    tf = library("tensorflow", "to_tf_dataset")
    batches = [_of_table(tf, table, number, order) for number, table in enumerate(tables)]
    dataset = batches[0]
    if len(batches) > 1:
        choices = tf.data.Dataset.from_generator(
            _anew(lambda epoch: _in_blocks(order.tables(epoch))),
            output_signature=tf.TensorSpec((None,), tf.int64),
        )
        dataset = tf.data.Dataset.choose_from_datasets(batches, choices.unbatch(), stop_on_empty_dataset=False)
    dataset = dataset.apply(tf.data.experimental.assert_cardinality(len(order)))
    if label is not None:
        dataset = dataset.map(lambda batch: _with_label(batch, label))
    return dataset.prefetch(tf.data.AUTOTUNE)


def _of_table(tf: Any, table: Table, number: int, order: Order) -> Any:
    """Return the batches of the rows of one width."""
    signature = {
        name: tf.TensorSpec((None, *column.row_shape), tf.string if column.dtype.kind == "U" else column.dtype)
        for name, column in table.items()
    }
    n_bytes = sum(column.dtype.itemsize * int(np.prod(column.row_shape)) for column in table.values())
    block_rows = order.batch_size * max(1, _BLOCK_BYTES // (n_bytes * order.batch_size))

    def blocks(epoch: Sequence[int]) -> Iterator[dict[str, NDArray[Any]]]:
        rows = order.rows(number, epoch)
        for start in range(0, len(rows), block_rows):
            yield table.take(rows[start : start + block_rows])

    dataset = tf.data.Dataset.from_generator(_anew(blocks), output_signature=signature)
    return dataset.rebatch(order.batch_size, drop_remainder=order.drop_remainder)


def _anew(of_epoch: Callable[[Sequence[int]], Iterator[Any]]) -> Callable[[], Iterator[Any]]:
    """Return a function that gives what there is in the next epoch, each time that it is called."""
    epochs = count()
    return lambda: of_epoch([next(epochs)])


def _in_blocks(choices: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    for start in range(0, len(choices), _CHOICES_AT_A_TIME):
        yield choices[start : start + _CHOICES_AT_A_TIME]


def _with_label(batch: dict[str, Any], label: str) -> tuple[dict[str, Any], Any]:
    return {name: tensor for name, tensor in batch.items() if name != label}, batch[label]
