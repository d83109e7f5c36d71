"""Options of fitting: what a fit begins with, and what it keeps."""

import dataclasses
from pathlib import Path

from padcli.options.option import INPUT, OUTPUT, Stage, option


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FitOptions(Stage):
    """Counts to begin with, and files to write."""

    continue_from: str | Path | None = option(
        None,
        help="Go on from the counts of an earlier fit: the tokenizer is that of both inputs, the earlier one first.",
        panel=INPUT,
        metavar="FILE",
    )
    output: str | Path = option(
        "tokenizer.json",
        "--output",
        "-o",
        help="Where the tokenizer goes.",
        panel=OUTPUT,
        metavar="FILE",
        is_keyword=False,
    )
    save_counts: str | Path | None = option(
        None,
        help="Keep all counts in an Arrow file, as in words.arrow, for a later fit with --continue-from.",
        panel=OUTPUT,
        metavar="FILE",
    )
