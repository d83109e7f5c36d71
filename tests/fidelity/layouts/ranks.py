"""Vocabularies of tiktoken."""

import base64
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


def write(folder: Path, *, scheme: str) -> Path:
    path = folder / f"{scheme}.tiktoken"
    path.write_bytes(b"".join(base64.b64encode(token) + b" %d\n" % rank for token, rank in ranks().items()))
    return path


LAYOUTS = {
    f"tiktoken {scheme}": partial(write, scheme=scheme) for scheme in ("gpt2", "p50k_base", "cl100k_base", "o200k_base")
}
