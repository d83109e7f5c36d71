"""`tokenizer.json` files made of SentencePiece models: T5, XLM-R, ALBERT, Llama 2, Gemma."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers

from fidelity.layouts.building import save, set_template
from fidelity.layouts.models import OPTIONS, model

_UNKNOWN = 2


def _proto(kind: str, **options: Any) -> Any:
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(model(kind, **options))
    return proto


def precompiled(rule: str = "nmt_nfkc") -> Any:
    """The normalizer that holds SentencePiece's own rules."""
    return normalizers.Precompiled(_proto("unigram", normalization_rule_name=rule).normalizer_spec.precompiled_charsmap)


def one_space(to: str = " ") -> Any:
    return normalizers.Replace(Regex(" {2,}"), to)


def metaspace(*, scheme: str = "always", split: bool = True) -> Any:
    return pre_tokenizers.Metaspace(replacement="▁", prepend_scheme=scheme, split=split)


def words(*parts: Any) -> Any:
    return pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), *parts])


def unigram(
    *normalizer: Any, pre: Any = None, template: str = "<s> $A </s>", mask: bool = True, **options: Any
) -> Tokenizer:
    """A Unigram of a SentencePiece model, with the pieces of Hugging Face's converter around it."""
    proto = _proto("unigram", **options)
    vocab = [(piece.piece, piece.score) for piece in proto.pieces]
    fallback = bool(options.get("byte_fallback"))
    tokenizer = Tokenizer(models.Unigram(vocab, unk_id=proto.trainer_spec.unk_id, byte_fallback=fallback))
    if normalizer:
        tokenizer.normalizer = normalizers.Sequence(list(normalizer))
    if pre is not None:
        tokenizer.pre_tokenizer = pre
    controls = [piece.piece for piece in proto.pieces if piece.type in (_UNKNOWN, 3)]
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in controls])
    if mask:
        tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, normalized=False, special=True)])
    if template:
        set_template(tokenizer, template)
    return tokenizer


def bpe(
    normalizer: Any, pre: Any = None, *, layout: str = "bpe, Llama 2", fallback: bool = True, normalized: bool = False
) -> Tokenizer:
    """A BPE of a SentencePiece model: its merges are all pairs of pieces that make a piece, by their scores."""
    options = dict(OPTIONS[layout])
    proto = _proto(options.pop("model_type"), **options)
    ids = {piece.piece: id_ for id_, piece in enumerate(proto.pieces)}
    scores = {piece.piece: piece.score for piece in proto.pieces}
    merges = []
    for piece in ids:
        cuts = [(piece[:i], piece[i:]) for i in range(1, len(piece)) if piece[:i] in ids and piece[i:] in ids]
        merges += [(scores[piece], *cut) for cut in sorted(cuts, key=lambda cut: (ids[cut[0]], ids[cut[1]]))]
    merges.sort(key=lambda merge: -merge[0])
    joined = [(left, right) for _, left, right in merges]
    tokenizer = Tokenizer(models.BPE(ids, joined, unk_token="<unk>", fuse_unk=True, byte_fallback=fallback))
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    if pre is not None:
        tokenizer.pre_tokenizer = pre
    special = [AddedToken(token, normalized=normalized, special=True) for token in ("<unk>", "<s>", "</s>")]
    tokenizer.add_special_tokens(special)
    set_template(tokenizer, "<s> $A")
    return tokenizer


def _prepended() -> Any:
    return normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])


def _albert() -> list[Any]:
    quotes = [normalizers.Replace(mark, '"') for mark in ("``", "''")]
    return [
        *quotes,
        normalizers.NFKD(),
        normalizers.StripAccents(),
        normalizers.Lowercase(),
        precompiled(),
        one_space(),
    ]


TOKENIZERS: dict[str, Callable[[], Tokenizer]] = {
    "T5": lambda: unigram(precompiled(), pre=words(metaspace()), template="$A </s>"),
    "T5, not of words": lambda: unigram(precompiled(), one_space(), pre=metaspace(), template="$A </s>"),
    "T5, space to ▁": lambda: unigram(normalizers.Strip(left=False), precompiled(), one_space("▁"), pre=metaspace()),
    "XLM-R": lambda: unigram(precompiled(), pre=words(metaspace())),
    "mBART": lambda: unigram(precompiled(), one_space(), pre=words(metaspace()), template="$A </s>"),
    "CamemBERT": lambda: unigram(precompiled(), pre=words(metaspace()), template="<s> $A </s>", mask=False),
    "Pegasus": lambda: unigram(precompiled(), one_space(), pre=words(metaspace()), template="$A </s>"),
    "ALBERT": lambda: unigram(*_albert(), pre=metaspace()),
    "XLNet": lambda: unigram(*_albert(), pre=words(metaspace()), template="$A <s> </s>"),
    "DeBERTa v3": lambda: unigram(normalizers.Strip(), precompiled(), one_space(), pre=metaspace()),
    "DeBERTa v2, punctuation": lambda: unigram(
        normalizers.Strip(), precompiled(),
        pre=pre_tokenizers.Sequence([pre_tokenizers.Punctuation("isolated"), metaspace()]),
    ),
    "Unigram, prepend first": lambda: unigram(precompiled(), pre=metaspace(scheme="first")),
    "Unigram, prepend never": lambda: unigram(precompiled(), pre=metaspace(scheme="never")),
    "Unigram, no split": lambda: unigram(precompiled(), pre=metaspace(split=False)),
    "Unigram, NFKC": lambda: unigram(normalizers.NFKC(), pre=metaspace()),
    "Unigram, NFKC, lower case": lambda: unigram(normalizers.NFKC(), normalizers.Lowercase(), pre=metaspace()),
    "Unigram, Nmt and NFKC": lambda: unigram(normalizers.Nmt(), normalizers.NFKC(), one_space(), pre=metaspace()),
    "Unigram, nfkc_cf": lambda: unigram(precompiled("nfkc_cf"), pre=metaspace(), normalization_rule_name="nfkc_cf"),
    "Unigram, byte fallback": lambda: unigram(precompiled(), pre=metaspace(), byte_fallback=True, vocab_size=1800),
    "Unigram of pieces of two words": lambda: unigram(precompiled(), pre=metaspace(), split_by_whitespace=False),
    "Unigram without a normalizer": lambda: unigram(pre=metaspace()),
    "Unigram without a pre-tokenizer": lambda: unigram(precompiled()),
    "Llama 2": lambda: bpe(_prepended()),
    "Llama 2, normalized tokens": lambda: bpe(_prepended(), normalized=True),
    "Llama 2, Metaspace first": lambda: bpe(None, metaspace(scheme="first", split=False)),
    "Mistral, Metaspace first, split": lambda: bpe(None, metaspace(scheme="first")),
    "Gemma": lambda: bpe(
        normalizers.Replace(" ", "▁"), pre_tokenizers.Split(" ", "merged_with_previous"), layout="bpe, Gemma"
    ),
    "Gemma, no pre-tokenizer": lambda: bpe(normalizers.Replace(" ", "▁"), layout="bpe, Gemma"),
    "BPE, Metaspace always, nmt_nfkc": lambda: bpe(precompiled(), metaspace(), layout="bpe", fallback=False),
    "BPE, Metaspace always, byte fallback": lambda: bpe(None, metaspace(), layout="bpe, byte fallback"),
}  # fmt: skip


def _saving(make: Callable[[], Tokenizer]) -> Callable[[Path], Path]:
    return lambda folder: save(make(), folder)


LAYOUTS = {name: _saving(make) for name, make in TOKENIZERS.items()}
