"""Jobs, one after the other: what each came to."""

import contextlib
import dataclasses
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

from padcli.config.keys import INPUTS
from padcli.config.settings import config_file, ignores_environment
from padcli.engine.progress import OnProgress, no_progress
from padcli.errors import GateError, PadcliError, UsageError
from padcli.jobs.job import Job
from padcli.jobs.order import in_order
from padcli.jobs.read import read_jobs
from padcli.options.config import ConfigOptions
from padcli.report.run_report import Report, Stats

# These write several files, of which nobody can tell yet whether they are up to date.
_ALWAYS_RUN = ("bucket", "split_into")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """Outcome of a job: a `result`, an `error`, or the failed job that it `waits_for`, so that it did not run.

    A job that fails a gate has both a result and an error. `recorded`: instead of a result, the report of the fit that
    wrote a tokenizer that is up to date, as JSON has it.
    """

    job: Job
    result: Report | Stats | None = None
    error: PadcliError | None = None
    waits_for: str | None = None
    recorded: Mapping[str, Any] | None = None

    @property
    def report(self) -> Report | None:
        """The facts of the run."""
        return self.result.report if isinstance(self.result, Stats) else self.result

    @property
    def status(self) -> str:
        """One of `done`, `up to date`, `failed` and `not run`."""
        if self.error is not None:
            return "failed"
        if self.recorded is not None:
            return "up to date"
        if self.report is None:
            return "not run"
        return "up to date" if self.report.up_to_date else "done"

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON has it."""
        return {
            "name": self.job.name,
            "command": self.job.command,
            "status": self.status,
            "error": None if self.error is None else self.error.message,
            "waits_for": self.waits_for,
            "report": self.recorded if self.result is None else self.result.as_dict(),
        }


def run(
    *jobs: str,
    config: str | os.PathLike[str] | None = None,
    if_changed: bool = False,
    on_progress: OnProgress = no_progress,
) -> tuple[JobResult, ...]:
    """Run the jobs of a configuration, all or those that are named with what they need, in order.

    `config`: a TOML file; by default the nearest pyproject.toml with a table `tool.padcli`. With `if_changed`, outputs
    that are up to date are left alone. A job that fails keeps those that need it from running; its result has the
    error. Raises a `PadcliError` for a configuration that is wrong; then no job has run.
    """
    planned = plan_jobs(jobs, ConfigOptions(config=None if config is None else os.fspath(config)))
    return tuple(run_jobs(planned, if_changed=if_changed, progress=lambda: contextlib.nullcontext(on_progress)))


def plan_jobs(names: Iterable[str], config: ConfigOptions) -> list[Job]:
    """Return the jobs to run, in order. Raises a `PadcliError` for a configuration that is wrong, or not there."""
    file = config_file(config)
    if file is None:
        raise UsageError(
            "There is no configuration: no pyproject.toml has a table [tool.padcli].",
            hint="Name a TOML file with jobs: --config FILE",
        )
    return in_order(read_jobs(file, {} if ignores_environment(config, os.environ) else os.environ), names)


def run_jobs(
    jobs: Iterable[Job], *, if_changed: bool, progress: Callable[[], AbstractContextManager[OnProgress]]
) -> Iterator[JobResult]:
    """Run jobs, and yield what each came to, when it has."""
    stopped = set[str]()
    for job in jobs:
        waits_for = next((name for name in job.needs if name in stopped), None)
        if waits_for is not None:
            result = JobResult(job=job, waits_for=waits_for)
        else:
            with progress() as on_progress:
                result = _run(job, if_changed=if_changed, on_progress=on_progress)
        if result.status in ("failed", "not run"):
            stopped.add(job.name)
        yield result


def _run(job: Job, *, if_changed: bool, on_progress: OnProgress) -> JobResult:
    import padcli

    keywords = dict(job.values)
    inputs = keywords.pop(INPUTS)
    can_tell = job.command == "pad" and "-" not in inputs and not any(name in keywords for name in _ALWAYS_RUN)
    if if_changed and can_tell:
        keywords["if_changed"] = True
    try:
        if if_changed and job.command == "fit":
            return _fit(job, on_progress)
        return JobResult(job=job, result=getattr(padcli, job.command)(inputs, on_progress=on_progress, **keywords))
    except GateError as error:
        return JobResult(job=job, result=error.result, error=error)
    except PadcliError as error:
        return JobResult(job=job, error=error)


def _fit(job: Job, on_progress: OnProgress) -> JobResult:
    """Fit a tokenizer, where there is none yet that these inputs and options give."""
    import padcli
    from padcli.jobs.fit_record import report_if_unchanged, write_record

    recorded = report_if_unchanged(job)
    if recorded is not None:
        return JobResult(job=job, recorded=recorded)
    keywords = dict(job.values)
    report = padcli.fit(keywords.pop(INPUTS), on_progress=on_progress, **keywords)
    write_record(job, report)
    return JobResult(job=job, result=report)
