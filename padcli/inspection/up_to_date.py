"""Comparison of an output with what a run would write, so that nothing is done twice: `--if-changed`."""

import contextlib
import dataclasses
import os
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from padcli.engine.run import Run
from padcli.errors import InputError
from padcli.files.pending import PendingFiles
from padcli.files.places import as_path
from padcli.formats.base import StoredRows
from padcli.formats.reader import open_rows
from padcli.inspection.verification import verify
from padcli.plan import PadPlan
from padcli.report.conclusion import conclude, draw, judge
from padcli.report.metadata import options_of, recorded_report, report_of
from padcli.report.run_report import Report
from padcli.rows.lengths import EMPTY
from padcli.schema import ArraySpec
from padcli.sources.input_files import facts_of
from padcli.tokenizers.external import files


def what_changed(plan: PadPlan) -> str:
    """Return what differs between the output that there is and the one that the plan would write; empty if nothing.

    Contents are compared, and no times: versions, options, inputs, tokenizer, and the output with its own digests.
    Raises `InputError` where an input cannot be read.
    """
    if not plan.stored_as.exists():
        return f"{plan.stored_as} does not exist yet"
    try:
        with open_rows(plan.stored_as) as output:
            report = recorded_report(output, EMPTY)
    except InputError as error:
        return error.message
    return next(_changes(plan, output, report), "")


def leave_alone(plan: PadPlan, run: Run) -> Report:
    """Judge and draw an output that is up to date as if it had been made now, and conclude the run."""
    report = judge(_report_on_unchanged(plan), plan.reporting)
    _touch(report)
    with PendingFiles() as pending:
        draw(plan.reporting, report, pending)
    return conclude(report, pending, run, plan.reporting)


def _report_on_unchanged(plan: PadPlan) -> Report:
    """Report on the run that wrote what the plan would write."""
    report = report_of(plan.stored_as)
    rejects = [] if plan.rejects is None else [(str(plan.rejects), plan.rejects.stat().st_size)]
    return dataclasses.replace(
        report, outputs=(*rejects, *(report.outputs or ())), up_to_date=True, change=f"{plan.output} is up to date"
    )


def _changes(plan: PadPlan, output: StoredRows, report: Report) -> Iterator[str]:
    """Yield each difference, those that are found quickly first."""
    if output.metadata_is_whole is False:
        yield f"{plan.output} is damaged: meta.json was changed"
    yield from _changes_of_options(plan, output.metadata)
    before_inputs = [facts.path for facts in report.inputs]
    if before_inputs != list(plan.inputs):
        yield f"the inputs were {', '.join(before_inputs)}"
    yield from (
        f"{facts.path} has changed"
        for facts, path in zip(report.inputs, plan.inputs, strict=True)
        if facts_of(path, plan.read) != facts
    )
    if plan.label_classes and plan.label_classes != {name: tuple(each) for name, each in report.label_classes.items()}:
        yield "the classes of labels were others"
    yield from _changes_of_tokenizer(plan, output, report)
    if plan.rejects is not None and (report.rejected or not _is_empty(plan.rejects)):
        yield f"{plan.rejects} has to be written again"
    if plan.reporting.plot is not None and len(plan.inputs) > 1:  # whose lengths are not recorded apart
        yield f"{plan.reporting.plot} has to be drawn again"
    if plan.shards is not None and _spans(output) != plan.shards.spans(_specs(output)):
        yield f"{plan.output} has other shards"
    if list(output.arrays) != list(plan.names):
        yield f"{plan.output} has other arrays"
    if output.metadata_is_whole is None or not all(facts.sha256 for facts in output.arrays.values()):
        yield f"{plan.output} has no digests: written by an older padcli"
    yield from (
        f"{plan.output} is damaged: {check.name}: {check.text}"
        for check in verify(plan.stored_as).checks
        if check.ok is False
    )


def _spans(output: StoredRows) -> list[tuple[int, int]]:
    """Return the first row of each shard, and the one after its last."""
    shards = output.metadata["shards"]
    return [(shard["first_row"], shard["first_row"] + shard["rows"]) for shard in shards]


def _specs(output: StoredRows) -> list[ArraySpec]:
    return [ArraySpec(name=name, dtype=array.dtype, shape=array.shape) for name, array in output.arrays.items()]


def _touch(report: Report) -> None:
    """Give the files of an output the time of now: make does not ask again, since they are newer than the inputs."""
    for path, _ in report.outputs or ():
        with contextlib.suppress(OSError):  # as of a folder that is mounted read-only
            os.utime(path)


def _changes_of_options(plan: PadPlan, meta: Mapping[str, Any]) -> Iterator[str]:
    for name in ("padcli", "keras"):
        if meta[name] != version(name):
            yield f"{name} was {meta[name]}, and is now {version(name)}"
    options = options_of(plan)
    for name in [*options, *(meta["options"].keys() - options.keys())]:
        before, now = meta["options"].get(name), options.get(name)
        if before != now or name not in options:
            yield f"{name.replace('_', '-')} was {before!r}, and is now {now!r}"


def _installed(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "not installed"


def _is_empty(path: Path) -> bool:
    return path.is_file() and not path.stat().st_size


def _changes_of_tokenizer(plan: PadPlan, output: StoredRows, report: Report) -> Iterator[str]:
    facts = report.tokenizer
    if facts is None:
        return
    if plan.tokenize.is_file:
        given = as_path(plan.tokenize.tokenizer)
        if (files.digest(given), files.config_digest(given)) != (facts.sha256, facts.config_sha256):
            yield f"{given} has changed"
        for name, before in facts.libraries.items():
            if _installed(name) != before:
                yield f"{name} was {before}, and is now {_installed(name)}"
        return
    saved = None if plan.write.save_tokenizer is None else str(plan.tokenizer_output)
    if output.metadata["tokenizer"]["path"] != saved:
        yield "the tokenizer was saved elsewhere"
    if plan.tokenizer_output is not None and files.digest(plan.tokenizer_output) != facts.sha256:
        yield f"{plan.tokenizer_output} " + ("has changed" if plan.tokenizer_output.exists() else "does not exist")
