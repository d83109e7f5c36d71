"""What is to be done, checked as far as it can be before any work: what is refused here leaves nothing behind."""

import dataclasses
import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from padcli.errors import MissingLibraryError, OutputError, UsageError
from padcli.files.standard_streams import stdout_is_closed
from padcli.formats import STDOUT, format_for, is_output
from padcli.formats.metadata_file import NAME
from padcli.options import (
    BUILT_IN_TOKENIZERS,
    FIGURES_OF_PADDING,
    TRAINED_TOKENIZERS,
    FitOptions,
    Format,
    PadOptions,
    ReadOptions,
    ReportOptions,
    RunOptions,
    StatsOptions,
    TokenizeOptions,
    WriteOptions,
    pick,
)
from padcli.rows.shapes import check_shape
from padcli.schema import array_names, own_names
from padcli.sources import STDIN, bare_name, format_of
from padcli.sources.streams import input_size

Inputs = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FitPlan:
    """Inputs to a fitted tokenizer. `total_bytes` is None where an input is a pipe."""

    inputs: tuple[str, ...]
    formats: tuple[Format, ...]
    total_bytes: int | None
    read: ReadOptions
    tokenize: TokenizeOptions
    tokenizer_output: Path | None
    rejects: Path | None
    run: RunOptions
    continue_from: Path | None = None
    counts_output: Path | None = None

    @property
    def store_folder(self) -> Path | None:
        """Where rows are kept until all are read; None where nothing is asked of them then."""
        return Path(tempfile.gettempdir()) if self.tokenize.may_drop else None

    @property
    def checks_rows(self) -> bool:
        """True where rows are checked for what is odd about them."""
        return False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StatsPlan(FitPlan):
    """Inputs to what is known of their lengths; no arrays are written."""

    stats: StatsOptions
    reporting: ReportOptions

    @property
    def store_folder(self) -> Path | None:
        """A folder where some units may be unknown: which are shows when all are counted."""
        may_be_unknown = self.tokenize.vocab_size is not None or self.tokenize.min_count is not None
        return Path(tempfile.gettempdir()) if may_be_unknown else None

    @property
    def checks_rows(self) -> bool:
        """True."""
        return True


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PadPlan(FitPlan):
    """Inputs to padded arrays. `folder` is where the largest files go."""

    pad: PadOptions
    write: WriteOptions
    reporting: ReportOptions
    output: Path
    names: tuple[str, ...]
    folder: Path

    @property
    def store_folder(self) -> Path:
        """The folder of the output, which has room for rows."""
        return self.folder

    @property
    def checks_rows(self) -> bool:
        """True."""
        return True

    @property
    def place(self) -> str:
        """Where the arrays take up space, for messages."""
        return f"{self.folder} (TMPDIR)" if str(self.output) == STDOUT else str(self.output)


def plan_fit(inputs: Inputs, output: str | os.PathLike[str], keywords: dict[str, Any]) -> FitPlan:
    """The plan of `padcli.fit`. Raises `UsageError`, `InputError` or `OutputError`; `TypeError` as a call would."""
    keywords = dict(keywords, output=output)
    labels = keywords.pop("label", None)
    fit = pick(FitOptions, keywords)
    read, tokenize, run = pick(ReadOptions, keywords), pick(TokenizeOptions, keywords), pick(RunOptions, keywords)
    _refuse_unknown("fit", keywords | ({} if labels is None else {"label": labels}))
    common = _plan_inputs(inputs, read)
    if tokenize.is_file:
        raise UsageError(
            f"There is nothing to fit: --tokenizer {tokenize.tokenizer} is fitted already.",
            hint=f"Name one to fit: {', '.join((*BUILT_IN_TOKENIZERS, *TRAINED_TOKENIZERS))}.",
        )
    _refuse_counts(fit, tokenize)
    path, rejects = Path(fit.output), _rejects(read)
    earlier, counts = _given(fit.continue_from), _given(fit.save_counts)
    _check_outputs([path, *counts, *_given(rejects)], [*common["inputs"], *map(str, earlier)])
    return FitPlan(
        **common,
        tokenize=tokenize,
        tokenizer_output=path,
        rejects=rejects,
        run=run,
        continue_from=next(iter(earlier), None),
        counts_output=next(iter(counts), None),
    )


