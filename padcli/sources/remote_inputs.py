"""Inputs at URLs: which there are, and their bytes, fetched ahead of whoever reads them."""

import hashlib
import io
import re
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, Any

from padcli.errors import InputError
from padcli.files import remote
from padcli.sources.base import InputFacts
from padcli.sources.lines import changed
from padcli.sources.remote_objects import HTTP, RemoteObject
from padcli.urls import Url, UrlParts, full_url, parts_of, protocol_of

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BLOCK = 8 * 1024 * 1024  # bytes asked for at a time: their transfer takes longer than the answer to begin
_AHEAD = 4  # blocks on their way


def expanded(url: Url) -> list[Url]:
    """Return the inputs that a URL names: itself, or what a pattern matches, in sorted order.

    Raises `InputError` where nothing does, or nobody can say.
    """
    fs, name = remote.open_file_system(url)
    with remote.raised_as_input_error(url):
        fs.invalidate_cache()
        parts = parts_of(url.full)
        magic = r"[*\[]" if protocol_of(url) in HTTP else r"[*?\[]"
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
        self._url = url
        self._fs, self._name = remote.open_file_system(url)
        with remote.raised_as_input_error(url):
            self._object = RemoteObject.of(url)
            self._blocks = self._stream() if self._size is None or not self._has_ranges() else self._ranges(self._size)
        self._block = memoryview(b"")

    @property
    def _size(self) -> int | None:
        return self._object.size

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
        if not getattr(self._fs, "async_impl", False):
            return False
        return (self._size or 0) <= _BLOCK or self._object.has_parts()

    def _ranges(self, size: int) -> Generator[bytes, None, None]:
        """Yield the blocks, several of which are asked for at a time."""
        waiting = deque[Future[bytes]]()
        for start in range(0, size, _BLOCK):
            waiting.append(_in_background(partial(self._object.fetch, start, min(start + _BLOCK, size))))
            if len(waiting) == _AHEAD:
                yield waiting.popleft().result()
        for block in waiting:
            yield block.result()
        if size > _BLOCK:  # what came in one piece is one content
            self._object.refuse_change()

    def _stream(self) -> Generator[bytes, None, None]:
        """Yield the blocks, of which the next is on its way while one is at work."""
        options = {"block_size": 0} if protocol_of(full_url(self._url)) in HTTP else {}
        with self._fs.open(self._name, "rb", **options) as file:
            count, waiting = 0, _in_background(partial(_filled, file))
            while block := waiting.result():
                waiting = _in_background(partial(_filled, file))
                count += len(block)
                yield block
        if self._size is not None and count != self._size:
            raise changed(self._url, f"it had {self._size:,} bytes, and {count:,} came")
        self._object.refuse_change()


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
