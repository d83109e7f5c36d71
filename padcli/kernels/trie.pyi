import numpy as np
from numpy.typing import NDArray

class Trie:
    n_pieces: int
    def __init__(self, data: NDArray[np.uint8], offsets: NDArray[np.int32], n_starting: int, /) -> None: ...
    def best(
        self,
        data: NDArray[np.uint8],
        offsets: NDArray[np.int32],
        scores: NDArray[np.float64],
        margins: NDArray[np.float64],
        reaches: NDArray[np.float64],
        pieces: NDArray[np.int32],
        piece_offsets: NDArray[np.int64],
        failed: NDArray[np.uint8],
        /,
    ) -> int: ...
    def longest(
        self,
        data: NDArray[np.uint8],
        offsets: NDArray[np.int32],
        pieces: NDArray[np.int32],
        piece_offsets: NDArray[np.int64],
        failed: NDArray[np.uint8],
        /,
    ) -> int: ...
