"""The whole program on one page: from inputs to a tokenizer (`fit`), and to padded arrays (`pad`)."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from padcli import interrupts
from padcli.encode.arrays import array_streams, check_space, choose_layout, observed
from padcli.encode.corpus import Corpus
from padcli.encode.fitting import make_ready
from padcli.encode.scan import scan
from padcli.engine.run import OnProgress, Run
from padcli.engine.store import Spill
from padcli.errors import OutputError, UsageError
from padcli.files.pending import PendingFiles, disk_errors
from padcli.formats import sink_of
from padcli.options import ReportOptions, TokenizeOptions
from padcli.options.keywords import CompareKeywords, FitKeywords, PadKeywords, StatsKeywords
from padcli.plan import FitPlan, Inputs, PadPlan, check_output, plan_compare, plan_fit, plan_pad, plan_stats
from padcli.quality.row_checks import RowHashes
from padcli.report import gates, report_file
from padcli.report.metadata import meta_of
from padcli.report.run_report import Report, Stats, report_on, stats_on
from padcli.tokenizers import open_tokenizer, text_vectorization
from padcli.tokenizers.facts import TokenizerFacts

if TYPE_CHECKING:
    from padcli.inspection.comparison import Comparison


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

    `options` are the fields of `ReadOptions`, `TokenizeOptions`, `FitOptions` and `RunOptions`. Raises a `PadcliError`;
    then nothing is written.
    """
    plan = plan_fit(inputs, output, dict(options))
    with _running(plan, str(plan.tokenizer_output), on_progress) as run:
        kept = Spill(Path(tempfile.gettempdir())) if plan.tokenize.may_drop else nullcontext()
        with run.measured("flush to disk"), PendingFiles() as pending, kept as spill:
            if plan.tokenize.is_trained:
                from padcli.encode import training

                corpus = Corpus(counts=None)
                facts: TokenizerFacts | None = training.train(plan, corpus, pending, run)
            else:
                tokenizer = open_tokenizer(plan.tokenize)
                corpus = Corpus(spill=spill, vocabulary=tokenizer.vocabulary)
                if plan.continue_from is not None:
                    from padcli.tokenizers import counts_file

                    corpus.counts, corpus.families = counts_file.read(plan.continue_from, tokenizer.splitter)
                scan(plan, tokenizer, corpus, pending, run)
                with run.measured("fit vocabulary"):
                    facts = make_ready(plan, tokenizer, corpus, pending).facts
        report = report_on(corpus, facts, None)
        return report.finished(pending.written, run.seconds, run.timings)


def stats(inputs: Inputs, *, on_progress: OnProgress = _no_progress, **options: Unpack[StatsKeywords]) -> Stats:
    """How long the rows of text or JSONL are, and what each `maxlen` would cost. Writes no arrays.

    `options` are the fields of `ReadOptions`, `TokenizeOptions`, `StatsOptions`, `ReportOptions` and `RunOptions`.
    Raises a `PadcliError`; then nothing is written, but where it is a `GateError`.
    """
    plan = plan_stats(inputs, dict(options))
    with _running(plan, f"temporary files in {tempfile.gettempdir()}", on_progress) as run:
        # Which units are unknown shows when all are counted; rows are kept where some may be.
        keeps = plan.tokenize.vocab_size is not None or plan.tokenize.min_count is not None
        kept = Spill(Path(tempfile.gettempdir())) if keeps else nullcontext()
        with PendingFiles() as pending, RowHashes() as hashes, kept as spill:
            tokenizer = open_tokenizer(plan.tokenize)
            around = tokenizer.around(plan.tokenize)
            n_special = sum(map(len, around))
            corpus = Corpus(spill=spill, hashes=hashes, vocabulary=tokenizer.vocabulary, n_special=n_special)
            scan(plan, tokenizer, corpus, pending, run)
            look = partial(run.beside, "look for repetitions", hashes.repeated)
            repeated = None if plan.tokenize.may_drop else look()  # rows that lose all of their tokens repeat nothing
            facts = make_ready(plan, tokenizer, corpus, pending).facts
            report = gates.judged(report_on(corpus, facts, None, run.wait(repeated or look())), plan.reporting.gates)
            found = stats_on(report, plan.stats)
            _draw(plan.reporting, report, found.fits, pending, run)
        found = found.finished(pending.written, run.seconds, run.timings)
    conclude(found, plan.reporting)
    return found


def compare(
    first: str | os.PathLike[str],
    second: str | os.PathLike[str],
    *,
    on_progress: OnProgress = _no_progress,
    **options: Unpack[CompareKeywords],
) -> "Comparison":
    """How two texts differ, or two outputs of padcli, such as those to train on and those to test on.

    Of texts, a tokenizer is fitted on the first, unless one is given. `options` are the fields of `ReadOptions`,
    `TokenizeOptions` and `RunOptions`; outputs have no need of any. Raises a `PadcliError`.
    """
    from padcli.inspection.comparison import compared, compared_outputs
    from padcli.inspection.dataset_profile import profile_of

    paths = os.fspath(first), os.fspath(second)
    plans = plan_compare(*paths, dict(options))
    with RowHashes() as ours, RowHashes() as theirs:
        if plans is None:
            return compared_outputs(*paths, (ours, theirs))
        with _running(plans[0], "temporary files", on_progress) as run:
            tokenizer = open_tokenizer(plans[0].tokenize)
            one, vocabulary = profile_of(plans[0], tokenizer, tokenizer.vocabulary, ours, run)
            other, _ = profile_of(plans[1], tokenizer, vocabulary, theirs, run)
            return compared(one, other, (ours, theirs))


