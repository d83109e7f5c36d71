"""An array that lies in shards, to be read at any place, or whole."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import groupby, tee
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from padcli.formats.base import StoredArray, row_bytes
from padcli.formats.damage import raised_as_damage
from padcli.formats.stored_shard import StoredShard
from padcli.schema import role_of


class _Cut(NamedTuple):
    """Rows `[first, end)` of a shard's array; `is_last`: of a span."""

    shard: int
    first: int
    end: int
    is_last: bool


class ShardedArray:
    """An array that lies in shards, each of which is opened when it is read.

    Of `row_offsets`, each shard has one of its own that begins with 0: it follows from them.
    """

    def __init__(
        self, path: Path, shards: Sequence[StoredShard], name: str, dtype: np.dtype[Any], shape: tuple[int, ...]
    ) -> None:
        self.path, self.dtype, self.shape = path, dtype, shape
        self._shards, self._name = shards, name

    @property
    def row_bytes(self) -> int:
        """Size of a row."""
        return row_bytes(self.dtype, self.shape)

    @property
    def paths(self) -> list[Path]:
        """The files that it lies in."""
        return [part.path for part in self._parts]

    @cached_property
    def _parts(self) -> list[StoredArray]:
        return [_located(shard, self._name, self.dtype, self.shape) for shard in self._shards]

    def whole(self) -> NDArray[Any]:
        """Return all of it, copied to one piece. Raises `InputError` where a file is missing or damaged."""
        whole, start = np.zeros(self.shape, self.dtype), 0
        for shard, part in zip(self._shards, self._parts, strict=True):
            with raised_as_damage(shard.path):
                if role_of(self._name) == "offsets":
                    whole[start + 1 : start + 1 + shard.rows] = part.whole()[1:] + shard.first_piece
                    start += shard.rows
                else:
                    whole[start : start + part.shape[0]] = part.whole()
                    start += part.shape[0]
        return whole

    def parts(self, spans: Iterable[tuple[int, int]]) -> Iterator[NDArray[Any]]:
        """Yield the rows of each span, which rise and do not overlap. Raises `InputError` where a file is damaged."""
        if role_of(self._name) == "offsets":
            whole = self.whole()
            yield from (whole[first:end] for first, end in spans)
            return
        held = list[NDArray[Any]]()
        for number, cuts in groupby(self._cuts(spans), key=lambda cut: cut.shard):
            asked, known = tee(cuts)
            parts = self._parts[number].parts((cut.first, cut.end) for cut in asked)
            for part, cut in zip(parts, known, strict=True):
                held.append(part)
                if cut.is_last:
                    yield held[0] if len(held) == 1 else np.concatenate(held)
                    held = []

    def _cuts(self, spans: Iterable[tuple[int, int]]) -> Iterator[_Cut]:
        """Yield the spans, cut where shards end."""
        number, start = 0, 0
        for first, end in spans:
            at, is_last = first, False
            while not is_last:
                size = self._parts[number].shape[0]
                if at >= start + size and number + 1 < len(self._parts):
                    number, start = number + 1, start + size
                    continue
                is_last = end <= start + size or number + 1 == len(self._parts)
                stop = end if is_last else start + size
                yield _Cut(number, at - start, stop - start, is_last)
                at = stop


def _located(shard: StoredShard, name: str, dtype: np.dtype[Any], shape: tuple[int, ...]) -> StoredArray:
    """Find the array of a shard. Raises `InputError` where it is missing, damaged, or another one."""
    with raised_as_damage(shard.path):
        with shard.format.open(shard.path) as stored:
            array = stored.locate(name)
        shard.check_kind(name, (array.dtype, array.shape), (dtype, shape))
        return array
