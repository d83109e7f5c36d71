"""Signals that end a program, and the moments at which they must not."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

_Result = TypeVar("_Result")


@contextlib.contextmanager
def ignored() -> Iterator[list[int]]:
    """Note the signals that end a program down instead of acting on them; gives the list of those that came."""
    noted: list[int] = []
    if threading.current_thread() is not threading.main_thread():  # which alone is interrupted, and sets handlers
        yield noted
        return
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        for number in handlers:
            signal.signal(number, lambda number, _: noted.append(number))
        yield noted
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def delayed() -> Iterator[None]:
    """Act on the signals that end a program only afterwards."""
    with ignored() as noted:
        yield
    for number in noted:
        signal.raise_signal(number)


def interruptible(work: Callable[[], _Result]) -> _Result:
    """Do work that does not look for signals, such as a long call of another language, so that they end the wait.

    What is no longer waited for goes on by itself, until it or the process ends.
    """
    results = list[_Result]()
    errors = list[BaseException]()

    def do() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001 (raised where it is waited for)
            errors.append(error)

    thread = threading.Thread(target=do, name="padcli-interruptible", daemon=True)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]
