"""Vocabularies of tiktoken: `*.tiktoken`, with the scheme that says how a text is cut before they are used."""

import base64
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from unittest import mock

from padcli.errors import MissingLibraryError, UsageError
from padcli.options import Scheme
from padcli.tokenizers import Tokenizer, gigatoken_path
from padcli.tokenizers.characters import byte_characters
from padcli.tokenizers.encoder import Candidate, choose_encoder
from padcli.vocabulary import Vocabulary, token_array

try:
    import tiktoken
    from tiktoken_ext import openai_public
except ImportError as error:
    raise MissingLibraryError("A .tiktoken vocabulary", "tiktoken") from error

# What gigatoken calls the way in which an encoding cuts texts.
_CUTTERS = {
    **dict.fromkeys(("gpt2", "r50k_base", "p50k_base", "p50k_edit"), "gpt2"),
    "cl100k_base": "cl100k",
    **dict.fromkeys(("o200k_base", "o200k_harmony"), "o200k"),
}


class Tiktoken:
    """The `tiktoken` library."""

    name = "tiktoken"
    takes_tokens = False

    def __init__(self, encoding: tiktoken.Encoding) -> None:
        self._encoding = encoding

    def encode(self, texts: list[str]) -> list[list[int]]:
        """The ids of each text."""
        return self._encoding.encode_ordinary_batch(texts)

    def decode(self, tokens: list[str]) -> str:
        """Tokens as a text for people."""
        byte_of = {char: code for code, char in enumerate(byte_characters())}
        return bytes(byte_of[char] for token in tokens for char in token).decode(errors="replace")


def open_ranks(path: Path, raw: bytes, scheme: Scheme | None) -> Tokenizer:
    """The encoding of a file of ranks; raises `ValueError` for what is none.

    The scheme is, unless it is given, the one that the file's name stands for.
    """
    ranks = read_ranks(raw)
    name = scheme or path.name.partition(".")[0]
    if name not in openai_public.ENCODING_CONSTRUCTORS:
        known = ", ".join(openai_public.ENCODING_CONSTRUCTORS)
        raise UsageError(
            f"{path}: the name does not tell how a text is cut into words before the ranks are used.",
            hint=f"Name the scheme with --scheme: one of {known}.",
        )
    encoding = tiktoken.Encoding(**_parts_of(name, ranks))
    tokens = list[str | None]([None]) * encoding.n_vocab
    visible = byte_characters()
    for token, rank in ranks.items():
        tokens[rank] = "".join(visible[byte] for byte in token)
    encoder = choose_encoder(f"tiktoken {name}", Tiktoken(encoding), _paths(path, name))
    return Tokenizer(
        splitter=encoder,
        vocabulary=Vocabulary(tokens=token_array(tokens), unk_id=None),
        pad_id=None,
        special_tokens=tuple(encoding.special_tokens_set),
    )


def read_ranks(raw: bytes) -> dict[bytes, int]:
    """Tokens and their ids: a line holds a token in base 64, and its rank. Raises `ValueError`."""
    ranks = {base64.b64decode(token, validate=True): int(rank) for token, rank in map(bytes.split, raw.splitlines())}
    if sorted(ranks.values()) != list(range(len(ranks))):
        raise ValueError("its ranks are not the numbers from 0 on")
    # Without one of them, tiktoken breaks off where a text holds it.
    if not all(bytes([byte]) in ranks for byte in range(256)):
        raise ValueError("it lacks tokens of a single byte, which stand for what no other token holds")
    return ranks


def _parts_of(name: str, ranks: dict[bytes, int]) -> dict[str, Any]:
    """What tiktoken makes the encoding of that name of, but with these ranks instead of those that it would fetch."""
    with (
        mock.patch.object(openai_public, "load_tiktoken_bpe", return_value=ranks),
        mock.patch.object(openai_public, "data_gym_to_mergeable_bpe_ranks", return_value=ranks),
    ):
        parts: dict[str, Any] = openai_public.ENCODING_CONSTRUCTORS[name]()
    parts.pop("explicit_n_vocab", None)
    # Of other ranks than the published ones, some may have the special tokens' ids.
    parts["special_tokens"] = {token: id_ for token, id_ in parts["special_tokens"].items() if id_ >= len(ranks)}
    return parts


def _paths(path: Path, name: str) -> Iterable[Candidate]:
    yield gigatoken_path.NAME, lambda: gigatoken_path.of_ranks(path, _CUTTERS[name])
