"""Gates: conditions on which a run fails, such as `--fail-if 'truncated>1%'`."""

import dataclasses
import operator
from collections.abc import Callable, Iterable
from fractions import Fraction

from padcli.errors import GateError, UsageError
from padcli.options import Gate, ReportOptions
from padcli.report.run_report import GateResult, Report, Stats

_COMPARISONS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number of a run, and what it is a part of, if it is one: `part` of `whole` `of`."""

    part: int
    whole: int | None = None
    of: str = ""

    @property
    def percent(self) -> Fraction:
        """The share, in percent; 0 of nothing."""
        return Fraction(100 * self.part, self.whole) if self.whole else Fraction(0)


def figure(name: str, report: Report) -> Figure:
    """A figure by its name in an expression. Raises `UsageError` where the run has none of that name."""
    histogram, cost, tokenizer = report.histogram, report.cost, report.tokenizer
    rows, tokens = histogram.rows, histogram.tokens
    figures = {
        "rows": Figure(part=rows),
        "empty": Figure(part=histogram.empty_rows, whole=rows, of="rows"),
        "rejected": Figure(part=report.rejected, whole=rows + report.rejected, of="records"),
        "duplicates": Figure(part=report.duplicates, whole=rows, of="rows"),
        "max_length": Figure(part=histogram.longest),
    }
    if tokenizer is not None:
        figures["vocab"] = Figure(part=tokenizer.vocab_size)
        # What has no id is in no row, and is unknown all the same.
        dropped = tokenizer.dropped_tokens
        figures["unk"] = Figure(part=tokenizer.unk_tokens + dropped, whole=tokens + dropped, of="tokens")
    if cost is not None:
        figures["truncated"] = Figure(part=cost.rows_truncated, whole=rows, of="rows")
        figures["lost"] = Figure(part=cost.tokens_lost, whole=tokens, of="tokens")
        figures["padding"] = Figure(part=cost.padding, whole=cost.cells, of="cells")
        outcome = report.outcome
        figures["dropped"] = Figure(part=0 if outcome is None else outcome.dropped, whole=rows, of="records")
        figures["windows"] = Figure(part=rows if outcome is None else outcome.pieces)
        figures["packed_padding"] = figures["padding"]
    if name == "packed_padding" and not report.is_packed:
        raise UsageError("--fail-if packed_padding: rows are not packed.", hint="Add --pack best-fit, or use padding.")
    if name not in figures:
        raise UsageError(f"--fail-if {name}: the input contains ids, so there is no vocabulary.")
    return figures[name]


def judged(report: Report, gates: Iterable[Gate]) -> Report:
    """Return the report with the result of each gate."""
    results = []
    for gate in gates:
        found = figure(gate.name, report)
        value = found.percent if gate.is_share else Fraction(found.part)
        whole = "" if found.whole is None else f"{found.part:,} of {found.whole:,} {found.of}"
        amount = f"{_exactly(value, gate.limit)}%" if gate.is_share else f"{found.part:,}"
        limit = gate.text.partition(gate.comparison)[2].replace(" ", "")
        results.append(
            GateResult(
                expression=gate.text,
                fails=_COMPARISONS[gate.comparison](value, gate.limit),
                found=f"{gate.name} is " + (f"{amount} ({whole})" if gate.is_share else whole or amount),
                condition=f"{gate.name} {amount} {gate.comparison} {limit}" + (f" ({whole})" if whole else ""),
            )
        )
    return dataclasses.replace(report, gates=tuple(results))


def failing(result: Report | Stats) -> list[str]:
    """A sentence for each gate that fails."""
    report = result.report if isinstance(result, Stats) else result
    return [f"gate failed: {gate.condition}" for gate in report.gates if gate.fails]


def check(result: Report | Stats, reporting: ReportOptions) -> None:
    """Raise `GateError`, which names every gate that fails."""
    if sentences := failing(result):
        raise GateError("\n".join(sentences), hint=_what_was_done(result, reporting), result=result)


def _what_was_done(result: Report | Stats, reporting: ReportOptions) -> str:
    if isinstance(result, Stats):
        return ""
    if result.up_to_date:
        return "The output was up to date, and was not changed."
    if result.outputs is not None:
        return "The output was written anyway."
    written = "Nothing was written" if reporting.report is None else f"Nothing was written but {reporting.report}"
    return f"{written}; any earlier output was kept. To write it anyway: --write-anyway"


def _exactly(percent: Fraction, limit: Fraction) -> str:
    """A percentage, with so many digits that it lies where it is: above the limit, below it, or on it."""
    for digits in range(1, 10):
        text = f"{float(percent):.{digits}f}"
        if (Fraction(text) > limit) == (percent > limit) and (Fraction(text) < limit) == (percent < limit):
            break
    return text
