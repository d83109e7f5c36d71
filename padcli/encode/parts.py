"""Encoding by workers that read the inputs themselves, and keep what they encode in a folder that all of them see.

A part is an input, or some bytes of a file of lines. A worker goes through it split by split, as one process does
through all of the input; only what is known of its rows comes back.
"""

import dataclasses
import hashlib
import os
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, cast

import pyarrow as pa

from padcli.encode.encode import EncodeFirst, KnownFields, Lines, handle_rejects, task_of
from padcli.encode.label_checks import LabelChecks, UnknownClass, unknown_class
from padcli.encode.shared_rows import SharedRows
from padcli.encode.summary import NOTHING, Merged, OfInput, SplitSummary, moved_on
from padcli.encode.task import EncodeAnySplit, EncodedSplit, EncodeSplit, is_doubtful
from padcli.engine.run import Run
from padcli.engine.travel import versions
from padcli.errors import PadcliError
from padcli.files.pending import PendingFiles
from padcli.plan import FitPlan
from padcli.sources import source_class
from padcli.sources.base import InputFacts, Source
from padcli.sources.byte_ranges import ranges_of
from padcli.sources.folders import Folder
from padcli.sources.input_files import input_size
from padcli.sources.lines import RangeSplit
from padcli.sources.records import FieldKinds, Records, Reject
from padcli.store.shared import Kept, SharedFolder
from padcli.store.shared_blocks import BlockRef, block_name, find_block, put_block
from padcli.tokenizers import Tokenizer
from padcli.urls import is_url

