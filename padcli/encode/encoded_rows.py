"""The rows of all splits, in the order of the input, kept until the vocabulary and the shape of the rows are known."""

import dataclasses

import numpy as np
from numpy.typing import NDArray

from padcli.encode.summary import OfInput, SplitSummary, merged_inputs, merged_smells
from padcli.encode.task import EncodedSplit
from padcli.engine.base import Result
from padcli.engine.run import Run
from padcli.quality.row_checks import Finding, RowHashes, mostly_unknown
from padcli.rows.lengths import LengthHistogram
from padcli.rows.ragged import narrowest, offsets_of
from padcli.rows.template import ONE_TEXT, Template
from padcli.sources.records import FieldKinds
from padcli.store.blocks import Codes, Rows, Store
from padcli.store.spill import Spill
from padcli.tokenizers.vocabulary import FittedVocabulary, UnitCounts


@dataclasses.dataclass(slots=True, kw_only=True)
class EncodedRows:
    """Stores of the rows of a run. What is None is not kept.

    `store`: ids and lengths, on disk; `hashes`: one of each row; `counts`: how often each unit occurs, for a vocabulary
    to be fitted. `field_kinds`: what is known of the fields before anything is read; `template`: special ids around the
    texts of a record.
    """

    store: Store | None = None
    hashes: RowHashes | None = None
    counts: UnitCounts | None = None
    field_kinds: FieldKinds = dataclasses.field(default_factory=dict)
    template: Template = ONE_TEXT
    pad_id: int = 0
    _sources: list[int] = dataclasses.field(default_factory=list)  # the input that each part of the store is of
    _repeated: Result[Finding] | None = None

    def add(self, split: EncodedSplit) -> None:
        """Take in the next split."""
        numbers, store = split.numbers, self.store
        if split.units is not None and self.counts is not None:
            numbers = self.counts.add(split.units, split.counts)
        if self.hashes is not None and split.hashes is not None:
            self.hashes.add(split.hashes)
        if isinstance(store, Spill) and split.n_records:
            store.codes.append(Codes(codes=split.codes, numbers=numbers))
            store.rows.append(
                Rows(lengths=split.lengths, labels=split.labels, record=split.record, n_records=split.n_records)
            )
            self._sources.append(split.summary.by_input[-1].number)

    def look_for_repetitions(self, run: Run) -> None:
        """Let a worker look for rows that repeat others."""
        if self.hashes is not None:
            self._repeated = run.beside("look for repetitions", self.hashes.repeated)

    def repeated(self, run: Run) -> Finding | None:
        """Return the rows that repeat others; None where rows are not checked."""
        if self._repeated is None:
            self.look_for_repetitions(run)
        return None if self._repeated is None else run.wait(self._repeated)

    def numbered(self, fitted: FittedVocabulary) -> NDArray[np.int32] | None:
        """Return the ids of units by their numbers, int32 `(n_units,)`; None where workers look units up themselves."""
        return fitted.ids

    def find_unknown(self, summary: SplitSummary, fitted: FittedVocabulary, run: Run) -> SplitSummary:  # noqa: ARG002
        """Find rows that are mostly unknown, now that it is known which units are."""
        unknown, smells, first_row = fitted.ids == fitted.vocabulary.unk_id, dict[str, Finding](summary.smells), 0
        if self.store is None or self.hashes is None:
            return summary
        for tokens, rows in zip(self.store.codes, self.store.rows, strict=True):
            lengths = self._of_records(rows.lengths)
            found = {"unknown": mostly_unknown(unknown[tokens.numbers][tokens.codes], lengths)}
            smells = merged_smells(smells, found, first_row)
            first_row += len(lengths)
        return dataclasses.replace(summary, smells=smells)

    def leave_out(self, summary: SplitSummary, fitted: FittedVocabulary, run: Run) -> SplitSummary:  # noqa: ARG002
        """Take the tokens of units that have no id out of all rows, which were kept for that."""
        if not isinstance(self.store, Spill):
            raise TypeError("no rows were kept")
        dropped = fitted.ids < 0
        sources, parts, first_row = iter(self._sources), tuple[OfInput, ...](), 0

        def without(tokens: Codes, rows: Rows) -> tuple[Codes, Rows]:
            nonlocal first_row, parts
            if tokens.numbers is None:  # no row of it holds anything
                kept = np.ones(len(tokens.codes), np.bool_)
            else:
                kept = ~dropped[tokens.numbers][tokens.codes]
            lengths: NDArray[np.int32] = np.diff(offsets_of(kept)[offsets_of(rows.lengths)]).astype(np.int32)
            of_records = self._of_records(lengths)
            histogram = LengthHistogram.of(of_records + self.template.n_special)
            parts = merged_inputs(parts, (OfInput(number=next(sources), histogram=histogram),))
            if self.hashes is not None:
                self.hashes.forget(first_row, of_records == 0)
            first_row += len(of_records)
            return dataclasses.replace(tokens, codes=tokens.codes[kept]), dataclasses.replace(
                rows, lengths=narrowest(lengths)
            )

        self.store.rewrite(without)
        return summary.with_histograms(parts)

    def _of_records(self, lengths: NDArray[np.integer]) -> NDArray[np.int32]:
        """Add up the lengths of the texts of each record."""
        sums: NDArray[np.int32] = lengths.reshape(-1, self.template.n_texts).sum(axis=1, dtype=np.int32)
        return sums
