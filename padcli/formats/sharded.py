"""Any format in shards: `out-00000-of-00007.npz` and so on, and `out.index.json`, which is written last.

Each shard is an output of its format, with metadata of its own. The index has those of the whole, and lists the shards
with their rows, sizes and digests. It seals them: without it there is no output.
"""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from padcli.engine.lane import Lane
from padcli.files.pending import PendingFiles
from padcli.formats.base import Format, Rows, StoredRows
from padcli.formats.metadata_file import metadata_json, seal_of
from padcli.formats.shard_index import Index
from padcli.formats.shard_rows import Columns, ShardRows
from padcli.formats.shards import ShardSize, digest_of, in_shards, index_path, shard_path, shard_paths
from padcli.schema import ArraySpec


class ShardedFormat:
    """Shards of another format, of some rows each; `lane` is where digests are computed."""

    def __init__(self, inner: Format, size: ShardSize, lane: Callable[[str], AbstractContextManager[Lane]]) -> None:
        self._inner, self._size, self._lane = inner, size, lane

    def check(self, specs: Sequence[ArraySpec]) -> None:
        """Raise `UsageError` for arrays that the other format cannot hold."""
        self._inner.check(specs)

    def paths(self, output: Path, names: Iterable[str]) -> list[Path]:
        """Return the index: how many shards there are depends on the rows."""
        return [index_path(output)]

    def shard_paths(self, output: Path, specs: Sequence[ArraySpec]) -> list[Path]:
        """Return the path of each shard."""
        return shard_paths(output, len(self._size.spans(specs)))

    def write(
        self,
        pending: PendingFiles,
        output: Path,
        rows: Rows,
        metadata: Callable[[], dict[str, Any]],
        *,
        compress: bool,
    ) -> None:
        """Write one shard after the other, then the index. The digests in `metadata` are not used."""
        columns, facts, written = Columns(rows), metadata(), list[WrittenShard]()
        in_each = in_shards(facts)
        with self._lane("digest") as lane:
            for shard in columns.shards(self._size):
                path = shard_path(output, shard.number, shard.n_shards)
                part = ShardRows(columns, shard, rows.specs, lane)
                written.append(
                    write_shard(self._inner, pending, path, part, shard.facts(in_each, output), compress=compress)
                )
        write_index(pending, output, rows.specs, facts, written)

    def open(self, path: Path) -> AbstractContextManager[StoredRows]:
        """Open what was written, by its index."""
        return Index().open(path)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WrittenShard:
    """A shard that was written: how the index lists it, and the digest of each of its arrays, by their names."""

    entry: dict[str, Any]
    digests: dict[str, str]


def write_shard(
    inner: Format, pending: PendingFiles, path: Path, part: ShardRows, facts: dict[str, Any], *, compress: bool
) -> WrittenShard:
    """Write a shard, with `facts` for metadata."""

    def described() -> dict[str, Any]:
        return {**facts, "arrays": part.arrays}

    inner.write(pending, path, part, described, compress=compress)
    shard, arrays = part.shard, part.arrays
    entry: dict[str, Any] = {"path": path.name, "rows": shard.end - shard.first, "first_row": shard.first}
    if shard.pieces is not None:
        entry |= {"pieces": shard.pieces[1] - shard.pieces[0], "first_piece": shard.pieces[0]}
    entry |= {"bytes": pending.settle(inner.paths(path, list(arrays))), "sha256": seal_of(described())}
    return WrittenShard(entry=entry, digests={name: array["sha256"] for name, array in arrays.items()})


def write_index(
    pending: PendingFiles,
    output: Path,
    specs: Sequence[ArraySpec],
    facts: dict[str, Any],
    written: Sequence[WrittenShard],
) -> None:
    """Write the index of shards that are written, with `facts` for metadata of the whole."""
    arrays = {
        spec.name: {
            "dtype": spec.dtype.str,
            "shape": spec.shape,
            "sha256": digest_of([shard.digests[spec.name] for shard in written]),
        }
        for spec in specs
    }
    index = {**facts, "arrays": arrays, "shards": [shard.entry for shard in written]}
    pending.open(index_path(output), is_seal=True).write(metadata_json(index))
