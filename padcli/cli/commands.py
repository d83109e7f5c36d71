"""The command line: each command is one library call, and its result on the screen.

The options of a command are those of its stages in `padcli.options`, and go to the library as keywords. What is heavy
is imported by the command that needs it, so that `--help` stays instant.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

import padcli
from padcli.cli.arguments import ExportedTokenizer, First, Inputs, Jobs, PaddedFile, Second, Source, Target
from padcli.cli.derive import command
from padcli.cli.error_boundary import errors_shown, nobody_may_listen, stdout_errors_shown, usage_errors_shown
from padcli.cli.in_use import IN_USE
from padcli.errors import GateError, UsageError
from padcli.options import FitOptions

if TYPE_CHECKING:
    from rich.console import RenderableType

    from padcli.plan import FitPlan
    from padcli.report.run_report import Report


CHECK_FAILED = 1  # exit status: what was checked is not as it should be

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def run() -> int:
    """Run the command line that the process was started with. Returns the exit status."""
    IN_USE.set(None)
    try:
        with stdout_errors_shown(), usage_errors_shown():
            return app(prog_name="padcli", standalone_mode=False) or 0
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)


def _show_version(asked: bool) -> None:  # noqa: FBT001 (typer calls it so)
    if asked:
        from importlib.metadata import version

        typer.echo(f"padcli {version('padcli')}")
        raise typer.Exit


@app.callback()
def main(
    *,
    version: Annotated[
        bool, typer.Option("--version", "-V", help="Show the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Text to padded arrays of token ids and their masks."""


@command(app, "pad")
def pad(inputs: Inputs, *, dry_run: bool, timings: bool, quiet: bool, json: bool, **options: Any) -> None:
    """Tokenize INPUT, pad every row to the same length, and write token ids and a mask.

    Example: [bold]padcli pad corpus.txt --maxlen 50 --post[/]
    """
    with errors_shown(writes_stdout=json):
        if json and options.get("output") == "-":
            raise UsageError(
                "--json and -o - both write to standard output.", hint="Write the arrays to a file: -o FILE."
            )
        if dry_run:
            from padcli.plan import plan_pad

            plan = plan_pad(inputs, options.pop("output", None), options)
            _preview(plan, stderr=True, quiet=quiet, json=json)
            return
        show = partial(_show_report, timings=timings, quiet=quiet, json=json)
        _call(partial(padcli.pad, inputs, **options), show, quiet=quiet)


@command(app, "fit")
def fit(inputs: Inputs, *, dry_run: bool, timings: bool, quiet: bool, json: bool, **options: Any) -> None:
    """Fit a tokenizer on INPUT and save it, for `pad --tokenizer FILE`.

    Example: [bold]padcli fit train.txt -o tokenizer.json --vocab-size 20000[/]
    """
    with errors_shown(writes_stdout=json):
        if dry_run:
            from padcli.plan import plan_fit

            plan = plan_fit(inputs, options.pop("output", FitOptions().output), options)
            _preview(plan, stderr=True, quiet=quiet, json=json)
            return
        show = partial(_show_report, timings=timings, quiet=quiet, json=json)
        _call(partial(padcli.fit, inputs, **options), show, quiet=quiet)


@command(app, "stats")
def stats(inputs: Inputs, *, dry_run: bool, quiet: bool, json: bool, **options: Any) -> None:
    """Show how long the rows of INPUT are and what each maxlen would cost. No arrays are written.

    Example: [bold]padcli stats corpus.txt --max-truncated 1%[/]
    """
    with errors_shown(writes_stdout=True):
        from padcli.cli.screens import stats as screen

        if dry_run:
            from padcli.plan import plan_stats

            _preview(plan_stats(inputs, options), stderr=False, quiet=quiet, json=json)
            return
        show = partial(_show, screen=screen.screen, json=json, quiet=quiet)
        _call(partial(padcli.stats, inputs, **options), show, quiet=quiet)


@command(app, "compare")
def compare(first: First, second: Second, *, json: bool, **options: Any) -> None:
    """Compare A and B: lengths, vocabulary, labels, and the rows that are in both.

    Example: [bold]padcli compare train.jsonl test.jsonl --label label[/]
    """
    with errors_shown(writes_stdout=True):
        from padcli.cli.screens import comparison as screen

        _call(partial(padcli.compare, first, second, **options), partial(_show, screen=screen.screen, json=json))


