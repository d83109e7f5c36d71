"""Tokenizer files: what a file is, told by what is in it, and the tokenizer that it holds."""

import dataclasses
import hashlib
import json
import re
import zipfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from padcli.errors import TokenizerFileError, UsageError
from padcli.options import TokenizeOptions
from padcli.tokenizers import Tokenizer
from padcli.tokenizers.external import tokenizer_file
from padcli.tokenizers.external.tokenizer_file import TokenizerFile, files_beside, main_file

UNDERSTOOD = (
    "padcli reads a tokenizer.json, the folder of a Hugging Face model, a vocab.txt of BERT or ESM, vocab.json "
    "with merges.txt, CLIP's merges, a tekken.json, a SentencePiece .model, a .tiktoken, RWKV's vocabulary, the JSON "
    "of Keras's Tokenizer.to_json(), and the vocabulary of a TextVectorization layer, or a .keras file with one."
)

_JSON = re.compile(rb'\s*(\{\s*["}]|"\{|\[\s*[\["{\]])')  # of an object, of the text of one, or of a list
_NUL = b"\0"
_RANK = re.compile(rb"[A-Za-z0-9+/]*=*[ \t]+\d+\s*")
_RWKV = re.compile(r"\d+ b?(['\"]).*\1 \d+")
_LISTED = re.compile(r"[^\t]+\t-?\d+(\.\d+)?(e-?\d+)?")
_SPECIAL = re.compile(r"</?\w+>|<\|\w+\|>|\[(PAD|CLS|SEP|MASK|BOS|EOS)\]|##\w+|.+</w>")
_DAMAGED = (
    ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OverflowError, zipfile.BadZipFile,
    NotImplementedError, EOFError,
)  # fmt: skip

# Files that people take for tokenizers: how they begin, and what they are.
_OTHERS = (
    (b"version https://git-lfs", "is a Git LFS pointer, not the file itself: fetch it with `git lfs pull`"),
    (b"<!DOCTYPE", "is a web page, not the file you meant to download"),
    (b"<html", "is a web page, not the file you meant to download"),
    (b"\x89HDF", "is an HDF5 model; save it as a .keras file to have its TextVectorization layer read"),
    (b"GGUF", "is a GGUF model, which padcli does not read; use the tokenizer.json of the same model"),
    (b"\x80", "is a Python pickle, which padcli does not open, because it could run any code"),
)
_OTHER_JSON = {
    "weight_map": "is the index of a model's weights",
    "architectures": "is the configuration of a model; name its folder",
    "tokenizer_class": "is the configuration of a tokenizer; name its folder",
    "added_tokens_decoder": "is the configuration of a tokenizer; name its folder",
    "bos_token": "is a list of special tokens; name its folder",
}


def open_file(path: Path, options: TokenizeOptions) -> Tokenizer:
    """The tokenizer of a file or folder, of whatever kind.

    Raises `TokenizerFileError` where it is missing, damaged, or of a kind that padcli does not know.
    """
    try:
        file = main_file(path)
        tokenizer = _open(tokenizer_file.read(path, options))
    except OSError as error:
        raise TokenizerFileError(f"{path}: {error.strerror}.") from error
    except TokenizerFileError as error:
        message = error.message if error.message.startswith(str(path)) else f"{file}: {error.message}"
        raise TokenizerFileError(message, hint=error.hint or UNDERSTOOD) from error
    except _DAMAGED as error:
        reason = f"it has no {error}" if isinstance(error, KeyError) else str(error)
        raise TokenizerFileError(
            f"{file}: is not a tokenizer that padcli reads: {reason.strip().rstrip('.')}.", hint=UNDERSTOOD
        ) from error
    return dataclasses.replace(tokenizer, source=str(path), sha256=digest(path), config_sha256=config_digest(path))


def digest(path: Path) -> str | None:
    """The sha256 of the file that makes a tokenizer; None where there is none that can be read."""
    try:
        return hashlib.sha256(main_file(path).read_bytes()).hexdigest()
    except (OSError, TokenizerFileError):
        return None


def config_digest(path: Path) -> str | None:
    """The sha256 of all that makes a tokenizer beside its file; None where there is nothing that can be read."""
    try:
        parts = [file.read_bytes() for file in files_beside(path)]
    except OSError:
        return None
    return hashlib.sha256(b"".join(parts)).hexdigest() if parts else None


def _open(file: TokenizerFile) -> Tokenizer:
    if not file.raw.strip():
        raise ValueError("it is empty")
    for start, what in _OTHERS:
        if file.raw.startswith(start):
            raise TokenizerFileError(f"{what}.")
    opener = next(opener for is_one, opener in _KINDS if is_one(file))
    return _opened(opener, file)


