"""Options of a run: how the work is done."""

import dataclasses
import os

from padcli.options.checks import whole
from padcli.options.choices import CHUNK_BYTES
from padcli.options.option import RUN, Stage, option


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions(Stage):
    """Speed and memory; no output depends on them. Raises `UsageError`."""

    workers: int | None = option(
        None,
        help="Number of worker threads, at most one per core. The output does not depend on it; each takes about "
        "30 MB of memory.",
        panel=RUN,
        metavar="N",
        shown_default="one per core",
        check=whole(1, "number of worker threads"),
    )
    engine: str | None = option(
        None,
        help="Where the work is done: local, processes, dask, dask://HOST:PORT, ray, ray://HOST:PORT, or any executor "
        "as entry:module:function. The output is the same everywhere.",
        panel=RUN,
        metavar="NAME",
        shown_default="local",
        only=("pad", "fit", "stats"),
    )
    resume: bool = option(
        False,
        help="Go on where a run of the same command ended early: finished shards, and parts of the input that are "
        "encoded already, are not made again. Also keeps them if this run ends early.",
        panel=RUN,
        only=("pad", "fit", "stats"),
    )
    chunk_bytes: int = option(
        CHUNK_BYTES,
        help="Bytes to read at a time.",
        check=whole(1, "bytes to read at a time"),
        on_command_line=False,
    )

    @property
    def n_workers(self) -> int:
        """`workers`, or one a core. More than that would only take each other's core and cache."""
        return cores() if self.workers is None else min(self.workers, cores())


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
