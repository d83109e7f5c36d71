"""Rows of arrays as Arrow columns, and back: lists where a row has several values, text as strings.

Lists have no fixed size in their type, though all may be of one: files of several buckets are then of one type, and can
be read as one data set. Nothing is ever null, and the types say so.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from padcli.formats.row_batches import Column, held, is_list
from padcli.schema import ArraySpec


@contextmanager
def arrow_errors() -> Iterator[None]:
    """Convert what pyarrow raises for bytes that are not as they were written into a `ValueError`."""
    try:
        yield
    except pa.ArrowException as error:
        raise ValueError(error) from error


def schema_of(specs: Sequence[ArraySpec]) -> pa.Schema:
    """Return the columns of arrays of these specs."""
    return pa.schema(
        [
            pa.field(
                spec.name, _list_of(value_type(spec)) if is_list(spec, specs) else value_type(spec), nullable=False
            )
            for spec in held(specs)
        ]
    )


def nullable(schema: pa.Schema) -> pa.Schema:
    """Return the same columns, whose types leave it open whether there are nulls, as those of `datasets` do."""
    lists = {field.name: pa.list_(field.type.value_type) for field in schema if pa.types.is_list(field.type)}
    return pa.schema([pa.field(field.name, lists.get(field.name, field.type)) for field in schema])


def value_type(spec: ArraySpec) -> pa.DataType:
    """Return the type of the values of an array."""
    return pa.string() if spec.dtype.kind == "U" else pa.from_numpy_dtype(spec.dtype)


def _list_of(values: pa.DataType) -> pa.DataType:
    return pa.list_(pa.field("element", values, nullable=False))


def batch_of(columns: Mapping[str, Column], schema: pa.Schema) -> pa.RecordBatch:
    """Return some rows as Arrow."""
    return pa.record_batch([_array(columns[field.name], field.type) for field in schema], schema=schema)


def no_rows(schema: pa.Schema) -> pa.RecordBatch:
    """Return a batch of these columns without rows."""
    return pa.record_batch([pa.array([], field.type) for field in schema], schema=schema)


def _array(column: Column, type_: pa.DataType) -> pa.Array:
    values = text_of(column.values) if column.values.dtype.kind == "U" else pa.array(column.values)
    if column.offsets is None:
        return values
    return pa.ListArray.from_arrays(pa.array(column.offsets.astype(np.int32)), values, type=type_)


def text_of(values: NDArray[np.str_]) -> pa.Array:
    """Return text as Arrow, which reads that of NumPy only up to a NUL, and then cuts off what is behind it."""
    signs = values.view(np.uint32).reshape(len(values), -1)
    has_nul = ((signs[:, :-1] == 0) & (signs[:, 1:] != 0)).any()
    return pa.array(values.tolist() if has_nul else values, pa.string())


def values_of(array: pa.Array, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return the values of a column without lists. Raises `ValueError` where they are not all of that dtype."""
    if array.null_count:
        raise ValueError("a value is missing")
    if dtype.kind != "U":
        found: NDArray[Any] = array.to_numpy(zero_copy_only=False)
        if found.dtype != dtype:
            raise ValueError(f"values of {found.dtype}, expected {dtype}")
        return found
    if (pc.max(pc.utf8_length(array)).as_py() or 0) > dtype.itemsize // np.dtype("U1").itemsize:
        raise ValueError(f"a text is longer than {dtype} holds")
    texts: NDArray[Any] = array.to_numpy(zero_copy_only=False)
    return texts.astype(dtype)


def flat(array: pa.Array) -> tuple[pa.Array, NDArray[np.int64]]:
    """Return the values of lists, and how many each has, int64 `(n,)`. Raises `ValueError` for a column of others."""
    if not isinstance(array, pa.ListArray):
        raise ValueError(f"a column of {array.type}, expected lists")  # noqa: TRY004 (of a file)
    if array.null_count:
        raise ValueError("a list is missing")
    offsets = array.offsets.to_numpy().astype(np.int64)  # by NumPy: a kernel of pyarrow may end the process
    return array.values.slice(offsets[0], offsets[-1] - offsets[0]), np.diff(offsets)