def export_vocab(tokenizer: str | os.PathLike[str], output: str | os.PathLike[str]) -> str:
    """Write the vocabulary of a `text-vectorization` tokenizer as `TextVectorization(vocabulary=output)` takes it.

    Returns the layer's call, with what else it has to be given to cut texts in the same way. Raises a `PadcliError`;
    then nothing is written.
    """
    check_output(Path(output), tokenizer)
    options = TokenizeOptions(tokenizer=os.fspath(tokenizer))
    if not options.is_file:
        raise UsageError(
            f"{options.tokenizer}: is a kind of tokenizer, expected the file of a fitted one.",
            hint=f"If it is the name of a file: ./{options.tokenizer}",
        )
    opened = open_tokenizer(options)
    content = text_vectorization.exported(opened)
    with disk_errors(str(output)), PendingFiles() as pending:
        pending.open(Path(output)).write(content)
    return text_vectorization.layer_call(opened, os.fspath(output))


def pad(
    inputs: Inputs,
    output: str | os.PathLike[str] | None = None,
    *,
    on_progress: OnProgress = _no_progress,
    **options: Unpack[PadKeywords],
) -> Report:
    """Turn text or JSONL into padded ids and their mask, and write them to an `.npz` or `.npy` file.

    `output` is by default the name of the first input with `.npz`, in the current folder. `options` are the fields of
    `ReadOptions`, `TokenizeOptions`, `PadOptions`, `WriteOptions`, `ReportOptions` and `RunOptions`. With `if_changed`,
    an output that is already that of the inputs and options is left alone. Raises a `PadcliError`; then nothing is
    written, but where it is a `GateError`.
    """
    plan = plan_pad(inputs, output, dict(options))
    with _running(plan, plan.place, on_progress) as run:
        news = ""
        if plan.write.if_changed:
            from padcli.inspection import up_to_date

            with run.measured("look for changes"):
                news = up_to_date.what_changed(plan)
            if not news:
                return _left_alone(plan, run)
        with run.measured("open tokenizer"):
            tokenizer = open_tokenizer(plan.tokenize)
        pad_id, around = tokenizer.padding_id(plan.pad.pad_id), tokenizer.around(plan.tokenize)
        with (
            run.measured("flush to disk"),
            PendingFiles() as pending,
            Spill(plan.folder) as spill,
            RowHashes(plan.folder) as hashes,
        ):
            # The text is read and tokenized once; after that all is known that the arrays depend on.
            corpus = Corpus(
                spill=spill,
                hashes=hashes,
                vocabulary=tokenizer.vocabulary,
                pad_id=pad_id,
                n_special=sum(map(len, around)),
            )
            scan(plan, tokenizer, corpus, pending, run)
            look = partial(run.beside, "look for repetitions", hashes.repeated)
            repeated = None if plan.tokenize.may_drop else look()  # rows that lose all of their tokens repeat nothing
            with run.measured("fit vocabulary"):
                ready = make_ready(plan, tokenizer, corpus, pending)
            layout = choose_layout(corpus, ready.vocabulary, plan.pad, around=around)
            report = replace(report_on(corpus, ready.facts, layout, run.wait(repeated or look())), news=news)
            report = gates.judged(report, plan.reporting.gates)
            if plan.reporting.no_output_on_fail and any(gate.fails for gate in report.gates):
                conclude(report.unwritten(run.seconds, run.timings), plan.reporting)
            # Nothing is padded until a sink asks for the next block.
            arrays = array_streams(corpus, spill, layout, ready.ids_of_numbers, plan.names, run)
            check_space(arrays, plan)
            digests = dict[str, str]()
            with run.measured("write"):
                sink_of(plan.output).write(
                    pending,
                    plan.output,
                    observed(arrays, digests, run),
                    partial(meta_of, plan, arrays, digests, report),
                    compress=plan.write.compress,
                )
            _draw(plan.reporting, report, {}, pending, run)
        report = report.finished(pending.written, run.seconds, run.timings)
    conclude(report, plan.reporting)
    return report


def _left_alone(plan: PadPlan, run: Run) -> Report:
    """What there is to say of an output that is up to date, judged and drawn as if it had been made now."""
    from padcli.inspection import up_to_date

    report = gates.judged(up_to_date.report_on_unchanged(plan), plan.reporting.gates)
    with PendingFiles() as pending:
        _draw(plan.reporting, report, {}, pending, run)
    report = report.finished((*(report.outputs or ()), *pending.written), run.seconds, run.timings)
    conclude(report, plan.reporting)
    return report


def _draw(
    reporting: ReportOptions, report: Report, fits: Mapping[str, int | None], pending: PendingFiles, run: Run
) -> None:
    """The picture of the lengths, if there is to be one."""
    if reporting.plot is None:
        return
    with run.measured("draw"):
        from padcli.report import plot

        path = Path(reporting.plot)
        picture = plot.draw(path.suffix.lower(), report, fits)
        with disk_errors(str(path)):
            file = pending.open(path)
            file.write(picture)
            file.flush()


@contextmanager
def _running(plan: FitPlan, place: str, on_progress: OnProgress) -> Iterator[Run]:
    """Workers. What goes wrong with files in `place` is told; inputs tell their own."""
    with disk_errors(place), Run(plan.run, on_progress) as run:
        yield run


def conclude(result: Report | Stats, reporting: ReportOptions) -> None:
    """Write the report, if it is wanted. Raises `GateError` for figures that must not be so."""
    if reporting.report is not None:
        try:
            with interrupts.ignored():  # the other files are there
                report_file.write(Path(reporting.report), result)
        except OutputError as error:
            failing = "".join(f"\n{sentence}" for sentence in gates.failing(result))
            raise OutputError(
                f"{error.message}{failing}",
                hint="It is the report alone that is missing.",
            ) from error
    gates.check(result, reporting)
