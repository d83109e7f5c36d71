"""Inputs in parts, which workers read, encode and keep by themselves; what they find is put together here."""

import dataclasses
import hashlib
import os
from collections.abc import Iterator
from functools import partial
from typing import Any, cast

from padcli.encode.encode import EncodeFirst, KnownFields, Lines, handle_rejects, task_of
from padcli.encode.label_checks import LabelChecks
from padcli.encode.part import Common, DigestInput, EncodedPart, EncodePart
from padcli.encode.shared_rows import SharedRows
from padcli.encode.summary import NOTHING, Merged, SplitSummary
from padcli.engine.run import Run
from padcli.engine.travel import versions
from padcli.errors import PadcliError
from padcli.files.pending import PendingFiles
from padcli.plan import FitPlan
from padcli.sources.input_files import input_size
from padcli.sources.input_parts import parts_of
from padcli.store.shared import Kept, SharedFolder
from padcli.tokenizers import Tokenizer
from padcli.urls import is_url

_PART_BYTES = 64 * 1024 * 1024  # of files of lines: a second's work or so
_LEAST_PARTS, _MOST_PARTS = 64, 2**16  # of all of the input: something to do for all workers, and not too many tasks
_LARGER = 4  # times what is read at a time in one process, where blocks cost less


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
    part_bytes = _part_bytes(plan.total_bytes or 0, common.value.split_bytes)
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
        cut = parts_of(path, kind, plan.read, part_bytes)
        if cut is None:
            size = (input_size(name) or 0) if listing is None else listing.bytes
            yield size, make(within=None, field_kinds=fields.known)
            continue
        for part in cut.parts:
            yield part.n_bytes, make(within=part, field_kinds=fields.known)
        yield 0, DigestInput(source=source, name=name, whole=cut.whole)


def _part_bytes(total: int, least: int) -> int:
    """Return a power of two, so that parts stay where they are when an input grows a little, and are found again."""
    wanted = max(least, total // _MOST_PARTS, min(_PART_BYTES, total // _LEAST_PARTS))
    return 1 << (wanted.bit_length() - 1)


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
