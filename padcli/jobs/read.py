"""The jobs of a file: their tables, with what they share, and what each needs of the others."""

import dataclasses
import difflib
import os
from collections.abc import Mapping
from typing import Any

from padcli.config import keys
from padcli.config.environment import from_environment
from padcli.config.file import ConfigFile
from padcli.config.level import Level
from padcli.config.settings import checked_stages, level_of, merged, refuse_unknown_tables
from padcli.config.values import is_fitted, path_from
from padcli.errors import UsageError
from padcli.jobs.job import COMMANDS, Job
from padcli.options.option import options_of
from padcli.options.screen import ScreenOptions

# Options that may name a job in place of a file of it.
_NAME_JOBS = ("like", "tokenizer", "continue_from")
_OUTPUT = {"pad": "{}.npz", "fit": "{}.json"}
_OF_THE_SCREEN = {each.name for each in options_of(ScreenOptions)}


def read_jobs(file: ConfigFile, environ: Mapping[str, str] = os.environ) -> dict[str, Job]:
    """Return the jobs of a file by their names, in its order.

    Raises `UsageError` for options that are wrong or contradict each other, for files that two jobs would write, and
    where there are no jobs.
    """
    refuse_unknown_tables(file)
    tables = {name: file.table("jobs", name) for name in file.table("jobs")}
    if not tables:
        raise UsageError(f"{file.name}: has no jobs.", hint=f"A job is a table such as [{file.prefix}jobs.train].")
    jobs = {name: _job(file, name, environ) for name in tables}
    jobs = {name: _named_files(file, job, jobs) for name, job in jobs.items()}
    writers = _writers(jobs.values())
    for job in jobs.values():
        try:
            checked_stages(job.command, job.values)
        except UsageError as error:
            raise UsageError(f"{job.place}: {error.message}", hint=error.hint) from error
    return {name: _with_needs(job, writers) for name, job in jobs.items()}


def _job(file: ConfigFile, name: str, environ: Mapping[str, str]) -> Job:
    where = ("jobs", name)
    table = keys.normalized(file.table(*where), file.place(*where))
    command = table.get("command", "pad")
    if command not in COMMANDS:
        raise UsageError(f"{file.place(*where, 'command')}: expected one of {', '.join(COMMANDS)}, got {command!r}.")
    for key in table:
        if key in _OF_THE_SCREEN:
            raise UsageError(f"{file.place(*where, key)}: is no option of a job, but of `padcli run`.")
    levels = [level_of(file, command, (command,)), level_of(file, command, where, ("command",))]
    settings = merged(command, [*levels, _without_screen(from_environment(command, environ))])
    values = {each: value for each, value in settings.values.items() if each not in _OF_THE_SCREEN}
    if command in _OUTPUT:
        values.setdefault("output", path_from(file.folder, _OUTPUT[command].format(name)))
    if values.get("output") == "-":
        raise UsageError(f"{settings.places['output']}: a job writes to a file, not to standard output.")
    if not values.get(keys.INPUTS):
        raise UsageError(f"{file.place(*where)}: has no inputs.", hint='Add a line such as: inputs = "train.jsonl"')
    return Job(name=name, command=command, place=file.place(*where), values=values, places=settings.places)


def _without_screen(level: Level) -> Level:
    return Level(values={name: each for name, each in level.values.items() if name not in _OF_THE_SCREEN})


def _named_files(file: ConfigFile, job: Job, jobs: Mapping[str, Job]) -> Job:
    """Put files in the place of the names of jobs."""
    found = dict[str, Any]()
    for where in ((job.command,), ("jobs", job.name)):  # what they share, and its own
        for key, value in keys.normalized(file.table(*where), "").items():
            place = file.place(*where, key)
            is_name = key in _NAME_JOBS and value in jobs and not (key == "tokenizer" and is_fitted(value))
            if is_name and job.places.get(key) == place:
                found[key] = jobs[value].file_for(key, place)
    return dataclasses.replace(job, values={**job.values, **found})


def _writers(jobs: Any) -> dict[str, Job]:
    writers = dict[str, Job]()
    for job in jobs:
        for path in job.writes:
            if path in writers:
                raise UsageError(
                    f"{job.place}: would write {os.path.relpath(path)}, as the job {writers[path].name!r} does.",
                    hint="Give each job an output of its own.",
                )
            writers[path] = job
    return writers


def _with_needs(job: Job, writers: Mapping[str, Job]) -> Job:
    needs = dict.fromkeys(writers[path].name for path in job.reads if path in writers)
    return dataclasses.replace(job, needs=tuple(needs))


def nearest(name: str, jobs: Mapping[str, Job]) -> str:
    """Return a sentence with the jobs that are like one that there is not."""
    alike = difflib.get_close_matches(name, jobs, n=2, cutoff=0.6)
    return f" Did you mean {' or '.join(alike)}?" if alike else ""
