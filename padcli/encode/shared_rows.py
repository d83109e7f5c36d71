"""The rows of all splits where they lie in a folder that all workers see. Only what is known of them comes here."""

import dataclasses
import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from padcli.encode.encoded_rows import EncodedRows
from padcli.encode.summary import OfInput, SplitSummary, merged_smells
from padcli.engine.base import Result
from padcli.engine.run import Run
from padcli.quality.row_checks import Finding, RowHashes, mostly_unknown
from padcli.rows.lengths import LengthHistogram
from padcli.rows.ragged import narrowest, offsets_of
from padcli.rows.template import Template
from padcli.store.blocks import Block
from padcli.store.shared import Kept, SharedFolder
from padcli.store.shared_blocks import BlockRef, LookUp, SharedBlocks, block_name, put_block
from padcli.tokenizers.vocabulary import FittedVocabulary, Numbering, UnitCounts, Vocabulary

_TOGETHER = 16  # blocks, or vocabularies, that a task merges
_AT_ONCE = 2**20  # units that are counted at a time: an Arrow string array holds 2 GiB

Counts = tuple[pa.LargeStringArray, NDArray[np.int64]]


@dataclasses.dataclass(slots=True, kw_only=True)
class SharedRows(EncodedRows):
    """Rows as blocks of a shared folder. `sources`: the input that each is of."""

    folder: SharedFolder
    blocks: list[BlockRef] = dataclasses.field(default_factory=list)
    sources: list[int] = dataclasses.field(default_factory=list)
    checks_rows: bool = False
    _looked_for: Result[Finding] | None = None

    def add_blocks(self, blocks: Sequence[BlockRef], source: int) -> None:
        """Take in the next blocks, of an input."""
        self.blocks.extend(blocks)
        self.sources.extend([source] * len(blocks))

    def is_whole(self, run: Run) -> None:
        """Count the units of all blocks, now that there are no more."""
        self.store = SharedBlocks(folder=self.folder, blocks=tuple(self.blocks))
        self._count(run)

    def _count(self, run: Run) -> None:
        """Let workers merge the vocabularies of neighbours, until one is left."""
        if self.counts is None or not self.blocks:
            return
        merged: list[BlockRef | Kept[Counts]] = [*self.blocks]
        while len(merged) > 1 or isinstance(merged[0], BlockRef):
            groups = (tuple(merged[first : first + _TOGETHER]) for first in range(0, len(merged), _TOGETHER))
            tasks = (partial(merge_counts, self.folder, group) for group in groups)
            merged = list(run.results("merge vocabulary", tasks))
        last = merged[0]
        if isinstance(last, Kept):
            _add(self.counts, last.value)

    def look_for_repetitions(self, run: Run) -> None:
        """Let a worker look for rows that repeat others."""
        if self.checks_rows:
            task = partial(find_repeated, self.folder.keep(tuple(self.blocks)))
            self._looked_for = run.submit("look for repetitions", task)

    def repeated(self, run: Run) -> Finding | None:
        """Return the rows that repeat others; None where rows are not checked."""
        if self._looked_for is None:
            self.look_for_repetitions(run)
        return None if self._looked_for is None else run.wait(self._looked_for)

    def numbered(self, fitted: FittedVocabulary) -> None:
        """Let workers look units up in the vocabulary that was fitted."""
        self.store = SharedBlocks(
            folder=self.folder, blocks=tuple(self.blocks), look_up=KeptVocabulary(self.folder.keep(fitted.vocabulary))
        )

    def find_unknown(self, summary: SplitSummary, fitted: FittedVocabulary, run: Run) -> SplitSummary:
        """Find rows that are mostly unknown, now that it is known which units are."""
        unk_id = fitted.vocabulary.unk_id
        if not self.checks_rows or unk_id is None:
            return summary
        smells, first_row = dict[str, Finding](summary.smells), 0
        tasks = (partial(find_unknown, *self._of(block), self.template.n_texts, unk_id) for block in self.blocks)
        for block, found in zip(self.blocks, run.results("look for unknown units", tasks), strict=True):
            smells = merged_smells(smells, {"unknown": found}, first_row)
            first_row += block.n_rows
        return dataclasses.replace(summary, smells=smells)

    def leave_out(self, summary: SplitSummary, fitted: FittedVocabulary, run: Run) -> SplitSummary:  # noqa: ARG002
        """Take the tokens of units that have no id out of all rows."""
        template, blocks = self.template, list[BlockRef]()
        tasks = (partial(without_dropped, *self._of(block), template) for block in self.blocks)

        def parts() -> Iterator[OfInput]:
            for source, (block, histogram) in zip(self.sources, run.results("leave out", tasks), strict=True):
                blocks.append(block)
                yield OfInput(number=source, histogram=histogram)

        summary = summary.with_histograms(parts())
        self.blocks = blocks
        self.store = dataclasses.replace(self._blocks, blocks=tuple(blocks))
        return summary

    @property
    def _blocks(self) -> SharedBlocks:
        if not isinstance(self.store, SharedBlocks):
            raise TypeError("not all blocks are there")
        return self.store

    def _of(self, block: BlockRef) -> tuple[SharedFolder, BlockRef, LookUp]:
        look_up = self._blocks.look_up
        if look_up is None:
            raise ValueError("no vocabulary was fitted")
        return self.folder, block, look_up