def _opened(opener: str, file: TokenizerFile) -> Tokenizer:
    module, _, function = opener.partition(":")
    if opener not in _CUT_BY_OPTION:
        for option in ("scheme", "pattern"):
            if getattr(file.options, option) is not None:
                raise UsageError(
                    f"--{option}: {file.path} already says how texts are split.", hint=f"Remove --{option}."
                )
    return cast(Tokenizer, getattr(import_module(module), function)(file))


def open_json(file: TokenizerFile) -> Tokenizer:
    """The tokenizer of a JSON file, of whatever kind."""
    content = json.loads(file.raw)
    if isinstance(content, str):  # written by `json.dump(tokenizer.to_json(), file)`
        content = json.loads(content)
    if not isinstance(content, dict):
        raise TypeError("it is JSON, but not an object")
    opener = next((opener for is_one, opener in _KINDS_OF_JSON if is_one(content)), None)
    if opener is None:
        for key, what in _OTHER_JSON.items():
            if key in content:
                raise TokenizerFileError(f"{what}.")
        raise ValueError("it is JSON, but neither a tokenizer.json nor a Keras Tokenizer")
    return _opened(opener, file)


def _has_class(file: TokenizerFile) -> bool:
    from padcli.tokenizers.external import hub

    return hub.class_of(file.config) is not None


def _is_plain(file: TokenizerFile) -> bool:
    """Tell whether a file is a list of words; raises `ValueError` where it is no list of tokens."""
    numbered = list(enumerate(file.lines, 1))
    odd = next((n for n, line in numbered if re.search(r"[ \t]", line) or (not line and n > 1)), None)
    if odd is not None:
        raise ValueError(f"line {odd} is {file.lines[odd - 1][:40]!r}, but a vocabulary has one token per line")
    special = next((n for n, line in numbered if _SPECIAL.fullmatch(line)), None)
    if special is not None:
        raise TokenizerFileError(
            f"line {special} is {file.lines[special - 1][:40]!r}: not a vocabulary of BERT or TextVectorization, "
            "and its kind is unknown.",
            hint="Name the model's folder, with its tokenizer_config.json; or its tokenizer.json.",
        )
    return True


def _is_listing(file: TokenizerFile) -> bool:
    """Tell whether a file is the list of a SentencePiece model's pieces; raises `TokenizerFileError` if it is."""
    if not all(map(_LISTED.fullmatch, file.lines[:20])):
        return False
    model = file.path.with_name(file.name).with_suffix(".model")
    hint = f"Name {model}." if model.exists() else "The ids come from the .model next to it, which is missing."
    raise TokenizerFileError("is the .vocab of a SentencePiece model, which is only for reading.", hint=hint)


_RANKS = "padcli.tokenizers.external.tiktoken:open_ranks"
_BPE = "padcli.tokenizers.external.bpe_files:open_pair"
_CUT_BY_OPTION = {_RANKS, _BPE, "padcli.tokenizers.external.files:open_json"}

# How a file is told, and what opens it; the first that fits.
_KINDS: tuple[tuple[Callable[[TokenizerFile], Any], str], ...] = (
    (lambda file: _JSON.match(file.raw) or file.name.endswith(".json"), "padcli.tokenizers.external.files:open_json"),
    (lambda file: file.raw.startswith(b"PK\x03\x04"), "padcli.tokenizers.text_vectorization:open_model"),
    (lambda file: _RANK.fullmatch(file.raw.lstrip().partition(b"\n")[0]), _RANKS),
    (
        lambda file: file.name.endswith(".model") or _NUL in file.raw,
        "padcli.tokenizers.external.sentencepiece_file:open_model",
    ),
    (lambda file: _RWKV.fullmatch(file.lines[0]), "padcli.tokenizers.external.rwkv:open_vocabulary"),
    (lambda file: "bpe_simple_vocab" in file.name + file.lines[0], "padcli.tokenizers.external.clip:open_merges"),
    (lambda file: file.lines[0].startswith("#version") or file.name.endswith(("merges.txt", ".bpe")), _BPE),
    (_is_listing, ""),
    (_has_class, "padcli.tokenizers.external.vocab_txt:open_by_class"),
    (lambda file: {"[UNK]", "[CLS]", "[SEP]"} <= set(file.lines), "padcli.tokenizers.external.vocab_txt:open_bert"),
    (_is_plain, "padcli.tokenizers.text_vectorization:open_file"),
)

_KINDS_OF_JSON: tuple[tuple[Callable[[dict[str, Any]], Any], str], ...] = (
    (lambda content: content and all(type(id_) is int for id_ in content.values()), _BPE),  # "model" may be a token
    (
        lambda content: content.get("class_name") == "TextVectorization",
        "padcli.tokenizers.text_vectorization:open_json",
    ),
    (lambda content: "class_name" in content, "padcli.tokenizers.external.keras_tokenizer:open_file"),
    (lambda content: "model" in content, "padcli.tokenizers.tokenizer_json:open_file"),
    (lambda content: {"config", "vocab"} <= set(content), "padcli.tokenizers.external.tekken:open_file"),
)
