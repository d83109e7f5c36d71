"""Checks of labels as soon as they are read: what cannot be written is refused before all of the input is encoded."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from padcli.encode.task import EncodedSplit
from padcli.errors import InputError
from padcli.formats import format_for
from padcli.plan import FitPlan, PadPlan
from padcli.schema import ArraySpec, label_name
from padcli.text_format import shown

_DTYPES = {"boolean": np.dtype(np.bool_), "number": np.dtype(np.int64), "text": np.dtype("<U1")}


class UnknownClass(NamedTuple):
    """A value of a label that is none of its classes, and the number of its record."""

    record: int
    label: str
    value: object

    def after(self, n_records: int) -> "UnknownClass":
        """Return it behind so many records."""
        return self._replace(record=self.record + n_records)


class LabelChecks:
    """Checks of the labels of a run, split by split. `classes`: of labels that must be of them, by their names."""

    def __init__(self, plan: FitPlan) -> None:
        self._plan = plan if isinstance(plan, PadPlan) and plan.read.labels else None
        self._checked: set[tuple[str, str]] = set()
        self._records: dict[str, int] = {}  # of each input, up to here
        self.classes: dict[str, tuple[str, ...]] = {}
        if self._plan is not None:
            arrays = {name: label_name(self._plan.write.names, name, plan.read.labels) for name in plan.read.labels}
            self.classes = {
                name: self._plan.label_classes[array]
                for name, array in arrays.items()
                if array in self._plan.label_classes
            }

    def add(self, path: str, split: EncodedSplit) -> None:
        """Raise `UsageError` for labels that the format cannot hold, and `InputError` for classes that are unknown."""
        self.told(path, split.summary.field_kinds, split.n_records, unknown_class(split, self.classes))

    def told(self, path: str, field_kinds: Mapping[str, str], n_records: int, unknown: UnknownClass | None) -> None:
        """Do the same, for `n_records` in which others have found the unknown class."""
        if self._plan is None:
            return
        kinds = {name: kind for name, kind in field_kinds.items() if name in self._plan.read.labels}
        if not kinds.items() <= self._checked:
            _check_format(self._plan, kinds)
            self._checked |= kinds.items()
        first = self._records.get(path, 0)
        if unknown is not None:
            raise _unknown(path, unknown.after(first), self.classes[unknown.label])
        self._records[path] = first + n_records


def unknown_class(split: EncodedSplit, classes: Mapping[str, Sequence[str]]) -> UnknownClass | None:
    """Return the first value of a label that is none of its classes; None where there is none."""
    for name, column in split.labels.items():
        if name not in classes or not len(column):
            continue
        known = np.zeros(len(column), np.bool_)  # a number is no class, though a text may look like it
        if pa.types.is_string(column.type):
            known = pc.is_in(column, value_set=pa.array(classes[name], pa.string())).to_numpy(zero_copy_only=False)
        unknown = np.flatnonzero(~known)
        if len(unknown):
            row = int(unknown[0])
            return UnknownClass(row if split.record is None else int(split.record[row]), name, column[row].as_py())
    return None


def _check_format(plan: PadPlan, kinds: Mapping[str, str]) -> None:
    format_for(plan.output).check(
        [
            ArraySpec(
                name=label_name(plan.write.names, name, plan.read.labels),
                dtype=_DTYPES["number" if kind == "text" and plan.read.label_map else kind],
                shape=(0,),
            )
            for name, kind in kinds.items()
        ]
    )


def _unknown(path: str, unknown: UnknownClass, classes: Sequence[str]) -> InputError:
    return InputError(
        f"{path}, record {unknown.record:,}: the label {unknown.label} is {unknown.value!r}, which is none of the "
        f"classes of --like: {shown(classes)}.",
        hint="Correct it, or leave the record out; records are counted from 0.",
    )
