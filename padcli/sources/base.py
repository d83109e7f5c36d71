"""An input: cut into splits by the driver, which workers read. A new kind is one class and one line in `SOURCES`."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from padcli.options import ReadOptions
from padcli.sources.records import FieldKinds, Records

# Told how many bytes more have been read, or are given to a worker to be read.
OnRead = Callable[[int], None]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class InputFacts:
    """Size in bytes and digest of one input, as it lies on the disk."""

    path: str
    bytes: int
    sha256: str


class Split(Protocol):
    """A part of an input: where it lies, or its bytes where nobody could go back for them. It can be pickled."""

    @property
    def path(self) -> str:
        """The input, for messages."""
        ...


class Source(Protocol):
    """An input that is read once.

    A source that is named by a path is made as `Source(path, options, split_bytes=..., on_read=...)`. Raises
    `InputError` where the input cannot be read. One whose input can be cut without reading it has a method
    `parts(path, options, n_bytes)`, too (see `input_parts`), and takes one of these parts as `within`.
    """

    def splits(self) -> Iterator[Split]:
        """Yield the parts of the input, of about `split_bytes` each, in their order."""
        ...

    @staticmethod
    def read(split: Any, options: ReadOptions, field_kinds: FieldKinds) -> Records:
        """Return the records of a split, wherever it has come to; bad ones among the others, as `rejects`."""
        ...

    def observe(self, split: Any) -> None:
        """Take note of a split that was read. Called once for each, in their order, by one thread.

        Where `read` returned a split as `Records.observed`, it is that one.
        """
        ...

    def facts(self) -> InputFacts:
        """Return the facts, once all splits were observed. Raises `InputError` if the input changed meanwhile."""
        ...
