"""The limit of a line's length, held against it while it is collected: a small compressed file can hold it all."""

from collections.abc import Callable

from padcli.errors import InputError
from padcli.sources.lines import LONGEST_LINE
from padcli.sources.memory import available_memory

_LONG_LINE = 64 * 1024 * 1024  # bytes, from which memory is looked at
_MEMORY_PER_BYTE = 8  # of a line, at the least, while it is tokenized


class LineLimit:
    """Bytes that a line of an input may have, 2 GiB or what there is memory for."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._room: int | None = None  # bytes of a line that the memory has room for, once that matters

    def check(self, line: Callable[[], int], size: int) -> None:
        """Raise `InputError` if a line is too long, of which `size` bytes are known. `line` gives its number."""
        if size >= LONGEST_LINE:
            raise InputError(f"{self._path}, line {line()}: is longer than 2 GiB.", hint="Split it into lines.")
        if size < _LONG_LINE:
            return
        if self._room is None:
            available = available_memory()
            self._room = LONGEST_LINE if available is None else max(_LONG_LINE, available // _MEMORY_PER_BYTE)
        if size > self._room:
            raise InputError(
                f"{self._path}, line {line()}: is longer than {self._room:,} bytes, and does not fit in memory.",
                hint="Split it into lines.",
            )
