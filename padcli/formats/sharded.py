"""Any format in shards: `out-00000-of-00007.npz` and so on, and `out.index.json`, which is written last.

Each shard is an output of its format, with metadata of its own. The index has those of the whole, and lists the shards
with their rows, sizes and digests. It seals them: without it there is no output.
"""

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
from padcli.formats.shards import Shard, ShardSize, digest_of, index_path, shard_path, shard_paths
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
        columns, facts, entries = Columns(rows), metadata(), []
        digests: dict[str, list[str]] = {spec.name: [] for spec in rows.specs}
        names = list(digests)
        with self._lane("digest") as lane:
            for shard in columns.shards(self._size):
                path, part = (
                    shard_path(output, shard.number, shard.n_shards),
                    ShardRows(columns, shard, rows.specs, lane),
                )
                describe = _described(shard.facts(facts, output), part)
                self._inner.write(pending, path, part, describe, compress=compress)
                entries.append(
                    _entry(shard, path)
                    | {"bytes": pending.settle(self._inner.paths(path, names)), "sha256": seal_of(describe())}
                )
                for name, array in part.arrays.items():
                    digests[name].append(array["sha256"])
        arrays = {
            spec.name: {"dtype": spec.dtype.str, "shape": spec.shape, "sha256": digest_of(digests[spec.name])}
            for spec in rows.specs
        }
        pending.open(index_path(output), is_seal=True).write(
            metadata_json({**facts, "arrays": arrays, "shards": entries})
        )

    def open(self, path: Path) -> AbstractContextManager[StoredRows]:
        """Open what was written, by its index."""
        return Index().open(path)


def _described(facts: dict[str, Any], part: ShardRows) -> Callable[[], dict[str, Any]]:
    return lambda: {**facts, "arrays": part.arrays}


def _entry(shard: Shard, path: Path) -> dict[str, Any]:
    """Describe a shard in the index."""
    entry: dict[str, Any] = {"path": path.name, "rows": shard.end - shard.first, "first_row": shard.first}
    if shard.pieces is not None:
        entry |= {"pieces": shard.pieces[1] - shard.pieces[0], "first_piece": shard.pieces[0]}
    return entry
