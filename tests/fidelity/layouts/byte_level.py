"""Byte-level BPE: from GPT-2 to DeepSeek."""

import json
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from fidelity.layouts.building import assembled, bpe_trainer, save, split, trained
from fidelity.layouts.ranks import pattern_of
from padcli.tokenizers.characters import byte_characters

ENDS = ("<|endoftext|>",)
CHAT = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
ROBERTA = ("<s>", "<pad>", "</s>", "<unk>")
LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
QWEN35 = QWEN2.replace(r"[^\r\n\p{L}\p{N}]?\p{L}+", r"[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+").replace(
    r"[^\s\p{L}\p{N}]", r"[^\s\p{L}\p{M}\p{N}]"
)
CJK = "[一-龥\u3040-ゟ゠-ヿ]+"
DEEPSEEK3 = (
    (  # with real line ends in it, as in the file
        r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^RN\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[RN]*"
        r"|\s*[RN]+|\s+(?!\S)|\s+"
    )
    .replace("RN", "\r\n")
    .replace('\\"', '"')
)
CL100K = LLAMA3.replace(r"\s*[\r\n]+", r"\s*[\r\n]")
TEKKEN = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
    r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CLIP = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
BLOOM = r" ?[^(\s|[.,!?…。，、।۔،])]+"


def byte_level(*, prefix: bool = False, regex: bool = True) -> Any:
    return pre_tokenizers.ByteLevel(add_prefix_space=prefix, use_regex=regex)


def sequence(*parts: Any) -> Any:
    """Pre-tokenizers, and the byte-level one after them that cuts no more."""
    return pre_tokenizers.Sequence([*parts, byte_level(regex=False)])


def gpt2(
    special: Sequence[str | AddedToken] = ENDS,
    *,
    normalizer: Any = None,
    pre_tokenizer: Any = None,
    template: str = "",
    post_processor: Any = None,
    model: dict[str, Any] | None = None,
    added: Sequence[AddedToken] = (),
) -> Tokenizer:
    """GPT-2's layout, or another with these parts instead; `model`: fields of the model to be changed."""
    tokenizer = assembled(models.BPE(), normalizer=normalizer, pre_tokenizer=pre_tokenizer or byte_level())
    trained(tokenizer, bpe_trainer(special))
    if model:
        content = json.loads(tokenizer.to_str())
        content["model"] |= model
        tokenizer = Tokenizer.from_str(json.dumps(content))
    if added:
        tokenizer.add_tokens(list(added))
    tokenizer.post_processor = post_processor or processors.ByteLevel(trim_offsets=False)
    if template:
        tokens = [token for token in template.split(" ") if token != "$A"]
        of_template = processors.TemplateProcessing(
            single=template, special_tokens=[(token, tokenizer.token_to_id(token)) for token in tokens]
        )
        tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), of_template])
    return tokenizer


def ignoring_merges() -> Tokenizer:
    """A layout that takes words which are tokens as they are, with every fifth merge missing."""
    tokenizer = gpt2(pre_tokenizer=pre_tokenizers.Sequence([pre_tokenizers.Digits(True), byte_level()]))
    content = json.loads(tokenizer.to_str())
    merges = [merge for i, merge in enumerate(content["model"]["merges"]) if i % 5]
    content["model"] |= {"merges": merges, "ignore_merges": True}
    return Tokenizer.from_str(json.dumps(content))


def roberta(*, prefix: bool = False) -> Tokenizer:
    mask = AddedToken("<mask>", lstrip=True, special=True, normalized=False)
    return gpt2(
        [*ROBERTA, mask],
        pre_tokenizer=byte_level(prefix=prefix),
        post_processor=processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=prefix),
    )


