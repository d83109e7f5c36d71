"""The arrays of all shards, read one after the other."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from padcli.errors import InputError
from padcli.formats.base import ArrayReader
from padcli.formats.damage import raised_as_damage
from padcli.formats.shards import digest_of
from padcli.formats.stored_shard import StoredShard
from padcli.schema import role_of


class ShardedReader(ArrayReader):
    """The arrays of all shards, one after the other; the digest is that of their digests."""

    def __init__(
        self, shards: Sequence[StoredShard], name: str, dtype: np.dtype[Any], shape: tuple[int, ...], stack: ExitStack
    ) -> None:
        super().__init__(dtype, shape)
        self._name, self._shards = name, iter(shards)
        self._stack = stack.enter_context(ExitStack())  # of the shard that is being read
        self._shard: StoredShard | None = None
        self._part: ArrayReader | None = None
        self._digests = list[str]()

    @property
    def sha256(self) -> str:
        """The digest of what has been read, if that is all of it."""
        while self._open_next():  # shards without rows may be left
            pass
        return digest_of(self._digests)

    def read(self, n_rows: int) -> NDArray[Any]:
        """Read the next rows, `(n_rows, ...)`; fewer where there are no more. Raises `InputError` for damaged ones."""
        n_rows = min(n_rows, self._left)
        self._left -= n_rows
        return self._read(n_rows)

    def _read(self, n_rows: int) -> NDArray[Any]:
        blocks, missing = [np.zeros((0, *self.shape[1:]), self.dtype)], n_rows
        while missing:
            block = self._of_shard(missing)
            if len(block):
                blocks.append(block)
                missing -= len(block)
            elif not self._open_next():
                raise InputError("it ends too early")
        return blocks[1] if len(blocks) == 2 else np.concatenate(blocks)

    def _of_shard(self, n_rows: int) -> NDArray[Any]:
        """Read the next rows of the shard that is open; none where there are no more."""
        if self._part is None or self._shard is None:
            return np.zeros((0, *self.shape[1:]), self.dtype)
        with _named(self._shard.path):
            block = self._part.read(n_rows)
        return block + self._shard.first_piece if role_of(self._name) == "offsets" else block

    def _open_next(self) -> bool:
        """Go on with the next shard; returns False where there is none."""
        if self._part is not None:
            self._digests.append(self._part.sha256)
        self._stack.close()
        self._shard = next(self._shards, None)
        self._part = None
        if self._shard is None:
            return False
        with _named(self._shard.path):
            with raised_as_damage(self._shard.path):
                stored = self._stack.enter_context(self._shard.format.open(self._shard.path))
            part = self._stack.enter_context(stored.array(self._name))
            self._shard.check_kind(self._name, (part.dtype, part.shape), (self.dtype, self.shape))
            if role_of(self._name) == "offsets" and self._shard.first_row:
                part.read(1)  # with the last of the shard before it
        self._part = part
        return True


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Name the shard in messages that name no file."""
    try:
        yield
    except InputError as error:
        message = error.message if str(path) in error.message else f"{path.name}: {error.message}"
        raise InputError(message, hint=error.hint) from error
