"""A shard as the index has it."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from padcli.errors import InputError
from padcli.formats import format_for
from padcli.formats.base import Format
from padcli.formats.shards import OF_ROWS
from padcli.schema import role_of

Kind = tuple[np.dtype[Any], tuple[int, ...]]  # the dtype and the shape of an array


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StoredShard:
    """A shard as the index has it: its rows, and of packed rows the records in them; `sha256`: of its metadata."""

    path: Path
    rows: int
    first_row: int
    n_bytes: int
    sha256: str
    pieces: int
    first_piece: int

    @property
    def format(self) -> Format:
        """The format that it is of."""
        return format_for(self.path)

    @classmethod
    def of_entry(cls, folder: Path, facts: dict[str, Any]) -> "StoredShard":
        """Read an entry of the index. Raises `ValueError`, `KeyError` or `TypeError` for what is none."""
        name = facts["path"]
        if not isinstance(name, str) or Path(name).name != name or "\0" in name:
            raise ValueError(f"a shard has the path {name!r}")
        found = {"pieces": 0, "first_piece": 0, **facts}
        numbers = {key: found[key] for key in ("rows", "first_row", "bytes", "pieces", "first_piece")}
        if any(not isinstance(number, int) or number < 0 for number in numbers.values()):
            raise ValueError(f"{name} has {numbers}")
        n_bytes = numbers.pop("bytes")
        return cls(path=folder / name, n_bytes=n_bytes, sha256=str(found["sha256"]), **numbers)

    def check_kind(self, name: str, found: Kind, whole: Kind) -> None:
        """Raise `InputError` for an array of the shard that is no part of the whole array of that name."""
        (dtype, shape), role = whole, role_of(name)
        of_rows = role in OF_ROWS or not self.pieces
        n = self.rows + 1 if role == "offsets" else self.rows if of_rows else self.pieces
        if found != (dtype, (n, *shape[1:])):
            raise InputError(f"{self.path.name}: {name} has another type or shape than the index says")
