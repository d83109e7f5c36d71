"""Files that hold a table, on the disk or at a URL: any part of them can be read, by whichever worker."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import pyarrow as pa

from padcli.errors import InputError
from padcli.files import remote
from padcli.sources.lines import FileState, RangeSplit, refuse_change
from padcli.sources.remote_inputs import RemoteReader
from padcli.sources.remote_objects import RemoteFile, RemoteObject
from padcli.urls import is_url

_AT_ONCE = 1024 * 1024  # bytes that are only hashed


class TableFile(Protocol):
    """A file as it was when it was first looked at. It can be pickled."""

    @property
    def path(self) -> str:
        """The input, for messages."""
        ...

    @property
    def size(self) -> int:
        """The bytes of it."""
        ...

    def opened(self) -> Any:
        """Open it for pyarrow, for the time of a `with` block. It need not say at once that there is none."""
        ...

    def parts(self) -> Iterator[bytes]:
        """Yield all its bytes, from start to end. Raises `InputError` where it is not what it was."""
        ...

    def refuse_change(self) -> None:
        """Raise `InputError` where the file is not what it was."""
        ...


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LocalTable:
    """See `TableFile`."""

    path: str
    state: FileState

    @property
    def size(self) -> int:
        """The bytes of it."""
        return self.state.size

    def opened(self) -> pa.NativeFile:
        """Open it. It is not mapped: another program that shortens it would end this one."""
        return pa.OSFile(self.path)

    def parts(self) -> Iterator[bytes]:
        """Yield all its bytes."""
        return RangeSplit(path=self.path, start=0, stop=self.size, state=self.state).parts(_AT_ONCE)

    def refuse_change(self) -> None:
        """Raise `InputError` where the file is not what it was."""
        refuse_change(self.path, self.state, FileState.of(self.path))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RemoteTable:
    """See `TableFile`."""

    path: str
    remote_object: RemoteObject

    @property
    def size(self) -> int:
        """The bytes of it."""
        return self.remote_object.size or 0

    @contextmanager
    def opened(self) -> Iterator[pa.NativeFile]:
        """Open it; what goes wrong while it is read is raised as `InputError`, whatever pyarrow makes of it."""
        with RemoteFile(self.remote_object) as file:
            try:
                yield pa.PythonFile(file, mode="r")
            except Exception:
                if file.error is not None:
                    raise file.error from None
                raise

    def parts(self) -> Iterator[bytes]:
        """Yield all its bytes, which come apart from those that `opened` asks for."""
        with RemoteReader(self.path) as reader:
            while part := reader.read(_AT_ONCE):
                yield part

    def refuse_change(self) -> None:
        """Raise `InputError` where the object is not what it was."""
        with remote.raised_as_input_error(self.path):
            self.remote_object.refuse_change()


def table_file(path: str, name: str) -> TableFile:
    """Return a file that holds a table of the format `name`. Raises `InputError` where no parts of it can be read."""
    if is_url(path):
        with remote.raised_as_input_error(path):
            found = RemoteObject.of(path)
            if not found.has_parts():
                raise InputError(
                    f"{path}: {name} is read in parts, which this server does not send.", hint="Copy it first."
                )
        return RemoteTable(path=path, remote_object=found)
    state = FileState.of(path)
    if state is None:
        raise InputError(f"{path}: {name} cannot be read from a pipe.", hint="Save it as a file.")
    return LocalTable(path=path, state=state)
