"""The order of jobs: each comes after those that it needs, else they are in the order of the file."""

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from padcli.errors import UsageError
from padcli.jobs.job import Job
from padcli.jobs.read import nearest


def in_order(jobs: Mapping[str, Job], names: Iterable[str] = ()) -> list[Job]:
    """Return the jobs that are named, and those that they need; all of them without names.

    Raises `UsageError` for a name that there is not, and for jobs that need each other.
    """
    chosen, places = _with_needs(jobs, list(names) or list(jobs)), {name: i for i, name in enumerate(jobs)}
    sorter = TopologicalSorter({name: jobs[name].needs for name in chosen})
    try:
        sorter.prepare()
    except CycleError as error:
        cycle = error.args[1]
        raise UsageError(
            f"{jobs[cycle[0]].place}: the jobs {' → '.join(reversed(cycle))} need each other.",
            hint="Each needs a file that the one behind it writes.",
        ) from error
    ready, found = list(sorter.get_ready()), list[Job]()
    while ready:
        ready.sort(key=places.__getitem__, reverse=True)
        found.append(jobs[ready.pop()])
        sorter.done(found[-1].name)
        ready += sorter.get_ready()
    return found


def _with_needs(jobs: Mapping[str, Job], names: list[str]) -> list[str]:
    chosen = dict[str, None]()
    while names:
        name = names.pop()
        if name not in jobs:
            raise UsageError(f"{name}: no such job.{nearest(name, jobs)}", hint=f"Jobs: {', '.join(jobs)}")
        if name not in chosen:
            chosen[name] = None
            names += jobs[name].needs
    return list(chosen)
