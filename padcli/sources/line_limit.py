"""The limit of a record's length, held against it while it is collected: a small compressed file can hold it all."""

from collections.abc import Callable

from padcli.errors import InputError
from padcli.options import Record
from padcli.sources.lines import LONGEST_LINE
from padcli.sources.memory import available_memory

_LONG_LINE = 64 * 1024 * 1024  # bytes, from which memory is looked at
_MEMORY_PER_BYTE = 8  # of a line, at the least, while it is tokenized

_HINTS: dict[Record, str] = {
    "line": "Split it into lines.",
    "paragraph": "Split it with blank lines, or take each line as a record: --record line.",
    "file": "Split it into files, or take each line as a record: --record line.",
}


class LineLimit:
    """Bytes that a record of an input may have, 2 GiB or what there is memory for."""

    def __init__(self, path: str, record: Record = "line") -> None:
        self._path, self._record = path, record
        self._room: int | None = None  # bytes of a line that the memory has room for, once that matters

    def check(self, line: Callable[[], int], size: int) -> None:
        """Raise `InputError` if a record is too long, of which `size` bytes are known. `line`: where it begins."""
        if size >= LONGEST_LINE:
            raise InputError(f"{self._place(line)}: is longer than 2 GiB.", hint=_HINTS[self._record])
        if size < _LONG_LINE:
            return
        if self._room is None:
            available = available_memory()
            self._room = LONGEST_LINE if available is None else max(_LONG_LINE, available // _MEMORY_PER_BYTE)
        if size > self._room:
            raise InputError(
                f"{self._place(line)}: is longer than {self._room:,} bytes, and does not fit in memory.",
                hint=_HINTS[self._record],
            )

    def _place(self, line: Callable[[], int]) -> str:
        return self._path if self._record == "file" else f"{self._path}, line {line()}"
