"""Shards of an output: their names, the rows of each, and what their metadata say."""

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from padcli.files.output_paths import beside
from padcli.formats import INDEX
from padcli.rows.lengths import LengthHistogram
from padcli.schema import ArraySpec, Role

MOST_INPUTS = 100  # that each shard lists
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


def in_shards(whole: dict[str, Any]) -> dict[str, Any]:
    """Return the metadata of the whole as far as each shard has them: the index alone lists very many inputs."""
    inputs = whole["inputs"]
    if len(inputs) <= MOST_INPUTS:
        return whole
    return {**whole, "inputs": inputs[:MOST_INPUTS], "all_inputs": len(inputs)}


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
        """Return the metadata of the whole, by `in_shards`, as they are for these rows alone.

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


def digest_of(digests: Iterable[str]) -> str:
    """Return the digest of an array in shards: of the digests of its parts, one after the other."""
    return hashlib.sha256(b"".join(map(bytes.fromhex, digests))).hexdigest()
