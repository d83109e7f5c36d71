"""Padded rows in memory or mapped: their arrays, by name."""

import dataclasses
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from padcli.errors import UsageError
from padcli.loaders.part import Part
from padcli.loaders.to_frameworks import ToFrameworks
from padcli.schema import Role, real_tokens, role_of


@dataclasses.dataclass(frozen=True, kw_only=True)
class Padded(ToFrameworks):
    """The rows of an output of padcli. `path`: as it was given; `parts`: the files that it is made of, in their order.

    `data["token_ids"]` is an array by its name in the file (`names`), and `len(data)` the number of rows. The arrays of
    several parts are copied to one, each time that they are asked for. Those of buckets differ in their widths, and
    have to be taken from each part, or in batches of one width.
    """

    path: Path
    parts: tuple[Part, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the arrays."""
        return tuple(self.parts[0].arrays)

    @property
    def meta(self) -> dict[str, Any]:
        """The content of `meta.json`, of the first part."""
        return self.parts[0].meta

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Return an array. Raises `UsageError` where there is none of that name, or none of one width."""
        if name not in self.names:
            raise UsageError(f"{self.path}: no array {name!r}. It has {', '.join(self.names)}.")
        arrays = [part.arrays[name] for part in self.parts]
        if len(arrays) == 1:
            return arrays[0]
        if len({array.shape[1:] for array in arrays}) > 1:
            widths = ", ".join(str(array.shape[1]) for array in arrays)
            raise UsageError(
                f"{self.path}: {name} is {len(arrays)} arrays, of the widths {widths}.",
                hint=f"Take it from each part, data.parts[0].arrays[{name!r}], or take batches with to_tf_dataset.",
            )
        if role_of(name) == "offsets":
            return np.cumsum(np.concatenate([[0], *map(np.diff, arrays)]), dtype=arrays[0].dtype)
        return np.concatenate(arrays)

    @property
    def token_ids(self) -> NDArray[np.integer]:
        """Ids `(n_rows, width)`, whatever their name is."""
        return self._of_role("ids")

    @cached_property
    def padding_mask(self) -> NDArray[np.bool_]:
        """True for real tokens, bool `(n_rows, width)`."""
        return real_tokens(self._of_role("mask"))

    @property
    def lengths(self) -> NDArray[np.int32]:
        """Tokens of each row before truncation, int32 `(n_rows,)`."""
        return self._of_role("lengths")

    @cached_property
    def labels(self) -> dict[str, NDArray[Any]]:
        """The carried columns, each `(n_rows,)`; of packed rows as `record` is."""
        return {name: self[name] for name in self.names if role_of(name) == "label"}

    @property
    def segment_ids(self) -> NDArray[np.integer] | None:
        """The segment of each token, `(n_rows, width)`; None where the file has none."""
        return self._further("segment_ids")

    @property
    def position_ids(self) -> NDArray[np.integer] | None:
        """The place of each token in its record, `(n_rows, width)`; None but for packed rows."""
        return self._further("position_ids")

    @property
    def record(self) -> NDArray[np.int64] | None:
        """The record of each row, or of each piece of packed rows, int64 `(n,)`; None where row i is record i."""
        return self._further("record")

    @property
    def row_offsets(self) -> NDArray[np.int64] | None:
        """Row r holds the records `record[row_offsets[r]:row_offsets[r + 1]]`, int64 `(n_rows + 1,)`.

        None but for packed rows.
        """
        return self._further("row_offsets")

    @property
    def label_classes(self) -> dict[str, list[str]]:
        """The classes of labels that were texts, by the names of their arrays, which hold places in these lists."""
        return dict(self.meta.get("label_classes", {}))

    @property
    def vocab_size(self) -> int | None:
        """The `input_dim` that an `Embedding` needs; None where the input held ids already."""
        tokenizer = self.meta["tokenizer"]
        return None if tokenizer is None else int(tokenizer["vocab_size"])

    def _of_role(self, role: Role) -> NDArray[Any]:
        return self[next(name for name in self.names if role_of(name) == role)]

    def _further(self, name: str) -> NDArray[Any] | None:
        return self[name] if name in self.names else None
