"""Vocabularies of one token a line, `vocab.txt`: BERT's WordPiece and what is built like it, and ESM's."""

import io
from typing import Any

import tokenizers
from tokenizers import AddedToken, Regex, decoders, models, normalizers, pre_tokenizers

from padcli.errors import TokenizerFileError
from padcli.tokenizers import Tokenizer
from padcli.tokenizers.external.hub import BERT, ROBERTA, Roles, check_class, class_of, flag, open_built
from padcli.tokenizers.external.tokenizer_file import TokenizerFile

_BERT: Roles = {"unk": "[UNK]", "sep": "[SEP]", "pad": "[PAD]", "cls": "[CLS]", "mask": "[MASK]"}
_MPNET: Roles = {
    "bos": "<s>", "eos": "</s>", "sep": "</s>", "cls": "<s>", "unk": "[UNK]", "pad": "<pad>",
    "mask": AddedToken("<mask>", lstrip=True),
}  # fmt: skip
_FUNNEL: Roles = {
    "unk": "<unk>", "sep": "<sep>", "pad": "<pad>", "cls": "<cls>", "mask": "<mask>", "bos": "<s>", "eos": "</s>",
}  # fmt: skip
_FUNNEL_TEMPLATES = ("cls:2 $A sep", "cls:2 $A sep $B:1 sep:1")
_ESM: Roles = {"unk": "<unk>", "cls": "<cls>", "pad": "<pad>", "mask": "<mask>", "eos": "<eos>"}

# Classes that are BERT's algorithm, and the special tokens that they have by themselves; in transformers, most are
# other names for it, or subclasses without code.
_WORDPIECE: dict[str, Roles] = {
    **dict.fromkeys(
        (
            "BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "MobileBertTokenizer", "ConvBertTokenizer",
            "SqueezeBertTokenizer", "LayoutLMTokenizer", "LxmertTokenizer",
            "DPRContextEncoderTokenizer", "DPRQuestionEncoderTokenizer", "DPRReaderTokenizer",
        ),
        _BERT,
    ),
    "MPNetTokenizer": _MPNET,
    "FunnelTokenizer": _FUNNEL,
}  # fmt: skip
_CLASSES = {**_WORDPIECE, "EsmTokenizer": _ESM}


def open_by_class(file: TokenizerFile) -> Tokenizer:
    """The tokenizer of the class that the folder names; raises `TokenizerFileError` for others than the known ones."""
    name = class_of(file.config)
    check_class(name, _CLASSES, file.name)
    return _open_esm(file) if name == "EsmTokenizer" else open_bert(file, _WORDPIECE[name or "BertTokenizer"])


def open_bert(file: TokenizerFile, roles: Roles = _BERT) -> Tokenizer:
    """BERT's WordPiece, as `BertTokenizer` is built in transformers 5; raises `TokenizerFileError`.

    https://github.com/huggingface/transformers/blob/main/src/transformers/models/bert/tokenization_bert.py
    """
    config = file.config
    if not flag(config, "do_basic_tokenize", default=True) or config.get("never_split"):
        raise TokenizerFileError(
            "its configuration has do_basic_tokenize or never_split, which transformers dropped in version 5.",
            hint="Save the tokenizer as a tokenizer.json, or remove the option from tokenizer_config.json.",
        )
    vocab = {token: id_ for id_, token in enumerate(_tokens(file))}
    unk = _name(config.get("unk_token")) or str(roles["unk"])
    if unk not in vocab:
        raise ValueError(f"its unknown token {unk!r} is not in the vocabulary")
    accents = config.get("strip_accents")  # null: as it lower-cases
    tokenizer = tokenizers.Tokenizer(models.WordPiece(vocab, unk_token=unk))
    tokenizer.normalizer = normalizers.BertNormalizer(
        clean_text=flag(config, "clean_text", default=True) if roles is _FUNNEL else True,
        handle_chinese_chars=flag(config, "tokenize_chinese_chars", default=True),
        strip_accents=None if accents is None else flag(config, "strip_accents", default=False),
        lowercase=flag(config, "do_lower_case", default=True),
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    templates = ROBERTA if roles is _MPNET else _FUNNEL_TEMPLATES if roles is _FUNNEL else BERT
    return open_built(tokenizer, file, roles, templates)


def _open_esm(file: TokenizerFile) -> Tokenizer:
    """ESM's: a text is cut at every token of the vocabulary, and what is between at white space.

    https://github.com/huggingface/transformers/blob/main/src/transformers/models/esm/tokenization_esm.py
    """
    vocab = {token: id_ for id_, token in enumerate(map(str.strip, file.text.splitlines()))}
    unk = _name(file.config.get("unk_token")) or str(_ESM["unk"])
    if unk not in vocab:
        raise ValueError(f"its unknown token {unk!r} is not in the vocabulary")
    tokenizer = tokenizers.Tokenizer(models.WordLevel(vocab, unk_token=unk))
    # All that `str.split()` takes for white space.
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\x1c-\x1f]+"), "removed")
    tokenizer.decoder = decoders.Fuse()
    tokenizer.add_tokens([AddedToken(token, normalized=False) for token in vocab if token])
    return open_built(tokenizer, file, _ESM, ("cls $A eos", "cls $A eos $B:1 eos:1"))


def _tokens(file: TokenizerFile) -> list[str]:
    """The tokens, as Python reads lines in transformers: a BOM is a part of the first."""
    with io.TextIOWrapper(io.BytesIO(file.raw), encoding="utf-8") as lines:
        return [line.rstrip("\n") for line in lines]


def _name(token: Any) -> str | None:
    return token.get("content") if isinstance(token, dict) else token