def _refuse_counts(fit: FitOptions, tokenize: TokenizeOptions) -> None:
    """Refuse to keep counts, or to go on from them, where no units are counted."""
    for name in ("continue_from", "save_counts"):
        if getattr(fit, name) is not None and (tokenize.is_trained or tokenize.tokenizer == "byte"):
            flag = "--" + name.replace("_", "-")
            raise UsageError(f"{flag} has no meaning with --tokenizer {tokenize.tokenizer}.", hint=f"Leave {flag} out.")


def plan_stats(inputs: Inputs, keywords: dict[str, Any]) -> StatsPlan:
    """The plan of `padcli.stats`. Raises `UsageError`, `InputError` or `OutputError`; `TypeError` as a call would."""
    keywords = dict(keywords)
    read, tokenize, run = pick(ReadOptions, keywords), pick(TokenizeOptions, keywords), pick(RunOptions, keywords)
    stats, reporting = pick(StatsOptions, keywords), pick(ReportOptions, keywords)
    _refuse_unknown("stats", keywords)
    for gate in reporting.gates:
        if gate.name in FIGURES_OF_PADDING:
            raise UsageError(f"--fail-if {gate.text!r}: nothing is padded here.", hint="`padcli pad` can tell.")
    _refuse_training(tokenize, "stats")
    common, rejects = _plan_inputs(inputs, read), _rejects(read)
    _check_plot(reporting)
    _check_outputs([*_given(rejects), *_given(reporting.report), *_given(reporting.plot)], common["inputs"])
    return StatsPlan(
        **common, tokenize=tokenize, tokenizer_output=None, rejects=rejects, run=run, stats=stats, reporting=reporting
    )


def plan_compare(first: str, second: str, keywords: dict[str, Any]) -> tuple[FitPlan, FitPlan] | None:
    """The plans of reading two texts; None for two outputs of padcli, which need none.

    Raises `UsageError` or `InputError`; `TypeError` as a call would.
    """
    keywords = dict(keywords)
    read, tokenize, run = pick(ReadOptions, keywords), pick(TokenizeOptions, keywords), pick(RunOptions, keywords)
    _refuse_unknown("compare", keywords)
    if read.rejects is not None:
        raise UsageError("--rejects: bad records are listed by `padcli stats` and `padcli pad`.")
    outputs = [path for path in (first, second) if is_output(path)]
    if len(outputs) == 1:
        raise UsageError(f"{outputs[0]}: is an output of padcli, and what it is to be compared with is none.")
    if outputs and (read, tokenize) != (ReadOptions(), TokenizeOptions()):
        raise UsageError(f"{first}: is an output of padcli, for which options of input and tokenizer have no meaning.")
    if outputs:
        return None
    _refuse_training(tokenize, "compare")
    if not tokenize.unk:
        raise UsageError("--no-unk: texts are compared by all of their words.", hint="Leave --no-unk out.")
    if first == second == STDIN:
        raise UsageError("Standard input (-) can be read only once.")
    plans = (
        FitPlan(**_plan_inputs(path, read), tokenize=tokenize, tokenizer_output=None, rejects=None, run=run)
        for path in (first, second)
    )
    return next(plans), next(plans)


