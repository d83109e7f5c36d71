"""Byte-level BPE in two files, `vocab.json` and `merges.txt`: GPT-2's, RoBERTa's, CLIP's and Qwen 2's."""

import json
from collections.abc import Callable, Iterable

from padcli.errors import TokenizerFileError, UsageError
from padcli.tokenizers import Tokenizer
from padcli.tokenizers.external import byte_bpe, clip
from padcli.tokenizers.external.byte_bpe import END, Merges
from padcli.tokenizers.external.hub import check_class, class_of
from padcli.tokenizers.external.tokenizer_file import TokenizerFile, decompressed, other_half
from padcli.tokenizers.vocabulary import check_ids

Build = Callable[[TokenizerFile, dict[str, int], Merges], Tokenizer]


def open_pair(file: TokenizerFile) -> Tokenizer:
    """The tokenizer of a vocabulary and its merges, whichever of the two was named."""
    vocab, merges = _halves(file)
    ids = json.loads(vocab)
    if not isinstance(ids, dict):
        raise TypeError("its vocabulary is not a JSON object of tokens and ids")
    check_ids(ids)
    pairs = _merges(merges.splitlines(), ids)
    return _builder(file, ids)(file, ids, pairs)


def _halves(file: TokenizerFile) -> tuple[str, str]:
    """The texts of the vocabulary and of the merges."""
    other = other_half(file.path)
    if other is None:
        raise TokenizerFileError(
            "contains one half of a BPE tokenizer, but the name of the other cannot be derived.",
            hint="Name them vocab.json and merges.txt, in the same folder.",
        )
    if not other.exists():
        raise TokenizerFileError(f"is one half of a BPE tokenizer; {other.name} is missing next to it.")
    texts = file.text, decompressed(other.read_bytes()).decode()
    return texts if file.name.endswith(".json") else (texts[1], texts[0])


def _merges(lines: Iterable[str], ids: dict[str, int]) -> Merges:
    merges = Merges()
    for number, line in enumerate(lines, 1):
        if line.startswith("#version") or not line:
            continue
        first, _, second = line.partition(" ")
        missing = [part for part in (first, second, first + second) if part not in ids]
        if missing or not second:
            what = f"{missing[0]!r} is not in the vocabulary" if second else "expected two tokens"
            raise ValueError(f"line {number} of its merges is {line[:40]!r}: {what}")
        merges.append((first, second))
    return merges


def _builder(file: TokenizerFile, ids: dict[str, int]) -> Build:
    """Choose the maker of the tokenizer: as asked for, by the class that the folder names, or by its special tokens."""
    if file.options.pattern is not None:
        return byte_bpe.with_pattern
    if file.options.scheme is not None:
        if file.options.scheme not in _OF_SCHEME:
            known = " and ".join(_OF_SCHEME)
            raise UsageError(
                f"--scheme: for a vocab.json, only {known} are supported.", hint="For others: --pattern REGEX."
            )
        return _OF_SCHEME[file.options.scheme]
    name = class_of(file.config)
    check_class(name, _OF_CLASS, "vocab.json and merges.txt")
    if name is not None:
        return _OF_CLASS[name]
    for token, build in (("<|startoftext|>", clip.open_pair), ("<s>", byte_bpe.roberta), (END, byte_bpe.gpt2)):
        if token in ids and not (build is clip.open_pair and "!</w>" not in ids):
            return build
    raise UsageError(
        f"{file.path}: is a BPE tokenizer, but nothing says how texts are split before the merges.",
        hint="Name the model's folder; or the scheme, with --scheme gpt2 or qwen; or the regular expression, with "
        "--pattern.",
    )


_OF_CLASS: dict[str, Build] = {
    "GPT2Tokenizer": byte_bpe.gpt2,
    **dict.fromkeys(("RobertaTokenizer", "BartTokenizer", "LongformerTokenizer", "LEDTokenizer"), byte_bpe.roberta),
    "Qwen2Tokenizer": byte_bpe.qwen2,
    "CLIPTokenizer": clip.open_pair,
}
_OF_SCHEME: dict[str, Build] = {"gpt2": byte_bpe.gpt2, "qwen": byte_bpe.qwen2}
