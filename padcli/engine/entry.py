"""Any executor of `concurrent.futures`, such as those of mpi4py and submitit, by the function that makes it."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any, Self

from padcli.errors import EngineError, UsageError


def executor_of(_n_workers: int, place: str) -> Any:
    """Call the function `module:function`, and return its executor. The current folder is searched for the module.

    Raises `UsageError` where there is no such function, `EngineError` where it fails, or gives no executor.
    """
    module, _, function = place.partition(":")
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        make = getattr(import_module(module), function)
    except ImportError as error:
        raise UsageError(f"--engine entry:{place}: {error}.", hint="Name it as entry:module:function.") from error
    except AttributeError as error:
        raise UsageError(f"--engine entry:{place}: the module has no {function!r}.") from error
    try:
        made = make()
    except Exception as error:
        raise EngineError(f"--engine entry:{place}: {type(error).__name__}: {error}.") from error
    if not callable(getattr(made, "submit", None)):
        raise EngineError(
            f"--engine entry:{place}: gave {type(made).__name__}, expected an executor of concurrent.futures."
        )
    return made if hasattr(made, "__exit__") else _Opened(made)


class _Opened:
    """An executor that need not be closed, such as submitit's."""

    def __init__(self, executor: Any) -> None:
        self.submit = executor.submit

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass
