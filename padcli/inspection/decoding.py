"""Ids to readable text, and back: the parts of a row, and the ids of a token as it is shown."""

import difflib
import re
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from padcli.errors import UsageError
from padcli.rows.ragged import positions
from padcli.tokenizers import Tokenizer
from padcli.tokenizers.characters import byte_characters
from padcli.tokenizers.external.cutting import METASPACE
from padcli.tokenizers.vocabulary import UNK, Vocabulary

Kind = Literal["token", "unk", "special", "found", "pad", "cut", "seam"]
Part = tuple[Kind, str]

_COMPARED = 100_000  # tokens at the most that are looked at for one that is alike
_KINDS: tuple[Kind, ...] = ("token", "unk", "special", "found")
_SPECIAL = _KINDS.index("special")


class Decoder:
    """A decoder of ids to texts. Without a tokenizer they stay what they are.

    `special`: ids that have a role or come around each row; `found`: those that were looked for.
    """

    def __init__(self, tokenizer: Tokenizer | None, *, special: Iterable[int], found: Iterable[int]) -> None:
        self._vocabulary = None if tokenizer is None else tokenizer.vocabulary
        self._join: Callable[[list[str]], str] = " ".join if tokenizer is None else tokenizer.splitter.join
        self._separator = " " if tokenizer is None else tokenizer.splitter.separator
        self._unk = [] if self._vocabulary is None or self._vocabulary.unk_id is None else [self._vocabulary.unk_id]
        self._special = list(special) if tokenizer is not None else []
        self._found = list(found)

    def parts(self, ids: NDArray[np.integer]) -> list[Part]:
        """Return the texts of ids `(n,)`; one after the other, they are the text of them all."""
        tokens = self._tokens(ids)
        kinds = np.zeros(len(ids), np.int8)
        for kind, chosen in enumerate([self._unk, self._special, self._found], 1):
            for id_ in chosen:
                kinds[ids == id_] = kind
        edges = [0, *(np.flatnonzero(np.diff(kinds)) + 1).tolist(), len(ids)]
        is_unk = np.isin(ids, self._unk)
        parts = list[Part]()
        for start, stop in pairwise(edges if len(ids) else []):
            text = self._joined(tokens[start:stop], tokens[start - 1] if start else None)
            if start and kinds[start - 1] == _SPECIAL:  # what it begins with may be the rest of a word that was cut
                alone = self._joined(tokens[start:stop], None)
                text = text if text.strip() == alone.strip() else f" {alone}"
            space = text[: len(text) - len(text.lstrip())]
            kind = _KINDS[kinds[start]]
            if is_unk[start]:
                text = space + self._separator.join([UNK] * (stop - start))
            elif kind == "special":
                text = space + " ".join(tokens[start:stop])
            if kind != "token" and text != space:
                parts.append(("token", space))
                text = text.removeprefix(space)
            parts.append((kind, text))
        return [part for part in parts if part[1]]

    def _tokens(self, ids: NDArray[np.integer]) -> list[str]:
        """Return a name for each id, the id itself where no token has it."""
        if self._vocabulary is None:
            return list(map(str, ids.tolist()))
        known = (ids >= 0) & (ids < len(self._vocabulary))
        tokens = self._vocabulary.tokens.take(positions(np.where(known, ids, 0).astype(np.int64))).to_pylist()
        named = zip(tokens, known.tolist(), ids.tolist(), strict=True)
        return [token if is_known and token is not None else f"#{id_}" for token, is_known, id_ in named]

    def _joined(self, tokens: list[str], before: str | None) -> str:
        """Join tokens to a text, with the space that is between them and the token before, if there is one."""
        try:
            if before is None:
                return self._join(tokens)
            start, both = self._join([before]), self._join([before, *tokens])
            return both[len(start) :] if both.startswith(start) else " " + self._join(tokens)
        except KeyError:  # a token of bytes that is none: the file is damaged
            return " " + " ".join(tokens)


def find_ids(token: str, tokenizer: Tokenizer | None) -> frozenset[int]:
    """Find the ids of a token as it is shown, or as the vocabulary has it; of `[UNK]`; or the id that `#123` names.

    Raises `UsageError`, with tokens that are alike, where there is none.
    """
    number = re.fullmatch(r"#?(-?\d{1,20})" if tokenizer is None else r"#(\d{1,20})", token, re.ASCII)
    if tokenizer is None or tokenizer.vocabulary is None:
        if number is None:
            raise UsageError(
                f"--find {token}: the file contains ids from the input, without a tokenizer, so tokens have no names.",
                hint="Search for an id instead, such as --find 42.",
            )
        return frozenset([int(number[1])])
    vocabulary = tokenizer.vocabulary
    if token == UNK and vocabulary.unk_id is not None:
        return frozenset([vocabulary.unk_id])
    names = [token, *(name for name in _spellings(token) if _is_seen_as(name, token, tokenizer))]
    found = np.flatnonzero(pc.is_in(vocabulary.tokens, value_set=pa.array(names, pa.large_string())))
    if len(found):
        return frozenset(found.tolist())
    if number is not None and int(number[1]) < len(vocabulary):
        return frozenset([int(number[1])])
    alike = _nearest(token, vocabulary)
    raise UsageError(
        f"--find {token}: {token!r} is not among the {len(vocabulary):,} tokens of the vocabulary.",
        hint=f"Did you mean {' or '.join(map(repr, alike))}?" if alike else "To search for an id: --find '#42'.",
    )


def unknown_ids(tokenizer: Tokenizer | None) -> frozenset[int]:
    """Return the id of `[UNK]`. Raises `UsageError` where nothing is unknown."""
    if tokenizer is None or tokenizer.vocabulary is None:
        raise UsageError("--unk: the file contains ids from the input, without a tokenizer, so none is [UNK].")
    if tokenizer.vocabulary.unk_id is None:
        raise UsageError(f"--unk: nothing is unknown to a tokenizer of the kind {tokenizer.name}.")
    return frozenset([tokenizer.vocabulary.unk_id])


def _spellings(token: str) -> list[str]:
    """Return the spellings of a token where a space is part of it, or bytes stand for characters."""
    visible = byte_characters()
    bare = token.removeprefix(" ")
    in_bytes = ["".join(visible[byte] for byte in text.encode()) for text in (token, f" {bare}")]
    return [*in_bytes, METASPACE + bare]


def _is_seen_as(name: str, token: str, tokenizer: Tokenizer) -> bool:
    try:
        return tokenizer.splitter.join([name]) in (token, f" {token}")
    except KeyError:  # no token of bytes
        return False


def _nearest(token: str, vocabulary: Vocabulary) -> list[str]:
    lengths = pc.utf8_length(vocabulary.tokens)
    near = pc.less_equal(pc.abs(pc.subtract(lengths, len(token))), 1 + len(token) // 3)
    some = vocabulary.tokens.filter(near).slice(0, _COMPARED).to_pylist()
    return difflib.get_close_matches(token, some, n=3)
