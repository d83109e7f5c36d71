"""Blocks of rows, cut anew and laid side by side."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


def side_by_side(columns: Mapping[str, Iterable[NDArray[Any]]], n_rows: int) -> Iterator[dict[str, NDArray[Any]]]:
    """Yield `n_rows` rows of all columns at a time, by their names; the last may be fewer.

    Raises `ValueError` for columns that do not all have as many rows.
    """
    batches = (in_batches(blocks, n_rows) for blocks in columns.values())
    for parts in zip(*batches, strict=True):
        yield dict(zip(columns, parts, strict=True))


def in_batches(blocks: Iterable[NDArray[Any]], n_rows: int) -> Iterator[NDArray[Any]]:
    """Cut blocks `(n, ...)` anew, so that all but the last have `n_rows` rows; none is empty."""
    held, missing = list[NDArray[Any]](), n_rows
    for block in blocks:
        rest = block
        while len(rest) >= missing:
            yield _joined([*held, rest[:missing]])
            held, rest, missing = [], rest[missing:], n_rows
        if len(rest):
            held.append(rest)
            missing -= len(rest)
    if held:
        yield _joined(held)


def _joined(blocks: list[NDArray[Any]]) -> NDArray[Any]:
    return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
