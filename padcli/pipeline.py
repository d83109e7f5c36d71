"""The whole program on one page: from inputs to a tokenizer (`fit`), to figures (`stats`), and to arrays (`pad`)."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Unpack

from padcli.encode.encode import encode
from padcli.encode.fitting import fit_vocabulary
from padcli.encode.kept_rows import keep_rows
from padcli.encode.shaping import choose_layout, padded_rows
from padcli.engine.progress import OnProgress, no_progress
from padcli.engine.run import Run
from padcli.files.pending import PendingFiles, disk_errors
from padcli.options.keywords import FitKeywords, PadKeywords, StatsKeywords
from padcli.plan import FitPlan, plan_fit, plan_pad, plan_stats
from padcli.report.conclusion import conclude, draw, judge
from padcli.report.run_report import Report, Stats, report_on, stats_on, together
from padcli.report.writing import write
from padcli.sources.named_inputs import Inputs
from padcli.tokenizers import open_tokenizer


def fit(
    inputs: Inputs,
    output: str | os.PathLike[str] = "tokenizer.json",
    *,
    on_progress: OnProgress = no_progress,
    **options: Unpack[FitKeywords],
) -> Report:
    """Fit a tokenizer on text or JSONL, and save it as a `tokenizer.json`.

    `options` are the fields of `ReadOptions`, `TokenizeOptions`, `FitOptions` and `RunOptions`. Raises a `PadcliError`;
    then nothing is written.
    """
    plan = plan_fit(inputs, output, dict(options))
    with _running(plan, str(plan.tokenizer_output), on_progress) as run:
        with PendingFiles() as files:
            if plan.tokenize.is_trained:
                from padcli.encode import training

                fitted = training.train(plan, files, run)
            else:
                tokenizer = open_tokenizer(plan.tokenize)
                with keep_rows(plan, tokenizer, files) as rows:
                    summary = encode(plan, tokenizer, rows, files, run)
                    fitted = fit_vocabulary(plan, tokenizer, rows, summary, files, run)
        return conclude(report_on(fitted), files, run)


def stats(inputs: Inputs, *, on_progress: OnProgress = no_progress, **options: Unpack[StatsKeywords]) -> Stats:
    """Describe the lengths of the rows of text or JSONL, and what each `maxlen` would cost. Writes no arrays.

    `options` are the fields of `ReadOptions`, `TokenizeOptions`, `StatsOptions`, `ReportOptions` and `RunOptions`.
    Raises a `PadcliError`; then nothing is written, but where it is a `GateError`.
    """
    plan = plan_stats(inputs, dict(options))
    with _running(plan, f"temporary files in {tempfile.gettempdir()}", on_progress) as run:
        tokenizer = open_tokenizer(plan.tokenize)
        with PendingFiles() as files, keep_rows(plan, tokenizer, files) as rows:
            summary = encode(plan, tokenizer, rows, files, run)
            fitted = fit_vocabulary(plan, tokenizer, rows, summary, files, run)
            report = judge(report_on(fitted, repeated=rows.repeated(run)), plan.reporting)
            found = stats_on(report, plan.stats)
            draw(plan.reporting, report, files, fits=found.fits)
        return conclude(found, files, run, plan.reporting)


def pad(
    inputs: Inputs,
    output: str | os.PathLike[str] | None = None,
    *,
    on_progress: OnProgress = no_progress,
    **options: Unpack[PadKeywords],
) -> Report:
    """Turn text or JSONL into padded ids and their mask, and write them to a file, in the format of its extension.

    `output` is by default the name of the first input with `.npz`, in the current folder. `options` are the fields of
    `ReadOptions`, `TokenizeOptions`, `PadOptions`, `WriteOptions`, `ReportOptions` and `RunOptions`. With `if_changed`,
    an output that is already that of the inputs and options is left alone. Raises a `PadcliError`; then nothing is
    written, but where it is a `GateError`.
    """
    plan = plan_pad(inputs, output, dict(options))
    with _running(plan, plan.place, on_progress) as run:
        status = ""
        if plan.write.if_changed:
            from padcli.inspection import up_to_date

            status = up_to_date.what_changed(plan)
            if not status:
                return up_to_date.leave_alone(plan, run)
        tokenizer, layout, widths, reports = open_tokenizer(plan.tokenize), None, tuple[int, ...](), list[Report]()
        with PendingFiles() as files:
            for part in plan.parts():  # one, unless records are split
                with keep_rows(part, tokenizer, files) as rows:
                    summary = encode(part, tokenizer, rows, files, run)
                    fitted = fit_vocabulary(part, tokenizer, rows, summary, files, run)
                    layout = choose_layout(part, rows, fitted, layout)
                    padded = padded_rows(part, rows, fitted, layout, run, earlier_widths=widths)
                    reports.append(report_on(fitted, padded, rows.repeated(run), change=status))
                    reports[-1] = judge(reports[-1], plan.reporting, run)
                    write(part, padded, reports[-1], files, run)
                tokenizer, widths = fitted.tokenizer or tokenizer, padded.widths
            report = together(reports, names=list(plan.select.parts))
            draw(plan.reporting, report, files)
        return conclude(report, files, run, plan.reporting)


@contextmanager
def _running(plan: FitPlan, place: str, on_progress: OnProgress) -> Iterator[Run]:
    """Start workers. Files in `place` that fail raise `OutputError`; inputs have errors of their own."""
    with disk_errors(place), Run(plan.run, on_progress) as run:
        yield run
