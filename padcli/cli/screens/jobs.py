"""The screen of `run`: a line for each job."""

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from padcli.config.keys import INPUTS
from padcli.jobs.job import Job
from padcli.jobs.run import JobResult
from padcli.text_format import n_of, visible

_ROWS, _STATUS = len("100,000,000 rows"), len("up to date")


def result_line(result: JobResult, names: Sequence[str]) -> Text:
    """Return the outcome of a job; `names`: those of all jobs, whose lines stand below each other."""
    report = result.report
    n_rows = report.rows if report is not None else (result.recorded or {}).get("rows")
    rows = "" if n_rows is None else n_of(n_rows, "row")
    seconds = "" if report is None else f"{report.seconds:.2g} s" if report.seconds < 1 else f"{report.seconds:.1f} s"
    status = seconds if result.status == "done" else result.status
    where = f"{result.waits_for} failed" if result.waits_for is not None else result.job.output or ""
    line = f"{_name(result.job, names)}  {rows:>{_ROWS}}  {status:>{_STATUS}}  {visible(where)}"
    return Text(line.rstrip(), style="cut" if result.status in ("failed", "not run") else "")


def plan_line(job: Job, names: Sequence[str]) -> Text:
    """Return the line of a job that would run: its inputs, its output, and the jobs before it."""
    inputs = job.values[INPUTS]
    source = inputs[0] if len(inputs) == 1 else f"{inputs[0]} and {len(inputs) - 1} more"
    target = "" if job.output is None else f" → {job.output}"
    after = f", after {' and '.join(job.needs)}" if job.needs else ""
    return Text(visible(f"{_name(job, names)}  {job.command:<5}  {source}{target}{after}"))


def _name(job: Job, names: Sequence[str]) -> str:
    return set_cell_size(visible(job.name), max(cell_len(visible(name)) for name in names))
