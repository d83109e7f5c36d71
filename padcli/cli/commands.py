"""The command line: options to one library call, and its report to the screen.

What is heavy is imported by the command that needs it, so that `--help` stays instant.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from padcli.cli import parameters as given
from padcli.cli.error_boundary import errors_shown, nobody_may_listen, stdout_errors_shown
from padcli.errors import GateError, UsageError

if TYPE_CHECKING:
    from padcli.report.run_report import Report, Stats

FOUND_WANTING = 1  # what was checked is not as it should be

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def run() -> int:
    """Run the command line that the process was started with. Returns the exit status."""
    try:
        with stdout_errors_shown():
            app(prog_name="padcli")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def _show(report: "Report", *, quiet: bool, timings: bool, json: bool) -> None:
    from padcli.cli import console
    from padcli.cli.screens import summary

    with nobody_may_listen():
        if not quiet:
            if report.news:
                console.show(summary.news(report), stderr=True)
            console.show(summary.screen(report), stderr=True)
        if timings:
            console.show(summary.timings(report), stderr=True)
    if json:
        console.show_facts(report.as_dict())


def _show_stats(stats: "Stats", *, json: bool) -> None:
    from padcli.cli import console
    from padcli.cli.screens import stats as screen

    if json:
        console.show_facts(stats.as_dict())
    else:
        console.show(screen.screen(stats), stderr=False)


def _show_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"padcli {version('padcli')}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Text to padded arrays of token ids and their masks."""


@app.command()
def pad(
    inputs: given.Inputs,
    format: given.InputFormat = None,
    field: given.Field = None,
    label: given.Label = None,
    encoding: given.Encoding = "utf-8",
    encoding_errors: given.EncodingErrorsChoice = "strict",
    on_error: given.OnErrorChoice = "stop",
    rejects: given.Rejects = None,
    tokenizer: given.TokenizerName = "word",
    filters: given.Filters = None,
    split: given.Split = None,
    standardize: given.StandardizeChoice = None,
    ngrams: given.Ngrams = None,
    lower: given.Lower = None,
    vocab_size: given.VocabSize = None,
    min_count: given.MinCount = None,
    unk: given.Unk = True,
    add_special_tokens: given.AddSpecialTokens = False,
    add_bos: given.AddBos = False,
    add_eos: given.AddEos = False,
    special_in_text: given.SpecialInText = True,
    scheme: given.SchemeName = None,
    pattern: given.Pattern = None,
    maxlen: given.MaxLen = None,
    post: given.Post = False,
    truncate: given.Truncate = "pre",
    pad_id: given.PadId = None,
    dtype: given.IdType = "int32",
    output: given.PadOutput = None,
    compress: given.Compress = False,
    names: given.ArrayNames = "keras",
    save_tokenizer: given.SaveTokenizer = None,
    fail_if: given.FailIf = None,
    no_output_on_fail: given.NoOutputOnFail = False,
    report: given.ReportFile = None,
    plot: given.Plot = None,
    if_changed: given.IfChanged = False,
    workers: given.Workers = None,
    timings: given.Timings = False,
    quiet: given.Quiet = False,
    json: given.Json = False,
) -> None:
    """Tokenize INPUT, pad every row to one length, and write ids and mask.

    Example: [bold]padcli pad corpus.txt --maxlen 50 --post[/]
    """
    with errors_shown(writes_stdout=json):
        if json and output == "-":
            raise UsageError("--json and -o - both want standard output.", hint="Name a file with -o.")
        from padcli import pipeline
        from padcli.cli import console

        try:
            with console.progress(quiet=quiet) as on_progress:
                done = pipeline.pad(
                    inputs,
                    output,
                    on_progress=on_progress,
                    format=format,
                    field=field,
                    label=label or (),
                    encoding=encoding,
                    encoding_errors=encoding_errors,
                    on_error=on_error,
                    rejects=rejects,
                    tokenizer=tokenizer,
                    filters=filters,
                    split=split,
                    standardize=standardize,
                    ngrams=ngrams,
                    lower=lower,
                    vocab_size=vocab_size,
                    min_count=min_count,
                    unk=unk,
                    add_special_tokens=add_special_tokens,
                    add_bos=add_bos,
                    add_eos=add_eos,
                    special_in_text=special_in_text,
                    scheme=scheme,
                    pattern=pattern,
                    maxlen=maxlen,
                    padding="post" if post else "pre",
                    truncating=truncate,
                    pad_id=pad_id,
                    dtype=dtype,
                    compress=compress,
                    names=names,
                    save_tokenizer=save_tokenizer,
                    if_changed=if_changed,
                    fail_if=fail_if or (),
                    no_output_on_fail=no_output_on_fail,
                    report=report,
                    plot=plot,
                    workers=workers,
                )
        except GateError as error:
            _show(error.result, quiet=quiet, timings=timings, json=json)
            raise
        _show(done, quiet=quiet, timings=timings, json=json)


