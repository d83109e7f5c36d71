"""Places where a tokenizer of Hugging Face cuts a text before its model sees it, as far as its words are concerned.

A text may be encoded word by word if the tokenizer's stages do to each word, by itself, what they do to it within a
text. Words are cut at spaces, each with a character before it that is no white space. What the stages are is described
in https://huggingface.co/docs/tokenizers/api/pre-tokenizers; what is not listed here goes to the original.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from padcli.tokenizers.external.encoder import Condition
from padcli.tokenizers.external.word_path import Space

Stage = dict[str, Any]
Normalize = Callable[[str], str]

METASPACE = "▁"
_NOT_PLAIN = r"[^\x20-\x7E]"  # other than ASCII that can be printed
_BYTE_LEVEL_SPACE = "Ġ"
_BYTE_LEVEL_WHITE = "ĉĊċČčĠ"  # tab to carriage return, and the space, as byte-level tokenizers write them
_WHITE_CHARACTERS = rf"\t\n\v\f\r {METASPACE}"

# Normalizers that look at one character, at a grapheme, or at what can become one character, of which no space is part.
# So they do to a text what they do to each of its words. The first character of a word may be a mark that is taken
# together with the space before it: `normalizes_alone` asks the normalizer itself.
_LOCAL_NORMALIZERS = {
    "BertNormalizer", "Lowercase", "NFC", "NFD", "NFKC", "NFKD", "Nmt", "Precompiled", "StripAccents",
}  # fmt: skip
_LOCAL_REPLACED = {r"\s+": " ", " {2,}": " "}  # a run of white space begins where a text is cut

# Pre-tokenizers that cut at white space and drop it, and those that cut within words alone.
_DROPPING = {"BertPreTokenizer", "Whitespace", "WhitespaceSplit"}
_WITHIN_WORDS = {"Digits", "Punctuation"}

# Of regular expressions for words: an alternative that matches white space alone, and one that begins with a space or
# not, and goes on with what is none. So no match goes on beyond a space, and none looks further than at the next
# character behind white space.
_WHITE = {r"\s+(?!\S)", r"\s+", r"\s*[\r\n]+", r"\s*[\r\n]", r"\s+$", r"\s"}
_CLASS = r"\[(?:\\[pP]\{\w+\}|\\r|\\n|/)+\]|\[A-Za-z\]"
_BUT_WHITE = r"\[\^(?:\\[pP]\{\w+\}|\\r|\\n)*\\s(?:\\[pP]\{\w+\}|\\r|\\n)*\]"
_GROUP = r"\(\?i?:(?:[a-z'|]|\[[a-z]+\])+\)"
_ATOM = rf"(?:\\p\{{\w+\}}|{_CLASS}|{_BUT_WHITE}|{_GROUP}|['A-Za-z<>]|\\\|)"
_QUANTITY = r"(?:[*+?]\+?|\{\d+(?:,\d*)?\}\+?)?"
_LEAD = r"(?: \?|\[\^(?:\\r|\\n|\\[pP]\{\w+\})+\]\?\+?)?"
_WORD = re.compile(rf"{_LEAD}(?:{_ATOM}{_QUANTITY})+")
_PUNCTUATED = re.compile(r"\[(?!\^)[^\[\]\\\s]*(?:\\[^\w\s][^\[\]\\\s]*)*\]\[A-Za-z\]\+")  # a sign, then letters
_DIGITS_OR_SIGNS = re.compile(r"(?:\\p\{N\}|\[0-9\]|\\d|\[一-龥぀-ゟ゠-ヿ\])+(?:\+|\{\d(?:,\d)?\})?")


def stages_of(stage: Stage | None, parts: str) -> list[Stage]:
    """A stage of a `tokenizer.json`, or the stages of a sequence, which stand under the name of `parts`."""
    if stage is None:
        return []
    if stage["type"] != "Sequence":
        return [stage]
    return [part for each in stage[parts] for part in stages_of(each, parts)]


def space_of_words(content: dict[str, Any]) -> Space | None:
    """Tell what part of a text the space before each word is, for the stages of a `tokenizer.json`.

    None where it cannot be encoded word by word, or where that is not known.
    """
    normalizers = stages_of(content["normalizer"], "normalizers")
    prefix = [stage for stage in normalizers if stage["type"] == "Prepend"]
    others = [stage for stage in normalizers if stage["type"] != "Prepend"]
    if not all(map(_is_local, others)) or any(stage["prepend"] != METASPACE for stage in prefix):
        return None
    cutters = stages_of(content["pre_tokenizer"], "pretokenizers")
    sign = METASPACE if any(map(_writes_spaces, others)) else None
    space = _space_of_cut(cutters, content["model"], sign)
    if not prefix:
        return space
    # The sign that is put before a text is the space before any other word.
    return "implied" if space == "kept" and normalizers[0]["type"] == "Prepend" and len(prefix) == 1 else None


def _space_of_cut(cutters: list[Stage], model: Stage, sign: str | None) -> Space | None:
    """Tell the same of the pre-tokenizers alone. `sign`: what normalizers have written for each space, if anything."""
    for i, stage in enumerate(cutters):
        if sign is None and (stage.get("use_regex") or stage.get("split") or cuts_at_spaces(stage)):
            return "kept"
        if sign is None and (stage["type"] in _DROPPING or _drops_spaces(stage)):
            # What comes later must not depend on where in the text a word stands.
            return None if any(later.get("prepend_scheme") == "first" for later in cutters[i:]) else "dropped"
        if not _cuts_no_space(stage, sign):
            return None
        if stage["type"] in ("ByteLevel", "Metaspace"):
            sign = _BYTE_LEVEL_SPACE if stage["type"] == "ByteLevel" else stage["replacement"]
    return "kept" if _model_cuts(model, sign) else None


def _cuts_no_space(stage: Stage, sign: str | None) -> bool:
    """True for a pre-tokenizer that leaves each space with its neighbours, or writes a sign for it."""
    kind = stage["type"]
    if kind in ("ByteLevel", "Metaspace"):
        return kind == "Metaspace" or sign is None  # of a sign, bytes make several characters
    if sign is not None:
        return bool(stage.get("pattern") == {"String": " "})  # there is none any more
    return kind in _WITHIN_WORDS or _cuts_within_words(stage)


def _drops_spaces(stage: Stage) -> bool:
    at_space = {"pattern": {"String": " "}, "behavior": "Removed", "invert": False}
    return stage in ({"type": "CharDelimiterSplit", "delimiter": " "}, {"type": "Split", **at_space})


def cuts_at_spaces(stage: Stage) -> bool:
    """True for a `Split` that cuts at each space with another character before it, whatever else is in the text."""
    pattern = stage["pattern"].get("Regex") if stage["type"] == "Split" else None
    if pattern is None:
        return False
    if stage["behavior"] == "Removed" and stage["invert"]:  # what lies between the words is dropped
        return all(_WORD.fullmatch(part) for part in alternatives(pattern))
    return stage["behavior"] == "Isolated" and not stage["invert"] and is_word_pattern(pattern)


def is_word_pattern(pattern: str) -> bool:
    r"""True for a regular expression of which each match begins at a space, or goes on up to one.

    Each of its alternatives is one of white space or one of a word, and any white space is matched.
    """
    pattern = pattern.replace("\r", r"\r").replace("\n", r"\n").replace("++", "+")
    parts = alternatives(pattern)
    return bool({r"\s+", r"\s"} & set(parts)) and all(
        part in _WHITE or _WORD.fullmatch(part) or _PUNCTUATED.fullmatch(part) for part in parts
    )


def alternatives(pattern: str) -> list[str]:
    """The alternatives of a regular expression, those within brackets aside."""
    parts, depth, in_class = [""], 0, False
    for sign in re.findall(r"\\.|.", pattern, re.DOTALL):
        if not in_class:
            depth += (sign == "(") - (sign == ")")
        in_class = sign == "[" or (in_class and sign != "]")
        if sign == "|" and not depth and not in_class:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def _cuts_within_words(stage: Stage) -> bool:
    pattern = stage.get("pattern", {}).get("Regex", "")
    return stage["type"] == "Split" and stage["behavior"] == "Isolated" and bool(_DIGITS_OR_SIGNS.fullmatch(pattern))


def _model_cuts(model: Stage, sign: str | None) -> bool:
    """True for a BPE model that sees the sign for each space, and has no token with it behind another character.

    Merging makes nothing but tokens, and what is merged on one side of a place that no token stretches over has no part
    in what is merged on the other. https://github.com/huggingface/tokenizers/blob/main/tokenizers/src/models/bpe/word.rs
    """
    if model["type"] != "BPE" or model.get("continuing_subword_prefix") or model.get("end_of_word_suffix"):
        return False
    tokens: dict[str, int] = model["vocab"]
    return sign in (METASPACE, _BYTE_LEVEL_SPACE) and sign in tokens and not goes_beyond_space(tokens, str(sign))


def goes_beyond_space(tokens: Iterable[str], space: str) -> bool:
    """True if a token has the sign for a space behind a character that is no white space."""
    beyond = re.compile(f"[^{_BYTE_LEVEL_WHITE if space == _BYTE_LEVEL_SPACE else _WHITE_CHARACTERS}]{space}")
    return any(space in token[1:] and beyond.search(token) is not None for token in tokens)


def _writes_spaces(stage: Stage) -> bool:
    return bool(stage["type"] == "Replace" and stage["pattern"] == {"String": " "})


def _is_local(stage: Stage) -> bool:
    kind: str = stage["type"]
    if kind == "Strip":  # at the end of a text there is no space behind the last word
        return not bool(stage["strip_left"])
    return (
        _replaces_within_words(stage["pattern"], stage["content"]) if kind == "Replace" else kind in _LOCAL_NORMALIZERS
    )


def _replaces_within_words(pattern: dict[str, str], content: str) -> bool:
    if pattern == {"String": " "}:
        return content == METASPACE
    if "String" in pattern:
        return content != "" and not any(map(_is_white, pattern["String"] + content))
    return _LOCAL_REPLACED.get(pattern["Regex"]) == content


def normalizes_alone(normalize: Normalize, space: Space) -> Condition:
    """The condition that a word's normal form by itself is the one that it has between others.

    Nor may its last character become white space, or vanish, where spaces are kept: then the word before the next
    space would be another one. ASCII that can be printed meets it, whatever the normalizer.
    """
    between = normalize("x x")
    head = between[: between.index("x") + 1]
    tail = between[len(head) :]
    sought = _NOT_PLAIN if _keeps_ascii(normalize) else ""

    def breaks(word: str) -> bool:
        alone = normalize(word)
        if space == "kept" and not word.startswith(" "):  # the first of a text
            is_same = normalize(f"{word} x") == alone + tail
        elif space == "kept":
            is_same = normalize(f"x{word} x") == head + alone + tail
        else:
            before = head if space == "implied" else head + tail[0]
            is_same = normalize(f"x {word} x") == before + alone + tail
        ends_solid = space == "dropped" or _is_white(word[-1]) or (alone != "" and not _is_white(alone[-1]))
        return not (is_same and ends_solid)

    def broken(words: pa.StringArray) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = pc.match_substring_regex(words, sought).to_numpy(zero_copy_only=False)
        found = found.copy()
        found[found] = np.fromiter(map(breaks, words.filter(pa.array(found)).to_pylist()), np.bool_)
        return found

    return Condition(name="normalizes alone as between others", broken=broken)


def _keeps_ascii(normalize: Normalize) -> bool:
    """True if ASCII that can be printed stays one character that is no white space, or becomes several of them."""
    normals = (normalize(f"x{chr(code)}x").partition("x")[2] for code in range(0x21, 0x7F))
    return all(normal.endswith("x") and normal[:-1] and not any(map(_is_white, normal)) for normal in normals)


def normalizes_to_none_of(normalize: Normalize, tokens: Iterable[str]) -> Condition:
    """The condition that the normal form of a word holds none of some tokens."""
    sought = [token for token in tokens if token]

    def broken(words: pa.StringArray) -> NDArray[np.bool_]:
        normals = map(normalize, words.to_pylist())
        return np.fromiter((any(token in normal for token in sought) for normal in normals), np.bool_, len(words))

    return Condition(name="its normal form holds no added token", broken=broken)


def _is_white(char: str) -> bool:
    return char.isspace() or char in (METASPACE, "\u180e")
