"""Options of writing: where the arrays go, and in which form."""

import dataclasses
from pathlib import Path

from padcli.errors import UsageError
from padcli.options.checks import one_of
from padcli.options.choices import Names
from padcli.options.option import OUTPUT, RUN, Stage, option


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WriteOptions(Stage):
    """Output of arrays. Raises `UsageError`."""

    output: str | Path | None = option(
        None,
        "--output",
        "-o",
        help="out.npz: all arrays in one file; out.npy: only the ids, the rest next to it; -: an npz to stdout.",
        panel=OUTPUT,
        metavar="FILE",
        shown_default="the first input's name with .npz, in the current folder",
        is_keyword=False,
    )
    compress: bool = option(False, help="Compress the npz: smaller, but slower.", panel=OUTPUT, only=("pad",))
    names: Names = option(
        "keras",
        help="Names of the arrays. keras: token_ids, padding_mask; hf: input_ids, attention_mask, token_type_ids.",
        panel=OUTPUT,
        check=one_of(Names),
    )
    save_tokenizer: str | Path | None = option(
        None,
        help="Where to save a fitted tokenizer.",
        panel=OUTPUT,
        metavar="FILE",
        shown_default="next to the output, as OUT.tokenizer.json",
        only=("pad",),
    )
    force: bool = option(
        False,
        help="Replace an existing file that padcli did not write; padcli's own outputs are always replaced.",
        panel=OUTPUT,
        only=("pad",),
    )
    if_changed: bool = option(
        False,
        help="Do nothing if the output was already made from the same inputs, options and versions, judged by content, "
        "not by time; for Makefiles and caches: padcli pad corpus.txt -o out.npz --if-changed",
        panel=RUN,
        only=("pad",),
    )

    def _check_together(self) -> None:
        if self.compress and str(self.output).lower().endswith(".npy"):
            raise UsageError(
                "--compress: an .npy file is never compressed, so that it can be memory-mapped.",
                hint="Write an .npz, or remove --compress.",
            )
