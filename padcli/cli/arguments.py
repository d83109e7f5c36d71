"""Arguments of the commands: the files that they are about."""

from typing import Annotated

import typer

Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="INPUT...",
        show_default=False,
        help="Text or JSONL files, read in this order; - is standard input. "
        "[dim].gz, .bz2, .xz and .zst are decompressed.[/]",
    ),
]
First = Annotated[
    str,
    typer.Argument(
        metavar="A",
        show_default=False,
        help="Text or JSONL, such as a training set: a tokenizer is fitted on it. Or an .npz or .npy of padcli's.",
    ),
]
Second = Annotated[str, typer.Argument(metavar="B", show_default=False, help="The same, such as a test set.")]
Jobs = Annotated[
    list[str] | None,
    typer.Argument(metavar="[JOB...]", show_default=False, help="Names of jobs, as in \\[jobs.train]; all by default."),
]
PaddedFile = Annotated[str, typer.Argument(metavar="OUT", help="An .npz or .npy written by padcli.")]
ExportedTokenizer = Annotated[
    str, typer.Argument(metavar="TOKENIZER", help="A tokenizer fitted with --tokenizer text-vectorization.")
]
