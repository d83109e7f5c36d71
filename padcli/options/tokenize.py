"""Options of tokenizing: how texts become ids."""

import dataclasses
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from padcli.errors import UsageError
from padcli.options.checks import has_half_characters, location, one_of, strings, utf8, whole
from padcli.options.choices import (
    BUILT_IN_TOKENIZERS,
    MOST_NGRAMS,
    TRAINED_TOKENIZERS,
    LayerSplit,
    Scheme,
    Standardize,
)
from padcli.options.option import FITTING, SPECIAL_TOKENS, TOKENIZER, Stage, option, options_of

# The kinds of tokenizer that an option has a meaning for.
_SPLITTERS = ("word", "whitespace", "char")
_CASED = (*_SPLITTERS, *TRAINED_TOKENIZERS)
_COUNTED = (*_SPLITTERS, "text-vectorization", *TRAINED_TOKENIZERS)
_LAYER = ("text-vectorization",)
_FILE = ("file",)
# The functions that give ids, and those that look at the texts, too.
_GIVE_IDS = ("pad", "pad_texts", "stats")
_OPEN_FILES = (*_GIVE_IDS, "compare")

_BUILT_IN = "word (Keras's Tokenizer: lower-case, filter punctuation, split at spaces), whitespace, char, byte"


def _pattern(name: str, value: Any) -> Any:
    if not isinstance(value, str) or not value or has_half_characters(value):
        raise UsageError(f"{name}: expected a regular expression, got {value!r}.")
    return value


