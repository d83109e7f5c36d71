"""Tokenizers that cut words into pieces, trained by Hugging Face's trainers."""

import dataclasses
import hashlib
import json
import tempfile
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np
import orjson
import pyarrow as pa
import tokenizers
from tokenizers import decoders, models, normalizers, pre_tokenizers, processors, trainers

from padcli import interrupts
from padcli.encode.encode import EncodeFirst, encoded_splits
from padcli.encode.fitting import FittedTokenizer
from padcli.encode.summary import NOTHING
from padcli.engine.run import Run
from padcli.engine.stopwatch import measured
from padcli.errors import UsageError
from padcli.files.pending import PendingFiles
from padcli.files.places import folder_of
from padcli.options import TokenizeOptions
from padcli.plan import FitPlan
from padcli.rows.ragged import Texts, Units
from padcli.store.spill import Spool
from padcli.tokenizers import Tokenizer
from padcli.tokenizers.facts import TokenizerFacts
from padcli.tokenizers.splitter import Splitter
from padcli.tokenizers.vocabulary import PAD, UNK

_VOCAB_SIZE = 30_000
_DIGITS = 4  # of a score, after the point
_STEP = 0.0001  # by which the trainer lets such scores differ


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RowSplitter(Splitter):
    """Each text is one unit."""

    name: ClassVar[str] = "rows"

    def split(self, texts: Texts) -> Units:
        """The texts themselves."""
        array = texts.trimmed()
        return Units(
            units=array,
            counts=np.ones(len(array), np.int64),
            codes=np.arange(len(array), dtype=np.int64),
            offsets=np.arange(len(array) + 1),
        )

    def split_tokens(self, tokens: pa.ListArray) -> Units:  # noqa: ARG002 (the base class says it)
        """There is nothing to be cut into pieces."""
        raise UsageError("Subwords are learned from texts, but the field contains lists of tokens.")


def train(plan: FitPlan, pending: PendingFiles, run: Run) -> FittedTokenizer:
    """Train a tokenizer on all inputs of a plan, and save it. The same inputs give the same file."""
    output = plan.tokenizer_output
    folder = Path(tempfile.gettempdir()) if output is None else folder_of(output)
    characters, summary = set[str](), NOTHING
    with Spool[list[str]](folder) as texts:
        for split in encoded_splits(plan, Tokenizer(splitter=RowSplitter()), pending, run, EncodeFirst()):
            rows = [] if split.units is None else split.units.to_pylist()
            texts.append(rows)
            characters.update(*rows)
            summary = summary.merge(split.summary)
        with measured("train"):
            run.on_progress("Training", 0, None)
            trainer = TRAINERS[str(plan.tokenize.tokenizer)]
            raw = interrupts.interruptible(partial(trainer, texts, characters, plan.tokenize))
    if output is not None:
        pending.open(output).write(raw)
    content = json.loads(raw)
    facts = TokenizerFacts(
        name=content["model"]["type"],
        way="",
        special_ids={},
        path=None if output is None else str(output),
        sha256=hashlib.sha256(raw).hexdigest(),
        vocab_size=len(content["model"]["vocab"]),
        unk_tokens=0,
        units=None,
        seen_once=None,
    )
    return FittedTokenizer(summary=summary, facts=facts, has_lengths=False)


def _bpe(texts: Iterable[list[str]], _: set[str], options: TokenizeOptions) -> bytes:
    """Byte-level BPE, as GPT-2's."""
    special = _special(options, PAD)
    least = len(pre_tokenizers.ByteLevel.alphabet()) + len(special)
    if _size(options) < least:
        raise UsageError(
            f"--vocab-size {options.vocab_size}: a byte-level BPE has 256 bytes and {len(special)} special tokens to "
            f"start with, so at least {least} are needed."
        )
    tokenizer = tokenizers.Tokenizer(models.BPE())
    if options.lower:
        tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=_size(options),
        min_frequency=options.min_count or 0,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return _finished(tokenizer, special)


