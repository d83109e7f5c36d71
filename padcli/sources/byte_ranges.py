"""A plain file of UTF-8 as byte ranges, cut where lines end, for workers to read by themselves."""

import codecs
import hashlib
from collections.abc import Iterator
from itertools import pairwise

from padcli.options import ReadOptions
from padcli.sources import STDIN
from padcli.sources.base import InputFacts, OnRead
from padcli.sources.compression import LONGEST_MAGIC, compression_of
from padcli.sources.line_limit import LineLimit
from padcli.sources.lines import FileState, RangeSplit
from padcli.urls import is_url

_WINDOW = 64 * 1024  # bytes in which the end of a line is looked for at a time
_AT_ONCE = 1024 * 1024  # bytes that are only counted, or hashed
_LONGEST_BOM = len(codecs.BOM_UTF8)


def ranges_of(
    path: str, options: ReadOptions, split_bytes: int, on_read: OnRead, ranges_class: "type[ByteRanges] | None" = None
) -> "ByteRanges | None":
    """Return the input as ranges, None where it is no plain file, uncompressed and in UTF-8.

    `ranges_class`: the class of these ranges, which says where they end.
    """
    if path == STDIN or is_url(path) or not options.is_utf8:
        return None
    try:
        state = FileState.of(path)
    except OSError:
        return None  # the stream says why
    if state is None or not state.size:  # a file that says that it is empty may be one of /proc
        return None
    ranges = (ranges_class or ByteRanges)(path, state, split_bytes, on_read)
    return None if compression_of(path, ranges.read(0, LONGEST_MAGIC)) else ranges


class ByteRanges:
    """A file in parts of about `split_bytes`, which end where a line does; `on_read` is told of each.

    `within`: the part of the file that is cut, from the start of a line to its end or that of another; None for all.
    """

    def __init__(
        self, path: str, state: FileState, split_bytes: int, on_read: OnRead, within: RangeSplit | None = None
    ) -> None:
        self._path, self._state, self._split_bytes, self._on_read = path, state, split_bytes, on_read
        self._within, self._end = within, state.size if within is None else within.stop
        self._limit = LineLimit(path)
        self._digest, self._observed = hashlib.sha256(), 0

    @property
    def whole(self) -> RangeSplit:
        """All of the file."""
        return self._range(0, self._state.size)

    def splits(self) -> Iterator[RangeSplit]:
        """Yield the parts of the file, but for a byte-order mark at its start."""
        for start, stop in pairwise(self._cuts()):
            self._on_read(stop - (start if start > _LONGEST_BOM else 0))
            yield self._range(start, stop)

    def observe(self, split: RangeSplit) -> None:
        """Add a part to the digest. It has just been read, so that it is in the system's memory still."""
        for part in self._range(self._observed, split.stop).parts(_AT_ONCE):
            self._digest.update(part)
        self._observed = split.stop

    def facts(self) -> InputFacts:
        """Return size and digest. Raises `InputError` if the file changed since it was looked at."""
        self.observe(self._range(self._observed, self._state.size))  # where it is a byte-order mark alone
        return InputFacts(path=self._path, bytes=self._observed, sha256=self._digest.hexdigest())

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes `[start, stop)`, as far as there are any."""
        return self._range(start, min(stop, self._state.size)).data

    def _range(self, start: int, stop: int) -> RangeSplit:
        return RangeSplit(path=self._path, start=start, stop=stop, state=self._state)

    def _start(self) -> int:
        """Return where the text begins."""
        if self._within is not None:
            return self._within.start
        return _LONGEST_BOM if self.read(0, _LONGEST_BOM) == codecs.BOM_UTF8 else 0

    def _cuts(self) -> Iterator[int]:
        cut = self._start()
        yield cut
        while cut < self._end:
            cut = self._last_line_end(cut, cut + self._split_bytes) or self._next_line_end(cut)
            yield cut

    def _last_line_end(self, start: int, stop: int) -> int | None:
        """Return where the last line ends that ends in `[start, stop)`, or the file if that does; None without one."""
        if stop >= self._end:
            return self._end
        while stop > start:
            first = max(start, stop - _WINDOW)
            if length := self.read(first, stop).rfind(b"\n") + 1:
                return first + length
            stop = first
        return None

    def _next_line_end(self, start: int) -> int:
        """Return where the line that begins at `start` ends. Raises `InputError` where that is too long."""
        stop = start + self._split_bytes
        while stop < self._state.size:
            window = self.read(stop, stop + _WINDOW)
            length = window.find(b"\n") + 1
            stop += length or len(window)
            self._limit.check(lambda: 1 + self._line_ends_before(start), stop - start)
            if length:
                break
        return stop

    def _line_ends_before(self, position: int) -> int:
        return sum(part.count(b"\n") for part in self._range(0, position).parts(_AT_ONCE))
