"""Texts that are in memory already, as an input."""

import dataclasses
import hashlib
from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa

from padcli.errors import InputError
from padcli.options import ReadOptions
from padcli.sources.base import InputFacts
from padcli.sources.records import Families, Records

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
    """Texts, lists of strings, or lists of integers, all of one kind."""

    def __init__(self, texts: Iterable[Texts], split_bytes: int) -> None:
        self._values = _array(list(texts))
        self._rows = max(1, len(self._values) * split_bytes // max(1, self._values.nbytes))

    def splits(self) -> Iterator[TextsSplit]:
        """Yield the texts in parts of about equal size."""
        for first in range(0, len(self._values), self._rows):
            # A copy: what a slice holds begins somewhere within.
            yield TextsSplit(path=NAME, values=pa.concat_arrays([self._values[first : first + self._rows]]))

    @staticmethod
    def read(split: TextsSplit, options: ReadOptions, families: Families) -> Records:  # noqa: ARG004 (see `Source`)
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


def _array(texts: list[Texts]) -> pa.Array:
    try:
        values = pa.array(texts)
    except (pa.ArrowException, UnicodeEncodeError, TypeError, OverflowError) as error:
        raise InputError(
            f"{NAME}: cannot be used: {error}.",
            hint="Expected strings, lists of strings, or lists of integers, all of one kind.",
        ) from error
    if not len(values) or pa.types.is_null(values.type) or values.type == pa.list_(pa.null()):
        values = pa.array([[]] * len(texts), pa.list_(pa.int64())) if values.null_count == 0 else values
    if values.null_count or values.type not in _KINDS or (values.type != pa.string() and values.flatten().null_count):
        raise InputError(
            f"{NAME}: expected strings, lists of strings, or lists of integers, got {values.type}"
            f"{' and None' if values.null_count else ''}."
        )
    return values
