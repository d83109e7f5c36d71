"""The vocabulary of a fitted tokenizer, as Keras's `TextVectorization` takes it."""

import os

from padcli.errors import UsageError
from padcli.files.output_paths import check_output
from padcli.files.pending import PendingFiles, disk_errors
from padcli.files.places import as_path
from padcli.options import TokenizeOptions
from padcli.tokenizers import open_tokenizer, text_vectorization


def export_vocab(tokenizer: str | os.PathLike[str], output: str | os.PathLike[str]) -> str:
    """Write the vocabulary of a `text-vectorization` tokenizer as `TextVectorization(vocabulary=output)` takes it.

    Returns the layer's call, with what else it has to be given to cut texts in the same way. Raises a `PadcliError`;
    then nothing is written.
    """
    check_output(as_path(output), tokenizer)
    options = TokenizeOptions(tokenizer=os.fspath(tokenizer))
    if not options.is_file:
        raise UsageError(
            f"{options.tokenizer}: expected the file of a fitted tokenizer, not a kind of tokenizer.",
            hint=f"If a file has this name: ./{options.tokenizer}",
        )
    opened = open_tokenizer(options)
    content = text_vectorization.exported(opened)
    with disk_errors(str(output)), PendingFiles() as pending:
        pending.open(as_path(output)).write(content)
    return text_vectorization.layer_call(opened, str(as_path(output)))
