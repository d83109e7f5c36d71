"""Tokenizer files made at random: any normalizers, pre-tokenizers, model, post-processor and added tokens.

A name such as `random-20-7` is the seed: the same name gives the same choices. The trainers themselves break ties at
random, so the file of a tokenizer that differs is kept.
"""

import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

from fidelity import material
from fidelity.layouts import models as sentencepiece_models
from fidelity.layouts.building import save, split
from fidelity.layouts.byte_level import BLOOM, CL100K, CLIP, DEEPSEEK3, LLAMA3, QWEN2, TEKKEN
from fidelity.layouts.of_models import precompiled

_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
_BEHAVIORS = ["removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"]
_PATTERNS = [
    BLOOM,
    CL100K,
    CLIP,
    DEEPSEEK3,
    LLAMA3,
    QWEN2,
    TEKKEN,
    r"\s+",
    r"\d",
    r"[a-z]+",
    r"\p{P}",
    r"\w+|[^\w\s]+",
    r"\n",
]
_RULES = ["nmt_nfkc", "nfkc", "nfkc_cf"]
_TEMPLATES = ["[CLS] $A [SEP]", "$A [SEP]", "[CLS] $A", "[CLS] [CLS] $A", "[CLS] $A [SEP] $A", "$A"]


def make(name: str, folder: Path) -> Path:
    """The file of that name."""
    chance = random.Random(name)
    is_model = chance.random() < 0.12
    while True:
        try:
            if is_model:
                return _model(chance, folder)
            tokenizer = _tokenizer(chance)
            tokenizer.encode_batch(["a b", "The cat, 12."])
        except (KeyboardInterrupt, MemoryError):
            raise
        except BaseException:  # noqa: BLE001 (parts that do not fit together: other ones, then)
            continue
        return save(tokenizer, folder)


def _some(chance: random.Random, makers: list[Callable[[random.Random], Any]], weights: list[int]) -> list[Any]:
    number = chance.choices(range(len(weights)), weights)[0]
    return [chance.choice(makers)(chance) for _ in range(number)]


def _flag(chance: random.Random) -> bool:
    return chance.random() < 0.5


_NORMALIZERS: list[Callable[[random.Random], Any]] = [
    lambda chance: normalizers.NFC(),
    lambda chance: normalizers.NFD(),
    lambda chance: normalizers.NFKC(),
    lambda chance: normalizers.NFKD(),
    lambda chance: normalizers.Lowercase(),
    lambda chance: normalizers.StripAccents(),
    lambda chance: normalizers.Nmt(),
    lambda chance: normalizers.Strip(left=_flag(chance), right=_flag(chance)),
    lambda chance: normalizers.BertNormalizer(
        _flag(chance), _flag(chance), chance.choice([None, True, False]), _flag(chance)
    ),
    lambda chance: normalizers.BertNormalizer(),
    lambda chance: normalizers.Prepend(chance.choice(["▁", " ", "x"])),
    lambda chance: normalizers.Replace(
        *chance.choice(
            [
                (" ", "▁"),
                ("``", '"'),
                (Regex(" {2,}"), " "),
                (Regex(r"\s+"), " "),
                (Regex("[.,]"), " "),
                ("a", "b c"),
                (Regex("[0-9]"), "0"),
            ]
        )
    ),
    lambda chance: precompiled(chance.choice(_RULES)),
]
_CUTTERS: list[Callable[[random.Random], Any]] = [  # those that begin by cutting at spaces
    lambda chance: pre_tokenizers.BertPreTokenizer(),
    lambda chance: pre_tokenizers.Whitespace(),
    lambda chance: pre_tokenizers.WhitespaceSplit(),
    lambda chance: pre_tokenizers.CharDelimiterSplit(" "),
    lambda chance: pre_tokenizers.Metaspace(
        prepend_scheme=chance.choice(["always", "first", "never"]), split=_flag(chance) or _flag(chance)
    ),
    lambda chance: pre_tokenizers.Split(" ", chance.choice(_BEHAVIORS)),
    lambda chance: pre_tokenizers.ByteLevel(add_prefix_space=_flag(chance), use_regex=True),
    lambda chance: split(chance.choice(_PATTERNS), chance.choice(_BEHAVIORS), invert=_flag(chance)),
]
_PRE_TOKENIZERS: list[Callable[[random.Random], Any]] = [
    *_CUTTERS,
    lambda chance: pre_tokenizers.Punctuation(chance.choice(_BEHAVIORS)),
    lambda chance: pre_tokenizers.Digits(individual_digits=_flag(chance)),
    lambda chance: pre_tokenizers.UnicodeScripts(),
    lambda chance: pre_tokenizers.FixedLength(chance.randint(2, 7)),
    lambda chance: pre_tokenizers.CharDelimiterSplit(chance.choice("-,e")),
    lambda chance: pre_tokenizers.ByteLevel(add_prefix_space=_flag(chance), use_regex=_flag(chance)),
]


