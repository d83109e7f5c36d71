"""The index of an output in shards, which is read as if each of its arrays lay in one piece."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from glob import escape
from pathlib import Path

from padcli.errors import InputError
from padcli.formats import INDEX
from padcli.formats.base import ArrayReader, StoredRows
from padcli.formats.damage import raised_as_damage
from padcli.formats.metadata_file import read_metadata
from padcli.formats.sharded_array import ShardedArray
from padcli.formats.sharded_reader import ShardedReader
from padcli.formats.stored_shard import StoredShard

_NAME = re.compile(r"-\d{5,}-of-\d{5,}")


class Index:
    """An index as a file to open, which only `ShardedFormat` writes."""

    @contextmanager
    def open(self, path: Path) -> Iterator[StoredRows]:
        """Open the output that it describes. Raises `OSError`, or one of `DAMAGED`."""
        yield ShardedRows(path, read_metadata(path))


class ShardedRows(StoredRows):
    """An output in shards. `path` is the name that the output was given, which no file has."""

    def __init__(self, index: Path, raw: bytes) -> None:
        super().__init__(index, raw)
        self.index = index
        self.shards = tuple(StoredShard.of_entry(index.parent, facts) for facts in self.metadata["shards"])
        ends = [0, *(shard.first_row + shard.rows for shard in self.shards)]
        if [shard.first_row for shard in self.shards] != ends[:-1] or ends[-1] != self.metadata["rows"] or not ends[1:]:
            raise ValueError("its shards do not add up to its rows")
        self.path = index.with_name(index.name.removesuffix(INDEX) + self.shards[0].path.suffix)

    @property
    def files(self) -> list[Path]:
        """The files of all shards, then the index."""
        paths = [each for shard in self.shards for each in shard.format.paths(shard.path, self.arrays)]
        return [*paths, self.index]

    @property
    def unexpected(self) -> list[str]:
        """Shards beside these, of another run; what is in a shard is checked there."""
        known = {shard.path.name for shard in self.shards}
        found = self.path.parent.glob(f"{escape(self.path.stem)}-*-of-*{escape(self.path.suffix)}")
        mark = len(self.path.stem)
        shards = (path.name for path in found if _NAME.fullmatch(path.name[mark : -len(path.suffix)]))
        return sorted(set(shards) - known)

    @property
    def problems(self) -> Iterator[str]:
        """Yield what is wrong with each shard as a whole."""
        for shard in self.shards:
            try:
                with raised_as_damage(shard.path), shard.format.open(shard.path) as stored:
                    sizes = [path.stat().st_size for path in stored.files]
                    if not stored.metadata_is_whole or stored.metadata["sha256"] != shard.sha256:
                        yield f"{shard.path}: its meta.json is not the one that the index knows"
                    elif sum(sizes) != shard.n_bytes:
                        yield f"{shard.path}: {sum(sizes):,} bytes, expected {shard.n_bytes:,}"
                    elif stored.unexpected:
                        yield f"{shard.path}: {', '.join(stored.unexpected)}: not listed in its meta.json"
            except InputError as error:
                yield error.message.rstrip(".")

    def locate(self, name: str) -> "ShardedArray":
        """Find an array; its shards are opened when it is read."""
        recorded = self.arrays[name]
        return ShardedArray(self.path, self.shards, name, recorded.dtype, recorded.shape)

    @contextmanager
    def array(self, name: str) -> Iterator[ArrayReader]:
        """Read an array from its start, shard by shard."""
        with ExitStack() as stack:
            recorded = self.arrays[name]
            yield ShardedReader(self.shards, name, recorded.dtype, recorded.shape, stack)
