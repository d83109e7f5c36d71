"""Workers, a stopwatch and a progress callback, for the time of one run. No output depends on them."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import Any, Self, TypeVar

from padcli.engine.base import HERE, Engine, Result, is_elsewhere, open_engine
from padcli.engine.lane import Lane, lane
from padcli.engine.progress import OnProgress, no_progress
from padcli.engine.stopwatch import Stopwatch, measured
from padcli.options import RunOptions

_Out = TypeVar("_Out")
_Item = TypeVar("_Item")
_Task = TypeVar("_Task", bound=Callable[[], object])


class Run:
    """Tasks to results, in their order, by workers. To be used in a `with` block."""

    def __init__(self, options: RunOptions, on_progress: OnProgress = no_progress) -> None:
        self.on_progress = on_progress
        self.stopwatch = Stopwatch()
        self._ahead = options.n_workers if options.n_workers > 1 else 0
        self._here = "threads" if options.n_workers > 1 else "serial"
        name = self._here if options.engine in HERE else str(options.engine)
        self._engine: Engine = open_engine(name, options.n_workers)
        self.travelling = None
        if is_elsewhere(name):
            from padcli.engine.travel import Travelling

            self.travelling = Travelling(self._engine, self.stopwatch)
            self._ahead = 2 * int(getattr(self._engine, "capacity", options.workers or options.n_workers))
        self._beside = open_engine(self._here, 1)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.enter_context(self.stopwatch.running())
        self._stack.enter_context(self._engine)
        self._stack.enter_context(self._beside)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, traceback)

    @property
    def sent(self) -> dict[str, int]:
        """Tasks that were sent to other processes, and the bytes of the largest message; empty where none were."""
        travelling = self.travelling
        return {} if travelling is None else {"tasks": travelling.tasks, "largest_message": travelling.largest}

    def results(self, stage: str, tasks: Iterable[Callable[[], _Out]]) -> Iterator[_Out]:
        """Yield the result of each task, in the order of the tasks."""
        for _, _, result in self.pending(stage, ((None, task) for task in tasks)):
            yield self.wait(result)

    def results_here(self, stage: str, tasks: Iterable[Callable[[], _Out]]) -> Iterator[_Out]:
        """Yield the result of each task; none of them leaves this machine, since they hold what should not travel."""
        if self.travelling is None:
            yield from self.results(stage, tasks)
            return
        for task in tasks:
            yield _call(stage, task)

    def pending(self, stage: str, tasks: Iterable[tuple[_Item, _Task]]) -> Iterator[tuple[_Item, _Task, Result[Any]]]:
        """Yield each item, its task, and the result, which may still be awaited.

        What `tasks` itself raises keeps its place, too.

        Tasks are drawn and submitted only so far ahead that no worker is idle: memory does not grow with their number.
        """
        pending = deque[tuple[_Item, _Task, Result[Any]]]()
        error: Exception | None = None
        drawn = iter(tasks)
        try:
            while error is None:
                try:
                    item, task = next(drawn)
                except StopIteration:
                    break
                except Exception as raised:  # noqa: BLE001 (the tasks before it take precedence)
                    error = raised
                else:
                    pending.append((item, task, self.submit(stage, task)))
                    if len(pending) > self._ahead:
                        yield pending.popleft()
            while pending:
                yield pending.popleft()
            if error is not None:
                raise error
        finally:
            for _, _, result in pending:
                result.cancel()

    def submit(self, stage: str, task: Callable[[], _Out]) -> Result[_Out]:
        """Run one task."""
        if self.travelling is not None:
            return self.travelling.submit(stage, task)
        return self._engine.submit(_call, stage, task)

    def beside(self, stage: str, task: Callable[[], _Out]) -> Result[_Out]:
        """Run a task in this process, which need not be one that can be pickled, while the caller goes on."""
        return self._beside.submit(_call, stage, task)

    def lane(self, stage: str) -> AbstractContextManager[Lane]:
        """Open a lane while the block runs. At its end all of its tasks are done."""
        return lane(stage, self._here)

    def __reduce__(self) -> tuple[Callable[[], "Run"], tuple[()]]:
        """Let a run that is sent to a worker be one that does its tasks there, one after the other."""
        return _on_worker, ()

    def wait(self, result: Result[_Out]) -> _Out:
        """Wait for a result."""
        with measured("wait for workers"):
            return result.result()


def _on_worker() -> Run:
    return Run(RunOptions(engine="serial", workers=1))


def _call(stage: str, task: Callable[[], _Out]) -> _Out:
    with measured(stage):
        return task()
