"""Columns that a batch has, of the rows of each width."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from padcli.errors import UsageError
from padcli.loaders.columns import ArrayColumn, Column, Table, Zeros
from padcli.loaders.part import Part
from padcli.schema import has_cells, role_of

_SEGMENTS = "segment_ids"


def tables_of(parts: Sequence[Part], columns: Sequence[str] | None, label: str | None = None) -> list[Table]:
    """Return a table for each width, the narrowest first, with the arrays that `columns` name, and `label` last.

    By default they are those that a model takes, `(n_rows, width)`, and without `label` those of all labels. Raises
    `UsageError` for a name that is in no file, or an array that has no value for each row.
    """
    names = [*(_default(parts[0], with_labels=label is None) if columns is None else columns)]
    names = [name for name in names if name != label] + ([] if label is None else [label])
    by_width = groupby(sorted(parts, key=lambda part: part.width), key=lambda part: part.width)
    return [_table(list(group), names) for _, group in by_width]


def one_table(tables: Sequence[Table], instead: str) -> Table:
    """Return the one table. Raises `UsageError` where rows have several widths; `instead`: what gives batches."""
    if len(tables) == 1:
        return tables[0]
    widths = " and ".join(str(table.width) for table in tables)
    raise UsageError(
        f"Rows of the widths {widths} do not fit into one batch.",
        hint=f"Take batches of one width from {instead}, or load each bucket alone.",
    )


def refuse_text(tables: Sequence[Table], library: str) -> None:
    """Raise `UsageError` where a column is of text, which the tensors of a library do not hold."""
    for name, column in tables[0].items():
        if column.dtype.kind not in "biuf":
            raise UsageError(
                f"{name} is text, and {library} has no tensors of text.",
                hint="Leave it out with columns=[...], or write classes as integers when you pad.",
            )


def _default(part: Part, *, with_labels: bool) -> list[str]:
    with_labels = with_labels and not part.is_packed
    roles = {name: role_of(name) for name in part.arrays}
    return [name for name, role in roles.items() if has_cells(role) or (with_labels and role == "label")]


def _table(parts: Sequence[Part], names: Sequence[str]) -> Table:
    return Table({name: _column(parts, name) for name in names}, n_rows=sum(map(len, parts)), width=parts[0].width)


def _column(parts: Sequence[Part], name: str) -> Column:
    if name == _SEGMENTS and name not in parts[0].arrays:
        return Zeros(parts[0].width)  # of rows that are one text each
    arrays = list[NDArray[Any]]()
    for part in parts:
        if name not in part.arrays:
            raise UsageError(f"{part.path}: no array {name!r}. It has {', '.join(part.arrays)}.")
        array = part.arrays[name]
        if len(array) != len(part) or (part.is_packed and not has_cells(role_of(name)) and role_of(name) != "lengths"):
            raise UsageError(
                f"{part.path}: {name} has a value for each record, and a row holds several.",
                hint="Take it from data[...] with data.row_offsets, or leave it out with columns=[...].",
            )
        arrays.append(array)
    dtype = np.result_type(*(array.dtype for array in arrays))
    return ArrayColumn([array.astype(dtype, copy=False) for array in arrays])
