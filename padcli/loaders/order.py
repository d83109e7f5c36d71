"""Order of rows in an epoch, and how they are cut into batches."""

import dataclasses
import secrets
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from padcli.errors import UsageError
from padcli.loaders.columns import RowNumbers, Table

_ORDER_OF_BATCHES = 0  # what random numbers are for; tables are numbered from 1


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The batches of each epoch. `sizes`: rows of each table, of which a batch has rows of one only.

    With `shuffle`, an epoch is a permutation of all rows of a table, and batches of all tables are mixed. It follows
    from `seed` and the numbers of the epoch alone.
    """

    sizes: tuple[int, ...]
    batch_size: int
    shuffle: bool
    seed: int
    drop_remainder: bool

    def __len__(self) -> int:
        """Number of batches in an epoch."""
        return sum(map(self.n_batches, self.sizes))

    def n_batches(self, n_rows: int) -> int:
        """Return the number of batches of a table of so many rows."""
        return n_rows // self.batch_size if self.drop_remainder else -(-n_rows // self.batch_size)

    def rows(self, table: int, epoch: Sequence[int]) -> RowNumbers:
        """Return the rows of a table in their order, without those that make no whole batch if these are dropped."""
        n_rows = self.sizes[table]
        n_used = min(n_rows, self.n_batches(n_rows) * self.batch_size)
        if not self.shuffle:
            return range(n_used)
        numbers = np.arange(n_rows, dtype=np.uint32 if n_rows < 2**32 else np.int64)
        return self._random(epoch, 1 + table).permutation(numbers)[:n_used]

    def tables(self, epoch: Sequence[int]) -> NDArray[np.int64]:
        """Return the table of each batch, `(n_batches,)`."""
        found = np.repeat(np.arange(len(self.sizes)), list(map(self.n_batches, self.sizes)))
        return self._random(epoch, _ORDER_OF_BATCHES).permutation(found) if self.shuffle else found

    def batches(self, epoch: Sequence[int]) -> Iterator[tuple[int, RowNumbers]]:
        """Yield the table and the rows of each batch."""
        rows = [self.rows(table, epoch) for table in range(len(self.sizes))]
        starts = [0] * len(rows)
        for table in self.tables(epoch).tolist():
            yield table, rows[table][starts[table] : starts[table] + self.batch_size]
            starts[table] += self.batch_size

    def _random(self, epoch: Sequence[int], purpose: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, *epoch, purpose])


def order_of(
    tables: Sequence[Table], *, batch_size: int, shuffle: bool, seed: int | None, drop_remainder: bool
) -> Order:
    """Return the order for these options; without a `seed`, one that nobody knows.

    Raises `UsageError` for options that are wrong, or that leave no batch.
    """
    if batch_size < 1:
        raise UsageError(f"batch_size={batch_size}: expected at least 1.")
    if seed is not None and seed < 0:
        raise UsageError(f"seed={seed}: expected at least 0.")
    sizes = tuple(table.n_rows for table in tables)
    order = Order(
        sizes=sizes,
        batch_size=batch_size,
        shuffle=shuffle,
        seed=secrets.randbits(63) if seed is None else seed,
        drop_remainder=drop_remainder,
    )
    if sum(sizes) and not len(order):
        raise UsageError(
            f"batch_size={batch_size}: no batch is whole, since there are {sum(sizes):,} rows.",
            hint="Choose a smaller one, or drop_remainder=False.",
        )
    return order
