"""Text: one record a line.

A record ends at a line feed alone, and a carriage return before it belongs to the line end. The other line breaks of
Unicode (U+2028, U+0085, form feed ...), at which Python's `splitlines` cuts, stay inside their record.
"""

import pyarrow as pa
import pyarrow.compute as pc

from padcli.options import ReadOptions
from padcli.sources.line_source import LineSource
from padcli.sources.lines import LineSplit, bad_encoding, line_array, line_list
from padcli.sources.records import FieldKinds, Records


class TextSource(LineSource):
    """A text, each of its lines a record."""

    @staticmethod
    def read(split: LineSplit, options: ReadOptions, field_kinds: FieldKinds) -> Records:  # noqa: ARG004 (see `Source`)
        """Return the lines of a split. Bad is a line that is not in the encoding of the input."""
        data = split.data
        lines = line_array(split.path, data)
        try:
            return Records(values=lines.cast(pa.string()), tail=1, labels={}, n_lines=len(lines))
        except pa.ArrowInvalid:
            found = [bad_encoding(split.path, row, raw, options) for row, raw in enumerate(line_list(data))]
            good = pc.filter(lines, pa.array([reject is None for reject in found]))
            rejects = tuple(reject for reject in found if reject is not None)
            return Records(values=good.cast(pa.string()), tail=1, labels={}, rejects=rejects, n_lines=len(lines))
