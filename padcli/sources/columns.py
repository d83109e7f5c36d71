"""Columns of Arrow, from whichever table they come, to records."""

from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from padcli.errors import InputError
from padcli.options import ReadOptions
from padcli.sources.fields import fields_of
from padcli.sources.records import (
    GROUP,
    STRATUM,
    FieldKinds,
    Records,
    Reject,
    interleaved,
    is_text_key,
)

_TEXTS, _TOKENS, _IDS = pa.string(), pa.list_(pa.string()), pa.list_(pa.int64())
_EMPTY_LISTS = pa.list_(pa.null())
_WANTED = {True: "a string", False: "a number, a boolean or a string"}
_LIKE = {_TEXTS: "a string", _TOKENS: "a list of strings", _IDS: "a list of integers"}

# Reasons why rows cannot be used, by row; the first one found of each counts.
Reasons = dict[int, str]


def plain_type(column_type: pa.DataType, *, is_text: bool) -> pa.DataType | None:
    """Return the type that a column's values are read as; None for those that are none of a text, or of a label."""
    if pa.types.is_dictionary(column_type):
        return plain_type(column_type.value_type, is_text=is_text)
    if _is_string(column_type) or pa.types.is_null(column_type):  # a row of which is bad, whatever it ought to be
        return _TEXTS
    if is_text:
        return _plain_list(column_type) if _is_list(column_type) else None
    plain = {pa.types.is_boolean: pa.bool_(), pa.types.is_integer: pa.int64(), pa.types.is_floating: pa.float64()}
    return next((plain_type for is_so, plain_type in plain.items() if is_so(column_type)), None)


def _plain_list(column_type: pa.DataType) -> pa.DataType | None:
    inner = column_type.value_type
    if pa.types.is_dictionary(inner):
        inner = inner.value_type
    if pa.types.is_null(inner):
        return _EMPTY_LISTS
    return _TOKENS if _is_string(inner) else _IDS if pa.types.is_integer(inner) else None


def _is_string(column_type: pa.DataType) -> bool:
    types = pa.types
    is_view = getattr(types, "is_string_view", lambda _: False)  # younger than the oldest pyarrow that will do
    return bool(types.is_string(column_type) or types.is_large_string(column_type) or is_view(column_type))


def _is_list(column_type: pa.DataType) -> bool:
    types = pa.types
    return bool(types.is_list(column_type) or types.is_large_list(column_type) or types.is_fixed_size_list(column_type))


def refuse_type(path: str, name: str, column_type: pa.DataType, *, is_text: bool) -> None:
    """Raise `InputError` for a column that holds neither texts nor labels."""
    if plain_type(column_type, is_text=is_text) is None:
        expected = "strings, lists of strings or lists of integers" if is_text else "numbers, booleans or strings"
        raise InputError(f'{path}: column "{name}" is of type {column_type}, expected {expected}.')


def plain_column(column: pa.Array, name: str, reasons: Reasons, *, is_text: bool) -> pa.Array:
    """Return a column in its `plain_type`; `reasons` gets the rows that cannot be used, and what stands there is any.

    The array is a copy: what Arrow cuts from a longer one begins somewhere within.
    """
    wanted = plain_type(column.type, is_text=is_text)
    assert wanted is not None  # noqa: S101 (see `refuse_type`)
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if column.null_count or pa.types.is_null(column.type):
        expected = _WANTED[is_text] if not pa.types.is_list(wanted) else _LIKE.get(wanted, "a list")
        _note(reasons, column.is_null(), f'column "{name}" is null, expected {expected}')
    if pa.types.is_list(wanted):
        return _plain_lists(column, name, wanted, reasons)
    if wanted == pa.int64():
        return _as_int64(column, lambda rows: _note(reasons, rows, f'column "{name}" is beyond 64 bits')).fill_null(0)
    if wanted == _TEXTS:
        return _decodable(column.cast(_TEXTS), name, reasons)
    return column.cast(wanted).fill_null(False if wanted == pa.bool_() else 0.0)


