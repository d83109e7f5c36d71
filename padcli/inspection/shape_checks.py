"""Arrays of the shape of the rows, made anew from each other: pieces, their places, and the records they are of."""

import dataclasses
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from padcli.inspection.array_check import CheckedArray
from padcli.inspection.check import Check, verdict
from padcli.inspection.tally import Tally


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What is known of `record` from the metadata.

    `n_records`: records of the input; `n_different`: of these in the rows, None where that is not known; `is_once`:
    True where each is in one row, and once in it; `rises`: True where rows are in the order of the input.
    """

    n_records: int
    n_different: int | None
    is_once: bool
    rises: bool

    def wrong(self, record: NDArray[np.int64]) -> str:
        """Say what is wrong with records, int64 `(n,)`; nothing if all is well."""
        last = self.n_records - 1
        if len(record) and not 0 <= record.min() <= record.max() <= last:
            return f"records {record.min():,} to {record.max():,}, expected 0 to {last:,}"
        different, counts = np.unique(record, return_counts=True)
        if self.is_once and (several := counts > 1).any():
            return f"record {different[several.argmax()]:,} is there {counts[several.argmax()]:,} times, expected once"
        if self.n_different not in {None, len(different)}:
            return f"{len(different):,} different records, expected {self.n_different:,}"
        if self.rises and (np.diff(record) < 0).any():
            return "records do not rise, though rows were not shuffled"
        return ""


class ShapeChecks:
    """Checks of `segment_ids`, `position_ids`, `record` and `row_offsets`, as far as an output has them."""

    def __init__(self, arrays: Mapping[str, CheckedArray], expected: Expected) -> None:
        self._arrays, self._expected = arrays, expected
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
        wrong = self._expected.wrong(record)
        used = [self._arrays[name] for name in ("record", "row_offsets") if name in self._arrays]
        if self._offsets is not None and not wrong:
            ends = self._offsets[:1].tolist(), self._offsets[-1:].tolist()
            if ends != ([0], [len(record)]) or (np.diff(self._offsets) < 1).any():
                wrong = f"row_offsets do not rise from 0 to {len(record):,}"
        return verdict("records", wrong, used, f"each is one of the {self._expected.n_records:,} records of the input")


def _whole(array: CheckedArray) -> NDArray[np.int64]:
    parts = [np.zeros(0, np.int64)]
    while array.reader is not None and (part := array.read(array.reader.block_rows)) is not None:
        parts.append(part)
    return np.concatenate(parts)
