"""Seconds by stage, of the main thread and of the workers.

Functions name the stage that they are, by `measured`; a stopwatch that was started around them counts their time. Where
none was started, as in another process, nothing is counted.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

# Seconds by thread ("main", or "workers" together) and stage.
Timings = dict[tuple[str, str], float]

_Item = TypeVar("_Item")


class Stopwatch:
    """Count the time of each stage, less that of the stages within it. The thread that makes it is the main one."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._main = threading.get_ident()
        self._open: defaultdict[int, list[tuple[str, float]]] = defaultdict(list)  # stages by thread, nested
        self._counted: defaultdict[tuple[str, str], float] = defaultdict(float)
        self._lock = threading.Lock()

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self._started

    @property
    def timings(self) -> Timings:
        """Seconds by stage: the main thread first, its stages in the order in which they first ended."""
        return dict(sorted(self._counted.items(), key=lambda item: item[0][0]))

    @property
    def by_stage(self) -> dict[str, float]:
        """Seconds by stage, of all threads together."""
        found = defaultdict[str, float](float)
        for (_, stage), seconds in self._counted.items():
            found[stage] += seconds
        return dict(found)

    def add_of_workers(self, seconds: Mapping[str, float]) -> None:
        """Add what workers in other processes have counted, by stage."""
        with self._lock:
            for stage, more in seconds.items():
                self._counted["workers", stage] += more

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let `measured` count here while the block runs, and in threads that get a copy of this context."""
        token = _running.set(self)
        try:
            yield
        finally:
            _running.reset(token)

    def begin(self, stage: str) -> None:
        """Begin a stage within the one that is open in this thread."""
        stages = self._open[threading.get_ident()]
        if stages:
            self._count(*stages[-1])
        stages.append((stage, time.perf_counter()))

    def end(self) -> None:
        """End the stage that began last in this thread, and go on with the one around it."""
        stages = self._open[threading.get_ident()]
        self._count(*stages.pop())
        if stages:
            stages[-1] = (stages[-1][0], time.perf_counter())

    def _count(self, stage: str, since: float) -> None:
        thread = "main" if threading.get_ident() == self._main else "workers"
        with self._lock:
            self._counted[thread, stage] += time.perf_counter() - since


_running: ContextVar[Stopwatch | None] = ContextVar("padcli-stopwatch", default=None)


@contextmanager
def measured(stage: str) -> Iterator[None]:
    """Count the time of the block, or of the function that this decorates, as that of a stage."""
    stopwatch = _running.get()
    if stopwatch is None:
        yield
        return
    stopwatch.begin(stage)
    try:
        yield
    finally:
        stopwatch.end()


def each_measured(stage: str, items: Iterable[_Item]) -> Iterator[_Item]:
    """Yield the items, and count the time that it takes to obtain them as that of a stage."""
    iterator = iter(items)
    while True:
        with measured(stage):
            try:
                item = next(iterator)
            except StopIteration:
                return
        yield item
