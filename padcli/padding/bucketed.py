"""Rows in buckets: each in an array of the smallest of a few widths that holds it."""

import dataclasses
from collections.abc import Iterator

import numpy as np

from padcli.padding.padded_rows import PaddedRows
from padcli.rows.arrangement import Arrangement
from padcli.rows.buckets import bucket_of
from padcli.rows.outcome import Outcome
from padcli.rows.truncate import Truncate


def bucket_shapes(rows: PaddedRows) -> tuple[tuple[int, int], ...]:
    """Return rows and width of the array of each bucket; empty where there is one array only."""
    if not rows.widths or rows.arrangement is None:
        return ()
    lengths = rows.arrangement.row_lengths(rows.layout.template.n_special)
    counts = np.bincount(bucket_of(lengths, rows.widths), minlength=len(rows.widths))
    return tuple(zip(counts.tolist(), rows.widths, strict=True))


def in_buckets(rows: PaddedRows) -> Iterator[PaddedRows]:
    """Yield the rows of each width, the narrowest first; all of them as they are where there is one width only."""
    arrangement, n_special = rows.arrangement, rows.layout.template.n_special
    if not rows.widths or arrangement is None:
        yield rows
        return
    lengths = arrangement.row_lengths(n_special)
    bucket = bucket_of(lengths, rows.widths)
    for number, width in enumerate(rows.widths):
        chosen = np.flatnonzero(bucket == number)
        part = arrangement.take(chosen)
        n_pieces = len(part.pieces)
        cut, lost = _cut(part) if isinstance(rows.shape, Truncate) else (0, 0)
        yield dataclasses.replace(
            rows,
            arrangement=part,
            widths=(),
            layout=dataclasses.replace(rows.layout, width=width),
            sizes=dataclasses.replace(
                rows.sizes, rows=len(part), width=width, pieces=None if rows.sizes.pieces is None else n_pieces
            ),
            outcome=Outcome(
                rows=len(part),
                pieces=n_pieces,
                tokens=int(lengths[chosen].sum()),
                cut=cut,
                lost=lost,
                cells=len(part) * width,
            ),
        )


def _cut(part: Arrangement) -> tuple[int, int]:
    """Return how many records of these rows lost tokens, and how many tokens; each record is one piece."""
    lost = part.lengths[part.pieces.record].astype(np.int64) - part.pieces.lengths
    return int(np.count_nonzero(lost)), int(lost.sum())
