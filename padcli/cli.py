"""The command line: options to one library call, and its report to the screen.

The only place where a `PadcliError` becomes a message and an exit status. What is heavy is imported by the command
that needs it, so that `--help` stays instant.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Annotated

import typer

from padcli.errors import ClosedPipeError, PadcliError, UsageError
from padcli.options import DType, EncodingErrors, Format, Names, OnError, Side

INTERRUPTED = 130  # 128 + SIGINT, as shells report it
TERMINATED = 143  # 128 + SIGTERM

_INPUT, _TOKENIZER, _PADDING, _OUTPUT, _SCREEN = "Input", "Tokenizer", "Padding", "Output", "Screen"

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

# The options that several commands share, with their help.
InputsArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="INPUT",
        show_default=False,
        help="Text or JSONL files, in the order of their rows; - is standard input. "
        "[dim].gz, .bz2, .xz and .zst are decompressed.[/]",
    ),
]
FormatOption = Annotated[
    Format | None,
    typer.Option(
        help="How inputs hold records: one a line (text), or one JSON object a line (jsonl). "
        "[dim]\\[default: by the extension; text for standard input][/]",
        rich_help_panel=_INPUT,
        show_default=False,
    ),
]
FieldOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="JSONL: the field to tokenize; dotted for nested ones, as in data.body. Holds a text, a list of strings "
        "(taken as tokens) or a list of integers (taken as ids). [dim]\\[default: text][/]",
        rich_help_panel=_INPUT,
        show_default=False,
    ),
]
LabelOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME",
        help="JSONL: a further field to carry into the output, row for row: numbers, booleans or strings. Repeatable.",
        rich_help_panel=_INPUT,
        show_default=False,
    ),
]
EncodingOption = Annotated[
    str, typer.Option(metavar="NAME", help="Encoding of the inputs, by its Python name.", rich_help_panel=_INPUT)
]
EncodingErrorsOption = Annotated[
    EncodingErrors,
    typer.Option(
        help="What becomes of bytes that are not in that encoding: a bad record, or the replacement character U+FFFD.",
        rich_help_panel=_INPUT,
    ),
]
OnErrorOption = Annotated[
    OnError,
    typer.Option(
        help="What to do at a bad record: stop and write nothing, or leave it out and count it.", rich_help_panel=_INPUT
    ),
]
RejectsOption = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="List the records that were left out, as JSONL: file, line, reason, raw text.",
        rich_help_panel=_INPUT,
        show_default=False,
    ),
]
TokenizerOption = Annotated[
    str,
    typer.Option(
        metavar="NAME|FILE",
        help="word (Keras's Tokenizer: lower-case, filter punctuation, split at spaces), whitespace, char or byte, "
        "fitted on the input; or a tokenizer.json that was saved before, for the same ids.",
        rich_help_panel=_TOKENIZER,
    ),
]
FiltersOption = Annotated[
    str | None,
    typer.Option(
        metavar="CHARS",
        help="word: characters that become spaces. [dim]\\[default: as Keras: ASCII punctuation but ', tab, LF][/]",
        rich_help_panel=_TOKENIZER,
        show_default=False,
    ),
]
LowerOption = Annotated[
    bool | None,
    typer.Option(
        "--lower/--no-lower",
        help="Lower-case the text or not. [dim]\\[default: word does, whitespace and char do not][/]",
        rich_help_panel=_TOKENIZER,
        show_default=False,
    ),
]
VocabSizeOption = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="Keep all ids below N, padding (0) and \\[UNK] (1) included: the input_dim of an Embedding. Rarer words "
        "become \\[UNK].",
        rich_help_panel=_TOKENIZER,
        show_default=False,
    ),
]
MinCountOption = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="Words that occur fewer than N times become \\[UNK].",
        rich_help_panel=_TOKENIZER,
        show_default=False,
    ),
]
QuietOption = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="No summary and no progress; errors are still shown.", rich_help_panel=_SCREEN),
]
JsonOption = Annotated[
    bool,
    typer.Option("--json", help="The facts of the summary as one JSON object on stdout.", rich_help_panel=_SCREEN),
]


def run() -> int:
    """Run the command line that the process was started with. Returns the exit status."""
    try:
        app(prog_name="padcli")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    return 0


@contextmanager
def _errors_shown() -> Iterator[None]:
    """The boundary: what goes wrong becomes a message on stderr and an exit status."""
    with _interrupts_raised():
        try:
            yield
        except (ClosedPipeError, BrokenPipeError):
            # Python flushes standard output once more when it ends: give it a place that takes it.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(ClosedPipeError.exit_status) from None
        except PadcliError as error:
            _show_error(error)
            raise typer.Exit(error.exit_status) from None
        except MemoryError:
            _show_error(PadcliError("There is not enough memory.", hint="Is a line very long? --maxlen p95 may help."))
            raise typer.Exit(PadcliError.exit_status) from None
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None


@contextmanager
def _interrupts_raised() -> Iterator[None]:
    """From now on there may be files to clean up: signals raise. What does the work is imported before that."""
    for module in ("padcli.console", "padcli.pipeline"):
        import_module(module)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    if before[signal.SIGINT] is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupts_too_late() -> None:
    """The files are there: all that is left to do is to say so."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _show_error(error: PadcliError) -> None:
    from padcli import console

    console.show_error(error)


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
    inputs: InputsArgument,
    format: FormatOption = None,
    field: FieldOption = None,
    label: LabelOption = None,
    encoding: EncodingOption = "utf-8",
    encoding_errors: EncodingErrorsOption = "strict",
    on_error: OnErrorOption = "stop",
    rejects: RejectsOption = None,
    tokenizer: TokenizerOption = "word",
    filters: FiltersOption = None,
    lower: LowerOption = None,
    vocab_size: VocabSizeOption = None,
    min_count: MinCountOption = None,
    maxlen: Annotated[
        str | None,
        typer.Option(
            metavar="N|pN",
            help="Length of every row in the output; p95: the smallest that leaves at least 95% of the rows whole. "
            "[dim]\\[default: the longest row][/]",
            rich_help_panel=_PADDING,
            show_default=False,
        ),
    ] = None,
    post: Annotated[
        bool,
        typer.Option("--post/--pre", help="Pad after or before the tokens.", rich_help_panel=_PADDING),
    ] = False,
    truncate: Annotated[
        Side, typer.Option(help="Which side of a row that is too long is cut off.", rich_help_panel=_PADDING)
    ] = "pre",
    pad_id: Annotated[int, typer.Option(metavar="ID", help="The id to pad with.", rich_help_panel=_PADDING)] = 0,
    dtype: Annotated[
        DType,
        typer.Option(help="Integer type of the ids; auto: the smallest that holds them all.", rich_help_panel=_PADDING),
    ] = "int32",
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="out.npz: all arrays in one file; out.npy: the ids alone, the rest beside it; -: an npz to stdout. "
            "[dim]\\[default: the first input's name with .npz, in the current folder][/]",
            rich_help_panel=_OUTPUT,
            show_default=False,
        ),
    ] = None,
    compress: Annotated[
        bool, typer.Option("--compress", help="Compress the npz: smaller, but slower.", rich_help_panel=_OUTPUT)
    ] = False,
    names: Annotated[
        Names,
        typer.Option(
            help="Names of the arrays: keras: token_ids, padding_mask; hf: input_ids, attention_mask, token_type_ids.",
            rich_help_panel=_OUTPUT,
        ),
    ] = "keras",
    save_tokenizer: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Where to save a fitted tokenizer. [dim]\\[default: beside the output, as OUT.tokenizer.json][/]",
            rich_help_panel=_OUTPUT,
            show_default=False,
        ),
    ] = None,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Tokenize INPUT, pad every row to one length, and write ids and mask.

    Example: [bold]padcli pad corpus.txt --maxlen 50 --post[/]
    """
    with _errors_shown():
        if json and output == "-":
            raise UsageError("--json and -o - both want standard output.", hint="Name a file with -o.")
        from padcli import console, pipeline

        with console.progress(quiet=quiet) as on_progress:
            report = pipeline.pad(
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
                lower=lower,
                vocab_size=vocab_size,
                min_count=min_count,
                maxlen=maxlen,
                padding="post" if post else "pre",
                truncating=truncate,
                pad_id=pad_id,
                dtype=dtype,
                compress=compress,
                names=names,
                save_tokenizer=save_tokenizer,
            )
            _interrupts_too_late()
        console.show_report(report, quiet=quiet, json=json)


@app.command()
def fit(
    inputs: InputsArgument,
    format: FormatOption = None,
    field: FieldOption = None,
    encoding: EncodingOption = "utf-8",
    encoding_errors: EncodingErrorsOption = "strict",
    on_error: OnErrorOption = "stop",
    rejects: RejectsOption = None,
    tokenizer: TokenizerOption = "word",
    filters: FiltersOption = None,
    lower: LowerOption = None,
    vocab_size: VocabSizeOption = None,
    min_count: MinCountOption = None,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where the tokenizer goes.", rich_help_panel=_OUTPUT)
    ] = "tokenizer.json",
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Fit a tokenizer on INPUT and save it, for `pad --tokenizer FILE`.

    Example: [bold]padcli fit train.txt -o tokenizer.json --vocab-size 20000[/]
    """
    with _errors_shown():
        from padcli import console, pipeline

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
                lower=lower,
                vocab_size=vocab_size,
                min_count=min_count,
            )
            _interrupts_too_late()
        console.show_report(report, quiet=quiet, json=json)


@app.command()
def inspect(
    path: Annotated[str, typer.Argument(metavar="OUT", show_default=False, help="An .npz or .npy that padcli wrote.")],
    rows: Annotated[
        str | None,
        typer.Option(
            metavar="START:STOP",
            help="Show these rows decoded, as in 0:5 (counted from 0, without the last).",
            show_default=False,
        ),
    ] = None,
    tokenizer: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="The tokenizer to decode with. [dim]\\[default: the one that the file names, or the one beside it][/]",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Show what is in a file: arrays, options, tokenizer; and with --rows, its rows as text.

    Example: [bold]padcli inspect corpus.npz --rows 0:5[/]
    """
    with _errors_shown():
        from padcli import console, inspection

        console.show_inspection(inspection.inspect(path, rows=rows, tokenizer=tokenizer))
