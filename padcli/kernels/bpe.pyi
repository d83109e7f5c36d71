import numpy as np
from numpy.typing import NDArray

LONGEST: int

class Merges:
    def __init__(
        self,
        lefts: NDArray[np.int32],
        rights: NDArray[np.int32],
        ranks: NDArray[np.int32],
        merged: NDArray[np.int32],
        /,
    ) -> None: ...
    def encode(
        self,
        data: NDArray[np.uint8],
        offsets: NDArray[np.int32],
        symbols: NDArray[np.int32],
        last_symbols: NDArray[np.int32],
        ids: NDArray[np.int32],
        id_offsets: NDArray[np.int64],
        failed: NDArray[np.uint8],
        /,
    ) -> int: ...
