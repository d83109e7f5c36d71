"""Rows of a file that options ask for, found block by block, so that no array is ever whole in memory."""

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from padcli.engine.progress import OnProgress
from padcli.errors import UsageError
from padcli.formats.reader import PaddedFile
from padcli.options import InspectOptions
from padcli.schema import real_tokens

_COUNTED_BYTES = 2**30  # of ids that are read for the number of rows alone: a second's work

# Rows, rising.
Rows = range | NDArray[np.int64]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The rows to be shown, and the `total` that they are of; without `is_all` there may be more than that."""

    rows: Rows
    total: int
    is_all: bool = True


def select(
    file: PaddedFile, options: InspectOptions, wanted: Sequence[frozenset[int]], on_progress: OnProgress
) -> Selection:
    """Select the rows that `options` ask for; for each of `wanted` they hold one of its ids as a real token.

    Raises `UsageError` where `--rows` names rows that the file does not have.
    """
    span = range(len(file))[options.span]
    if options.rows is not None and not span:
        raise UsageError(f"--rows {options.rows}: none of the {len(file):,} rows of the file is in it.")
    if not options.is_selective:
        return Selection(rows=span[: options.most], total=len(span))
    rows, lengths, total = [np.zeros(0, np.int64)], [np.zeros(0, np.int32)], 0
    n_bytes = len(span) * file.token_ids.row_bytes
    for done, found, of_length in _matches(file, span, options, wanted):
        total += len(found)
        rows.append(found)
        lengths.append(of_length)
        if options.most is not None:
            rows, lengths = _best(
                np.concatenate(rows), np.concatenate(lengths), options.most, by_length=options.longest
            )
        if wanted:
            on_progress("Searching", done * file.token_ids.row_bytes, n_bytes)
            has_enough = not options.longest and total >= (options.most or np.inf)
            if has_enough and n_bytes > _COUNTED_BYTES:
                return Selection(rows=rows[0], total=total, is_all=done == len(span))
    return Selection(rows=np.concatenate(rows), total=total)


def _best(
    rows: NDArray[np.int64], lengths: NDArray[np.int32], most: int, *, by_length: bool
) -> tuple[list[NDArray[np.int64]], list[NDArray[np.int32]]]:
    """Return the first of the rows, or the longest, in their order."""
    best = np.sort(np.argsort(-lengths, kind="stable")[:most]) if by_length else slice(most)
    return [rows[best]], [lengths[best]]


def groups(rows: Rows, n_rows: int) -> Iterator[NDArray[np.int64]]:
    """Yield rows in groups whose members lie in the same block of `n_rows`, and so are read at a time."""
    for i in range(0, len(rows), n_rows):
        some = np.asarray(rows[i : i + n_rows], np.int64)
        yield from np.split(some, np.flatnonzero(np.diff(some // n_rows)) + 1)


def _matches(
    file: PaddedFile, span: range, options: InspectOptions, wanted: Sequence[frozenset[int]]
) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.int32]]]:
    """Yield, for each block, the number of rows that have been read by then, its rows that fit, and their lengths."""
    n_rows, pad_id = file.block_rows, file.meta["padding"]["pad_id"]
    spans = [(start, min(start + n_rows, span.stop)) for start in range(span.start, span.stop, n_rows)]
    ids = file.token_ids.parts(spans if wanted else ())
    masks = file.padding_mask.parts(spans if any(pad_id in each for each in wanted) else ())
    for (start, stop), lengths in zip(spans, file.lengths.parts(spans), strict=True):
        fits = file.are_cut(lengths) if options.truncated else np.ones(stop - start, np.bool_)
        if wanted:
            block, mask = next(ids), None
            for each in wanted:
                if pad_id in each:
                    mask = next(masks) if mask is None else mask
                fits &= _holds(block, each, real_tokens(mask) if pad_id in each and mask is not None else None)
        found = np.flatnonzero(fits)
        yield stop - span.start, found + start, lengths[found]


def _holds(block: NDArray[np.integer], wanted: frozenset[int], mask: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    """Return True for each row that holds one of the ids where `mask` is True; bool `(n_rows,)`."""
    limits, holds = np.iinfo(block.dtype), np.zeros(len(block), np.bool_)
    for id_ in wanted:
        if limits.min <= id_ <= limits.max:
            found = block == id_
            # Found ids are few: to look at them alone is quicker than `any(axis=1)` over rows that are short.
            holds[np.flatnonzero(found if mask is None else found & mask) // block.shape[1]] = True
    return holds
