"""padcli's own tokenizers as it saves them, for `tokenizers` to read."""

import unicodedata
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import padcli
from fidelity import material


def _fitted(folder: Path, tokenizer: str, **options: Any) -> Path:
    texts = [line for line in material.training_lines() if "\n" not in line]
    (folder / "corpus.txt").write_text("".join(f"{line}\n" for line in texts), encoding="utf-8")
    path = folder / "tokenizer.json"
    padcli.fit(folder / "corpus.txt", path, tokenizer=tokenizer, **options)
    return path


def not_padding(text: str) -> bool:
    """Whether no word is `[PAD]`, which is a word like any other for padcli, and has an id for `tokenizers`."""
    return "[PAD]" not in text


def cased_alike(text: str) -> bool:
    """Whether Python and Rust lower-case a text alike: no final sigma, no letter newer than Python's tables."""
    if not not_padding(text):
        return False
    return text.isascii() or ("Σ" not in text and all(unicodedata.category(char) != "Cn" for char in text))


_CASED = {
    "padcli whitespace": partial(_fitted, tokenizer="whitespace"),
    "padcli char": partial(_fitted, tokenizer="char"),
    "padcli word, cased": partial(_fitted, tokenizer="word", lower=False),
    "padcli word, other filters": partial(_fitted, tokenizer="word", lower=False, filters="é.\u00a0k-]"),
    "padcli text-vectorization": partial(_fitted, tokenizer="text-vectorization"),
    "padcli bpe": partial(_fitted, tokenizer="bpe", vocab_size=1500, special_tokens=["[CLS]", "[SEP]"]),
    "padcli wordpiece": partial(_fitted, tokenizer="wordpiece", vocab_size=1500, special_tokens=["[CLS]", "[SEP]"]),
    "padcli unigram": partial(_fitted, tokenizer="unigram", vocab_size=1500),
}
_LOWERED = {
    "padcli word": partial(_fitted, tokenizer="word"),
    "padcli whitespace, lower case": partial(_fitted, tokenizer="whitespace", lower=True),
    "padcli char, lower case": partial(_fitted, tokenizer="char", lower=True),
}
LAYOUTS: dict[str, Callable[[Path], Path]] = {**_CASED, **_LOWERED}
# The texts on which the two are documented to agree.
_OWN = [name for name in _CASED if name not in ("padcli bpe", "padcli wordpiece", "padcli unigram")]
SAME = dict.fromkeys(_OWN, not_padding) | dict.fromkeys(_LOWERED, cased_alike)
