"""Parquet: row groups are splits; one that is large is read in batches."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from padcli.options import ReadOptions
from padcli.sources.base import OnRead
from padcli.sources.columnar import ColumnarSource, ColumnarSplit, Group, damage_as_input_error
from padcli.sources.input_parts import InputParts
from padcli.sources.table_files import LocalTable, TableFile, table_file
from padcli.urls import is_url

_UNIT = "row group"
_LARGE = 4  # times the size of a split, from which a row group is too much for a worker at once
_BUFFER = 1024 * 1024  # bytes of a column that are read at a time; otherwise it would be all of a row group
_REMOTE_BUFFER = 8 * _BUFFER  # each part of which is asked for by itself
_MOST_ROWS = 4096  # of a batch: long values that repeat take up little in the file, and much when read


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RowGroupsSplit:
    """Whole row groups. `metadata`: of the file, which is read once; `columns`: that are needed."""

    file: TableFile
    stop: int
    numbers: tuple[int, ...]
    columns: tuple[str, ...]
    metadata: Any
    unit: str = _UNIT

    @property
    def path(self) -> str:
        """The input, for messages."""
        return self.file.path

    def groups(self) -> Iterator[Group]:
        """Yield the rows of each group. Raises `InputError` where the file is not what it was."""
        self.file.refuse_change()
        with _opened(self.file, self.metadata) as file:
            for number in self.numbers:
                rows = file.read_row_group(number, columns=list(self.columns), use_threads=False)
                yield Group(number=number, first_row=0, rows=rows)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RowGroups:
    """The row groups `[first, stop)`, of about `n_bytes` of the file."""

    file: TableFile
    first: int
    stop: int
    n_bytes: int


class ParquetSource(ColumnarSource):
    """See `Source`. `within`: the row groups that are read."""

    name = "Parquet"

    def __init__(
        self, path: str, options: ReadOptions, *, split_bytes: int, on_read: OnRead, within: RowGroups | None = None
    ) -> None:
        super().__init__(path, options, split_bytes=split_bytes, on_read=on_read)
        self._within = within
        if within is not None:
            self._file = within.file

    @classmethod
    def parts(cls, path: str, options: ReadOptions, n_bytes: int) -> InputParts:  # noqa: ARG003
        """Return row groups."""
        with damage_as_input_error(path, cls.name, None):
            file = table_file(path, cls.name)
        if isinstance(file, LocalTable):
            file = dataclasses.replace(file, state=file.state.elsewhere())
        return InputParts(_row_groups(file, n_bytes), file)

    def _splits(self) -> Iterator[ColumnarSplit]:
        with _opened(self._file, None) as file:
            columns, metadata = self._needed(file.schema_arrow), file.metadata
            held, size, done = list[int](), 0, 0

            def stop() -> int:
                return int(self._file.size * done / max(1, metadata.num_rows))

            def together() -> RowGroupsSplit:
                return RowGroupsSplit(
                    file=self._file,
                    stop=stop(),
                    numbers=tuple(held),
                    columns=tuple(columns),
                    metadata=metadata,
                )

            for number in self._numbers(metadata.num_row_groups):
                group = metadata.row_group(number)
                n_bytes = _size(group, columns)
                is_large = n_bytes > _LARGE * self._split_bytes or group.num_rows > 2 * _MOST_ROWS * _LARGE
                if held and (is_large or size + n_bytes > self._split_bytes):
                    yield together()
                    held, size = [], 0
                if is_large:
                    yield from self._together(self._in_batches(file, number, columns, n_bytes, done), _UNIT)
                done += group.num_rows
                if not is_large and group.num_rows:
                    held.append(number)
                    size += n_bytes
            if held:
                yield together()

    def _numbers(self, n_groups: int) -> range:
        return range(n_groups) if self._within is None else range(self._within.first, self._within.stop)

    def _in_batches(
        self, file: Any, number: int, columns: list[str], n_bytes: int, done: int
    ) -> Iterator[tuple[Group, float]]:
        n_rows, first = file.metadata.row_group(number).num_rows, 0
        size = max(1, min(_MOST_ROWS, n_rows * self._split_bytes // n_bytes)) if n_bytes else _MOST_ROWS
        for rows in file.iter_batches(size, row_groups=[number], columns=columns, use_threads=False):
            share = (done + first + rows.num_rows) / file.metadata.num_rows
            yield Group(number=number, first_row=first, rows=rows), share
            first += rows.num_rows


def _row_groups(file: TableFile, n_bytes: int) -> Iterator[RowGroups]:
    with damage_as_input_error(file.path, ParquetSource.name, file), _opened(file, None) as opened:
        groups = opened.metadata
        first, size = 0, 0
        for number in range(groups.num_row_groups):
            size += groups.row_group(number).total_byte_size
            if size >= n_bytes or number == groups.num_row_groups - 1:
                yield RowGroups(file=file, first=first, stop=number + 1, n_bytes=size)
                first, size = number + 1, 0


@contextmanager
def _opened(file: TableFile, metadata: Any) -> Iterator[Any]:
    from pyarrow import parquet

    size = _REMOTE_BUFFER if is_url(file.path) else _BUFFER
    with file.opened() as opened:
        yield parquet.ParquetFile(opened, metadata=metadata, buffer_size=size, pre_buffer=False)


def _size(group: Any, columns: list[str]) -> int:
    """Return the bytes of the needed columns of a row group, before their compression."""
    tops = {*columns}
    chunks = (group.column(i) for i in range(group.num_columns))
    size: int = sum(
        chunk.total_uncompressed_size
        for chunk in chunks
        if chunk.path_in_schema in tops or chunk.path_in_schema.split(".")[0] in tops
    )
    return size
