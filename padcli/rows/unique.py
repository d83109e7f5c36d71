"""Rows of strings as `Units`, each different string held once."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from padcli.rows.ragged import Units, offsets_of


def unique_units(split: pa.ListArray, *, drop_empty: bool = True) -> Units:
    """Return the strings `(n_rows, n_of_row)` of each row as units, empty strings left out or not."""
    encoded = split.flatten().dictionary_encode()
    codes: NDArray[np.int32] = encoded.indices.to_numpy()
    offsets = split.offsets.to_numpy().astype(np.int64) - split.offsets[0].as_py()
    return counted_units(encoded.dictionary, codes, offsets, drop_empty=drop_empty)


def counted_units(
    strings: pa.StringArray, codes: NDArray[np.int32], offsets: NDArray[np.int64], *, drop_empty: bool
) -> Units:
    """Return units of different strings `(n_unique,)`, the empty one left out or not."""
    empty = strings.index("").as_py() if drop_empty else -1
    if empty < 0:
        return Units.counted(strings, codes, offsets)
    kept = codes != empty
    codes = codes[kept]
    codes -= codes > empty
    units = pa.concat_arrays([strings[:empty], strings[empty + 1 :]])
    return Units.counted(units, codes, offsets_of(kept)[offsets])
