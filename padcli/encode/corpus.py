"""What is known of the whole input, gathered chunk by chunk."""

import dataclasses
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from padcli.encode.tasks import ScannedChunk
from padcli.engine.store import Codes, Rows, Spill
from padcli.errors import InputError
from padcli.quality.row_checks import RowHashes, Smell, mostly_unknown
from padcli.rows.lengths import EMPTY, LengthHistogram
from padcli.rows.ragged import narrowest, offsets_of
from padcli.sources.records import EXACT_IN_FLOAT64, TOKENIZED_FIELD, Families, mixed_numbers
from padcli.sources.streams import InputFacts
from padcli.tokenizers.vocabulary import Numbering, UnitCounts, Vocabulary

_REASONS = 3


@dataclasses.dataclass(slots=True, kw_only=True)
class Corpus:
    """Facts of the input, and its rows, spilled to disk until `maxlen` and the vocabulary are known.

    Without a `spill` only the facts are kept, as for fitting alone. With a `vocabulary` its ids are
    looked up; without one, units are counted for a vocabulary to be fitted, if there are `counts`. With `hashes`, rows
    are looked through for what is odd about them.
    """

    spill: Spill | None = None
    hashes: RowHashes | None = None
    vocabulary: Vocabulary | None = None
    counts: UnitCounts | None = dataclasses.field(default_factory=UnitCounts)
    histograms: list[LengthHistogram] = dataclasses.field(default_factory=list)  # of each input
    families: Families = dataclasses.field(default_factory=dict)
    label_dtypes: dict[str, np.dtype[Any]] = dataclasses.field(default_factory=dict)
    label_values: dict[str, set[Any]] = dataclasses.field(default_factory=dict)  # of each some, but all if it is one
    wide_labels: set[str] = dataclasses.field(default_factory=set)  # with integers that float64 would round
    inputs: list[InputFacts] = dataclasses.field(default_factory=list)
    sources: list[int] = dataclasses.field(default_factory=list)  # of each part of the spill, which input it is of
    rejected: int = 0
    reasons: list[str] = dataclasses.field(default_factory=list)  # why, of the first rejected records
    blank_lines: int = 0
    original_rows: int = 0  # that a foreign tokenizer's own library encoded
    smells: dict[str, Smell] = dataclasses.field(default_factory=dict)
    unk_tokens: int = 0
    dropped_tokens: int = 0  # that have no id, and so are in no row
    n_special: int = 0  # ids that come around each row
    pad_id: int = 0
    pad_id_tokens: int = 0  # how often that id is a real token
    smallest_id: int = 0  # of ids that the input itself holds
    largest_id: int = 0
    _numbering: Numbering | None = None

    def __post_init__(self) -> None:
        if self.vocabulary is not None:
            self._numbering = self.vocabulary.numbering()

    @property
    def histogram(self) -> LengthHistogram:
        """Of all inputs."""
        return sum(self.histograms, EMPTY)

    @property
    def holds_ids(self) -> bool:
        """Whether the input holds ids, so that no tokenizer has a part in it."""
        return self.families.get(TOKENIZED_FIELD) == "ids"

    @property
    def holds_tokens(self) -> bool:
        """Whether the input holds lists of tokens instead of texts."""
        return self.families.get(TOKENIZED_FIELD) == "tokens"

    def add(self, chunk: ScannedChunk, *, source: int) -> None:
        """Take in the next chunk, in the order of the input; `source` counts the inputs."""
        numbers = None if chunk.units is None else self._number(chunk)
        if self.hashes is not None and chunk.smells is not None:
            self.hashes.add(chunk.smells.hashes)
            self._smell(chunk.smells.found, self.histogram.rows)
        if numbers is None and len(chunk.codes):
            self._add_ids(chunk)
        lengths = chunk.lengths + np.int32(self.n_special)
        self.histograms[source] += LengthHistogram.of(lengths)
        self.families = chunk.families | self.families
        self.rejected += len(chunk.rejects)
        for reject in chunk.rejects[: _REASONS - len(self.reasons)]:
            self.reasons.append(f"{reject.place}: {reject.reason}")
        self.blank_lines += chunk.blank_lines
        self.original_rows += chunk.original_rows
        self.dropped_tokens += chunk.dropped
        for name, column in chunk.labels.items():
            if len(column):
                self._add_label(name, column)
        if self.spill is not None:
            self.spill.codes.append(Codes(codes=chunk.codes, numbers=numbers))
            self.spill.rows.append(Rows(lengths=narrowest(lengths), labels=chunk.labels))
            self.sources.append(source)

    def _add_ids(self, chunk: ScannedChunk) -> None:
        self.smallest_id = min(self.smallest_id, int(chunk.codes.min()))
        self.largest_id = max(self.largest_id, int(chunk.codes.max()))
        is_ids = chunk.families.get(TOKENIZED_FIELD) == "ids"
        if is_ids or self.vocabulary is not None:
            self.pad_id_tokens += int(np.count_nonzero(chunk.codes == self.pad_id))
        if not is_ids and self.vocabulary is not None and self.vocabulary.unk_id is not None:
            self._count_unknown(chunk.codes == self.vocabulary.unk_id, chunk.lengths)

    def _add_label(self, name: str, column: pa.Array) -> None:
        dtype = _dtype_of(name, column)
        self.label_dtypes[name] = np.promote_types(self.label_dtypes.get(name, dtype), dtype)
        if _is_wide(column):
            self.wide_labels.add(name)
        if name in self.wide_labels and self.label_dtypes[name] == np.float64:
            raise mixed_numbers(name)
        values = self.label_values.setdefault(name, set())
        if len(values) < 2:
            values.update(value.as_py() for value in pc.min_max(column).values())

    def _number(self, chunk: ScannedChunk) -> NDArray[np.int32] | None:
        if self._numbering is None or self.vocabulary is None:
            return None if self.counts is None else self.counts.add(chunk.units, chunk.counts)
        ids = self._numbering(chunk.units)
        unknown = ids == self.vocabulary.unk_id
        if unknown.any():
            self._count_unknown(unknown[chunk.codes], chunk.lengths)
        self.pad_id_tokens += int(chunk.counts[ids == self.pad_id].sum())
        return ids

    def _count_unknown(self, unknown: NDArray[np.bool_], lengths: NDArray[np.int32]) -> None:
        tokens = int(np.count_nonzero(unknown))
        self.unk_tokens += tokens
        if tokens and self.hashes is not None:
            self._smell({"unknown": mostly_unknown(unknown, lengths)}, self.histogram.rows)

    def look_for_unknown(self, unknown: NDArray[np.bool_]) -> None:
        """Look for rows that are mostly unknown, once it is known which units are, bool `(n_units,)`."""
        if self.spill is None or self.hashes is None:
            return
        first_row = 0
        for tokens, rows in zip(self.spill.codes, self.spill.rows, strict=True):
            lengths = rows.lengths.astype(np.int32) - np.int32(self.n_special)
            self._smell({"unknown": mostly_unknown(unknown[tokens.numbers][tokens.codes], lengths)}, first_row)
            first_row += len(lengths)

    def leave_out(self, dropped: NDArray[np.bool_]) -> None:
        """Take the tokens of some units, bool `(n_units,)`, out of all rows, which were kept for that."""
        if self.spill is None:
            raise ValueError("no rows were kept")
        histograms, sources, first_row = [EMPTY] * len(self.histograms), iter(self.sources), 0

        def without(tokens: Codes, rows: Rows) -> tuple[Codes, Rows]:
            nonlocal first_row
            if tokens.numbers is None:  # no row of it holds anything
                kept = np.ones(len(tokens.codes), np.bool_)
            else:
                kept = ~dropped[tokens.numbers][tokens.codes]
            lengths: NDArray[np.int32] = np.diff(offsets_of(kept)[offsets_of(rows.lengths)]).astype(np.int32)
            histograms[next(sources)] += LengthHistogram.of(lengths)
            if self.hashes is not None:
                self.hashes.forget(first_row, lengths == 0)
            first_row += len(lengths)
            return dataclasses.replace(tokens, codes=tokens.codes[kept]), dataclasses.replace(
                rows, lengths=narrowest(lengths)
            )

        self.spill.rewrite(without)
        self.histograms = histograms

    def _smell(self, found: dict[str, Smell], first_row: int) -> None:
        for kind, smell in found.items():
            if smell.rows:
                self.smells[kind] = self.smells.get(kind, Smell()).plus(smell, first_row)


def _is_wide(column: pa.Array) -> bool:
    if column.type != pa.int64():
        return False
    extremes = pc.min_max(column)
    return bool(extremes["min"].as_py() < -EXACT_IN_FLOAT64 or extremes["max"].as_py() > EXACT_IN_FLOAT64)


def _dtype_of(name: str, column: pa.Array) -> np.dtype[Any]:
    """The dtype that holds a label's values. Raises `InputError` where it would not give them back."""
    if pa.types.is_string(column.type):
        if pc.any(pc.ends_with(column, "\0")).as_py():
            raise InputError(f"--label {name}: a text in it ends in a NUL, which fixed-width text cannot hold.")
        return np.dtype(f"<U{max(1, pc.max(pc.utf8_length(column)).as_py())}")
    dtype: np.dtype[Any] = np.dtype(column.type.to_pandas_dtype())
    return dtype
