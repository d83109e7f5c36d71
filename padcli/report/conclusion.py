"""The end of a run: its figures judged, drawn, and written as a report."""

from collections.abc import Mapping
from typing import TypeVar

from padcli import interrupts
from padcli.engine.run import Run
from padcli.engine.stopwatch import measured
from padcli.errors import OutputError
from padcli.files.pending import PendingFiles, disk_errors
from padcli.files.places import as_path
from padcli.options import ReportOptions
from padcli.report import gates, report_file
from padcli.report.run_report import Report, Stats

_Result = TypeVar("_Result", Report, Stats)

_NOTHING = ReportOptions()


def judge(report: Report, options: ReportOptions, run: Run | None = None) -> Report:
    """Hold the figures against the gates. Raises `GateError` where that means that there is to be no output."""
    report = gates.judged(report, options.gates)
    if run is not None and not options.write_anyway and any(gate.fails for gate in report.gates):
        _write_report(report.unwritten(run.stopwatch.seconds, run.stopwatch.timings), options)
    return report


def draw(
    options: ReportOptions, report: Report, files: PendingFiles, *, fits: Mapping[str, int | None] | None = None
) -> None:
    """Draw the lengths, if they are to be drawn."""
    if options.plot is None:
        return
    path = as_path(options.plot)
    with measured("draw"), disk_errors(str(path)):
        from padcli.report import plot

        picture = plot.draw(path.suffix.lower(), report, fits or {})
        file = files.open(path)
        file.write(picture)
        file.flush()


def conclude(result: _Result, files: PendingFiles, run: Run, options: ReportOptions = _NOTHING) -> _Result:
    """Complete the result, now that the files are there. Raises `GateError` for figures that must not be so."""
    finished = result.finished(files.written, run)
    if options.croissant is not None and isinstance(finished, Report):
        from padcli.report import croissant

        croissant.write(as_path(options.croissant), finished)
    _write_report(finished, options)
    return finished


def _write_report(result: Report | Stats, options: ReportOptions) -> None:
    if options.report is not None:
        report = result.report if isinstance(result, Stats) else result
        try:
            with interrupts.ignored():  # the other files are there
                report_file.write(as_path(options.report), result)
        except OutputError as error:
            failing = "".join(f"\n{sentence}" for sentence in gates.failing(result))
            raise OutputError(
                f"{error.message}{failing}",
                hint="Nothing was written." if report.outputs is None else "Only the report is missing.",
            ) from error
    gates.check(result, options)
