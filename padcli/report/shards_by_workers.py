"""Shards that workers write, each by itself, from blocks in a shared folder; they get their names all together."""

import contextlib
import dataclasses
import hashlib
import json
import pickle
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from padcli.engine.lane import lane
from padcli.engine.run import Run
from padcli.errors import InputError
from padcli.files.pending import PendingFiles
from padcli.formats import format_for, is_folder
from padcli.formats.damage import DAMAGED
from padcli.formats.shard_rows import Columns, ShardRows
from padcli.formats.sharded import WrittenShard, write_index, write_shard
from padcli.formats.shards import ShardSize, in_shards, shard_path
from padcli.padding.padded_rows import PaddedRows
from padcli.plan import PadPlan
from padcli.rows.arrangement import Arrangement
from padcli.rows.ragged import offsets_of
from padcli.store.shared import Kept, SharedFolder
from padcli.store.shared_blocks import SharedBlocks


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """What all shards of an output have in common.

    `rows`: without the blocks that they are made of; `facts`: the metadata of the whole, by `in_shards`, with zeros for
    digests.
    """

    output: Path
    rows: PaddedRows
    n_shards: int
    facts: dict[str, Any]
    compress: bool
    resumes: bool


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Rows that a shard is cut from. `first_row`, `first_piece`, `first_record`: those that are before them."""

    store: SharedBlocks
    arrangement: Arrangement | None
    n_rows: int
    n_pieces: int | None
    first_row: int
    first_piece: int
    first_record: int

    def of(self, rows: PaddedRows) -> PaddedRows:
        """Return the rows as arrays."""
        sizes = dataclasses.replace(rows.sizes, rows=self.n_rows, pieces=self.n_pieces)
        return dataclasses.replace(
            rows, store=self.store, arrangement=self.arrangement, sizes=sizes, first_record=self.first_record
        )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FinishedShard:
    """A shard that lies, complete, in the `place` of a shared folder."""

    place: str
    written: WrittenShard


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WriteShard:
    """Write the shard of the rows `span`, `[first, end)`. It can be run anywhere and twice, and gives the same."""

    whole: Kept[Whole]
    number: int
    span: tuple[int, int]
    part: Part | Kept[Part]

    def __call__(self) -> FinishedShard:
        """Do the work, unless a run before has done it."""
        whole, folder = self.whole.value, self.whole.folder
        part = self.part.value if isinstance(self.part, Kept) else self.part
        rows = part.of(whole.rows)
        columns = Columns(rows, first_row=part.first_row, first_piece=part.first_piece)
        shard = columns.shard(self.number, whole.n_shards, self.span)
        facts, path = shard.facts(whole.facts, whole.output), shard_path(whole.output, self.number, whole.n_shards)
        key = _key(facts, whole)
        if whole.resumes and (earlier := _finished(folder, key, path.name)) is not None:
            return earlier
        folder.refuse_absence()
        place = f"shards/{key}-{secrets.token_hex(4)}"  # another attempt may be under way
        folder.make_room(place)
        with PendingFiles(are_all=False) as pending, lane("digest", "serial") as digests:
            cut = ShardRows(columns, shard, rows.specs, digests)
            target = folder.path(f"{place}/{path.name}")
            written = write_shard(format_for(path), pending, target, cut, facts, compress=whole.compress)
        finished = FinishedShard(place=place, written=written)
        folder.write(f"shards/{key}", (pickle.dumps(finished),))
        return finished


def write_by_workers(
    plan: PadPlan, size: ShardSize, rows: PaddedRows, facts: dict[str, Any], pending: PendingFiles, run: Run
) -> None:
    """Let workers write the shards of an output, and write its index; `facts`: its metadata, with zeros for digests."""
    store = rows.store
    if not isinstance(store, SharedBlocks):
        raise TypeError("the rows are in no shared folder")
    spans = size.spans(rows.specs)
    bare = dataclasses.replace(
        rows, store=dataclasses.replace(store, blocks=()), arrangement=None, outcome=None, rows_of_parts=None
    )
    whole = store.folder.keep(
        Whole(
            output=plan.output,
            rows=bare,
            n_shards=len(spans),
            facts=in_shards(facts),
            compress=plan.write.compress,
            resumes=plan.run.resume,
        )
    )
    format, written = format_for(plan.output), list[WrittenShard]()
    n_bytes, total = sum(spec.nbytes for spec in rows.specs), max(1, spans[-1][1])
    tasks = (
        WriteShard(whole=whole, number=number, span=span, part=part)
        for number, (span, part) in enumerate(_parts(rows, store, spans))
    )
    for number, finished in enumerate(run.results("write", tasks)):
        path = shard_path(plan.output, number, len(spans))
        if is_folder(path):
            pending.make_folder(path)
        lies = store.folder.path(f"{finished.place}/{path.name}")
        for source, target in zip(format.paths(lies, plan.names), format.paths(path, plan.names), strict=True):
            pending.adopt(source, target)
        written.append(finished.written)
        run.on_progress("Writing", n_bytes * spans[number][1] // total, n_bytes)
    write_index(pending, plan.output, rows.specs, facts, written)


def _parts(
    rows: PaddedRows, store: SharedBlocks, spans: Sequence[tuple[int, int]]
) -> Iterator[tuple[tuple[int, int], Part | Kept[Part]]]:
    """Yield the rows that each shard is cut from: some blocks, or any rows of all blocks where they are arranged."""
    arrangement, of_blocks = rows.arrangement, rows.rows_of_parts
    if of_blocks is None:
        of_blocks = np.array([block.n_rows for block in store.blocks], np.int64)
    firsts = offsets_of(of_blocks)
    records = offsets_of(np.array([block.n_records for block in store.blocks], np.int64))
    taken = offsets_of(np.array([block.n_rows for block in store.blocks], np.int64))
    for first, end in spans:
        if arrangement is not None:
            own, used = arrangement.between(first, end)
            part = Part(
                store=store.only(used, taken),
                arrangement=own,
                n_rows=end - first,
                n_pieces=None if rows.sizes.pieces is None else len(own.pieces),
                first_row=first,
                first_piece=int(arrangement.row_offsets[first]),
                first_record=0,
            )
            yield (first, end), store.folder.keep(part)
            continue
        start = max(0, int(np.searchsorted(firsts, first, side="right")) - 1)
        stop = int(np.searchsorted(firsts, end, side="left"))
        yield (
            (first, end),
            Part(
                store=store.between(start, stop),
                arrangement=None,
                n_rows=int(firsts[stop] - firsts[start]) if stop > start else 0,
                n_pieces=None,
                first_row=int(firsts[start]),
                first_piece=0,
                first_record=int(records[start]),
            ),
        )


def _key(facts: dict[str, Any], whole: Whole) -> str:
    """Return a name that follows from what a shard holds, and from its form."""
    held = json.dumps([facts, whole.output.suffix, whole.compress], sort_keys=True, default=str)
    return hashlib.sha256(held.encode()).hexdigest()[:40]


def _finished(folder: SharedFolder, key: str, name: str) -> FinishedShard | None:
    """Return a shard that was finished before, if all that its metadata say of it is true."""
    with contextlib.suppress(OSError, InputError, *DAMAGED):
        finished: FinishedShard = pickle.loads(folder.read(f"shards/{key}"))  # noqa: S301 (padcli's own)
        path = folder.path(f"{finished.place}/{name}")
        with format_for(path).open(path) as stored:
            if not stored.metadata_is_whole or stored.metadata["sha256"] != finished.written.entry["sha256"]:
                return None
            for array, digest in finished.written.digests.items():
                with stored.array(array) as reader:
                    for _ in reader.blocks():
                        pass
                    if reader.sha256 != digest:
                        return None
        return finished
    return None