def _plain_lists(column: pa.Array, name: str, wanted: pa.DataType, reasons: Reasons) -> pa.Array:
    if pa.types.is_fixed_size_list(column.type):
        column = column.cast(pa.list_(column.type.value_type))
    if column.null_count:
        column = pc.if_else(column.is_valid(), column, pa.scalar([], column.type))
    inner, parents = column.flatten(), pc.list_parent_indices(column)
    lengths = pc.list_value_length(column).to_numpy().astype(np.int64)
    offsets = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])

    def note(elements: pa.Array, what: str) -> None:
        _note(reasons, np.unique(parents.filter(elements).to_numpy()), f'column "{name}" contains {what}')

    if pa.types.is_dictionary(inner.type):
        inner = inner.dictionary_decode()
    if inner.null_count:
        note(inner.is_null(), "null, expected " + _LIKE.get(wanted, "a list"))
    if wanted == _EMPTY_LISTS:
        return pa.nulls(len(column))
    if wanted == _IDS:
        inner = _as_int64(inner, lambda elements: note(elements, "an integer beyond 64 bits")).fill_null(0)
    else:
        bad: Reasons = {}
        inner = _decodable(inner.cast(_TEXTS), name, bad)
        if bad:
            _note(reasons, np.unique(parents.take(pa.array(list(bad))).to_numpy()), next(iter(bad.values())))
    return pa.ListArray.from_arrays(pa.array(offsets), inner)


def _as_int64(column: pa.Array, note: Callable[[pa.Array], None]) -> pa.Array:
    if column.type == pa.uint64():
        beyond = pc.greater(column, pa.scalar(2**63 - 1, pa.uint64())).fill_null(False)
        if pc.any(beyond).as_py():
            note(beyond)
            column = pc.if_else(beyond, pa.scalar(0, pa.uint64()), column)
    return column.cast(pa.int64())


def _decodable(texts: pa.StringArray, name: str, reasons: Reasons) -> pa.StringArray:
    """Return texts, those that are no UTF-8 emptied: files of Arrow are not checked for it when they are read."""
    texts = pa.concat_arrays([texts.fill_null(""), pa.array([], _TEXTS)])
    as_bytes = texts.view(pa.binary())
    try:
        as_bytes.cast(_TEXTS)
    except pa.ArrowInvalid:
        values = as_bytes.to_pylist()
        bad = [row for row, value in enumerate(values) if not _is_utf8(value)]
        _note(reasons, np.array(bad), f'column "{name}" is not valid UTF-8')
        return pa.array([b"" if row in reasons else value for row, value in enumerate(values)], _TEXTS)
    return texts


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def _note(reasons: Reasons, rows: pa.Array | NDArray[np.integer], reason: str) -> None:
    found = np.flatnonzero(rows.to_numpy(zero_copy_only=False)) if isinstance(rows, pa.Array) else rows
    for row in found.tolist():  # bad ones alone
        reasons.setdefault(row, reason)


def as_records(
    columns: Mapping[str, pa.Array], reasons: Reasons, reject: Callable[[int, str], Reject], path: str
) -> Records:
    """Return records of plain columns by their labels, each `(n_rows,)`; the rows with reasons as rejects of them."""
    arrays = dict(columns)
    n_rows = len(next(iter(arrays.values())))
    if reasons:
        good = np.ones(n_rows, np.bool_)
        good[list(reasons)] = False
        arrays = {label: column.filter(pa.array(good)) for label, column in arrays.items()}
    texts = [arrays.pop(key) for key in list(arrays) if is_text_key(key)]
    kinds = {text.type for text in texts if not pa.types.is_null(text.type)}
    if len(kinds) > 1:
        held = " and ".join(sorted(str(kind) for kind in kinds))
        raise InputError(f"{path}: the texts of a record are of different types: {held}.")
    if kinds:  # empty lists are of any
        (kind,) = kinds
        texts = [_empty_lists(kind, len(text)) if pa.types.is_null(text.type) else text for text in texts]
    if len(reasons) == n_rows:
        arrays = {label: pa.nulls(0) for label in arrays}  # tell nothing
    return Records(
        values=interleaved(texts),
        labels=arrays,
        rejects=tuple(reject(row, reasons[row]) for row in sorted(reasons)),
        n_lines=n_rows,
    )


def _empty_lists(kind: pa.DataType, n_rows: int) -> pa.Array:
    return pa.array([[]] * n_rows, kind)


def refuse_other_kinds(path: str, records: Records, options: ReadOptions, field_kinds: FieldKinds) -> None:
    """Raise `InputError` where a whole column of labels is of another kind than in the inputs before."""
    names = fields_of(options)
    for label, kind in records.field_kinds.items():
        before = field_kinds.get(label, kind)
        if kind != before and not is_text_key(label) and label not in {GROUP, STRATUM}:
            raise InputError(
                f'{path}: column "{names[label]}" holds {_PLURAL[kind]}, expected {_PLURAL[before]}, as in the inputs '
                "before."
            )


_PLURAL = {"boolean": "booleans", "number": "numbers", "text": "strings"}
