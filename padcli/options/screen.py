"""Options of the screen. They are no keyword arguments of the library."""

import dataclasses

from padcli.options.checks import one_of
from padcli.options.choices import Color
from padcli.options.option import REPORT, RUN, Stage, option


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ScreenOptions(Stage):
    """Output to the terminal."""

    dry_run: bool = option(
        False,
        help="Check options, inputs and tokenizer, and show what would be read and written; write nothing.",
        panel=RUN,
        is_keyword=False,
        only=("pad", "fit", "stats", "run"),
        variants={"run": {"help": "Check the options of all jobs, and show their order; do nothing."}},
    )
    timings: bool = option(
        False,
        help="Show how long each stage took.",
        panel=REPORT,
        is_keyword=False,
        only=("pad", "fit"),
    )
    quiet: bool = option(
        False,
        "--quiet",
        "-q",
        help="Show no summary and no progress; errors and warnings are still shown.",
        panel=REPORT,
        is_keyword=False,
        only=("pad", "fit", "stats", "run", "convert"),
    )
    color: Color = option(
        "auto",
        help="When to use colours and bold text; auto: in a terminal, as NO_COLOR and FORCE_COLOR say.",
        panel=REPORT,
        metavar="WHEN",
        check=one_of(Color),
        is_keyword=False,
    )
    json: bool = option(
        False,
        help="Print the summary as one JSON object on stdout.",
        panel=REPORT,
        is_keyword=False,
        only=("pad", "fit", "stats", "compare", "run", "inspect", "verify", "convert"),
        variants={
            "run": {"help": "Print one JSON object on stdout: the jobs, each with its report."},
            "inspect": {
                "help": "Print one JSON object per row on stdout, with index, length, ids, text, lost and labels; "
                "without a row filter, one object that summarizes the file.",
                "panel": None,
            },
            "verify": {"help": "Print the findings as one JSON object on stdout.", "panel": None},
        },
    )
