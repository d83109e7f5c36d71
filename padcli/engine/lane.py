"""Work that has to be done in order, beside the main thread."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from padcli.engine.base import Engine, Result, open_engine
from padcli.engine.stopwatch import measured

_AHEAD = 2  # tasks that may wait: what they hold stays in memory


class Lane:
    """Does tasks one after the other, in the order in which they are added, while the caller goes on.

    `engine` runs one task at a time.
    """

    def __init__(self, stage: str, engine: Engine) -> None:
        self._stage, self._engine = stage, engine
        self._pending = deque[Result[object]]()

    def add(self, task: Callable[[], object]) -> None:
        """Do a task after those before it. Raises what one of these raised."""
        while len(self._pending) > _AHEAD:
            self._wait()
        self._pending.append(self._engine.submit(self._do, task))

    def finish(self) -> None:
        """Wait until all is done. Raises what a task raised."""
        while self._pending:
            self._wait()

    def cancel(self) -> None:
        """Do not begin what has not begun yet."""
        while self._pending:
            self._pending.popleft().cancel()

    def _wait(self) -> None:
        with measured("wait for workers"):
            self._pending.popleft().result()

    def _do(self, task: Callable[[], object]) -> None:
        with measured(self._stage):
            task()


@contextmanager
def lane(stage: str, engine: str = "threads") -> Iterator[Lane]:
    """Open a lane of an engine while the block runs. At its end all of its tasks are done."""
    with open_engine(engine, 1) as opened:
        found = Lane(stage, opened)
        try:
            yield found
            found.finish()
        finally:
            found.cancel()
