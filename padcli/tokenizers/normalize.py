"""Cutting, lower-casing and filtering of texts, exactly as Python and Keras do it."""

import string
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from padcli.kernels import dispatch
from padcli.rows.ragged import Texts, Units
from padcli.rows.unique import counted_units

# The one character whose lower case depends on its neighbours (a final sigma is another letter). A space ends its
# context, and a filtered character need not: "ΑΣ.Α" is lower-cased before its full stop becomes a space.
_CAPITAL_SIGMA = "Σ"


def byte_table(*, lower: bool, filters: str) -> bytes:
    """Make a table for `bytes.translate`, `(256,)`: each ASCII byte, lower-cased or filtered; other bytes stay."""
    table = bytearray(range(256))
    for code in range(128):
        char = chr(code).lower() if lower else chr(code)
        table[code] = ord(" ") if char in filters else ord(char)
    return bytes(table)


def cut(texts: Texts, table: bytes, alone: str = "", solid: bytes = b"") -> Units:
    """Cut each text into units, as `padcli.kernels.base.Kernels.cut` says; `alone` are ASCII characters."""
    return dispatch.kernels().cut(texts, table, alone.encode(), solid)


def regex_class(chars: str) -> str:
    """A regular expression for one of the characters, in the dialects of RE2 and of `tokenizers` (Oniguruma)."""
    return "[" + "".join("\\" + char if char in string.punctuation else char for char in chars) + "]"


def has_context(units: pa.StringArray) -> bool:
    """Tell whether lower-casing these by themselves could give something else than within their texts."""
    data = _bytes(units)
    return not data.isascii() and _CAPITAL_SIGMA.encode() in data


def _bytes(units: pa.StringArray) -> bytes:
    """Return the buffer of strings: all of them, one after the other, and what else it holds."""
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
    return counted_units(merged.dictionary, codes, units.offsets, drop_empty=drop_empty)
