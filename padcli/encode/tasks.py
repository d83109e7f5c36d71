"""What is done with one chunk: a worker's part of the work."""

import dataclasses

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from padcli.options import Format, ReadOptions
from padcli.quality.row_checks import ChunkSmells, Nose
from padcli.rows.ragged import Texts, Units, narrowest
from padcli.sources import reader_of
from padcli.sources.records import Chunk, Families, Reject, TextChunk
from padcli.tokenizers.splitter import Splitter


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ScannedChunk:
    """A chunk, read and cut into units.

    `codes`: integers `(n_tokens,)`; `units`: the different units, or None where codes are ids; `counts`: int64
    `(n_unique,)`; `lengths`: int32 `(n_rows,)`; `dropped`: tokens that were left out since they have no id;
    `original_rows`: rows that a foreign tokenizer's own library encoded.
    """

    units: pa.StringArray | None
    counts: NDArray[np.int64]
    codes: NDArray[np.integer]
    lengths: NDArray[np.int32]
    labels: dict[str, pa.Array]
    families: Families
    rejects: tuple[Reject, ...]
    blank_lines: int
    original_rows: int
    smells: ChunkSmells | None
    dropped: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ScanTask:
    """Read a chunk's records, and cut them into units. Bad records are returned, not raised.

    `source`: which of the inputs it is of, counted from 0. `families`: what is known of the fields from earlier chunks.
    The result holds as long as nothing else has come out by the time when it is used; see `is_doubtful`. `nose`: how to
    look at the rows, if at all.
    """

    chunk: Chunk
    source: int
    format: Format
    splitter: Splitter
    options: ReadOptions
    families: Families
    nose: Nose | None = None

    def __call__(self) -> ScannedChunk:
        """Do the work."""
        return _scanned(reader_of(self.format)(self.chunk, self.options, self.families), self.splitter, self.nose)

    def is_doubtful(self, result: ScannedChunk | None, families: Families) -> bool:
        """Whether the task could have come to something else (or not have failed), had it known these families."""
        if families == self.families:
            return False
        return (
            result is None
            or bool(result.rejects)
            or any(families.get(label, family) != family for label, family in result.families.items())
        )


def _scanned(texts: TextChunk, splitter: Splitter, nose: Nose | None) -> ScannedChunk:
    units = units_of(texts, splitter)
    return ScannedChunk(
        units=units.units,
        counts=units.counts,
        codes=narrowest(units.codes),
        lengths=np.diff(units.offsets).astype(np.int32),
        labels=texts.labels,
        families=texts.families,
        rejects=texts.rejects,
        blank_lines=texts.blank_lines,
        original_rows=units.original_rows,
        smells=None if nose is None else nose(texts, units),
        dropped=units.dropped,
    )


def units_of(texts: TextChunk, splitter: Splitter) -> Units:
    """The units of each record."""
    values = texts.values
    if pa.types.is_string(values.type):
        return splitter.split(Texts(array=values, tail=texts.tail))
    if pa.types.is_null(values.type):
        return Units.of_ids(np.zeros(0, np.uint8), np.zeros(len(values) + 1, np.int64))
    if pa.types.is_string(values.type.value_type):
        return splitter.split_tokens(values)
    offsets = values.offsets.to_numpy().astype(np.int64)
    return Units.of_ids(values.flatten().to_numpy(), offsets - offsets[0])
