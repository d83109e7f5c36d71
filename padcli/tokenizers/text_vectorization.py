"""Keras's `TextVectorization`: fitted as its `adapt` does, and read from its vocabulary or from a saved model."""

import dataclasses
import io
import json
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from itertools import product
from typing import Any, ClassVar, Literal, cast

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from padcli.errors import TokenizerFileError, UsageError
from padcli.options import MOST_NGRAMS
from padcli.rows.ragged import Texts, Units
from padcli.rows.unique import unique_units
from padcli.tokenizers import Tokenizer
from padcli.tokenizers.characters import CharSplitter
from padcli.tokenizers.external.tokenizer_file import MOST_BYTES, TokenizerFile
from padcli.tokenizers.ngrams import ngrams
from padcli.tokenizers.normalize import byte_table, cut, regex_class, rewritten
from padcli.tokenizers.splitter import Splitter, split_stage
from padcli.tokenizers.vocabulary import UNK, Ties, Vocabulary, token_array

PUNCTUATION = "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'"
_CLASS = "TextVectorization"
_SPECIAL = (None, UNK)
_WHITESPACE = "\t\n\x0b\x0c\r "
Split = Literal["whitespace", "character"] | None
_SPLITS: tuple[Split, ...] = ("whitespace", "character", None)
_STANDARDIZE = {
    None: {"lower": False, "strip": False},
    "lower": {"lower": True, "strip": False},
    "strip_punctuation": {"lower": False, "strip": True},
    "lower_and_strip_punctuation": {"lower": True, "strip": True},
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TextVectorizationSplitter(Splitter):
    """The layer's words: ASCII is lower-cased, punctuation taken out, and then cut at ASCII white space.

    `lower`, `strip`: whether to do so. `cut_at`, `ngrams`: the layer's `split` and `ngrams`; with the split "character"
    units are code points, with None whole texts.
    """

    name: ClassVar[str] = "text-vectorization"
    ties: ClassVar[Ties] = "token"

    lower: bool = True
    strip: bool = True
    cut_at: Split = "whitespace"
    ngrams: int | tuple[int, ...] | None = None

    def split(self, texts: Texts) -> Units:
        units = self._split(texts)
        return units if self.ngrams is None else ngrams(units, self._widths)

    @property
    def _widths(self) -> tuple[int, ...]:
        widths = self.ngrams or ()
        return tuple(range(1, widths + 1)) if isinstance(widths, int) else widths

    def _split(self, texts: Texts) -> Units:
        if self.cut_at == "character":
            return CharSplitter().split(Texts(array=self._standardized(texts.trimmed())))
        if self.cut_at is None:
            whole = self._standardized(texts.trimmed())
            # An empty text has the id of padding: `mask_token=""`.
            return unique_units(pa.ListArray.from_arrays(np.arange(len(whole) + 1, dtype=np.int32), whole))
        units = cut(texts, byte_table(lower=self.lower, filters=_WHITESPACE))
        return rewritten(units, self._stripped(units.units), drop_empty=True) if self.strip else units

    def split_tokens(self, tokens: pa.ListArray) -> Units:
        raise UsageError("TextVectorization needs texts, but the field contains lists of tokens.")

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
        cutters: dict[Split, dict[str, Any]] = {
            "whitespace": split_stage({"Regex": regex_class(_WHITESPACE)}, "Removed"),
            "character": split_stage({"Regex": r"[\s\S]"}, "Isolated"),
            None: {"type": "Sequence", "pretokenizers": []},
        }
        return {
            "normalizer": {"type": "Sequence", "normalizers": steps} if steps else None,
            "pre_tokenizer": cutters[self.cut_at],
            "decoder": {"type": "Fuse"} if self.cut_at == "character" else None,
        }

    def own_file(self, vocabulary: Vocabulary) -> Iterator[bytes] | None:
        if self.ngrams is None:
            return None
        tokens = vocabulary.tokens[len(_SPECIAL) :].to_pylist()
        config = {**self.layer_arguments(), "output_mode": "int", "vocabulary": tokens}
        layer = {"module": "keras.layers", "class_name": _CLASS, "config": config, "registered_name": None}
        return iter([orjson.dumps(layer, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)])

    def layer_arguments(self) -> dict[str, Any]:
        """The arguments with which the layer does the same."""
        does = {"lower": self.lower, "strip": self.strip}
        standardize = next(name for name, steps in _STANDARDIZE.items() if steps == does)
        return {"standardize": standardize, "split": self.cut_at, "ngrams": self.ngrams}


def make(
    *, standardize: str | None = None, split: str | None = None, ngrams: int | tuple[int, ...] | None = None
) -> TextVectorizationSplitter:
    """The splitter by the layer's own names for its arguments; None leaves the layer's default, "none" is its None."""
    steps = _STANDARDIZE["lower_and_strip_punctuation" if standardize is None else _none(standardize)]
    cut_at = cast(Split, "whitespace" if split is None else _none(split))
    return TextVectorizationSplitter(**steps, cut_at=cut_at, ngrams=ngrams)


def _none(name: str) -> str | None:
    return None if name == "none" else name


def variants() -> Iterator[TextVectorizationSplitter]:
    """Yield the splitters that a `tokenizer.json` can be of."""
    for steps, cut_at in product(_STANDARDIZE.values(), _SPLITS):
        yield TextVectorizationSplitter(**steps, cut_at=cut_at)


def _replace(pattern: dict[str, str], content: str) -> dict[str, Any]:
    return {"type": "Replace", "pattern": pattern, "content": content}


def open_vocabulary(lines: list[str], splitter: Splitter | None = None) -> Tokenizer:
    """The layer with a vocabulary, given with or without the two special tokens at its start; raises `ValueError`."""
    tokens = lines[2:] if lines[:2] == ["", UNK] else lines
    if len(set(tokens)) < len(tokens) or "" in tokens:
        raise ValueError("one of its tokens is empty, or occurs twice")
    vocabulary = Vocabulary(tokens=token_array([*_SPECIAL, *tokens]), unk_id=1)
    return Tokenizer(splitter=splitter or TextVectorizationSplitter(), vocabulary=vocabulary, kind="TextVectorization")


def exported(tokenizer: Tokenizer) -> bytes:
    """The file that `TextVectorization(vocabulary=...)` takes: a token a line, without the two special ones.

    Raises `UsageError` for tokenizers that cut texts in another way than the layer does, and for tokens that do not go
    on a line.
    """
    if tokenizer.vocabulary is None or not isinstance(tokenizer.splitter, TextVectorizationSplitter):
        raise UsageError(
            f"{tokenizer.source}: is a {tokenizer.name} tokenizer; the layer would split texts differently.",
            hint="Fit one for it: padcli fit train.txt --tokenizer text-vectorization",
        )
    tokens = tokenizer.vocabulary.tokens[len(_SPECIAL) :]
    if pc.any(pc.match_substring_regex(tokens, r"[\r\n]")).as_py():
        raise UsageError(
            f"{tokenizer.source}: one of its tokens contains a line break, but the layer reads one token per line."
        )
    return "".join(f"{token}\n" for token in tokens.to_pylist()).encode()


def layer_call(tokenizer: Tokenizer, path: str) -> str:
    """Return the call that makes the layer of an exported vocabulary."""
    arguments = {"vocabulary": path}
    if isinstance(tokenizer.splitter, TextVectorizationSplitter):
        usual = TextVectorizationSplitter().layer_arguments()
        arguments |= {
            name: value for name, value in tokenizer.splitter.layer_arguments().items() if value != usual[name]
        }
    return f"{_CLASS}({', '.join(f'{name}={value!r}' for name, value in arguments.items())})"


def open_json(file: TokenizerFile) -> Tokenizer:
    """The layer as Keras serializes it, in a file whose JSON may be written as a string."""
    content = json.loads(file.raw)
    return _open_layer(json.loads(content) if isinstance(content, str) else content)


def _open_layer(content: dict[str, Any]) -> Tokenizer:
    """The layer as Keras serializes it; raises `ValueError`, `KeyError` or `TypeError` for what is none."""
    lines = content["config"]["vocabulary"]
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise ValueError("its vocabulary is not a list of tokens")
    return open_vocabulary(lines, _splitter(content["config"]))


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
            raise ValueError(f"it holds {len(layers)} TextVectorization layers, expected one")
        config = layers[0]
        lines = config["vocabulary"]
        if lines is None:
            # The layer and the look-up within it each save the same one.
            found = {_member(archive, name) for name in archive.namelist() if name.endswith("/vocabulary.txt")}
            if len(found) != 1:
                raise ValueError(f"it holds {len(found)} vocabularies, expected one")
            lines = found.pop().decode().split("\n")
    return open_vocabulary(lines, _splitter(config))


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    if name not in archive.namelist():
        raise TokenizerFileError(f"is a ZIP file without {name}, so not a .keras file.")
    with archive.open(name) as member:
        content = member.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ValueError(f"its {name} decompresses to more than {MOST_BYTES:,} bytes")
    return content


def _layers(config: Any) -> Iterator[dict[str, Any]]:
    """The configurations of all TextVectorization layers, however deep they lie."""
    if isinstance(config, dict):
        if config.get("class_name") == _CLASS:
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
        raise ValueError(f"its standardize is {standardize!r}, custom code of the model")
    if cut_at not in _SPLITS:
        raise ValueError(f"its split is {cut_at!r}, custom code of the model")
    if config["output_mode"] != "int":
        raise ValueError(f"its output_mode is {config['output_mode']!r}, but padcli gives one id per token")
    return TextVectorizationSplitter(**_STANDARDIZE[standardize], cut_at=cut_at, ngrams=_ngrams(config["ngrams"]))


def _ngrams(given: Any) -> int | tuple[int, ...] | None:
    widths = given if isinstance(given, list) else [] if given is None else [given]
    if not all(type(width) is int and 0 < width <= MOST_NGRAMS for width in widths):
        raise ValueError(f"its ngrams is {given!r}, expected an integer of at least 1, or a list of them")
    return tuple(given) if isinstance(given, list) else given
