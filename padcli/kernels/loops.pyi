from typing import Any

import numpy as np
from numpy.typing import NDArray

LINE_ROOM: int

class Table:
    n_units: int
    @property
    def n_bytes(self) -> int: ...
    def clear(self) -> None: ...
    def copy(self, units: NDArray[np.uint8], starts: NDArray[np.int64], counts: NDArray[np.int64]) -> None: ...
    def number(
        self, data: NDArray[np.uint8], offsets: NDArray[np.int32], add: bool, unit_ids: NDArray[np.int32], /
    ) -> None: ...
    def cut(
        self,
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
    def margins(
        self,
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
def keep_memory() -> None: ...
def line_ends(data: NDArray[np.uint8], ends: NDArray[np.int32], /) -> int: ...
def scatter(padded: NDArray[np.integer], rows: NDArray[np.int64], out: NDArray[np.integer], /) -> None: ...
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
