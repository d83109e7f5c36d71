"""Options of conversion."""

import dataclasses

from padcli.options.option import OUTPUT, Stage, option


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ConvertOptions(Stage):
    """Changes to arrays on their way to another format."""

    label_map: bool = option(
        False,
        help="Turn labels that are texts into integers, for formats that hold none: classes sorted, numbered from 0.",
        panel=OUTPUT,
    )
