"""Padding: all of it is done by the installed Keras's `pad_sequences`."""

import numpy as np
from numpy.typing import NDArray

from padcli.kernels import dispatch
from padcli.padding.keras_loader import pad_sequences
from padcli.padding.layout import Layout
from padcli.rows.ragged import RaggedIds
from padcli.rows.segments import Segments


def pad_rows(sequences: RaggedIds, segments: Segments, layout: Layout) -> NDArray[np.integer]:
    """Pad the rows that `segments` make of `sequences`, in order, `(n_rows, width)`.

    The ids are those of one `pad_sequences` call on the lists of all rows. It loops over sequences in Python, but a
    sequence may have vectors for steps. So the k rows of L tokens are laid out as one sequence of L steps with k
    features: one call for each distinct length, not for each row.
    """
    if segments.is_one_a_row:
        starts, lengths = sequences.offsets[segments.sequence] + segments.start, segments.stop - segments.start
    else:
        sequences = segments.gather(sequences)
        starts, lengths = sequences.offsets[:-1], np.diff(sequences.offsets)
    ids = np.empty((len(lengths), layout.width), layout.dtype)
    by_length = np.argsort(lengths.astype(np.min_scalar_type(layout.width)), kind="stable")  # few bits: a radix sort
    rising = lengths[by_length]
    firsts = np.flatnonzero(np.diff(rising, prepend=-1))
    for length, chosen in zip(rising[firsts].tolist(), np.split(by_length, firsts[1:]), strict=True):
        padded = pad_sequences()(
            [_between(layout, _steps(sequences, starts, chosen, length), len(chosen))],
            maxlen=layout.width,
            dtype=layout.dtype,
            padding=layout.padding,
            value=layout.pad_id,
        )
        _put(ids, chosen, padded[0])
    return ids


def _steps(
    rows: RaggedIds, starts: NDArray[np.int64], chosen: NDArray[np.int64], length: int
) -> NDArray[np.integer] | tuple[()]:
    """Return the `length` ids from `starts` on of the k chosen rows, `(length, k)`."""
    return dispatch.kernels().gather(rows.values, rows.lookup, starts, chosen, length) if length else ()


def _between(layout: Layout, steps: NDArray[np.integer] | tuple[()], n_rows: int) -> NDArray[np.integer] | tuple[()]:
    """The steps `(length, n_rows)` with the special ids before and after them."""
    if not layout.n_special:
        return steps
    around = [np.tile(np.array(ids, np.int64)[:, None], n_rows) for ids in (layout.before, layout.after)]
    middle = steps if isinstance(steps, np.ndarray) else np.zeros((0, n_rows), np.int64)
    return np.concatenate([around[0], middle, around[1]])


def _put(ids: NDArray[np.integer], chosen: NDArray[np.int64], padded: NDArray[np.integer]) -> None:
    """Let the chosen rows be the columns of `padded`, `(width, k)`, or be `padded`, `(width,)`."""
    if padded.ndim == 1:  # Keras gives rows without tokens no third dimension
        ids[chosen] = padded
    else:
        dispatch.kernels().scatter(padded, chosen, ids)
