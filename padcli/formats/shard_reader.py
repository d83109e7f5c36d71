"""Outputs in shards, read as if each of their arrays lay in one piece."""

import dataclasses
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from glob import escape
from itertools import groupby, tee
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from padcli.errors import InputError
from padcli.formats import INDEX, format_for
from padcli.formats.base import ArrayReader, Format, StoredArray, StoredRows, row_bytes
from padcli.formats.damage import raised_as_damage
from padcli.formats.shards import OF_ROWS, digest_of
from padcli.schema import role_of

_NAME = re.compile(r"-\d{5,}-of-\d{5,}")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StoredShard:
    """A shard as the index has it: its rows, and of packed rows the records in them; `sha256`: of its metadata."""

    path: Path
    rows: int
    first_row: int
    n_bytes: int
    sha256: str
    pieces: int
    first_piece: int

    @property
    def format(self) -> Format:
        """The format that it is of."""
        return format_for(self.path)


class Index:
    """An index as a file to open, which only `ShardedFormat` writes."""

    @contextmanager
    def open(self, path: Path) -> Iterator[StoredRows]:
        """Open the output that it describes. Raises `OSError`, or one of `DAMAGED`."""
        yield ShardedRows(path, path.read_bytes())


class ShardedRows(StoredRows):
    """An output in shards. `path` is the name that the output was given, which no file has."""

    def __init__(self, index: Path, raw: bytes) -> None:
        super().__init__(index, raw)
        self.index = index
        self.shards = tuple(_shard(index.parent, facts) for facts in self.metadata["shards"])
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
            yield _Reader(self.shards, name, recorded.dtype, recorded.shape, stack)


def _shard(folder: Path, facts: dict[str, Any]) -> StoredShard:
    """Read an entry of the index. Raises `ValueError`, `KeyError` or `TypeError` for what is none."""
    name = facts["path"]
    if not isinstance(name, str) or Path(name).name != name or "\0" in name:
        raise ValueError(f"a shard has the path {name!r}")
    numbers = [facts["rows"], facts["first_row"], facts["bytes"], facts.get("pieces", 0), facts.get("first_piece", 0)]
    if any(not isinstance(number, int) or number < 0 for number in numbers):
        raise ValueError(f"{name} has {numbers}")
    rows, first_row, n_bytes, pieces, first_piece = numbers
    return StoredShard(
        path=folder / name,
        rows=rows,
        first_row=first_row,
        n_bytes=n_bytes,
        sha256=str(facts["sha256"]),
        pieces=pieces,
        first_piece=first_piece,
    )


_Kind = tuple[np.dtype[Any], tuple[int, ...]]


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


class _Reader(ArrayReader):
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
            _check_kind(self._shard, self._name, (part.dtype, part.shape), (self.dtype, self.shape))
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


def _located(shard: StoredShard, name: str, dtype: np.dtype[Any], shape: tuple[int, ...]) -> StoredArray:
    """Find the array of a shard. Raises `InputError` where it is missing, damaged, or another one."""
    with raised_as_damage(shard.path):
        with shard.format.open(shard.path) as stored:
            array = stored.locate(name)
        _check_kind(shard, name, (array.dtype, array.shape), (dtype, shape))
        return array


def _check_kind(shard: StoredShard, name: str, found: _Kind, whole: _Kind) -> None:
    """Raise `InputError` for an array of a shard that is no part of the whole."""
    (dtype, shape), role = whole, role_of(name)
    of_rows = role in OF_ROWS or not shard.pieces
    n = shard.rows + 1 if role == "offsets" else shard.rows if of_rows else shard.pieces
    if found != (dtype, (n, *shape[1:])):
        raise InputError(f"{shard.path.name}: {name} has another type or shape than the index says")
