import numpy as np
from numpy.typing import NDArray

def crc32c(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], table: NDArray[np.uint32], out: NDArray[np.uint32], /
) -> None: ...
