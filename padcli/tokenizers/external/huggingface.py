"""Tokenizers of Hugging Face: any `tokenizer.json`, the folder of a model, and BERT's `vocab.txt`."""

import json
import string
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import tokenizers

from padcli.errors import TokenizerFileError
from padcli.rows.ragged import RaggedIds
from padcli.tokenizers import Tokenizer
from padcli.tokenizers.external import gigatoken_path
from padcli.tokenizers.external.added_tokens import MARK, AddedTokens, BetweenTokens
from padcli.tokenizers.external.cutting import normalizes_alone, normalizes_to_none_of, space_of_words, stages_of
from padcli.tokenizers.external.encoder import (
    ENDINGS,
    Candidate,
    Condition,
    FastPath,
    choose_encoder,
    flat,
    holds_none_of,
)
from padcli.tokenizers.external.expansion import check_expansion
from padcli.tokenizers.external.plain_stages import plain_words
from padcli.tokenizers.external.template import pair_template, template_ids
from padcli.tokenizers.external.word_path import Space, WordPath
from padcli.tokenizers.vocabulary import Vocabulary, token_array

ROLES = ("pad", "unk", "bos", "eos", "cls", "sep", "mask")
_PADS = ("[PAD]", "<pad>", "<|pad|>", "<PAD>")

JOINT = "\U0010fffdpadcli\U0010fffd"  # stands in no text, and rows with it go to the original
_JOINED = 64

# Normalizers that do no more to ASCII than to lower-case it; those for which a punctuation character and what follows
# it never become one.
_ASCII_STAYS = {"BertNormalizer", "Lowercase", "NFC", "NFD", "NFKC", "NFKD", "StripAccents"}
_PUNCTUATION_STAYS = {"BertNormalizer", "Lowercase", "NFD", "NFKD", "StripAccents"}


class HuggingFace:
    """The `tokenizers` library."""

    name = "tokenizers"
    takes_tokens = True

    def __init__(self, tokenizer: tokenizers.Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._joining: tokenizers.Tokenizer | None = None

    def encode(self, texts: list[str]) -> list[list[int]]:
        """The ids of each text."""
        with _library_errors():
            return [encoding.ids for encoding in self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)]

    @property
    def normalizer(self) -> Any:
        """The normalizer, or None."""
        return self._tokenizer.normalizer

    def normalize(self, text: str) -> str:
        """The normal form of a text, in which its model sees it."""
        with _library_errors():
            return str(self.normalizer.normalize_str(text))

    def encode_apart(self, words: list[str]) -> RaggedIds:
        """The ids of each word as a text by itself."""
        return flat(self.encode(words))

    def encode_words(self, words: list[str]) -> RaggedIds:
        """The ids of each word, joined by a token at which texts are cut: an `Encoding` costs more than a word."""
        if self._joining is None:
            self._joining = tokenizers.Tokenizer.from_str(self._tokenizer.to_str())
            self._joining.add_special_tokens([tokenizers.AddedToken(JOINT, normalized=False, special=True)])
        texts = [JOINT.join(words[i : i + _JOINED]) + JOINT for i in range(0, len(words), _JOINED)]
        with _library_errors():
            encodings = self._joining.encode_batch_fast(texts, add_special_tokens=False)
        ids = np.concatenate([np.zeros(0, np.int64), *(np.array(encoding.ids) for encoding in encodings)])
        is_joint = ids == self._joining.token_to_id(JOINT)
        ends = np.flatnonzero(is_joint)
        return RaggedIds(values=ids[~is_joint], offsets=np.append(0, ends - np.arange(len(ends))))

    def decode(self, tokens: list[str]) -> str:
        """Tokens as a text for people."""
        decoder = self._tokenizer.decoder
        return " ".join(tokens) if decoder is None else str(decoder.decode(tokens))


@contextmanager
def _library_errors() -> Iterator[None]:
    """Convert whatever the library raises into a `TokenizerFileError`."""
    try:
        yield
    except ENDINGS:
        raise
    except BaseException as error:
        raise TokenizerFileError(f"The tokenizer fails: {str(error).partition(chr(10))[0]}.") from error


def open_json(raw: bytes, config: Mapping[str, Any], *, special_in_text: bool) -> Tokenizer:
    """The tokenizer of a `tokenizer.json`, and of the `tokenizer_config.json` beside it.

    Raises `TokenizerFileError` for what `tokenizers` does not understand, and `ValueError` for what is empty.
    """
    with _library_errors():
        tokenizer = tokenizers.Tokenizer.from_buffer(raw)
    return _open(tokenizer, config, special_in_text=special_in_text)


