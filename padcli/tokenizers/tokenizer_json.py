"""Tokenizer files: a Hugging Face `tokenizer.json`, with which `tokenizers` gives the same ids."""

import json
import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from padcli.ragged import positions
from padcli.tokenizers import SPLITTERS, Tokenizer, make_splitter
from padcli.tokenizers.splitter import Splitter
from padcli.tokenizers.tokenizer_file import TokenizerFile
from padcli.vocabulary import PAD, UNK, Vocabulary, check_ids, token_array

_SLICE = 2**16  # tokens to write at a time


def dump(splitter: Splitter, vocabulary: Vocabulary) -> Iterator[bytes]:
    """The file's content, piece by piece; the same tokenizer gives the same bytes.

    The vocabulary is written by pyarrow: a dict of it would take twice the time and ten times the memory.
    """
    content: dict[str, Any] = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": None,
        "post_processor": None,
        "decoder": None,
        "model": {"type": "WordLevel", "vocab": {}, "unk_token": UNK},
    }
    text = orjson.dumps(content | splitter.stages(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    before, vocab, after = text.partition(b'"vocab": {')
    yield before + vocab
    ids = np.arange(len(vocabulary))
    for name in (UNK, PAD):  # each may be a word of the text as well, and then has its last id
        ids = np.delete(ids, np.flatnonzero(pc.equal(vocabulary.tokens.take(positions(ids)), name))[:-1])
    separator = b"\n"
    for some in np.split(ids, range(_SLICE, len(ids), _SLICE)):
        yield separator + _lines(vocabulary.tokens.take(positions(some)), positions(some))
        separator = b",\n"
    yield b"\n    " + after


def _lines(tokens: pa.LargeStringArray, ids: pa.Array) -> bytes:
    special = pc.match_substring_regex(tokens, r'["\\\x00-\x1f]')
    escaped = [orjson.dumps(token)[1:-1].decode() for token in tokens.filter(special).to_pylist()]
    tokens = pc.replace_with_mask(tokens, special, token_array(escaped))
    before, between, after, nothing = (pa.scalar(part, pa.large_string()) for part in ('      "', '": ', ",\n", ""))
    lines = pc.binary_join_element_wise(before, tokens, between, ids.cast(pa.large_string()), after, nothing)
    _, _, text = lines.buffers()
    return bytes(text).removesuffix(b",\n")


def open_file(file: TokenizerFile) -> Tokenizer:
    """The tokenizer of a `tokenizer.json`: padcli's own, or else that of `tokenizers`."""
    content = json.loads(file.raw)
    check(content)
    try:
        return open_json(content)
    except (ValueError, KeyError, TypeError, AttributeError):  # more than padcli's own tokenizers do
        from padcli.tokenizers import huggingface

        return huggingface.open_json(file.raw, file.config, special_in_text=file.options.special_in_text)


def check(content: dict[str, Any]) -> None:
    """Raise `ValueError` for what `tokenizers` takes, and breaks down over later: huge ids, and tokens without any."""
    model = content["model"]
    vocab = model.get("vocab", {}) if isinstance(model, dict) else {}
    ids = vocab if isinstance(vocab, dict) else {}
    added = {token["content"]: token["id"] for token in content.get("added_tokens") or ()}
    check_ids({**ids, **{f"{token} (added)": id_ for token, id_ in added.items()}})
    _check_post_processor(content.get("post_processor") or {})


def _check_post_processor(stage: dict[str, Any]) -> None:
    for part in stage.get("processors") or ():
        _check_post_processor(part)
    if stage.get("type") != "TemplateProcessing":
        return
    for part in (*stage["single"], *stage["pair"]):
        token = part["SpecialToken"]["id"] if "SpecialToken" in part else None
        if token is not None and token not in stage["special_tokens"]:
            raise ValueError(f"its post-processor adds {token!r}, which its own special_tokens do not list")


def open_json(content: dict[str, Any]) -> Tokenizer:
    """A tokenizer that padcli wrote, or one that is made in the same way.

    Raises `ValueError`, `KeyError` or `TypeError` where it does something that the built-in tokenizers do not do.
    """
    splitter = _splitter(content)
    vocabulary = _vocabulary(content["model"], needs_unk=splitter.fixed_vocabulary() is None)
    return Tokenizer(splitter=splitter, vocabulary=vocabulary)


def _splitter(content: dict[str, Any]) -> Splitter:
    """The splitter with these very stages."""
    for key in ("added_tokens", "post_processor", "truncation", "padding"):
        if content.get(key):
            raise ValueError(f"its {key} is more than padcli does")
    stages = {key: content.get(key) for key in ("normalizer", "pre_tokenizer")}
    text = json.dumps(stages["normalizer"])
    regex = re.search(r'"Regex": ("(?:[^"\\]|\\.)*")', text)
    filters = re.sub(r"\\(.)", r"\1", json.loads(regex[1])[1:-1], flags=re.DOTALL) if regex else ""
    for name, lower in product(SPLITTERS, (False, True)):
        splitter = make_splitter(name, lower=lower, filters=filters)
        if {key: splitter.stages()[key] for key in stages} == stages:
            return splitter
    raise ValueError("its normalizer and pre-tokenizer are those of no built-in tokenizer")


def _vocabulary(model: dict[str, Any], *, needs_unk: bool) -> Vocabulary:
    if model.get("type") != "WordLevel":
        raise ValueError(f"its model is {model.get('type')!r}, expected 'WordLevel'")
    ids: dict[str, int] = model["vocab"]
    # At most two ids are no token's: see `Vocabulary` on tokens that are there twice.
    if not all(type(id_) is int and 0 <= id_ < len(ids) + 2 for id_ in ids.values()):
        raise ValueError("its ids are not the numbers from 0 on")
    if len(set(ids.values())) < len(ids):
        raise ValueError("two of its tokens have the same id")
    tokens = list[str | None]([None]) * (max(ids.values(), default=0) + 1)
    for token, id_ in ids.items():
        tokens[id_] = token
    if tokens[0] not in (PAD, None):
        raise ValueError(f"id 0 is {tokens[0]!r}, and padcli needs it for padding")
    unk_id = ids.get(model["unk_token"])
    if needs_unk and unk_id is None:
        raise ValueError(f"its unknown token {model['unk_token']!r} has no id")
    return Vocabulary(tokens=token_array(tokens), unk_id=unk_id)
