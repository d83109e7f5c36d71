"""Encoding: inputs are read and encoded once, split by split."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import BinaryIO

import orjson

from padcli.encode.choice_in_order import ChosenInOrder, Sources
from padcli.encode.encoded_rows import EncodedRows
from padcli.encode.label_checks import LabelChecks
from padcli.encode.record_filter import RecordFilter
from padcli.encode.shared_rows import SharedRows
from padcli.encode.summary import NOTHING, Merged, OfInput, SplitSummary, merged_inputs, moved_on
from padcli.encode.task import EncodeAnySplit, EncodedSplit, EncodeSplit, EndOfInput
from padcli.encode.worker_tokenizer import WorkerTokenizer
from padcli.engine.base import Result
from padcli.engine.run import Run
from padcli.engine.stopwatch import each_measured, measured
from padcli.errors import BadRecordError, InputError, PadcliError, UsageError
from padcli.files.pending import PendingFiles, disk_errors
from padcli.options import TokenizeOptions
from padcli.plan import FitPlan
from padcli.quality.row_checks import RowChecker
from padcli.rows.template import ONE_TEXT, Template
from padcli.sources.base import Source
from padcli.sources.inputs import open_inputs
from padcli.sources.records import TOKENIZED_FIELD, FieldKinds, Reject
from padcli.tokenizers import Tokenizer
from padcli.tokenizers.around import named_tokens


def encode(
    plan: FitPlan,
    tokenizer: Tokenizer,
    rows: EncodedRows,
    pending: PendingFiles,
    run: Run,
    *,
    sources: Sources | None = None,
) -> SplitSummary:
    """Read and encode all inputs of a plan, or other sources; the rows go to `rows`."""
    if isinstance(rows, SharedRows):
        from padcli.encode.parts import encode_parts

        return encode_parts(plan, tokenizer, rows, pending, run)
    summary = Merged(dataclasses.replace(NOTHING, field_kinds=rows.field_kinds, skipped_files=plan.skipped_files))
    first = EncodeFirst(
        template=rows.template, pad_id=rows.pad_id, field_kinds=rows.field_kinds, checks_rows=rows.hashes is not None
    )
    with run.lane("number units") as lane:
        for split in encoded_splits(plan, tokenizer, pending, run, first, sources=sources):
            lane.add(partial(rows.add, split))
            summary.add(split.summary)
    if not plan.tokenize.may_drop:  # rows that lose all of their tokens repeat nothing
        rows.look_for_repetitions(run)
    return summary.whole()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class EncodeFirst:
    """Fields of the first task: see `EncodeSplit`."""

    template: Template = ONE_TEXT
    pad_id: int = 0
    field_kinds: FieldKinds = dataclasses.field(default_factory=dict)
    checks_rows: bool = False


def encoded_splits(
    plan: FitPlan,
    tokenizer: Tokenizer,
    pending: PendingFiles,
    run: Run,
    first: EncodeFirst,
    *,
    sources: Sources | None = None,
) -> Iterator[EncodedSplit]:
    """Yield each split of all inputs, in their order, encoded."""
    fields, labels, lines = KnownFields(plan, first.field_kinds), LabelChecks(plan), Lines()
    rejects_file = pending.open(plan.rejects) if plan.rejects is not None else None
    tasks = each_measured("read", _tasks(plan, tokenizer, fields, sources or _files(plan, run), first, run))
    with run.lane("digest") as lane:
        for source, task, result in run.pending("tokenize", tasks):
            encoded = _result(task, result, fields.known, run)
            if encoded.rejects:
                handle_rejects(lines.moved_on(encoded.rejects), plan, rejects_file)
            if isinstance(task, EncodeSplit):
                fields.add(task.split.path, encoded.summary.field_kinds)
                labels.add(task.split.path, encoded)
                lane.add(partial(source.observe, encoded.observed or task.split))
            else:
                lane.finish()
                encoded = encoded.of_input(source.facts())
            lines.add(encoded.summary)
            yield encoded


class Lines:
    """Lines of the input that is being read, up to here."""

    def __init__(self) -> None:
        self._read: tuple[OfInput, ...] = ()

    def add(self, summary: SplitSummary) -> None:
        """Take in what comes next."""
        lines = tuple(OfInput(number=each.number, lines=each.lines) for each in summary.by_input)
        self._read = merged_inputs(self._read, lines)[-1:]

    def moved_on(self, rejects: Sequence[Reject]) -> tuple[Reject, ...]:
        """Return bad records of what comes next, their lines counted from the start of their input."""
        return moved_on(rejects, self._read)


class KnownFields:
    """Kinds of the values in fields, as far as they are known by now."""

    def __init__(self, plan: FitPlan, known: FieldKinds) -> None:
        self.known = known
        self._plan = plan

    def add(self, path: str, field_kinds: Mapping[str, str]) -> None:
        """Raise `InputError` or `UsageError` for what shows to be contradictory now that the input was looked into."""
        plan, field_kind = self._plan, field_kinds.get(TOKENIZED_FIELD)
        if field_kind is not None and self.known.get(TOKENIZED_FIELD, field_kind) != field_kind:
            raise InputError(
                f"{path}: contains {field_kind}, but the inputs before it contain {self.known[TOKENIZED_FIELD]}."
            )
        if field_kind == "ids" and plan.tokenize != TokenizeOptions():
            raise UsageError("The field contains lists of integers, which are already ids: no tokenizer is used.")
        if field_kind == "ids" and (named := named_tokens(plan.rows)):
            raise UsageError(
                f"The field contains lists of integers, which are already ids: no vocabulary has an id for {named[0]}.",
                hint="Give an id instead, such as --start 101.",
            )
        for flag, value in (("--filters", plan.tokenize.filters), ("--split", plan.tokenize.split)):
            if field_kind == "tokens" and value is not None:
                raise UsageError(
                    f"The field contains lists of tokens, which are used as they are: {flag} has no effect."
                )
        self.known = {**field_kinds, **self.known}


def _files(plan: FitPlan, run: Run) -> Sources:
    """Open the inputs of a plan, one after the other."""
    return open_inputs(
        zip(plan.inputs, plan.formats, strict=True),
        plan.read,
        folders=plan.folders,
        split_bytes=plan.run.chunk_bytes,
        total_bytes=plan.total_bytes,
        on_progress=run.on_progress,
    )


def _tasks(
    plan: FitPlan, tokenizer: Tokenizer, fields: KnownFields, sources: Sources, first: EncodeFirst, run: Run
) -> Iterator[tuple[Source, EncodeSplit | EndOfInput]]:
    """Yield a task for each split, and one for the end of each input, with the source, one after the other."""
    chosen = ChosenInOrder(plan, fields, run, partial(_files, plan, run))
    any_split = task_of(plan, tokenizer, first)
    for number, (kind, source) in enumerate(sources):
        for split, kept, field_kinds in chosen.splits(source, kind):
            task = any_split.of(split, source=number, kind=kind, field_kinds=field_kinds)
            yield source, task if kept is None else task.only(kept)
        yield source, EndOfInput(source=number)


def task_of(plan: FitPlan, tokenizer: Tokenizer, first: EncodeFirst) -> EncodeAnySplit:
    """Return what the tasks of a plan have in common."""
    special_tokens = tuple(dict.fromkeys([*tokenizer.special_tokens, *named_tokens(plan.rows)]))
    checker = RowChecker(special_tokens=special_tokens, n_texts=plan.read.n_texts)
    part = None if plan.read.stratify is not None else plan.part  # else they are told in order
    return EncodeAnySplit(
        read=plan.read,
        tokenizer=WorkerTokenizer(tokenizer, plan.tokenize),
        n_texts=first.template.n_texts,
        n_special=first.template.n_special,
        pad_id=first.pad_id,
        checks=checker if first.checks_rows else None,
        select=RecordFilter(options=plan.select, n_texts=plan.read.n_texts, part=part) if plan.select.skips else None,
    )


def _result(
    task: EncodeSplit | EndOfInput, result: Result[EncodedSplit], field_kinds: FieldKinds, run: Run
) -> EncodedSplit:
    """Return what a task gave; do it again, if it began before enough was known of the splits before it."""
    try:
        encoded = run.wait(result)
        doubtful = task.is_doubtful(encoded, field_kinds)
    except PadcliError:
        if not task.is_doubtful(None, field_kinds):
            raise
        doubtful = True
    if doubtful and isinstance(task, EncodeSplit):
        with measured("tokenize"):
            encoded = dataclasses.replace(task, field_kinds=field_kinds)()
    return encoded


def handle_rejects(rejects: Sequence[Reject], plan: FitPlan, file: BinaryIO | None) -> None:
    """Stop at the first of them, or list them, as the options say."""
    first = rejects[0]
    if plan.read.on_error == "stop":
        hint = "To skip such records: --on-error skip (and --rejects FILE to list them)."
        raise BadRecordError(first.message, hint=f"{first.hint}\n{hint}".lstrip())
    if file is not None:
        with disk_errors(str(plan.rejects)):
            for bad in rejects:
                file.write(orjson.dumps(bad.listed, option=orjson.OPT_APPEND_NEWLINE))
