"""Records that are taken of a split: a pure function of each record alone, so that any worker can tell."""

import dataclasses

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from padcli.kernels import dispatch
from padcli.options import SelectOptions
from padcli.rows.ragged import Texts, positions
from padcli.rows.selection import parts_of, sampled, seeded, splitmix64
from padcli.sources.records import GROUP, Records


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RecordFilter:
    """Filter of the records of a split, of `n_texts` each.

    `options`: what is wanted; `part`: the number of the part that is wanted, of those of `--split-into`; `kept`: bool
    `(n_records,)`, records that others have decided on, such as that a record repeats none before it; `(1,)` for all.
    """

    options: SelectOptions
    n_texts: int = 1
    part: int | None = None
    kept: NDArray[np.bool_] | None = None

    def by_content(self, records: Records) -> NDArray[np.bool_]:
        """Tell for each record whether it is taken, by what it holds, bool `(n_records,)`."""
        taken = np.ones(len(records.values) // self.n_texts, np.bool_)
        if self.kept is not None:
            taken &= self.kept
        options = self.options
        if options.sample is not None:
            taken &= sampled(self._keys(records, "sample"), options.sample_share)
        if self.part is not None:
            taken &= parts_of(self._keys(records, "split"), list(options.parts.values())) == self.part
        return taken

    def by_length(self, lengths: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Tell for each record whether it is taken, by its tokens, `(n_records,)`, special ones not counted."""
        least, most = self.options.lengths
        taken: NDArray[np.bool_] = (lengths >= least) & (lengths <= most)
        return taken

    def _keys(self, records: Records, purpose: str) -> NDArray[np.uint64]:
        """Return a hash of each record's group, or of its content; another one for each purpose."""
        seed = (self.options.seed * 2 + (purpose == "split")) % 2**64
        if GROUP in records.labels:
            return hashes_of(records.labels[GROUP], 1, seed)
        return hashes_of(records.values, self.n_texts, seed, tail=records.tail)


def hashes_of(values: pa.Array, n_texts: int, seed: int, *, tail: int = 0) -> NDArray[np.uint64]:
    """Return a hash of each record: the same on every machine, uint64 `(n_records,)`."""
    if pa.types.is_list(values.type):  # no text holds these separators as they are here
        values, tail = pc.binary_join(values.cast(pa.list_(pa.string())), "\x00"), 0
    elif not pa.types.is_string(values.type):
        values, tail = values.cast(pa.string()), 0
    texts = values.fill_null("") if values.null_count else values
    hashes = dispatch.kernels().hash_texts(Texts(array=texts, tail=tail))
    mixed = hashes[::n_texts]
    for text in range(1, n_texts):
        mixed = splitmix64(mixed) ^ hashes[text::n_texts]
    return seeded(mixed, seed)


def take(records: Records, taken: NDArray[np.bool_], n_texts: int) -> Records:
    """Return some of the records; what was rejected stays."""
    if taken.all():
        return records
    chosen = np.flatnonzero(taken)
    texts = (chosen[:, None] * n_texts + np.arange(n_texts)).reshape(-1)
    return dataclasses.replace(
        records,
        values=records.values.take(positions(texts)),
        labels={name: column.take(positions(chosen)) for name, column in records.labels.items()},
    )
