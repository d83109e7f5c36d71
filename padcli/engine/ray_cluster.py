"""A cluster of Ray: one that runs already, or one of this machine, started for the run.

https://docs.ray.io/en/latest/ray-core/api/doc/ray.ObjectRef.future.html
"""

import logging
import os
from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Self

os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # else it warns of what it is going to do

import ray

from padcli.errors import EngineError

_PATIENCE = 9  # seconds for a cluster to answer
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
        try:
            if address:
                _refuse_silence(address)
                found = ray.init(f"ray://{address}", log_to_driver=False, logging_level=logging.CRITICAL)
            else:
                found = ray.init(
                    address="local", num_cpus=n_workers, log_to_driver=False, logging_level=logging.CRITICAL
                )
        except (OSError, ConnectionError, RuntimeError, ValueError) as error:
            place = f"ray://{address}" if address else "ray"
            raise EngineError(
                f"--engine {place}: no cluster answers.",
                hint="Start one: ray start --head --ray-client-server-port=10001" if address else f"{error}",
            ) from error
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


def _refuse_silence(address: str) -> None:
    """Raise `OSError` where nobody listens: Ray itself would go on trying for half a minute."""
    import socket

    host, _, port = address.rpartition(":")
    socket.create_connection((host, int(port)), _PATIENCE).close()
