"""Places of outputs and of what is read with them: paths of files, and URLs in the role of paths."""

import os
import posixpath
import shutil
import sys
import tempfile
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from padcli import interrupts
from padcli.files import remote
from padcli.urls import Url, UrlParts, as_named, is_url, parts_of

if TYPE_CHECKING:
    _LocalPath = Path
else:
    _LocalPath = type(Path())  # which alone may have classes below it before Python 3.12


def as_path(path: str | os.PathLike[str]) -> Path:
    """Return the path of a file, or a `UrlPath`."""
    if isinstance(path, UrlPath):
        return path
    named = as_named(path)
    return UrlPath(named.full) if isinstance(named, Url) else Path(named)


def exists(path: Path) -> bool:
    """Return whether there is a file or an object; a folder that may not be looked into has none."""
    return path.exists() if isinstance(path, UrlPath) else os.path.exists(path)  # noqa: PTH110


def folder_of(path: Path) -> Path:
    """Return the folder where an output takes up space until it is complete: its own, or that of temporary files."""
    return Path(tempfile.gettempdir()) if isinstance(path, UrlPath) else Path(os.path.realpath(path)).parent


class UrlPath(_LocalPath):
    """A URL as the path of a file that can be opened: from a local copy, made when it is first asked for.

    As a text it is the URL, without secrets. Names beside it belong to the same copies. What goes wrong is an `OSError`
    with the URL as its file name.
    """

    def __new__(cls, url: str, copies: "_Copies | None" = None) -> Self:  # noqa: ARG004 (see __init__)
        """Make it of a whole URL."""
        return super().__new__(cls, parts_of(url).path)

    def __init__(self, url: str, copies: "_Copies | None" = None) -> None:
        if sys.version_info >= (3, 12):
            super().__init__(parts_of(url).path)
        self.url = Url(url)
        self._copies = _Copies() if copies is None else copies

    @property
    def _parts_of_url(self) -> UrlParts:
        return parts_of(self.url.full)

    def __str__(self) -> str:
        return self.url

    def __repr__(self) -> str:
        return f"UrlPath({str(self)!r})"

    def __fspath__(self) -> str:
        return self._copies.path_of(self.url, self.name)

    def __reduce__(self) -> tuple[Callable[..., "UrlPath"], tuple[str]]:
        return UrlPath, (self.url.full,)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UrlPath) and self.url.full == other.url.full

    def __hash__(self) -> int:
        return hash(self.url.full)

    @property
    def parent(self) -> "UrlPath":
        """The folder."""
        return self._with_path(posixpath.dirname(self._parts_of_url.path))

    def with_name(self, name: str) -> "UrlPath":
        """Return the object of that name beside this one."""
        return self._with_path(posixpath.join(posixpath.dirname(self._parts_of_url.path), name))

    def with_suffix(self, suffix: str) -> "UrlPath":
        """Return the object with another extension."""
        return self.with_name(self.stem + suffix)

    def __truediv__(self, name: Any) -> Any:
        if is_url(str(name)) or os.path.isabs(str(name)):  # noqa: PTH117 (of a text)
            return as_path(name)
        return self._with_path(posixpath.join(self._parts_of_url.path, str(name)))

    def joinpath(self, *names: Any) -> Any:
        """Return an object below this one."""
        path: Any = self
        for name in names:
            path = path / name
        return path

    def _with_path(self, path: str) -> "UrlPath":
        prefix, _, tail = self._parts_of_url
        return UrlPath(f"{prefix}{path}{tail}", self._copies)

    def exists(self, **_: Any) -> bool:
        """Return whether there is such an object; nothing is copied."""
        return remote.exists(self.url)

    def is_file(self, **_: Any) -> bool:
        """Return the same: folders are none."""
        return self.exists()

    def is_dir(self, **_: Any) -> bool:
        """Return False: what is opened is one object."""
        return False

    def stat(self, **_: Any) -> os.stat_result:
        """Return the size, and nothing else; nothing is copied."""
        return os.stat_result((0o100644, 0, 0, 1, 0, 0, remote.info(self.url)["size"] or 0, 0, 0, 0))

    def resolve(self, strict: bool = False) -> Path:  # type: ignore[override]  # noqa: FBT001, FBT002 (as in pathlib)
        """Return the path of the local copy."""
        return Path(os.fspath(self)).resolve(strict)

    def absolute(self) -> Path:  # type: ignore[override]
        """Return the path of the local copy."""
        return Path(os.fspath(self))

    def unlink(self, missing_ok: bool = False) -> None:  # noqa: FBT001, FBT002 (as in pathlib)
        """Remove the object."""
        fs, name = remote.open_file_system(self.url)
        try:
            with remote.raised_as_os_error(self.url):
                fs.rm_file(name)
        except FileNotFoundError:
            if not missing_ok:
                raise

    def glob(self, pattern: Any, **_: Any) -> Iterator["UrlPath"]:  # type: ignore[override]  # all are of this class
        """Yield the objects of a folder whose names match."""
        fs, name = remote.open_file_system(self.url)
        with remote.raised_as_os_error(self.url):
            fs.invalidate_cache()
            found = fs.glob(f"{name.rstrip('/')}/{pattern}")
        for each in sorted(found):
            yield self / posixpath.basename(each)


class _Copies:
    """Local copies of objects, each fetched once, for as long as something refers to them."""

    def __init__(self) -> None:
        self._folder = ""
        self._paths = dict[str, str]()

    def path_of(self, url: Url, name: str) -> str:
        """Return the path of the copy. Raises `OSError` where there is nothing to copy, or it does not come through."""
        if url.full not in self._paths:
            if not self._folder:
                self._folder = tempfile.mkdtemp(prefix="padcli-")
                _folders.add(self._folder)
                weakref.finalize(self, _remove, self._folder)
            path = os.path.join(self._folder, f"{len(self._paths)}-{name}")  # noqa: PTH118
            remote.download(url, path)
            self._paths[url.full] = path
        return self._paths[url.full]


_folders = set[str]()


def _remove(folder: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    _folders.discard(folder)


@interrupts.at_end
def _remove_copies() -> None:
    for folder in list(_folders):
        _remove(folder)