def plan_pad(inputs: Inputs, output: str | os.PathLike[str] | None, keywords: dict[str, Any]) -> PadPlan:
    """The plan of `padcli.pad`. Raises `UsageError`, `InputError` or `OutputError`; `TypeError` as a call would."""
    keywords = dict(keywords, output=output)
    read, tokenize, run = pick(ReadOptions, keywords), pick(TokenizeOptions, keywords), pick(RunOptions, keywords)
    pad, write, reporting = pick(PadOptions, keywords), pick(WriteOptions, keywords), pick(ReportOptions, keywords)
    _refuse_unknown("pad", keywords)
    check_shape(pad.truncating)
    _refuse_training(tokenize, "pad")
    common = _plan_inputs(inputs, read)
    path = Path(write.output if write.output is not None else _default_output(common["inputs"][0]))
    to_stdout = str(path) == STDOUT
    names = array_names(write.names, read.label)
    taken = {NAME, *own_names()}
    if taken & set(read.label):
        raise UsageError(f"--label: padcli's own arrays have these names: {', '.join(sorted(taken))}.")
    array_paths = [] if to_stdout else format_for(path).paths(path, names)
    tokenizer, rejects = _tokenizer_output(path, tokenize, write), _rejects(read)
    _check_plot(reporting)
    if to_stdout and stdout_is_closed():
        raise UsageError("-o -: standard output is closed.")
    if to_stdout and sys.stdout.isatty():
        raise UsageError("-o -: the arrays would be written to a terminal.", hint="Pipe the output, or name a file.")
    if write.if_changed:
        _refuse_pipes(path, common["inputs"])
    given = [str(tokenize.tokenizer)] if tokenize.is_file else []
    told = [*_given(reporting.report), *_given(reporting.plot)]
    outputs = [*array_paths, *_given(tokenizer), *_given(rejects), *told]
    _check_outputs(outputs, [*common["inputs"], *given])
    return PadPlan(
        **common,
        tokenize=tokenize,
        tokenizer_output=tokenizer,
        rejects=rejects,
        run=run,
        pad=pad,
        write=write,
        reporting=reporting,
        output=path,
        names=names,
        folder=Path(tempfile.gettempdir()) if to_stdout else Path(os.path.realpath(path)).parent,
    )


def plan_texts(keywords: dict[str, Any]) -> PadPlan:
    """Plan `padcli.pad_texts`. Raises `UsageError`; `TypeError` as a call would."""
    keywords = dict(keywords)
    names = keywords.pop("names", "keras")
    tokenize, pad, run = pick(TokenizeOptions, keywords), pick(PadOptions, keywords), pick(RunOptions, keywords)
    _refuse_unknown("pad_texts", keywords)
    check_shape(pad.truncating)
    _refuse_training(tokenize, "pad")
    write = WriteOptions(names=names)
    return PadPlan(
        inputs=(),
        formats=(),
        total_bytes=None,
        read=ReadOptions(),
        tokenize=tokenize,
        tokenizer_output=None,
        rejects=None,
        run=run,
        pad=pad,
        write=write,
        reporting=ReportOptions(),
        output=Path(),
        names=array_names(write.names),
        folder=Path(tempfile.gettempdir()),
    )


def _refuse_pipes(output: Path, inputs: Sequence[str]) -> None:
    pipe = next((path for path in inputs if input_size(path) is None), None)
    if pipe is not None or str(output) == STDOUT:
        name = "standard output" if pipe is None else "standard input" if pipe == STDIN else pipe
        raise UsageError(
            f"--if-changed: {name} is no file that could be compared with what it was.",
            hint="Name a file, or leave --if-changed out.",
        )


def _refuse_training(tokenize: TokenizeOptions, command: str) -> None:
    if tokenize.is_trained:
        raise UsageError(
            f"--tokenizer {tokenize.tokenizer}: is trained on all of the text before it gives any ids.",
            hint=f"First: padcli fit ... --tokenizer {tokenize.tokenizer} -o tokenizer.json, "
            f"then: padcli {command} ... --tokenizer tokenizer.json",
        )


def _refuse_unknown(function: str, keywords: dict[str, Any]) -> None:
    if keywords:
        raise TypeError(f"padcli.{function}() got an unexpected keyword argument {next(iter(keywords))!r}")


