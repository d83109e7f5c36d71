"""Text: one record a line.

A record ends at a line feed alone, and a carriage return before it belongs to the line end. The other line breaks of
Unicode (U+2028, U+0085, form feed ...), at which Python's `splitlines` cuts, stay inside their record.
"""

import pyarrow as pa
import pyarrow.compute as pc

from padcli.options import ReadOptions
from padcli.sources.lines import bad_encoding, line_array, line_list
from padcli.sources.records import Chunk, Families, TextChunk


def read(chunk: Chunk, options: ReadOptions, families: Families) -> TextChunk:
    """The lines of a chunk. Bad is a line that is not in the encoding of the input."""
    lines = line_array(chunk)
    try:
        return TextChunk(values=lines.cast(pa.string()), tail=1, labels={})
    except pa.ArrowInvalid:
        found = [bad_encoding(chunk, row, raw, options) for row, raw in enumerate(line_list(chunk))]
        good = pc.filter(lines, pa.array([reject is None for reject in found]))
        rejects = tuple(reject for reject in found if reject is not None)
        return TextChunk(values=good.cast(pa.string()), tail=1, labels={}, rejects=rejects)
