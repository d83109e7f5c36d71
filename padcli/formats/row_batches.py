"""All arrays of an output side by side, some rows at a time, for formats that hold rows and not arrays.

Of packed rows `record` and labels have an entry for each piece: these become lists, one for each row, and `row_offsets`
is not held, since it follows from their lengths.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from padcli.formats.base import Rows
from padcli.schema import ArraySpec

OFFSETS = "row_offsets"
OF_PIECES = frozenset(
    {"record", "label"}
)  # the roles of arrays that have an entry for each piece, where rows have several


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Some rows of an array. `values`: `(n_rows, width)`, or `(n,)` values of all rows.

    `offsets`: int64 `(n_rows + 1,)`, the values of row i are `values[offsets[i]:offsets[i + 1]]`; None where each row
    has one.
    """

    values: NDArray[Any]
    offsets: NDArray[np.int64] | None

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.values) if self.offsets is None else len(self.offsets) - 1


def is_list(spec: ArraySpec, specs: Iterable[ArraySpec]) -> bool:
    """Return whether a row of that array is a list."""
    return len(spec.shape) == 2 or (spec.role in OF_PIECES and any(other.name == OFFSETS for other in specs))


def held(specs: Iterable[ArraySpec]) -> list[ArraySpec]:
    """Return the arrays that become columns."""
    return [spec for spec in specs if spec.name != OFFSETS]


def row_batches(rows: Rows, n_bytes: int) -> Iterator[dict[str, Column]]:
    """Yield some rows of all arrays, of about `n_bytes`, in order. Nothing is yielded where there are none.

    Raises `ValueError` for arrays that do not all have as many rows.
    """
    specs, n_rows = rows.specs, rows.specs[0].shape[0]
    n_batch = batch_rows(specs, n_bytes)
    cursors = {spec.name: _Cursor(spec, rows.column(spec.name)) for spec in specs}
    if OFFSETS in cursors:
        cursors[OFFSETS].take(1)
    last = np.zeros(1, np.int64)
    for start in range(0, n_rows, n_batch):
        n, ends = min(n_batch, n_rows - start), last
        if OFFSETS in cursors:
            ends = np.concatenate([last, cursors[OFFSETS].take(n)])
            last = ends[-1:]
        yield {spec.name: _column(spec, specs, cursors[spec.name], n, ends - ends[0]) for spec in held(specs)}
    for cursor in cursors.values():
        cursor.finish()


def batch_rows(specs: Sequence[ArraySpec], n_bytes: int) -> int:
    """Return how many rows are about `n_bytes`."""
    total, n_rows = sum(spec.nbytes for spec in specs), specs[0].shape[0]
    return max(1, n_bytes * n_rows // max(1, total))


def _column(
    spec: ArraySpec, specs: Sequence[ArraySpec], cursor: "_Cursor", n_rows: int, pieces: NDArray[np.int64]
) -> Column:
    if len(spec.shape) == 2:
        width = spec.shape[1]
        return Column(values=cursor.take(n_rows).reshape(-1), offsets=np.arange(0, n_rows * width + 1, width))
    if is_list(spec, specs):
        return Column(values=cursor.take(int(pieces[-1])), offsets=pieces)
    return Column(values=cursor.take(n_rows), offsets=None)


class _Cursor:
    """A place in the blocks of an array."""

    def __init__(self, spec: ArraySpec, blocks: Iterator[NDArray[Any]]) -> None:
        self._blocks = blocks
        self._rest: NDArray[Any] = np.zeros((0, *spec.shape[1:]), spec.dtype)

    def take(self, n_rows: int) -> NDArray[Any]:
        """Return the next rows. Raises `ValueError` where there are fewer."""
        parts, missing = [self._rest[:n_rows]], n_rows - len(self._rest)
        while missing > 0:
            block = next(self._blocks, None)
            if block is None:
                raise ValueError("an array has fewer rows than the others")
            parts.append(block[:missing])
            self._rest, missing = block[missing:], missing - len(block)
        if len(parts) == 1:
            self._rest = self._rest[n_rows:]
        parts = [part for part in parts if len(part)] or parts[:1]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def finish(self) -> None:
        """Come to the end, which also gives its digest. Raises `ValueError` where rows are left."""
        if len(self._rest) or any(len(block) for block in self._blocks):
            raise ValueError("an array has more rows than the others")
