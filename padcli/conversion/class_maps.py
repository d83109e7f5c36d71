"""Labels that are texts to integers, for arrays that are stored already."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from padcli.conversion.array_names import ConvertedArray
from padcli.encode.label_summary import few_classes
from padcli.errors import InputError, UsageError
from padcli.formats.base import StoredRows
from padcli.schema import role_of


@dataclasses.dataclass(frozen=True, slots=True)
class ClassMap:
    """Classes, sorted: a text becomes its place among them."""

    classes: tuple[str, ...]

    def __call__(self, values: NDArray[Any]) -> NDArray[np.int64]:
        """Return the place of each text `(n,)`, int64 `(n,)`."""
        different, places = np.unique(values, return_inverse=True)
        return np.searchsorted(np.array(self.classes), different)[places].astype(np.int64)


def with_classes(stored: StoredRows, arrays: Sequence[ConvertedArray]) -> list[ConvertedArray]:
    """Return the arrays, those of labels that are texts as integers.

    Raises `UsageError` where none is, `InputError` for damaged ones.
    """
    maps = _class_maps(stored)
    integers = np.dtype(np.int64)
    return [
        dataclasses.replace(each, dtype=integers, change=maps[each.source]) if each.source in maps else each
        for each in arrays
    ]


def classes_metadata(metadata: Mapping[str, Any], arrays: Sequence[ConvertedArray]) -> dict[str, Any]:
    """Return what metadata tell of classes: `metadata` of the output, and those of labels that become integers."""
    classes = {each.name: list(each.change.classes) for each in arrays if isinstance(each.change, ClassMap)}
    return {
        "options": {**metadata["options"], "label_map": True},
        "label_classes": {**metadata.get("label_classes", {}), **classes},
    }


def _class_maps(stored: StoredRows) -> dict[str, ClassMap]:
    texts = [name for name, array in stored.arrays.items() if role_of(name) == "label" and array.dtype.kind == "U"]
    if not texts:
        raise UsageError(f"--label-map: {stored.path} has no labels that are texts.", hint="Remove --label-map.")
    return {name: ClassMap(tuple(sorted(_classes(stored, name)))) for name in texts}


def _classes(stored: StoredRows, name: str) -> frozenset[str]:
    found = frozenset[str]()
    try:
        with stored.array(name) as reader:
            for block in reader.blocks():
                found = few_classes(name, found | frozenset(np.unique(block).tolist()))
    except InputError as error:
        if stored.arrays[name].sha256 is not None and name not in error.message:
            raise InputError(f"{stored.path}: {name}: {error.message}", hint=error.hint) from error
        raise
    return found