def _ngrams(name: str, given: Any) -> int | tuple[int, ...] | None:
    """Parse the layer's `ngrams`: 2 stands for words and pairs of them, (2,) for pairs alone.

    https://keras.io/api/layers/preprocessing_layers/text/text_vectorization/
    """
    parsed: int | tuple[int, ...] | None = given
    if isinstance(given, str) and re.fullmatch(r"\d{1,9}(,\d{1,9})*,?", given, re.ASCII):
        widths = tuple(map(int, given.rstrip(",").split(",")))
        parsed = widths if "," in given else widths[0]
    elif isinstance(given, list | tuple):
        parsed = tuple(given)
    for width in parsed if isinstance(parsed, tuple) and parsed else (parsed,):
        if not isinstance(width, int) or isinstance(width, bool) or not 0 < width <= MOST_NGRAMS:
            raise UsageError(
                f"{name}: expected a number of words from 1 to {MOST_NGRAMS}, or several such as 1,3, got {given!r}."
            )
    return parsed


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TokenizeOptions(Stage):
    """The tokenizer and its settings; None stands for the tokenizer's own default. Raises `UsageError`.

    `tokenizer`: one of `BUILT_IN_TOKENIZERS`, to be fitted; one of `TRAINED_TOKENIZERS`, for `padcli.fit` alone; or a
    tokenizer file of any kind.
    """

    tokenizer: str | Path = option(
        "word",
        help=f"{_BUILT_IN} or text-vectorization (Keras's layer), fitted on the input. Or an existing tokenizer, for "
        "the same ids: a tokenizer.json, a model's folder, vocab.txt, vocab.json, .model, .tiktoken, Keras's JSON, a "
        ".keras file.",
        panel=TOKENIZER,
        metavar="NAME|FILE",
        completions=BUILT_IN_TOKENIZERS,
        check=location,
        variants={
            "fit": {
                "completions": (*BUILT_IN_TOKENIZERS, *TRAINED_TOKENIZERS),
                "help": f"{_BUILT_IN}, text-vectorization (Keras's layer); or subwords, trained by Hugging Face "
                "tokenizers: bpe, wordpiece, unigram.",
                "metavar": "NAME",
            }
        },
    )
    filters: str | None = option(
        None,
        help="word: characters that are replaced by spaces.",
        panel=TOKENIZER,
        metavar="CHARS",
        shown_default="Keras's: ASCII punctuation except ', tab, LF",
        check=utf8,
        tokenizers=("word",),
    )
    split: str | None = option(
        None,
        help=r"word: a Python regular expression to split the text at, instead of filters and spaces, as in "
        r"--split '\W+'; text-vectorization: whitespace, character or none, as in the layer.",
        panel=TOKENIZER,
        metavar="REGEX",
        tokenizers=("word", *_LAYER),
    )
    standardize: Standardize | None = option(
        None,
        help="text-vectorization: how the layer prepares texts: lower_and_strip_punctuation, lower, "
        "strip_punctuation or none.",
        panel=TOKENIZER,
        metavar="NAME",
        shown_default="lower_and_strip_punctuation",
        check=one_of(Standardize),
        tokenizers=_LAYER,
    )
    ngrams: int | tuple[int, ...] | None = option(
        None,
        help="text-vectorization: n-grams of up to N words, as in --ngrams 2; or of exactly these sizes, as in "
        "--ngrams 1,3 or --ngrams 2,",
        panel=TOKENIZER,
        metavar="N|N,N",
        check=_ngrams,
        accepts=int | str | Sequence[int] | None,
        tokenizers=_LAYER,
    )
    lower: bool | None = option(
        None,
        "--lower/--no-lower",
        help="Lower-case the text, or keep its case.",
        panel=TOKENIZER,
        shown_default="--lower for word, --no-lower for whitespace and char",
        tokenizers=_CASED,
    )
    vocab_size: int | None = option(
        None,
        help="Size of the vocabulary, including padding (0) and [UNK] (1): the input_dim of an Embedding. Rarer words "
        "become [UNK].",
        panel=FITTING,
        metavar="N",
        check=whole(2, "padding and [UNK] are included"),
        tokenizers=_COUNTED,
    )
    min_count: int | None = option(
        None,
        help="Words that occur fewer than N times become [UNK].",
        panel=FITTING,
        metavar="N",
        check=whole(1, "how often a word must occur to get an id"),
        tokenizers=_COUNTED,
    )
    unk: bool = option(
        True,
        "--unk/--no-unk",
        help="Words outside the vocabulary become [UNK], or are skipped, as in Keras's Tokenizer without an oov_token; "
        "ids then start at 1 (word, whitespace, char).",
        panel=FITTING,
        tokenizers=_SPLITTERS,
        only=("fit", *_GIVE_IDS),
    )
    special_tokens: Sequence[str] = option(
        (),
        "--special",
        help="bpe, wordpiece, unigram: a special token that is never split, such as [CLS]. May be repeated.",
        panel=SPECIAL_TOKENS,
        metavar="TOKEN",
        check=strings,
        tokenizers=TRAINED_TOKENIZERS,
        only=("fit",),
    )
    scheme: Scheme | None = option(
        None,
        help="For a .tiktoken, or vocab.json with merges.txt: how texts are split first: gpt2, r50k_base, "
        "p50k_base, p50k_edit, cl100k_base, o200k_base, o200k_harmony, whisper, qwen or llama3.",
        panel=TOKENIZER,
        metavar="NAME",
        shown_default="from the file's name",
        check=one_of(Scheme),
        tokenizers=_FILE,
        only=_OPEN_FILES,
        order=1,
    )
    pattern: str | None = option(
        None,
        help="For the same files: split texts first with this regular expression, for a scheme that is not listed.",
        panel=TOKENIZER,
        metavar="REGEX",
        check=_pattern,
        tokenizers=_FILE,
        only=_OPEN_FILES,
        order=1,
    )
    add_special_tokens: bool = option(
        False,
        help="Add the special tokens of the tokenizer's post-processor, such as [CLS] and [SEP]; they count towards "
        "--maxlen.",
        panel=SPECIAL_TOKENS,
        tokenizers=_FILE,
        only=_GIVE_IDS,
    )
    add_bos: bool = option(
        False,
        help="Add the tokenizer's beginning-of-text token, such as <s>, before each row; it counts towards --maxlen.",
        panel=SPECIAL_TOKENS,
        tokenizers=_FILE,
        only=_GIVE_IDS,
    )
    add_eos: bool = option(
        False,
        help="Add the tokenizer's end-of-text token, such as </s>, after each row; it counts towards --maxlen.",
        panel=SPECIAL_TOKENS,
        tokenizers=_FILE,
        only=_GIVE_IDS,
    )
    special_in_text: bool = option(
        True,
        "--special-in-text/--no-special-in-text",
        help="Read the name of a special token in a text, such as <|endoftext|>, as that token, or as plain text.",
        panel=SPECIAL_TOKENS,
        tokenizers=_FILE,
        only=_OPEN_FILES,
    )

    def _check_together(self) -> None:
        if self.pattern is not None and self.scheme is not None:
            raise UsageError("--pattern and --scheme both say how texts are split.", hint="Give only one of them.")
        if self.add_special_tokens and (self.add_bos or self.add_eos):
            raise UsageError(
                "--add-special-tokens already adds the tokens of the tokenizer's post-processor, so it cannot be used "
                "with --add-bos or --add-eos.",
                hint="Give either the first or the others.",
            )
        self._check_meaning()
        if self.split is not None and self.tokenizer == "text-vectorization":
            one_of(LayerSplit)("--split", self.split)
        elif self.split is not None:
            self._check_split(self.split)

    def _check_meaning(self) -> None:
        """Refuse options that are of other tokenizers."""
        kind = "file" if self.is_file else str(self.tokenizer)
        named = "a tokenizer file" if self.is_file else f"--tokenizer {self.tokenizer}"
        for each in options_of(type(self)):
            if each.tokenizers and kind not in each.tokenizers and getattr(self, each.name) != each.default:
                raise UsageError(
                    f"{each.given_as} cannot be used with {named}.",
                    hint=f"Remove {each.given_as}" + (": the file says how it was fitted." if self.is_file else "."),
                )

    def _check_split(self, split: str) -> None:
        from padcli.options.regex import portable

        for given, flag in ((self.filters is not None, "--filters"), (not self.unk, "--no-unk")):
            if given:
                raise UsageError(f"{flag} cannot be used with --split.", hint=f"Remove {flag}.")
        try:
            portable(str(split))
        except ValueError as error:
            raise UsageError(
                f"--split {split!r}: {error}.", hint="See docs/tokenizers.md for the supported syntax."
            ) from error

    @property
    def is_file(self) -> bool:
        """True where a fitted tokenizer is given, so that nothing is fitted."""
        return str(self.tokenizer) not in (*BUILT_IN_TOKENIZERS, *TRAINED_TOKENIZERS)

    @property
    def may_drop(self) -> bool:
        """True where rows may lose units once it is known which of them have an id."""
        return not self.unk and (self.vocab_size is not None or self.min_count is not None)

    @property
    def is_trained(self) -> bool:
        """True where pieces of words are to be learned, for which all of the input is read first."""
        return str(self.tokenizer) in TRAINED_TOKENIZERS
