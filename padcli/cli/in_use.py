"""The options in use that are not from the command line, so that screens and errors can tell where they are from."""

import dataclasses
import re
from collections.abc import Mapping
from contextvars import ContextVar

from padcli.errors import PadcliError

_FLAG = re.compile(r"--[a-z][\w-]*")
_MOST_SOURCES = 3  # more are counted, on one short line


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class InUse:
    """`places`: by flag, the place that its value is from; `sources`: all files and variables."""

    places: Mapping[str, str]
    sources: tuple[str, ...]

    @property
    def line(self) -> str:
        """The sources on one line; empty where there are none."""
        if not self.sources:
            return ""
        shown = list(self.sources[:_MOST_SOURCES])
        if rest := len(self.sources) - len(shown):
            shown.append(f"{rest} more variable{'' if rest == 1 else 's'}")
        return "options from " + " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)

    def explained(self, error: PadcliError) -> PadcliError:
        """Add to the hint of an error where the options that it names are from."""
        flags = dict.fromkeys(_FLAG.findall(error.message))
        lines = [f"{flag} is from {self.places[flag]}." for flag in flags if flag in self.places]
        error.hint = "\n".join([*filter(None, [error.hint]), *lines])
        return error


IN_USE: ContextVar[InUse | None] = ContextVar("IN_USE", default=None)
