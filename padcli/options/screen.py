"""Options of the screen. They are no keyword arguments of the library."""

import dataclasses

from padcli.options.option import SCREEN, SPEED, Stage, option


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ScreenOptions(Stage):
    """Output to the terminal."""

    timings: bool = option(
        False,
        help="Show where the time went, stage by stage.",
        panel=SPEED,
        is_keyword=False,
        only=("pad", "fit"),
    )
    quiet: bool = option(
        False,
        "--quiet",
        "-q",
        help="No summary and no progress; errors are still shown.",
        panel=SCREEN,
        is_keyword=False,
        only=("pad", "fit"),
    )
    json: bool = option(
        False,
        help="The facts of the summary as one JSON object on stdout.",
        panel=SCREEN,
        is_keyword=False,
        variants={
            "inspect": {
                "help": "One JSON object a row on stdout, with index, length, ids, text, lost and labels; without an "
                "option of the rows, one object for the content of the file.",
                "panel": None,
            },
            "verify": {"help": "The findings as one JSON object on stdout.", "panel": None},
        },
    )
