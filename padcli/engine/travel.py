"""Tasks that travel to other processes, and their results back: small, and only to workers that do the same work.

A task and its result are pickled here, so that their sizes are known, and so that a worker can refuse a task before it
is unpickled.
"""

import pickle
import platform
import socket
from collections.abc import Callable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any, TypeVar, cast

from padcli.engine.base import Engine, Result
from padcli.engine.stopwatch import Stopwatch, measured
from padcli.errors import EngineError, MissingLibraryError, OutputError, PadcliError

_Out = TypeVar("_Out")

# Of other versions of these the output might be another: ids, what a character is, how arrays are padded.
_LIBRARIES = ("padcli", "keras", "pyarrow", "tokenizers", "gigatoken", "sentencepiece", "tiktoken")

GO_ON = "With --resume, a run goes on from what is finished, and keeps it."

Versions = tuple[tuple[str, str], ...]


class Travelling:
    """Tasks of an engine whose workers are other processes. `largest`: bytes of the largest task or result so far."""

    def __init__(self, engine: Engine, stopwatch: Stopwatch) -> None:
        self._engine, self._stopwatch = engine, stopwatch
        self.largest = 0
        self.tasks = 0

    def submit(self, stage: str, task: Callable[[], _Out]) -> Result[_Out]:
        """Send a task. Its result raises `EngineError` where it, or its worker, does not come through."""
        parcel = pickle.dumps((stage, task), protocol=5)
        self._observe(parcel)
        self.tasks += 1
        try:
            return cast(Result[_Out], _Arriving(self, self._engine.submit(do, versions(), parcel)))
        except Exception as error:
            raise engine_error(error) from error

    def opened(self, message: bytes) -> Any:
        """Return what a worker sent, or raise what it raised."""
        self._observe(message)
        is_error, value, seconds = pickle.loads(message)
        self._stopwatch.add_of_workers(seconds)
        if is_error:
            raise value
        return value

    def _observe(self, message: bytes) -> None:
        self.largest = max(self.largest, len(message))


class _Arriving:
    """The result of a task that was sent."""

    def __init__(self, travelling: Travelling, result: Result[bytes]) -> None:
        self._travelling, self._result = travelling, result

    def result(self) -> Any:
        try:
            message = self._result.result()
        except PadcliError:
            raise
        except Exception as error:
            raise engine_error(error) from error
        return self._travelling.opened(message)

    def cancel(self) -> bool:
        return self._result.cancel()


@cache
def versions() -> Versions:
    """Return the versions of Python and of what the output depends on, as far as it is installed here."""
    found = [("Python", ".".join(platform.python_version_tuple()[:2]))]
    for name in _LIBRARIES:
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:
            continue
    return tuple(found)


def do(expected: Versions, parcel: bytes) -> bytes:
    """Do a task on a worker. Returns, pickled, its result or a `PadcliError`, and the seconds of each stage."""
    here, stopwatch = dict(versions()), Stopwatch()
    place = f"The worker on {socket.gethostname()}"
    for name, wanted in expected:
        if here.get(name, wanted) != wanted:
            error: PadcliError = EngineError(
                f"{place} has {name} {here[name]}, and this process {wanted}.",
                hint="Install the same versions on all of them: other ones may give other arrays.",
            )
            return pickle.dumps((True, error, {}))
    try:
        stage, task = pickle.loads(parcel)
        with stopwatch.running(), measured(stage):
            value = task()
        return pickle.dumps((False, value, stopwatch.by_stage), protocol=5)
    except MissingLibraryError as found:
        error = EngineError(f"{place}: {found.message}", hint=found.hint)
    except PadcliError as found:
        error = found
    except MemoryError:
        error = EngineError(f"{place} has run out of memory.", hint="Give each worker more, or lower --shard-rows.")
    except OSError as found:
        error = OutputError(f"{place}: {found.filename or 'a file'}: {found.strerror or found}.")
    return pickle.dumps((True, error, {}))


def engine_error(error: Exception) -> EngineError:
    """Return what went wrong with an engine or a worker, for people."""
    names = {kind.__name__ for each in (error, error.__cause__) for kind in type(each).__mro__}
    if names & {"KilledWorker", "BrokenProcessPool", "BrokenExecutor", "WorkerCrashedError", "OutOfMemoryError"}:
        return EngineError(
            "Workers died while they did their work; too little memory is the most common reason.",
            hint=f"Give each worker more memory, or lower --shard-rows. {GO_ON}",
        )
    if names & {"ModuleNotFoundError", "ImportError"} and "padcli" in str(error):
        return EngineError("A worker cannot import padcli.", hint="Install the same version on all workers.")
    reason = " ".join(str(error).split()) or type(error).__name__
    return EngineError(f"The engine failed: {type(error).__name__}: {reason}.", hint=GO_ON)
