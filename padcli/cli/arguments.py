"""Arguments of the commands: the files that they are about."""

from typing import Annotated

import typer

Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="INPUT...",
        show_default=False,
        help="Text, JSONL, CSV, Parquet ..., folders, archives, URLs, or patterns such as 'data/*.txt', compressed "
        "or not; - is standard input.",
    ),
]
First = Annotated[
    str,
    typer.Argument(
        metavar="A",
        show_default=False,
        help="Text or JSONL, such as a training set: a tokenizer is fitted on it. Or an output of padcli pad.",
    ),
]
Second = Annotated[str, typer.Argument(metavar="B", show_default=False, help="The same, such as a test set.")]
Jobs = Annotated[
    list[str] | None,
    typer.Argument(metavar="[JOB...]", show_default=False, help="Names of jobs, as in \\[jobs.train]; all by default."),
]
PaddedFile = Annotated[str, typer.Argument(metavar="OUT", help="An output of padcli pad, such as corpus.npz.")]
Source = Annotated[
    str, typer.Argument(metavar="A", show_default=False, help="An output of padcli, or the index of its shards.")
]
Target = Annotated[
    str, typer.Argument(metavar="B", show_default=False, help="The output to write; its extension says the format.")
]
ExportedTokenizer = Annotated[
    str, typer.Argument(metavar="TOKENIZER", help="A tokenizer fitted with --tokenizer text-vectorization.")
]