@command(app, "run")
def run_jobs(jobs: Jobs, *, dry_run: bool, quiet: bool, json: bool, if_changed: bool, **options: Any) -> None:
    """Run the jobs of a configuration: all, or those that are named, with what they need, in order.

    A job that fails keeps those that need it from running. The exit status is that of the first that failed.

    Example: [bold]padcli run --config prep.toml --if-changed[/]
    """
    with errors_shown(writes_stdout=json):
        from padcli.cli import run_jobs
        from padcli.jobs.run import plan_jobs
        from padcli.options.config import ConfigOptions

        planned = plan_jobs(jobs or (), ConfigOptions(**options))
        if dry_run:
            run_jobs.show_plan(planned, quiet=quiet, json=json)
            return
        status = run_jobs.run(planned, if_changed=if_changed, quiet=quiet, json=json)
    if status:
        raise typer.Exit(status)


@command(app, "inspect")
def inspect(path: PaddedFile, *, json: bool, **options: Any) -> None:
    r"""Summarize a file, or show the rows that match every filter, as text.

    For a row that was cut, the text it lost is shown as well, as long as the input still exists.

    Examples: [bold]padcli inspect corpus.npz --rows 0:5[/], [bold]padcli inspect corpus.npz --truncated --find cat[/]
    """
    with errors_shown(writes_stdout=True):
        from padcli.inspection import contents
        from padcli.options import InspectOptions

        asked = InspectOptions(**options)
        if asked.asks_for_rows:
            from padcli.cli.screens import rows

            _call(lambda on_progress: contents.find_rows(path, asked, on_progress), partial(rows.show, json=json))
        else:
            from padcli.cli.screens import inspection

            inspection.show(contents.contents(path), json=json)


@command(app, "verify")
def verify(path: PaddedFile, *, json: bool, **options: Any) -> None:
    """Check a file against its meta.json: digests, mask, padding and ids.

    Example: [bold]padcli verify corpus.npz --inputs[/]
    """
    with errors_shown(writes_stdout=True):
        from padcli.cli.screens import verification as screen

        found = padcli.verify(path, **options)
        _show(found, screen=screen.screen, json=json)
    if not found.ok:
        raise typer.Exit(CHECK_FAILED)


@command(app, "convert")
def convert(source: Source, output: Target, *, quiet: bool, json: bool, **options: Any) -> None:
    """Write the arrays of A in the format of B, or in shards, without their inputs.

    Example: [bold]padcli convert corpus.npz corpus.npy[/]
    """
    with errors_shown(writes_stdout=json):
        from padcli.cli.screens import conversion as screen

        show = partial(_show, screen=screen.screen, json=json, quiet=quiet, stderr=True)
        _call(partial(padcli.convert, source, output, **options), show, quiet=quiet)


@command(app, "export-vocab")
def export_vocab(tokenizer: ExportedTokenizer, *, output: str) -> None:
    """Write the vocabulary of a text-vectorization tokenizer in the form that Keras's layer reads.

    Example: [bold]padcli export-vocab tokenizer.json -o vocabulary.txt[/]
    """
    with errors_shown():
        from padcli.text_format import visible

        call = padcli.export_vocab(tokenizer, output)
        with nobody_may_listen():
            typer.echo(visible(call), err=True)


def _call(function: Callable[..., Any], show: Callable[[Any], None], *, quiet: bool = False) -> None:
    """Call the library, with a progress bar, and show what it returns; also what a gate that fails brings along."""
    from padcli.cli import console

    try:
        with console.progress(quiet=quiet) as on_progress:
            result = function(on_progress=on_progress)
    except GateError as error:
        show(error.result)
        raise
    show(result)


def _show_report(report: "Report", *, timings: bool, quiet: bool, json: bool) -> None:
    from padcli.cli import console
    from padcli.cli.screens import summary

    with nobody_may_listen():
        if not report.histogram.rows and report.has_lengths:
            console.show_warning(f"{' and '.join(facts.path for facts in report.inputs)}: no rows.")
        if not quiet:
            _show_sources()
            if report.change:
                console.show(summary.change(report), stderr=True)
            console.show(summary.screen(report), stderr=True)
        if timings:
            console.show(summary.timings(report), stderr=True)
    if json:
        console.show_facts(report.as_dict())


def _show(
    found: Any, *, screen: Callable[[Any], "RenderableType"], json: bool, quiet: bool = False, stderr: bool = False
) -> None:
    from padcli.cli import console

    if json:
        console.show_facts(found.as_dict())
    elif not quiet:
        _show_sources()
        console.show(screen(found), stderr=stderr)


def _show_sources() -> None:
    """Tell, on one line, where options are from beside the command line."""
    from padcli.cli import console

    in_use = IN_USE.get()
    if in_use is not None and in_use.line:
        console.show_line(in_use.line)


def _preview(plan: "FitPlan", *, stderr: bool, quiet: bool, json: bool) -> None:
    """Show what a run would read and write."""
    from padcli.cli.screens import preview as screen
    from padcli.preview import preview

    _show(preview(plan), screen=screen.screen, stderr=stderr, quiet=quiet, json=json)
