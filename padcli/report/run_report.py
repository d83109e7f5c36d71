"""The facts that a run ends with."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from padcli.encode.fitting import FittedTokenizer
from padcli.engine.run import Run
from padcli.engine.stopwatch import Timings
from padcli.options import StatsOptions
from padcli.padding.bucketed import bucket_shapes
from padcli.padding.layout import Layout
from padcli.padding.padded_rows import PaddedRows
from padcli.quality.row_checks import Finding
from padcli.report.advice import advice
from padcli.rows.candidates import Candidate, candidates
from padcli.rows.lengths import Cost, LengthHistogram
from padcli.rows.outcome import Outcome
from padcli.sources.base import InputFacts
from padcli.sources.skipped_files import SkippedFiles
from padcli.tokenizers.facts import TokenizerFacts

REPORT_VERSION = 2  # rises when a name in `as_dict` goes away or gets another meaning


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """Result of a gate: whether it makes the run fail, and its figure; `condition`: both sides of it, for messages."""

    expression: str
    fails: bool
    found: str
    condition: str

    def as_dict(self) -> dict[str, Any]:
        """Return what the report tells of it."""
        return {"expression": self.expression, "fails": self.fails, "found": self.found}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Facts of a run: inputs, rows, tokenizer, outputs. `layout` is None where nothing was padded.

    With `if_changed`, `up_to_date` says whether there was nothing to do, and `change` why, or why not.
    """

    inputs: tuple[InputFacts, ...]
    rejected: int
    reasons: tuple[str, ...]  # why, of the first few rejected records
    blank_lines: int
    histogram: LengthHistogram
    histograms: tuple[LengthHistogram, ...]  # of each of the inputs
    pad_id_tokens: int  # how often the padding id is a real token, before anything is cut
    smells: dict[str, Finding]  # what is odd about rows, by kind
    single_labels: tuple[str, ...]  # those that have the same value in all rows
    tokenizer: TokenizerFacts | None
    layout: Layout | None
    label_classes: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)  # of texts that are integers
    outcome: Outcome | None = None  # of rows that are more than records cut to length
    is_packed: bool = False
    buckets: tuple[tuple[int, int], ...] = ()  # rows and width of each array, where there are several
    skipped: int = 0  # records that were not wanted
    skipped_files: SkippedFiles = dataclasses.field(default_factory=dict)  # of folders and archives, by the reason
    parts: "tuple[tuple[str, Report], ...]" = ()  # those of --split-into, by name; this is the first
    has_lengths: bool = True  # not where pieces of words were learned, and nothing was cut into them
    outputs: tuple[tuple[str, int], ...] | None = None  # files that were written, and their sizes; None: nothing yet
    gates: tuple[GateResult, ...] = ()
    seconds: float = 0.0
    timings: Timings = dataclasses.field(default_factory=dict)
    sent: Mapping[str, int] = dataclasses.field(default_factory=dict)  # to workers in other processes, if there are any
    up_to_date: bool = False
    change: str = ""

    def finished(self, outputs: Sequence[tuple[str, int]], run: Run) -> "Report":
        """Complete the report, when all is done; what was up to date has its outputs already."""
        return dataclasses.replace(
            self,
            outputs=(*(self.outputs or ()), *outputs),
            seconds=run.stopwatch.seconds,
            timings=run.stopwatch.timings,
            sent=run.sent,
        )

    def unwritten(self, seconds: float, timings: Timings) -> "Report":
        """Complete the report of a run that writes nothing in the end, and so no tokenizer that was fitted."""
        tokenizer = self.tokenizer
        if tokenizer is not None and tokenizer.units is not None:
            tokenizer = dataclasses.replace(tokenizer, path=None)
        return dataclasses.replace(self, tokenizer=tokenizer, seconds=seconds, timings=timings)

    @property
    def duplicates(self) -> int:
        """Rows that are the same as one before them; those without tokens aside."""
        return self.smells["duplicate"].rows if "duplicate" in self.smells else 0

    @property
    def cost(self) -> Cost | None:
        """Cost of the chosen `maxlen`, and of the shape of the rows."""
        layout, outcome = self.layout, self.outcome
        if layout is None:
            return None
        if outcome is None:
            cost = self.histogram.cost(layout.maxlen)
            wider = self.histogram.rows * (layout.width - layout.maxlen)
            return dataclasses.replace(cost, cells=cost.cells + wider, padding=cost.padding + wider)
        return Cost(
            rows_truncated=outcome.cut,
            tokens_lost=outcome.lost,
            cells=outcome.cells,
            padding=outcome.cells - outcome.tokens,
        )

    @property
    def rows(self) -> int:
        """Rows of the arrays, or of the input where nothing is padded."""
        return self.histogram.rows if self.outcome is None else self.outcome.rows

    @property
    def shape(self) -> dict[str, int]:
        """What became of the records, as JSON has it; empty where a row is a record cut to length."""
        if self.outcome is None:
            return {}
        return {"records": self.histogram.rows, **dataclasses.asdict(self.outcome)}

    def facts(self) -> dict[str, Any]:
        """Return the facts that are the same in every run of the same work, as JSON has them."""
        histogram, layout, cost = self.histogram, self.layout, self.cost
        facts: dict[str, Any] = {
            "inputs": [dataclasses.asdict(facts) for facts in self.inputs],
            "rows": self.rows,
            "tokens": histogram.tokens if self.has_lengths else None,
            "empty_rows": histogram.empty_rows if self.has_lengths else None,
            "rejected": self.rejected,
            "blank_lines": self.blank_lines,
            "smells": {kind: dataclasses.asdict(smell) for kind, smell in self.smells.items()},
            "single_labels": self.single_labels,
            "lengths": histogram.summary() if self.has_lengths else None,
            "tokenizer": None if self.tokenizer is None else _facts_of_tokenizer(self.tokenizer),
        }
        if layout is not None and cost is not None:
            facts["pad_id_tokens"] = self.pad_id_tokens
            facts["padding"] = {
                **_facts_of(layout),
                "rows_truncated": cost.rows_truncated,
                "tokens_lost": cost.tokens_lost,
                "padding_share": round(cost.padding_share, 6),
            }
        if self.label_classes:
            facts["label_classes"] = dict(self.label_classes)
        if self.skipped:
            facts["skipped"] = self.skipped
        if self.skipped_files:
            facts["skipped_files"] = {reason: dataclasses.asdict(each) for reason, each in self.skipped_files.items()}
        if self.outcome is not None:
            facts["shape"] = self.shape
        return facts

    def as_dict(self) -> dict[str, Any]:
        """Return all facts as JSON has them, in `--json` and `--report FILE.json`; see report.schema.json."""
        outputs = [{"path": path, "bytes": size} for path, size in self.outputs or ()]
        timings: dict[str, dict[str, float]] = {}
        for (thread, stage), seconds in self.timings.items():
            timings.setdefault(thread, {})[stage] = round(seconds, 3)
        return {
            "report_version": REPORT_VERSION,
            **_told(self.facts()),
            "up_to_date": self.up_to_date,
            "change": self.change,
            "outputs": outputs,
            "advice": advice(self),
            "gates": [result.as_dict() for result in self.gates],
            "seconds": round(self.seconds, 3),
            "timings": timings,
            **({"sent": dict(self.sent)} if self.sent else {}),
            **({"buckets": [{"rows": rows, "width": width} for rows, width in self.buckets]} if self.buckets else {}),
            **({"parts": {name: _told(part.facts()) for name, part in self.parts}} if self.parts else {}),
        }


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """Result of `padcli.stats`: the facts of a run, and candidates for `maxlen`.

    `fits`: for each limit that was given, such as "at most 1% of rows cut", the `maxlen` that keeps to it; None where
    none does.
    """

    report: Report
    candidates: tuple[Candidate, ...]
    fits: dict[str, int | None]

    def finished(self, outputs: Sequence[tuple[str, int]], run: Run) -> "Stats":
        """Complete the figures, when all is done."""
        return dataclasses.replace(self, report=self.report.finished(outputs, run))

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON has it."""
        rows = self.report.histogram.rows
        table = [
            {
                "maxlen": candidate.maxlen,
                "names": candidate.names,
                "rows_whole": rows - candidate.cost.rows_truncated,
                **dataclasses.asdict(candidate.cost),
                "padding_share": round(candidate.cost.padding_share, 6),
                "windows": candidate.windows,
                "rows_packed": candidate.packed,
                "cells_bucketed": candidate.bucketed,
            }
            for candidate in self.candidates
        ]
        return {**self.report.as_dict(), "candidates": table, "fits": self.fits}


def _told(facts: dict[str, Any]) -> dict[str, Any]:
    """Return facts by the names that are told; in `meta.json`, warnings have the name that they had in padcli 0.1."""
    return {"warnings" if name == "smells" else name: value for name, value in facts.items()}


def _facts_of_tokenizer(tokenizer: TokenizerFacts) -> dict[str, Any]:
    facts = dataclasses.asdict(tokenizer)
    if tokenizer.own_size is None:
        del facts["own_size"]
    return facts


def _facts_of(layout: Layout) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "maxlen": layout.maxlen,
        "padding": layout.padding,
        "truncating": layout.truncating,
        "pad_id": layout.pad_id,
        "dtype": layout.dtype.name,
        "before": layout.template.before,
        "after": layout.template.after,
    }
    if layout.template.n_texts > 1:
        facts["template"] = dataclasses.asdict(layout.template)
    if layout.width != layout.maxlen:
        facts["width"] = layout.width
    return facts


def stats_on(report: Report, options: StatsOptions) -> Stats:
    """Compute candidates for `maxlen` and their costs, exactly: from the histogram of lengths."""
    histogram, fits, further = report.histogram, dict[str, int | None](), {}
    of = {"truncated": "of rows cut", "lost": "of tokens lost", "padding": "padding"}
    for name, percent in options.limits.items():
        if name == "padding":
            maxlen = histogram.padding_percentile(percent)
        else:
            smallest = histogram.percentile if name == "truncated" else histogram.token_percentile
            maxlen = max(1, smallest(100 - percent))
        what = f"at most {float(percent):g}% {of[name]}"
        fits[what] = maxlen or None
        further[f"≤ {float(percent):g}% {name}"] = maxlen
    further |= {f"--maxlen {maxlen}": maxlen for maxlen in options.maxlen}
    return Stats(report=report, candidates=tuple(candidates(histogram, further)), fits=fits)


def together(reports: Sequence[Report], names: Sequence[str]) -> Report:
    """Return the report of the first part, with all of them by their names; without names there is one alone.

    A gate fails where it does for one of the parts.
    """
    gates = zip(*(report.gates for report in reports), strict=True)
    return dataclasses.replace(
        reports[0],
        gates=tuple(next((result for result in results if result.fails), results[0]) for results in gates),
        parts=tuple(zip(names, reports, strict=True)) if names else (),
    )


def report_on(
    fitted: FittedTokenizer, padded: PaddedRows | None = None, repeated: Finding | None = None, *, change: str = ""
) -> Report:
    """Report before anything is written; `repeated`: rows that repeat others, if they were looked for."""
    summary, layout = fitted.summary, None if padded is None else padded.layout
    found = {**summary.smells, **({"duplicate": repeated} if repeated is not None and repeated.rows else {})}
    tokenizer = fitted.facts
    if tokenizer is not None and layout is not None:
        tokenizer = tokenizer.with_room_for((layout.pad_id, *layout.template.special_ids))
    n_padding = 0 if layout is None else layout.template.special_ids.count(layout.pad_id)
    return Report(
        inputs=summary.inputs,
        rejected=summary.rejected,
        reasons=summary.reasons,
        blank_lines=summary.blank_lines,
        histogram=summary.histogram,
        histograms=summary.histograms,
        pad_id_tokens=summary.pad_id_tokens + summary.rows * n_padding,
        smells=dict(sorted(found.items())),
        single_labels=summary.single_labels,
        tokenizer=tokenizer,
        layout=layout,
        label_classes={} if padded is None else padded.label_classes,
        outcome=None if padded is None else padded.outcome,
        skipped=summary.skipped,
        skipped_files=summary.skipped_files,
        buckets=() if padded is None else bucket_shapes(padded),
        is_packed=padded is not None and padded.sizes.pieces is not None,
        has_lengths=fitted.has_lengths,
        change=change,
    )
