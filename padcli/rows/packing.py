"""placeholder until merged"""

import dataclasses

import numpy as np
from numpy.typing import NDArray

from padcli.options import Packing


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    items: NDArray[np.int64]
    row_offsets: NDArray[np.int64]


def pack(lengths: NDArray[np.int64], room: int, way: Packing) -> Packed:
    rows = []
    left = []
    order = np.argsort(-lengths, kind="stable") if way == "best-fit" else range(len(lengths))
    for i in order:
        n = int(lengths[i])
        if n == 0:
            continue
        cands = [(l, k) for k, l in enumerate(left) if l >= n]
        if way == "consecutive":
            cands = [c for c in cands if c[1] == len(left) - 1]
        k = (min(cands)[1] if way == "best-fit" else min(c[1] for c in cands)) if cands else None
        if k is None:
            rows.append([])
            left.append(room)
            k = len(rows) - 1
        rows[k].append(int(i))
        left[k] -= n
    rows = sorted(sorted(r) for r in rows)
    return Packed(
        items=np.array([i for r in rows for i in r], np.int64), row_offsets=np.cumsum([0] + [len(r) for r in rows])
    )
