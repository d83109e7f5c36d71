"""Stored arrays as rows to be written again, checked by their digests on the way."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from numpy.typing import NDArray

from padcli.conversion.array_names import ConvertedArray
from padcli.engine.run import Run
from padcli.errors import InputError
from padcli.formats.base import StoredRows, data_of
from padcli.options import WriteOptions
from padcli.rows.blocks import side_by_side
from padcli.schema import ArraySpec

_OF_SHARDS = ("shards", "sha256")  # what the metadata of an index say of its files


class StoredArrays:
    """The arrays of an output, as `converted` says; `changes`: of its metadata. See `padcli.formats.base.Rows`."""

    def __init__(
        self,
        stored: StoredRows,
        converted: Sequence[ConvertedArray],
        changes: Mapping[str, Any],
        write: WriteOptions,
        run: Run,
    ) -> None:
        self.specs = tuple(
            ArraySpec(name=each.name, dtype=each.dtype, shape=stored.arrays[each.source].shape) for each in converted
        )
        self._stored, self._changes, self._write, self._run = stored, changes, write, run
        self._converted = {each.name: each for each in converted}
        self._digests = {spec.name: "00" * hashlib.sha256().digest_size for spec in self.specs}
        self._done, self._total = 0, sum(spec.nbytes for spec in self.specs)

    def column(self, name: str) -> Iterator[NDArray[Any]]:
        """Yield the blocks of an array. Raises `InputError` at its end where its source has another digest."""
        digest, is_hashed = hashlib.sha256(), self._is_hashed(name)
        source, change = self._converted[name].source, self._converted[name].change
        try:
            with self._stored.array(source) as reader, self._run.lane("digest") as lane:
                for stored in reader.blocks():
                    block = stored if change is None else change(stored)
                    if is_hashed:
                        lane.add(partial(digest.update, data_of(block)))
                    yield block
                    self._done = min(self._done + block.nbytes, self._total)
                    self._run.on_progress("Converting", self._done, self._total)
                found = reader.sha256
        except InputError as error:
            raise InputError(f"{self._stored.path}: {source}: {error.message}", hint=error.hint) from error
        if self._stored.arrays[source].sha256 not in {None, found}:
            raise InputError(
                f"{self._stored.path}: {source} is damaged: it has another digest than its metadata say.",
                hint=f"For details: padcli verify {self._stored.path}",
            )
        self._digests[name] = digest.hexdigest() if is_hashed else found

    def _is_hashed(self, name: str) -> bool:
        """Tell whether a digest of its own is needed: shards make theirs, and one that is checked may do for both."""
        is_changed = self._converted[name].change is not None
        return not self._write.is_sharded and (is_changed or "shards" in self._stored.metadata)

    def batches(self, n_rows: int) -> Iterator[dict[str, NDArray[Any]]]:
        """Yield all arrays side by side."""
        return side_by_side({spec.name: self.column(spec.name) for spec in self.specs}, n_rows)

    def metadata(self) -> dict[str, Any]:
        """Return the metadata of the source, with these arrays; digests are zeros until an array was read."""
        whole = {name: value for name, value in self._stored.metadata.items() if name not in _OF_SHARDS}
        whole |= self._changes
        whole["arrays"] = {
            spec.name: {"dtype": spec.dtype.str, "shape": spec.shape, "sha256": self._digests[spec.name]}
            for spec in self.specs
        }
        if "compress" in whole["options"]:
            whole["options"] = {**whole["options"], "compress": self._write.compress}
        return whole
