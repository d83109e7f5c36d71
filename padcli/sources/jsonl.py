"""JSONL: one JSON object a line; one of its fields is tokenized, others are carried along as labels.

The field holds a text, a list of strings (tokens), or a list of integers (ids): the same in every record, but that an
empty list is no tokens in any of them. A label is a number, a boolean or a string. Lines of white space alone are
passed over, and counted.
"""

from operator import itemgetter
from typing import Any

import orjson
import pyarrow as pa

from padcli.options import ReadOptions
from padcli.sources.fields import fields_of, no_such
from padcli.sources.line_source import LineSource
from padcli.sources.lines import LineSplit, bad_encoding, line_list, reject, show
from padcli.sources.records import (
    EXACT_IN_FLOAT64,
    FIELD_KINDS,
    LABEL_KINDS,
    TOKENIZED_FIELD,
    FieldKinds,
    Records,
    interleaved,
    is_text_key,
    mixed_numbers,
)

_EMPTY_LISTS = pa.list_(pa.null())
_INT64 = range(-(2**63), 2**63)
_EXPECTED = {
    "text": "a string",
    "tokens": "a list of strings",
    "ids": "a list of integers",
    "boolean": "a boolean",
    "number": "a number",
}


class _NotAlikeError(Exception):
    """The records of a chunk are not all good, or not all of one kind."""


class _BadValueError(Exception):
    """A record that cannot be used, and why."""


class JsonlSource(LineSource):
    """JSONL, each of its lines an object, and that a record."""

    @staticmethod
    def read(split: LineSplit, options: ReadOptions, field_kinds: FieldKinds) -> Records:
        """Return the records of a split: in bulk where all are good and alike, else one by one."""
        lines = line_list(split.data)
        paths = {label: name.split(".") for label, name in fields_of(options).items()}
        try:
            return _read_in_bulk(lines, paths, field_kinds)
        except _NotAlikeError:
            return _read_one_by_one(split.path, lines, paths, field_kinds, options)


def _read_in_bulk(lines: list[bytes], paths: dict[str, list[str]], field_kinds: FieldKinds) -> Records:
    try:
        objects = list(map(orjson.loads, filter(bytes.strip, lines)))
    except orjson.JSONDecodeError:
        raise _NotAlikeError from None
    columns = {label: _column(objects, path) for label, path in paths.items()}
    values = _side_by_side([columns.pop(key) for key in list(columns) if is_text_key(key)])
    if objects and not pa.types.is_null(values.type) and values.type not in FIELD_KINDS:
        raise _NotAlikeError
    if objects and any(column.type not in LABEL_KINDS for column in columns.values()):
        raise _NotAlikeError
    records = Records(values=values, labels=columns, blank_lines=len(lines) - len(objects), n_lines=len(lines))
    if any(field_kinds.get(label, field_kind) != field_kind for label, field_kind in records.field_kinds.items()):
        raise _NotAlikeError
    return records


def _side_by_side(texts: list[pa.Array]) -> pa.Array:
    """Put the texts of each record next to each other. Raises `_NotAlikeError` where they are of different types."""
    texts = [pa.nulls(len(column)) if column.type == _EMPTY_LISTS else column for column in texts]
    if len({column.type for column in texts}) > 1:
        raise _NotAlikeError
    return interleaved(texts)


def _column(records: list[Any], path: list[str]) -> pa.Array:
    """One field of all records. Raises `_NotAlikeError` unless all of them have it, in one type."""
    try:
        for part in path:
            records = list(map(itemgetter(part), records))
        column = pa.array(records)
    except (TypeError, KeyError, pa.ArrowException, OverflowError):
        raise _NotAlikeError from None
    if column.null_count or (pa.types.is_list(column.type) and column.values.null_count):
        raise _NotAlikeError
    if column.type == pa.float64():  # into which Arrow puts a boolean, too, and an integer that it rounds
        types = set(map(type, records))
        if bool in types or (int in types and max(map(abs, records)) > EXACT_IN_FLOAT64):
            raise _NotAlikeError
    return column


