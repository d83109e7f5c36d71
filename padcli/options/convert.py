"""Options of conversion."""

import dataclasses

from padcli.options.checks import one_of
from padcli.options.choices import Names
from padcli.options.option import OUTPUT, Stage, option


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ConvertOptions(Stage):
    """Changes to arrays on their way to another format."""

    names: Names | None = option(
        None,
        help="Names of the arrays, with the types of masks that go with them. keras: token_ids, padding_mask; hf: "
        "input_ids, attention_mask, token_type_ids. Ids keep their type.",
        panel=OUTPUT,
        shown_default="as they are",
        check=one_of(Names),
    )
    label_map: bool = option(
        False,
        help="Turn labels that are texts into integers, for formats that hold none: classes sorted, numbered from 0.",
        panel=OUTPUT,
    )
