"""Arrays of all rows, cut into those of shards while they are read once."""

import hashlib
from collections.abc import Iterator, Sequence
from functools import partial, reduce
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

from padcli.engine.lane import Lane
from padcli.formats.base import Rows, data_of
from padcli.formats.shards import OF_ROWS, Shard, ShardSize
from padcli.rows.blocks import side_by_side
from padcli.rows.lengths import EMPTY, LengthHistogram
from padcli.schema import ArraySpec

_ZEROS = "00" * hashlib.sha256().digest_size


class Columns:
    """Arrays of all rows, each read once from its start to its end, however many shards take their part of it.

    `first_row`, `first_piece`: of all that there are, where `rows` are not all of them.
    """

    def __init__(self, rows: Rows, *, first_row: int = 0, first_piece: int = 0) -> None:
        self._rows, self._first_row, self._first_piece = rows, first_row, first_piece
        self._specs = {spec.name: spec for spec in rows.specs}
        self._cursors: dict[str, _Cursor] = {}
        offsets = [name for name, spec in self._specs.items() if spec.role == "offsets"]
        self._offsets = np.concatenate(list(rows.column(offsets[0]))) if offsets else None

    def shards(self, size: ShardSize) -> Iterator[Shard]:
        """Yield the shards; the lengths of rows are read for that, before anything else is."""
        spans, lengths = size.spans(self._rows.specs), _Cursor(self._rows.column("lengths"))
        for number, span in enumerate(spans):
            yield self._shard(number, len(spans), span, lengths)

    def shard(self, number: int, n_shards: int, span: tuple[int, int]) -> Shard:
        """Return the shard of the rows `[first, end)` of `span`."""
        return self._shard(number, n_shards, span, _Cursor(self._rows.column("lengths")))

    def _shard(self, number: int, n_shards: int, span: tuple[int, int], lengths: "_Cursor") -> Shard:
        first, end = span[0] - self._first_row, span[1] - self._first_row
        pieces = None
        if self._offsets is not None:
            pieces = self._first_piece + int(self._offsets[first]), self._first_piece + int(self._offsets[end])
        return Shard(
            number=number,
            n_shards=n_shards,
            first=span[0],
            end=span[1],
            pieces=pieces,
            histogram=reduce(add, map(LengthHistogram.of, lengths.take(first, end)), EMPTY),
        )

    def take(self, name: str, shard: Shard) -> Iterator[NDArray[Any]]:
        """Yield the blocks of a part of an array; quickly, where shards take theirs one after the other."""
        spec = self._specs[name]
        if spec.role == "offsets" and self._offsets is not None:
            offsets = self._offsets[shard.first - self._first_row : shard.end + 1 - self._first_row]
            yield offsets - offsets[0]
            return
        first, end = shard.span(spec.role)
        before = self._first_row if shard.pieces is None or spec.role in OF_ROWS else self._first_piece
        first, end = first - before, end - before
        cursor = self._cursors.get(name)
        if cursor is None or cursor.position > first:
            cursor = self._cursors[name] = _Cursor(self._rows.column(name))
        yield from cursor.take(first, end)
        if end == spec.shape[0]:
            cursor.finish()


class _Cursor:
    """A place in an array that is read block by block."""

    def __init__(self, blocks: Iterator[NDArray[Any]]) -> None:
        self.position = 0
        self._blocks = blocks
        self._rest: NDArray[Any] | None = None

    def take(self, first: int, end: int) -> Iterator[NDArray[Any]]:
        """Yield the rows `[first, end)`, none of which lies before the place."""
        while self.position < first:
            self._next(first)
        while self.position < end:
            yield self._next(end)

    def finish(self) -> None:
        """Let the source of the blocks come to its end."""
        for _ in self._blocks:
            pass

    def _next(self, end: int) -> NDArray[Any]:
        """Return the next rows, and at most those before `end`."""
        rest = next(self._blocks) if self._rest is None else self._rest
        block, rest = rest[: end - self.position], rest[end - self.position :]
        self._rest = rest if len(rest) else None
        self.position += len(block)
        return block


class ShardRows:
    """The rows of a shard, as a format takes them; `arrays`: with zeros for digests until they were read."""

    def __init__(self, columns: Columns, shard: Shard, specs: Sequence[ArraySpec], lane: Lane) -> None:
        self.specs = shard.specs(specs)
        self.shard = shard
        self._columns, self._lane = columns, lane
        self._digests = {spec.name: _ZEROS for spec in self.specs}

    def column(self, name: str) -> Iterator[NDArray[Any]]:
        """Yield the blocks of an array."""
        digest = hashlib.sha256()
        for block in self._columns.take(name, self.shard):
            self._lane.add(partial(digest.update, data_of(block)))
            yield block
        self._lane.add(partial(self._keep, name, digest))

    def batches(self, n_rows: int) -> Iterator[dict[str, NDArray[Any]]]:
        """Yield all arrays side by side."""
        return side_by_side({spec.name: self.column(spec.name) for spec in self.specs}, n_rows)

    def _keep(self, name: str, digest: "hashlib._Hash") -> None:
        self._digests[name] = digest.hexdigest()

    @property
    def arrays(self) -> dict[str, dict[str, Any]]:
        """The arrays, as metadata describe them."""
        self._lane.finish()
        return {
            spec.name: {"dtype": spec.dtype.str, "shape": spec.shape, "sha256": self._digests[spec.name]}
            for spec in self.specs
        }
