"""Texts to ids: by units that are looked up in a vocabulary, or by a tokenizer from somewhere else.

A new tokenizer to be fitted is one new file here, a line in `SPLITTERS`, and its options; a new kind of tokenizer file
is one new file here, and its place in `files`.
"""

import dataclasses
from collections.abc import Mapping
from importlib import import_module
from typing import cast

from padcli.errors import TokenizerFileError, UsageError
from padcli.files.places import as_path, exists
from padcli.options import BUILT_IN_TOKENIZERS, TokenizeOptions
from padcli.rows.template import Template
from padcli.tokenizers.splitter import Splitter
from padcli.tokenizers.vocabulary import PAD, UNK, Vocabulary

SPLITTERS = {
    "word": "padcli.tokenizers.words:WordSplitter",
    "whitespace": "padcli.tokenizers.words:WhitespaceSplitter",
    "pattern": "padcli.tokenizers.patterns:PatternSplitter",
    "tokens": "padcli.tokenizers.words:TokensSplitter",
    "char": "padcli.tokenizers.characters:CharSplitter",
    "byte": "padcli.tokenizers.characters:ByteSplitter",
    "text-vectorization": "padcli.tokenizers.text_vectorization:TextVectorizationSplitter",
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Tokenizer:
    """A splitter, and the vocabulary that gives its units ids; without one it is still to be fitted.

    `kind`: what it is, where the splitter does not say it. `source`: the file that it came from, `sha256` the digest of
    that file, and `config_sha256` that of the configuration beside it. `roles`: ids of the tokens that have one, such
    as "pad". `pad_id`: what to pad with; None where 0 is a real token, and no other is named. `around_ids`: those
    that its post-processor puts before and after each text; None where it does something else; `pair_template`: what it
    does with two texts; None where that is not known. `special_tokens`: names that no text should hold.
    """

    splitter: Splitter
    vocabulary: Vocabulary | None = None
    kind: str = ""
    source: str | None = None
    sha256: str | None = None
    config_sha256: str | None = None
    roles: Mapping[str, int] = dataclasses.field(default_factory=dict)
    pad_id: int | None = 0
    around_ids: tuple[tuple[int, ...], tuple[int, ...]] | None = ((), ())
    pair_template: Template | None = None
    special_tokens: tuple[str, ...] = (PAD, UNK)

    @property
    def name(self) -> str:
        """The kind of tokenizer, for people."""
        return self.kind or self.splitter.title()

    def padding_id(self, chosen: int | None) -> int:
        """Return the id to pad with: the chosen one, or the tokenizer's. Raises `UsageError` where there is neither."""
        if chosen is not None:
            return chosen
        if self.pad_id is None:
            first = None if self.vocabulary is None else self.vocabulary.tokens[0].as_py()
            raise UsageError(
                f"{self.source}: names no padding token, and id 0 is a real token, {first!r}.",
                hint="Choose one with --pad-id, such as the id of the end-of-text token; the mask tells padding from "
                "text. An id beyond the vocabulary makes vocab_size larger.",
            )
        return self.pad_id


def make_splitter(
    name: str, *, lower: bool | None = None, filters: str | None = None, pattern: str | None = None
) -> Splitter:
    """The splitter of that name; None leaves it its own default, and what it does not know is left out."""
    module, _, attribute = SPLITTERS[name].partition(":")
    kind = getattr(import_module(module), attribute)
    fields = {field.name for field in dataclasses.fields(kind)}
    chosen = {"lower": lower, "filters": filters, "pattern": pattern}
    return cast(Splitter, kind(**{key: value for key, value in chosen.items() if key in fields and value is not None}))


def _fresh_splitter(options: TokenizeOptions) -> Splitter:
    """The splitter of a tokenizer that is to be fitted."""
    name = str(options.tokenizer)
    if name == "text-vectorization":
        from padcli.tokenizers import text_vectorization

        return text_vectorization.make(standardize=options.standardize, split=options.split, ngrams=options.ngrams)
    if options.split is not None:
        name = "pattern"
    return make_splitter(name, lower=options.lower, filters=options.filters, pattern=options.split)


def open_tokenizer(options: TokenizeOptions) -> Tokenizer:
    """The tokenizer that was asked for by name, yet to be fitted, or by file.

    Raises `TokenizerFileError` for a name that is neither a built-in one nor a file that padcli understands.
    """
    if not options.is_file:
        splitter = _fresh_splitter(options)
        special_tokens = (PAD, UNK) if options.unk else (PAD,)
        return Tokenizer(splitter=splitter, vocabulary=splitter.fixed_vocabulary(), special_tokens=special_tokens)
    from padcli.tokenizers.external import files

    path = as_path(options.tokenizer)
    if not exists(path) and not path.suffix:
        raise TokenizerFileError(
            f"--tokenizer: {str(path)!r} is neither a file nor one of {', '.join(BUILT_IN_TOKENIZERS)}."
        )
    return files.open_file(path, options)
