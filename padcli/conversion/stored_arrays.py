"""Stored arrays as rows to be written again, checked by their digests on the way."""

import hashlib
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from padcli.conversion.class_maps import ClassMap
from padcli.engine.run import Run
from padcli.errors import InputError
from padcli.formats.base import StoredRows, data_of
from padcli.options import WriteOptions
from padcli.rows.blocks import side_by_side
from padcli.schema import ArraySpec

_OF_SHARDS = ("shards", "sha256")  # what the metadata of an index say of its files


class StoredArrays:
    """The arrays of an output; labels that have a map become integers. See `padcli.formats.base.Rows`."""

    def __init__(self, stored: StoredRows, maps: Mapping[str, ClassMap], write: WriteOptions, run: Run) -> None:
        self.specs = tuple(
            ArraySpec(name=name, dtype=np.dtype(np.int64) if name in maps else array.dtype, shape=array.shape)
            for name, array in stored.arrays.items()
        )
        self._stored, self._maps, self._write, self._run = stored, maps, write, run
        self._digests = {spec.name: "00" * hashlib.sha256().digest_size for spec in self.specs}
        self._done, self._total = 0, sum(spec.nbytes for spec in self.specs)

    def column(self, name: str) -> Iterator[NDArray[Any]]:
        """Yield the blocks of an array. Raises `InputError` at its end where its digest is another one."""
        digest, is_hashed = hashlib.sha256(), self._is_hashed(name)
        try:
            with self._stored.array(name) as reader, self._run.lane("digest") as lane:
                for stored in reader.blocks():
                    block = self._maps[name](stored) if name in self._maps else stored
                    if is_hashed:
                        lane.add(partial(digest.update, data_of(block)))
                    yield block
                    self._done = min(self._done + block.nbytes, self._total)
                    self._run.on_progress("Converting", self._done, self._total)
                found = reader.sha256
        except InputError as error:
            raise InputError(f"{self._stored.path}: {name}: {error.message}", hint=error.hint) from error
        if self._stored.arrays[name].sha256 not in {None, found}:
            raise InputError(
                f"{self._stored.path}: {name} is damaged: it has another digest than its metadata say.",
                hint=f"For details: padcli verify {self._stored.path}",
            )
        self._digests[name] = digest.hexdigest() if is_hashed else found

    def _is_hashed(self, name: str) -> bool:
        """Tell whether a digest of its own is needed: shards make theirs, and one that is checked may do for both."""
        return not self._write.is_sharded and (name in self._maps or "shards" in self._stored.metadata)

    def batches(self, n_rows: int) -> Iterator[dict[str, NDArray[Any]]]:
        """Yield all arrays side by side."""
        return side_by_side({spec.name: self.column(spec.name) for spec in self.specs}, n_rows)

    def metadata(self) -> dict[str, Any]:
        """Return the metadata of the source, with these arrays; digests are zeros until an array was read."""
        whole = {name: value for name, value in self._stored.metadata.items() if name not in _OF_SHARDS}
        whole["arrays"] = {
            spec.name: {"dtype": spec.dtype.str, "shape": spec.shape, "sha256": self._digests[spec.name]}
            for spec in self.specs
        }
        if "compress" in whole["options"]:
            whole["options"] = {**whole["options"], "compress": self._write.compress}
        if self._maps:
            whole["options"] = {**whole["options"], "label_map": True}
            classes = {name: list(each.classes) for name, each in self._maps.items()}
            whole["label_classes"] = {**whole.get("label_classes", {}), **classes}
        return whole
