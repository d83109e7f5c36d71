"""Texts to units, and units to ids. A new tokenizer is one new file here, a line in `SPLITTERS`, and its options."""

import dataclasses
import os
from importlib import import_module
from pathlib import Path
from typing import cast

from padcli.errors import TokenizerFileError
from padcli.options import BUILT_IN_TOKENIZERS, TokenizeOptions
from padcli.tokenizers.splitter import Splitter
from padcli.vocabulary import Vocabulary

SPLITTERS = {
    "word": "padcli.tokenizers.words:WordSplitter",
    "whitespace": "padcli.tokenizers.words:WhitespaceSplitter",
    "tokens": "padcli.tokenizers.words:TokensSplitter",
    "char": "padcli.tokenizers.characters:CharSplitter",
    "byte": "padcli.tokenizers.characters:ByteSplitter",
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Tokenizer:
    """A splitter, and the vocabulary that gives its units ids; without one it is still to be fitted.

    `source` is the file that it came from, and `sha256` the digest of that file.
    """

    splitter: Splitter
    vocabulary: Vocabulary | None = None
    source: str | None = None
    sha256: str | None = None


def make_splitter(name: str, *, lower: bool | None = None, filters: str | None = None) -> Splitter:
    """The splitter of that name; None leaves it its own default, and what it does not know is left out."""
    module, _, attribute = SPLITTERS[name].partition(":")
    kind = getattr(import_module(module), attribute)
    fields = {field.name for field in dataclasses.fields(kind)}
    chosen = {"lower": lower, "filters": filters}
    return cast(Splitter, kind(**{key: value for key, value in chosen.items() if key in fields and value is not None}))


def open_tokenizer(options: TokenizeOptions) -> Tokenizer:
    """The tokenizer that was asked for by name, yet to be fitted, or by file.

    Raises `TokenizerFileError` for a name that is neither a built-in one nor a file that padcli understands.
    """
    if not options.is_file:
        splitter = make_splitter(str(options.tokenizer), lower=options.lower, filters=options.filters)
        return Tokenizer(splitter=splitter, vocabulary=splitter.fixed_vocabulary())
    from padcli.tokenizers import tokenizer_json

    path = Path(options.tokenizer)
    if not os.path.exists(path) and not path.suffix:  # noqa: PTH110 (Path.exists raises where it may not look)
        raise TokenizerFileError(
            f"--tokenizer: {str(path)!r} is neither a file nor one of {', '.join(BUILT_IN_TOKENIZERS)}."
        )
    return tokenizer_json.load(path)
