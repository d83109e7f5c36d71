"""Text: one record a line.

A record ends at a line feed alone, and a carriage return before it belongs to the line end. The other line breaks of
Unicode (U+2028, U+0085, form feed ...), at which Python's `splitlines` cuts, stay inside their record.
"""

from padcli.options import ReadOptions
from padcli.sources.line_source import LineSource
from padcli.sources.lines import LineSplit, bad_encoding, line_array, line_list, text_records
from padcli.sources.records import FieldKinds, Records


class TextSource(LineSource):
    """A text, each of its lines a record."""

    @staticmethod
    def read(split: LineSplit, options: ReadOptions, field_kinds: FieldKinds) -> Records:  # noqa: ARG004 (see `Source`)
        """Return the lines of a split. Bad is a line that is not in the encoding of the input."""
        data = split.data
        lines = line_array(split.path, data)
        return text_records(
            lines,
            lambda: (bad_encoding(split.path, row, raw, options) for row, raw in enumerate(line_list(data))),
            tail=1,
            n_lines=len(lines),
        )
