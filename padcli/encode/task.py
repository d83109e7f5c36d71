"""A split of the input to local ids and a summary: a worker's part of the work, a pure function."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from padcli.encode.label_summary import of_labels
from padcli.encode.record_filter import RecordFilter, take
from padcli.encode.summary import MOST_REJECTS, OfInput, SplitSummary
from padcli.encode.worker_tokenizer import WorkerTokenizer
from padcli.options import ReadOptions
from padcli.quality.row_checks import Finding, RowChecker, mostly_unknown
from padcli.rows.lengths import LengthHistogram
from padcli.rows.ragged import Texts, Units, narrowest
from padcli.sources.base import InputFacts, Split
from padcli.sources.reading import read_split
from padcli.sources.records import GROUP, STRATUM, TOKENIZED_FIELD, FieldKinds, Records, Reject
from padcli.store.blocks import Block
from padcli.tokenizers.splitter import Splitter


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class EncodedSplit(Block):
    """The rows of a split, and what is known of them. `observed`: see `Records`."""

    rejects: tuple[Reject, ...]
    summary: SplitSummary
    observed: Split | None = None

    def of_input(self, facts: InputFacts) -> "EncodedSplit":
        """Return this as the end of an input."""
        return dataclasses.replace(self, summary=dataclasses.replace(self.summary, inputs=(facts,)))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class EndOfInput:
    """Stands behind the last split of an input; so an input without rows counts, too."""

    source: int

    def __call__(self) -> EncodedSplit:
        """Return no rows."""
        return EncodedSplit(
            codes=np.zeros(0, np.uint8),
            numbers=None,
            units=None,
            counts=np.zeros(0, np.int64),
            lengths=np.zeros(0, np.uint8),
            labels={},
            hashes=None,
            rejects=(),
            summary=SplitSummary(by_input=(OfInput(number=self.source),)),
        )

    def is_doubtful(self, result: EncodedSplit | None, field_kinds: FieldKinds) -> bool:  # noqa: ARG002
        """Return False."""
        return False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class EncodeAnySplit:
    """The part of `EncodeSplit` that the tasks of a run have in common.

    `n_texts`, `n_special`: texts and special ids of a record; `checks`: how to look at the rows, if at all; `select`:
    which records are taken; None: all.
    """

    read: ReadOptions
    tokenizer: WorkerTokenizer
    n_texts: int = 1
    n_special: int = 0
    pad_id: int = 0
    checks: RowChecker | None = None
    select: RecordFilter | None = None

    def of(self, split: Split, *, source: int, kind: str, field_kinds: FieldKinds) -> "EncodeSplit":
        """Return the task for a split; see there."""
        common = {field.name: getattr(self, field.name) for field in dataclasses.fields(EncodeAnySplit)}
        return EncodeSplit(**common, split=split, source=source, kind=kind, field_kinds=field_kinds)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class EncodeSplit(EncodeAnySplit):
    """Read the records of a split, and encode them. Bad records are returned, not raised.

    `source`: the input that it is of, counted from 0; `kind`: of that input; `field_kinds`: what is known of the fields
    from the splits before it.
    The task can be pickled, run anywhere and run twice, and gives the same.
    """

    split: Split
    source: int
    kind: str
    field_kinds: FieldKinds

    def only(self, kept: NDArray[np.bool_]) -> "EncodeSplit":
        """Return the task for some of the records: see `RecordFilter.kept`."""
        return (
            self
            if self.select is None
            else dataclasses.replace(self, select=dataclasses.replace(self.select, kept=kept))
        )

    def __call__(self) -> EncodedSplit:
        """Do the work."""
        return self.encoded(self.records())

    def records(self) -> Records:
        """Read the records."""
        return read_split(self.kind, self.split, self.read, self.field_kinds)

    def encoded(self, records: Records) -> EncodedSplit:
        """Encode the records that were read."""
        observed = records.observed
        rejects = tuple(dataclasses.replace(bad, source=self.source) for bad in records.rejects)
        all_labels = _carried(records.labels)
        records, units, record, n_records = self._taken(records)
        lengths = np.diff(units.offsets).astype(np.int32)
        of_records = lengths.reshape(-1, self.n_texts).sum(axis=1, dtype=np.int32)
        labels = _carried(records.labels)
        found = None if self.checks is None else self.checks(records, units)
        numbers, figures = self._looked_up(units, of_records, records.field_kinds)
        unknown = figures.pop("smells", {})
        smells = {} if found is None else {**found.found, **unknown}
        histogram = LengthHistogram.of(of_records + np.int32(self.n_special))
        return EncodedSplit(
            codes=narrowest(units.codes),
            numbers=numbers,
            units=units.units if numbers is None else None,
            counts=units.counts,
            lengths=narrowest(lengths),
            labels=labels,
            record=record,
            n_records=n_records,
            hashes=None if found is None else found.hashes,
            rejects=rejects,
            observed=observed,
            summary=SplitSummary(
                by_input=(OfInput(number=self.source, histogram=histogram, lines=records.n_lines),),
                field_kinds=records.field_kinds,
                labels=of_labels(
                    labels,
                    all_labels,
                    is_mapped=self.read.label_map,
                    is_part=self.select is not None and bool(self.select.options.parts),
                ),
                rejected=len(rejects),
                rejects=rejects[:MOST_REJECTS],
                skipped=n_records - len(of_records),
                skipped_files=records.skipped_files,
                blank_lines=records.blank_lines,
                smells=smells,
                original_rows=units.original_rows,
                dropped_tokens=units.dropped,
                **figures,
            ),
        )

    def _taken(self, records: Records) -> tuple[Records, Units, NDArray[np.int64] | None, int]:
        """Take the records that are wanted, cut into units; with their numbers, and how many there were."""
        n_records, splitter = len(records.values) // self.n_texts, self.tokenizer.splitter
        if self.select is None:
            return records, units_of(records, splitter), None, n_records
        taken = self.select.by_content(records)
        record = np.flatnonzero(taken)
        records = take(records, taken, self.n_texts)
        units = units_of(records, splitter)
        if self.select.options.skips_by_length:
            lengths = np.diff(units.offsets).reshape(-1, self.n_texts).sum(axis=1)
            taken = self.select.by_length(lengths)
            if not taken.all():
                records, record = take(records, taken, self.n_texts), record[taken]
                units = units.only(np.repeat(taken, self.n_texts))
        return records, units, record, n_records

    def is_doubtful(self, result: EncodedSplit | None, field_kinds: FieldKinds) -> bool:
        """Return whether the task must be done again, since the kinds of fields were not yet known."""
        found = {} if result is None else result.summary.field_kinds
        return is_doubtful(self.field_kinds, field_kinds, found, is_bad=result is None or bool(result.rejects))

    def _looked_up(
        self, units: Units, lengths: NDArray[np.int32], field_kinds: FieldKinds
    ) -> tuple[NDArray[np.int32] | None, dict[str, Any]]:
        """Look units up in the vocabulary. Returns the id of each, and figures of the summary."""
        if units.units is None:
            return None, self._figures_of_ids(units.codes, lengths, field_kinds)
        if self.tokenizer.numbering is None:
            return None, {}
        numbers = self.tokenizer.numbering(units.units)
        figures = {"pad_id_tokens": int(units.counts[numbers == self.pad_id].sum())}
        unknown = numbers == self.tokenizer.unk_id
        if unknown.any():
            figures |= _figures_of_unknown(unknown[units.codes], lengths)
        return numbers, figures

    def _figures_of_ids(
        self, ids: NDArray[np.integer], lengths: NDArray[np.int32], field_kinds: FieldKinds
    ) -> dict[str, Any]:
        if not len(ids):
            return {}
        figures: dict[str, Any] = {"smallest_id": min(0, int(ids.min())), "largest_id": max(0, int(ids.max()))}
        is_input = field_kinds.get(TOKENIZED_FIELD) == "ids"
        if is_input or self.tokenizer.has_vocabulary:
            figures["pad_id_tokens"] = int(np.count_nonzero(ids == self.pad_id))
        if not is_input and self.tokenizer.unk_id is not None:
            figures |= _figures_of_unknown(ids == self.tokenizer.unk_id, lengths)
        return figures


def _carried(columns: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    return {name: column for name, column in columns.items() if name not in {GROUP, STRATUM}}


def is_doubtful(given: FieldKinds, known: FieldKinds, found: Mapping[str, str], *, is_bad: bool) -> bool:
    """Tell whether a split must be read again: it was with the fields `given`, and by now more is `known` of them.

    `found`: what its fields hold; `is_bad`: whether some of its records could not be used.
    """
    return given != known and (
        is_bad or any(known.get(field, field_kind) != field_kind for field, field_kind in found.items())
    )


def _figures_of_unknown(unknown: NDArray[np.bool_], lengths: NDArray[np.int32]) -> dict[str, Any]:
    tokens = int(np.count_nonzero(unknown))
    smells: dict[str, Finding] = {"unknown": mostly_unknown(unknown, lengths)} if tokens else {}
    return {"unk_tokens": tokens, "smells": smells}


def units_of(records: Records, splitter: Splitter) -> Units:
    """Cut each record into units."""
    values = records.values
    if pa.types.is_string(values.type):
        return splitter.split(Texts(array=values, tail=records.tail))
    if pa.types.is_null(values.type):
        return Units.of_ids(np.zeros(0, np.uint8), np.zeros(len(values) + 1, np.int64))
    if pa.types.is_string(values.type.value_type):
        return splitter.split_tokens(values)
    offsets = values.offsets.to_numpy().astype(np.int64)
    return Units.of_ids(values.flatten().to_numpy(), offsets - offsets[0])
