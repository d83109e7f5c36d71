"""Labels that stand for classes, checked against the classes."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from padcli.inspection.array_check import CheckedArray
from padcli.inspection.check import Check, verdict


def checks_of_classes(arrays: Mapping[str, CheckedArray], classes: Mapping[str, Sequence[str]]) -> Iterator[Check]:
    """Read the labels that stand for classes, and yield a check for each."""
    for name, known in classes.items():
        if name not in arrays:
            yield Check(name="classes", ok=False, text=f"of {name}, which is no array of the file")
            continue
        array, wrong = arrays[name], ""
        while array.reader is not None and (block := array.read(array.reader.block_rows)) is not None:
            outside = (block < 0) | (block >= len(known)) if block.dtype.kind in "iu" else np.ones(len(block), np.bool_)
            if not wrong and outside.any():
                wrong = f"{name} holds {block[outside.argmax()]}, expected 0 to {len(known) - 1:,}"
        if not wrong and list(known) != sorted(set(known)):
            wrong = f"those of {name} are not sorted, or some are there twice"
        yield verdict("classes", wrong, [array], f"{name}: 0 to {len(known) - 1:,}")
