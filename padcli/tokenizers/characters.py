"""Tokenizers whose units are code points or bytes."""

import dataclasses
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from padcli.errors import UsageError
from padcli.rows.ragged import Texts, Units, offsets_of
from padcli.tokenizers.normalize import lower_texts
from padcli.tokenizers.splitter import Splitter, split_stage
from padcli.tokenizers.vocabulary import PAD, Vocabulary, token_array

_AT_ONCE = 2**23  # bytes: more than a chunk has, but for one of a long line
_ANY_CHARACTER = {"Regex": r"[\s\S]"}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CharSplitter(Splitter):
    """Each code point is a unit, spaces included: Keras's `Tokenizer(char_level=True, lower=False)`."""

    name: ClassVar[str] = "char"
    separator: ClassVar[str] = ""

    def split(self, texts: Texts) -> Units:
        array = lower_texts(texts.trimmed()) if self.lower else texts.trimmed()
        numbers, parts, counts = dict[int, int](), list[NDArray[np.integer]](), np.zeros(0, np.int64)
        for points in _points(_data(array)):
            encoded = pa.array(points).dictionary_encode()
            found = [numbers.setdefault(point, len(numbers)) for point in encoded.dictionary.to_pylist()]
            codes = encoded.indices.to_numpy()
            if parts:  # else they are numbered so already
                codes = np.array(found, np.min_scalar_type(len(numbers)))[codes]
            parts.append(codes.astype(np.min_scalar_type(len(numbers))))
            counts = np.pad(counts, (0, len(numbers) - len(counts))) + np.bincount(codes, minlength=len(numbers))
        codes = parts[0] if len(parts) == 1 else np.concatenate([np.zeros(0, np.uint8), *parts])
        units = pa.array(list(map(chr, numbers)), pa.string())
        return Units(units=units, counts=counts, codes=codes, offsets=offsets_of(pc.utf8_length(array).to_numpy()))

    def stages(self) -> dict[str, Any]:
        stage = split_stage(_ANY_CHARACTER, "Isolated")
        return {**Splitter.stages(self), "pre_tokenizer": stage, "decoder": {"type": "Fuse"}}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ByteSplitter(Splitter):
    """Each byte of a text's UTF-8 is an id, the byte's value and one; 0 is padding, and nothing is unknown."""

    name: ClassVar[str] = "byte"
    separator: ClassVar[str] = ""

    def split(self, texts: Texts) -> Units:
        array = texts.trimmed()
        codes = np.frombuffer(_data(array), np.uint8).astype(np.int16) + np.int16(1)
        return Units.of_ids(codes, offsets_of(pc.binary_length(array).to_numpy()))

    def split_tokens(self, tokens: pa.ListArray) -> Units:
        raise UsageError("--tokenizer byte needs texts, but the field contains lists of tokens.")

    def join(self, tokens: list[str]) -> str:
        byte_of = {char: code for code, char in enumerate(byte_characters())}
        return bytes(byte_of[token] for token in tokens).decode(errors="replace")

    def stages(self) -> dict[str, Any]:
        byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}
        each = split_stage(_ANY_CHARACTER, "Isolated")
        return {
            "normalizer": None,
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": [byte_level, each]},
            "decoder": byte_level,
        }

    def fixed_vocabulary(self) -> Vocabulary:
        return Vocabulary(tokens=token_array([PAD, *byte_characters()]), unk_id=None)


def _data(texts: pa.StringArray) -> bytes:
    """The UTF-8 of all texts, one after the other."""
    _, offsets, data = texts.buffers()
    if not len(texts) or data is None:
        return b""
    edges = np.frombuffer(offsets, np.int32)[[texts.offset, texts.offset + len(texts)]]
    return bytes(data.slice(edges[0], edges[1] - edges[0]))


def _points(data: bytes) -> Iterator[NDArray[np.uint32]]:
    """Yield the code points of UTF-8, some millions at a time: they take four times the room, and more beside that."""
    start = 0
    while start < len(data):
        stop = min(start + _AT_ONCE, len(data))
        while stop < len(data) and data[stop] & 0xC0 == 0x80:  # within a character
            stop -= 1
        yield np.frombuffer(data[start:stop].decode().encode("utf-32-le"), np.uint32)
        start = stop


def byte_characters() -> list[str]:
    """The visible character that stands for each byte in byte-level tokenizers (as GPT-2's `encoder.py` defined it).

    Printable Latin-1 stands for itself; the others are numbered from U+0100 on.
    """
    visible = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = iter(range(0x100, 0x200))
    return [chr(code if code in visible else next(others)) for code in range(256)]
