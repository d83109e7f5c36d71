from typing import Any

import numpy as np
from numpy.typing import NDArray

def gather(
    local_ids: NDArray[np.unsignedinteger[Any]],
    lookup: NDArray[np.int32],
    starts: NDArray[np.int64],
    rows: NDArray[np.int64],
    out: NDArray[np.int32],
    /,
) -> None: ...
def gather_ids(
    ids: NDArray[np.integer], starts: NDArray[np.int64], rows: NDArray[np.int64], out: NDArray[np.integer], /
) -> None: ...
def expand(
    local_ids: NDArray[np.unsignedinteger[Any]],
    starts: NDArray[np.int64],
    lengths: NDArray[np.int64],
    token_ids: NDArray[np.int32],
    out: NDArray[np.int32],
    /,
) -> None: ...
def scatter(padded: NDArray[np.integer], rows: NDArray[np.int64], out: NDArray[np.integer], /) -> None: ...
def look_up_runs(
    values: NDArray[np.unsignedinteger[Any]],
    lookup: NDArray[np.int32],
    starts: NDArray[np.int64],
    lengths: NDArray[np.int64],
    special: NDArray[np.int32],
    out: NDArray[np.int32],
    /,
) -> None: ...
def copy_runs(
    values: NDArray[np.signedinteger[Any]],
    starts: NDArray[np.int64],
    lengths: NDArray[np.int64],
    special: NDArray[np.signedinteger[Any]],
    out: NDArray[np.signedinteger[Any]],
    /,
) -> None: ...
