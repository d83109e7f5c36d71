"""Cutting, lower-casing and filtering of texts, exactly as Python and Keras do it."""

import re
import string
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from padcli.kernels import dispatch
from padcli.rows.ragged import Texts, Units, offsets_of

# The one character whose lower case depends on its neighbours (a final sigma is another letter). A space ends its
# context, and a filtered character need not: "ΑΣ.Α" is lower-cased before its full stop becomes a space.
_CAPITAL_SIGMA = "Σ"

# A space within a unit. No byte of UTF-8, so that it stands for nothing else.
KEPT_SPACE = b"\xff"


def byte_table(*, lower: bool, filters: str) -> bytes:
    """What each ASCII byte becomes, for `bytes.translate`; other bytes stay."""
    table = bytearray(range(256))
    for code in range(128):
        char = chr(code).lower() if lower else chr(code)
        table[code] = ord(" ") if char in filters else ord(char)
    return bytes(table)


def cut(texts: Texts, table: bytes, alone: str = "", solid: bytes = b"") -> Units:
    """Units: the runs between spaces once every byte went through `table`.

    Each of the ASCII characters `alone` is a unit by itself. With `solid` bytes, texts are cut only at a space that
    has such a byte before it and any byte behind it; other spaces stay within units, as `KEPT_SPACE`, and these are
    Arrow binary.
    """
    kernels = dispatch.kernels()
    if kernels is not None:
        units: Units = kernels.cut(texts, table, alone.encode(), solid)
        return units
    array = texts.trimmed()
    if solid:
        kept = re.compile(b"(?<![" + re.escape(solid) + rb"]) | \Z")
        rows = [kept.sub(KEPT_SPACE, text).translate(table) for text in array.cast(pa.binary()).to_pylist()]
        return unique_units(pc.split_pattern(pa.array(rows, pa.binary()), b" "))
    if alone:
        array = pc.replace_substring_regex(array, f"({regex_class(alone)})", r" \1 ")
    return unique_units(pc.split_pattern(_translate(array, table), " "))


def regex_class(chars: str) -> str:
    """A regular expression for one of the characters, in the dialects of RE2 and of `tokenizers` (Oniguruma)."""
    return "[" + "".join("\\" + char if char in string.punctuation else char for char in chars) + "]"


def _translate(texts: pa.StringArray, table: bytes) -> pa.StringArray:
    validity, offsets, data = texts.buffers()
    if data is None:
        return texts
    changed = pa.py_buffer(data.to_pybytes().translate(table))
    return pa.Array.from_buffers(texts.type, len(texts), [validity, offsets, changed], offset=texts.offset)


def has_context(units: pa.StringArray) -> bool:
    """Whether lower-casing these by themselves could give something else than within their texts."""
    data = _bytes(units)
    return not data.isascii() and _CAPITAL_SIGMA.encode() in data


def _bytes(units: pa.StringArray) -> bytes:
    """All of them, one after the other, and what else their buffer holds."""
    _, _, data = units.buffers()
    return b"" if data is None else data.to_pybytes()


def rewrite_units(texts: pa.StringArray, change: Callable[[str], str]) -> pa.StringArray:
    """The texts with each run between spaces changed, which is done once for each different run."""
    split = pc.split_pattern(texts, " ")
    encoded = split.flatten().dictionary_encode()
    changed = pa.array([change(unit) for unit in encoded.dictionary.to_pylist()], pa.string())
    return pc.binary_join(pa.ListArray.from_arrays(split.offsets, changed.take(encoded.indices)), " ")


def lower_texts(texts: pa.StringArray) -> pa.StringArray:
    """`str.lower` of each text."""
    if pc.all(pc.string_is_ascii(texts)).as_py():
        return pc.ascii_lower(texts)
    return rewrite_units(texts, str.lower)


def lower_units(units: Units) -> Units:
    """`str.lower` of each unit; units that become equal are merged."""
    if units.units is None:
        return units
    lowered = pc.ascii_lower(units.units)
    if not _bytes(units.units).isascii():
        is_odd = pc.invert(pc.string_is_ascii(units.units))
        odd = [unit.lower() for unit in units.units.filter(is_odd).to_pylist()]
        lowered = pc.replace_with_mask(lowered, is_odd, pa.array(odd, pa.string()))
    return rewritten(units, lowered, drop_empty=False)


def rewritten(units: Units, texts: pa.StringArray, *, drop_empty: bool) -> Units:
    """The units with these texts `(n_unique,)` instead; those that become equal are merged."""
    if texts.equals(units.units):
        return units
    merged = texts.dictionary_encode()
    codes = merged.indices.to_numpy()[units.codes]
    return _without_empty(merged.dictionary, codes, units.offsets, drop_empty=drop_empty)


def unique_units(split: pa.ListArray, *, drop_empty: bool = True) -> Units:
    """The strings `(n_rows, n_of_row)` of each row as units, empty strings left out or not."""
    encoded = split.flatten().dictionary_encode()
    codes: NDArray[np.int32] = encoded.indices.to_numpy()
    offsets = split.offsets.to_numpy().astype(np.int64) - split.offsets[0].as_py()
    return _without_empty(encoded.dictionary, codes, offsets, drop_empty=drop_empty)


def _without_empty(
    strings: pa.StringArray, codes: NDArray[np.int32], offsets: NDArray[np.int64], *, drop_empty: bool
) -> Units:
    empty = strings.index("").as_py() if drop_empty else -1
    if empty < 0:
        return Units.counted(strings, codes, offsets)
    kept = codes != empty
    codes = codes[kept]
    codes -= codes > empty
    units = pa.concat_arrays([strings[:empty], strings[empty + 1 :]])
    return Units.counted(units, codes, offsets_of(kept)[offsets])
