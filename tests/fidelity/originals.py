"""The library that a tokenizer file comes from, opened afresh, as the oracle."""

import json
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from padcli.rows.ragged import RaggedIds, offsets_of


class Original(Protocol):
    """A tokenizer of its own library. `special`: tokens that it looks for in a text before all else."""

    special: Sequence[str]

    def encode(self, texts: list[str], *, add_special_tokens: bool = False) -> RaggedIds: ...


def open_original(path: Path, *, scheme: str | None = None, special_in_text: bool = True) -> Original:
    """The original of a file, of whichever kind."""
    if path.suffix == ".model":
        return SentencePiece(path)
    if path.suffix == ".tiktoken":
        return Tiktoken(path, scheme or path.stem)
    if path.suffix in (".keras", ".txt"):
        return TextVectorization(path)
    content = json.loads(path.read_bytes())
    return Keras(path) if "class_name" in content else HuggingFace(path, special_in_text=special_in_text)


def ragged(rows: list[list[int]]) -> RaggedIds:
    """Lists of ids as flat arrays."""
    offsets = offsets_of(np.fromiter(map(len, rows), np.int64, len(rows)))
    return RaggedIds(values=np.fromiter(chain.from_iterable(rows), np.int64, offsets[-1]), offsets=offsets)


class HuggingFace:
    def __init__(self, path: Path, *, special_in_text: bool) -> None:
        import tokenizers

        self.tokenizer = tokenizers.Tokenizer.from_file(str(path))
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        self.tokenizer.encode_special_tokens = not special_in_text
        self.special = [token.content for token in self.tokenizer.get_added_tokens_decoder().values()]

    def encode(self, texts: list[str], *, add_special_tokens: bool = False) -> RaggedIds:
        encodings = self.tokenizer.encode_batch_fast(texts, add_special_tokens=add_special_tokens)
        return ragged([encoding.ids for encoding in encodings])


class SentencePiece:
    def __init__(self, path: Path) -> None:
        import sentencepiece

        self.processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
        ids = range(self.processor.get_piece_size())
        self.special = [self.processor.id_to_piece(id_) for id_ in ids if self.processor.is_control(id_)]

    def encode(self, texts: list[str], *, add_special_tokens: bool = False) -> RaggedIds:
        return ragged(self.processor.encode(texts, num_threads=1))


class Tiktoken:
    special = ("<|endoftext|>",)

    def __init__(self, path: Path, scheme: str) -> None:
        import tiktoken.load

        from fidelity.layouts.ranks import pattern_of

        ranks = tiktoken.load.load_tiktoken_bpe(str(path))
        self.encoding = tiktoken.Encoding("x", pat_str=pattern_of(scheme), mergeable_ranks=ranks, special_tokens={})

    def encode(self, texts: list[str], *, add_special_tokens: bool = False) -> RaggedIds:
        return ragged([self.encoding.encode_ordinary(text) for text in texts])


class Keras:
    special = ()

    def __init__(self, path: Path) -> None:
        from keras.src.legacy.preprocessing.text import tokenizer_from_json

        self.tokenizer = tokenizer_from_json(path.read_text("utf-8"))

    def encode(self, texts: list[str], *, add_special_tokens: bool = False) -> RaggedIds:
        return ragged(self.tokenizer.texts_to_sequences(texts))


class TextVectorization:
    """The layer of a saved model, or one with the vocabulary of a file. Id 0 is padding, and left out."""

    special = ()

    def __init__(self, path: Path) -> None:
        import keras

        self.layer: Any
        if path.suffix == ".keras":
            self.layer = keras.models.load_model(path)
        else:
            words = path.read_text("utf-8").removesuffix("\n").split("\n")
            self.layer = keras.layers.TextVectorization(vocabulary=words)

    def encode(self, texts: list[str], *, add_special_tokens: bool = False) -> RaggedIds:
        import tensorflow as tf

        padded = np.asarray(self.layer(tf.constant([[text] for text in texts])))
        real = padded != 0
        return RaggedIds(values=padded[real].astype(np.int64), offsets=offsets_of(real.sum(axis=1)))