def _tokenizer(chance: random.Random) -> Tokenizer:
    byte_level = chance.random() < 0.3
    normalizer = _some(chance, _NORMALIZERS, [4, 4, 2, 1])
    if byte_level and chance.random() < 0.7:  # the layouts that a byte-level BPE has in practice
        normalizer = [chance.choice([normalizers.NFC, normalizers.NFKC, normalizers.NFD])()] if _flag(chance) else []
        behavior, invert = chance.choice([("isolated", False), ("removed", True)])
        cut = [split(chance.choice(_PATTERNS[:7]), behavior, invert=invert)] if _flag(chance) else []
        cut = [pre_tokenizers.Digits(_flag(chance)), *cut] if chance.random() < 0.2 else cut
        pre = [*cut, pre_tokenizers.ByteLevel(add_prefix_space=_flag(chance), use_regex=not cut)]
    else:
        pre = [chance.choice(_CUTTERS)(chance)] if chance.random() < 0.7 else []
        pre += _some(chance, _PRE_TOKENIZERS, [5, 3, 1])
        pre += [pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)] if byte_level else []
    return _trained(chance, normalizer, pre, byte_level=byte_level)


def _trained(chance: random.Random, normalizer: list[Any], pre: list[Any], *, byte_level: bool) -> Tokenizer:
    lines = chance.sample(material.training_lines(), 250)
    kind = "bpe" if byte_level else chance.choice(["bpe", "bpe", "wordpiece", "wordlevel", "unigram", "unigram"])
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0}, "[UNK]"))
    if normalizer:
        tokenizer.normalizer = (
            normalizers.Sequence(normalizer) if len(normalizer) > 1 or _flag(chance) else normalizer[0]
        )
    if pre:
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(pre) if len(pre) > 1 or _flag(chance) else pre[0]
    if kind == "unigram":
        tokenizer.model = _unigram(chance, tokenizer, lines)
        tokenizer.add_special_tokens(_SPECIAL)
    else:
        model, trainer = _untrained(chance, kind, byte_level=byte_level)
        tokenizer.model = model
        tokenizer.train_from_iterator(lines, trainer)
    _add_tokens(chance, tokenizer)
    _add_post_processor(chance, tokenizer)
    if chance.random() < 0.1:
        tokenizer.enable_truncation(chance.randint(3, 9))
        tokenizer.enable_padding(pad_id=0, pad_token="[PAD]", length=chance.choice([None, 12]))
    return _changed(chance, tokenizer)


def _untrained(chance: random.Random, kind: str, *, byte_level: bool) -> tuple[Any, Any]:
    common: dict[str, Any] = {
        "special_tokens": _SPECIAL,
        "show_progress": False,
        "vocab_size": chance.choice([120, 400, 800]),
    }
    if kind == "wordlevel":
        return models.WordLevel(unk_token="[UNK]"), trainers.WordLevelTrainer(**common)
    if kind == "wordpiece":
        prefix = chance.choice(["##", "##", "@@"])
        model = models.WordPiece(unk_token="[UNK]", continuing_subword_prefix=prefix)
        return model, trainers.WordPieceTrainer(continuing_subword_prefix=prefix, **common)
    if byte_level:
        suffix = {"end_of_word_suffix": "</w>"} if chance.random() < 0.1 else {}
        unknown = {"unk_token": "[UNK]"} if suffix else {}
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        return models.BPE(**unknown, **suffix), trainers.BpeTrainer(initial_alphabet=alphabet, **suffix, **common)
    options: dict[str, Any] = {}
    if chance.random() < 0.7:
        options |= {"unk_token": "[UNK]", "fuse_unk": _flag(chance)}
    affix = chance.choice([{}, {}, {"end_of_word_suffix": "</w>"}, {"continuing_subword_prefix": "##"}])
    limit = {"limit_alphabet": chance.choice([30, 200])}
    return models.BPE(**options, **affix), trainers.BpeTrainer(**affix, **limit, **common)


