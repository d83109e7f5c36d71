"""From what is known of the input to the shape and the layout of its rows."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from padcli.encode.encoded_rows import EncodedRows
from padcli.encode.fitting import FittedTokenizer
from padcli.encode.summary import SplitSummary
from padcli.engine.run import Run
from padcli.errors import InputError, LengthError, UsageError
from padcli.kernels import dispatch
from padcli.options import RowOptions
from padcli.padding.layout import Layout, choose_dtype, choose_maxlen
from padcli.padding.padded_rows import PaddedRows
from padcli.plan import PadPlan
from padcli.rows.arrangement import Arrangement, PiecesOfAll
from padcli.rows.buckets import best_widths, bucket_of
from padcli.rows.lengths import LengthHistogram
from padcli.rows.outcome import Outcome
from padcli.rows.packing import pack
from padcli.rows.pieces import RowShape
from padcli.rows.selection import permutation
from padcli.rows.shapes import open_shape
from padcli.schema import Sizes, label_name
from padcli.store.blocks import Store


def choose_layout(plan: PadPlan, rows: EncodedRows, fitted: FittedTokenizer, earlier: Layout | None = None) -> Layout:
    """Decide what the options left open; `earlier`: the layout of a part before, whose `maxlen` and dtype are taken.

    Raises `LengthError` where no `maxlen` follows from the rows, and `IdRangeError` where the dtype cannot hold the
    largest id that there may be.
    """
    options, summary, vocabulary = plan.pad, fitted.summary, fitted.vocabulary
    template, pad_id = rows.template, rows.pad_id
    special = template.special_ids or (0,)
    smallest, largest = (summary.smallest_id, summary.largest_id) if vocabulary is None else (0, len(vocabulary) - 1)
    smallest, largest = min(smallest, *special), max(largest, *special)
    dtype = choose_dtype(options, smallest, largest, pad_id, names=plan.write.names)
    if earlier is not None:
        return dataclasses.replace(
            earlier, dtype=choose_dtype(options, smallest, largest, pad_id, names=plan.write.names)
        )
    if options.maxlen is None or isinstance(options.maxlen, str):
        _refuse_rejected(summary)
    maxlen = choose_maxlen(options, summary.histogram, n_special=template.n_special)
    multiple_of = plan.rows.pad_to_multiple_of or 1
    return Layout(
        maxlen=maxlen,
        padding=options.padding,
        truncating=options.truncating,
        pad_id=pad_id,
        dtype=dtype,
        template=template,
        width=-(-maxlen // multiple_of) * multiple_of,
    )


def _refuse_rejected(summary: SplitSummary) -> None:
    if summary.rejected and not summary.rows:
        reasons = "\n".join(summary.reasons)
        raise LengthError(f"No records left: all {summary.rejected:,} are bad.", hint=f"The first ones:\n{reasons}")


def padded_rows(
    plan: PadPlan,
    rows: EncodedRows,
    fitted: FittedTokenizer,
    layout: Layout,
    run: Run,
    *,
    earlier_widths: tuple[int, ...] = (),
) -> PaddedRows:
    """Return the arrays of a plan's output; nothing is padded until they are read.

    `earlier_widths`: of the buckets of a part before, which are taken.
    """
    if rows.store is None:
        raise ValueError("no rows were kept")
    shape = open_shape(plan.rows, truncating=layout.truncating, maxlen=layout.maxlen, template=layout.template)
    arrangement, outcome, widths, rows_of_parts = _shaped(plan, rows.store, shape, layout, earlier_widths)
    arrays = {label: label_name(plan.write.names, label, plan.read.labels) for label in plan.read.labels}
    return PaddedRows(
        store=rows.store,
        shape=shape,
        arrangement=arrangement,
        outcome=outcome,
        widths=widths,
        layout=layout,
        sizes=Sizes(
            rows=fitted.summary.rows if outcome is None else outcome.rows,
            width=layout.width,
            pieces=None if plan.rows.pack is None or outcome is None else outcome.pieces,
            rows_are_records=plan.rows.overflow == "cut" and plan.rows.pack is None,
        ),
        names=plan.names,
        label_dtypes=_label_dtypes(
            {arrays[name]: label.dtype for name, label in fitted.summary.labels.items()}, plan.label_dtypes
        ),
        label_columns={array: label for label, array in arrays.items()},
        label_classes={
            arrays[name]: plan.label_classes.get(arrays[name]) or tuple(sorted(label.classes))
            for name, label in fitted.summary.labels.items()
            if label.classes is not None
        },
        ids_of_numbers=fitted.ids_of_numbers,
        run=run,
        rows_of_parts=rows_of_parts,
    )


def _shaped(
    plan: PadPlan, store: Store, shape: RowShape, layout: Layout, earlier_widths: tuple[int, ...]
) -> tuple[Arrangement | None, Outcome | None, tuple[int, ...], NDArray[np.int64] | None]:
    """Plan the rows, if they are more than records cut to length: from the lengths of all records.

    Returns the rows of each part of the store, too, where each part has rows of its own.
    """
    options, n_special = plan.rows, layout.template.n_special
    is_arranged = options.pack is not None or options.bucket is not None or plan.select.shuffle
    if options.overflow == "cut" and not is_arranged:
        return None, None, (), None
    outcome, all_pieces, first_record, rows_of_parts = Outcome(), PiecesOfAll(), 0, list[int]()
    for rows in store.rows:
        lengths = rows.lengths_of_texts(layout.template.n_texts)
        pieces = shape.pieces(lengths)
        outcome += Outcome.of(pieces, lengths, n_special)
        rows_of_parts.append(len(pieces))
        if is_arranged:
            all_pieces.add(pieces, rows.numbers(first_record), lengths.sum(axis=1), rows.labels)
        first_record += rows.n_records
    outcome = dataclasses.replace(outcome, cells=outcome.rows * layout.width)
    if not is_arranged:
        return None, outcome, (), np.array(rows_of_parts, np.int64)
    arrangement = all_pieces.one_a_row()
    if options.pack is not None:
        packed = pack(arrangement.pieces.lengths + n_special, layout.maxlen, options.pack, dispatch.kernels())
        arrangement = arrangement.packed(packed)
        in_no_row = outcome.pieces - len(packed.items)  # what is empty takes no room
        outcome = dataclasses.replace(
            outcome,
            rows=len(arrangement),
            pieces=len(packed.items),
            dropped=outcome.dropped + in_no_row,
            cells=len(arrangement) * layout.width,
        )
    if plan.select.shuffle:
        arrangement = arrangement.take(permutation(len(arrangement), plan.select.seed))
    if options.widths is not None:
        widths, cells = _widths(options, arrangement, layout, earlier_widths)
        return arrangement, dataclasses.replace(outcome, cells=cells), widths, None
    return arrangement, None if options.overflow == "cut" and options.pack is None else outcome, (), None


def _widths(
    options: RowOptions, arrangement: Arrangement, layout: Layout, earlier: tuple[int, ...]
) -> tuple[tuple[int, ...], int]:
    """Return the widths of the buckets, and the cells of all arrays. Raises `UsageError` for widths that do not do."""
    lengths = arrangement.row_lengths(layout.template.n_special)
    widths, multiple_of = options.widths, options.pad_to_multiple_of or 1
    if isinstance(widths, int) and earlier:
        widths = earlier if earlier[-1] >= lengths.max(initial=0) else (*earlier, layout.width)
    elif isinstance(widths, int):
        widths = best_widths(LengthHistogram.of(lengths), widths, multiple_of=multiple_of)
    if not widths:
        widths = (layout.width,)
    if widths[-1] < lengths.max(initial=0):
        raise UsageError(
            f"--bucket {options.bucket}: a row has {lengths.max():,} tokens, and the widest bucket {widths[-1]:,}.",
            hint=f"Add a wider one, or cut the rows: --maxlen {widths[-1]}",
        )
    rows = np.bincount(bucket_of(lengths, widths), minlength=len(widths))
    return tuple(widths), int(rows @ np.array(widths))


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
