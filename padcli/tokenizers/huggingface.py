"""Tokenizers of Hugging Face: any `tokenizer.json`, the folder of a model, and BERT's `vocab.txt`."""

import json
import string
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, cast

import numpy as np
import pyarrow as pa
import tokenizers

from padcli.errors import TokenizerFileError
from padcli.ragged import RaggedIds, Texts
from padcli.tokenizers import Tokenizer
from padcli.tokenizers.encoder import ENDINGS, EncodeTexts, Way, by_units, choose_way
from padcli.vocabulary import Vocabulary, token_array

ROLES = ("pad", "unk", "bos", "eos", "cls", "sep", "mask")
_PADS = ("[PAD]", "<pad>", "<|pad|>", "<PAD>")

# Normalizers that do to a text what they do to each of its words, and pre-tokenizers that begin by cutting at spaces.
_OF_WORDS = {"BertNormalizer", "Lowercase", "NFC", "NFD", "NFKC", "NFKD", "StripAccents", "Precompiled"}
JOINT = "\U0010fffdpadcli\U0010fffd"  # stands in no text, and rows with it would go to the original
_JOINED = 64
_DROP_SPACES = {"BertPreTokenizer", "Whitespace", "WhitespaceSplit"}


class HuggingFace:
    """The `tokenizers` library."""

    name = "tokenizers"

    def __init__(self, tokenizer: tokenizers.Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._joining: tokenizers.Tokenizer | None = None

    def encode(self, texts: list[str]) -> list[list[int]]:
        """The ids of each text."""
        with _errors_told():
            return [encoding.ids for encoding in self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)]

    def encode_units(self, units: list[str]) -> RaggedIds:
        """The same, joined by a special token, at which texts are cut: an `Encoding` costs more than a short text."""
        if self._joining is None:
            self._joining = tokenizers.Tokenizer.from_str(self._tokenizer.to_str())
            self._joining.add_special_tokens([tokenizers.AddedToken(JOINT, normalized=False, special=True)])
        texts = [JOINT.join(units[i : i + _JOINED]) + JOINT for i in range(0, len(units), _JOINED)]
        with _errors_told():
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
def _errors_told() -> Iterator[None]:
    """What the library raises, whatever it is, becomes a `TokenizerFileError`."""
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
    with _errors_told():
        tokenizer = tokenizers.Tokenizer.from_buffer(raw)
    return _open(tokenizer, config, special_in_text=special_in_text)


def _open(tokenizer: tokenizers.Tokenizer, config: Mapping[str, Any], *, special_in_text: bool) -> Tokenizer:
    content = json.loads(tokenizer.to_str())
    # Rows are cut and padded later, to the length that the whole input asks for.
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.encode_special_tokens = not special_in_text
    original = HuggingFace(tokenizer)
    special = [JOINT, *(token["content"] for token in content["added_tokens"])]
    encoder = choose_way(str(content["model"]["type"]), original, special, _ways(content, original))
    ids = tokenizer.get_vocab(with_added_tokens=True)
    if not ids:
        raise ValueError("its vocabulary is empty")
    tokens = list[str | None]([None]) * (max(ids.values(), default=-1) + 1)
    for token, id_ in ids.items():
        tokens[id_] = token
    roles = _roles(content, config, ids)
    before, after = _added_by_post_processor(tokenizer)
    return Tokenizer(
        splitter=encoder,
        vocabulary=Vocabulary(tokens=token_array(tokens), unk_id=roles.get("unk")),
        roles=roles,
        pad_id=roles.get("pad", None if tokens and tokens[0] is not None else 0),
        before=before,
        after=after,
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


def _added_by_post_processor(tokenizer: tokenizers.Tokenizer) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The ids that the post-processor puts before and after a text."""
    core, whole = (tokenizer.encode("a", add_special_tokens=add).ids for add in (False, True))
    start = next(i for i in range(len(whole) + 1) if whole[i : i + len(core)] == core)
    return tuple(whole[:start]), tuple(whole[start + len(core) :])


def _ways(content: dict[str, Any], original: HuggingFace) -> Iterable[Way]:
    """The faster ways that a tokenizer may have, the fastest first."""
    model, normalizers = content["model"], _parts(content["normalizer"], "normalizers")
    if model.get("dropout") or (normalizers and any(token["normalized"] for token in content["added_tokens"])):
        return  # random; or tokens would have to be looked for in what a text is normalized to
    if model["type"] == "BPE":
        yield "gigatoken", lambda: gigatoken_of(json.dumps(content).encode())
    cutters = _parts(content["pre_tokenizer"], "pretokenizers")
    if not cutters or not all(part["type"] in _OF_WORDS for part in normalizers):
        return
    kind, way = cutters[0]["type"], f"{original.name}, each word once"
    each_once = partial(by_units, original, encode_units=original.encode_units)
    lower = any(part["type"] == "Lowercase" or part.get("lowercase") for part in normalizers)
    if kind == "BertPreTokenizer":
        yield way, lambda: each_once(keeps_spaces=False, lower=lower, alone=string.punctuation)
    if kind in _DROP_SPACES or _is_split_at_space(cutters[0]):
        yield way, lambda: each_once(keeps_spaces=False, lower=lower)
    if kind == "Metaspace" and cutters[0].get("prepend_scheme") != "never" and cutters[0].get("split", True):
        yield way, lambda: each_once(keeps_spaces=True, lower=lower)


def _is_split_at_space(part: dict[str, Any]) -> bool:
    at_space = {"pattern": {"String": " "}, "behavior": "Removed", "invert": False}
    return part in ({"type": "CharDelimiterSplit", "delimiter": " "}, {"type": "Split", **at_space})


def _parts(stage: dict[str, Any] | None, of_sequence: str) -> list[dict[str, Any]]:
    if stage is None:
        return []
    if stage["type"] != "Sequence":
        return [stage]
    return [part for each in stage[of_sequence] for part in _parts(each, of_sequence)]


def gigatoken_of(raw: bytes) -> EncodeTexts:
    """The same tokenizer in gigatoken; raises what it raises for those that it does not do."""
    import gigatoken

    return by_gigatoken(gigatoken.Tokenizer.from_json(raw))


def by_gigatoken(tokenizer: Any) -> EncodeTexts:
    """A tokenizer of gigatoken as a way to encode texts."""
    from awkward import Array, to_layout
    from awkward.contents import ListOffsetArray, NumpyArray
    from awkward.index import Index64

    def encode(texts: pa.StringArray) -> RaggedIds:
        strings = Texts(array=texts)
        characters = NumpyArray(strings.data, parameters={"__array__": "char"})
        offsets = Index64(strings.offsets.astype(np.int64))
        given = Array(ListOffsetArray(offsets, characters, parameters={"__array__": "string"}))
        layout = to_layout(tokenizer.encode_batch(given))
        offsets = np.asarray(layout.offsets.data)
        values = np.asarray(layout.content.data)[offsets[0] : offsets[-1]]
        return RaggedIds(values=values, offsets=offsets - offsets[0])

    return cast(EncodeTexts, encode)
