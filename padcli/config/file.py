"""Files of options: a TOML file that is named, or the nearest pyproject.toml with a table for padcli."""

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from padcli.errors import InputError, UsageError

_PYPROJECT, _OWN = "pyproject.toml", b"padcli"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFile:
    """The tables of a file. `name`: as it was named, or found; `prefix`: of all keys, for messages."""

    name: str
    tables: Mapping[str, Any]
    prefix: str = ""

    @property
    def folder(self) -> str:
        """The folder that relative paths in the file start from."""
        return os.path.dirname(self.name)  # noqa: PTH120 (a Path would turn "" into ".")

    def place(self, *keys: str) -> str:
        """Name a key of the file, for messages: `prep.toml: pad.maxlen`."""
        return f"{self.name}: {self.prefix}{'.'.join(keys)}"

    def table(self, *keys: str) -> Mapping[str, Any]:
        """Return a table; an empty one where there is none. Raises `UsageError` for what is no table."""
        found: Any = self.tables
        for i, key in enumerate(keys):
            found = found.get(key, {})
            if not isinstance(found, dict):
                raise UsageError(f"{self.place(*keys[: i + 1])}: expected a table, such as [{self.prefix}pad].")
        table: Mapping[str, Any] = found
        return table


def read_config(path: str | os.PathLike[str]) -> ConfigFile:
    """Read the file of `--config`. Raises `InputError` for one that cannot be read, or is not TOML."""
    name = os.fspath(path)
    try:
        data = Path(name).read_bytes()
    except OSError as error:
        raise InputError(f"{name}: {error.strerror}.", hint="--config takes a TOML file.") from error
    except ValueError as error:  # a zero byte
        raise InputError(f"{name!r}: is not a file name.") from error
    tables = _parsed(name, data)
    if os.path.basename(name) != _PYPROJECT:  # noqa: PTH119
        return ConfigFile(name=name, tables=tables)
    return _of_pyproject(name, tables) or ConfigFile(name=name, tables={}, prefix="tool.padcli.")


def find_pyproject(folder: Path) -> ConfigFile | None:
    """Find the nearest pyproject.toml with a table `tool.padcli`, in `folder` or one around it, as ruff does.

    Raises `InputError` for one that is not TOML, but seems to have that table.
    """
    for around in (folder, *folder.parents):
        try:
            data = (around / _PYPROJECT).read_bytes()
        except OSError:  # most often, there is none
            continue
        if _OWN in data:  # else there is no need of a parser
            name = os.path.relpath(around / _PYPROJECT, folder)
            if found := _of_pyproject(name, _parsed(name, data)):
                return found
    return None


def _of_pyproject(name: str, tables: Mapping[str, Any]) -> ConfigFile | None:
    tool = tables.get("tool")
    own = tool.get("padcli") if isinstance(tool, dict) else None
    return ConfigFile(name=name, tables=own, prefix="tool.padcli.") if isinstance(own, dict) else None


def _parsed(name: str, data: bytes) -> dict[str, Any]:
    import tomllib  # only where there is a file

    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: is not UTF-8, as TOML is.") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{name}: is not TOML: {error}.", hint='A line looks like: padding = "post"') from error
