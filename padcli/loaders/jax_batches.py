"""Batches as JAX arrays. Importing this needs no JAX."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from padcli.errors import UsageError
from padcli.loaders.columns import Table
from padcli.loaders.libraries import library
from padcli.loaders.order import Order
from padcli.loaders.tables import refuse_text


class JaxBatches:
    """Dicts of JAX arrays, to iterate over as often as there are epochs; `len` is the number of batches in each."""

    def __init__(self, tables: Sequence[Table], order: Order) -> None:
        self._jax = library("jax", "to_jax")
        refuse_text(tables, "JAX")
        self._tables, self._order, self._epoch = tables, order, 0

    def __len__(self) -> int:
        return len(self._order)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield the batches of the next epoch. Raises `UsageError` for an integer that JAX would cut to 32 bits."""
        epoch = [self._epoch]
        self._epoch += 1
        for table, rows in self._order.batches(epoch):
            arrays = self._tables[table].take(rows)
            if not self._jax.config.jax_enable_x64:
                arrays = {name: _in_32_bits(name, array) for name, array in arrays.items()}
            yield self._jax.device_put(arrays)


def _in_32_bits(name: str, array: NDArray[Any]) -> NDArray[Any]:
    """Return an array with no more than JAX's 32 bits a value."""
    if array.dtype.kind not in "iuf" or array.dtype.itemsize <= 4:
        return array
    narrow = array.astype(array.dtype.kind + "4")
    if array.dtype.kind != "f" and not np.array_equal(narrow, array):
        raise UsageError(
            f"{name} has integers of more than 32 bits, which JAX would cut.",
            hint='Leave it out with columns=[...], or call jax.config.update("jax_enable_x64", True).',
        )
    return narrow
