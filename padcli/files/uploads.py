"""Files that become objects: brought to their store as they are committed, where each appears as a whole or not at all.

The transactions of fsspec do that where a store has what they need: S3 and Google Cloud complete an upload of several
parts in one request, memory and folders rename. Elsewhere an object is written under another name, and moved.
"""

import contextlib
import dataclasses
import io
import posixpath
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

from padcli.errors import OutputError
from padcli.files import remote
from padcli.files.places import UrlPath
from padcli.urls import protocol_of

_PART = 8 * 1024 * 1024
_WHOLE_AT_CLOSE = {"hf"}  # a file is a commit, made when it is closed


@dataclasses.dataclass(slots=True, kw_only=True)
class Upload:
    """A file, complete in `file`, that is to be known as `target`; `is_seal` as of `Move`."""

    file: BinaryIO
    target: UrlPath
    is_seal: bool = False
    _fs: Any = None
    _name: str = ""
    _hidden: str = ""  # the other name under which the content lies
    _written: Any = None  # the file of a transaction

    @classmethod
    def staged(cls, source: UrlPath, target: UrlPath) -> "Upload":
        """Return the upload of what lies in the same store already, under another name."""
        upload = cls(file=io.BytesIO(), target=target)
        upload._fs, upload._name = remote.open_file_system(target.url)
        upload._hidden = remote.open_file_system(source.url)[1]
        return upload

    def stage(self) -> None:
        """Bring the content to where nobody finds it yet. Raises `OutputError`."""
        with _raised_as_output_error(self.target, "All files are unchanged."):
            self._fs, self._name = remote.open_file_system(self.target.url, is_own=True)
            if protocol_of(self.target.url) in _WHOLE_AT_CLOSE:
                return
            self._fs.start_transaction()
            self._written = self._fs.open(self._name, "wb")
            self._fs.transaction.files.clear()  # each is completed by itself
            if not _has_commit(self._written):
                self._written.closed = True  # it was never begun
                self._written = None
                self._fs = remote.open_file_system(self.target.url)[0]
                folder, name = posixpath.split(self._name)
                self._hidden = posixpath.join(folder, f".{name}.{secrets.token_hex(4)}.tmp")
                self._copy_to(self._fs.open(self._hidden, "wb"))
            else:
                self._copy_to(self._written)

    def commit(self) -> None:
        """Let it appear."""
        if self._written is not None:
            self._written.commit()
        elif self._hidden:
            self._fs.mv(self._hidden, self._name)
        else:
            self._copy_to(self._fs.open(self._name, "wb"))
        self._written, self._hidden = None, ""

    def discard(self) -> None:
        """Remove what was brought and did not appear."""
        with contextlib.suppress(Exception):
            if self._written is not None:
                self._written.discard()
            elif self._hidden:
                self._fs.rm_file(self._hidden)

    def take_seal(self) -> bytes | None:
        """Remove the old seal, if there is one. Returns its content."""
        try:
            old: bytes = self._fs.cat_file(self._name)
        except FileNotFoundError:
            return None
        self._fs.rm_file(self._name)
        return old

    def put_back(self, seal: bytes) -> None:
        """Put the old seal where it was."""
        with contextlib.suppress(Exception):
            remote.open_file_system(self.target.url)[0].pipe_file(self._name, seal)

    def _copy_to(self, written: Any) -> None:
        self.file.seek(0)
        try:
            shutil.copyfileobj(self.file, written, _PART)
        except BaseException:
            with contextlib.suppress(Exception):
                written.discard()
            written.closed = True  # else the end of it would be sent when it is forgotten
            raise
        written.close()


def commit_all(uploads: Sequence[Upload]) -> None:
    """Let all appear, the seals last; each was staged. Raises `OutputError`, which says what was replaced by then.

    The old seal is removed first: until the new one is there, nobody takes old and new objects for one output.
    """
    old, done = dict[int, bytes](), list[str]()
    ordered = sorted(uploads, key=lambda upload: upload.is_seal)
    current = ordered[0].target
    try:
        for upload in ordered if len(ordered) > 1 else ():
            current = upload.target
            if upload.is_seal and (seal := upload.take_seal()) is not None:
                old[ordered.index(upload)] = seal
        for upload in ordered:
            current = upload.target
            upload.commit()
            done.append(str(current))
    except Exception as error:
        for number, seal in old.items() if not done else ():
            ordered[number].put_back(seal)
        hint = f"Replaced already: {', '.join(done)}. Run it again." if done else "All files are unchanged."
        with _raised_as_output_error(current, hint):
            raise error from None


def _has_commit(written: Any) -> bool:
    from fsspec.spec import AbstractBufferedFile

    commit = getattr(written, "commit", None)
    return commit is not None and getattr(commit, "__func__", commit) is not AbstractBufferedFile.commit


@contextmanager
def _raised_as_output_error(target: UrlPath, hint: str) -> Iterator[None]:
    try:
        with remote.raised_as_os_error(target.url):
            yield
    except OSError as error:
        raise OutputError(f"{target}: cannot be written: {error.strerror}.", hint=hint) from error
