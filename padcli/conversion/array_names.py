"""Arrays of an output under the names of another library, and of the dtypes that go with these."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from padcli.errors import UsageError
from padcli.formats.base import StoredRows
from padcli.options import Names
from padcli.report.metadata import recorded_read
from padcli.schema import FURTHER_ROLES, NAMES, Role, dtype_of_name, label_name, role_of

_SEGMENTS, _TYPES = "segment_ids", "token_type_ids"  # of pairs: the same numbers
_OFFSETS = "row_offsets"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ConvertedArray:
    """An array that is made of a stored one, `source`, block by block: by `change`, if it is not to stay as it is."""

    name: str
    source: str
    dtype: np.dtype[Any]
    change: Callable[[NDArray[Any]], NDArray[Any]] | None = None


def unchanged_arrays(stored: StoredRows) -> list[ConvertedArray]:
    """Return the arrays of an output as they are."""
    return [ConvertedArray(name=name, source=name, dtype=array.dtype) for name, array in stored.arrays.items()]


def renamed_arrays(stored: StoredRows, names: Names) -> list[ConvertedArray]:
    """Return the arrays of an output under these names, as padding would have written them; ids keep their dtype.

    Raises `UsageError` where there are no such names for what is stored.
    """
    earlier: Names = stored.metadata["options"]["names"]
    if names == earlier:
        return unchanged_arrays(stored)
    has_pairs = recorded_read(stored.metadata["options"]).n_texts > 1
    if names == "keras" and has_pairs and _OFFSETS in stored.arrays:
        raise UsageError(
            f"--names keras: the rows of {stored.path} hold several records of several texts, and segment_ids cannot "
            "tell both apart.",
            hint="Leave the names as they are.",
        )
    sources = dict[str, str](_own_arrays(stored, earlier, names, has_pairs=has_pairs)) | _labels(stored, names)
    return [_converted(stored, name, source, has_pairs=has_pairs) for name, source in sources.items()]


def renamed_metadata(stored: StoredRows, names: Names) -> dict[str, Any]:
    """Return what metadata tell of the names."""
    arrays = {source: name for name, source in _labels(stored, names).items()}
    classes: Mapping[str, Any] = stored.metadata.get("label_classes", {})
    renamed = {"label_classes": {arrays.get(name, name): each for name, each in classes.items()}} if classes else {}
    return {"options": {**stored.metadata["options"], "names": names}, **renamed}


def _own_arrays(stored: StoredRows, earlier: Names, names: Names, *, has_pairs: bool) -> Iterator[tuple[str, str]]:
    """Yield the name of each array but for labels, and that of the one that it is made of."""
    types = _SEGMENTS if earlier == "keras" else _TYPES
    if not has_pairs:  # then all types are 0, in the shape of the ids
        types = NAMES[earlier]["ids"]
    for role, name in NAMES[names].items():
        yield name, types if role == "types" else NAMES[earlier][role]
    if has_pairs and names == "keras":
        yield _SEGMENTS, types
    for name in _names_of(stored, FURTHER_ROLES):
        if name != _SEGMENTS or not has_pairs:
            yield name, name


def _labels(stored: StoredRows, names: Names) -> dict[str, str]:
    """Return the name of each array of a label, and that which it has in the file."""
    options = stored.metadata["options"]
    labels = recorded_read(options).labels
    recorded = {label_name(options["names"], label, labels): label_name(names, label, labels) for label in labels}
    return {recorded.get(name, name): name for name in _names_of(stored, {"label"})}


def _names_of(stored: StoredRows, roles: Iterable[Role]) -> list[str]:
    return [name for name in stored.arrays if role_of(name) in roles]


def _converted(stored: StoredRows, name: str, source: str, *, has_pairs: bool) -> ConvertedArray:
    before = stored.arrays[source].dtype
    dtype = before if role_of(name) == "ids" else dtype_of_name(name, before)
    change: Callable[[NDArray[Any]], NDArray[Any]] | None = None
    if role_of(name) == "types" and not has_pairs:
        change = _Zeros(dtype)
    elif dtype != before:
        change = _Cast(dtype)
    return ConvertedArray(name=name, source=source, dtype=dtype, change=change)


@dataclasses.dataclass(frozen=True, slots=True)
class _Cast:
    dtype: np.dtype[Any]

    def __call__(self, values: NDArray[Any]) -> NDArray[Any]:
        return values.astype(self.dtype)


@dataclasses.dataclass(frozen=True, slots=True)
class _Zeros:
    dtype: np.dtype[Any]

    def __call__(self, values: NDArray[Any]) -> NDArray[Any]:
        return np.zeros(values.shape, self.dtype)
