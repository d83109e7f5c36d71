import numpy as np
from numpy.typing import NDArray

def fnv1a(data: NDArray[np.uint8], offsets: NDArray[np.int32], tail: int, out: NDArray[np.uint64], /) -> None: ...
