"""Options of rows: which records become rows, and how."""

import dataclasses

from padcli.options.option import PADDING, Stage, option


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RowOptions(Stage):
    """From records to rows. Raises `UsageError`."""

    overflow: str = option("cut", help="Records longer than maxlen: cut them.", panel=PADDING)
    # padcli.rows.shapes has its check, since it knows all shapes
