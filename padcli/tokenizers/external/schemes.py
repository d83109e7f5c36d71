"""The encodings of tiktoken: patterns that cut a text, and the special tokens that they add to a file of ranks.

A `.tiktoken` holds neither: both stand in the code of the library that the file comes with.
"""

import dataclasses
from collections.abc import Mapping

_GPT2 = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"""
_CL100K = (
    r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"""
    r"""|\s++$|\s*[\r\n]|\s+(?!\S)|\s"""
)
_UPPER, _LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
_O200K = (
    rf"""[^\r\n\p{{L}}\p{{N}}]?{_UPPER}*{_LOWER}+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"""
    rf"""|[^\r\n\p{{L}}\p{{N}}]?{_UPPER}+{_LOWER}*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"""
    r"""|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"""
)
QWEN = (
    r"""(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"""
    r"""|\s*[\r\n]+|\s+(?!\S)|\s+"""
)
_WHISPER = r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
_LLAMA3 = QWEN.replace(r"|\p{N}|", r"|\p{N}{1,3}|")
_END = "<|endoftext|>"
_HARMONY = (
    "<|startoftext|>", _END, "<|reserved_200000|>", "<|reserved_200001|>", "<|return|>", "<|constrain|>",
    "<|reserved_200004|>", "<|channel|>", "<|start|>", "<|end|>", "<|message|>", "<|reserved_200009|>",
    "<|reserved_200010|>", "<|reserved_200011|>", "<|call|>",
)  # fmt: skip
_O200K_SPECIAL = {_END: 199999, "<|endofprompt|>": 200018}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CutBy:
    """A scheme: the regular expression whose matches are encoded one by one, and what else an encoding adds.

    `special`: special tokens and their ids; `after`: those that follow the ranks, whatever their number. `gigatoken`:
    that library's name for the scheme. `nfc`: whether texts are normalized before.
    """

    pattern: str
    special: Mapping[str, int] = dataclasses.field(default_factory=dict)
    after: tuple[str, ...] = ()
    gigatoken: str | None = None
    nfc: bool = False

    def special_tokens(self, ranks: Mapping[bytes, int]) -> dict[str, int]:
        """The special tokens beside these ranks; other ranks than the published ones may have the ids of some."""
        first, taken = max(ranks.values(), default=-1) + 1, set(ranks.values())
        after = {token: first + i for i, token in enumerate(self.after)}
        return {token: id_ for token, id_ in {**self.special, **after}.items() if id_ not in taken}


SCHEMES = {
    **dict.fromkeys(("gpt2", "r50k_base", "p50k_base"), CutBy(pattern=_GPT2, special={_END: 50256}, gigatoken="gpt2")),
    "p50k_edit": CutBy(
        pattern=_GPT2,
        special={_END: 50256, "<|fim_prefix|>": 50281, "<|fim_middle|>": 50282, "<|fim_suffix|>": 50283},
        gigatoken="gpt2",
    ),
    "cl100k_base": CutBy(
        pattern=_CL100K,
        special={
            _END: 100257,
            "<|fim_prefix|>": 100258,
            "<|fim_middle|>": 100259,
            "<|fim_suffix|>": 100260,
            "<|endofprompt|>": 100276,
        },
        gigatoken="cl100k",
    ),
    "o200k_base": CutBy(pattern=_O200K, special=_O200K_SPECIAL, gigatoken="o200k"),
    "o200k_harmony": CutBy(
        pattern=_O200K,
        special={
            **_O200K_SPECIAL,
            **{token: 199998 + i for i, token in enumerate(_HARMONY)},
            **{f"<|reserved_{id_}|>": id_ for id_ in range(200013, 201088)},
        },
        gigatoken="o200k",
    ),
    # https://github.com/openai/whisper/blob/main/whisper/tokenizer.py: the languages come next, and their number is the
    # model's.
    "whisper": CutBy(pattern=_WHISPER, after=(_END, "<|startoftranscript|>"), gigatoken="gpt2"),
    # https://huggingface.co/Qwen/Qwen-7B/blob/main/tokenization_qwen.py
    "qwen": CutBy(
        pattern=QWEN,
        after=(_END, "<|im_start|>", "<|im_end|>", *(f"<|extra_{i}|>" for i in range(205))),
        gigatoken="qwen2",
        nfc=True,
    ),
    # https://github.com/meta-llama/llama3/blob/main/llama/tokenizer.py: only the tokens that all releases name alike.
    "llama3": CutBy(
        pattern=_LLAMA3,
        special={
            "<|begin_of_text|>": 128000,
            "<|end_of_text|>": 128001,
            "<|start_header_id|>": 128006,
            "<|end_header_id|>": 128007,
            "<|eot_id|>": 128009,
        },
        gigatoken="cl100k",
    ),
}

# Names of files that are not those of their schemes.
SCHEME_OF_NAME = {"multilingual": "whisper"}


def scheme_of(stem: str, n_ranks: int) -> str | None:
    """The scheme that the name of a file stands for, or else the number of its ranks; None where neither tells."""
    name = SCHEME_OF_NAME.get(stem, stem)
    if name in SCHEMES:
        return name
    return "llama3" if stem == "tokenizer" and n_ranks == 128_000 else None
