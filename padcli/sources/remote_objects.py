"""Objects at URLs as they were when an input was first looked at, and any part of their bytes."""

import dataclasses
import io
import os
import time
from typing import TYPE_CHECKING, Any, Self

from padcli.errors import InputError
from padcli.files import remote
from padcli.sources.lines import changed
from padcli.urls import full_url, protocol_of

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

HTTP = {"http", "https"}
_FROM_START = {"libarchive", "zip"}  # whose members are compressed: each new one is read from its start
_PAUSES = (0.2, 1.0)  # seconds, before a part is asked for again
_LEAST = 256 * 1024  # bytes asked for at a time: fewer take as long


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RemoteObject:
    """An object at a URL. `size` in bytes, None where nobody says; `state`: what another content of it would change.

    It can be pickled: workers open it by its URL. Methods raise what the library of the protocol raises.
    """

    url: str
    size: int | None
    state: dict[str, Any]
    sends_parts: bool

    @classmethod
    def of(cls, url: str) -> Self:
        """Return the object as it is now."""
        fs, name = remote.open_file_system(url)
        info = fs.info(name)
        return cls(
            url=url,
            size=info.get("size"),
            state=remote.state_of(info),
            sends_parts=info.get("partial", True) if protocol_of(full_url(url)) in HTTP else True,
        )

    def has_parts(self) -> bool:
        """Return whether any part can be asked for by itself. A server that knows none is asked for one, to be sure."""
        if self.size is None or not self.sends_parts:
            return False
        if protocol_of(full_url(self.url)) not in HTTP or not self.size:
            return True
        fs, name = remote.open_file_system(self.url)
        try:  # a server that knows no ranges answers with the whole, from its start
            with fs.open(name, "rb", block_size=1, cache_type="none", size=self.size) as file:
                file.seek(self.size - 1)
                return len(file.read(1)) == 1
        except ValueError:
            return False

    def fetch(self, start: int, stop: int) -> bytes:
        """Return the bytes `[start, stop)`; what does not come is asked for three times."""
        fs, name = remote.open_file_system(self.url)
        is_whole = (start, stop) == (0, self.size)
        for pause in (*_PAUSES, None):
            try:
                found = fs.cat_file(name, **({} if is_whole else {"start": start, "end": stop}))
            except Exception as error:
                if pause is None or not remote.is_transient(error):
                    raise
            else:
                if len(found) == stop - start:
                    return bytes(found)
                if is_whole:
                    raise changed(self.url, f"it had {stop:,} bytes, and {len(found):,} came")
                if pause is None:
                    raise ConnectionError
            time.sleep(pause)
        raise ConnectionError

    def refuse_change(self) -> None:
        """Raise `InputError` where the object is not what it was."""
        fs, name = remote.open_file_system(self.url)
        fs.invalidate_cache()
        after = remote.state_of(fs.info(name))
        differing = [fact for fact in self.state if fact in after and self.state[fact] != after[fact]]
        if differing:
            raise changed(self.url, f"its {differing[0]} is another")


class RemoteFile(io.RawIOBase):
    """An object as a file, in which to go back and forth. Raises `InputError` where bytes do not come."""

    def __init__(self, remote_object: RemoteObject) -> None:
        self._object, self._size, self._position = remote_object, remote_object.size or 0, 0
        self._start, self._held = 0, memoryview(b"")
        self.error: InputError | None = None
        fs, name = remote.open_file_system(remote_object.url)
        with remote.raised_as_input_error(remote_object.url):
            self._file = fs.open(name, "rb") if protocol_of(full_url(remote_object.url)) in _FROM_START else None

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the position, in bytes from the start."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to a position."""
        self._position = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        return self._position

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Fill the buffer as far as there are bytes."""
        view = memoryview(buffer).cast("B")
        stop = min(self._position + len(view), self._size)
        if stop <= self._position:
            return 0
        if self._position < self._start or stop > self._start + len(self._held):
            self._hold(self._position, stop)
        n = stop - self._position
        view[:n] = self._held[self._position - self._start :][:n]
        self._position = stop
        return n

    def close(self) -> None:
        """Close what was opened."""
        if self._file is not None:
            self._file.close()
        super().close()

    def _hold(self, start: int, stop: int) -> None:
        stop = min(max(stop, start + _LEAST), self._size)
        try:
            with remote.raised_as_input_error(self._object.url):
                self._held = memoryview(self._fetch(start, stop))
        except InputError as error:
            self.error = error  # which not all who read a file pass on as it is
            raise
        self._start = start

    def _fetch(self, start: int, stop: int) -> bytes:
        if self._file is None:
            return self._object.fetch(start, stop)
        self._file.seek(start)
        found: bytes = self._file.read(stop - start)
        if len(found) < stop - start:
            raise changed(self._object.url, f"it ends at byte {start + len(found):,}")
        return found
