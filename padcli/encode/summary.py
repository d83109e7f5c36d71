"""Summaries of parts of the input: small, immutable, and merged in the order of the input."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from padcli.encode.label_summary import LabelSummary
from padcli.quality.row_checks import Finding
from padcli.rows.lengths import EMPTY, LengthHistogram
from padcli.sources.base import InputFacts
from padcli.sources.records import TOKENIZED_FIELD, Reject
from padcli.sources.skipped_files import SkippedFiles, together

MOST_REJECTS = 3
MOST_INPUTS = 100  # whose figures are kept apart: a histogram takes some kB


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OfInput:
    """Figures of a part of input `number`, from 0: rows by length, special tokens included, and lines.

    Those from `MOST_INPUTS` on are added up, as one that has the number, and the lines, of the last of them.
    """

    number: int
    histogram: LengthHistogram = EMPTY
    lines: int = 0

    @property
    def place(self) -> int:
        """What it has in common with the parts that are added to it."""
        return min(self.number, MOST_INPUTS)

    def plus(self, later: "OfInput") -> "OfInput":
        """Add a part of the same place."""
        first, last = sorted((self, later), key=lambda each: each.number)
        lines = last.lines + (first.lines if first.number == last.number else 0)
        return OfInput(number=last.number, histogram=self.histogram + later.histogram, lines=lines)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SplitSummary:
    """Figures of a part of the input. `NOTHING` is neutral, and `merge` is associative.

    `by_input`: rows by length and lines, by the number of the input, as it rises; `field_kinds`: what each field holds;
    `rejects`: the first few rejected records, lines counted from the start of the part; `skipped`:
    records that were not wanted; `skipped_files`: files of folders that are no input; `smells`: what is odd about rows,
    by kind, the rows counted from the start of the part; `original_rows`: rows that a foreign tokenizer's own library
    encoded; `pad_id_tokens`: how often the padding id is a real token; `dropped_tokens`: tokens that have no id, and so
    are in no row; `smallest_id`, `largest_id`: of ids that did not come from a vocabulary.
    """

    by_input: tuple[OfInput, ...] = ()
    field_kinds: Mapping[str, str] = dataclasses.field(default_factory=dict)
    labels: Mapping[str, LabelSummary] = dataclasses.field(default_factory=dict)
    inputs: tuple[InputFacts, ...] = ()
    rejected: int = 0
    rejects: tuple[Reject, ...] = ()
    skipped: int = 0
    skipped_files: SkippedFiles = dataclasses.field(default_factory=dict)
    blank_lines: int = 0
    smells: Mapping[str, Finding] = dataclasses.field(default_factory=dict)
    original_rows: int = 0
    unk_tokens: int = 0
    dropped_tokens: int = 0
    pad_id_tokens: int = 0
    smallest_id: int = 0
    largest_id: int = 0

    @property
    def histograms(self) -> tuple[LengthHistogram, ...]:
        """Rows by length, of each input."""
        return tuple(each.histogram for each in self.by_input)

    @property
    def histogram(self) -> LengthHistogram:
        """Rows by length, of all inputs."""
        return LengthHistogram.total(self.histograms)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return sum(each.histogram.rows for each in self.by_input)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Place and reason of the first few rejected records, for people."""
        return tuple(f"{bad.place}: {bad.reason}" for bad in self.rejects)

    @property
    def holds_ids(self) -> bool:
        """True where the input holds ids, so that no tokenizer has a part in it."""
        return self.field_kinds.get(TOKENIZED_FIELD) == "ids"

    @property
    def holds_tokens(self) -> bool:
        """True where the input holds lists of tokens instead of texts."""
        return self.field_kinds.get(TOKENIZED_FIELD) == "tokens"

    @property
    def single_labels(self) -> tuple[str, ...]:
        """Labels that have the same value in all rows."""
        return tuple(name for name, label in self.labels.items() if len(label.values) == 1)

    def with_histograms(self, parts: Iterable[OfInput]) -> "SplitSummary":
        """Return the same with other lengths of rows, those of all parts."""
        found: dict[int, LengthHistogram] = {}
        for part in parts:
            found[part.place] = found.get(part.place, EMPTY) + part.histogram
        changed = (dataclasses.replace(each, histogram=found.get(each.place, EMPTY)) for each in self.by_input)
        return dataclasses.replace(self, by_input=tuple(changed))

    def merge(self, later: "SplitSummary") -> "SplitSummary":
        """Summarize this part and the one behind it. Raises `InputError` for labels that no dtype holds."""
        return SplitSummary(
            by_input=merged_inputs(self.by_input, later.by_input),
            field_kinds={**later.field_kinds, **self.field_kinds},
            labels=_merged_labels(self.labels, later.labels),
            inputs=(*self.inputs, *later.inputs),
            rejected=self.rejected + later.rejected,
            rejects=(*self.rejects, *moved_on(later.rejects, self.by_input))[:MOST_REJECTS],
            skipped=self.skipped + later.skipped,
            skipped_files=together(self.skipped_files, later.skipped_files),
            blank_lines=self.blank_lines + later.blank_lines,
            smells=merged_smells(self.smells, later.smells, self.rows if later.smells else 0),
            original_rows=self.original_rows + later.original_rows,
            unk_tokens=self.unk_tokens + later.unk_tokens,
            dropped_tokens=self.dropped_tokens + later.dropped_tokens,
            pad_id_tokens=self.pad_id_tokens + later.pad_id_tokens,
            smallest_id=min(self.smallest_id, later.smallest_id),
            largest_id=max(self.largest_id, later.largest_id),
        )