def _open(tokenizer: tokenizers.Tokenizer, config: Mapping[str, Any], *, special_in_text: bool) -> Tokenizer:
    content = json.loads(tokenizer.to_str())
    check_expansion(content)
    # Rows are cut and padded later, to the length that the whole input asks for.
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.encode_special_tokens = not special_in_text
    original = HuggingFace(tokenizer)
    paths = _paths(content, original, special_in_text=special_in_text)
    encoder = choose_encoder(str(content["model"]["type"]), original, paths, _added(content))
    ids = tokenizer.get_vocab(with_added_tokens=True)
    if not ids:
        raise ValueError("its vocabulary is empty")
    tokens = list[str | None]([None]) * (max(ids.values(), default=-1) + 1)
    for token, id_ in ids.items():
        tokens[id_] = token
    roles = _roles(content, config, ids)
    return Tokenizer(
        splitter=encoder,
        vocabulary=Vocabulary(tokens=token_array(tokens), unk_id=roles.get("unk")),
        roles=roles,
        pad_id=roles.get("pad", None if tokens and tokens[0] is not None else 0),
        around_ids=template_ids(content["post_processor"]),
        pair_template=pair_template(content["post_processor"]),
        special_tokens=tuple(token["content"] for token in content["added_tokens"] if token["special"]),
    )


def _roles(content: dict[str, Any], config: Mapping[str, Any], ids: dict[str, int]) -> dict[str, int]:
    """The ids of the tokens that have a role, as the configuration or the tokenizer itself names them."""
    model, padding = content["model"], content.get("padding")
    named = {role: config.get(f"{role}_token") for role in ROLES}
    named = {role: token["content"] if isinstance(token, dict) else token for role, token in named.items()}
    if named["unk"] is None:
        named["unk"] = model.get("unk_token")
    found = {role: ids[token] for role, token in named.items() if token in ids}
    if model.get("unk_id") is not None:
        found.setdefault("unk", model["unk_id"])
    if padding is not None:
        found.setdefault("pad", padding["pad_id"])
    for token in _PADS:
        if token in ids:
            found.setdefault("pad", ids[token])
    return {role: found[role] for role in ROLES if role in found}


def _added(content: dict[str, Any]) -> list[str]:
    return [token["content"] for token in content["added_tokens"]]


def _paths(content: dict[str, Any], original: HuggingFace, *, special_in_text: bool) -> Iterable[Candidate]:
    """The fast paths that a tokenizer may have, the fastest first."""
    if content["model"].get("dropout") or template_ids(content["post_processor"]) is None:
        return  # random, or made of the text more than once
    normalizers = [stage["type"] for stage in stages_of(content["normalizer"], "normalizers")]
    in_normal = [token["content"] for token in content["added_tokens"] if token["normalized"] and normalizers]
    tokens = AddedTokens.of(content, normalizers, special_in_text=special_in_text)
    others = holds_none_of([JOINT, MARK, *(token for token in _added(content) if token not in tokens.ids)])
    if normalizers in ([], *([form] for form in gigatoken_path.NORMAL_FORMS)) and gigatoken_path.is_byte_level(content):
        sought = holds_none_of(filter(None, map(original.normalize, in_normal)))
        yield (
            gigatoken_path.NAME,
            partial(_between, tokens, partial(gigatoken_path.of_json, content, "".join(normalizers), others, sought)),
        )
    space = space_of_words(content)
    if space is None or any(" " in token.strip(" ") or (token[-1:] == " " and token.strip()) for token in in_normal):
        return
    yield (
        f"{original.name}, each word once",
        partial(_between, tokens, partial(_word_path, content, original, space, others, in_normal)),
    )


def _between(tokens: AddedTokens, open_path: Callable[[], FastPath]) -> FastPath:
    path = open_path()
    return BetweenTokens(path=path, tokens=tokens) if tokens.ids else path


def _word_path(
    content: dict[str, Any], original: HuggingFace, space: Space, added: Condition, in_normal: list[str]
) -> WordPath:
    normalizers = stages_of(content["normalizer"], "normalizers")
    cutters = stages_of(content["pre_tokenizer"], "pretokenizers")
    conditions = list[Condition]()
    if normalizers:
        conditions.append(normalizes_alone(original.normalize, space))
    if in_normal:
        conditions.append(normalizes_to_none_of(original.normalize, map(original.normalize, in_normal)))
    lowers = any(part["type"] == "Lowercase" or part.get("lowercase") for part in normalizers)
    kinds = {part["type"] for part in normalizers}
    knows_start = any(part.get("prepend_scheme") == "first" for part in cutters)
    cuts_punctuation = cutters and cutters[0]["type"] == "BertPreTokenizer" and not in_normal
    return WordPath(
        library=original.name,
        space=space,
        encode_words=original.encode_apart if knows_start else original.encode_words,
        lower=lowers and kinds <= _ASCII_STAYS and not in_normal,
        alone=string.punctuation if cuts_punctuation and kinds <= _PUNCTUATION_STAYS else "",
        conditions=(added,),
        word_conditions=tuple(conditions),
        plain=plain_words(content, original.normalize if normalizers else None, implied=space == "implied"),
    )
