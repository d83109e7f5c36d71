"""Where tasks run. Nothing more than `submit`, `Future.result`, `Future.cancel` and `with` is asked of an executor."""

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


class SerialExecutor(Executor):
    """Runs each task on the spot."""

    def submit(
        self, fn: Callable[_Parameters, _Result], /, *args: _Parameters.args, **kwargs: _Parameters.kwargs
    ) -> Future[_Result]:
        """Call `fn`; the future is done already."""
        future: Future[_Result] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 (it is raised where the result is asked for)
            future.set_exception(error)
        return future


def open_executor(workers: int) -> Executor:
    """An executor for so many tasks at a time.

    Threads: what takes long, in pyarrow, NumPy and the compiled kernels, runs without the GIL, and with threads there
    is nothing to copy between processes, nor anything to import anew.
    """
    return ThreadPoolExecutor(workers, "padcli") if workers > 1 else SerialExecutor()
