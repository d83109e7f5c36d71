"""Packing by TRL's own function, in a Python that has trl: lengths in, rows and seconds out as JSON.

TRL packs tokens, not lengths; here each token is one byte, so that moving them takes little of the time.
"""

import json
import sys
import time

import numpy as np
import pyarrow as pa
import trl
from trl.data_utils import _pack_bfd


def main() -> None:
    """Read a file of lengths and the room; print what comes out."""
    lengths, room = np.load(sys.argv[1]), int(sys.argv[2])
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    table = pa.table({"ids": pa.ListArray.from_arrays(offsets, np.zeros(offsets[-1], np.uint8))})
    start = time.perf_counter()
    packed = _pack_bfd(table, room)
    seconds = time.perf_counter() - start
    print(json.dumps({"rows": len(packed), "seconds": seconds, "version": trl.__version__}))


if __name__ == "__main__":
    main()
