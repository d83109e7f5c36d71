"""Text: one record a line.

A record ends at a line feed alone, and a carriage return before it belongs to the line end. The other line breaks of
Unicode (U+2028, U+0085, form feed ...), at which Python's `splitlines` cuts, stay inside their record.
"""

import pyarrow as pa
import pyarrow.compute as pc

from padcli.chunks import Chunk, Families, TextChunk
from padcli.options import ReadOptions
from padcli.sources.lines import bad_encoding, split_lines


def read(chunk: Chunk, options: ReadOptions, families: Families) -> TextChunk:
    """The lines of a chunk. Bad is a line that is not in the encoding of the input."""
    lines = split_lines(chunk)
    try:
        return TextChunk(values=lines.cast(pa.string()), labels={})
    except pa.ArrowInvalid:
        found = [bad_encoding(chunk, row, raw, options) for row, raw in enumerate(lines.to_pylist())]
        good = pc.filter(lines, pa.array([reject is None for reject in found]))
        rejects = tuple(reject for reject in found if reject is not None)
        return TextChunk(values=good.cast(pa.string()), labels={}, rejects=rejects)
