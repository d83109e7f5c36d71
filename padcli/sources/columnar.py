"""Tables that are stored by column: Parquet, Arrow, ORC. Only the columns that are needed are read.

A split is whole groups of rows, which a worker reads by itself, or rows that come along, where a group has too many
for one worker. A record without a value is bad; a column of a type that is none of a text or a label is refused.
"""

from __future__ import annotations

import abc
import dataclasses
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, ClassVar, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from padcli.errors import InputError
from padcli.options import ReadOptions
from padcli.sources.base import InputFacts, OnRead
from padcli.sources.columns import Reasons, as_records, plain_column, refuse_other_kinds, refuse_type
from padcli.sources.compression import LONGEST_MAGIC, compression_of
from padcli.sources.fields import fields_of, no_such
from padcli.sources.lines import changed, show
from padcli.sources.records import FieldKinds, Records, Reject, is_text_key
from padcli.sources.table_files import TableFile, table_file

_MOST_ROWS = 65536  # of a split: by their bytes alone, values that a dictionary holds once would be too many


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rows of a group, such as a row group: its number, that of the first of these rows in it, and the rows.

    `number` is None where a file has no groups. Both count from 0, as the libraries do that read such files.
    """

    number: int | None
    first_row: int
    rows: pa.Table | pa.RecordBatch


class ColumnarSplit(Protocol):
    """Some rows. `unit`: a group's name; `stop`: the byte of the file up to which, about, it has been read by then."""

    @property
    def path(self) -> str:
        """The input, for messages."""
        ...

    @property
    def unit(self) -> str: ...  # noqa: D102

    @property
    def stop(self) -> int: ...  # noqa: D102

    def groups(self) -> Iterable[Group]:
        """Return the rows, by their groups."""
        ...


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RowsSplit:
    """Rows that come along."""

    path: str
    unit: str
    stop: int
    rows: tuple[Group, ...]

    def groups(self) -> tuple[Group, ...]:
        """Return the rows, by their groups."""
        return self.rows


class ColumnarSource(abc.ABC):
    """See `Source`. How a file is read, the classes below it say."""

    name: ClassVar[str]

    def __init__(self, path: str, options: ReadOptions, *, split_bytes: int, on_read: OnRead) -> None:
        self._path, self._split_bytes, self._on_read = path, split_bytes, on_read
        self._fields = fields_of(options)
        self._digest, self._observed, self._told = hashlib.sha256(), 0, 0
        with damage_as_input_error(path, self.name, None):
            self._file = table_file(path, self.name)
            self._rest = self._file.parts()
            with self._file.opened() as file:
                start = file.read(LONGEST_MAGIC)
        if compression := compression_of(path, start):
            raise InputError(
                f"{path}: {self.name} within {compression} cannot be read in parts.",
                hint="Decompress the file: what is in it is compressed anyway.",
            )

    def splits(self) -> Iterator[ColumnarSplit]:
        """Yield the parts. Raises `InputError` for a column that is missing, or of a type that cannot be used."""
        with damage_as_input_error(self._path, self.name, self._file):
            for split in self._splits():
                self._tell(split.stop)
                yield split
        self._tell(self._file.size)

    @abc.abstractmethod
    def _splits(self) -> Iterator[ColumnarSplit]:
        """Yield the parts; what pyarrow raises meanwhile becomes an `InputError`."""

    @staticmethod
    def read(split: ColumnarSplit, options: ReadOptions, field_kinds: FieldKinds) -> Records:
        """Return the records of a split."""
        records = _records(split, fields_of(options))
        refuse_other_kinds(split.path, records, options, field_kinds)
        return records

    def observe(self, split: ColumnarSplit) -> None:
        """Add the bytes of the file up to about where a split ends to the digest."""
        self._observe(split.stop)

    def facts(self) -> InputFacts:
        """Return size and digest. Raises `InputError` if the file changed since it was looked at."""
        self._observe(self._file.size)
        next(self._rest, None)  # whose end may find a change
        self._file.refuse_change()
        return InputFacts(path=self._path, bytes=self._observed, sha256=self._digest.hexdigest())

    def _observe(self, stop: int) -> None:
        while self._observed < stop:
            part = next(self._rest, b"")
            if not part:
                raise changed(self._path, f"it ends at byte {self._observed:,}")
            self._digest.update(part)
            self._observed += len(part)

    def _tell(self, stop: int) -> None:
        self._on_read(stop - self._told)
        self._told = stop

    def _needed(self, schema: pa.Schema) -> list[str]:
        """Return the top columns that are read. Raises `InputError` where one is missing or cannot be used."""
        paths = [_column_path(self._path, schema, name) for name in self._fields.values()]
        for (label, name), path in zip(self._fields.items(), paths, strict=True):
            refuse_type(self._path, name, _type_of(schema, path), is_text=is_text_key(label))
        return list(dict.fromkeys(path[0] for path in paths))

    def _together(self, groups: Iterable[tuple[Group, float]], unit: str) -> Iterator[RowsSplit]:
        """Yield rows in splits of about `split_bytes`; with each group comes how far in the file it is, 0 to 1."""
        held, size, n_rows = list[Group](), 0, 0

        def split(share: float) -> RowsSplit:
            return RowsSplit(path=self._path, unit=unit, stop=int(share * self._file.size), rows=tuple(held))

        share = 0.0
        for whole, share in groups:
            for group in _parts(whole, self._split_bytes):
                held.append(group)
                size, n_rows = size + group.rows.nbytes, n_rows + group.rows.num_rows
                if size >= self._split_bytes or n_rows >= _MOST_ROWS:
                    yield split(share)
                    held, size, n_rows = [], 0, 0
        if held:
            yield split(share)


