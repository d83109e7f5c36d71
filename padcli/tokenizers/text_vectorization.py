"""Keras's `TextVectorization`: fitted as its `adapt` does, and read from its vocabulary or from a saved model."""

import dataclasses
import io
import json
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from padcli.errors import TokenizerFileError, UsageError
from padcli.ragged import Texts, Units
from padcli.tokenizers import Tokenizer
from padcli.tokenizers.characters import CharSplitter
from padcli.tokenizers.normalize import byte_table, cut, regex_class, rewritten
from padcli.tokenizers.splitter import Splitter, split_stage
from padcli.tokenizers.tokenizer_file import MOST_BYTES, TokenizerFile
from padcli.vocabulary import UNK, Ties, Vocabulary, token_array

PUNCTUATION = "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'"
_WHITESPACE = "\t\n\x0b\x0c\r "
_STANDARDIZE = {
    None: {"lower": False, "strip": False},
    "lower": {"lower": True, "strip": False},
    "strip_punctuation": {"lower": False, "strip": True},
    "lower_and_strip_punctuation": {"lower": True, "strip": True},
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TextVectorizationSplitter(Splitter):
    """The layer's words: ASCII is lower-cased, punctuation taken out, and then cut at ASCII white space.

    `lower`, `strip`: whether to do so; `characters`: cut into code points instead.
    """

    name: ClassVar[str] = "text-vectorization"
    ties: ClassVar[Ties] = "token"

    lower: bool = True
    strip: bool = True
    characters: bool = False

    def split(self, texts: Texts) -> Units:
        if self.characters:
            return CharSplitter().split(Texts(array=self._standardized(texts.trimmed())))
        units = cut(texts, byte_table(lower=self.lower, filters=_WHITESPACE))
        return rewritten(units, self._stripped(units.units), drop_empty=True) if self.strip else units

    def split_tokens(self, tokens: pa.ListArray) -> Units:
        raise UsageError("TextVectorization needs texts, and the field holds lists of tokens.")

    def _standardized(self, texts: pa.StringArray) -> pa.StringArray:
        lowered = pc.ascii_lower(texts) if self.lower else texts
        return self._stripped(lowered) if self.strip else lowered

    def _stripped(self, texts: pa.StringArray) -> pa.StringArray:
        return pc.replace_substring_regex(texts, regex_class(PUNCTUATION), "")

    def stages(self) -> dict[str, Any]:
        # `Lowercase` would lower-case all of Unicode.
        steps = [
            _replace({"String": chr(code)}, chr(code + 32)) for code in range(ord("A"), ord("Z") + 1) if self.lower
        ]
        if self.strip:
            steps.append(_replace({"Regex": regex_class(PUNCTUATION)}, ""))
        cut_at = {"Regex": r"[\s\S]"} if self.characters else {"Regex": regex_class(_WHITESPACE)}
        return {
            "normalizer": {"type": "Sequence", "normalizers": steps} if steps else None,
            "pre_tokenizer": split_stage(cut_at, "Isolated" if self.characters else "Removed"),
            "decoder": {"type": "Fuse"} if self.characters else None,
        }


def _replace(pattern: dict[str, str], content: str) -> dict[str, Any]:
    return {"type": "Replace", "pattern": pattern, "content": content}


def open_vocabulary(lines: list[str], splitter: Splitter | None = None) -> Tokenizer:
    """The layer with a vocabulary, given with or without the two special tokens at its start; raises `ValueError`."""
    tokens = lines[2:] if lines[:2] == ["", UNK] else lines
    if len(set(tokens)) < len(tokens) or "" in tokens:
        raise ValueError("a token of it is empty, or there twice")
    vocabulary = Vocabulary(tokens=token_array([None, UNK, *tokens]), unk_id=1)
    return Tokenizer(splitter=splitter or TextVectorizationSplitter(), vocabulary=vocabulary, kind="TextVectorization")


def exported(tokenizer: Tokenizer) -> bytes:
    """The file that `TextVectorization(vocabulary=...)` takes: a token a line, without the two special ones.

    Raises `UsageError` for tokenizers that cut texts in another way than the layer does.
    """
    if tokenizer.vocabulary is None or tokenizer.splitter != TextVectorizationSplitter():
        raise UsageError(
            f"{tokenizer.source}: is a {tokenizer.name} tokenizer, and the layer would cut texts in another way.",
            hint="Fit one for it: padcli fit train.txt --tokenizer text-vectorization",
        )
    return "".join(f"{token}\n" for token in tokenizer.vocabulary.tokens[2:].to_pylist()).encode()


def open_file(file: TokenizerFile) -> Tokenizer:
    """The layer with the vocabulary of a file, one token a line."""
    return open_vocabulary(file.lines)


def open_model(file: TokenizerFile) -> Tokenizer:
    """The one layer of that kind in a `.keras` file; raises `ValueError` or `KeyError` for what is none."""
    try:
        return _open_model(file.raw)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError) as error:
        raise TokenizerFileError(f"is a ZIP file, as a .keras file is, and cannot be unpacked: {error}.") from error


def _open_model(raw: bytes) -> Tokenizer:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        layers = list(_layers(json.loads(_member(archive, "config.json"))))
        if len(layers) != 1:
            raise ValueError(f"it holds {len(layers)} TextVectorization layers, and one is expected")
        config = layers[0]
        lines = config["vocabulary"]
        if lines is None:
            # The layer and the look-up within it each save the same one.
            found = {_member(archive, name) for name in archive.namelist() if name.endswith("/vocabulary.txt")}
            if len(found) != 1:
                raise ValueError(f"it holds {len(found)} vocabularies, and one is expected")
            lines = found.pop().decode().split("\n")
    return open_vocabulary(lines, _splitter(config))


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    if name not in archive.namelist():
        raise TokenizerFileError(f"is a ZIP file without {name}, and so no .keras file.")
    with archive.open(name) as member:
        content = member.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ValueError(f"its {name} decompresses to more than {MOST_BYTES:,} bytes")
    return content


def _layers(config: Any) -> Iterator[dict[str, Any]]:
    """The configurations of all TextVectorization layers, however deep they lie."""
    if isinstance(config, dict):
        if config.get("class_name") == "TextVectorization":
            yield config["config"]
        else:
            for value in config.values():
                yield from _layers(value)
    elif isinstance(config, list):
        for value in config:
            yield from _layers(value)


def _splitter(config: dict[str, Any]) -> TextVectorizationSplitter:
    standardize, cut_at = config["standardize"], config["split"]
    if not (standardize is None or standardize in _STANDARDIZE):
        raise ValueError(f"its standardize is {standardize!r}, code that only the model has")
    if cut_at not in ("whitespace", "character"):
        raise ValueError(f"its split is {cut_at!r}; understood are whitespace and character")
    for key, plain in (("ngrams", None), ("output_mode", "int")):
        if config[key] != plain:
            raise ValueError(f"its {key} is {config[key]!r}, and padcli gives one id a token")
    return TextVectorizationSplitter(**_STANDARDIZE[standardize], characters=cut_at == "character")
