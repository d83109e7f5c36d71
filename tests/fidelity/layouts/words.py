"""WordPiece and WordLevel: BERT's field_kind; BPE of words; WordLevel with each pre-tokenizer."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

from fidelity import material
from fidelity.layouts.building import assembled, bpe_trainer, save, set_template, split, trained
from fidelity.layouts.of_models import precompiled

BERT = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
MPNET = ("<s>", "<pad>", "</s>", "<unk>")


def bert(
    *, special: tuple[str, ...] = BERT, unk: str = "[UNK]", template: str = "[CLS] $A [SEP]", vocab_size: int = 1200,
    **options: Any,
) -> Tokenizer:  # fmt: skip
    """BERT's layout, with these options of its normalizer."""
    tokenizer = assembled(
        models.WordPiece(unk_token=unk), normalizer=normalizers.BertNormalizer(**options),
        pre_tokenizer=pre_tokenizers.BertPreTokenizer(),
    )  # fmt: skip
    trainer = trainers.WordPieceTrainer(vocab_size=vocab_size, special_tokens=list(special), show_progress=False)
    return trained(tokenizer, trainer, template=template)


def bert_old() -> Tokenizer:
    tokenizer = bert(lowercase=False)
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return tokenizer


def with_tokens(tokenizer: Tokenizer, *tokens: AddedToken) -> Tokenizer:
    tokenizer.add_tokens(list(tokens))
    return tokenizer


def short_words() -> Tokenizer:
    content = json.loads(bert().to_str())
    content["model"]["max_input_chars_per_word"] = 7
    return Tokenizer.from_str(json.dumps(content))


def word_level(pre_tokenizer: Any, *normalizer: Any, template: str = "") -> Tokenizer:
    tokenizer = assembled(
        models.WordLevel(unk_token="[UNK]"), pre_tokenizer=pre_tokenizer,
        normalizer=normalizers.Sequence(list(normalizer)) if normalizer else None,
    )  # fmt: skip
    trainer = trainers.WordLevelTrainer(vocab_size=900, special_tokens=list(BERT), show_progress=False)
    return trained(tokenizer, trainer, template=template)


def word_bpe(
    pre_tokenizer: Any, *normalizer: Any, template: str = "", alphabet: bool = True, **options: Any
) -> Tokenizer:
    """BPE of characters, with the options of the model."""
    tokenizer = assembled(
        models.BPE(**options), pre_tokenizer=pre_tokenizer,
        normalizer=normalizers.Sequence(list(normalizer)) if normalizer else None,
    )  # fmt: skip
    of_trainer = {key: options[key] for key in ("end_of_word_suffix", "continuing_subword_prefix") if key in options}
    if not alphabet:
        of_trainer |= {"limit_alphabet": 60}
    trainer = bpe_trainer(("<unk>", "[CLS]", "[SEP]"), initial_alphabet=[], **of_trainer)
    return trained(tokenizer, trainer, template=template)


def greek() -> Tokenizer:
    """A BPE that has no id for Latin letters, and leaves them out."""
    tokenizer = assembled(models.BPE(), pre_tokenizer=pre_tokenizers.WhitespaceSplit())
    trainer = bpe_trainer(("[PAD]", "[CLS]", "[SEP]"), initial_alphabet=[], vocab_size=300)
    words = [word for line in material.training_lines() for word in line.split() if "α" <= word[0] <= "ώ"]
    tokenizer.train_from_iterator(words, trainer)
    set_template(tokenizer, "[CLS] $A [SEP]")
    return tokenizer


_PRE = {
    "Whitespace": pre_tokenizers.Whitespace,
    "WhitespaceSplit": pre_tokenizers.WhitespaceSplit,
    "BertPreTokenizer": pre_tokenizers.BertPreTokenizer,
    "Punctuation": pre_tokenizers.Punctuation,
    "Digits": pre_tokenizers.Digits,
    "UnicodeScripts": pre_tokenizers.UnicodeScripts,
    "Metaspace": pre_tokenizers.Metaspace,
    "ByteLevel": pre_tokenizers.ByteLevel,
    "CharDelimiterSplit": lambda: pre_tokenizers.CharDelimiterSplit(" "),
    "CharDelimiterSplit at a comma": lambda: pre_tokenizers.CharDelimiterSplit(","),
    "Split at a space": lambda: pre_tokenizers.Split(" ", "removed"),
    "Split at a space, merged": lambda: pre_tokenizers.Split(" ", "merged_with_next"),
    "Split at white space": lambda: split(r"\s+", "removed"),
    "FixedLength": lambda: pre_tokenizers.FixedLength(4),
}
_DECOMPOSED = (normalizers.NFD(), normalizers.StripAccents(), normalizers.Lowercase())

