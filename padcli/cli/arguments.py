"""Arguments of the commands: the files that they are about."""

from typing import Annotated

import typer

Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="INPUT...",
        show_default=False,
        help="Text or JSONL files, in the order of their rows; - is standard input. "
        "[dim].gz, .bz2, .xz and .zst are decompressed.[/]",
    ),
]
First = Annotated[
    str,
    typer.Argument(
        metavar="A",
        show_default=False,
        help="Text or JSONL, such as what is trained on: a tokenizer is fitted on it; or an .npz or .npy of padcli.",
    ),
]
Second = Annotated[str, typer.Argument(metavar="B", show_default=False, help="The same, such as what is tested on.")]
PaddedFile = Annotated[str, typer.Argument(metavar="OUT", help="An .npz or .npy that padcli wrote.")]
ExportedTokenizer = Annotated[
    str, typer.Argument(metavar="TOKENIZER", help="What padcli fitted with --tokenizer text-vectorization.")
]
