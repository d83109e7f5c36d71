"""Padding: all of it is done by the installed Keras's `pad_sequences`."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from padcli.kernels import dispatch
from padcli.padding.keras_loader import pad_sequences
from padcli.padding.layout import Layout
from padcli.rows.ragged import RaggedIds, offsets_of
from padcli.rows.segments import SPECIAL, Segments


def pad_rows(sequences: RaggedIds, segments: Segments, layout: Layout) -> NDArray[np.integer]:
    """Pad the rows that `segments` make of `sequences`, in order, `(n_rows, width)`."""
    if segments.is_plain:
        starts, lengths = sequences.offsets[segments.sequence] + segments.start, segments.stop - segments.start
        return _padded(sequences, starts, lengths, layout, layout.pad_id, layout.dtype)
    return pad_ids(gather(sequences, segments, layout.template.special_ids), layout)


def gather(sequences: RaggedIds, segments: Segments, special_ids: Sequence[int] = ()) -> RaggedIds:
    """Lay the tokens of each row out one after the other: ids, where the sequences have a look-up, too."""
    starts = sequences.offsets[np.maximum(segments.sequence, 0)] + segments.start
    if len(special_ids):  # a place in these is counted from their end, so that one number below 0 tells both
        starts = np.where(segments.sequence == SPECIAL, segments.start - len(special_ids), starts)
    values = dispatch.kernels().lay_out(
        sequences.values, sequences.lookup, starts, segments.stop - segments.start, np.array(special_ids, np.int64)
    )
    return RaggedIds(values=values, offsets=offsets_of(segments.lengths))


def pad_ids(rows: RaggedIds, layout: Layout) -> NDArray[np.integer]:
    """Pad rows of ids, `(n_rows, width)`."""
    return _padded(rows, rows.offsets[:-1], np.diff(rows.offsets), layout, layout.pad_id, layout.dtype)


def pad_column(rows: RaggedIds, layout: Layout, dtype: np.dtype[Any]) -> NDArray[np.integer]:
    """Pad what goes with the ids of rows, token by token, with 0, `(n_rows, width)`."""
    return _padded(rows, rows.offsets[:-1], np.diff(rows.offsets), layout, 0, dtype)


def _padded(
    rows: RaggedIds,
    starts: NDArray[np.int64],
    lengths: NDArray[np.int64],
    layout: Layout,
    value: int,
    dtype: np.dtype[Any],
) -> NDArray[np.integer]:
    """Pad the `lengths` values of each row from `starts` on, both `(n_rows,)`.

    The array is that of one `pad_sequences` call on the lists of all rows. It loops over sequences in Python, but a
    sequence may have vectors for steps. So the k rows of L tokens are laid out as one sequence of L steps with k
    features: one call for each distinct length, not for each row.
    """
    padded = np.empty((len(lengths), layout.width), dtype)
    by_length = np.argsort(lengths.astype(np.min_scalar_type(layout.width)), kind="stable")  # few bits: a radix sort
    rising = lengths[by_length]
    firsts = np.flatnonzero(np.diff(rising, prepend=-1))
    for length, chosen in zip(rising[firsts].tolist(), np.split(by_length, firsts[1:]), strict=True):
        of_length = pad_sequences()(
            [_steps(rows, starts, chosen, length)],
            maxlen=layout.width,
            dtype=dtype,
            padding=layout.padding,
            value=value,
        )
        _put(padded, chosen, of_length[0])
    return padded


def _steps(
    rows: RaggedIds, starts: NDArray[np.int64], chosen: NDArray[np.int64], length: int
) -> NDArray[np.integer] | tuple[()]:
    """Return the `length` values from `starts` on of the k chosen rows, `(length, k)`."""
    return dispatch.kernels().gather(rows.values, rows.lookup, starts, chosen, length) if length else ()


def _put(padded: NDArray[np.integer], chosen: NDArray[np.int64], columns: NDArray[np.integer]) -> None:
    """Let the chosen rows be the columns of `columns`, `(width, k)`, or be `columns`, `(width,)`."""
    if columns.ndim == 1:  # Keras gives rows without tokens no third dimension
        padded[chosen] = columns
    else:
        dispatch.kernels().scatter(columns, chosen, padded)
