"""How the work is done: by whom, how far it is, and where its time goes. No output depends on it."""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self, TypeVar

from padcli.engine.local import open_executor
from padcli.options import RunOptions

# Told of the stage ("Reading" or "Writing"), how many bytes of it are done, and of how many, if that is known.
OnProgress = Callable[[str, int, int | None], None]

# Seconds by thread ("main", or "workers" together) and stage.
Timings = dict[tuple[str, str], float]

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
_Task = TypeVar("_Task", bound=Callable[[], object])


class Run:
    """Workers and a stopwatch, for the time of one call of `padcli.pad` or `padcli.fit`."""

    def __init__(self, options: RunOptions, on_progress: OnProgress) -> None:
        self.on_progress = on_progress
        self._started = time.perf_counter()
        self._ahead = options.n_workers if options.n_workers > 1 else 0
        self._executor = open_executor(options.n_workers)
        self._main = threading.get_ident()
        self._stages: defaultdict[int, list[tuple[str, float]]] = defaultdict(list)  # by thread, one in the other
        self._timings: defaultdict[tuple[str, str], float] = defaultdict(float)
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._executor.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._executor.__exit__(kind, error, traceback)

    @property
    def seconds(self) -> float:
        """Since this began."""
        return time.perf_counter() - self._started

    @property
    def timings(self) -> Timings:
        """What was measured; the main thread first, and its stages in the order in which they first ended."""
        return dict(sorted(self._timings.items(), key=lambda item: item[0][0]))

    def results(self, stage: str, tasks: Iterable[Callable[[], _Result]]) -> Iterator[_Result]:
        """What workers make of tasks, in their order."""
        for _, future in self.futures(stage, tasks):
            yield self.wait(future)

    def futures(self, stage: str, tasks: Iterable[_Task]) -> Iterator[tuple[_Task, Future[Any]]]:
        """Tasks, in their order, and the futures of their results. What `tasks` itself raises comes in its place, too.

        Tasks are drawn and submitted only so far ahead that no worker is idle: memory does not grow with their number.
        """
        pending = deque[tuple[_Task, Future[Any]]]()
        error: Exception | None = None
        drawn = iter(tasks)
        try:
            while error is None:
                try:
                    task = next(drawn)
                except StopIteration:
                    break
                except Exception as raised:  # noqa: BLE001 (the tasks before it have the first word)
                    error = raised
                else:
                    pending.append((task, self.beside(stage, task)))
                    if len(pending) > self._ahead:
                        yield pending.popleft()
            while pending:
                yield pending.popleft()
            if error is not None:
                raise error
        finally:
            for _, future in pending:
                future.cancel()

    def beside(self, stage: str, task: Callable[[], _Result]) -> Future[_Result]:
        """The result of a task, in the future: a worker does it while its caller goes on."""
        return self._executor.submit(self._call, stage, task)

    def wait(self, future: Future[_Result]) -> _Result:
        """The result of a future."""
        with self.measured("wait for workers"):
            return future.result()

    def _call(self, stage: str, task: Callable[[], _Result]) -> _Result:
        with self.measured(stage):
            return task()

    @contextmanager
    def measured(self, stage: str) -> Iterator[None]:
        """Count the time within to a stage, but for that of stages within it."""
        stages = self._stages[threading.get_ident()]
        if stages:
            self._count(*stages[-1])
        stages.append((stage, time.perf_counter()))
        try:
            yield
        finally:
            self._count(*stages.pop())
            if stages:
                stages[-1] = (stages[-1][0], time.perf_counter())

    def each_measured(self, stage: str, items: Iterable[_Item]) -> Iterator[_Item]:
        """The same items, counting the time that it takes to get them to a stage."""
        iterator = iter(items)
        while True:
            with self.measured(stage):
                try:
                    item = next(iterator)
                except StopIteration:
                    return
            yield item

    def _count(self, stage: str, since: float) -> None:
        thread = "main" if threading.get_ident() == self._main else "workers"
        with self._lock:
            self._timings[thread, stage] += time.perf_counter() - since
