"""Single rows as NumPy arrays, at any place: Grain's `RandomAccessDataSource`.

https://google-grain.readthedocs.io/en/latest/data_sources/protocol.html
"""

from collections.abc import Sequence
from operator import index
from typing import Any, SupportsIndex

from numpy.typing import NDArray

from padcli.loaders.part import Part
from padcli.loaders.tables import one_table, tables_of


class RowSource:
    """The rows of `parts`, each a dict of arrays `(width,)` and single values. Raises `UsageError` for buckets."""

    def __init__(self, parts: Sequence[Part], columns: Sequence[str] | None) -> None:
        self._arguments = parts, columns
        self._table = one_table(tables_of(parts, columns), "to_tf_dataset, to_jax or to_torch_dataset(iterable=True)")

    def __len__(self) -> int:
        return self._table.n_rows

    def __getitem__(self, row: SupportsIndex) -> dict[str, NDArray[Any]]:
        """Return a row. Raises `IndexError`."""
        return self._table.row(index(row))

    def __repr__(self) -> str:
        """Tell the rows and columns, by which Grain knows whether a checkpoint is of this source."""
        files = ", ".join(
            f"{part.path.name} {part.meta.get('sha256', '')[:12]}".rstrip() for part in self._arguments[0]
        )
        return f"RowSource({files}: {len(self)} rows of {', '.join(self._table)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self._arguments