def _parts(group: Group, n_bytes: int) -> Iterator[Group]:
    """Cut rows in parts of about so many bytes."""
    rows = group.rows
    step = min(_MOST_ROWS, max(1, rows.num_rows * n_bytes // max(1, rows.nbytes)))
    for first in range(0, rows.num_rows, step):
        yield dataclasses.replace(group, first_row=group.first_row + first, rows=rows.slice(first, step))


@contextmanager
def damage_as_input_error(path: str, name: str, file: TableFile | None) -> Iterator[None]:
    """Raise what pyarrow and the system raise as `InputError`; where the file has changed, since that may be why."""
    try:
        yield
    except (pa.ArrowException, OSError, EOFError, KeyError) as error:
        if file is not None:
            with suppress(OSError):
                file.refuse_change()
        reason = getattr(error, "strerror", None) or " ".join(str(error).split()).removesuffix(".")
        raise InputError(f"{path}: cannot be read as {name}: {reason}.") from error


def _column_path(path: str, schema: pa.Schema, name: str) -> list[str]:
    """Return the way to a column: its name, or where it is none, the parts between dots."""
    if schema.names.count(name) == 1:
        return [name]
    if schema.names.count(name) > 1:
        raise InputError(f'{path}: {schema.names.count(name)} columns are named "{name}".', hint="Rename one of them.")
    parts, names, above = name.split("."), list(schema.names), ""
    fields: Any = schema
    for depth, part in enumerate(parts):
        if names.count(part) != 1:
            reason = no_such("column", name, [above + each for each in names])
            raise InputError(f"{path}: {reason}" + ("" if reason.endswith("?") else "."))
        found = fields.field(part)
        above += part + "."
        if depth + 1 < len(parts):
            if not pa.types.is_struct(found.type):
                raise InputError(f'{path}: column "{above[:-1]}" is of type {found.type}, expected a struct.')
            fields, names = found.type, [each.name for each in found.type]
    return parts


def _type_of(schema: pa.Schema, path: Sequence[str]) -> pa.DataType:
    found = schema.field(path[0]).type
    for part in path[1:]:
        found = found.field(part).type
    return found


def _records(split: ColumnarSplit, fields: dict[str, str]) -> Records:
    with damage_as_input_error(split.path, "a table", getattr(split, "file", None)):
        groups = list(split.groups())
        schema = groups[0].rows.schema
        table = pa.Table.from_batches([batch for group in groups for batch in _batches(group.rows)], schema)
        reasons: Reasons = {}
        written, columns = dict[str, pa.Array](), dict[str, pa.Array]()
        for label, name in fields.items():
            path = _column_path(split.path, schema, name)
            column = table[path[0]]
            array = pa.concat_arrays(_one_dictionary(column)) if column.num_chunks else pa.array([], column.type)
            if path[1:]:
                array = pc.struct_field(array, path[1:])
            array.validate(full=not pa.types.is_string(array.type))  # of which UTF-8 is looked at below
            written[name] = array
            columns[label] = plain_column(array, name, reasons, is_text=is_text_key(label))

    def reject(row: int, reason: str) -> Reject:
        place, before = "", 0
        for group in groups:
            if row < before + group.rows.num_rows:
                number = group.first_row + row - before
                place = f"row {number:,}" if group.number is None else f"{split.unit} {group.number:,}, row {number:,}"
                break
            before += group.rows.num_rows
        return Reject(path=split.path, line=row + 1, where=place, reason=reason, raw=_raw(written, row))

    return as_records(columns, reasons, reject, split.path)


def _batches(rows: pa.Table | pa.RecordBatch) -> list[pa.RecordBatch]:
    return rows.to_batches() if isinstance(rows, pa.Table) else [rows]


def _one_dictionary(column: pa.ChunkedArray) -> list[pa.Array]:
    return list((column.unify_dictionaries() if pa.types.is_dictionary(column.type) else column).chunks)


def _raw(written: dict[str, pa.Array], row: int) -> str:
    values = {}
    for name, column in written.items():
        try:
            values[name] = column[row].as_py()
        except UnicodeDecodeError:
            values[name] = column[row].cast(pa.binary()).as_py().decode(errors="backslashreplace")
    return show(values)
