"""Records that are taken because of those before them: the first N, and those that repeat none."""

import dataclasses
from collections.abc import Iterator
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
from padcli.sources import source_class
from padcli.sources.base import Source, Split
from padcli.sources.records import Families, Records


class Fields(Protocol):
    """What is known of the fields by now."""

    known: Families


class Look(NamedTuple):
    """What a look at a split has found.

    `taken`: bool `(n_records,)`, the records whose content is wanted; `hashes`: uint64 `(n_records,)`, of their
    content, or None; `families`: what the fields hold; `has_rejects`: True where some records are bad.
    """

    taken: NDArray[np.bool_]
    hashes: NDArray[np.uint64] | None
    families: Families
    has_rejects: bool


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LookAtSplit:
    """Read the records of a split, and return which `select` takes, and a hash of each if there are to be `hashes`."""

    split: Split
    kind: str
    read: ReadOptions
    families: Families
    select: RecordFilter
    hashes: bool

    def __call__(self) -> Look:
        """Do the work."""
        records: Records = source_class(self.kind).read(self.split, self.read, self.families)
        n_texts = self.read.n_texts
        return Look(
            taken=self.select.by_content(records),
            hashes=hashes_of(records.values, n_texts, 0, tail=records.tail) if self.hashes else None,
            families=records.families,
            has_rejects=bool(records.rejects),
        )


class Choice(NamedTuple):
    """A split, the records that are taken of it, bool `(n_records,)` or None for all, and the fields before it."""

    split: Split
    kept: NDArray[np.bool_] | None
    families: Families


class ChosenInOrder:
    """The splits of all inputs, each with the records that are taken of it.

    Which these are is told by a look at each split that goes ahead of its encoding. What its fields are known to hold
    is settled then, so that both read the same records.
    """

    def __init__(self, plan: FitPlan, fields: Fields, run: Run) -> None:
        self._plan, self._fields, self._run = plan, fields, run
        self._left = plan.select.limit
        self._seen = dispatch.kernels().Index()
        self._known = dict(fields.known)

    def splits(self, source: Source, kind: str) -> Iterator[Choice]:
        """Yield the splits of an input."""
        select, splits, unseen = self._plan.select, source.splits(), list[Split]()
        if select.limit is None and not select.drop_duplicates:
            for split in splits:
                yield Choice(split, None, self._fields.known)
            return
        looks = self._looks(splits, unseen, kind)
        for split, task, result in self._run.pending("look at records", looks):
            before, look = self._known, self._settled(task, result)
            self._known = {**look.families, **before}
            yield Choice(split, self._kept(look), before)
        for split in chain(unseen, splits):
            yield Choice(split, np.zeros(1, np.bool_), self._fields.known)  # none, however many there are

    def _looks(
        self, splits: Iterator[Split], unseen: list[Split], kind: str
    ) -> Iterator[tuple[Split, LookAtSplit]]:
        """Yield a task for each split, until as many records as are wanted have been found."""
        select = RecordFilter(options=self._plan.select, n_texts=self._plan.read.n_texts)
        for split in splits:
            if self._left == 0:
                unseen.append(split)
                return
            yield (
                split,
                LookAtSplit(
                    split=split,
                    kind=kind,
                    read=self._plan.read,
                    families=self._known,
                    select=select,
                    hashes=self._plan.select.drop_duplicates,
                ),
            )

    def _settled(self, task: LookAtSplit, result: Result[Look]) -> Look:
        """Return what a look found; look again, if it began before enough was known of the splits before it."""
        look = None
        try:
            look = self._run.wait(result)
            found, is_bad = look.families, look.has_rejects
        except PadcliError:
            if task.families == self._known:
                raise
            found, is_bad = {}, True
        if look is None or is_doubtful(task.families, self._known, found, is_bad=is_bad):
            return dataclasses.replace(task, families=self._known)()
        return look

    def _kept(self, look: Look) -> NDArray[np.bool_]:
        kept = look.taken.copy()
        if self._left is not None:
            kept[self._left :] = False
            self._left -= min(self._left, len(kept))
        if look.hashes is not None:
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
