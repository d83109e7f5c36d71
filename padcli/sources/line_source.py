"""An input whose records are lines: cut by byte ranges where it can be, and else read as a stream."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Iterator
from typing import Any, Protocol

from padcli.options import ReadOptions
from padcli.sources.base import InputFacts, OnRead
from padcli.sources.byte_ranges import ByteRanges, ranges_of
from padcli.sources.input_parts import InputParts
from padcli.sources.lines import LineSplit, RangeSplit
from padcli.sources.records import FieldKinds, Records
from padcli.sources.streams import InputStream
from padcli.sources.table_files import LocalTable


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
        ranges = (
            ranges_of(path, options, split_bytes, on_read)
            if within is None
            else ByteRanges(path, within.state, split_bytes, on_read, within)
        )
        self._input: _Lines = ranges or InputStream(path, options, split_bytes=split_bytes, on_read=on_read)

    @staticmethod
    def parts(path: str, options: ReadOptions, n_bytes: int) -> InputParts | None:
        """Return byte ranges of a plain file, which end where a line does; None of any other input."""
        ranges = ranges_of(path, options, n_bytes, lambda _: None)
        if ranges is None:
            return None
        state = ranges.whole.state.elsewhere()
        parts = (dataclasses.replace(each, state=state) for each in ranges.splits())
        return InputParts(parts, LocalTable(path=path, state=state))

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
