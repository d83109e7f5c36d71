"""The stages of a `tokenizer.json` on words of ASCII, where padcli's own loops can do them.

They are described in https://huggingface.co/docs/tokenizers/api/normalizers and .../pre-tokenizers. Whatever is not
listed here, and every word that is not of ASCII, is left to the library.
"""

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any, Literal

import numpy as np

from padcli.tokenizers.characters import byte_characters
from padcli.tokenizers.external import piece_models
from padcli.tokenizers.external.cutting import METASPACE, Normalize, Stage, stages_of
from padcli.tokenizers.external.piece_models import PieceModel
from padcli.tokenizers.external.pieces import (
    DIGITS,
    PUNCTUATION,
    WORD,
    Step,
    around,
    between,
    in_threes,
    where_no_token_stretches,
    words_and_numbers,
)
from padcli.tokenizers.external.plain_words import Lead, PlainWords

_AT_SPACE = {"String": " "}
_CLIP = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
_CLIP_IGNORING_CASE = _CLIP.replace("'s", "'[sſ]").replace(r"[^\s\p{L}\p{N}]", r"[^\s\p{L}\p{N}\x{345}]")
_GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Cutters:
    """Pre-tokenizers that were followed.

    `space`: the space before a word "stays", is "dropped", or becomes a sign, which words without a space get, too.
    `in_bytes`: the model sees the visible characters of bytes. `without`: see `PlainWords`.
    """

    steps: tuple[Step, ...] = ()
    space: Literal["stays", "dropped", "sign"] = "stays"
    in_bytes: bool = False
    without: tuple[str, ...] = ()

    def then(self, *steps: Step, **changes: Any) -> "_Cutters":
        """These and more."""
        return dataclasses.replace(self, steps=self.steps + steps, **changes)


def plain_words(content: dict[str, Any], normalize: Normalize | None, *, implied: bool) -> PlainWords | None:
    """The encoder of plain words for a `tokenizer.json`; None where there is none.

    `normalize`: its normalizer. `implied`: each word has a space before it that it comes without.
    """
    normalizers = stages_of(content["normalizer"], "normalizers")
    lower = any(stage["type"] == "Lowercase" or stage.get("lowercase") for stage in normalizers)
    if normalize is not None and not _keeps_ascii(normalize, lower=lower):
        return None
    replaced = [stage["pattern"].get("String") for stage in normalizers if stage["type"] == "Replace"]
    cutters = _followed(stages_of(content["pre_tokenizer"], "pretokenizers"), writes_sign=" " in replaced)
    if cutters is None:
        return None
    model = _model(content["model"], cutters, has_sign=" " in replaced)
    if model is None:
        return None
    return PlainWords(
        model=model,
        steps=cutters.steps + _steps_of(content["model"], cutters),
        lower=lower,
        lead=_lead(cutters, implied=implied),
        sign=METASPACE if content["model"]["type"] == "Unigram" else " ",
        without=(*cutters.without, *_unknown(content["model"]), *(part for part in replaced if part and part != " ")),
    )


def _keeps_ascii(normalize: Normalize, *, lower: bool) -> bool:
    """True if ASCII that can be printed stays as it is, but for lower-casing."""
    texts = (f"x{chr(code)}x" for code in range(0x21, 0x7F))
    return all(normalize(text).removeprefix(METASPACE) == (text.lower() if lower else text) for text in texts)


def _followed(stages: Iterable[Stage], *, writes_sign: bool) -> _Cutters | None:
    """The pre-tokenizers; None where one of them is not known."""
    cutters: _Cutters | None = _Cutters()
    for stage in stages:
        if writes_sign:  # there is no space any more
            cutters = cutters if stage.get("pattern") == _AT_SPACE else None
        elif cutters is not None:
            cutters = _with_stage(cutters, stage)
    return cutters


def _with_stage(cutters: _Cutters, stage: Stage) -> _Cutters | None:
    kind = stage["type"]
    if cutters.space == "sign":  # which is a character of its own to what comes later
        return None
    if kind in ("Metaspace", "WhitespaceSplit", "BertPreTokenizer", "Whitespace"):
        return None if cutters.steps or cutters.in_bytes else _with_spaces(cutters, stage)
    if kind == "ByteLevel" and not stage["add_prefix_space"] and not cutters.in_bytes:
        return cutters.then(*[words_and_numbers] * stage["use_regex"], in_bytes=True)
    if kind == "Digits":
        return cutters.then((around if stage["individual_digits"] else between)(DIGITS))
    if kind == "Punctuation" and stage["behavior"] in ("Isolated", "Contiguous"):
        return cutters.then((around if stage["behavior"] == "Isolated" else between)(PUNCTUATION))
    return _with_split(cutters, stage) if kind == "Split" else None


def _with_spaces(cutters: _Cutters, stage: Stage) -> _Cutters | None:
    """One of the stages that drop spaces, or write a sign for each."""
    if stage["type"] == "Metaspace":
        puts_sign = stage["prepend_scheme"] in ("always", "first") and stage["replacement"] == METASPACE
        return cutters.then(space="sign") if puts_sign else None
    steps = {"BertPreTokenizer": [around(PUNCTUATION)], "Whitespace": [between(WORD)]}.get(stage["type"], [])
    return cutters.then(*steps, space="dropped")


