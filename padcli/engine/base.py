"""An engine runs tasks, which can be pickled. Any executor of `concurrent.futures` is one, and whatever is like it.

A new engine is one new file here and a line in `ENGINES`.
"""

from collections.abc import Callable
from importlib import import_module
from types import TracebackType
from typing import Any, ParamSpec, Protocol, Self, TypeVar, cast

from padcli.errors import UsageError

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")
_Out_co = TypeVar("_Out_co", covariant=True)


class Result(Protocol[_Out_co]):
    """The result of a task, in the future."""

    def result(self) -> _Out_co:
        """Wait for the result. Raises what the task raised."""
        ...

    def cancel(self) -> bool:
        """Do not begin the task, if it has not begun yet. Returns whether it never will."""
        ...


class Engine(Protocol):
    """Runs tasks somewhere, in any order. To be used in a `with` block."""

    def submit(
        self, task: Callable[_Parameters, _Result], /, *args: _Parameters.args, **kwargs: _Parameters.kwargs
    ) -> Result[_Result]:
        """Run a task some time; returns at once."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> Any: ...


ENGINES = {"serial": "padcli.engine.local:SerialEngine", "threads": "padcli.engine.local:ThreadEngine"}


def open_engine(name: str, n_workers: int) -> Engine:
    """Return an engine by its name, for so many tasks at a time. Raises `UsageError` for a name that is not known."""
    if name not in ENGINES:
        raise UsageError(f"engine: {name!r} is not one of {', '.join(ENGINES)}.")
    module, _, attribute = ENGINES[name].partition(":")
    return cast(Engine, getattr(import_module(module), attribute)(n_workers))
