import numpy as np
from numpy.typing import NDArray

from padcli.kernels.table import Table

def margins(
    units: Table,
    data: NDArray[np.uint8],
    offsets: NDArray[np.int32],
    scores: NDArray[np.float64],
    longest: NDArray[np.uint16],
    unknown: float,
    paths: NDArray[np.float64],
    margins: NDArray[np.float64],
    reaches: NDArray[np.float64],
    /,
) -> None: ...
