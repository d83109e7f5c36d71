"""Arrays of the shape of the rows, made anew from each other: pieces, their places, and the records they are of."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from padcli.inspection.array_check import CheckedArray
from padcli.inspection.check import Check, verdict
from padcli.inspection.tally import Tally


class ShapeChecks:
    """Checks of `segment_ids`, `position_ids`, `record` and `row_offsets`, as far as an output has them."""

    def __init__(self, arrays: Mapping[str, CheckedArray], n_records: int) -> None:
        self._arrays, self._n_records = arrays, n_records
        self._wide = [arrays[name] for name in ("segment_ids", "position_ids") if name in arrays]
        self._record = _whole(arrays["record"]) if "record" in arrays else None
        self._offsets = _whole(arrays["row_offsets"]) if "row_offsets" in arrays else None
        self._of_segments, self._of_positions, self._of_numbers = Tally(), Tally(), Tally()

    def add(self, start: int, n_rows: int, mask: NDArray[np.uint8] | None) -> None:
        """Read and check the next rows, whose mask is 0 or 1, `(n, width)`."""
        blocks = [array.read(n_rows) for array in self._wide]
        if not blocks or mask is None or any(block is None or block.shape != mask.shape for block in blocks):
            return
        is_real = mask != 0
        segments, *positions = (block for block in blocks if block is not None)
        if not positions or self._offsets is None:  # of pairs
            self._of_segments.add(~is_real & (segments != 0), start, segments, 0)
            return
        begins = is_real & (positions[0] == 0)
        expected = np.where(is_real, np.cumsum(begins, axis=1), 0)
        self._of_segments.add(segments != expected, start, segments, expected)
        column = np.arange(mask.shape[1])
        is_new = is_real & (np.diff(segments, axis=1, prepend=0) != 0)
        first = np.maximum.accumulate(np.where(is_new, column, 0), axis=1)
        places = np.where(is_real, column - first, 0)
        self._of_positions.add(positions[0] != places, start, positions[0], places)
        found = segments.max(axis=1, initial=0)[:, None]
        wanted = np.diff(self._offsets[start : start + len(mask) + 1])[:, None]
        if found.shape == wanted.shape:
            self._of_numbers.add(found != wanted, start, found, wanted)

    def checks(self, mask: CheckedArray) -> Iterator[Check]:
        """Yield the checks, when all rows have been added."""
        if self._wide:
            packed = self._offsets is not None
            fine = "1, 2, ... in each row, 0 for padding" if packed else "0 for padding"
            yield verdict("segments", self._of_segments.text or self._of_numbers.text, [*self._wide, mask], fine)
            if packed:
                fine = "0, 1, ... in each segment, 0 for padding"
                yield verdict("positions", self._of_positions.text, [*self._wide, mask], fine)
        if self._record is not None:
            yield self._check_of_records(self._record)

    def _check_of_records(self, record: NDArray[np.int64]) -> Check:
        wrong = ""
        used = [self._arrays[name] for name in ("record", "row_offsets") if name in self._arrays]
        if len(record) and not 0 <= record.min() <= record.max() < self._n_records:
            wrong = f"records {record.min():,} to {record.max():,}, expected 0 to {self._n_records - 1:,}"
        if self._offsets is not None and not wrong:
            ends = self._offsets[:1].tolist(), self._offsets[-1:].tolist()
            if ends != ([0], [len(record)]) or (np.diff(self._offsets) < 1).any():
                wrong = f"row_offsets do not rise from 0 to {len(record):,}"
        return verdict("records", wrong, used, f"each is one of the {self._n_records:,} records of the input")


def _whole(array: CheckedArray) -> NDArray[np.int64]:
    parts = [np.zeros(0, np.int64)]
    while array.reader is not None and (part := array.read(array.reader.block_rows)) is not None:
        parts.append(part)
    return np.concatenate(parts)
