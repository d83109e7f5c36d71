"""The boundary: what goes wrong becomes a message on stderr and an exit status, and signals become exceptions.

Nothing else turns a `PadcliError` into either. What is heavy is imported where it is needed.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import FrameType
from typing import TextIO

import typer

from padcli import compiled
from padcli.errors import ClosedPipeError, PadcliError, UsageError
from padcli.standard_streams import stdout_is_closed

INTERRUPTED = 130  # 128 + SIGINT, as shells report it


@contextmanager
def stdout_errors_shown() -> Iterator[None]:
    """Write out what standard output holds in the end; its failures become a message and an exit status."""
    try:
        try:
            yield
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except (ClosedPipeError, BrokenPipeError):
        _discard(sys.stdout)
        sys.exit(ClosedPipeError.exit_status)
    except OSError as error:  # of files, it would have been a PadcliError
        _discard(sys.stdout)
        _show_error(PadcliError(f"Standard output cannot be written: {error.strerror or error}."))
        sys.exit(PadcliError.exit_status)


@contextmanager
def errors_shown(*, writes_stdout: bool = False) -> Iterator[None]:
    """The boundary of a command, which may have something to write to standard output."""
    with _interrupts_raised():
        try:
            if writes_stdout:
                require_stdout()
            with stdout_errors_shown():
                yield
        except PadcliError as error:
            _show_error(error)
            raise typer.Exit(error.exit_status) from None
        except MemoryError:
            _show_error(PadcliError("There is not enough memory.", hint="Is a line very long? --maxlen p95 may help."))
            raise typer.Exit(PadcliError.exit_status) from None
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None
        except Exception as error:
            # An interrupt may have come at a point from which somebody's clean-up failed in turn.
            before = error.__context__
            while before is not None and not isinstance(before, KeyboardInterrupt | SystemExit):
                before = before.__context__
            if before is None:
                raise
            raise typer.Exit(INTERRUPTED if isinstance(before, KeyboardInterrupt) else int(str(before))) from None


def require_stdout() -> None:
    """Raise `UsageError` where there is no standard output, before any work is done for it."""
    if stdout_is_closed():
        raise UsageError("Standard output is closed.", hint="It is where the result goes: redirect it to a file.")


@contextmanager
def _interrupts_raised() -> Iterator[None]:
    """From now on there may be files to clean up: signals raise. What does the work is imported before that."""
    for module in ("padcli.screens.summary", "padcli.pipeline"):
        import_module(module)
    kernels = compiled.kernels()
    if kernels is not None:
        kernels.keep_memory()  # the process is padcli's own, and soon over
    handlers = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: _end, signal.SIGHUP: _end}
    before = {number: signal.getsignal(number) for number in handlers}
    for number, handler in handlers.items():
        if before[number] is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, handler)
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


def _end(number: int, _: FrameType | None) -> None:
    """Leave by an exception, which cleans up, with the status that shells report for a signal."""
    sys.exit(128 + number)


def interrupts_too_late() -> None:
    """The files are there: all that is left to do is to say so."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _show_error(error: PadcliError) -> None:
    from padcli import console

    with nobody_may_listen():
        console.show_error(error)


@contextmanager
def nobody_may_listen() -> Iterator[None]:
    """What is done is done, and has its exit status, whether somebody reads stderr or not."""
    try:
        yield
    except (OSError, ClosedPipeError):
        _discard(sys.stderr)


def _discard(stream: TextIO) -> None:
    """Python flushes standard streams once more when it ends: give one that is broken a place that takes it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
