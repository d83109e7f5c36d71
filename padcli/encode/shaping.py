"""From what is known of the input to the shape and the layout of its rows."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from padcli.encode.encoded_rows import EncodedRows
from padcli.encode.fitting import FittedTokenizer
from padcli.encode.summary import SplitSummary
from padcli.engine.run import Run
from padcli.errors import InputError, LengthError
from padcli.options import Names, PadOptions
from padcli.padding.layout import Layout, choose_dtype, choose_maxlen
from padcli.padding.padded_rows import PaddedRows
from padcli.plan import PadPlan
from padcli.rows.shapes import open_shape
from padcli.schema import label_name

Around = tuple[tuple[int, ...], tuple[int, ...]]


def choose_layout(
    fitted: FittedTokenizer, options: PadOptions, *, names: Names = "keras", pad_id: int, around: Around = ((), ())
) -> Layout:
    """Decide what the options left open; `around` are the ids that come before and after each row.

    Raises `LengthError` where no `maxlen` follows from the rows, and `IdRangeError` where the dtype cannot hold the
    largest id that there may be.
    """
    summary, vocabulary = fitted.summary, fitted.vocabulary
    smallest, largest = (summary.smallest_id, summary.largest_id) if vocabulary is None else (0, len(vocabulary) - 1)
    dtype = choose_dtype(options, smallest, largest, pad_id, names=names)
    if options.maxlen is None or isinstance(options.maxlen, str):
        _refuse_rejected(summary)
    return Layout(
        maxlen=choose_maxlen(options, summary.histogram, n_special=sum(map(len, around))),
        padding=options.padding,
        truncating=options.truncating,
        pad_id=pad_id,
        dtype=dtype,
        before=around[0],
        after=around[1],
    )


def _refuse_rejected(summary: SplitSummary) -> None:
    if summary.rejected and not summary.rows:
        reasons = "\n".join(summary.reasons)
        raise LengthError(f"No records left: all {summary.rejected:,} are bad.", hint=f"The first ones:\n{reasons}")


def padded_rows(plan: PadPlan, rows: EncodedRows, fitted: FittedTokenizer, layout: Layout, run: Run) -> PaddedRows:
    """Return the arrays of a plan's output; nothing is padded until they are read."""
    if rows.store is None:
        raise ValueError("no rows were kept")
    shape = open_shape(layout.truncating, room=layout.room)
    names = plan.names if shape.has_one_row_a_sequence else (*plan.names, "record")
    arrays = {label: label_name(plan.write.names, label, plan.read.label) for label in fitted.summary.labels}
    return PaddedRows(
        store=rows.store,
        shape=shape,
        layout=layout,
        names=names,
        n_records=fitted.summary.rows,
        label_dtypes=_label_dtypes(
            {arrays[name]: label.dtype for name, label in fitted.summary.labels.items()}, plan.label_dtypes
        ),
        label_columns={array: label for label, array in arrays.items()},
        ids_of_numbers=fitted.ids_of_numbers,
        run=run,
    )


def _label_dtypes(found: Mapping[str, np.dtype[Any]], wanted: Mapping[str, np.dtype[Any]]) -> dict[str, np.dtype[Any]]:
    """Return dtypes of labels that hold the values found, and are the wanted ones; texts may be longer than these.

    Raises `InputError` where the wanted ones do not hold the values.
    """
    dtypes = dict(found)
    for name in found.keys() & wanted.keys():
        dtypes[name] = np.promote_types(found[name], wanted[name])
        texts = [dtype.kind == "U" for dtype in (found[name], wanted[name])]
        if any(texts) != all(texts) or (dtypes[name] != wanted[name] and not all(texts)):
            raise InputError(
                f"--like: the label {name} was {wanted[name]} there, and is {found[name]} in this input.",
                hint="Both labels need the same type.",
            )
    return dtypes
