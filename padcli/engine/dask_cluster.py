"""A cluster of Dask: one that runs already, or one of this machine, started for the run.

https://distributed.dask.org/en/stable/client.html
"""

import asyncio
import logging
import sys
import time
import warnings
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import dask
from distributed import Client, LocalCluster
from distributed.comm import connect

from padcli import interrupts
from padcli.engine.base import Result
from padcli.engine.travel import GO_ON
from padcli.errors import EngineError

# Dask looks a hundred times a second at what a worker does: some 5 % of all CPU time, for what nobody sees.
_OF_OWN_WORKERS = {"distributed.worker.profile.enabled": False}
_PATIENCE = 7  # seconds, for the scheduler to answer, and then for a first worker
_WITHOUT_WORKERS = 30  # seconds until a run is given up whose workers are gone: new ones may be starting
_LOOK = 2  # seconds after which it is looked whether there are workers still

logger = logging.getLogger("padcli.engine")


class _Awaited:
    """The result of a task. Dask itself would wait without end for workers, and for a scheduler, that are gone."""

    def __init__(self, future: Any, client: Client) -> None:
        self._future, self._client = future, client

    def result(self) -> Any:
        """Wait for the result. Raises `EngineError` where nobody is left to give it."""
        seen = time.monotonic()
        while True:
            try:
                return self._future.result(timeout=_LOOK)
            except TimeoutError:
                if self._has_workers():
                    seen = time.monotonic()
                elif time.monotonic() - seen > _WITHOUT_WORKERS:
                    raise EngineError(
                        f"Dask has had no workers, or no scheduler, for {_WITHOUT_WORKERS} seconds.", hint=GO_ON
                    ) from None

    def _has_workers(self) -> bool:
        try:
            return self._client.status == "running" and bool(self._client.nthreads())
        except (OSError, TimeoutError):
            return False

    def cancel(self) -> bool:
        """Do not begin the task, if it has not begun yet."""
        self._future.cancel()
        return True


class DaskEngine:
    """Runs tasks on the workers of a scheduler, `HOST:PORT`, or of a cluster of this machine."""

    def __init__(self, n_workers: int, address: str = "") -> None:
        for name in ("distributed", "distributed.client", "distributed.comm"):
            logging.getLogger(name).setLevel(logging.CRITICAL)  # padcli says what went wrong
        self._cluster = None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of versions, which padcli compares itself, and of a port that is taken
            try:
                if not address:
                    sys.warnoptions.append("ignore:resource_tracker:UserWarning")  # as in `ProcessEngine`
                    with dask.config.set(_OF_OWN_WORKERS):
                        self._cluster = LocalCluster(
                            n_workers=n_workers, threads_per_worker=1, silence_logs=logging.CRITICAL
                        )
                else:
                    interrupts.interruptible(lambda: asyncio.run(_refuse_silence(address)))
                self._client = Client(self._cluster or f"tcp://{address}", timeout=_PATIENCE, set_as_default=False)
                self._client.wait_for_workers(1, timeout=_PATIENCE)
            except (OSError, ValueError, TimeoutError) as error:
                raise self._unreachable(address) from error
        self.capacity = sum(self._client.nthreads().values())
        logger.info("Dask: %d threads of workers; dashboard: %s", self.capacity, self._client.dashboard_link)

    def _unreachable(self, address: str) -> EngineError:
        place = f"dask://{address}" if address else "dask"
        if hasattr(self, "_client") and self._client.status == "running":
            self._client.close()
            return EngineError(
                f"--engine {place}: the scheduler has no workers.", hint=f"Start one: dask worker {address}"
            )
        return EngineError(
            f"--engine {place}: no scheduler answers within {_PATIENCE} seconds.",
            hint="Start one: dask scheduler" if address else "",
        )

    def submit(self, task: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Result[Any]:
        """Send a task. Should its worker die, Dask does it again on another one."""
        return _Awaited(self._client.submit(task, *args, **kwargs, pure=False), self._client)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._client.close()  # with which the scheduler forgets what was submitted
        if self._cluster is not None:
            self._cluster.close()


async def _refuse_silence(address: str) -> None:
    """Raise `OSError` where nobody speaks as a scheduler does: Dask itself would listen without end."""
    async with asyncio.timeout(_PATIENCE):
        (await connect(f"tcp://{address}", timeout=_PATIENCE)).abort()
