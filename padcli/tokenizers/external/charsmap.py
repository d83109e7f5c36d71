"""Precompiled maps of characters, as SentencePiece writes them, checked before a library walks them.

A map is the size of a trie in bytes, the trie (a double array of 32-bit units, as darts-clone makes it), and the texts
that characters become, each ended by a NUL. `tokenizers` trusts all of it: a trie that leads beyond its end, or to a
text that is not there, ends the process. https://github.com/huggingface/spm_precompiled
"""

import base64
import binascii
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

_SIZE = struct.Struct("<I")
_BLOCK = 255  # the next unit is found by an exclusive or with a byte
_IS_VALUE = np.uint32(1 << 31)


def check_charsmap(encoded: Any) -> None:
    """Raise `ValueError` for a map, in base 64, that leads beyond its own end."""
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (TypeError, binascii.Error) as error:
        raise ValueError(f"its precompiled_charsmap is not in base 64: {error}") from error
    n_bytes = _SIZE.unpack_from(raw)[0] if len(raw) >= _SIZE.size else 0
    if n_bytes % 4 or not 0 < n_bytes <= len(raw) - _SIZE.size:
        raise ValueError("its precompiled_charsmap is cut short")
    units = np.frombuffer(raw, "<u4", n_bytes // 4, _SIZE.size)
    if not _leads_to_units(units) or not _leads_to_texts(units, raw[_SIZE.size + n_bytes :]):
        raise ValueError("its precompiled_charsmap is damaged")


def _leads_to_units(units: NDArray[np.uint32]) -> bool:
    """Tell whether the units behind each unit are within the trie."""
    is_value = units & _IS_VALUE != 0
    offsets = (units >> np.uint32(10)) << ((units & np.uint32(1 << 9)) >> np.uint32(6))
    following = np.arange(len(units), dtype=np.int64) ^ offsets
    return bool(((following | _BLOCK) < len(units))[~is_value].all())


def _leads_to_texts(units: NDArray[np.uint32], texts: bytes) -> bool:
    """Tell whether each value of the trie is the start of a text."""
    texts.decode()
    starts = (units & ~_IS_VALUE)[units & _IS_VALUE != 0].astype(np.int64)
    behind = np.frombuffer(texts + b"\0", np.uint8)
    is_within = starts <= len(texts)
    return bool(is_within.all() and (behind[starts] & 0xC0 != 0x80).all())
