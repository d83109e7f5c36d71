"""Summaries of labels: what dtype holds the values of a column, and which classes there are."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from padcli.errors import InputError
from padcli.sources.records import EXACT_IN_FLOAT64, LABEL_KINDS, mixed_numbers

MOST_CLASSES = 100_000
_VALUES = 2


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LabelSummary:
    """The column of a label: the dtype that holds its values, and the first two different ones of them.

    `is_wide`: True where there are integers that float64 would round; `classes`: all different texts, where these are
    to become integers.
    """

    name: str
    dtype: np.dtype[Any]
    values: tuple[Any, ...]
    is_wide: bool
    classes: frozenset[str] | None = None

    @classmethod
    def of(cls, name: str, column: pa.Array, *, is_mapped: bool = False) -> "LabelSummary":
        """Summarize a column `(n_rows,)` that is not empty; `is_mapped`: whether texts become integers.

        Raises `InputError` where no dtype holds its values, or where there are too many classes.
        """
        extremes = tuple(value.as_py() for value in pc.min_max(column).values())
        is_class = is_mapped and pa.types.is_string(column.type)
        return cls(
            name=name,
            dtype=np.dtype(np.int64) if is_class else _dtype_of(name, column),
            classes=few_classes(name, frozenset(pc.unique(column).to_pylist())) if is_class else None,
            values=tuple(dict.fromkeys(extremes)),
            is_wide=column.type == pa.int64() and max(map(abs, extremes)) > EXACT_IN_FLOAT64,
        )

    def merge(self, later: "LabelSummary") -> "LabelSummary":
        """Summarize both columns. Raises `InputError` where no dtype holds the values of both, or as `of` does."""
        merged = LabelSummary(
            name=self.name,
            dtype=np.promote_types(self.dtype, later.dtype),
            values=tuple(dict.fromkeys((*self.values, *later.values)))[:_VALUES],
            is_wide=self.is_wide or later.is_wide,
            classes=_united(self.name, self.classes, later.classes),
        )
        if merged.is_wide and merged.dtype == np.float64:
            raise mixed_numbers(self.name)
        return merged


def few_classes(name: str, classes: frozenset[str]) -> frozenset[str]:
    """Return the classes of a label. Raises `InputError` where there are too many of them."""
    if len(classes) > MOST_CLASSES:
        raise InputError(
            f"--label-map: the label {name} has more than {MOST_CLASSES:,} different texts, which are no classes.",
            hint=f"Carry it as it is, without --label-map, or leave --label {name} out.",
        )
    return classes


def _united(name: str, first: frozenset[str] | None, later: frozenset[str] | None) -> frozenset[str] | None:
    if first is None or later is None:
        return first or later
    return first if later <= first else few_classes(name, first | later)


def of_labels(
    columns: Mapping[str, pa.Array],
    all_values: Mapping[str, pa.Array],
    *,
    is_mapped: bool = False,
    is_part: bool = False,
) -> dict[str, LabelSummary]:
    """Summarize the columns of labels; one without rows tells nothing. `is_mapped`: whether texts become integers.

    `all_values`: the same of all records, those that are not taken, too. They decide whether numbers are integers, so
    that this does not depend on which records were read together; and where the records are a part of several,
    `is_part`, which classes there are, so that these are the same in all parts.
    """
    found = {
        name: LabelSummary.of(name, column, is_mapped=is_mapped) for name, column in columns.items() if len(column)
    }
    for name, column in all_values.items():
        kind = LABEL_KINDS.get(column.type)
        if len(column) and (kind == "number" or (kind == "text" and is_mapped and is_part)):
            values = found[name].values if name in found else ()
            found[name] = dataclasses.replace(LabelSummary.of(name, column, is_mapped=is_mapped), values=values)
    return {name: found[name] for name in columns if name in found}


def _dtype_of(name: str, column: pa.Array) -> np.dtype[Any]:
    """Return the dtype of a label's values. Raises `InputError` where it would not give them back."""
    if pa.types.is_string(column.type):
        if pc.any(pc.ends_with(column, "\0")).as_py():
            raise InputError(
                f"--label {name}: a value ends in a NUL character, which NumPy's fixed-width text cannot store."
            )
        return np.dtype(f"<U{max(1, pc.max(pc.utf8_length(column)).as_py())}")
    dtype: np.dtype[Any] = np.dtype(column.type.to_pandas_dtype())
    return dtype
