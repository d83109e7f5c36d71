"""Labels as they are written in delimited text: numbers, booleans or strings.

A number is written as in JSON, a boolean is true or false, and anything else is a text: `007`, `NA`, `1,5`, and
integers beyond 64 bits, of which none would come back as it was. The first record decides for a whole column, so that
neither the size of a split nor the number of workers has a part in it.
"""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from padcli.sources.columns import Reasons
from padcli.sources.lines import show
from padcli.sources.records import EXACT_IN_FLOAT64, mixed_numbers

_NUMBER = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$"
_INTEGER = r"^-?[0-9]+$"
_TRUE, _FALSE = ("true", "True", "TRUE"), ("false", "False", "FALSE")
_LONGEST = len(str(-(2**63)))
_INT64 = range(-(2**63), 2**63)
_EXPECTED = {"number": "a 64-bit number", "boolean": "true or false"}


def kind_of(written: str) -> str:
    """Return the kind of value that a label is by the way it is written: number, boolean or text."""
    if written in (*_TRUE, *_FALSE):
        return "boolean"
    return "number" if _is_number(written) else "text"


def _is_number(written: str) -> bool:
    if not re.fullmatch(_NUMBER[1:-1], written):
        return False
    if re.fullmatch(_INTEGER[1:-1], written):
        return len(written) <= _LONGEST and int(written) in _INT64
    return bool(np.isfinite(float(written)))


def typed(written: pa.StringArray, kind: str, label: str, reasons: Reasons) -> pa.Array:
    """Return labels `(n_rows,)` as values of a kind; `reasons` gets those that are of another kind.

    Raises `InputError` for numbers that no dtype holds together.
    """
    if kind == "text":
        return written
    if kind == "boolean":
        true = pc.is_in(written, pa.array(_TRUE))
        good = pc.or_(true, pc.is_in(written, pa.array(_FALSE)))
        _refuse(written, good, kind, label, reasons)
        return true
    try:
        numbers = written.cast(pa.int64())
        if numbers.cast(pa.string()).equals(written):
            return numbers
    except pa.ArrowInvalid:
        pass
    good = pc.match_substring_regex(written, _NUMBER)
    is_doubtful = pc.or_(pc.greater(pc.utf8_length(written), 18), pc.match_substring_regex(written, "[eE]"))
    for row in np.flatnonzero(pc.and_(good, is_doubtful).to_numpy(zero_copy_only=False)).tolist():
        if not _is_number(written[row].as_py()):
            good = pc.replace_with_mask(good, pa.array(np.arange(len(good)) == row), pa.array([False]))
    _refuse(written, good, kind, label, reasons)
    usable = pc.if_else(_kept(good, reasons), written, "0")
    is_integer = pc.match_substring_regex(usable, _INTEGER)
    if pc.all(is_integer).as_py():
        return usable.cast(pa.int64())
    integers = usable.filter(is_integer).cast(pa.int64())
    if len(integers) and max(map(abs, pc.min_max(integers).as_py().values())) > EXACT_IN_FLOAT64:
        raise mixed_numbers(label)
    return usable.cast(pa.float64())


def _kept(good: pa.BooleanArray, reasons: Reasons) -> pa.BooleanArray:
    """Tell which values decide on the type of a column: those of records that are good in all."""
    if not reasons:
        return good
    kept = good.to_numpy(zero_copy_only=False).copy()
    kept[list(reasons)] = False
    return pa.array(kept)


def _refuse(written: pa.StringArray, good: pa.BooleanArray, kind: str, label: str, reasons: Reasons) -> None:
    for row in np.flatnonzero(~good.to_numpy(zero_copy_only=False)).tolist():
        shown = show(written[row].as_py())
        reasons.setdefault(row, f'column "{label}" is {shown}, expected {_EXPECTED[kind]}, as in the records before')
