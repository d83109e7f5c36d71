import numpy as np
from numpy.typing import NDArray

from padcli.kernels.table import Table

LINE_ROOM: int

def cut(
    units: Table,
    data: NDArray[np.uint8],
    offsets: NDArray[np.int32],
    tail: int,
    table: NDArray[np.uint8],
    alone: NDArray[np.uint8],
    solid: NDArray[np.uint8],
    line: NDArray[np.uint8],
    local_ids: NDArray[np.int32],
    row_offsets: NDArray[np.int64],
    /,
) -> int: ...