@app.command()
def fit(
    inputs: given.Inputs,
    format: given.InputFormat = None,
    field: given.Field = None,
    encoding: given.Encoding = "utf-8",
    encoding_errors: given.EncodingErrorsChoice = "strict",
    on_error: given.OnErrorChoice = "stop",
    rejects: given.Rejects = None,
    tokenizer: given.FitTokenizerName = "word",
    filters: given.Filters = None,
    split: given.Split = None,
    standardize: given.StandardizeChoice = None,
    ngrams: given.Ngrams = None,
    lower: given.Lower = None,
    vocab_size: given.VocabSize = None,
    min_count: given.MinCount = None,
    unk: given.Unk = True,
    special_tokens: given.SpecialTokens = None,
    continue_from: given.ContinueFrom = None,
    output: given.FitOutput = "tokenizer.json",
    save_counts: given.SaveCounts = None,
    workers: given.Workers = None,
    timings: given.Timings = False,
    quiet: given.Quiet = False,
    json: given.Json = False,
) -> None:
    """Fit a tokenizer on INPUT and save it, for `pad --tokenizer FILE`.

    Example: [bold]padcli fit train.txt -o tokenizer.json --vocab-size 20000[/]
    """
    with errors_shown(writes_stdout=json):
        from padcli import pipeline
        from padcli.cli import console

        with console.progress(quiet=quiet) as on_progress:
            report = pipeline.fit(
                inputs,
                output,
                on_progress=on_progress,
                format=format,
                field=field,
                encoding=encoding,
                encoding_errors=encoding_errors,
                on_error=on_error,
                rejects=rejects,
                tokenizer=tokenizer,
                filters=filters,
                split=split,
                standardize=standardize,
                ngrams=ngrams,
                lower=lower,
                vocab_size=vocab_size,
                min_count=min_count,
                unk=unk,
                special_tokens=special_tokens or (),
                continue_from=continue_from,
                save_counts=save_counts,
                workers=workers,
            )
        _show(report, quiet=quiet, timings=timings, json=json)


@app.command()
def stats(
    inputs: given.Inputs,
    format: given.InputFormat = None,
    field: given.Field = None,
    encoding: given.Encoding = "utf-8",
    encoding_errors: given.EncodingErrorsChoice = "strict",
    on_error: given.OnErrorChoice = "stop",
    rejects: given.Rejects = None,
    tokenizer: given.TokenizerName = "word",
    filters: given.Filters = None,
    split: given.Split = None,
    standardize: given.StandardizeChoice = None,
    ngrams: given.Ngrams = None,
    lower: given.Lower = None,
    vocab_size: given.VocabSize = None,
    min_count: given.MinCount = None,
    unk: given.Unk = True,
    add_special_tokens: given.AddSpecialTokens = False,
    add_bos: given.AddBos = False,
    add_eos: given.AddEos = False,
    special_in_text: given.SpecialInText = True,
    scheme: given.SchemeName = None,
    pattern: given.Pattern = None,
    maxlen: given.FurtherMaxLen = None,
    max_truncated: given.MaxTruncated = None,
    max_lost: given.MaxLost = None,
    max_padding: given.MaxPadding = None,
    fail_if: given.FailIfOfInput = None,
    report: given.ReportFile = None,
    plot: given.Plot = None,
    workers: given.Workers = None,
    json: given.Json = False,
) -> None:
    """Show how long the rows of INPUT are, and what each maxlen would cost. No arrays are written.

    Example: [bold]padcli stats corpus.txt --max-truncated 1%[/]
    """
    with errors_shown(writes_stdout=True):
        from padcli import pipeline
        from padcli.cli import console

        try:
            with console.progress(quiet=False) as on_progress:
                found = pipeline.stats(
                    inputs,
                    on_progress=on_progress,
                    format=format,
                    field=field,
                    encoding=encoding,
                    encoding_errors=encoding_errors,
                    on_error=on_error,
                    rejects=rejects,
                    tokenizer=tokenizer,
                    filters=filters,
                    split=split,
                    standardize=standardize,
                    ngrams=ngrams,
                    lower=lower,
                    vocab_size=vocab_size,
                    min_count=min_count,
                    unk=unk,
                    add_special_tokens=add_special_tokens,
                    add_bos=add_bos,
                    add_eos=add_eos,
                    special_in_text=special_in_text,
                    scheme=scheme,
                    pattern=pattern,
                    maxlen=maxlen or (),
                    max_truncated=max_truncated,
                    max_lost=max_lost,
                    max_padding=max_padding,
                    fail_if=fail_if or (),
                    report=report,
                    plot=plot,
                    workers=workers,
                )
        except GateError as error:
            _show_stats(error.result, json=json)
            raise
        _show_stats(found, json=json)


