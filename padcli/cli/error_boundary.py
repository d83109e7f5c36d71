"""The error boundary: turns a `PadcliError` into a message on stderr and an exit status.

Nothing else does. Heavy modules are imported where they are needed.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import typer

from padcli.errors import ClosedPipeError, PadcliError, UsageError
from padcli.files.standard_streams import stdout_is_closed


@contextmanager
def stdout_errors_shown() -> Iterator[None]:
    """Flush standard output at the end; turn its failures into a message and an exit status."""
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
        _show_error(PadcliError(f"Cannot write to standard output: {error.strerror or error}."))
        sys.exit(PadcliError.exit_status)


@contextmanager
def errors_shown(*, writes_stdout: bool = False) -> Iterator[None]:
    """Show the errors of a command, and exit with their status. `writes_stdout`: refuse a closed stdout first."""
    try:
        if writes_stdout:
            require_stdout()
        with stdout_errors_shown():
            yield
    except PadcliError as error:
        _show_error(error)
        raise typer.Exit(error.exit_status) from None
    except MemoryError:
        _show_error(PadcliError("Out of memory.", hint="If some lines are very long, --maxlen p95 may help."))
        raise typer.Exit(PadcliError.exit_status) from None


@contextmanager
def usage_errors_shown() -> Iterator[None]:
    """Show typer's own errors, of arguments that cannot be parsed, as any other."""
    try:
        yield
    except Exception as error:
        if not hasattr(error, "format_message"):  # typer's errors have no base of their own that is public
            raise
        ctx = getattr(error, "ctx", None)
        command = "padcli" if ctx is None else ctx.command_path
        if type(error).__name__ != "NoArgsIsHelpError":  # which has shown the help
            _show_error(UsageError(error.format_message(), hint=f"{command} --help"))
        sys.exit(UsageError.exit_status)


def require_stdout() -> None:
    """Raise `UsageError` where there is no standard output, before any work is done for it."""
    if stdout_is_closed():
        raise UsageError("Standard output is closed.", hint="The result goes there: redirect it to a file.")


def _show_error(error: PadcliError) -> None:
    from padcli.cli import console
    from padcli.cli.in_use import IN_USE

    in_use = IN_USE.get()
    with nobody_may_listen():
        console.show_error(error if in_use is None else in_use.explained(error))


@contextmanager
def nobody_may_listen() -> Iterator[None]:
    """Ignore a stderr that cannot be written: the work is done, and its exit status stays."""
    try:
        yield
    except (OSError, ClosedPipeError):
        _discard(sys.stderr)


def _discard(stream: TextIO) -> None:
    """Point a broken stream at the null device, since Python flushes it once more when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
