"""Every error that padcli raises on purpose.

PadcliError                what went wrong, and a hint on how to go on
├── UsageError             options that are wrong or contradict each other
├── InputError             an input that cannot be read at all
│   └── BadRecordError     one record that cannot be used: file, line, found, expected
├── TokenizerFileError     a tokenizer file that is damaged or not understood
├── MissingLibraryError    a library that is needed for this, and is not installed
├── LengthError            no usable maxlen follows from the input
├── IdRangeError           an id that the chosen dtype cannot hold
├── GateError              a figure that must not be so, by --fail-if
├── EngineError            workers that cannot be reached, died, or are not like this process
└── OutputError            the output cannot be written
    └── ClosedPipeError    the reader of standard output went away

`padcli.cli.error_boundary` turns them into a message and an exit status; nothing else does.
"""

from typing import Any


class PadcliError(Exception):
    """Base of all errors that are the input's, the options' or the disk's fault.

    `message` says what is wrong; `hint` says what to do about it.
    """

    exit_status = 2

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[Any, ...]:  # the constructors of some take other arguments than `args`
        return _restored, (type(self), self.args, vars(self))

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


def _restored(kind: type[PadcliError], args: tuple[Any, ...], state: dict[str, Any]) -> PadcliError:
    """Make an error again, in another process."""
    error = kind.__new__(kind, *args)
    vars(error).update(state)
    return error


class UsageError(PadcliError):
    """Options that are wrong in themselves or contradict each other."""


class InputError(PadcliError):
    """An input that is missing, unreadable, damaged or of an unknown format."""


class BadRecordError(InputError):
    """A record that cannot be used, with the place where it stands."""


class TokenizerFileError(PadcliError):
    """A tokenizer file that is damaged, or of a kind that padcli does not read."""


class MissingLibraryError(PadcliError):
    """A library that only some users need, and that is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} requires a library that is not installed.", hint=f'Install it: pip install "padcli[{extra}]"'
        )


class LengthError(PadcliError):
    """The input gives no usable `maxlen`: it is empty, or all its rows are."""


class IdRangeError(PadcliError):
    """An id lies outside what the chosen dtype can hold."""


class GateError(PadcliError):
    """The work was done, and a figure is what `fail_if` says that it must not be. `result`: all that was found."""

    exit_status = 1

    def __init__(self, message: str, *, hint: str, result: Any) -> None:
        super().__init__(message, hint=hint)
        self.result = result


class EngineError(PadcliError):
    """An engine that cannot be reached, or workers that died, or that would not give the same output."""


class OutputError(PadcliError):
    """The output cannot be written: no space, no folder, no permission."""


class ClosedPipeError(OutputError):
    """The program that was reading standard output stopped reading."""

    exit_status = 141  # 128 + SIGPIPE, as a shell reports it
