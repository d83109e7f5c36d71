"""Records that are taken because of those before them: the first N, and those that repeat none."""

import dataclasses
from collections.abc import Iterator
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from padcli.encode.record_filter import RecordFilter, hashes_of
from padcli.engine.run import Run
from padcli.kernels import dispatch
from padcli.options import ReadOptions
from padcli.plan import FitPlan
from padcli.sources import source_class
from padcli.sources.base import Source, Split
from padcli.sources.records import Families, Records


class Fields(Protocol):
    """What is known of the fields by now."""

    known: Families


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LookAtSplit:
    """Read the records of a split, and return a hash of each, or 0 for each where `hashes` is False, uint64 `(n,)`.

    Records that `select` does not take have a hash of 0, too: they are not there.
    """

    split: Split
    kind: str
    read: ReadOptions
    families: Families
    select: RecordFilter
    hashes: bool

    def __call__(self) -> tuple[NDArray[np.bool_], NDArray[np.uint64]]:
        """Do the work."""
        records: Records = source_class(self.kind).read(self.split, self.read, self.families)
        taken, n_texts = self.select.by_content(records), self.read.n_texts
        if not self.hashes:
            return taken, np.zeros(len(taken), np.uint64)
        return taken, hashes_of(records.values, n_texts, 0, tail=records.tail)


class ChosenInOrder:
    """The splits of all inputs, each with the records that are taken of it; None: all.

    It is to be told by a look at each split that goes ahead of its encoding.
    """

    def __init__(self, plan: FitPlan, fields: Fields, run: Run) -> None:
        self._plan, self._fields, self._run = plan, fields, run
        self._left = plan.select.limit
        self._seen = dispatch.kernels().Index()

    def splits(self, source: Source, kind: str) -> Iterator[tuple[Split, NDArray[np.bool_] | None]]:
        """Yield the splits of an input, as far as they are wanted."""
        select = self._plan.select
        if select.limit is None and not select.drop_duplicates:
            for split in source.splits():
                yield split, None
            return
        looks = ((split, self._look(split, kind)) for split in source.splits())
        for split, _, result in self._run.pending("look at records", looks):
            if self._left == 0:
                yield split, np.zeros(len(self._run.wait(result)[0]), np.bool_)
            else:
                yield split, self._kept(*self._run.wait(result))

    def _look(self, split: Split, kind: str) -> LookAtSplit:
        plan = self._plan
        # The first N are those of all records: what else is asked of them comes later.
        everything = (
            dataclasses.replace(plan.select, sample=None, split_into=None) if plan.select.limit else plan.select
        )
        return LookAtSplit(
            split=split,
            kind=kind,
            read=plan.read,
            families=self._fields.known,
            select=RecordFilter(options=everything, n_texts=plan.read.n_texts, part=None),
            hashes=plan.select.drop_duplicates,
        )

    def _kept(self, taken: NDArray[np.bool_], hashes: NDArray[np.uint64]) -> NDArray[np.bool_]:
        kept = taken.copy()
        if self._left is not None:
            kept &= np.cumsum(kept) <= self._left
            self._left -= int(kept.sum())
        if self._plan.select.drop_duplicates:
            chosen = np.flatnonzero(kept)
            known = len(self._seen)
            numbers = self._seen.number(_as_binary(hashes[chosen]))
            # A new one has a number above all before it.
            kept[chosen] = numbers > np.maximum.accumulate(np.concatenate([[known - 1], numbers[:-1]]))
        return kept


def _as_binary(hashes: NDArray[np.uint64]) -> pa.BinaryArray:
    offsets = np.arange(0, 8 * len(hashes) + 1, 8, dtype=np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(hashes))]
    return pa.Array.from_buffers(pa.binary(), len(hashes), buffers)
