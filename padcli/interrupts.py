"""Signals that end a program, and the moments at which they must not."""

import contextlib
import signal
import threading
from collections.abc import Iterator


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