def clip() -> Tokenizer:
    tokenizer = assembled(
        models.BPE(unk_token="<|endoftext|>", end_of_word_suffix="</w>"),
        normalizer=normalizers.Sequence(
            [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
        ),
        pre_tokenizer=pre_tokenizers.Sequence([split(CLIP, "removed", invert=True), byte_level()]),
    )
    special = ("<|startoftext|>", "<|endoftext|>")
    trained(tokenizer, bpe_trainer(special, end_of_word_suffix="</w>"))
    tokenizer.post_processor = processors.RobertaProcessing(("<|endoftext|>", 1), ("<|startoftext|>", 0), False, False)
    return tokenizer


def whitespace_tokens(longest: int = 24) -> list[AddedToken]:
    """Runs of spaces as added tokens, as GPT-NeoX and Phi have them."""
    return [AddedToken(" " * n, normalized=True, special=False) for n in range(longest, 1, -1)]


def deepseek_llm() -> Tokenizer:
    parts = [split(r"[\r\n]"), split(r"\s?\p{L}+"), split(r"\s?\p{P}+"), split(CJK), pre_tokenizers.Digits(True)]
    return gpt2(["<|begin|>", "<|end|>"], pre_tokenizer=sequence(*parts), template="<|begin|> $A")


TOKENIZERS: dict[str, Callable[[], Tokenizer]] = {
    "GPT-2": gpt2,
    "GPT-2 with a prefix space": lambda: gpt2(pre_tokenizer=byte_level(prefix=True)),
    "RoBERTa": roberta,
    "BART, prefix space": lambda: roberta(prefix=True),
    "OPT": lambda: gpt2(["<s>", "<pad>", "</s>"], template="</s> $A"),
    "Phi": lambda: gpt2(added=whitespace_tokens()),
    "Whisper": lambda: gpt2(
        ["<|endoftext|>", "<|sot|>", "<|notimestamps|>"], template="<|sot|> <|notimestamps|> $A <|endoftext|>"
    ),
    "cl100k": lambda: gpt2(CHAT, pre_tokenizer=sequence(split(CL100K, "removed", invert=True))),
    "Mistral's Tekken": lambda: gpt2(["<unk>", "<s>"], pre_tokenizer=sequence(split(TEKKEN)), template="<s> $A"),
    "cl100k as tiktoken has it": lambda: gpt2(
        CHAT, pre_tokenizer=sequence(split(pattern_of("cl100k_base"), "removed", invert=True))
    ),
    "o200k": lambda: gpt2(CHAT, pre_tokenizer=sequence(split(pattern_of("o200k_base"), "removed", invert=True))),
    "Llama 3": lambda: gpt2(
        ["<|begin_of_text|>", "<|end_of_text|>"],
        pre_tokenizer=sequence(split(LLAMA3)),
        template="<|begin_of_text|> $A",
        model={"ignore_merges": True},
    ),
    "Qwen 2": lambda: gpt2(CHAT, normalizer=normalizers.NFC(), pre_tokenizer=sequence(split(QWEN2))),
    "Qwen 3.5": lambda: gpt2(CHAT, normalizer=normalizers.NFC(), pre_tokenizer=sequence(split(QWEN35))),
    "Qwen 3, tool tokens": lambda: gpt2(
        CHAT,
        normalizer=normalizers.NFC(),
        pre_tokenizer=sequence(split(QWEN2)),
        added=[AddedToken("<think>", normalized=False, special=False), AddedToken("<tool>", normalized=False)],
    ),
    "DeepSeek V3": lambda: gpt2(
        ["<|begin|>", "<|end|>"],
        pre_tokenizer=sequence(split(r"\p{N}{1,3}"), split(CJK), split(DEEPSEEK3)),
        template="<|begin|> $A",
    ),
    "DeepSeek LLM": deepseek_llm,
    "GPT-NeoX": lambda: gpt2(["<|endoftext|>", "<|padding|>"], normalizer=normalizers.NFC(), added=whitespace_tokens()),
    "runs of spaces, NFKC": lambda: gpt2(["<|endoftext|>"], normalizer=normalizers.NFKC(), added=whitespace_tokens(8)),
    "added tokens that overlap": lambda: gpt2(["<s>"], added=[AddedToken("to<", normalized=True, special=False)]),
    "lower-cased, two added words": lambda: gpt2(
        normalizer=normalizers.Lowercase(), added=[AddedToken(word, normalized=True) for word in ("<Cat>", "<cat>!")]
    ),
    "GPT-NeoX, no added tokens": lambda: gpt2(normalizer=normalizers.NFC()),
    "Falcon": lambda: gpt2(
        [">>TITLE<<", "<|endoftext|>"],
        pre_tokenizer=pre_tokenizers.Sequence(
            [
                pre_tokenizers.Punctuation("contiguous"),
                byte_level(),
                pre_tokenizers.Digits(False),
                split("[0-9][0-9][0-9]"),
            ]
        ),
    ),
    "StarCoder": lambda: gpt2(
        ["<|endoftext|>", "<fim_prefix>"],
        pre_tokenizer=pre_tokenizers.Sequence([pre_tokenizers.Digits(True), byte_level()]),
    ),
    "Command R": lambda: gpt2(
        ["<PAD>", "<BOS>"],
        normalizer=normalizers.NFC(),
        pre_tokenizer=pre_tokenizers.Sequence([pre_tokenizers.Digits(True), byte_level()]),
        template="<BOS> $A",
    ),
    "BLOOM": lambda: gpt2(["<unk>", "<s>", "</s>", "<pad>"], pre_tokenizer=sequence(split(BLOOM))),
    "CLIP": clip,
    "Anthropic, NFKC": lambda: gpt2(["<EOT>", "<META>"], normalizer=normalizers.NFKC()),
    "lower-cased, an added word": lambda: gpt2(
        normalizer=normalizers.Lowercase(), added=[AddedToken("<Cat>", normalized=True, rstrip=True)]
    ),
    "merges ignored": ignoring_merges,
    "stripped": lambda: gpt2(normalizer=normalizers.Strip()),
    "cleaned by Nmt": lambda: gpt2(normalizer=normalizers.Nmt()),
    "NFKC, no added tokens": lambda: gpt2((), normalizer=normalizers.NFKC()),
    "no regex": lambda: gpt2(pre_tokenizer=byte_level(regex=False)),
}


def neighbours() -> list[tuple[int, int]]:
    """Pairs of bytes at which two characters meet, one of which is not ASCII; and two spaces."""
    first, last, plain = range(0xC2, 0xF5), range(0x80, 0xC0), b"ab1. "
    return [*product(plain, first), *product(last, plain), *product(last, first), (0x20, 0x20)]


def sensitive(tokenizer: Tokenizer) -> Tokenizer:
    """The tokenizer with merges that join a character to its neighbours, wherever no cut is between them.

    A trained vocabulary hides most cuts: without a merge across it, a text has the same ids with it and without.
    """
    content = json.loads(tokenizer.to_str())
    model, visible = content["model"], byte_characters()
    pairs = [(visible[left], visible[right]) for left, right in neighbours()]
    known = set(pairs)
    for left, right in pairs:
        model["vocab"].setdefault(left + right, len(model["vocab"]))
    model["merges"] = [list(pair) for pair in pairs] + [pair for pair in model["merges"] if tuple(pair) not in known]
    return Tokenizer.from_str(json.dumps(content))


_SENSITIVE = (
    "GPT-2",
    "cl100k",
    "o200k",
    "Mistral's Tekken",
    "Llama 3",
    "Qwen 2",
    "Qwen 3.5",
    "DeepSeek V3",
    "GPT-NeoX, no added tokens",
    "cleaned by Nmt",
    "no regex",
)
TOKENIZERS |= {
    f"{name}, sensitive": lambda make=TOKENIZERS[name]: sensitive(make())  # type: ignore[misc]
    for name in _SENSITIVE
}


def _saving(make: Callable[[], Tokenizer]) -> Callable[[Path], Path]:
    return lambda folder: save(make(), folder)


LAYOUTS = {name: _saving(make) for name, make in TOKENIZERS.items()}
