"""Checks of labels as soon as they are read: what cannot be written is refused before all of the input is encoded."""

from collections.abc import Mapping

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


class LabelChecks:
    """Checks of the labels of a run, split by split."""

    def __init__(self, plan: FitPlan) -> None:
        self._plan = plan if isinstance(plan, PadPlan) and plan.read.labels else None
        self._checked: set[tuple[str, str]] = set()
        self._records: dict[str, int] = {}  # of each input, up to here

    def add(self, path: str, split: EncodedSplit) -> None:
        """Raise `UsageError` for labels that the format cannot hold, and `InputError` for classes that are unknown."""
        if self._plan is None:
            return
        kinds = {name: kind for name, kind in split.summary.field_kinds.items() if name in self._plan.read.labels}
        if not kinds.items() <= self._checked:
            _check_format(self._plan, kinds)
            self._checked |= kinds.items()
        first = self._records.get(path, 0)
        for name, column in split.labels.items():
            classes = self._plan.label_classes.get(label_name(self._plan.write.names, name, self._plan.read.labels))
            if classes is not None and len(column):
                _check_classes(path, first, split, name, classes)
        self._records[path] = first + split.n_records


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


def _check_classes(path: str, first: int, split: EncodedSplit, name: str, classes: tuple[str, ...]) -> None:
    column = split.labels[name]
    known = np.zeros(len(column), np.bool_)  # a number is no class, though a text may look like it
    if pa.types.is_string(column.type):
        known = pc.is_in(column, value_set=pa.array(classes, pa.string())).to_numpy(zero_copy_only=False)
    unknown = np.flatnonzero(~known)
    if len(unknown):
        record = int(unknown[0]) if split.record is None else int(split.record[unknown[0]])
        value = column[int(unknown[0])].as_py()
        place = f"{path}, record {first + record:,}"
        raise InputError(
            f"{place}: the label {name} is {value!r}, which is none of the classes of --like: {shown(classes)}.",
            hint="Correct it, or leave the record out; records are counted from 0.",
        )
