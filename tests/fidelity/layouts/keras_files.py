"""What Keras writes: its `Tokenizer` as JSON, vocabularies and models with a TextVectorization layer."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from fidelity import material


def _tokenizer(folder: Path, **options: Any) -> Path:
    from keras.src.legacy.preprocessing.text import Tokenizer

    tokenizer = Tokenizer(**options)
    tokenizer.fit_on_texts(material.training_lines())
    path = folder / "keras.json"
    path.write_text(tokenizer.to_json(), encoding="utf-8")
    return path


def _layer(folder: Path, **options: Any) -> Path:
    import keras

    layer = keras.layers.TextVectorization(**options)
    # A line break as a token would be cut in two where Keras saves it.
    layer.adapt([re.sub(r"[\r\n]", " ", line) for line in material.training_lines()])
    path = folder / "model.keras"
    keras.Sequential([keras.Input((1,), dtype="string"), layer]).save(path)
    return path


def _vocabulary(folder: Path) -> Path:
    path = folder / "vocabulary.txt"
    words = dict.fromkeys(word for line in material.lines() for word in line.lower().split() if word.isalnum())
    path.write_text("".join(f"{word}\n" for word in words), encoding="utf-8")
    return path


LAYOUTS: dict[str, Callable[[Path], Path]] = {
    "Keras Tokenizer": partial(_tokenizer, oov_token="[UNK]"),
    "Keras Tokenizer, 300 words": partial(_tokenizer, num_words=300),
    "Keras Tokenizer, cased, other filters": partial(_tokenizer, lower=False, filters="é.\u00a0k", oov_token="<oov>"),
    "Keras Tokenizer, split at a comma": partial(_tokenizer, split=",", oov_token="[UNK]"),
    "Keras Tokenizer of characters": partial(_tokenizer, char_level=True, oov_token="[UNK]"),
    "TextVectorization vocabulary": _vocabulary,
    "TextVectorization model": partial(_layer, max_tokens=500),
    "TextVectorization model, characters": partial(_layer, split="character", standardize="lower"),
    "TextVectorization model, as it is": partial(_layer, standardize=None),
}
