"""Shards of an output: their names, the rows of each, and what their metadata say."""

import dataclasses
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial, reduce
from operator import add
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from padcli.engine.lane import Lane
from padcli.files.output_paths import beside
from padcli.formats import INDEX
from padcli.formats.base import Rows, data_of
from padcli.rows.blocks import side_by_side
from padcli.rows.lengths import EMPTY, LengthHistogram
from padcli.schema import ArraySpec, Role

_ZEROS = "00" * hashlib.sha256().digest_size
OF_ROWS: frozenset[Role] = frozenset({"ids", "mask", "types", "segments", "positions", "lengths"})


def index_path(output: Path) -> Path:
    """Return the file that says which shards an output has."""
    return output.with_suffix(INDEX)


def shard_path(output: Path, number: int, n_shards: int) -> Path:
    """Return the path of a shard: `out-00000-of-00007.npz`."""
    return output.with_name(f"{output.stem}-{number:05d}-of-{n_shards:05d}{output.suffix}")


def shard_paths(output: Path, n_shards: int) -> list[Path]:
    """Return the paths of all shards."""
    return [shard_path(output, number, n_shards) for number in range(n_shards)]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ShardSize:
    """Rows of a shard, or bytes of its arrays as they are in memory; one of them is None."""

    rows: int | None = None
    n_bytes: int | None = None

    def rows_of(self, specs: Sequence[ArraySpec]) -> int:
        """Return the rows of each shard but the last, at least one."""
        n_rows, total = n_rows_of(specs), sum(spec.nbytes for spec in specs)
        if self.rows is not None or self.n_bytes is None:
            return self.rows or max(1, n_rows)
        return max(1, self.n_bytes * n_rows // max(1, total))

    def spans(self, specs: Sequence[ArraySpec]) -> list[tuple[int, int]]:
        """Return the first row of each shard, and the one after its last; an output without rows has one shard."""
        n_rows, step = n_rows_of(specs), self.rows_of(specs)
        return [(first, min(first + step, n_rows)) for first in range(0, max(1, n_rows), step)]


def n_rows_of(specs: Sequence[ArraySpec]) -> int:
    """Return the number of rows of arrays."""
    return next(spec.shape[0] for spec in specs if spec.role == "ids")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """The rows `[first, end)` of an output, which have the lengths of `histogram`.

    `pieces`: of the records in packed rows, `[first, end)`, too; None where a row is one.
    """

    number: int
    n_shards: int
    first: int
    end: int
    pieces: tuple[int, int] | None
    histogram: LengthHistogram

    def span(self, role: Role) -> tuple[int, int]:
        """Return the part of an array that it has; each has a `row_offsets` of its own."""
        return (self.first, self.end) if role in OF_ROWS or self.pieces is None else self.pieces

    def specs(self, specs: Iterable[ArraySpec]) -> tuple[ArraySpec, ...]:
        """Return its arrays, from those of the whole."""
        found = []
        for spec in specs:
            first, end = (self.first, self.end + 1) if spec.role == "offsets" else self.span(spec.role)
            found.append(dataclasses.replace(spec, shape=(end - first, *spec.shape[1:])))
        return tuple(found)

    def facts(self, whole: Mapping[str, Any], output: Path) -> dict[str, Any]:
        """Return the metadata of the whole, as they are for these rows alone.

        What does not follow from the lengths of rows stays that of the whole: the input, the tokenizer, and what became
        of records in rows that are something else.
        """
        n_rows, histogram = self.end - self.first, self.histogram
        maxlen = whole["padding"]["maxlen"]
        width, cost = whole["padding"].get("width", maxlen), histogram.cost(maxlen)
        kept, cells = histogram.tokens - cost.tokens_lost, n_rows * width
        facts = {**whole, "rows": n_rows}
        if "shape" in whole:
            n_pieces = n_rows if self.pieces is None else self.pieces[1] - self.pieces[0]
            facts["shape"] = {**whole["shape"], "rows": n_rows, "pieces": n_pieces, "tokens": kept, "cells": cells}
        else:
            facts |= {"tokens": histogram.tokens, "empty_rows": histogram.empty_rows, "lengths": histogram.summary()}
            facts["padding"] = {
                **whole["padding"],
                "rows_truncated": cost.rows_truncated,
                "tokens_lost": cost.tokens_lost,
                "padding_share": round((cells - kept) / cells, 6) if cells else 0.0,
            }
        if whole["tokenizer"] is not None and whole["tokenizer"]["path"] is None:  # beside the whole, then
            facts["tokenizer"] = {**whole["tokenizer"], "path": beside(output).name}
        place = {"number": self.number, "of": self.n_shards, "first_row": self.first, "all_rows": whole["rows"]}
        return {**facts, "shard": place}


class Columns:
    """Arrays of all rows, each read once from its start to its end, however many shards take their part of it."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._specs = {spec.name: spec for spec in rows.specs}
        self._cursors: dict[str, _Cursor] = {}
        offsets = [name for name, spec in self._specs.items() if spec.role == "offsets"]
        self._offsets = np.concatenate(list(rows.column(offsets[0]))) if offsets else None

    def shards(self, size: ShardSize) -> Iterator[Shard]:
        """Yield the shards; the lengths of rows are read for that, before anything else is."""
        spans, lengths = size.spans(self._rows.specs), _Cursor(self._rows.column("lengths"))
        for number, (first, end) in enumerate(spans):
            yield Shard(
                number=number,
                n_shards=len(spans),
                first=first,
                end=end,
                pieces=None if self._offsets is None else (int(self._offsets[first]), int(self._offsets[end])),
                histogram=reduce(add, map(LengthHistogram.of, lengths.take(first, end)), EMPTY),
            )

    def take(self, name: str, shard: Shard) -> Iterator[NDArray[Any]]:
        """Yield the blocks of a part of an array; quickly, where shards take theirs one after the other."""
        spec = self._specs[name]
        if spec.role == "offsets" and self._offsets is not None:
            yield self._offsets[shard.first : shard.end + 1] - self._offsets[shard.first]
            return
        first, end = shard.span(spec.role)
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
    """The rows of a shard, as a format takes them; `digests` are those of its arrays, zeros until they were read."""

    def __init__(self, columns: Columns, shard: Shard, specs: Sequence[ArraySpec], lane: Lane) -> None:
        self.specs = shard.specs(specs)
        self._columns, self._shard, self._lane = columns, shard, lane
        self._digests = {spec.name: _ZEROS for spec in self.specs}

    def column(self, name: str) -> Iterator[NDArray[Any]]:
        """Yield the blocks of an array."""
        digest = hashlib.sha256()
        for block in self._columns.take(name, self._shard):
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


def digest_of(digests: Iterable[str]) -> str:
    """Return the digest of an array in shards: of the digests of its parts, one after the other."""
    return hashlib.sha256(b"".join(map(bytes.fromhex, digests))).hexdigest()
