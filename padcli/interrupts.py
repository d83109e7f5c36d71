"""Signals that end a program: what becomes of them, and the moments at which they must wait.

In a program that uses the library, Ctrl-C raises `KeyboardInterrupt` as it always does. In padcli's own process no
signal raises anything: an exception that may come at any point is swallowed where a weak reference or a destructor
happens to run, crashes the import of a C extension, and leaves locks taken. Instead, what must not be left behind is
registered for removal, and the process ends on the spot.
"""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TypeVar

# Windows has no SIGHUP.
ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))

_Result = TypeVar("_Result")
_clean_ups: list[Callable[[], object]] = []


def end_process() -> None:
    """From now on, let signals end this process, with the status that shells report for them."""
    for number in ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, _clean_up_and_end)


def come_too_late() -> None:
    """Ignore what would end padcli's own process: its files get their names, and then all that is left is to say so."""
    for number in ENDING:
        if signal.getsignal(number) is _clean_up_and_end:
            signal.signal(number, signal.SIG_IGN)


@contextlib.contextmanager
def cleaned_up_by(clean_up: Callable[[], object]) -> Iterator[None]:
    """Call `clean_up` if a signal ends the process while the block runs. The block cleans up by itself if it ends."""
    _clean_ups.append(clean_up)
    try:
        yield
    finally:
        _clean_ups.remove(clean_up)


def at_end(clean_up: Callable[[], None]) -> Callable[[], None]:
    """Call `clean_up` when a signal ends the process, or `clean_up_now` is called. Returns it, as a decorator does."""
    _clean_ups.append(clean_up)
    return clean_up


def clean_up_now() -> None:
    """Remove what must not be left behind, before the process ends."""
    for clean_up in reversed(_clean_ups):
        with contextlib.suppress(Exception):
            clean_up()


def _clean_up_and_end(number: int, _: FrameType | None) -> None:
    for other in ENDING:  # somebody who cannot wait
        signal.signal(other, lambda number, _: os._exit(128 + number))
    clean_up_now()
    os._exit(128 + number)


@contextlib.contextmanager
def ignored() -> Iterator[list[int]]:
    """Note the signals that end a program down instead of acting on them; gives the list of those that came."""
    noted: list[int] = []
    if threading.current_thread() is not threading.main_thread():  # which alone is interrupted, and sets handlers
        yield noted
        return
    handlers = {number: signal.getsignal(number) for number in ENDING}
    try:
        for number in handlers:
            signal.signal(number, lambda number, _: noted.append(number))
        yield noted
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def kept() -> Iterator[None]:
    """Let signals do afterwards what they did before, whatever the block makes of them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handlers = {number: signal.getsignal(number) for number in ENDING}
    try:
        yield
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
