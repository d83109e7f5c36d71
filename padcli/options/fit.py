"""Options of fitting: what a fit begins with, and what it keeps."""

import dataclasses
from pathlib import Path

from padcli.options.checks import location
from padcli.options.option import FITTING, OUTPUT, Stage, option


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FitOptions(Stage):
    """Counts to begin with, and files to write."""

    continue_from: str | Path | None = option(
        None,
        help="Continue from the counts of an earlier fit, as if its input came before this one.",
        panel=FITTING,
        metavar="FILE",
        check=location,
    )
    output: str | Path = option(
        "tokenizer.json",
        "--output",
        "-o",
        help="Where to save the tokenizer.",
        panel=OUTPUT,
        metavar="FILE",
        check=location,
        is_keyword=False,
    )
    save_counts: str | Path | None = option(
        None,
        help="Save all counts to an Arrow file, such as words.arrow, for a later fit with --continue-from.",
        panel=FITTING,
        metavar="FILE",
        check=location,
    )
