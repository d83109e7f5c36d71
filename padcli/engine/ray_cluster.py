"""A cluster of Ray: one that runs already, or one of this machine, started for the run.

https://docs.ray.io/en/latest/ray-core/api/doc/ray.ObjectRef.future.html
"""

import logging
import os
import sys
import warnings
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_PATIENCE = 7  # seconds for a cluster to answer


def _prepare() -> None:
    """Set what Ray reads when it is imported, unless the user has.

    A cluster asks for a token by default, and `ray://` sends the one that is there only where it is told to.
    https://docs.ray.io/en/latest/ray-security/token-auth.html
    """
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # else it warns of what it is going to do
    for name in ("RAY_CLIENT_INITIAL_CONNECTION_TIMEOUT_S", "RAY_CLIENT_MAX_CONNECTION_TIMEOUT_S"):
        os.environ.setdefault(name, str(_PATIENCE // 3))  # of which it makes three
    has_token = {"RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"} & {*os.environ}
    if "ray" not in sys.modules and (has_token or Path("~/.ray/auth_token").expanduser().exists()):
        os.environ.setdefault("RAY_AUTH_MODE", "token")


_prepare()

import ray  # noqa: E402

from padcli import interrupts  # noqa: E402
from padcli.errors import EngineError  # noqa: E402

_AGAIN = 3  # times, if its worker dies

logger = logging.getLogger("padcli.engine")


class _Awaited:
    """The result of a task, by its reference."""

    def __init__(self, reference: Any) -> None:
        self._reference = reference
        self._future: Future[Any] = reference.future()

    def result(self) -> Any:
        """Wait for the result."""
        return self._future.result()

    def cancel(self) -> bool:
        """Cancel the task, also where it has begun."""
        ray.cancel(self._reference)
        return True


class RayEngine:
    """Runs tasks on the workers of a cluster, `HOST:PORT` of its client server, or of this machine."""

    def __init__(self, n_workers: int, address: str = "") -> None:
        place = f"ray://{address}" if address else "ray"
        try:
            with warnings.catch_warnings(), interrupts.kept():  # Ray would end the process in its own way
                warnings.simplefilter("ignore")  # of what is said here
                found = _joined(address) if address else _started(n_workers)
        except (OSError, ValueError) as error:
            raise EngineError(
                f"--engine {place}: no cluster answers ({_reason(error)}).",
                hint="Start one: ray start --head --ray-client-server-port=10001; one with a token needs "
                "RAY_AUTH_TOKEN."
                if address
                else "",
            ) from error
        except RuntimeError as error:  # such as another version
            raise EngineError(f"--engine {place}: {_reason(error)}.") from error
        self.capacity = int(ray.cluster_resources().get("CPU", 1))
        dashboard = found.dashboard_url
        logger.info("Ray: %d CPUs; dashboard: %s", self.capacity, f"http://{dashboard}" if dashboard else "none")

    def submit(self, task: Callable[..., Any], /, *args: Any, **kwargs: Any) -> _Awaited:
        """Send a task. Should its worker die, Ray does it again on another one."""
        remote = ray.remote(max_retries=_AGAIN)(task)
        return _Awaited(remote.remote(*args, **kwargs))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        ray.shutdown()


def _joined(address: str) -> Any:
    _refuse_silence(address)
    return ray.init(f"ray://{address}", log_to_driver=False, logging_level=logging.CRITICAL)


def _started(n_workers: int) -> Any:
    return ray.init(address="local", num_cpus=n_workers, log_to_driver=False, logging_level=logging.CRITICAL)


def _reason(error: Exception) -> str:
    """Return the first line of a message, which may go on with what happened on a server."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__).rstrip(".")


def _refuse_silence(address: str) -> None:
    """Raise `OSError` where nobody listens: Ray itself would go on trying for half a minute."""
    import socket

    host, _, port = address.rpartition(":")
    socket.create_connection((host, int(port)), _PATIENCE).close()
