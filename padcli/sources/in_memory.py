"""Texts that are in memory already, as an input."""

import dataclasses
import hashlib
from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa

from padcli.errors import InputError
from padcli.options import ReadOptions
from padcli.sources.base import InputFacts
from padcli.sources.records import FieldKinds, Records, interleaved

NAME = "texts"

# A text, a list of tokens, or a list of ids.
Texts = str | Sequence[str] | Sequence[int]

_KINDS = (pa.string(), pa.list_(pa.string()), pa.list_(pa.int64()))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TextsSplit:
    """Some of the texts, an Arrow array `(n_rows,)`."""

    path: str
    values: pa.Array


class TextsSource:
    """Texts, lists of strings, or lists of integers, all of one kind; of several columns, a record has one of each."""

    def __init__(self, columns: Sequence[Iterable[Texts]], split_bytes: int) -> None:
        self._values = _side_by_side([_array(list(texts)) for texts in columns])
        n_rows = max(1, len(self._values) // len(columns) * split_bytes // max(1, self._values.nbytes))
        self._rows = n_rows * len(columns)

    def splits(self) -> Iterator[TextsSplit]:
        """Yield the texts in parts of about equal size."""
        for first in range(0, len(self._values), self._rows):
            # A copy: what a slice holds begins somewhere within.
            yield TextsSplit(path=NAME, values=pa.concat_arrays([self._values[first : first + self._rows]]))

    @staticmethod
    def read(split: TextsSplit, options: ReadOptions, field_kinds: FieldKinds) -> Records:  # noqa: ARG004 (see `Source`)
        """Return the texts of a split, which are records already."""
        return Records(values=split.values, labels={})

    def observe(self, split: TextsSplit) -> None:
        """Do nothing: all is in memory."""

    def facts(self) -> InputFacts:
        """Return size and digest of the values, as Arrow holds them."""
        digest = hashlib.sha256()
        for buffer in self._values.buffers():
            digest.update(buffer or b"")
        return InputFacts(path=NAME, bytes=self._values.nbytes, sha256=digest.hexdigest())


def _side_by_side(columns: Sequence[pa.Array]) -> pa.Array:
    lengths = {len(column) for column in columns}
    kinds = {column.type for column in columns if not pa.types.is_null(column.type)}
    if len(lengths) > 1 or len(kinds) > 1:
        found = " and ".join(f"{len(column):,} of {column.type}" for column in columns)
        raise InputError(f"{NAME}: found {found}, expected as many of one kind for each text of a record.")
    for kind in kinds:  # empty lists are of any
        nothing = "" if kind == pa.string() else []
        columns = [
            pa.array([nothing] * len(column), kind) if pa.types.is_null(column.type) else column for column in columns
        ]
    return interleaved(columns)


def _array(texts: list[Texts]) -> pa.Array:
    try:
        values = pa.array(texts)
    except (pa.ArrowException, UnicodeEncodeError, TypeError, OverflowError) as error:
        raise InputError(
            f"{NAME}: cannot be used: {error}.",
            hint="Expected strings, lists of strings, or lists of integers, all of one kind.",
        ) from error
    has_none = values.null_count or (pa.types.is_list(values.type) and values.flatten().null_count)
    if (not len(values) or values.type == pa.list_(pa.null())) and not has_none:
        return pa.nulls(len(texts))  # nothing tells their kind
    if values.null_count or values.type not in _KINDS or (values.type != pa.string() and values.flatten().null_count):
        raise InputError(
            f"{NAME}: expected strings, lists of strings, or lists of integers, got {values.type}"
            f"{' and None' if values.null_count else ''}."
        )
    return values