def _with_split(cutters: _Cutters, stage: Stage) -> _Cutters | None:
    pattern, is_isolated = stage["pattern"].get("Regex"), stage["behavior"] == "Isolated" and not stage["invert"]
    if is_isolated and pattern == "[0-9][0-9][0-9]":
        return cutters.then(in_threes)
    if is_isolated and pattern == _GPT2:
        return cutters.then(words_and_numbers)
    if stage["behavior"] == "Removed" and stage["invert"] and pattern in (_CLIP, _CLIP_IGNORING_CASE):
        return cutters.then(words_and_numbers, around(DIGITS), space="dropped", without=("<|",))
    return None


def _lead(cutters: _Cutters, *, implied: bool) -> Lead:
    if implied:
        return "one more"
    leads: dict[str, Lead] = {"dropped": "dropped", "sign": "always", "stays": "kept"}
    return leads[cutters.space]


def _model(model: Stage, cutters: _Cutters, *, has_sign: bool) -> PieceModel | None:
    """The model of pieces; None where it is not known."""
    kind = model["type"]
    if kind == "BPE" and (cutters.space != "stays" or cutters.in_bytes or has_sign):
        return _bpe(model, in_bytes=cutters.in_bytes)
    if kind == "Unigram" and cutters.space == "sign" and not has_sign:
        return _unigram(model)
    if kind in ("WordPiece", "WordLevel") and cutters.space == "dropped" and not cutters.in_bytes:
        return _word_piece(model) if kind == "WordPiece" else _word_level(model)
    return None


def _bpe(model: Stage, *, in_bytes: bool) -> PieceModel | None:
    if not _merges_by_rank_alone(model):
        return None
    ids, suffix = model["vocab"], model.get("end_of_word_suffix") or ""
    pairs = [merge.split(" ") if isinstance(merge, str) else merge for merge in model["merges"]]
    visible = byte_characters() if in_bytes else _ascii_symbols()
    return piece_models.Bpe(
        merges=piece_models.merges_of(
            [ids[left] for left, _ in pairs],
            [ids[right] for _, right in pairs],
            range(len(pairs)),
            [ids[left + right] for left, right in pairs],
        ),
        symbols=piece_models.symbols_of(ids, visible),
        last_symbols=piece_models.symbols_of(ids, visible, suffix),
    )


def _merges_by_rank_alone(model: Stage) -> bool:
    """Return True for a BPE whose ids depend on its merges alone.

    With `ignore_merges`, a word that is a token is one, whatever the merges; a prefix makes other symbols of all
    characters but the first. https://github.com/huggingface/tokenizers/blob/main/tokenizers/src/models/bpe/model.rs
    """
    return not (model.get("continuing_subword_prefix") or model.get("ignore_merges") or model.get("dropout"))


def _ascii_symbols() -> list[str]:
    """The character of each byte of ASCII, and the sign for a space; none for other bytes."""
    return [METASPACE if code == ord(" ") else chr(code) if code < 128 else "" for code in range(256)]


def _steps_of(model: Stage, cutters: _Cutters) -> tuple[Step, ...]:
    """Cuts that make pieces of a BPE smaller, where no pattern has cut them already."""
    if model["type"] != "BPE" or words_and_numbers in cutters.steps or model.get("end_of_word_suffix"):
        return ()
    return (where_no_token_stretches(_in_bytes(model["vocab"], in_bytes=cutters.in_bytes)),)


def _in_bytes(tokens: Iterable[str], *, in_bytes: bool) -> Iterator[bytes]:
    """The tokens of ASCII alone, with the space as such."""
    symbols = byte_characters() if in_bytes else _ascii_symbols()
    table = {ord(char): code for code, char in enumerate(symbols) if char}
    for token in tokens:
        text = token.translate(table)
        if text.isascii():
            yield text.encode()


def _unigram(model: Stage) -> PieceModel:
    tokens = [token for token, _ in model["vocab"]]
    return piece_models.Unigram(
        trie=piece_models.trie_of(tokens),
        ids=np.arange(len(tokens), dtype=np.int32),
        scores=np.array([score for _, score in model["vocab"]], np.float64),
    )


def _unknown(model: Stage) -> tuple[str, ...]:
    """The unknown token of a Unigram model, which is joined to its neighbours where a text holds it."""
    if model["type"] != "Unigram" or model.get("unk_id") is None:
        return ()
    return (model["vocab"][model["unk_id"]][0].replace(METASPACE, "") or METASPACE,)


def _word_piece(model: Stage) -> PieceModel | None:
    ids, prefix = model["vocab"], model["continuing_subword_prefix"]
    if model["unk_token"] not in ids:
        return None
    going_on = [token for token in ids if token.startswith(prefix)]
    return piece_models.WordPiece(
        trie=piece_models.trie_of(ids, [token.removeprefix(prefix) for token in going_on]),
        ids=np.array([*ids.values(), *(ids[token] for token in going_on)], np.int32),
        unk=ids[model["unk_token"]],
        longest=model["max_input_chars_per_word"],
    )


def _word_level(model: Stage) -> PieceModel | None:
    ids = model["vocab"]
    return piece_models.WordLevel(ids, ids[model["unk_token"]]) if model["unk_token"] in ids else None
