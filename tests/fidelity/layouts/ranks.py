"""Vocabularies of tiktoken."""

import base64
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from unittest import mock


def pattern_of(scheme: str) -> str:
    """The regular expression of a published encoding, which its constructor holds."""
    from tiktoken_ext import openai_public

    with (
        mock.patch.object(openai_public, "load_tiktoken_bpe", return_value={}),
        mock.patch.object(openai_public, "data_gym_to_mergeable_bpe_ranks", return_value={}),
    ):
        pattern: str = openai_public.ENCODING_CONSTRUCTORS[scheme]()["pat_str"]
    return pattern


@cache
def ranks() -> dict[bytes, int]:
    """All bytes, and what a byte-level BPE joins them to."""
    from fidelity.layouts.byte_level import gpt2
    from padcli.tokenizers.characters import byte_characters

    byte_of = {char: code for code, char in enumerate(byte_characters())}
    vocab = gpt2(special=()).get_vocab()
    joined = [bytes(byte_of[char] for char in token) for token in sorted(vocab, key=lambda token: vocab[token])]
    singles = [bytes([byte]) for byte in range(256)]
    return {token: rank for rank, token in enumerate([*singles, *(token for token in joined if len(token) > 1)])}


def sensitive_ranks() -> dict[bytes, int]:
    """All bytes, what joins a character to its neighbours wherever no cut is between them, and joined ASCII."""
    from fidelity.layouts.byte_level import neighbours

    ascii_ = [token for token in ranks() if len(token) > 1 and token.isascii()]
    tokens = [*list(ranks())[:256], *map(bytes, neighbours()), *ascii_]
    return {token: rank for rank, token in enumerate(dict.fromkeys(tokens))}


def write(folder: Path, *, scheme: str, make: Callable[[], dict[bytes, int]] = ranks) -> Path:
    path = folder / f"{scheme}.tiktoken"
    path.write_bytes(b"".join(base64.b64encode(token) + b" %d\n" % rank for token, rank in make().items()))
    return path


_SCHEMES = ("gpt2", "p50k_base", "cl100k_base", "o200k_base")
LAYOUTS = {f"tiktoken {scheme}": partial(write, scheme=scheme) for scheme in _SCHEMES} | {
    f"tiktoken {scheme}, sensitive": partial(write, scheme=scheme, make=sensitive_ranks) for scheme in _SCHEMES
}
