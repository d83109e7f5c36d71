"""Jobs on the terminal: each one's line as it ends, its warnings and its error."""

from collections.abc import Sequence
from functools import partial

from rich.text import Text

from padcli.cli import console
from padcli.cli.configured import in_use
from padcli.cli.error_boundary import nobody_may_listen
from padcli.cli.in_use import InUse
from padcli.cli.screens import jobs as screen
from padcli.config.settings import Settings
from padcli.errors import PadcliError
from padcli.jobs.job import Job
from padcli.jobs.run import JobResult, run_jobs


def run(planned: Sequence[Job], *, if_changed: bool, quiet: bool, json: bool) -> int:
    """Run jobs. Returns the exit status: that of the first that failed."""
    names, results = [job.name for job in planned], list[JobResult]()
    for result in run_jobs(planned, if_changed=if_changed, progress=partial(console.progress, quiet=quiet)):
        results.append(result)
        with nobody_may_listen():
            if not quiet:
                console.show(screen.result_line(result, names), stderr=True)
            _show_trouble(result)
    if json:
        console.show_facts({"jobs": [result.as_dict() for result in results]})
    return next((result.error.exit_status for result in results if result.error is not None), 0)


def show_plan(planned: Sequence[Job], *, quiet: bool, json: bool) -> None:
    """Show the jobs in their order."""
    names = [job.name for job in planned]
    if json:
        facts = [{"name": job.name, "command": job.command, "needs": job.needs} for job in planned]
        console.show_facts({"dry_run": True, "jobs": facts})
    elif not quiet:
        for job in planned:
            console.show(screen.plan_line(job, names), stderr=True)
        console.show(Text("\nDry run: nothing was done.", style="title"), stderr=True)


def _show_trouble(result: JobResult) -> None:
    """Show the error of a job, with its name and the places of the options that it names."""
    report = result.report
    if report is not None and report.has_lengths and not report.histogram.rows:
        console.show_warning(f"{result.job.name}: no rows.")
    if result.error is not None:
        error = PadcliError(f"{result.job.name}: {result.error.message}", hint=result.error.hint)
        console.show_error(_places(result.job).explained(error))


def _places(job: Job) -> InUse:
    return in_use(job.command, Settings(values=job.values, places=job.places))
