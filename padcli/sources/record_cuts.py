"""Delimited text in parts that end where a record does: as byte ranges of a plain file, or as a stream."""

from collections.abc import Callable, Iterator

from padcli.errors import InputError
from padcli.options import ReadOptions
from padcli.sources.base import OnRead
from padcli.sources.byte_ranges import ByteRanges, ranges_of
from padcli.sources.line_limit import LineLimit
from padcli.sources.lines import BytesSplit
from padcli.sources.quoting import Quoting, line_breaks
from padcli.sources.streams import InputStream, blocks_of


def record_ranges(
    path: str, options: ReadOptions, quoting: Quoting, split_bytes: int, on_read: OnRead
) -> "RecordRanges | None":
    """Return the input as ranges, None where it is no plain file, uncompressed and in UTF-8."""
    ranges = ranges_of(path, options, split_bytes, on_read, RecordRanges)
    if isinstance(ranges, RecordRanges):
        ranges.quoting = quoting
        return ranges
    return None


class RecordRanges(ByteRanges):
    """A file in parts of about `split_bytes`, which end where a record does."""

    quoting = Quoting(delimiter=",")

    def _cuts(self) -> Iterator[int]:
        cut, size, end_of_file = self._start(), self._split_bytes, self._state.size
        yield cut
        while cut < end_of_file:
            stop = min(cut + size, end_of_file)
            length = stop - cut if stop == end_of_file else self.quoting.last_end(self.read(cut, stop))
            if length:
                cut, size = cut + length, self._split_bytes
                yield cut
            else:
                start = cut
                _check(self._limit, lambda: 1 + self._line_ends_before(start), size)  # noqa: B023 (called at once)
                size *= 2


class RecordStream(InputStream):
    """Whole records of an input that can only be read from start to end."""

    def __init__(self, path: str, options: ReadOptions, quoting: Quoting, *, split_bytes: int, on_read: OnRead) -> None:
        super().__init__(path, options, split_bytes=split_bytes, on_read=on_read)
        self._quoting = quoting

    def splits(self) -> Iterator[BytesSplit]:
        """Yield the input in parts of about `split_bytes`; a longer record makes a longer one."""
        with self.opened() as stream:
            yield from self._whole_records(blocks_of(self.path, stream, self._options, self._split_bytes))

    def _whole_records(self, blocks: Iterator[bytes]) -> Iterator[BytesSplit]:
        held, size, line = list[bytes](), 0, 1
        limit, wanted = LineLimit(self.path), 0
        for block in blocks:
            held.append(block)
            size += len(block)
            if size < wanted:
                continue
            data = b"".join(held)
            end = self._quoting.last_end(data)
            if end:
                yield BytesSplit(path=self.path, data=data[:end])
                line += len(line_breaks(data[:end]))
            else:
                first = line
                _check(limit, lambda: first, size)  # noqa: B023 (called at once)
            held, size = [data[end:]], len(data) - end
            wanted = 2 * size if not end else 0  # a long record is looked through a few times, not once a block
        if size:
            yield BytesSplit(path=self.path, data=b"".join(held))


def _check(limit: LineLimit, line: Callable[[], int], size: int) -> None:
    """Raise `InputError` for a record that is too long."""
    try:
        limit.check(line, size)
    except InputError as error:
        raise InputError(error.message, hint="Is a quote in it never closed? See also --no-quotes.") from None