def _unigram(chance: random.Random, tokenizer: Tokenizer, lines: list[str]) -> Any:
    """Pieces of the words with scores that are often equal."""
    counts = Counter[str]()
    for line in lines[:150]:
        text = tokenizer.normalizer.normalize_str(line) if tokenizer.normalizer else line
        words = tokenizer.pre_tokenizer.pre_tokenize_str(text) if tokenizer.pre_tokenizer else [(text, None)]
        for word, _ in words:
            counts.update(word[i : i + n] for i in range(len(word)) for n in (1, 1, 2, 3, 4))
    total, digits = sum(counts.values()), chance.choice([0, 1, 3, 7])
    from math import log

    vocab = [("[UNK]", 0.0)] + [
        (piece, round(log(count / total), digits)) for piece, count in counts.most_common(chance.choice([150, 600]))
    ]
    return models.Unigram(vocab, unk_id=0, byte_fallback=False)


def _add_tokens(chance: random.Random, tokenizer: Tokenizer) -> None:
    contents = ["<mask>", "<extra id>", "the", "[whole]", "  ", "Ünïted", "ﬁ", "\n\n", "▁x", "10"]
    for content in chance.sample(contents, chance.choices([0, 1, 3], [5, 3, 2])[0]):
        names = ("lstrip", "rstrip", "single_word", "normalized", "special")
        flags = {name: chance.random() < (0.5 if name == "special" else 0.25) for name in names}
        tokenizer.add_tokens([AddedToken(content, **flags)])


def _add_post_processor(chance: random.Random, tokenizer: Tokenizer) -> None:
    ids = {token: tokenizer.token_to_id(token) for token in ("[CLS]", "[SEP]")}
    pairs = list(ids.items())
    template = processors.TemplateProcessing(single=chance.choice(_TEMPLATES), special_tokens=pairs)
    found = chance.choice(
        [
            None,
            None,
            template,
            template,
            template,
            processors.BertProcessing(pairs[1], pairs[0]),
            processors.RobertaProcessing(pairs[1], pairs[0], _flag(chance), _flag(chance)),
            processors.ByteLevel(trim_offsets=_flag(chance)),
            processors.Sequence([processors.ByteLevel(), template]),
        ]
    )
    if found is not None:
        tokenizer.post_processor = found


def _changed(chance: random.Random, tokenizer: Tokenizer) -> Tokenizer:
    """The tokenizer with options of its model that only its file can have."""
    content = json.loads(tokenizer.to_str())
    model = content["model"]
    if model["type"] == "WordPiece" and chance.random() < 0.3:
        model["max_input_chars_per_word"] = chance.choice([3, 10])
    if model["type"] == "BPE":
        model["ignore_merges"] = chance.random() < 0.3
    return Tokenizer.from_str(json.dumps(content))


def _model(chance: random.Random, folder: Path) -> Path:
    """A SentencePiece model with options at random."""
    kind = chance.choice(["unigram", "unigram", "bpe", "bpe", "char", "word"])
    options: dict[str, Any] = {"vocab_size": chance.choice([600, 900, 1500])}
    choices: dict[str, list[Any]] = {
        "normalization_rule_name": ["nmt_nfkc", "nmt_nfkc", "nfkc", "nfkc_cf", "nmt_nfkc_cf", "identity"],
        "character_coverage": [0.9995, 0.98],
        "add_dummy_prefix": [True, True, True, False],
        "remove_extra_whitespaces": [True, False],
        "split_digits": [False, True],
        "split_by_unicode_script": [True, False],
        "split_by_whitespace": [True, True, True, False],
        "treat_whitespace_as_suffix": [False, False, False, True],
        "allow_whitespace_only_pieces": [False, True],
        "user_defined_symbols": [(), (), ("<mask>",), ("▁▁", "10"), ("the",)],
        "control_symbols": [(), ("<cls>",)],
        "pad_id": [-1, 3],
    }
    options |= {name: chance.choice(some) for name, some in choices.items()}
    if kind in ("unigram", "bpe") and chance.random() < 0.4:
        options |= {"byte_fallback": True, "vocab_size": options["vocab_size"] + 300}
    path = folder / "random.model"
    path.write_bytes(sentencepiece_models.model(kind, **options))
    return path
