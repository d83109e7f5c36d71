"""Engines within this process."""

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import ParamSpec, TypeVar

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


class SerialEngine(Executor):
    """Runs each task on the spot."""

    def __init__(self, n_workers: int = 1) -> None:
        self.n_workers = n_workers

    def submit(
        self, task: Callable[_Parameters, _Result], /, *args: _Parameters.args, **kwargs: _Parameters.kwargs
    ) -> Future[_Result]:
        """Call `task`; the future is done already."""
        future: Future[_Result] = Future()
        try:
            future.set_result(task(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 (it is raised where the result is asked for)
            future.set_exception(error)
        return future


class ThreadEngine(ThreadPoolExecutor):
    """Runs tasks in threads.

    What takes long, in pyarrow, NumPy and the compiled loops, runs without the GIL, and with threads there is nothing
    to copy between processes, nor anything to import anew.
    """

    def __init__(self, n_workers: int) -> None:
        super().__init__(n_workers, "padcli")

    def submit(
        self, task: Callable[_Parameters, _Result], /, *args: _Parameters.args, **kwargs: _Parameters.kwargs
    ) -> Future[_Result]:
        """Run a task in a copy of this thread's context, so that a stopwatch counts there, too."""
        context = copy_context()
        return super().submit(lambda: context.run(task, *args, **kwargs))
