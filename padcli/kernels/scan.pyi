import numpy as np
from numpy.typing import NDArray

def line_ends(data: NDArray[np.uint8], ends: NDArray[np.int32], /) -> int: ...
def scan_texts(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int32],
    tail: int,
    tokens: NDArray[np.uint8],
    token_offsets: NDArray[np.int32],
    hashes: NDArray[np.uint64],
    suspects: NDArray[np.uint8],
    /,
) -> None: ...