def _wordpiece(texts: Iterable[list[str]], characters: set[str], options: TokenizeOptions) -> bytes:
    """WordPiece, as BERT's."""
    special = _special(options, PAD, UNK)
    tokenizer = tokenizers.Tokenizer(models.WordPiece(unk_token=UNK))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=options.lower is not False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    # The trainer would number the characters within words in the order of a hash map, which is another one each time,
    # and break ties by these numbers. Special tokens are numbered first, in the order given; they are none afterwards.
    within = [f"##{char}" for char in _within_words(tokenizer, characters)]
    trainer = trainers.WordPieceTrainer(
        vocab_size=_size(options),
        min_frequency=options.min_count or 0,
        special_tokens=[*special, *within],
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    if tokenizer.get_vocab_size() > _size(
        options
    ):  # the trainer keeps all characters, however few pieces are asked for
        raise _too_small(options, f"at least {tokenizer.get_vocab_size():,} are needed")
    return _finished(tokenizer, special)


def _within_words(tokenizer: tokenizers.Tokenizer, characters: set[str]) -> list[str]:
    """Return the characters of the texts as they are where they go on a word."""
    normalized = {char for given in characters for char in tokenizer.normalizer.normalize_str(given)}
    return sorted(char for char in normalized if len(tokenizer.pre_tokenizer.pre_tokenize_str(f"a{char}a")) == 1)


def _unigram(texts: Iterable[list[str]], _: set[str], options: TokenizeOptions) -> bytes:
    """Unigram, as SentencePiece's."""
    special = _special(options, PAD, UNK)
    tokenizer = tokenizers.Tokenizer(models.Unigram())
    steps = [normalizers.NFKC(), *([normalizers.Lowercase()] if options.lower else [])]
    tokenizer.normalizer = normalizers.Sequence(steps)
    # Words first: pieces then begin with the space before their word, however many spaces there are.
    cutters = [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(cutters)
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=_size(options), special_tokens=special, unk_token=UNK, show_progress=False
    )
    try:
        tokenizer.train_from_iterator(texts, trainer)
    except Exception as error:  # that is what `tokenizers` raises
        if "not large enough" not in str(error):
            raise
        raise _too_small(options, "it has to be larger") from None
    return _finished(tokenizer, special)


def _too_small(options: TokenizeOptions, how_much: str) -> UsageError:
    kind, size = options.tokenizer, _size(options)
    return UsageError(f"--vocab-size {size}: a {kind} vocabulary contains every character of the text, and {how_much}.")


def _finished(tokenizer: tokenizers.Tokenizer, special: list[str]) -> bytes:
    """The tokenizer's file, with these special tokens alone."""
    if {"[CLS]", "[SEP]"} <= set(special):
        ids = [(token, special.index(token)) for token in ("[CLS]", "[SEP]")]
        tokenizer.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=ids
        )
    content = json.loads(tokenizer.to_str())
    content["added_tokens"] = [token for token in content["added_tokens"] if token["content"] in special]
    if content["model"]["type"] == "Unigram":
        pieces = content["model"]["vocab"]
        content["model"]["vocab"] = pieces[: len(special)] + _in_order(pieces[len(special) :])
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _in_order(pieces: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """Pieces and their scores, without what a hash map has brought into them.

    Scores are sums of floats in its order, so that their last digits differ each time. And the characters that no
    piece was left for share the lowest scores, one step apart, in its order, too.
    """
    rounded = sorted(((piece, round(score, _DIGITS)) for piece, score in pieces), key=lambda pair: (-pair[1], pair[0]))
    first = len(rounded)
    while first and len(rounded[first - 1][0]) == 1:
        above = rounded[first - 1][1] - rounded[-1][1]
        if above > (len(rounded) - first + 1) * _STEP:
            break
        first -= 1
    names = sorted(piece for piece, _ in rounded[first:])
    return rounded[:first] + [(name, score) for name, (_, score) in zip(names, rounded[first:], strict=True)]


def _special(options: TokenizeOptions, *first: str) -> list[str]:
    return list(dict.fromkeys([*first, *options.special_tokens]))


def _size(options: TokenizeOptions) -> int:
    return options.vocab_size or _VOCAB_SIZE


TRAINERS = {"bpe": _bpe, "wordpiece": _wordpiece, "unigram": _unigram}