@app.command()
def compare(
    first: given.First,
    second: given.Second,
    format: given.InputFormat = None,
    field: given.Field = None,
    label: given.Label = None,
    encoding: given.Encoding = "utf-8",
    encoding_errors: given.EncodingErrorsChoice = "strict",
    on_error: given.OnErrorChoice = "stop",
    tokenizer: given.TokenizerName = "word",
    filters: given.Filters = None,
    split: given.Split = None,
    standardize: given.StandardizeChoice = None,
    ngrams: given.Ngrams = None,
    lower: given.Lower = None,
    vocab_size: given.VocabSize = None,
    min_count: given.MinCount = None,
    special_in_text: given.SpecialInText = True,
    scheme: given.SchemeName = None,
    pattern: given.Pattern = None,
    workers: given.Workers = None,
    json: given.Json = False,
) -> None:
    """Show how the rows of A and B differ: lengths, vocabulary, labels; and the rows that are in both.

    Example: [bold]padcli compare train.jsonl test.jsonl --label label[/]
    """
    with errors_shown(writes_stdout=True):
        from padcli.cli import console
        from padcli.cli.screens import comparison as screen
        from padcli.inspection import compare as comparing

        with console.progress(quiet=False) as on_progress:
            found = comparing.compare(
                first,
                second,
                on_progress=on_progress,
                format=format,
                field=field,
                label=label or (),
                encoding=encoding,
                encoding_errors=encoding_errors,
                on_error=on_error,
                tokenizer=tokenizer,
                filters=filters,
                split=split,
                standardize=standardize,
                ngrams=ngrams,
                lower=lower,
                vocab_size=vocab_size,
                min_count=min_count,
                special_in_text=special_in_text,
                scheme=scheme,
                pattern=pattern,
                workers=workers,
            )
        if json:
            console.show_facts(found.as_dict())
        else:
            console.show(screen.screen(found), stderr=False)


@app.command()
def inspect(
    path: given.PaddedFile,
    rows: given.RowRange = None,
    find: given.FindToken = None,
    truncated: given.OnlyTruncated = False,
    unk: given.OnlyUnknown = False,
    longest: given.LongestFirst = False,
    limit: given.RowLimit = None,
    tokenizer: given.DecodeTokenizer = None,
    json: given.JsonRows = False,
) -> None:
    r"""Show what is in a file; with an option of the rows: those of which all that is said holds, as text.

    Beside or below a row that was cut stands what it lost, as long as its input is still there.

    Examples: [bold]padcli inspect corpus.npz --rows 0:5[/], [bold]padcli inspect corpus.npz --truncated --find cat[/]
    """
    with errors_shown(writes_stdout=True):
        from padcli.cli import console
        from padcli.inspection import contents
        from padcli.options import InspectOptions

        options = InspectOptions(
            rows=rows, find=find, longest=longest, truncated=truncated, unk=unk, limit=limit, tokenizer=tokenizer
        )
        if not options.asks_for_rows:
            from padcli.cli.screens import inspection as contents_screen

            contents_screen.show(contents.contents(path), json=json)
            return
        from padcli.cli.screens import rows as rows_screen

        with console.progress(quiet=False) as on_progress:
            found = contents.find_rows(path, options, on_progress)
        rows_screen.show(found, json=json)


@app.command()
def verify(path: given.PaddedFile, inputs: given.VerifyInputs = False, json: given.VerifyJson = False) -> None:
    """Check that a file is whole: digests, mask, padding and ids, against what its own meta.json says.

    Example: [bold]padcli verify corpus.npz --inputs[/]
    """
    with errors_shown(writes_stdout=True):
        from padcli.cli import console
        from padcli.cli.screens import verification as screen
        from padcli.inspection import verification

        found = verification.verify(path, inputs=inputs)
        if json:
            console.show_facts(found.as_dict())
        else:
            console.show(screen.screen(found), stderr=False)
    if not found.ok:
        raise typer.Exit(FOUND_WANTING)


@app.command()
def export_vocab(tokenizer: given.ExportedTokenizer, output: given.VocabOutput = "vocabulary.txt") -> None:
    """Write the vocabulary of a text-vectorization tokenizer as Keras's layer takes it.

    Example: [bold]padcli export-vocab tokenizer.json -o vocabulary.txt[/]
    """
    with errors_shown():
        from padcli.encode import export_vocab as exporting
        from padcli.text_format import visible

        call = exporting.export_vocab(tokenizer, output)
        with nobody_may_listen():
            typer.echo(visible(call), err=True)
