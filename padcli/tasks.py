"""What is done with one chunk: a worker's part of the work."""

import dataclasses

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from padcli.chunks import Chunk, Families, Reject, TextChunk
from padcli.options import Format, ReadOptions
from padcli.ragged import Units, narrowest
from padcli.sources import reader_of
from padcli.tokenizers.splitter import Splitter


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ScannedChunk:
    """A chunk, read and cut into units.

    `codes`: integers `(n_tokens,)`; `units`: the different units, or None where codes are ids; `counts`: int64
    `(n_unique,)`; `lengths`: int32 `(n_rows,)`.
    """

    units: pa.StringArray | None
    counts: NDArray[np.int64]
    codes: NDArray[np.integer]
    lengths: NDArray[np.int32]
    labels: dict[str, pa.Array]
    families: Families
    rejects: tuple[Reject, ...]
    blank_lines: int


def scan_chunk(
    chunk: Chunk, *, format: Format, splitter: Splitter, options: ReadOptions, families: Families
) -> ScannedChunk:
    """Read a chunk's records, and cut them into units. Bad records are returned, not raised."""
    texts = reader_of(format)(chunk, options, families)
    units = _units(texts, splitter)
    n_units = 0 if units.units is None else len(units.units)
    return ScannedChunk(
        units=units.units,
        counts=np.bincount(units.codes, minlength=n_units) if n_units else np.zeros(0, np.int64),
        codes=narrowest(units.codes),
        lengths=np.diff(units.offsets).astype(np.int32),
        labels=texts.labels,
        families=texts.families,
        rejects=texts.rejects,
        blank_lines=texts.blank_lines,
    )


def _units(texts: TextChunk, splitter: Splitter) -> Units:
    values = texts.values
    if pa.types.is_string(values.type):
        return splitter.split(values)
    if pa.types.is_null(values.type):
        return Units(units=None, codes=np.zeros(0, np.uint8), offsets=np.zeros(len(values) + 1, np.int64))
    if pa.types.is_string(values.type.value_type):
        return splitter.split_tokens(values)
    offsets = values.offsets.to_numpy().astype(np.int64)
    return Units(units=None, codes=values.flatten().to_numpy(), offsets=offsets - offsets[0])
