"""A tokenizer file and what stands beside it: read, and decompressed where it is a gzip file."""

import dataclasses
import gzip
import io
import json
import zlib
from functools import cached_property
from pathlib import Path
from typing import Any

from padcli.errors import TokenizerFileError
from padcli.options import TokenizeOptions

# What a folder may hold, the surest first.
OF_FOLDER = (
    "tokenizer.json",
    "tekken.json",
    "vocab.json",
    "encoder.json",
    "vocab.txt",
    "*.tiktoken",
    "*.model",
    "bpe_simple_vocab*.txt.gz",
    "rwkv_vocab*.txt",
)
MOST_BYTES = 2**30  # of a decompressed file; the largest vocabularies have some 40 MB

_GZIP = b"\x1f\x8b"
# Files whose configuration stands beside them, and those that are two halves of one vocabulary.
_CONFIGURED = ("vocab.txt", "vocab.json", "merges.txt")
_HALVES = {"vocab.json": "merges.txt", "encoder.json": "vocab.bpe"}
_HALVES |= {second: first for first, second in _HALVES.items()}


@dataclasses.dataclass(frozen=True, kw_only=True)
class TokenizerFile:
    """A file to be opened. `raw`: its bytes, decompressed; `config`: what the model's folder says of its tokenizer."""

    path: Path
    raw: bytes
    config: dict[str, Any]
    options: TokenizeOptions

    @property
    def name(self) -> str:
        """The name of the file, without `.gz`."""
        return self.path.name.removesuffix(".gz")

    @cached_property
    def text(self) -> str:
        """The content; raises `ValueError` where it is not UTF-8."""
        return self.raw.decode("utf-8-sig")

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the content."""
        return [line.removesuffix("\r") for line in self.text.removesuffix("\n").split("\n")]


def read(path: Path, options: TokenizeOptions) -> TokenizerFile:
    """Read the file that makes a tokenizer, and the configuration beside it; raises `OSError` and `ValueError`."""
    file = main_file(path)
    return TokenizerFile(path=file, raw=decompressed(file.read_bytes()), config=_config(path), options=options)


def main_file(path: Path) -> Path:
    """The file that makes a tokenizer: the path itself, or what is in a folder. Raises `TokenizerFileError`."""
    if not path.is_dir():
        return path
    for pattern in OF_FOLDER:
        found = sorted(file for file in path.glob(pattern) if file.is_file())
        if len(found) > 1:
            names = ", ".join(file.name for file in found)
            raise TokenizerFileError(
                f"{path}: is a folder with several vocabularies: {names}.", hint="Name one of them."
            )
        if found and (other_half(found[0]) or found[0]).exists():
            return found[0]
    raise TokenizerFileError(f"{path}: is a folder without {', '.join(OF_FOLDER)}.")


def other_half(path: Path) -> Path | None:
    """The file that belongs to one of a BPE vocabulary's two, whether it is there or not; None for all others."""
    name = path.name.removesuffix(".gz")
    for end, other in _HALVES.items():
        if name.endswith(end):
            return path.with_name(name.removesuffix(end) + other)
    return None


def files_beside(path: Path) -> list[Path]:
    """Yield the files that have a part in a tokenizer beside its main one."""
    files = _config_files(path)
    try:
        other = other_half(main_file(path))
    except TokenizerFileError:
        other = None
    return files if other is None or not other.exists() else [*files, other]


def decompressed(raw: bytes) -> bytes:
    """The content of a gzip file, or the bytes themselves. Raises `ValueError` for what is damaged or too large."""
    if not raw.startswith(_GZIP):
        return raw
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"it is a damaged gzip file: {error}") from error
    if len(content) > MOST_BYTES:
        raise ValueError(f"it decompresses to more than {MOST_BYTES:,} bytes")
    return content


def _config(path: Path) -> dict[str, Any]:
    """Configuration of a tokenizer by the folder of its model.

    `special_tokens_map.json` is of older releases, and has no say where the newer `added_tokens_decoder` is.
    """
    found = {file.name: _json(file) for file in _config_files(path)}
    config: dict[str, Any] = found.get("tokenizer_config.json", {})
    if "added_tokens_decoder" not in config:
        config = {**config, **found.get("special_tokens_map.json", {})}
        config["added_tokens"] = found.get("added_tokens.json", {})
    model = found.get("config.json", {})
    config.setdefault("tokenizer_class", model.get("tokenizer_class"))
    return {**config, "model_type": model.get("model_type")}


def _json(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise ValueError(f"its {file.name} is not the JSON of a configuration: {error}") from error
    if not isinstance(content, dict):
        raise TypeError(f"its {file.name} is not the JSON of a configuration: it is no object")
    return content


def _config_files(path: Path) -> list[Path]:
    if not path.is_dir() and path.name.removesuffix(".gz") not in _CONFIGURED:
        return []
    folder = path if path.is_dir() else path.parent
    names = ("special_tokens_map.json", "added_tokens.json", "tokenizer_config.json", "config.json")
    return [folder / name for name in names if (folder / name).exists()]