NOTHING = SplitSummary()


class Merged:
    """Summaries merged as they come, each with neighbours of its size: many cost no more than their number asks for."""

    def __init__(self, summary: SplitSummary = NOTHING) -> None:
        self._parts = [(1, summary)]  # how many each is made of: fewer than the one before it

    def add(self, summary: SplitSummary) -> None:
        """Take in the next one. Raises as `SplitSummary.merge` does."""
        size = 1
        while self._parts and self._parts[-1][0] <= size:
            size_before, before = self._parts.pop()
            size, summary = size + size_before, before.merge(summary)
        self._parts.append((size, summary))

    def whole(self) -> SplitSummary:
        """Return the summary of all."""
        whole = NOTHING
        for _, part in self._parts:
            whole = whole.merge(part)
        return whole


def moved_on(rejects: Iterable[Reject], before: Sequence[OfInput]) -> tuple[Reject, ...]:
    """Return bad records of a part, their lines counted from the start of their input: `before`, what comes before."""
    rejects = tuple(rejects)
    lines = {each.number: each.lines for each in before} if rejects else {}
    return tuple(
        dataclasses.replace(bad, line=bad.line + lines.get(bad.source, 0)) if bad.line else bad for bad in rejects
    )


def merged_inputs(first: tuple[OfInput, ...], later: tuple[OfInput, ...]) -> tuple[OfInput, ...]:
    """Add up what belongs to the same input. Quick where `later` begins with the last of `first`, or behind it."""
    if not first or not later or first[-1].place < later[0].place:
        return first + later
    if first[-1].place == later[0].place:
        return (*first[:-1], first[-1].plus(later[0]), *later[1:])
    merged = {each.place: each for each in first}
    for each in later:
        merged[each.place] = merged[each.place].plus(each) if each.place in merged else each
    return tuple(merged[place] for place in sorted(merged))


def merged_smells(first: Mapping[str, Finding], later: Mapping[str, Finding], first_row: int) -> dict[str, Finding]:
    """Add what was found in rows from `first_row` on."""
    merged = dict(first)
    for kind, smell in later.items():
        if smell.rows:
            merged[kind] = merged.get(kind, Finding()).plus(smell, first_row)
    return merged


def _merged_labels(first: Mapping[str, LabelSummary], later: Mapping[str, LabelSummary]) -> dict[str, LabelSummary]:
    merged = dict(first)
    for name, label in later.items():
        merged[name] = merged[name].merge(label) if name in merged else label
    return merged