def _plan_inputs(inputs: Inputs, read: ReadOptions) -> dict[str, Any]:
    paths = tuple(os.fspath(path) for path in ([inputs] if isinstance(inputs, str | os.PathLike) else inputs))
    if not paths:
        raise UsageError("There is no input.", hint="Name one or more files, or - for standard input.")
    for path in paths:
        _check_name(path)
    if paths.count(STDIN) > 1:
        raise UsageError("Standard input (-) can be read only once.")
    sizes = [input_size(path) for path in paths]
    formats = tuple(read.format or format_of(path) for path in paths)
    if "jsonl" not in formats and (read.field is not None or read.label):
        raise UsageError(
            "--field and --label name fields of JSON records, but the input is text.",
            hint="Add --format jsonl if it holds one JSON object a line.",
        )
    if "text" in formats and read.label:
        raise UsageError(
            f"--label: {paths[formats.index('text')]} is text, and has no fields.",
            hint="Add --format jsonl if it holds one JSON object a line.",
        )
    total = None if None in sizes else sum(size for size in sizes if size is not None)
    return {"inputs": paths, "formats": formats, "total_bytes": total, "read": read}


def _check_name(path: str) -> None:
    try:
        path.encode()
    except UnicodeEncodeError:
        raise UsageError(f"{path!r}: the name of the file is not UTF-8.", hint="Rename it, or read it as -.") from None


def _default_output(first_input: str) -> str:
    return ("stdin" if first_input == STDIN else bare_name(first_input).stem) + ".npz"


def _tokenizer_output(output: Path, tokenize: TokenizeOptions, write: WriteOptions) -> Path | None:
    """Where a fitted tokenizer is saved; beside the output unless told otherwise."""
    if write.save_tokenizer is not None:
        if tokenize.is_file:
            raise UsageError("--save-tokenizer: nothing is fitted, since --tokenizer names a file.")
        return Path(write.save_tokenizer)
    return None if tokenize.is_file or str(output) == STDOUT else beside(output)


def beside(output: Path) -> Path:
    """Where a fitted tokenizer is saved, unless told otherwise."""
    return output.with_suffix(".tokenizer.json")


def _rejects(read: ReadOptions) -> Path | None:
    return None if read.rejects is None else Path(read.rejects)


def _check_plot(reporting: ReportOptions) -> None:
    if reporting.plot is not None and not (find_spec("altair") and find_spec("vl_convert")):
        raise MissingLibraryError("--plot", "plot")


def _given(path: str | Path | None) -> list[Path]:
    return [] if path is None else [Path(path)]


def check_output(output: Path, tokenizer: str | os.PathLike[str]) -> None:
    """Refuse an output that cannot be written, or that would overwrite the tokenizer that it comes from."""
    _check_outputs([output], [os.fspath(tokenizer)])


def _check_outputs(outputs: Iterable[Path], inputs: Iterable[str]) -> None:
    """Refuse outputs that cannot be written, and those that would overwrite an input or each other."""
    taken = {os.path.realpath(path): f"the input {path}" for path in inputs if path != STDIN}
    for path in outputs:
        folder = path.parent
        _check_name(str(path))
        if str(path) == STDOUT:
            raise UsageError("Only the arrays of `pad` go to standard output (-).", hint="Name a file instead.")
        if not os.path.isdir(folder):  # noqa: PTH112 (Path.is_dir raises for a folder that may not be looked into)
            raise OutputError(f"{path}: the folder {folder} does not exist.", hint=f"Make it first: mkdir -p {folder}")
        if os.path.isdir(path):  # noqa: PTH112
            raise OutputError(f"{path}: is a directory.")
        if os.path.exists(path) and not os.path.isfile(path):  # noqa: PTH110, PTH113
            raise OutputError(f"{path}: is a device or a pipe, which a file would replace.", hint="Name a file.")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise OutputError(f"{path}: the folder {folder} cannot be written to.")
        real = os.path.realpath(path)
        if real in taken:
            raise UsageError(f"{path}: would overwrite {taken[real]}.", hint="Give another name.")
        taken[real] = f"the output {path}"
