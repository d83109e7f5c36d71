"""Records of fits: from what a tokenizer was made, in a file beside it, so that nothing is fitted twice.

A `tokenizer.json` cannot hold that itself: it would be another file for the same vocabulary, with another digest.
"""

import contextlib
import dataclasses
import hashlib
import os
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson

from padcli.config.keys import INPUTS
from padcli.files.pending import PendingFiles, disk_errors
from padcli.files.places import as_path
from padcli.jobs.job import Job
from padcli.plan import FitPlan, plan_fit
from padcli.report.run_report import Report
from padcli.sources.base import InputFacts
from padcli.sources.input_files import facts_of
from padcli.urls import is_url

_SUFFIX, _VERSION = ".fit.json", "fit_record_version"
_LIBRARIES = ("padcli", "tokenizers")
_OF_A_RUN = ("seconds", "timings")  # what is another time each time


def report_if_unchanged(job: Job) -> dict[str, Any] | None:
    """Return the report of the fit that wrote the files of a job, None where it would write others, or none are there.

    Contents are compared, and no times. Raises a `PadcliError` where the fit itself would.
    """
    path = _path(job)
    record = None if path is None else _read(path)
    if record is None:
        return None
    plan = _plan(job)
    inputs = [InputFacts(**facts) for facts in record["inputs"]]
    if (
        record["made_with"] != _made_with(plan)
        or [facts.path for facts in inputs] != list(plan.inputs)
        or record["outputs"] != _digests(_outputs(plan))
        or any(facts_of(facts.path, plan.read) != facts for facts in inputs)
    ):
        return None
    for output in _outputs(plan):
        with contextlib.suppress(OSError):  # make does not ask again, since they are newer than the inputs
            os.utime(output)
    return {**record["report"], "up_to_date": True, "change": f"{job.output} is up to date"}


def write_record(job: Job, report: Report) -> None:
    """Write a record beside the tokenizer of a job; not where another file has its name. Raises `OutputError`."""
    path = _path(job)
    if path is None or (path.exists() and _read(path) is None):
        return
    plan = _plan(job)
    record = {
        _VERSION: 1,
        "made_with": _made_with(plan),
        "inputs": [dataclasses.asdict(facts) for facts in report.inputs],
        "outputs": _digests(_outputs(plan)),
        "report": {name: value for name, value in report.as_dict().items() if name not in _OF_A_RUN},
    }
    with disk_errors(str(path)), PendingFiles() as pending:
        pending.open(path).write(orjson.dumps(record, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def _path(job: Job) -> Path | None:
    """Return the place of the record; None where there can be none, since what is read or written is no local file."""
    outputs = [job.output, job.values.get("save_counts"), job.values.get("rejects")]
    if job.output is None or "-" in job.values[INPUTS] or any(is_url(each) for each in outputs):
        return None
    return Path(job.output).with_suffix(_SUFFIX)


def _read(path: Path) -> dict[str, Any] | None:
    """Return a record; None where there is none."""
    try:
        found: Any = orjson.loads(path.read_bytes())
        return found if found[_VERSION] == 1 else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _plan(job: Job) -> FitPlan:
    keywords = {name: value for name, value in job.values.items() if name not in (INPUTS, "output")}
    return plan_fit(job.values[INPUTS], str(job.output), keywords)


def _made_with(plan: FitPlan) -> Any:
    """Return all that a tokenizer follows from but for its inputs, as JSON has it."""
    earlier = {} if plan.continue_from is None else {"continue_from": _digests([plan.continue_from])}
    versions = {library: version(library) for library in _LIBRARIES}
    options = dataclasses.asdict(plan.read) | dataclasses.asdict(plan.tokenize)
    return orjson.loads(orjson.dumps({"versions": versions, "options": options, **earlier}, default=str))


def _outputs(plan: FitPlan) -> list[Path]:
    return [path for path in (plan.tokenizer_output, plan.counts_output, plan.rejects) if path is not None]


def _digests(paths: Sequence[Path]) -> dict[str, str | None]:
    return {str(path): _digest(path) for path in paths}


def _digest(path: Path) -> str | None:
    try:
        with as_path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
