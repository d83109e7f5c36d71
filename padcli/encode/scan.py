"""The first half of the work: all inputs read and tokenized, once, chunk by chunk."""

import dataclasses
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from typing import BinaryIO

import orjson

from padcli.encode.corpus import Corpus
from padcli.encode.tasks import ScannedChunk, ScanTask
from padcli.engine.run import Run
from padcli.errors import BadRecordError, InputError, PadcliError, UsageError
from padcli.files.pending import PendingFiles, disk_errors
from padcli.options import TokenizeOptions
from padcli.plan import FitPlan
from padcli.quality.row_checks import Nose
from padcli.rows.lengths import EMPTY
from padcli.sources.records import TOKENIZED_FIELD, Families, Reject
from padcli.sources.streams import InputStream
from padcli.tokenizers import Tokenizer


def scan(plan: FitPlan, tokenizer: Tokenizer, corpus: Corpus, pending: PendingFiles, run: Run) -> None:
    """Read all inputs of a plan, cut them into units, and gather what comes out in `corpus`."""
    for _ in scanned_chunks(plan, tokenizer, corpus, pending, run):
        pass


def scanned_chunks(
    plan: FitPlan, tokenizer: Tokenizer, corpus: Corpus, pending: PendingFiles, run: Run
) -> Iterator[ScannedChunk]:
    """The same, giving each chunk once it is in `corpus`."""
    rejects_file = pending.open(plan.rejects) if plan.rejects is not None else None
    tasks = run.each_measured("read", _tasks(plan, tokenizer, corpus, run))
    for task, future in run.futures("tokenize", tasks):
        scanned = _result(task, future, corpus.families, run)
        if scanned.rejects:
            _handle_rejects(scanned.rejects, plan, rejects_file)
        _check_families(plan, task.chunk.path, scanned.families, corpus.families)
        with run.measured("number units"):
            corpus.add(scanned, source=task.source)
        yield scanned


def _tasks(plan: FitPlan, tokenizer: Tokenizer, corpus: Corpus, run: Run) -> Iterator[ScanTask]:
    """A task for each chunk, reading one after the other."""
    done = 0

    def on_read(n: int) -> None:
        nonlocal done
        done += n
        run.on_progress("Reading", done, plan.total_bytes)

    nose = None if corpus.hashes is None else Nose(special_tokens=tokenizer.special_tokens)
    for source, (path, format) in enumerate(zip(plan.inputs, plan.formats, strict=True)):
        corpus.histograms.append(EMPTY)
        stream = InputStream(path, plan.read, chunk_bytes=plan.run.chunk_bytes, on_read=on_read)
        for chunk in stream.chunks():
            yield ScanTask(
                chunk=chunk,
                source=source,
                format=format,
                splitter=tokenizer.splitter,
                options=plan.read,
                families=corpus.families,
                nose=nose,
            )
        corpus.inputs.append(stream.facts)


def _result(task: ScanTask, future: Future[ScannedChunk], families: Families, run: Run) -> ScannedChunk:
    """What has come out of a task; done again, if it was begun before enough was known of the chunks before it."""
    try:
        scanned = run.wait(future)
        doubtful = task.is_doubtful(scanned, families)
    except PadcliError:
        doubtful = task.is_doubtful(None, families)
        if not doubtful:
            raise
    if doubtful:
        with run.measured("tokenize"):
            scanned = dataclasses.replace(task, families=families)()
    return scanned


def _handle_rejects(rejects: Sequence[Reject], plan: FitPlan, file: BinaryIO | None) -> None:
    """Stop at the first of them, or list them, as the options say."""
    first = rejects[0]
    if plan.read.on_error == "stop":
        hint = "To go on without such records: --on-error skip (and --rejects FILE to list them)."
        raise BadRecordError(f"{first.place}: {first.reason}.", hint=f"{first.hint}\n{hint}".lstrip())
    if file is not None:
        with disk_errors(str(plan.rejects)):
            for bad in rejects:
                listed = {"file": bad.path, "line": bad.line, "reason": bad.reason, "raw": bad.raw}
                file.write(orjson.dumps(listed, option=orjson.OPT_APPEND_NEWLINE))


def _check_families(plan: FitPlan, path: str, families: Families, before: Families) -> None:
    """Refuse what shows to be contradictory only now that the input has been looked into."""
    family = families.get(TOKENIZED_FIELD)
    if family is not None and before.get(TOKENIZED_FIELD, family) != family:
        raise InputError(f"{path}: holds {family}, and the inputs before it hold {before[TOKENIZED_FIELD]}.")
    if family == "ids" and plan.tokenize != TokenizeOptions():
        raise UsageError("The field holds lists of integers, which are ids already: a tokenizer has no part in it.")
    for flag, value in (("--filters", plan.tokenize.filters), ("--split", plan.tokenize.split)):
        if family == "tokens" and value is not None:
            raise UsageError(f"The field holds lists of tokens, which are taken as they are: {flag} has no meaning.")
