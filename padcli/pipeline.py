"""The whole program on one page: from inputs to a tokenizer (`fit`), and to padded arrays (`pad`)."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from errno import EDQUOT, ENOSPC
from pathlib import Path
from typing import Unpack

from padcli.arrays import array_streams, check_space, choose_layout, observed
from padcli.corpus import Corpus
from padcli.errors import OutputError
from padcli.fitting import make_ready
from padcli.options import FitKeywords, PadKeywords, StatsKeywords, TokenizeOptions
from padcli.plan import FitPlan, Inputs, check_output, plan_fit, plan_pad, plan_stats
from padcli.report import Report, Stats, TokenizerFacts, meta_of, report_on, stats_on
from padcli.running import OnProgress, Run
from padcli.scan import scan
from padcli.sinks import sink_of
from padcli.sinks.atomic import PendingFiles
from padcli.spill import Spill
from padcli.tokenizers import open_tokenizer, text_vectorization


def _no_progress(stage: str, done: int, total: int | None) -> None:
    """For those who do not want to know."""


def fit(
    inputs: Inputs,
    output: str | os.PathLike[str] = "tokenizer.json",
    *,
    on_progress: OnProgress = _no_progress,
    **options: Unpack[FitKeywords],
) -> Report:
    """Fit a tokenizer on text or JSONL, and save it as a `tokenizer.json`.

    `options` are the fields of `ReadOptions`, `TokenizeOptions` and `RunOptions`. Raises a `PadcliError`; then
    nothing is written.
    """
    plan = plan_fit(inputs, output, dict(options))
    with _running(plan, str(plan.tokenizer_output), on_progress) as run:
        with run.measured("flush to disk"), PendingFiles() as pending:
            if plan.tokenize.is_trained:
                from padcli import training

                corpus = Corpus(counts=None)
                facts: TokenizerFacts | None = training.train(plan, corpus, pending, run)
            else:
                tokenizer = open_tokenizer(plan.tokenize)
                corpus = Corpus(vocabulary=tokenizer.vocabulary)
                scan(plan, tokenizer, corpus, pending, run)
                with run.measured("fit vocabulary"):
                    facts = make_ready(plan, tokenizer, corpus, pending).facts
        report = report_on(corpus, facts, None)
        return report.finished(pending.written, run.seconds, run.timings)


def stats(inputs: Inputs, *, on_progress: OnProgress = _no_progress, **options: Unpack[StatsKeywords]) -> Stats:
    """How long the rows of text or JSONL are, and what each `maxlen` would cost. Writes no arrays.

    `options` are the fields of `ReadOptions`, `TokenizeOptions`, `StatsOptions`, `ReportOptions` and `RunOptions`.
    Raises a `PadcliError`; then nothing is written.
    """
    plan = plan_stats(inputs, dict(options))
    with _running(plan, str(plan.plot or "the list of bad records"), on_progress) as run:
        with PendingFiles() as pending:
            tokenizer = open_tokenizer(plan.tokenize)
            around = tokenizer.around(add=plan.tokenize.add_special_tokens)
            corpus = Corpus(vocabulary=tokenizer.vocabulary, n_special=sum(map(len, around)))
            scan(plan, tokenizer, corpus, pending, run)
            facts = make_ready(plan, tokenizer, corpus, pending).facts
            found = stats_on(report_on(corpus, facts, None), plan.stats)
            _draw(plan.plot, found.report, found.fits, pending, run)
        return found.finished(pending.written, run.seconds, run.timings)


def export_vocab(tokenizer: str | os.PathLike[str], output: str | os.PathLike[str]) -> None:
    """Write the vocabulary of a `text-vectorization` tokenizer as `TextVectorization(vocabulary=output)` takes it.

    Raises a `PadcliError`; then nothing is written.
    """
    check_output(Path(output), tokenizer)
    content = text_vectorization.exported(open_tokenizer(TokenizeOptions(tokenizer=os.fspath(tokenizer))))
    with disk_errors(str(output)), PendingFiles() as pending:
        pending.open(Path(output)).write(content)


def pad(
    inputs: Inputs,
    output: str | os.PathLike[str] | None = None,
    *,
    on_progress: OnProgress = _no_progress,
    **options: Unpack[PadKeywords],
) -> Report:
    """Turn text or JSONL into padded ids and their mask, and write them to an `.npz` or `.npy` file.

    `output` is by default the name of the first input with `.npz`, in the current folder. `options` are the fields of
    `ReadOptions`, `TokenizeOptions`, `PadOptions`, `WriteOptions`, `ReportOptions` and `RunOptions`. Raises a
    `PadcliError`; then nothing is written.
    """
    plan = plan_pad(inputs, output, dict(options))
    with _running(plan, plan.place, on_progress) as run:
        with run.measured("open tokenizer"):
            tokenizer = open_tokenizer(plan.tokenize)
        pad_id, around = tokenizer.padding_id(plan.pad.pad_id), tokenizer.around(add=plan.tokenize.add_special_tokens)
        with (
            run.measured("flush to disk"),
            PendingFiles() as pending,
            Spill(plan.folder) as spill,
        ):
            # The text is read and tokenized once; after that all is known that the arrays depend on.
            corpus = Corpus(
                spill=spill, vocabulary=tokenizer.vocabulary, pad_id=pad_id, n_special=sum(map(len, around))
            )
            scan(plan, tokenizer, corpus, pending, run)
            with run.measured("fit vocabulary"):
                ready = make_ready(plan, tokenizer, corpus, pending)
            layout = choose_layout(corpus, ready.vocabulary, plan.pad, around=around)
            report = report_on(corpus, ready.facts, layout)
            # Nothing is padded until a sink asks for the next block.
            arrays = array_streams(corpus, spill, layout, ready.ids_of_numbers, plan.names, run)
            check_space(arrays, plan)
            meta = meta_of(plan, arrays, report)
            with run.measured("write"):
                sink_of(plan.output).write(
                    pending, plan.output, observed(arrays, run), meta, compress=plan.write.compress
                )
            _draw(plan.plot, report, {}, pending, run)
        return report.finished(pending.written, run.seconds, run.timings)


def _draw(path: Path | None, report: Report, fits: Mapping[str, int | None], pending: PendingFiles, run: Run) -> None:
    """The picture of the lengths, if there is to be one."""
    if path is None:
        return
    with run.measured("draw"):
        from padcli import plot

        pending.open(path).write(plot.draw(path.suffix.lower(), report, fits))


@contextmanager
def _running(plan: FitPlan, place: str, on_progress: OnProgress) -> Iterator[Run]:
    """Workers. What goes wrong with files in `place` is told; inputs tell their own."""
    with disk_errors(place), Run(plan.run, on_progress) as run:
        yield run


@contextmanager
def disk_errors(place: str) -> Iterator[None]:
    """What goes wrong with files in `place` is told as a `PadcliError`."""
    try:
        yield
    except OSError as error:
        full = error.errno in (ENOSPC, EDQUOT)
        raise OutputError(
            f"{place}: cannot be written: {error.strerror or error}.",
            hint="Nothing was left behind. Make room, or write to another folder." if full else "",
        ) from error
