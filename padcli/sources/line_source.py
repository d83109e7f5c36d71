"""An input whose records are lines: cut by byte ranges where it can be, and else read as a stream."""

from __future__ import annotations

import abc
from collections.abc import Iterator
from typing import Any, Protocol

from padcli.options import ReadOptions
from padcli.sources.base import InputFacts, OnRead
from padcli.sources.byte_ranges import ByteRanges, ranges_of
from padcli.sources.lines import LineSplit, RangeSplit
from padcli.sources.records import FieldKinds, Records
from padcli.sources.streams import InputStream


class _Lines(Protocol):
    """See `Source`, but for `read`."""

    def splits(self) -> Iterator[LineSplit]: ...

    def observe(self, split: Any) -> None: ...

    def facts(self) -> InputFacts: ...


class LineSource(abc.ABC):
    """See `Source`. The classes below it say what record a line is. `within`: the part of a file that is read."""

    def __init__(
        self,
        path: str,
        options: ReadOptions,
        *,
        split_bytes: int,
        on_read: OnRead,
        within: RangeSplit | None = None,
    ) -> None:
        ranges = ranges_of(path, options, split_bytes, on_read)
        if within is not None:
            ranges = ByteRanges(path, within.state, split_bytes, on_read, within)
        self._input: _Lines = ranges or InputStream(path, options, split_bytes=split_bytes, on_read=on_read)

    def splits(self) -> Iterator[LineSplit]:
        """Yield parts of about `split_bytes`, whole lines each; a longer line makes a longer one."""
        return self._input.splits()

    @staticmethod
    @abc.abstractmethod
    def read(split: LineSplit, options: ReadOptions, field_kinds: FieldKinds) -> Records:
        """Return the records of a split."""

    def observe(self, split: LineSplit) -> None:
        """Add to the digest of the input what a worker has read."""
        self._input.observe(split)

    def facts(self) -> InputFacts:
        """Return size and digest. Raises `InputError` if the input changed meanwhile."""
        return self._input.facts()
