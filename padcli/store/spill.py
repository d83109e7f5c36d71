"""Encoded splits in files without a name, until the vocabulary and `maxlen` are known."""

import io
import pickle
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from padcli.portable import read_into_at
from padcli.rows.ragged import RaggedIds, offsets_of
from padcli.store.blocks import Codes, Rows

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_Part = TypeVar("_Part")

_READ_BYTES = 2**20


class Spool(Generic[_Part]):
    """A list on disk, in a file that has no name: nothing is left of it, however the program ends.

    Read from the start, after all is written, by any number of readers.
    """

    def __init__(self, folder: Path) -> None:
        self._file: IO[Any] = tempfile.TemporaryFile(  # noqa: SIM115 (closed in __exit__)
            dir=folder, prefix=".padcli-"
        )
        self._size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def append(self, part: _Part) -> None:
        """Add one part at the end."""
        pickle.dump(part, self._file, protocol=pickle.HIGHEST_PROTOCOL)
        self._size += 1

    def __iter__(self) -> Iterator[_Part]:
        self._file.flush()
        reader = io.BufferedReader(_PositionedReader(self._file.fileno()), _READ_BYTES)
        for _ in range(self._size):
            yield pickle.load(reader)


class _PositionedReader(io.RawIOBase):
    """A file read from the start, whatever others do with its position."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._position = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        n = read_into_at(self._descriptor, buffer, self._position)
        self._position += n
        return n


class Spill:
    """Encoded splits in their order; codes and rows apart, since masks are made of the rows alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with ExitStack() as stack:
            self.codes = stack.enter_context(Spool[Codes](folder))
            self.rows = stack.enter_context(Spool[Rows](folder))
            self._stack = stack.pop_all()

    def rewrite(self, change: Callable[[Codes, Rows], tuple[Codes, Rows]]) -> None:
        """Let each part be what `change` makes of it."""
        with Spill(self._folder) as changed:
            for part in zip(self.codes, self.rows, strict=True):
                codes, rows = change(*part)
                changed.codes.append(codes)
                changed.rows.append(rows)
            self._stack.close()
            self.codes, self.rows, self._stack = changed.codes, changed.rows, changed._stack.pop_all()

    @contextmanager
    def flattened(
        self, dtype: np.dtype[np.integer], lookup_of: Callable[[Codes], NDArray[np.int32] | None]
    ) -> Iterator[RaggedIds]:
        """Map the ids of all sequences into memory, for as long as the block runs, from a file that has no name."""
        with tempfile.TemporaryFile(dir=self._folder, prefix=".padcli-") as file:
            for tokens in self.codes:
                lookup = lookup_of(tokens)
                ids = tokens.codes if lookup is None else lookup[tokens.codes]
                file.write(ids.astype(dtype, copy=False).data)
            file.flush()
            n_ids = file.tell() // dtype.itemsize
            values = np.memmap(file, dtype, "r", shape=(n_ids,)) if n_ids else np.zeros(0, dtype)
            lengths = [np.zeros(0, np.uint8), *(rows.lengths for rows in self.rows)]
            yield RaggedIds(values=values, offsets=offsets_of(np.concatenate(lengths)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
