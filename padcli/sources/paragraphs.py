"""Text: one record a paragraph.

Paragraphs are what one or more blank lines separate; a line of white space alone is blank. The line ends within one
stay in it, as line feeds, and the last one does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from padcli.kernels import dispatch
from padcli.options import ReadOptions
from padcli.sources.base import InputFacts, OnRead
from padcli.sources.line_limit import LineLimit
from padcli.sources.lines import BytesSplit, bad_encoding, text_records, with_plain_ends
from padcli.sources.records import FieldKinds, Records
from padcli.sources.streams import InputStream, blocks_of, whole_lines

_IS_BLANK = np.zeros(256, np.bool_)
_IS_BLANK[list(b" \t\n\v\f\r")] = True


class ParagraphSource:
    """A text, each of its paragraphs a record."""

    def __init__(self, path: str, options: ReadOptions, *, split_bytes: int, on_read: OnRead) -> None:
        self._options, self._split_bytes = options, split_bytes
        self._stream = InputStream(path, options, split_bytes=split_bytes, on_read=on_read)

    def splits(self) -> Iterator[BytesSplit]:
        """Yield parts of about `split_bytes`, whole paragraphs each."""
        path = self._stream.path
        with self._stream.opened() as stream:
            yield from whole_paragraphs(
                path, whole_lines(path, blocks_of(path, stream, self._options, self._split_bytes))
            )

    @staticmethod
    def read(split: BytesSplit, options: ReadOptions, field_kinds: FieldKinds) -> Records:  # noqa: ARG004 (see `Source`)
        """Return the paragraphs of a split. Bad is one that is not in the encoding of the input."""
        data = with_plain_ends(split.data)
        if not data.endswith(b"\n"):
            data += b"\n"
        ends = dispatch.kernels().line_ends(data)
        starts = np.concatenate([np.zeros(1, np.int32), ends[:-1]])
        array = np.frombuffer(data, np.uint8)
        filled = np.logical_or.reduceat(~_IS_BLANK[array], starts)
        lengths = np.diff(ends, prepend=np.int32(0))
        first_lines = np.flatnonzero(filled & ~np.concatenate([[False], filled[:-1]]))
        # Without the blank lines, each paragraph begins where the one before it ends.
        kept = array[np.repeat(filled, lengths)]
        before = np.concatenate([[0], np.cumsum(np.where(filled, lengths, 0))])
        offsets = np.append(before[first_lines], len(kept)).astype(np.int32)
        values = pa.Array.from_buffers(pa.binary(), len(first_lines), [None, pa.py_buffer(offsets), pa.py_buffer(kept)])
        return text_records(
            values,
            lambda: (
                bad_encoding(split.path, line, raw[:-1], options)
                for line, raw in zip(first_lines.tolist(), values.to_pylist(), strict=True)
            ),
            tail=1,
            n_lines=len(ends),
        )

    def observe(self, split: BytesSplit) -> None:
        """Do nothing: the bytes were observed as they came."""

    def facts(self) -> InputFacts:
        """Return size and digest of what has been read."""
        return self._stream.facts()


def whole_paragraphs(path: str, splits: Iterable[BytesSplit]) -> Iterator[BytesSplit]:
    """Yield whole lines again, in parts that end behind a blank line. Raises `InputError` for a too long paragraph."""
    line, rest, held = 1, list[bytes](), 0
    limit = LineLimit(path, "paragraph")
    for split in splits:
        end = _behind_last_blank_line(split.data)
        if end and held:
            limit.check(lambda: line, held + end)  # noqa: B023 (called at once)
        if end:
            data = b"".join([*rest, split.data[:end]])
            yield BytesSplit(path=path, data=data)
            line += data.count(b"\n")
            rest, held = [], 0
        if end < len(split.data):
            rest.append(split.data[end:])
            held += len(rest[-1])
            limit.check(lambda: line, held)  # noqa: B023 (called at once)
    if rest:
        yield BytesSplit(path=path, data=b"".join(rest))


def _behind_last_blank_line(data: bytes) -> int:
    """Return where the last blank line of whole lines ends; 0 without one."""
    end = len(data)
    while end:
        start = data.rfind(b"\n", 0, end - 1) + 1
        if not data[start:end].strip(b" \t\n\v\f\r"):
            return end
        end = start
    return 0