@dataclasses.dataclass(frozen=True, slots=True)
class KeptVocabulary:
    """Look-up of units in a vocabulary that lies in a shared folder, and is opened once a worker."""

    vocabulary: Kept[Vocabulary]

    def __call__(self, units: pa.StringArray) -> NDArray[np.int32]:
        """Return the ids of units `(n,)`, int32 `(n,)`."""
        return _numbering(self.vocabulary)(units)


@lru_cache(2)
def _numbering(vocabulary: Kept[Vocabulary]) -> Numbering:
    return vocabulary.value.numbering()


def merge_counts(folder: SharedFolder, neighbours: Sequence[BlockRef | Kept[Counts]]) -> Kept[Counts]:
    """Count the units of neighbours together, in the order of their first appearance."""
    counts = UnitCounts()
    for each in neighbours:
        if isinstance(each, Kept):
            _add(counts, each.value)
        else:
            units, of_units, _ = each.units(folder)
            if units is not None:
                counts.add(units, of_units)
    return folder.keep(counts.counted())


def _add(counts: UnitCounts, more: Counts) -> None:
    units, of_units = more
    for first in range(0, len(units), _AT_ONCE):
        counts.add(units[first : first + _AT_ONCE].cast(pa.string()), of_units[first : first + _AT_ONCE])


def find_repeated(blocks: Kept[tuple[BlockRef, ...]]) -> Finding:
    """Find the rows of all blocks that repeat others."""
    with RowHashes(Path(tempfile.gettempdir())) as hashes:
        for block in blocks.value:
            of_block = block.section(blocks.folder, "hashes")
            if of_block is not None:
                hashes.add(of_block)
        return hashes.repeated()


def find_unknown(folder: SharedFolder, block: BlockRef, look_up: LookUp, n_texts: int, unk_id: int) -> Finding:
    """Find the rows of a block that are mostly unknown."""
    units, _, _ = block.units(folder)
    if units is None:
        return Finding()
    lengths, _, _ = block.section(folder, "rows")
    of_records = lengths.reshape(-1, n_texts).sum(axis=1, dtype=np.int32)
    return mostly_unknown((look_up(units) == unk_id)[block.codes(folder)], of_records)


def without_dropped(
    folder: SharedFolder, block: BlockRef, look_up: LookUp, template: Template
) -> tuple[BlockRef, LengthHistogram]:
    """Write a block again, without the tokens of units that have no id; with the lengths of its rows then."""
    units, counts, _ = block.units(folder)
    lengths, record, n_records = block.section(folder, "rows")
    hashes, codes, numbers = block.section(folder, "hashes"), block.codes(folder), None
    if units is not None:
        numbers = look_up(units)
        kept = (numbers > 0)[codes]  # 0 is padding, and no unit's
        lengths = narrowest(np.diff(offsets_of(kept)[offsets_of(lengths)]).astype(np.int32))
        codes = codes[kept]
    of_records = lengths.reshape(-1, template.n_texts).sum(axis=1, dtype=np.int32)
    changed = Block(
        codes=codes,
        numbers=numbers,
        units=units,
        counts=counts,
        lengths=lengths,
        labels=block.section(folder, "labels"),
        record=record,
        n_records=n_records,
        hashes=None if hashes is None else np.where(of_records == 0, np.uint64(0), hashes),
    )
    name = block_name(hashlib.sha256(f"{block.name} without dropped".encode()))
    ref = put_block(folder, name, changed, block.n_rows, None)
    return ref, LengthHistogram.of(of_records + np.int32(template.n_special))
