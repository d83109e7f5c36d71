"""Records that are taken because of those before them: the first N, and those that repeat none."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from padcli.encode.record_filter import RecordFilter, hashes_of
from padcli.engine.run import Run
from padcli.kernels import dispatch
from padcli.options import ReadOptions
from padcli.plan import FitPlan
from padcli.rows.selection import stratified
from padcli.sources import source_class
from padcli.sources.base import Source, Split
from padcli.sources.records import STRATUM, Families, Records

# Inputs, each with the name of its kind.
Sources = Iterable[tuple[str, Source]]


class Fields(Protocol):
    """What is known of the fields by now."""

    known: Families


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LookAtSplit:
    """Read the records of a split, and tell which of them `select` takes; with their `hashes`, if these are wanted."""

    split: Split
    kind: str
    read: ReadOptions
    families: Families
    select: RecordFilter
    hashes: bool
    seed: int

    def __call__(self) -> "Look":
        """Do the work."""
        records: Records = source_class(self.kind).read(self.split, self.read, self.families)
        taken, n_texts = self.select.by_content(records), self.read.n_texts
        strata = None if STRATUM not in records.labels else hashes_of(records.labels[STRATUM], 1, 0)
        hashes = hashes_of(records.values, n_texts, self.seed, tail=records.tail) if self.hashes else None
        return Look(taken, hashes, strata)


class Look(NamedTuple):
    """What a look at a split finds: bool `(n_records,)`, and uint64 of as many, or None where they are not wanted."""

    taken: NDArray[np.bool_]
    hashes: NDArray[np.uint64] | None
    strata: NDArray[np.uint64] | None


class ChosenInOrder:
    """The splits of all inputs, each with the records that are taken of it; None: all.

    It is told by a look at each split that goes ahead of its encoding. Records are stratified by a look at all splits,
    for which `sources` opens the inputs once more.
    """

    def __init__(self, plan: FitPlan, fields: Fields, run: Run, sources: Callable[[], Sources]) -> None:
        self._plan, self._fields, self._run = plan, fields, run
        self._left = plan.select.limit
        self._seen = dispatch.kernels().Index()
        self._parts = None if plan.read.stratify is None or plan.part is None else self._stratified(sources())

    def splits(self, source: Source, kind: str) -> Iterator[tuple[Split, NDArray[np.bool_] | None]]:
        """Yield the splits of an input, as far as they are wanted."""
        select = self._plan.select
        if select.limit is None and not select.drop_duplicates and self._parts is None:
            for split in source.splits():
                yield split, None
            return
        for split, look in self._looks(source, kind):
            yield split, self._kept(look)

    def _looks(self, source: Source, kind: str) -> Iterator[tuple[Split, Look]]:
        looks = ((split, self._look(split, kind)) for split in source.splits())
        for split, _, result in self._run.pending("look at records", looks):
            yield split, self._run.wait(result)

    def _look(self, split: Split, kind: str) -> LookAtSplit:
        plan = self._plan
        # The first N, and all that are stratified, are those of all records: what else is asked of them comes later.
        select = plan.select
        if select.limit is not None or self._plan.read.stratify is not None:
            select = dataclasses.replace(select, sample=None, split_into=None)
        return LookAtSplit(
            split=split,
            kind=kind,
            read=plan.read,
            families=self._fields.known,
            select=RecordFilter(options=select, n_texts=plan.read.n_texts, part=None),
            hashes=select.drop_duplicates or plan.read.stratify is not None,
            seed=plan.select.seed,
        )

    def _stratified(self, sources: Sources) -> NDArray[np.int64]:
        """Return the part of each record of all inputs."""
        none = np.zeros(0, np.uint64)
        hashes, strata = [none], [none]
        for kind, source in sources:
            for _, look in self._looks(source, kind):
                hashes.append(none if look.hashes is None else look.hashes)
                strata.append(none if look.strata is None else look.strata)
        shares = list(self._plan.select.parts.values())
        return stratified(np.concatenate(hashes), np.concatenate(strata), shares)

    def _kept(self, look: Look) -> NDArray[np.bool_]:
        kept = look.taken.copy()
        if self._parts is not None:
            part, self._parts = np.split(self._parts, [len(kept)])
            kept &= part == self._plan.part
        if self._left is not None:
            kept &= np.cumsum(look.taken) <= self._left
            self._left -= min(self._left, int(look.taken.sum()))
        if self._plan.select.drop_duplicates and look.hashes is not None:
            chosen = np.flatnonzero(kept)
            known = len(self._seen)
            numbers = self._seen.number(_as_binary(look.hashes[chosen]))
            # A new one has a number above all before it.
            kept[chosen] = numbers > np.maximum.accumulate(np.concatenate([[known - 1], numbers[:-1]]))
        return kept


def _as_binary(hashes: NDArray[np.uint64]) -> pa.BinaryArray:
    offsets = np.arange(0, 8 * len(hashes) + 1, 8, dtype=np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(hashes))]
    return pa.Array.from_buffers(pa.binary(), len(hashes), buffers)