TOKENIZERS: dict[str, Callable[[], Tokenizer]] = {
    "BERT uncased": bert,
    "BERT cased": lambda: bert(lowercase=False),
    "BERT multilingual": lambda: bert(lowercase=False, strip_accents=False, vocab_size=3000),
    "BERT Chinese": lambda: bert(lowercase=True, strip_accents=None, handle_chinese_chars=True, vocab_size=2500),
    "BERT, accents kept": lambda: bert(lowercase=True, strip_accents=False),
    "BERT, accents stripped, cased": lambda: bert(lowercase=False, strip_accents=True),
    "BERT, Chinese in words": lambda: bert(handle_chinese_chars=False),
    "BERT, text not cleaned": lambda: bert(clean_text=False),
    "BERT with BertProcessing": bert_old,
    "BERT, words of 7": short_words,
    "ELECTRA": lambda: bert(vocab_size=900),
    "DistilBERT": lambda: bert(lowercase=True, vocab_size=700),
    "MPNet": lambda: with_tokens(
        bert(special=MPNET, unk="<unk>", template="<s> $A </s>"),
        AddedToken("<mask>", lstrip=True, normalized=False, special=True),
    ),
    "BERT with added tokens": lambda: with_tokens(
        bert(), AddedToken("<extra>", normalized=False, lstrip=True, rstrip=True),
        AddedToken("[whole]", normalized=False, single_word=True), AddedToken("the", normalized=False),
    ),
    "BERT with normalized tokens": lambda: with_tokens(bert(), AddedToken("Extra", normalized=True)),
    "OpenAI GPT": lambda: word_bpe(
        pre_tokenizers.BertPreTokenizer(), normalizers.BertNormalizer(), unk_token="<unk>", end_of_word_suffix="</w>"
    ),
    "BPE of words, rare characters unknown": lambda: word_bpe(
        pre_tokenizers.Whitespace(), unk_token="<unk>", alphabet=False
    ),
    "BPE of words, unknown fused": lambda: word_bpe(
        pre_tokenizers.Metaspace(), unk_token="<unk>", fuse_unk=True, alphabet=False
    ),
    "BPE of words, unknown left out": lambda: word_bpe(
        pre_tokenizers.WhitespaceSplit(), alphabet=False, template="[CLS] $A [SEP]"
    ),
    "BPE of Greek words, unknown left out": greek,
    "BPE of words, ##": lambda: word_bpe(
        pre_tokenizers.BertPreTokenizer(), normalizers.BertNormalizer(), unk_token="<unk>",
        continuing_subword_prefix="##",
    ),
    "ESM": lambda: word_level(pre_tokenizers.WhitespaceSplit(), template="[CLS] $A [SEP]"),
    "WordLevel, NFD": lambda: word_level(pre_tokenizers.WhitespaceSplit(), *_DECOMPOSED),
    "WordLevel, NFKC": lambda: word_level(pre_tokenizers.Whitespace(), normalizers.NFKC()),
    "WordLevel, case folded": lambda: word_level(pre_tokenizers.Whitespace(), precompiled("nfkc_cf")),
    "WordLevel, words cut at digits": lambda: word_level(
        pre_tokenizers.Sequence([pre_tokenizers.Whitespace(), split(r"\d", "isolated")])
    ),
    "WordLevel, stripped": lambda: word_level(pre_tokenizers.Whitespace(), normalizers.Strip()),
    "WordLevel, replaced": lambda: word_level(
        pre_tokenizers.WhitespaceSplit(), normalizers.Replace(Regex(r"[.,!?]"), " "), normalizers.Lowercase()
    ),
    **{f"WordLevel, {name}": lambda make=make: word_level(make()) for name, make in _PRE.items()},
}  # fmt: skip


def _saving(make: Callable[[], Tokenizer]) -> Callable[[Path], Path]:
    return lambda folder: save(make(), folder)


LAYOUTS = {name: _saving(make) for name, make in TOKENIZERS.items()}
