"""Tokenizer files: what a file is, told by what is in it, and the tokenizer that it holds."""

import dataclasses
import hashlib
import json
import re
import zipfile
from pathlib import Path
from typing import Any

from padcli.errors import TokenizerFileError
from padcli.options import TokenizeOptions
from padcli.tokenizers import Tokenizer

UNDERSTOOD = (
    "padcli understands a tokenizer.json, the folder of a Hugging Face model, BERT's vocab.txt, a SentencePiece "
    ".model, a .tiktoken, the JSON of Keras's Tokenizer.to_json(), and the vocabulary of a TextVectorization layer, or "
    "a .keras file with one."
)

_OF_FOLDER = ("tokenizer.json", "vocab.txt", "*.model")
_NUL = b"\0"
_BERT = {"[UNK]", "[CLS]", "[SEP]"}
_JSON = re.compile(rb'\s*(\{\s*["}]|"\{)')  # of an object, or of the text of one
_RANK = re.compile(rb"[A-Za-z0-9+/]+=* \d+\r?")
_DAMAGED = (
    ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, zipfile.BadZipFile,
    NotImplementedError, EOFError,
)  # fmt: skip


def open_file(path: Path, options: TokenizeOptions) -> Tokenizer:
    """The tokenizer of a file or folder, of whatever kind.

    Raises `TokenizerFileError` where it is missing, damaged, or of a kind that padcli does not know.
    """
    file = main_file(path)
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise TokenizerFileError(f"{path}: {error.strerror}.") from error
    try:
        tokenizer = _open(file, raw, options, _config(path))
    except TokenizerFileError as error:
        raise TokenizerFileError(f"{file}: {error.message}", hint=error.hint or UNDERSTOOD) from error
    except _DAMAGED as error:
        reason = f"it has no {error}" if isinstance(error, KeyError) else str(error)
        raise TokenizerFileError(
            f"{file}: is not a tokenizer that padcli reads: {reason.rstrip('.')}.", hint=UNDERSTOOD
        ) from error
    return dataclasses.replace(
        tokenizer, source=str(path), sha256=hashlib.sha256(raw).hexdigest(), config_sha256=config_digest(path)
    )


def digest(path: Path) -> str | None:
    """The sha256 of the file that makes a tokenizer; None where there is none that can be read."""
    try:
        return hashlib.sha256(main_file(path).read_bytes()).hexdigest()
    except (OSError, TokenizerFileError):
        return None


def config_digest(path: Path) -> str | None:
    """The sha256 of what the folder of a model says of its tokenizer; None where there is nothing that can be read."""
    try:
        parts = [file.read_bytes() for file in _config_files(path)]
    except OSError:
        return None
    return hashlib.sha256(b"".join(parts)).hexdigest() if parts else None


def main_file(path: Path) -> Path:
    """The file that makes a tokenizer: the path itself, or what is in a folder. Raises `TokenizerFileError`."""
    if not path.is_dir():
        return path
    found = (file for pattern in _OF_FOLDER for file in sorted(path.glob(pattern)))
    file = next(found, None)
    if file is None:
        raise TokenizerFileError(f"{path}: is a folder without {', '.join(_OF_FOLDER)}.", hint=UNDERSTOOD)
    return file


def _config(path: Path) -> dict[str, Any]:
    """What the folder of a model says of its tokenizer."""
    config: dict[str, Any] = {}
    for file in _config_files(path):
        try:
            config |= json.loads(file.read_bytes())
        except (OSError, ValueError, TypeError) as error:
            raise ValueError(f"its {file.name} is not the JSON of a configuration: {error}") from error
    return config


def _config_files(path: Path) -> list[Path]:
    files = (path / name for name in ("special_tokens_map.json", "tokenizer_config.json"))
    return [file for file in files if path.is_dir() and file.exists()]


def _open(path: Path, raw: bytes, options: TokenizeOptions, config: dict[str, Any]) -> Tokenizer:
    if not raw.strip():
        raise ValueError("it is empty")
    if _JSON.match(raw) or path.suffix == ".json":
        return _open_json(raw, options, config)
    if raw.startswith(b"PK\x03\x04"):
        from padcli.tokenizers import text_vectorization

        return text_vectorization.open_model(path)
    if path.suffix == ".model" or _NUL in raw:
        from padcli.tokenizers import sentencepiece

        return sentencepiece.open_model(raw)
    if _RANK.fullmatch(raw.partition(b"\n")[0]):
        from padcli.tokenizers import tiktoken

        return tiktoken.open_ranks(path, raw, options.scheme)
    lines = [line.removesuffix("\r") for line in raw.decode("utf-8-sig").removesuffix("\n").split("\n")]
    if set(lines) >= _BERT:
        from padcli.tokenizers import huggingface

        return huggingface.open_vocab(lines, config, special_in_text=options.special_in_text)
    odd = next((n for n, line in enumerate(lines, 1) if re.search(r"[ \t]", line) or (not line and n > 1)), None)
    if odd is not None:
        raise ValueError(f"line {odd} is {lines[odd - 1][:40]!r}, and a vocabulary has one token a line")
    from padcli.tokenizers import text_vectorization

    return text_vectorization.open_vocabulary(lines)


def _open_json(raw: bytes, options: TokenizeOptions, config: dict[str, Any]) -> Tokenizer:
    content = json.loads(raw)
    if isinstance(content, str):  # written by `json.dump(tokenizer.to_json(), file)`
        content = json.loads(content)
    if not isinstance(content, dict) or not {"model", "class_name"} & set(content):
        raise ValueError("it is JSON, and neither a tokenizer.json nor that of Keras's Tokenizer")
    if content.get("class_name") == "TextVectorization":
        from padcli.tokenizers import text_vectorization

        return text_vectorization.open_layer(content)
    if "class_name" in content:
        from padcli.tokenizers import keras_tokenizer

        return keras_tokenizer.open_json(content)
    from padcli.tokenizers import huggingface, tokenizer_json

    try:
        return tokenizer_json.open_json(content)
    except (ValueError, KeyError, TypeError, AttributeError):  # more than padcli's own tokenizers do
        return huggingface.open_json(raw, config, special_in_text=options.special_in_text)
