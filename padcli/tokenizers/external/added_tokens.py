"""Added tokens: `tokenizers` cuts a text at them before all else, and encodes what is between as texts of their own.

So a fast path that does not know them gets these parts, and their own ids stand between the parts' ids.
See `extract_and_normalize` in
https://github.com/huggingface/tokenizers/blob/main/tokenizers/src/tokenizer/added_vocabulary.rs
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from itertools import product, starmap
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from padcli.rows.ragged import RaggedIds, offsets_of
from padcli.tokenizers.external.cutting import stages_of
from padcli.tokenizers.external.encoder import Condition, FastPath, merged, pattern_of

# Stands around each token in a text while it is cut; a text that holds it goes to the original.
MARK = "\x1d"

# Normalizers that leave ASCII as it is, so that a token is found in a text of ASCII where it is in its normal form.
_ASCII_STAYS = {"NFC", "NFD", "NFKC", "NFKD"}

_MOST_PAIRS = 100_000  # of tokens that are compared


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AddedTokens:
    """Tokens with their ids, of which the one that begins first is found first, and of those the longest.

    `only_in_ascii`: some are sought in the normal form of a text, which is that of the text only where it is of ASCII.
    """

    ids: Mapping[str, int]
    only_in_ascii: bool

    @classmethod
    def of(cls, content: Mapping[str, Any], normalizers: Sequence[str], *, special_in_text: bool) -> "AddedTokens":
        """Return the tokens of a `tokenizer.json` that are found in this way; others send a text to the original."""
        added = content["added_tokens"]
        tokens = [token for token in added if _stands_alone(token) and (special_in_text or not token["special"])]
        in_normal = [token["content"] for token in tokens if token["normalized"]] if normalizers else []
        cutters = stages_of(content["pre_tokenizer"], "pretokenizers")
        if (
            _are_sought_twice(added)
            or (in_normal and not _are_ascii_in(in_normal, normalizers))
            or any(stage.get("prepend_scheme") == "first" for stage in cutters)  # and what is behind a token is not
        ):
            return cls(ids={}, only_in_ascii=False)
        return cls(ids={token["content"]: token["id"] for token in tokens}, only_in_ascii=bool(in_normal))

    @property
    def pattern(self) -> str:
        """A regular expression for any of them."""
        return pattern_of(_longest_first(self.ids))


def _stands_alone(token: Mapping[str, Any]) -> bool:
    """Tell whether a token is found wherever its characters are, and takes no white space along."""
    return bool(token["content"]) and not any(token[flag] for flag in ("lstrip", "rstrip", "single_word"))


def _are_sought_twice(added: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether it matters that some tokens are sought in the raw text, and others later in its normal form.

    It does not where none of the one kind can overlap with one of the other in a text.
    """
    raw, normal = ([token["content"] for token in added if token["normalized"] is flag] for flag in (False, True))
    return len(raw) * len(normal) > _MOST_PAIRS or any(starmap(_overlap, product(raw, normal)))


def _overlap(one: str, other: str) -> bool:
    return (
        one in other
        or other in one
        or any(one.endswith(other[:n]) or other.endswith(one[:n]) for n in range(1, min(len(one), len(other))))
    )


def _are_ascii_in(tokens: Sequence[str], normalizers: Sequence[str]) -> bool:
    """Tell whether tokens are where they are in the normal form, too, if only the text is of ASCII."""
    return set(normalizers) <= _ASCII_STAYS and all(map(str.isascii, tokens))


def _longest_first(tokens: Iterable[str]) -> list[str]:
    """RE2 takes the first alternative that matches, and `tokenizers` the longest token that begins there."""
    return sorted(tokens, key=len, reverse=True)


def _of_other_than_ascii(texts: pa.StringArray) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = ~pc.string_is_ascii(texts).to_numpy(zero_copy_only=False)
    return found


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BetweenTokens:
    """A fast `path`, and ids of added `tokens` between the ids of what it gives."""

    path: FastPath
    tokens: AddedTokens

    @property
    def library(self) -> str:
        """The library that gives the ids."""
        return self.path.library

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Conditions of a text: those of the path, which hold of each part of a text as well."""
        return self.path.conditions

    def encode(self, texts: pa.StringArray) -> tuple[RaggedIds, NDArray[np.bool_]]:
        """The ids of each text, and True where the original has to do it."""
        pattern = self.tokens.pattern
        found = pc.match_substring_regex(texts, pattern)
        if not pc.any(found).as_py():
            return self.path.encode(texts)
        cut = found.to_numpy(zero_copy_only=False)
        whole, whole_refused = self.path.encode(texts.filter(pc.invert(found)))
        parts, parts_refused = self._encoded_in_parts(texts.filter(found), pattern)
        refused = np.empty(len(texts), np.bool_)
        refused[cut], refused[~cut] = parts_refused, whole_refused
        return merged(whole, parts, cut), refused

    def _encoded_in_parts(self, texts: pa.StringArray, pattern: str) -> tuple[RaggedIds, NDArray[np.bool_]]:
        """The same of texts that hold a token each."""
        lists = pc.split_pattern(pc.replace_substring_regex(texts, f"({pattern})", rf"{MARK}\1{MARK}"), MARK)
        offsets, parts = lists.offsets.to_numpy().astype(np.int64), lists.flatten()
        offsets -= offsets[0]
        rows = np.repeat(np.arange(len(texts)), np.diff(offsets))
        is_token = (np.arange(len(parts)) - offsets[rows]) % 2 == 1  # a text, a token, a text and so on
        is_text = ~is_token & (pc.binary_length(parts).to_numpy() > 0)
        ids, refused_parts = self.path.encode(parts.filter(pa.array(is_text)))
        ids_of_tokens = pc.index_in(parts.filter(pa.array(is_token)), pa.array(self.tokens.ids, pa.string()))
        numbers = np.array([*self.tokens.ids.values()], np.int64)[ids_of_tokens.to_numpy()]
        of_tokens = RaggedIds(values=numbers, offsets=np.arange(len(numbers) + 1))
        of_all = merged(ids, of_tokens, is_token[is_text | is_token])
        lengths = np.zeros(len(parts), np.int64)
        lengths[is_text | is_token] = np.diff(of_all.offsets)
        refused = np.zeros(len(texts), np.bool_)
        refused[rows[is_text][refused_parts]] = True
        if self.tokens.only_in_ascii:
            refused |= _of_other_than_ascii(texts)
        return RaggedIds(values=of_all.values, offsets=offsets_of(lengths)[offsets]), refused
