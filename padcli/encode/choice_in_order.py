"""Records that are taken because of others: the first N, those that repeat none, and shares of each label."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import NamedTuple, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from padcli.encode.record_filter import RecordFilter, hashes_of
from padcli.encode.task import is_doubtful
from padcli.engine.base import Result
from padcli.engine.run import Run
from padcli.errors import PadcliError
from padcli.kernels import dispatch
from padcli.options import ReadOptions
from padcli.plan import FitPlan
from padcli.rows.selection import stratified
from padcli.sources.base import Source, Split
from padcli.sources.reading import read_split
from padcli.sources.records import STRATUM, FieldKinds

# Inputs, each with the name of its kind.
Sources = Iterable[tuple[str, Source]]


class Fields(Protocol):
    """What is known of the fields by now."""

    known: FieldKinds


class Look(NamedTuple):
    """What a look at a split finds.

    `taken`: bool `(n_records,)`, the records whose content is wanted; `hashes`, `strata`: uint64 of as many, or None
    where they are not wanted; `field_kinds`: what the fields hold; `has_rejects`: True where some records are bad.
    """

    taken: NDArray[np.bool_]
    hashes: NDArray[np.uint64] | None
    strata: NDArray[np.uint64] | None
    field_kinds: FieldKinds
    has_rejects: bool


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LookAtSplit:
    """Read the records of a split, and tell which of them `select` takes; with their `hashes`, if these are wanted."""

    split: Split
    kind: str
    read: ReadOptions
    field_kinds: FieldKinds
    select: RecordFilter
    hashes: bool
    seed: int

    def __call__(self) -> Look:
        """Do the work."""
        records = read_split(self.kind, self.split, self.read, self.field_kinds)
        return Look(
            taken=self.select.by_content(records),
            hashes=hashes_of(records.values, self.read.n_texts, self.seed, tail=records.tail) if self.hashes else None,
            strata=None if STRATUM not in records.labels else hashes_of(records.labels[STRATUM], 1, 0),
            field_kinds=records.field_kinds,
            has_rejects=bool(records.rejects),
        )


class Choice(NamedTuple):
    """A split; the records that are taken of it, bool `(n_records,)`, None for all; and what fields before it hold."""

    split: Split
    kept: NDArray[np.bool_] | None
    field_kinds: FieldKinds


class ChosenInOrder:
    """The splits of all inputs, each with the records that are taken of it.

    It is told by a look at each split that goes ahead of its encoding. What the fields hold is settled then, so that
    both read the same records. Records are stratified by a look at all splits, for which `sources` opens the inputs
    once more.
    """

    def __init__(self, plan: FitPlan, fields: Fields, run: Run, sources: Callable[[], Sources]) -> None:
        self._plan, self._fields, self._run = plan, fields, run
        self._left = plan.select.limit
        self._seen = dispatch.kernels().Index()
        self._parts = None
        self._known = dict(fields.known)
        if plan.read.stratify is not None and plan.part is not None:
            self._parts = self._stratified(sources())
            self._known = dict(fields.known)

    def splits(self, source: Source, kind: str) -> Iterator[Choice]:
        """Yield the splits of an input."""
        select, splits = self._plan.select, source.splits()
        if select.limit is None and not select.drop_duplicates and self._parts is None:
            for split in splits:
                yield Choice(split, None, self._fields.known)
            return
        unseen = list[Split]()
        for split, field_kinds, look in self._looks(splits, kind, unseen):
            yield Choice(split, self._kept(look), field_kinds)
        for split in chain(unseen, splits):
            yield Choice(split, np.zeros(1, np.bool_), self._fields.known)  # none, however many there are

    def _looks(
        self, splits: Iterator[Split], kind: str, unseen: list[Split]
    ) -> Iterator[tuple[Split, FieldKinds, Look]]:
        """Yield splits, each with what the fields before it hold, until as many records as are wanted are found.

        `unseen` gets the split that was drawn then.
        """
        for split, task, result in self._run.pending("look at records", self._tasks(splits, kind, unseen)):
            before, look = self._known, self._settled(task, result)
            self._known = {**look.field_kinds, **before}
            yield split, before, look

    def _tasks(self, splits: Iterator[Split], kind: str, unseen: list[Split]) -> Iterator[tuple[Split, LookAtSplit]]:
        read, select = self._plan.read, self._plan.select
        for split in splits:
            if self._left == 0:
                unseen.append(split)
                return
            look = LookAtSplit(
                split=split,
                kind=kind,
                read=read,
                field_kinds=self._known,
                select=RecordFilter(options=select, n_texts=read.n_texts),
                hashes=select.drop_duplicates or read.stratify is not None,
                seed=select.seed,
            )
            yield split, look

    def _settled(self, task: LookAtSplit, result: Result[Look]) -> Look:
        """Return what a look found; look again, if it began before enough was known of the splits before it."""
        look = None
        try:
            look = self._run.wait(result)
        except PadcliError:
            if task.field_kinds == self._known:
                raise
        if look is not None and not is_doubtful(
            task.field_kinds, self._known, look.field_kinds, is_bad=look.has_rejects
        ):
            return look
        return dataclasses.replace(task, field_kinds=self._known)()

    def _stratified(self, sources: Sources) -> NDArray[np.int64]:
        """Return the part of each record of all inputs. What repeats a record goes where that goes."""
        none = np.zeros(0, np.uint64)
        hashes, strata = [none], [none]
        for kind, source in sources:
            for _, _, look in self._looks(source.splits(), kind, []):
                hashes.append(none if look.hashes is None else look.hashes)
                strata.append(none if look.strata is None else look.strata)
        every, stratum = np.concatenate(hashes), np.concatenate(strata)
        _, first, same = np.unique(every, return_index=True, return_inverse=True)
        return stratified(every, stratum[first][same], list(self._plan.select.parts.values()))

    def _kept(self, look: Look) -> NDArray[np.bool_]:
        """Tell which records of a split are taken: the first N, of these the wanted ones, of these one of a kind."""
        kept = look.taken.copy()
        if self._left is not None:
            kept[self._left :] = False
            self._left -= min(self._left, len(kept))
        if self._parts is not None:
            part, self._parts = np.split(self._parts, [len(kept)])
            kept &= part == self._plan.part
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
