"""RWKV's vocabulary of bytes, such as `rwkv_vocab_v20230424.txt`: at each place, the longest token that fits.

https://github.com/BlinkDL/ChatRWKV/blob/main/tokenizer/rwkv_tokenizer.py
"""

import ast
import re

import tokenizers
from tokenizers import AddedToken, models

from padcli.tokenizers import Tokenizer
from padcli.tokenizers.characters import byte_characters
from padcli.tokenizers.external.encoder import choose_encoder
from padcli.tokenizers.external.tokenizer_file import TokenizerFile
from padcli.tokenizers.vocabulary import Vocabulary, check_ids, token_array, tokens_by_id

_LINE = re.compile(r"(\d+) (b?(['\"]).*\3) (\d+)")


class LongestFirst:
    """The longest token at each place, by `tokenizers` search for added tokens: a byte is one character there."""

    name = "tokenizers"
    takes_tokens = False

    def __init__(self, ids: dict[bytes, int]) -> None:
        tokens = {token.decode("latin-1"): id_ for token, id_ in ids.items()}
        self._tokenizer = tokenizers.Tokenizer(models.WordLevel(tokens, unk_token=next(iter(tokens))))
        self._tokenizer.add_tokens([AddedToken(token, normalized=False) for token in tokens])

    def encode(self, texts: list[str]) -> list[list[int]]:
        """The ids of each text."""
        rows = [text.encode().decode("latin-1") for text in texts]
        return [encoding.ids for encoding in self._tokenizer.encode_batch_fast(rows, add_special_tokens=False)]

    def decode(self, tokens: list[str]) -> str:
        """Tokens as a text for people."""
        byte_of = {char: code for code, char in enumerate(byte_characters())}
        return bytes(byte_of[char] for token in tokens for char in token).decode(errors="replace")


def open_vocabulary(file: TokenizerFile) -> Tokenizer:
    """The tokenizer of a vocabulary; raises `ValueError` for what is none. Its id 0 ends a text, and pads."""
    ids = {token: id_ for id_, token in (_entry(number, line) for number, line in enumerate(file.lines, 1) if line)}
    if not all(bytes([byte]) in ids for byte in range(256)):
        raise ValueError("it lacks single-byte tokens, which are needed for all other text")
    visible = byte_characters()
    named = {"".join(visible[byte] for byte in token): id_ for token, id_ in ids.items()}
    check_ids(named)
    return Tokenizer(
        splitter=choose_encoder("RWKV", LongestFirst(ids), ()),
        vocabulary=Vocabulary(tokens=token_array(tokens_by_id(named)), unk_id=None),
        pad_id=None if 0 in ids.values() else 0,
        special_tokens=(),
    )


def _entry(number: int, line: str) -> tuple[int, bytes]:
    """An id and its token; raises `ValueError`."""
    parts = _LINE.fullmatch(line)
    try:
        token = ast.literal_eval(parts[2]) if parts else None
    except (ValueError, SyntaxError):
        token = None
    token = token.encode(errors="replace") if isinstance(token, str) else token
    if parts is None or not token or len(token) != int(parts[4]):
        raise ValueError(f"line {number} is {line[:40]!r}, expected an id, a token as Python writes it, and its length")
    return int(parts[1]), token