def _read_one_by_one(
    path: str, lines: list[bytes], paths: dict[str, list[str]], field_kinds: FieldKinds, options: ReadOptions
) -> Records:
    field_kinds = dict(field_kinds)
    columns: dict[str, list[Any]] = {label: [] for label in paths}
    rejects, blank_lines = [], 0
    for row, line in enumerate(lines):
        if not line.strip():
            blank_lines += 1
        elif bad := bad_encoding(path, row, line, options):
            rejects.append(bad)
        else:
            try:
                values = _values(line, paths, field_kinds)
            except _BadValueError as error:
                rejects.append(reject(path, row, line, str(error)))
                continue
            for label, value in values.items():
                columns[label].append(value)
    kinds = {label: field_kinds.get(TOKENIZED_FIELD if is_text_key(label) else label) for label in columns}
    arrays = {label: _as_arrow(label, column, kinds[label]) for label, column in columns.items()}
    values = interleaved([arrays.pop(key) for key in list(arrays) if is_text_key(key)])
    return Records(values=values, labels=arrays, rejects=tuple(rejects), blank_lines=blank_lines, n_lines=len(lines))


def _values(line: bytes, paths: dict[str, list[str]], field_kinds: FieldKinds) -> dict[str, Any]:
    """The values of one record, by label. What they hold is learnt into `field_kinds`, if the record is good."""
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise _BadValueError(f"not valid JSON ({error.msg}, column {error.colno})") from None
    values = {label: _dig(record, path) for label, path in paths.items()}
    learnt = dict(field_kinds)
    for label, value in values.items():  # all texts of a record are of one kind
        name = f'field "{".".join(paths[label])}"'
        key = TOKENIZED_FIELD if is_text_key(label) else label
        field_kind = _kind_of_label(value, name) if key != TOKENIZED_FIELD else _kind_of_field(value, name)
        if field_kind is not None and learnt.setdefault(key, field_kind) != field_kind:
            raise _BadValueError(
                f"{name} is {show(value)}, expected {_EXPECTED[learnt[key]]}, as in the records before"
            )
    field_kinds.update(learnt)
    return values


def _dig(record: object, path: list[str]) -> object:
    for depth, part in enumerate(path):
        if not isinstance(record, dict):
            where = f'field "{".".join(path[:depth])}"' if depth else "the record"
            raise _BadValueError(f'{where} is {show(record)}, expected an object with field "{part}"')
        if part not in record:
            names = [".".join([*path[:depth], each]) for each in record]
            raise _BadValueError(no_such("field", ".".join([*path[:depth], part]), names))
        record = record[part]
    return record


def _kind_of_field(value: object, name: str) -> str | None:
    if isinstance(value, str):
        return "text"
    if isinstance(value, list):
        types = set(map(type, value))
        if not types:
            return None
        if types == {str}:
            return "tokens"
        if types == {int} and all(number in _INT64 for number in value):
            return "ids"
    raise _BadValueError(f"{name} is {show(value)}, expected a string, a list of strings or a list of 64-bit integers")


def _kind_of_label(value: object, name: str) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, float) or (isinstance(value, int) and value in _INT64):
        return "number"
    if isinstance(value, str):
        return "text"
    raise _BadValueError(f"{name} is {show(value)}, expected a 64-bit number, a boolean or a string")


def _as_arrow(label: str, column: list[Any], field_kind: str | None) -> pa.Array:
    if field_kind is None:
        return pa.nulls(len(column))
    if field_kind == "text":
        return pa.array([value or "" for value in column], pa.string())
    if field_kind == "number":
        if all(type(value) is int for value in column):
            return pa.array(column, pa.int64())
        if any(type(value) is int and abs(value) > EXACT_IN_FLOAT64 for value in column):
            raise mixed_numbers(label)
        return pa.array(list(map(float, column)), pa.float64())
    return pa.array(
        column, {"tokens": pa.list_(pa.string()), "ids": pa.list_(pa.int64()), "boolean": pa.bool_()}[field_kind]
    )
