"""Encoded splits, kept on disk until the vocabulary and `maxlen` are known."""

import dataclasses
import io
import os
import pickle
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Generic, Self, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_Part = TypeVar("_Part")

_READ_BYTES = 2**20


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """The tokens of a split.

    `codes`: the smallest integers that will do `(n_tokens,)`; `numbers`: int32 `(n_unique,)`, what each code stands
    for, or None where the codes are ids themselves.
    """

    codes: NDArray[np.integer]
    numbers: NDArray[np.int32] | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows of a split: `lengths`, small integers `(n_rows,)`, special tokens included; labels, each `(n_rows,)`."""

    lengths: NDArray[np.integer]
    labels: dict[str, pa.Array]


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
        n = os.preadv(self._descriptor, [buffer], self._position)
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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
