"""Padding and truncating: all of it is done by the installed Keras's `pad_sequences`."""

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from padcli.kernels import dispatch
from padcli.options import Side
from padcli.padding.keras_loader import pad_sequences
from padcli.rows.ragged import RaggedIds

# Cells of a block at the most: rows are padded in blocks, so that a long maxlen asks for few rows at a time.
_BLOCK_CELLS = 2**21


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """`PadOptions` when nothing is left open: what `pad_sequences` is called with.

    `before`, `after`: ids that come around each row; a row that is too long makes room for them.
    """

    maxlen: int
    padding: Side
    truncating: Side
    pad_id: int
    dtype: np.dtype[np.integer]
    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()

    @property
    def n_special(self) -> int:
        """How many ids come around each row."""
        return len(self.before) + len(self.after)

    @property
    def block_rows(self) -> int:
        """How many rows to pad at a time."""
        return max(1, _BLOCK_CELLS // self.maxlen)

    def mask(self, lengths: NDArray[np.integer]) -> NDArray[np.bool_]:
        """True where a token is real, bool `(n_rows, maxlen)`, for rows of `lengths` `(n_rows,)` with special ones."""
        narrow = np.min_scalar_type(self.maxlen)  # many of them are compared at a time
        kept = np.minimum(lengths.astype(np.int64), self.maxlen).astype(narrow)[:, None]
        steps = np.arange(self.maxlen, dtype=narrow)
        mask: NDArray[np.bool_] = steps < kept if self.padding == "post" else steps >= self.maxlen - kept
        return mask


def pad_rows(rows: RaggedIds, layout: Layout) -> NDArray[np.integer]:
    """Rows padded in order, `(n_rows, maxlen)`: what one `pad_sequences` call on the untouched lists gives.

    `pad_sequences` loops over sequences in Python, but a sequence may have vectors for steps. So the k rows that keep L
    tokens are laid out as one sequence of L steps with k features: one call for each distinct length, not for each row.
    """
    lengths = np.diff(rows.offsets)
    kept = np.minimum(lengths, layout.maxlen - layout.n_special)
    starts = rows.offsets[:-1] if layout.truncating == "post" else rows.offsets[1:] - kept
    ids = np.empty((len(lengths), layout.maxlen), layout.dtype)
    by_length = np.argsort(kept.astype(np.min_scalar_type(layout.maxlen)), kind="stable")  # few bits: a radix sort
    rising = kept[by_length]
    firsts = np.flatnonzero(np.diff(rising, prepend=-1))
    for length, chosen in zip(rising[firsts].tolist(), np.split(by_length, firsts[1:]), strict=True):
        padded = pad_sequences()(
            [_between(layout, _steps(rows, starts, chosen, length), len(chosen))],
            maxlen=layout.maxlen,
            dtype=layout.dtype,
            padding=layout.padding,
            truncating=layout.truncating,
            value=layout.pad_id,
        )
        _put(ids, chosen, padded[0])
    return ids


def _steps(
    rows: RaggedIds, starts: NDArray[np.int64], chosen: NDArray[np.int64], length: int
) -> NDArray[np.integer] | tuple[()]:
    """The `length` ids from `starts` on of the k chosen rows, `(length, k)`."""
    kernels = dispatch.kernels()
    if not length:
        return ()
    if kernels is not None:
        steps = np.empty((length, len(chosen)), rows.values.dtype if rows.lookup is None else np.int32)
        if rows.lookup is None:
            kernels.gather_ids(_bits(rows.values), starts, chosen, _bits(steps))
        else:
            kernels.gather(rows.values, rows.lookup, starts, chosen, steps)
        return steps
    values: NDArray[np.integer] = rows.values[starts[chosen] + np.arange(length)[:, None]]
    return values if rows.lookup is None else rows.lookup[values]


def _between(layout: Layout, steps: NDArray[np.integer] | tuple[()], n_rows: int) -> NDArray[np.integer] | tuple[()]:
    """The steps `(length, n_rows)` with the special ids before and after them."""
    if not layout.n_special:
        return steps
    around = [np.tile(np.array(ids, np.int64)[:, None], n_rows) for ids in (layout.before, layout.after)]
    middle = steps if isinstance(steps, np.ndarray) else np.zeros((0, n_rows), np.int64)
    return np.concatenate([around[0], middle, around[1]])


def _put(ids: NDArray[np.integer], chosen: NDArray[np.int64], padded: NDArray[np.integer]) -> None:
    """Let the chosen rows be the columns of `padded`, `(maxlen, k)`, or be `padded`, `(maxlen,)`."""
    kernels = dispatch.kernels()
    if kernels is None or padded.ndim == 1:  # Keras gives rows without tokens no third dimension
        ids[chosen] = padded.T
    else:
        kernels.scatter(_bits(padded), chosen, _bits(ids))


def _bits(array: NDArray[np.integer]) -> NDArray[np.unsignedinteger[Any]]:
    """The same array, whatever its sign, as the loops are made for it."""
    return array.view(np.dtype(f"u{array.itemsize}"))
