"""Keras's `Tokenizer`, as its `to_json` wrote it."""

import dataclasses
import json
from typing import Any, ClassVar

import pyarrow as pa

from padcli.rows.ragged import Texts, Units
from padcli.rows.unique import unique_units
from padcli.tokenizers import Tokenizer
from padcli.tokenizers.characters import CharSplitter
from padcli.tokenizers.external.tokenizer_file import TokenizerFile
from padcli.tokenizers.splitter import KnownSplitter, Splitter
from padcli.tokenizers.vocabulary import Vocabulary, check_ids, token_array
from padcli.tokenizers.words import WordSplitter


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SeparatorSplitter(Splitter):
    """Keras's `Tokenizer(split=...)` with something else than a space: rare, and so not made fast."""

    name: ClassVar[str] = "word"

    filters: str
    split_at: str

    def split(self, texts: Texts) -> Units:
        table = str.maketrans(dict.fromkeys(self.filters, self.split_at))
        rows = [
            [word for word in (text.lower() if self.lower else text).translate(table).split(self.split_at) if word]
            for text in texts.trimmed().to_pylist()
        ]
        return unique_units(pa.array(rows, pa.list_(pa.string())))


def open_file(file: TokenizerFile) -> Tokenizer:
    """The tokenizer of a file, whose JSON may be written as a string."""
    content = json.loads(file.raw)
    return open_json(json.loads(content) if isinstance(content, str) else content)


def open_json(content: dict[str, Any]) -> Tokenizer:
    """The tokenizer of a `to_json`; raises `ValueError`, `KeyError` or `TypeError` for what is none."""
    config = content["config"]
    ids: dict[str, int] = json.loads(config["word_index"])
    check_ids(ids)
    _check(config)
    num_words, oov_token = config["num_words"] or None, config["oov_token"]
    splitter: Splitter
    if config["char_level"]:
        splitter = CharSplitter(lower=config["lower"])
    elif config["split"] == " ":
        splitter = WordSplitter(lower=config["lower"], filters=config["filters"])
    else:
        splitter = SeparatorSplitter(lower=config["lower"], filters=config["filters"], split_at=config["split"])
    if oov_token is not None and oov_token not in ids:
        raise ValueError(f"its oov_token {oov_token!r} has no id")
    unk_id = None if oov_token is None else ids[oov_token]
    tokens = list[str | None]([None]) * (max(ids.values(), default=0) + 1)
    for token, id_ in ids.items():
        if num_words is None or id_ < num_words or id_ == unk_id:
            tokens[id_] = token
    while len(tokens) > 1 and tokens[-1] is None:
        tokens.pop()
    vocabulary = Vocabulary(tokens=token_array(tokens), unk_id=unk_id)
    if unk_id is None:
        splitter = KnownSplitter(units=splitter, numbering=vocabulary.numbering())
    return Tokenizer(splitter=splitter, vocabulary=vocabulary, kind="Keras Tokenizer")


def _check(config: dict[str, Any]) -> None:
    """Raise `ValueError` or `TypeError` for settings with which Keras's Tokenizer itself would fail."""
    for name in ("filters", "split"):
        if not isinstance(config[name], str):
            raise TypeError(f"its {name} is {config[name]!r}, expected a string")
    if not config["split"] and not config["char_level"]:
        raise ValueError("its split is empty")
    for name in ("lower", "char_level"):
        if not isinstance(config[name], bool):
            raise TypeError(f"its {name} is {config[name]!r}, expected true or false")
    if not (config["num_words"] is None or type(config["num_words"]) is int):
        raise TypeError(f"its num_words is {config['num_words']!r}, expected an integer or null")
    if not (config["oov_token"] is None or isinstance(config["oov_token"], str)):
        raise TypeError(f"its oov_token is {config['oov_token']!r}, expected a string or null")
