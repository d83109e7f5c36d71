"""Tokenizer files: a Hugging Face `tokenizer.json`, with which `tokenizers` gives the same ids."""

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain, product
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from padcli.options.regex import portable
from padcli.rows.ragged import positions
from padcli.tokenizers import SPLITTERS, Tokenizer, make_splitter, text_vectorization
from padcli.tokenizers.external.tokenizer_file import TokenizerFile
from padcli.tokenizers.splitter import KnownSplitter, Splitter
from padcli.tokenizers.vocabulary import PAD, UNK, Vocabulary, check_ids, token_array

_SLICE = 2**16  # tokens to write at a time

# `tokenizers` has no WordLevel without an unknown token. A BPE without merges looks whole units up, too, and leaves out
# what it does not find; but first it looks up single characters, which must not be found: each unit gets a mark
# before it, so that no token is a character.
# https://github.com/huggingface/tokenizers/blob/main/tokenizers/src/models/bpe/model.rs (`merge_word`)
_WITHOUT_UNK: dict[str, Any] = {
    "type": "BPE",
    "dropout": None,
    "unk_token": None,
    "continuing_subword_prefix": None,
    "end_of_word_suffix": None,
    "fuse_unk": False,
    "byte_fallback": False,
    "ignore_merges": True,
    "vocab": {},
    "merges": [],
}
_MARK = " "  # no word holds a space
_METASPACE = {"type": "Metaspace", "replacement": _MARK, "prepend_scheme": "always", "split": False}


