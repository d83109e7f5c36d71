"""Inputs at URLs: which there are, and their bytes, fetched ahead of whoever reads them."""

import hashlib
import io
import re
import time
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, Any

from padcli.errors import InputError
from padcli.files import remote
from padcli.sources.base import InputFacts
from padcli.urls import Url, UrlParts, full_url, parts_of, protocol_of

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BLOCK = 8 * 1024 * 1024  # bytes asked for at a time: their transfer takes longer than the answer to begin
_AHEAD = 4  # blocks on their way
_PAUSES = (0.2, 1.0)  # seconds, before a block is asked for again
_HTTP = {"http", "https"}


def expanded(url: Url) -> list[Url]:
    """Return the inputs that a URL names: itself, or what a pattern matches, in sorted order.

    Raises `InputError` where nothing does, or nobody can say.
    """
    fs, name = remote.open_file_system(url)
    with remote.raised_as_input_error(url):
        fs.invalidate_cache()
        parts = parts_of(url.full)
        magic = r"[*\[]" if protocol_of(url) in _HTTP else r"[*?\[]"
        if not re.search(magic, parts.path):
            return [url]
        found = [_named(parts, protocol_of(url), each) for each in sorted(fs.glob(name))]
        if found or fs.exists(name):
            return found or [url]
    raise InputError(f"{url}: nothing matches.", hint="* is for any characters but /, and ** for these, too.")


def size_of(url: str) -> int | None:
    """Return the bytes of an input; None where the server does not say. Raises `InputError` where there is none."""
    with remote.raised_as_input_error(url):
        found = remote.info(url)
    if found["type"] == "directory":
        raise InputError(f"{url}: is a folder.", hint=f"Name what is in it with a pattern: {str(url).rstrip('/')}/*")
    size: int | None = found.get("size")
    return size


def facts_of(url: str) -> InputFacts:
    """Return size and digest of an input, as it is now: all of it is read. Raises `InputError`."""
    size, digest = 0, hashlib.sha256()
    with RemoteReader(url) as reader:
        while block := reader.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return InputFacts(path=url, bytes=size, sha256=digest.hexdigest())


class RemoteReader(io.RawIOBase):
    """The bytes of an input, from start to end, some blocks of which are on their way while others are at work.

    Raises `InputError` where they do not all come, or are no longer those that they were at the start.
    """

    def __init__(self, url: str) -> None:
        self._url, self._position = url, 0
        self._fs, self._name = remote.open_file_system(url)
        with remote.raised_as_input_error(url):
            self._info = self._fs.info(self._name)
            self._size: int | None = self._info.get("size")
            self._blocks = self._ranges(self._size) if self._has_ranges() else self._stream()
        self._block = memoryview(b"")

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Read what is there, at least one byte; 0 at the end."""
        view = memoryview(buffer).cast("B")
        if not self._block:
            with remote.raised_as_input_error(self._url):
                self._block = memoryview(next(self._blocks, b""))
        n = min(len(view), len(self._block))
        view[:n], self._block = self._block[:n], self._block[n:]
        return n

    def close(self) -> None:
        """Ask for no more."""
        if not self.closed:
            self._blocks.close()
        super().close()

    def _has_ranges(self) -> bool:
        """Return whether any part can be asked for by itself, and several at a time."""
        if not getattr(self._fs, "async_impl", False) or self._size is None:
            return False
        if protocol_of(full_url(self._url)) not in _HTTP or self._size <= _BLOCK:
            return True
        if not self._info.get("partial", True):
            return False
        try:  # a server that knows no ranges answers with the whole, from its start
            with self._fs.open(self._name, "rb", block_size=1, cache_type="none", size=self._size) as file:
                file.seek(self._size - 1)
                return len(file.read(1)) == 1
        except ValueError:
            return False

    def _ranges(self, size: int) -> Generator[bytes, None, None]:
        """Yield the blocks, several of which are asked for at a time."""
        waiting = deque[Future[bytes]]()
        for start in range(0, size, _BLOCK):
            waiting.append(_in_background(partial(self._fetch, start, min(start + _BLOCK, size))))
            if len(waiting) == _AHEAD:
                yield waiting.popleft().result()
        for block in waiting:
            yield block.result()
        if size > _BLOCK:  # what came in one piece is one content
            self._refuse_change()

    def _fetch(self, start: int, stop: int) -> bytes:
        is_whole = (start, stop) == (0, self._size)
        for pause in (*_PAUSES, None):
            try:
                found = self._fs.cat_file(self._name, **({} if is_whole else {"start": start, "end": stop}))
            except Exception as error:
                if pause is None or not remote.is_transient(error):
                    raise
            else:
                if len(found) == stop - start:
                    return bytes(found)
                if is_whole:
                    raise self._changed(f"it had {stop:,} bytes, and {len(found):,} came")
                if pause is None:
                    raise ConnectionError
            time.sleep(pause)
        raise ConnectionError

    def _stream(self) -> Generator[bytes, None, None]:
        """Yield the blocks, of which the next is on its way while one is at work."""
        options = {"block_size": 0} if protocol_of(full_url(self._url)) in _HTTP else {}
        with self._fs.open(self._name, "rb", **options) as file:
            count, waiting = 0, _in_background(partial(_filled, file))
            while block := waiting.result():
                waiting = _in_background(partial(_filled, file))
                count += len(block)
                yield block
        if self._size is not None and count != self._size:
            raise self._changed(f"it had {self._size:,} bytes, and {count:,} came")
        self._refuse_change()

    def _refuse_change(self) -> None:
        self._fs.invalidate_cache()
        before, after = remote.state_of(self._info), remote.state_of(self._fs.info(self._name))
        differing = [name for name in before if name in after and before[name] != after[name]]
        if differing:
            raise self._changed(f"its {differing[0]} is another")

    def _changed(self, change: str) -> InputError:
        return InputError(
            f"{self._url}: changed while it was being read: {change}.",
            hint="Wait until nothing writes to it, or read a copy.",
        )


def _named(parts: UrlParts, protocol: str, name: str) -> Url:
    """Return the URL of a name that a pattern of `parts` matched."""
    if "://" in name:
        return Url(name + parts.tail)
    host = parts.path.partition("/")[0] if name.startswith("/") and protocol != "memory" else ""
    return Url(f"{parts.prefix}{host}{name if host else name.lstrip('/')}{parts.tail}")


def _in_background(work: Callable[[], bytes]) -> Future[bytes]:
    """Start work in a thread that nobody waits for when the process ends."""
    future = Future[bytes]()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 (raised where it is waited for)
            future.set_exception(error)

    Thread(target=run, name="padcli-remote", daemon=True).start()
    return future


def _filled(file: Any) -> bytes:
    """Read a block; a shorter one is the last."""
    parts, size = list[bytes](), 0
    while size < _BLOCK and (part := file.read(_BLOCK - size)):
        parts.append(part)
        size += len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)
