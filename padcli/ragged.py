"""Rows of different lengths, as flat arrays."""

import dataclasses

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RaggedIds:
    """Token ids of many rows.

    `values`: integers `(n_tokens,)`; `offsets`: int64 `(n_rows + 1,)`; row i is `values[offsets[i]:offsets[i + 1]]`.
    """

    values: NDArray[np.integer]
    offsets: NDArray[np.int64]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """The units of many texts, each different one held once.

    `units`: Arrow strings `(n_unique,)` in order of first appearance, or None where `codes` are ids already;
    `codes`: integers `(n_tokens,)`, positions in `units`; `offsets`: int64 `(n_rows + 1,)` into `codes`.
    """

    units: pa.StringArray | None
    codes: NDArray[np.integer]
    offsets: NDArray[np.int64]


def offsets_of(lengths: NDArray[np.integer]) -> NDArray[np.int64]:
    """Offsets `(n_rows + 1,)` of rows with these lengths `(n_rows,)`."""
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def narrowest(values: NDArray[np.integer]) -> NDArray[np.integer]:
    """The same values `(n,)` in the smallest integer dtype that holds them all."""
    if not len(values):
        return values.astype(np.uint8)
    low, high = int(values.min()), int(values.max())
    # Of a negative number NumPy gives the smallest signed type; -high - 1 needs the same one as high.
    extreme = max(low, high) if low >= 0 else min(low, -high - 1)
    return values.astype(np.min_scalar_type(extreme), copy=False)