def dump(splitter: Splitter, vocabulary: Vocabulary) -> Iterator[Callable[[], bytes]]:
    """Yield tasks, each of which gives the next part of the file; the same tokenizer gives the same bytes.

    The vocabulary is written by pyarrow: a dict of it would take twice the time and ten times the memory.
    """
    if own := splitter.own_file(vocabulary):
        yield from (partial(bytes, part) for part in own)
        return
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
    stages, mark = splitter.stages(), ""
    if vocabulary.unk_id is None and splitter.fixed_vocabulary() is None:
        content["model"] = _WITHOUT_UNK
        stages, mark = _marked(splitter)
    text = orjson.dumps(content | stages, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    before, vocab, after = text.partition(b'"vocab": {')
    yield partial(bytes, before + vocab)
    ids = np.arange(len(vocabulary))
    for name in () if mark else (UNK, PAD):  # each may be a word of the text as well, and then has its last id
        ids = np.delete(ids, np.flatnonzero(pc.equal(vocabulary.tokens.take(positions(ids)), name))[:-1])
    separator = b"\n"
    for some in np.split(ids, range(_SLICE, len(ids), _SLICE)):
        yield partial(_lines, vocabulary.tokens.take(positions(some)), some, mark, separator)
        separator = b",\n"
    yield partial(bytes, b"\n    " + after)


def _marked(splitter: Splitter) -> tuple[dict[str, Any], str]:
    """The stages of a splitter, with a mark before each of its units, and that mark; empty where they need none."""
    stages = splitter.stages()
    if not splitter.separator:  # units are characters themselves
        return stages, ""
    if stages["pre_tokenizer"] is None:  # units may hold anything, a space too: two of them are no character
        steps = [step for step in (stages["normalizer"], {"type": "Prepend", "prepend": 2 * _MARK}) if step]
        return {**stages, "normalizer": {"type": "Sequence", "normalizers": steps}}, 2 * _MARK
    cutters = [stages["pre_tokenizer"], _METASPACE]
    return {
        "normalizer": stages["normalizer"],
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": cutters},
        "decoder": _METASPACE,
    }, _MARK


def _with_mark(tokens: pa.LargeStringArray, ids: NDArray[np.int64], mark: str) -> pa.LargeStringArray:
    if not mark:
        return tokens
    before, nothing = (pa.scalar(part, pa.large_string()) for part in (mark, ""))
    return pc.if_else(pa.array(ids > 0), pc.binary_join_element_wise(before, tokens, nothing), tokens)


def _lines(tokens: pa.LargeStringArray, ids: NDArray[np.int64], mark: str, separator: bytes) -> bytes:
    tokens = _with_mark(tokens, ids, mark)
    special = pc.match_substring_regex(tokens, r'["\\\x00-\x1f]')
    escaped = [orjson.dumps(token)[1:-1].decode() for token in tokens.filter(special).to_pylist()]
    tokens = pc.replace_with_mask(tokens, special, token_array(escaped))
    before, between, after, nothing = (pa.scalar(part, pa.large_string()) for part in ('      "', '": ', ",\n", ""))
    lines = pc.binary_join_element_wise(before, tokens, between, positions(ids).cast(pa.large_string()), after, nothing)
    _, _, text = lines.buffers()
    return separator + bytes(text).removesuffix(b",\n")


def open_file(file: TokenizerFile) -> Tokenizer:
    """The tokenizer of a `tokenizer.json`: padcli's own, or else that of `tokenizers`."""
    content = json.loads(file.raw)
    check(content)
    try:
        return open_json(content)
    except (ValueError, KeyError, TypeError, AttributeError):  # more than padcli's own tokenizers do
        from padcli.tokenizers.external import huggingface

        return huggingface.open_json(file.raw, file.config, special_in_text=file.options.special_in_text)


def check(content: dict[str, Any]) -> None:
    """Raise `ValueError` for what `tokenizers` breaks down over: huge ids, and tokens, merges and texts without any."""
    from padcli.tokenizers.external.charsmap import check_charsmap
    from padcli.tokenizers.external.cutting import stages_of

    model = content["model"] if isinstance(content["model"], dict) else {}
    vocab = model.get("vocab", {})
    ids = vocab if isinstance(vocab, dict) else {}
    _check_merges(ids, model.get("merges") or (), len(model.get("continuing_subword_prefix") or ""))
    added = {token["content"]: token["id"] for token in content.get("added_tokens") or ()}
    check_ids({**ids, **{f"{token} (added)": id_ for token, id_ in added.items()}})
    for stage in stages_of(content.get("normalizer"), "normalizers"):
        if stage["type"] == "Precompiled":
            check_charsmap(stage["precompiled_charsmap"])
    _check_post_processor(content.get("post_processor") or {})


def _check_merges(ids: dict[str, int], merges: Any, prefix: int) -> None:
    for merge in merges:
        first, second = merge.split(" ") if isinstance(merge, str) else merge
        if first + second[prefix:] not in ids:
            raise ValueError(f"its merge of {first!r} and {second!r} makes no token of its vocabulary")


def _check_post_processor(stage: dict[str, Any]) -> None:
    for part in stage.get("processors") or ():
        _check_post_processor(part)
    if stage.get("type") != "TemplateProcessing":
        return
    for part in (*stage["single"], *stage["pair"]):
        token = part["SpecialToken"]["id"] if "SpecialToken" in part else None
        if token is not None and token not in stage["special_tokens"]:
            raise ValueError(f"its post-processor adds {token!r}, which is not among its special_tokens")


def open_json(content: dict[str, Any]) -> Tokenizer:
    """A tokenizer that padcli wrote, or one that is made in the same way.

    Raises `ValueError`, `KeyError` or `TypeError` where it does something that the built-in tokenizers do not do.
    """
    model = content["model"]
    has_unk = model.get("type") != _WITHOUT_UNK["type"]
    splitter, mark = _splitter(content, has_unk=has_unk)
    if has_unk:
        vocabulary = _vocabulary(model, needs_unk=splitter.fixed_vocabulary() is None)
        return Tokenizer(splitter=splitter, vocabulary=vocabulary)
    vocabulary = Vocabulary(tokens=token_array(_unmarked(model, mark)), unk_id=None)
    known = KnownSplitter(units=splitter, numbering=vocabulary.numbering())
    return Tokenizer(splitter=known, vocabulary=vocabulary, special_tokens=(PAD,))


def _splitter(content: dict[str, Any], *, has_unk: bool) -> tuple[Splitter, str]:
    """The splitter with these very stages, and the mark before its units."""
    for key in ("added_tokens", "post_processor", "truncation", "padding"):
        if content.get(key):
            raise ValueError(f"its {key} is not supported")
    stages = {key: content.get(key) for key in ("normalizer", "pre_tokenizer")}
    text = json.dumps(stages["normalizer"])
    regex = re.search(r'"Regex": ("(?:[^"\\]|\\.)*")', text)
    filters = re.sub(r"\\(.)", r"\1", json.loads(regex[1])[1:-1], flags=re.DOTALL) if regex else ""
    pattern = _pattern(stages["pre_tokenizer"])
    made = (
        make_splitter(name, lower=lower, filters=filters, pattern=pattern)
        for name, lower in product(SPLITTERS, (False, True))
    )
    for splitter in chain(made, text_vectorization.variants()):
        known, mark = (splitter.stages(), "") if has_unk else _marked(splitter)
        if {key: known[key] for key in stages} == stages:
            return splitter, mark
    raise ValueError("its normalizer and pre-tokenizer are not those of a built-in tokenizer")


def _pattern(cutters: Any) -> str | None:
    """The regular expression that padcli splits at, if there is one."""
    try:
        pattern: str = cutters["pretokenizers"][0]["pattern"]["Regex"]
        return pattern if portable(pattern) == pattern else None
    except (KeyError, TypeError, IndexError, ValueError):
        return None


def _vocabulary(model: dict[str, Any], *, needs_unk: bool) -> Vocabulary:
    if model.get("type") != "WordLevel":
        raise ValueError(f"its model is {model.get('type')!r}, expected 'WordLevel'")
    ids: dict[str, int] = model["vocab"]
    tokens = _tokens(ids)
    unk_id = ids.get(model["unk_token"])
    if needs_unk and unk_id is None:
        raise ValueError(f"its unknown token {model['unk_token']!r} has no id")
    return Vocabulary(tokens=token_array(tokens), unk_id=unk_id)


def _unmarked(model: dict[str, Any], mark: str) -> list[str | None]:
    """The tokens of a vocabulary without an unknown token, by their ids."""
    if {key: model.get(key) for key in _WITHOUT_UNK} != {**_WITHOUT_UNK, "vocab": model["vocab"]}:
        raise ValueError("its BPE is more than a vocabulary without an unknown token")
    first, *tokens = _tokens(model["vocab"])
    for token in tokens:
        if token is None or not token.startswith(mark) or (len(token) > 1) != bool(mark):
            raise ValueError(f"its token {token!r} would be found within other units")
    return [first, *(token[len(mark) :] for token in tokens if token is not None)]


def _tokens(ids: dict[str, int]) -> list[str | None]:
    """The tokens by their ids; None where no token has it."""
    # At most two ids are no token's: see `Vocabulary` on tokens that are there twice.
    if not all(type(id_) is int and 0 <= id_ < len(ids) + 2 for id_ in ids.values()):
        raise ValueError("its ids are not consecutive from 0")
    if len(set(ids.values())) < len(ids):
        raise ValueError("two of its tokens have the same id")
    tokens = list[str | None]([None]) * (max(ids.values(), default=0) + 1)
    for token, id_ in ids.items():
        tokens[id_] = token
    if tokens[0] not in (PAD, None):
        raise ValueError(f"id 0 is {tokens[0]!r}, but padcli needs it for padding")
    return tokens
