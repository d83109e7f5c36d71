"""The rows of all splits, in the order of the input, kept until the vocabulary and the shape of the rows are known."""

import dataclasses
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import numpy as np
from numpy.typing import NDArray

from padcli.encode.summary import SplitSummary, merged_smells
from padcli.encode.task import EncodedSplit
from padcli.engine.base import Result
from padcli.engine.run import Run
from padcli.engine.store import Codes, Rows, Spill
from padcli.plan import FitPlan, PadPlan
from padcli.quality.row_checks import Finding, RowHashes, mostly_unknown
from padcli.rows.lengths import EMPTY, LengthHistogram
from padcli.rows.ragged import narrowest, offsets_of
from padcli.rows.template import ONE_TEXT, Template
from padcli.sources.records import FieldKinds
from padcli.tokenizers import Tokenizer
from padcli.tokenizers.around import template_of
from padcli.tokenizers.vocabulary import UnitCounts


@dataclasses.dataclass(slots=True, kw_only=True)
class EncodedRows:
    """Stores of the rows of a run. What is None is not kept.

    `store`: ids and lengths, on disk; `hashes`: one of each row; `counts`: how often each unit occurs, for a vocabulary
    to be fitted. `field_kinds`: what is known of the fields before anything is read; `template`: special ids around the
    texts of a record.
    """

    store: Spill | None = None
    hashes: RowHashes | None = None
    counts: UnitCounts | None = None
    field_kinds: FieldKinds = dataclasses.field(default_factory=dict)
    template: Template = ONE_TEXT
    pad_id: int = 0
    _sources: list[int] = dataclasses.field(default_factory=list)  # the input that each part of the store is of
    _repeated: Result[Finding] | None = None

    def add(self, split: EncodedSplit) -> None:
        """Take in the next split."""
        numbers = split.numbers
        if split.units is not None and self.counts is not None:
            numbers = self.counts.add(split.units, split.counts)
        if self.hashes is not None and split.hashes is not None:
            self.hashes.add(split.hashes)
        if self.store is not None and split.n_records:
            self.store.codes.append(Codes(codes=split.codes, numbers=numbers))
            self.store.rows.append(
                Rows(lengths=split.lengths, labels=split.labels, record=split.record, n_records=split.n_records)
            )
            self._sources.append(len(split.summary.histograms) - 1)

    def look_for_repetitions(self, run: Run) -> None:
        """Let a worker look for rows that repeat others."""
        if self.hashes is not None:
            self._repeated = run.beside("look for repetitions", self.hashes.repeated)

    def repeated(self, run: Run) -> Finding | None:
        """Return the rows that repeat others; None where rows are not checked."""
        if self._repeated is None:
            self.look_for_repetitions(run)
        return None if self._repeated is None else run.wait(self._repeated)

    def find_unknown(self, summary: SplitSummary, unknown: NDArray[np.bool_]) -> SplitSummary:
        """Find rows that are mostly unknown, now that it is known which units are, bool `(n_units,)`."""
        smells, first_row = dict[str, Finding](summary.smells), 0
        if self.store is None or self.hashes is None:
            return summary
        for tokens, rows in zip(self.store.codes, self.store.rows, strict=True):
            lengths = self._of_records(rows.lengths)
            found = {"unknown": mostly_unknown(unknown[tokens.numbers][tokens.codes], lengths)}
            smells = merged_smells(smells, found, first_row)
            first_row += len(lengths)
        return dataclasses.replace(summary, smells=smells)

    def leave_out(self, summary: SplitSummary, dropped: NDArray[np.bool_]) -> SplitSummary:
        """Take the tokens of some units, bool `(n_units,)`, out of all rows, which were kept for that."""
        if self.store is None:
            raise ValueError("no rows were kept")
        histograms, sources, first_row = [EMPTY] * len(summary.histograms), iter(self._sources), 0

        def without(tokens: Codes, rows: Rows) -> tuple[Codes, Rows]:
            nonlocal first_row
            if tokens.numbers is None:  # no row of it holds anything
                kept = np.ones(len(tokens.codes), np.bool_)
            else:
                kept = ~dropped[tokens.numbers][tokens.codes]
            lengths: NDArray[np.int32] = np.diff(offsets_of(kept)[offsets_of(rows.lengths)]).astype(np.int32)
            of_records = self._of_records(lengths)
            histograms[next(sources)] += LengthHistogram.of(of_records + self.template.n_special)
            if self.hashes is not None:
                self.hashes.forget(first_row, of_records == 0)
            first_row += len(of_records)
            return dataclasses.replace(tokens, codes=tokens.codes[kept]), dataclasses.replace(
                rows, lengths=narrowest(lengths)
            )

        self.store.rewrite(without)
        return dataclasses.replace(summary, histograms=tuple(histograms))

    def _of_records(self, lengths: NDArray[np.integer]) -> NDArray[np.int32]:
        """Add up the lengths of the texts of each record."""
        sums: NDArray[np.int32] = lengths.reshape(-1, self.template.n_texts).sum(axis=1, dtype=np.int32)
        return sums


@contextmanager
def keep_rows(plan: FitPlan, tokenizer: Tokenizer) -> Iterator[EncodedRows]:
    """Keep what a plan needs of the rows while the block runs. Raises `UsageError` for ids that are not there."""
    template = template_of(tokenizer, plan.tokenize, plan.rows, plan.read.n_texts)
    pad_id = tokenizer.padding_id(plan.pad.pad_id) if isinstance(plan, PadPlan) else 0
    field_kinds: FieldKinds = {}
    counts = UnitCounts() if tokenizer.vocabulary is None else None
    if plan.continue_from is not None:
        from padcli.tokenizers import counts_file

        counts, field_kinds = counts_file.read(plan.continue_from, tokenizer.splitter)
    with ExitStack() as stack:
        yield EncodedRows(
            store=None if plan.store_folder is None else stack.enter_context(Spill(plan.store_folder)),
            hashes=stack.enter_context(RowHashes(plan.store_folder)) if plan.checks_rows else None,
            counts=counts,
            field_kinds=field_kinds,
            template=template,
            pad_id=pad_id,
        )
