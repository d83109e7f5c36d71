"""An engine runs tasks, which can be pickled. Any executor of `concurrent.futures` is one, and whatever is like it.

A new engine is one new file here and a line in a table: `ENGINES`, where its tasks may hand blocks to each other in
memory, or `ELSEWHERE`, where they run in other processes, so that blocks lie in a folder that all of them see.
"""

from collections.abc import Callable
from importlib import import_module
from types import TracebackType
from typing import Any, ParamSpec, Protocol, Self, TypeVar, cast

from padcli.errors import MissingLibraryError, UsageError

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


ENGINES = {
    "serial": "padcli.engine.local:SerialEngine",
    "threads": "padcli.engine.local:ThreadEngine",
}
# Made with the number of workers, and what stands behind the name: `HOST:PORT`, or `module:function`.
ELSEWHERE = {
    "processes": "padcli.engine.processes:ProcessEngine",
    "dask": "padcli.engine.dask_cluster:DaskEngine",
    "ray": "padcli.engine.ray_cluster:RayEngine",
    "entry": "padcli.engine.entry:executor_of",
}
HERE = (None, "local")  # threads of this process, or none where there is one worker
_ADDRESS = {"dask": "dask://HOST:PORT", "ray": "ray://HOST:PORT", "entry": "entry:module:function"}
_NAMES = ("local", "processes", "dask", "dask://HOST:PORT", "ray", "ray://HOST:PORT", "entry:module:function")


def is_elsewhere(name: str | None) -> bool:
    """Tell whether the tasks of an engine run in other processes."""
    return _kind_of(name or "")[0] in ELSEWHERE


def _kind_of(name: str) -> tuple[str, str]:
    """Return the name of an engine in its table, and what stands behind it."""
    kind, separator, rest = name.partition("://" if "://" in name else ":")
    return (kind, rest) if kind in _ADDRESS and (rest or not separator) else (name, "")


def check_engine(name: str | None) -> None:
    """Raise `UsageError` for the name of an engine that is not known."""
    if name not in HERE:
        _found(str(name))


def _found(name: str) -> tuple[str, str]:
    kind, address = _kind_of(name)
    place = {**ENGINES, **ELSEWHERE}.get(kind)
    if place is None or (kind == "entry" and ":" not in address):
        raise UsageError(f"--engine {name}: is not one of {', '.join(_NAMES)}.")
    return place, address


def open_engine(name: str, n_workers: int) -> Engine:
    """Return an engine by its name, for so many tasks at a time.

    Raises `UsageError` for a name that is not known, `MissingLibraryError`, and `EngineError` where nobody answers.
    """
    place, address = _found(name)
    module, _, attribute = place.partition(":")
    try:
        make = getattr(import_module(module), attribute)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("padcli"):
            raise
        raise MissingLibraryError(f"--engine {name}", _kind_of(name)[0]) from error
    return cast(Engine, make(n_workers, address) if _kind_of(name)[0] in ELSEWHERE else make(n_workers))
