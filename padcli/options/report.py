"""Options of reports: gates, and the files that tell of a run."""

import dataclasses
import os
import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from padcli.errors import UsageError
from padcli.options.checks import strings
from padcli.options.choices import PLOT_EXTENSIONS
from padcli.options.option import REPORT, Stage, option
from padcli.urls import as_named

FIGURES_OF_INPUT = ("rows", "empty", "rejected", "duplicates", "unk", "vocab", "max_length")
FIGURES_OF_PADDING = ("truncated", "lost", "padding", "windows", "dropped", "packed_padding")
_SHARES = ("empty", "rejected", "duplicates", "unk", *(name for name in FIGURES_OF_PADDING if name != "windows"))
_FAIL_IF = "Exit 1 if the condition is true, as in 'unk>=5%' or 'rows<1000'. May be repeated. Figures: " + ", ".join(
    FIGURES_OF_INPUT
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """An expression such as `truncated>1%`, which must not hold for a run; `limit` is in percent if `is_share`."""

    text: str
    name: str
    comparison: str
    limit: Fraction
    is_share: bool


def _gate(text: object) -> Gate:
    names = (*FIGURES_OF_INPUT, *FIGURES_OF_PADDING)
    match = re.fullmatch(r" *(\w+) *(>=|<=|==|!=|>|<) *(\d{1,18}(?:\.\d{1,9})?) *(%?) *", str(text), re.ASCII)
    if match is None or match[1] not in names:
        raise UsageError(
            f"--fail-if {text!r}: expected a figure, one of > >= < <= == != and a number, as in 'truncated>1%'.",
            hint=f"Figures: {', '.join(names)}. With a %: {', '.join(_SHARES)}.",
        )
    name, comparison, number, percent = match.groups()
    if percent and name not in _SHARES:
        raise UsageError(f"--fail-if {text!r}: {name} is a count, not a share.", hint="Remove the %.")
    return Gate(text=str(text), name=name, comparison=comparison, limit=Fraction(number), is_share=bool(percent))


def _expressions(name: str, value: Any) -> tuple[str, ...]:
    expressions = strings(name, () if value is None else value)
    for text in expressions:
        _gate(text)
    return expressions


def is_step_summary(path: str | Path) -> bool:
    """Tell whether a file is the summary of a job of GitHub Actions, which is Markdown without an extension.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary
    """
    return str(path) == os.environ.get("GITHUB_STEP_SUMMARY")


def _report(name: str, value: Any) -> Any:
    value = as_named(value)
    if Path(value).suffix.lower() not in (".json", ".md") and not is_step_summary(value):
        raise UsageError(f"{name} {value}: expected a file name ending in .json or .md.")
    return value


def _plot(name: str, value: Any) -> Any:
    value = as_named(value)
    if Path(value).suffix.lower() not in PLOT_EXTENSIONS:
        raise UsageError(
            f"{name} {value}: unknown extension; expected {', '.join(PLOT_EXTENSIONS)}.",
            hint="Use a name such as lengths.png, or lengths.html to try each maxlen in a browser.",
        )
    return value


def _croissant(name: str, value: Any) -> Any:
    if Path(value).suffix.lower() not in (".json", ".jsonld"):
        raise UsageError(f"{name} {value}: expected a file name ending in .json or .jsonld.")
    return value


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions(Stage):
    """Gates, the report's file and the picture. Raises `UsageError`."""

    fail_if: Sequence[str] = option(
        (),
        help=f"{_FAIL_IF}, {', '.join(FIGURES_OF_PADDING)}.",
        panel=REPORT,
        metavar="EXPR",
        check=_expressions,
        variants={"stats": {"help": f"{_FAIL_IF}."}},
    )
    write_anyway: bool = option(
        False,
        help="Write the output even if a --fail-if condition is true; otherwise any earlier output is kept.",
        panel=REPORT,
        only=("pad",),
    )
    no_output_on_fail: bool = option(
        False, help="Write no output if a --fail-if condition is true: the default.", panel=REPORT, only=("pad",)
    )
    report: str | Path | None = option(
        None,
        help="Write a report of the run, even if --fail-if makes it fail: .json for programs, .md for the summary of "
        'a CI job, also as --report "$GITHUB_STEP_SUMMARY".',
        panel=REPORT,
        metavar="FILE",
        check=_report,
    )
    plot: str | Path | None = option(
        None,
        help="Plot the lengths and what each maxlen costs, as .png, .svg or .pdf; or as .html with a slider to try "
        "each maxlen in a browser, as in --plot lengths.html. Several inputs are overlaid.",
        panel=REPORT,
        metavar="FILE",
        check=_plot,
    )

    croissant: str | Path | None = option(
        None,
        help="Describe the output for search engines and loaders of datasets, as Croissant 1.1 (JSON-LD): each file "
        "with its sha256, each array with its type.",
        panel=REPORT,
        metavar="FILE.json",
        check=_croissant,
        only=("pad",),
    )

    def _check_together(self) -> None:
        for flag, given in (("--no-output-on-fail", self.no_output_on_fail), ("--write-anyway", self.write_anyway)):
            if given and not self.fail_if:
                raise UsageError(f"{flag} requires --fail-if.", hint="Add a condition, such as --fail-if 'empty>0'.")
        if self.no_output_on_fail and self.write_anyway:
            raise UsageError("--no-output-on-fail and --write-anyway contradict each other.")

    @property
    def gates(self) -> tuple[Gate, ...]:
        """The expressions, parsed."""
        return tuple(map(_gate, self.fail_if))