PART_BYTES = 64 * 1024 * 1024  # of a file of lines: a second's work or so, and few tasks for very large inputs
_LARGER = 4  # times what is read at a time in one process, where blocks cost less
_OF_LINES = ("text", "jsonl")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class EncodedPart:
    """A part, encoded; see `EncodedSplit`. `unknown`: the first label that is none of the classes, if there is one."""

    blocks: tuple[BlockRef, ...]
    summary: SplitSummary
    rejects: tuple[Reject, ...] = ()
    n_records: int = 0
    unknown: UnknownClass | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class EncodePart:
    """Read, encode and keep a part of an input. It can be run anywhere and twice, and gives the same.

    `common`: what is the same in all of a run; `path`: where workers find the input that was named `name`; `within`: a
    part of its bytes, None for all of it; `folder`: its files, where it is one.
    """

    common: "Kept[Common]"
    source: int
    kind: str
    path: str
    name: str
    within: RangeSplit | None
    folder: Kept[Folder] | None
    field_kinds: FieldKinds

    def __call__(self) -> EncodedPart:
        """Do the work."""
        common, source = self.common.value, self._opened()
        found = EncodedPart(
            blocks=(),
            summary=SplitSummary(by_input=(OfInput(number=self.source),)),
        )
        for split in source.splits():
            known = {**found.summary.field_kinds, **self.field_kinds}
            task = common.task.of(split, source=self.source, kind=self.kind, field_kinds=known)
            encoded, blocks = self._kept(task, task.records())
            if self.within is None:
                source.observe(encoded.observed or split)
            unknown = unknown_class(encoded, common.classes)
            found = EncodedPart(
                blocks=(*found.blocks, *blocks),
                summary=found.summary.merge(encoded.summary),
                rejects=(*found.rejects, *moved_on(encoded.rejects, found.summary.by_input)),
                n_records=found.n_records + encoded.n_records,
                unknown=found.unknown or (None if unknown is None else unknown.after(found.n_records)),
            )
        if self.within is None:
            found = dataclasses.replace(found, summary=dataclasses.replace(found.summary, inputs=(source.facts(),)))
        return self._named(found)

    def is_doubtful(self, found: EncodedPart | None, field_kinds: FieldKinds) -> bool:
        """Return whether the task must be done again, since the kinds of fields were not yet known."""
        kinds = {} if found is None else found.summary.field_kinds
        return is_doubtful(self.field_kinds, field_kinds, kinds, is_bad=found is None or bool(found.rejects))

    def _opened(self) -> Source:
        known: dict[str, Any] = {} if self.folder is None else {"folder": self.folder.value}
        if self.within is not None:
            known["within"] = self.within
        common = self.common.value
        source: Any = source_class(self.kind)
        return cast(
            Source, source(self.path, common.task.read, split_bytes=common.split_bytes, on_read=_ignore, **known)
        )

    def _kept(self, task: EncodeSplit, records: Records) -> tuple[EncodedSplit, tuple[BlockRef, ...]]:
        """Encode a split, and keep it; or take what a run before has kept of the same."""
        common, folder = self.common.value, self.common.folder
        name = block_name(_digest(common.fingerprint, task, records))
        if common.resumes and (earlier := find_block(folder, name)) is not None:
            ref, encoded = earlier
            if common.classes:
                _, record, _ = ref.section(folder, "rows")
                encoded = dataclasses.replace(encoded, labels=ref.section(folder, "labels"), record=record)
            return dataclasses.replace(encoded, observed=records.observed), (ref,)
        encoded = task.encoded(records)
        if not encoded.n_records:
            return encoded, ()
        without = dataclasses.replace(encoded, **_NO_ARRAYS, observed=None)
        return encoded, (put_block(folder, name, encoded, len(encoded.lengths) // task.n_texts, without),)

    def _named(self, found: EncodedPart) -> EncodedPart:
        """Call the input by the name that it has for the user."""
        if self.name == self.path:
            return found
        rejects = tuple(self._of_name(bad) for bad in found.rejects)
        summary = dataclasses.replace(
            found.summary,
            inputs=tuple(dataclasses.replace(facts, path=self.name) for facts in found.summary.inputs),
            rejects=tuple(map(self._of_name, found.summary.rejects)),
        )
        return dataclasses.replace(found, rejects=rejects, summary=summary)

    def _of_name(self, bad: Reject) -> Reject:
        return dataclasses.replace(bad, path=self.name + bad.path.removeprefix(self.path))


_NO_ARRAYS: dict[str, Any] = {
    **dict.fromkeys(("codes", "counts", "lengths"), ()),
    **dict.fromkeys(("numbers", "units", "record", "hashes")),
    "labels": {},
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What is the same for all parts of a run. `fingerprint`: of what blocks depend on, beside the records."""

    task: EncodeAnySplit
    classes: Mapping[str, tuple[str, ...]]
    fingerprint: str
    split_bytes: int
    resumes: bool


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DigestInput:
    """Read a file that was encoded in several parts once more, for its size and digest."""

    source: int
    name: str
    whole: RangeSplit

    def __call__(self) -> EncodedPart:
        """Do the work."""
        digest = hashlib.sha256()
        for part in self.whole.parts(2**20):
            digest.update(part)
        facts = InputFacts(path=self.name, bytes=self.whole.stop, sha256=digest.hexdigest())
        return EncodedPart(blocks=(), summary=SplitSummary(inputs=(facts,)))

    def is_doubtful(self, found: EncodedPart | None, field_kinds: FieldKinds) -> bool:  # noqa: ARG002
        """Return False."""
        return False


def encode_parts(
    plan: FitPlan, tokenizer: Tokenizer, rows: SharedRows, pending: PendingFiles, run: Run
) -> SplitSummary:
    """Let workers read and encode all inputs of a plan. Their blocks are `rows`; returns what is known of them."""
    summary = Merged(dataclasses.replace(NOTHING, field_kinds=rows.field_kinds, skipped_files=plan.skipped_files))
    lines = Lines()
    fields, labels = KnownFields(plan, rows.field_kinds), LabelChecks(plan)
    rejects_file = pending.open(plan.rejects) if plan.rejects is not None else None
    common = rows.folder.keep(_common(plan, tokenizer, rows, labels))
    done = 0
    for n_bytes, task, result in run.pending("tokenize", _tasks(plan, rows.folder, common, fields)):
        found = _settled(task, result, fields, run)
        if found.rejects:
            handle_rejects(lines.moved_on(found.rejects), plan, rejects_file)
        fields.add(task.name, found.summary.field_kinds)
        labels.told(task.name, found.summary.field_kinds, found.n_records, found.unknown)
        rows.add_blocks(found.blocks, task.source)
        summary.add(found.summary)
        lines.add(found.summary)
        done += n_bytes
        run.on_progress("Reading", done, plan.total_bytes)
    rows.is_whole(run)
    if not plan.tokenize.may_drop:  # rows that lose all of their tokens repeat nothing
        rows.look_for_repetitions(run)
    return summary.whole()


def _common(plan: FitPlan, tokenizer: Tokenizer, rows: SharedRows, labels: LabelChecks) -> Common:
    first = EncodeFirst(template=rows.template, pad_id=rows.pad_id, checks_rows=rows.checks_rows)
    tokenize = plan.tokenize
    if tokenize.is_file and not is_url(str(tokenize.tokenizer)):
        tokenize = dataclasses.replace(tokenize, tokenizer=os.path.abspath(str(tokenize.tokenizer)))  # noqa: PTH100
    task = task_of(dataclasses.replace(plan, tokenize=tokenize), tokenizer, first)
    decided_by = (versions(), plan.read, plan.tokenize, tokenizer.sha256, first, task.checks, task.select)
    return Common(
        task=task,
        classes=labels.classes,
        fingerprint=hashlib.sha256(repr(decided_by).encode()).hexdigest(),
        split_bytes=_LARGER * plan.run.chunk_bytes,
        resumes=plan.run.resume,
    )


def _tasks(
    plan: FitPlan, folder: SharedFolder, common: Kept[Common], fields: KnownFields
) -> Iterator[tuple[int, EncodePart | DigestInput]]:
    """Yield a task for each part, with the bytes of the input that are done then."""
    for source, (name, kind) in enumerate(zip(plan.inputs, plan.formats, strict=True)):
        path = name if is_url(name) else os.path.abspath(name)  # noqa: PTH100 (workers are elsewhere)
        listing = plan.folders.get(name)
        make = partial(
            EncodePart,
            common=common,
            source=source,
            kind=kind,
            path=path,
            name=name,
            folder=None if listing is None else folder.keep(dataclasses.replace(listing, path=path)),
        )
        ranges = ranges_of(path, plan.read, PART_BYTES, _ignore) if kind in _OF_LINES else None
        if ranges is None or ranges.whole.stop <= PART_BYTES:
            yield (
                (input_size(name) or 0) if listing is None else listing.bytes,
                make(within=None, field_kinds=fields.known),
            )
            continue
        for within in ranges.splits():
            yield within.stop - within.start, make(within=_seen_elsewhere(within), field_kinds=fields.known)
        yield 0, DigestInput(source=source, name=name, whole=_seen_elsewhere(ranges.whole))


def _settled(task: EncodePart | DigestInput, result: Any, fields: KnownFields, run: Run) -> EncodedPart:
    """Return what a task gave; let it be done again, if it began before enough was known of the parts before it."""
    try:
        found: EncodedPart = run.wait(result)
        if not task.is_doubtful(found, fields.known):
            return found
    except PadcliError:
        if not task.is_doubtful(None, fields.known):
            raise
    return run.wait(run.submit("tokenize", dataclasses.replace(cast(EncodePart, task), field_kinds=fields.known)))


def _digest(fingerprint: str, task: EncodeSplit, records: Records) -> "hashlib._Hash":
    """Hash what a block follows from: the records, and how they are encoded."""
    beside = (task.source, task.kind, task.field_kinds, records.tail, records.rejects, records.blank_lines,
              records.n_lines, records.skipped_files)  # fmt: skip
    digest = hashlib.sha256(f"{fingerprint}{beside}".encode())
    for name, column in (("", records.values), *records.labels.items()):
        batch = pa.record_batch([column], [name])
        digest.update(batch.schema.serialize())
        digest.update(batch.serialize())
    return digest


def _seen_elsewhere(split: RangeSplit) -> RangeSplit:
    return dataclasses.replace(split, state=dataclasses.replace(split.state, device=None, inode=None))


def _ignore(n_bytes: int) -> None:
    """Let nobody know."""
