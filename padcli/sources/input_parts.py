"""Parts of an input that workers read by themselves, since each says where it lies."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from padcli.options import ReadOptions
from padcli.sources import source_class
from padcli.sources.table_files import TableFile


class InputPart(Protocol):
    """Some of an input, which a source of its kind takes as `within`. It can be pickled."""

    @property
    def n_bytes(self) -> int:
        """The bytes of the input that it has, about."""
        ...


class InputParts(NamedTuple):
    """Parts of a file, in their order, and the file as a whole, for its digest."""

    parts: Iterator[InputPart]
    whole: TableFile


def parts_of(path: str, kind: str, read: ReadOptions, n_bytes: int) -> InputParts | None:
    """Return parts of about `n_bytes`; None where the input is to be read as a whole. Raises `InputError`."""
    cut = getattr(source_class(kind), "parts", None)
    found: InputParts | None = None if cut is None else cut(path, read, n_bytes)
    return found if found is not None and found.whole.size > n_bytes else None
