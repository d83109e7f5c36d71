"""Plans of runs, checked as far as it can be done before any work: what is refused here leaves nothing behind."""

import dataclasses
import os
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from padcli.errors import MissingLibraryError, UsageError
from padcli.files.output_paths import beside, check_outputs
from padcli.files.standard_streams import check_stdout
from padcli.formats import STDOUT, format_for
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
from padcli.sources import STDIN
from padcli.sources.named_inputs import Inputs, NamedInputs, named_inputs


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
        """The folder where rows are kept until all are read; None where nothing is asked of them then."""
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
    """Inputs to padded arrays. `folder`: where the largest files go; `label_dtypes`: of arrays that must have them."""

    pad: PadOptions
    write: WriteOptions
    reporting: ReportOptions
    output: Path
    names: tuple[str, ...]
    folder: Path
    label_dtypes: Mapping[str, np.dtype[Any]] = dataclasses.field(default_factory=dict)

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
        """The place where the arrays take up space, for messages."""
        return f"{self.folder} (TMPDIR)" if str(self.output) == STDOUT else str(self.output)


def plan_fit(inputs: Inputs, output: str | os.PathLike[str], keywords: dict[str, Any]) -> FitPlan:
    """The plan of `padcli.fit`. Raises `UsageError`, `InputError` or `OutputError`; `TypeError` as a call would."""
    keywords = dict(keywords, output=output)
    labels = keywords.pop("label", None)
    fit = pick(FitOptions, keywords)
    read, tokenize, run = pick(ReadOptions, keywords), pick(TokenizeOptions, keywords), pick(RunOptions, keywords)
    refuse_unknown("fit", keywords | ({} if labels is None else {"label": labels}))
    named = named_inputs(inputs, read)
    if tokenize.is_file:
        raise UsageError(
            f"Nothing to fit: --tokenizer {tokenize.tokenizer} is already fitted.",
            hint=f"Choose one to fit: {', '.join((*BUILT_IN_TOKENIZERS, *TRAINED_TOKENIZERS))}.",
        )
    _refuse_counts(fit, tokenize)
    path, rejects = Path(fit.output), _rejects(read)
    earlier, counts = _given(fit.continue_from), _given(fit.save_counts)
    check_outputs([path, *counts, *_given(rejects)], [*named.paths, *map(str, earlier)])
    return FitPlan(
        **reading(named, read),
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
            raise UsageError(f"{flag} cannot be used with --tokenizer {tokenize.tokenizer}.", hint=f"Remove {flag}.")


def plan_stats(inputs: Inputs, keywords: dict[str, Any]) -> StatsPlan:
    """The plan of `padcli.stats`. Raises `UsageError`, `InputError` or `OutputError`; `TypeError` as a call would."""
    keywords = dict(keywords)
    read, tokenize, run = pick(ReadOptions, keywords), pick(TokenizeOptions, keywords), pick(RunOptions, keywords)
    stats, reporting = pick(StatsOptions, keywords), pick(ReportOptions, keywords)
    refuse_unknown("stats", keywords)
    for gate in reporting.gates:
        if gate.name in FIGURES_OF_PADDING:
            raise UsageError(f"--fail-if {gate.text!r}: stats pads nothing.", hint="Use it with `padcli pad`.")
    refuse_training(tokenize, "stats")
    named, rejects = named_inputs(inputs, read), _rejects(read)
    _check_plot(reporting)
    check_outputs([*_given(rejects), *_given(reporting.report), *_given(reporting.plot)], named.paths)
    return StatsPlan(
        **reading(named, read),
        tokenize=tokenize,
        tokenizer_output=None,
        rejects=rejects,
        run=run,
        stats=stats,
        reporting=reporting,
    )


def plan_pad(inputs: Inputs, output: str | os.PathLike[str] | None, keywords: dict[str, Any]) -> PadPlan:
    """The plan of `padcli.pad`. Raises `UsageError`, `InputError` or `OutputError`; `TypeError` as a call would."""
    earlier = None
    if keywords.get("like") is not None:
        from padcli.formats.earlier_output import earlier_output

        earlier = earlier_output(keywords["like"])
    keywords = {**({} if earlier is None else earlier.options), **keywords, "output": output}
    read, tokenize, run = pick(ReadOptions, keywords), pick(TokenizeOptions, keywords), pick(RunOptions, keywords)
    pad, write, reporting = pick(PadOptions, keywords), pick(WriteOptions, keywords), pick(ReportOptions, keywords)
    refuse_unknown("pad", keywords)
    check_shape(pad.truncating)
    refuse_training(tokenize, "pad")
    named = named_inputs(inputs, read)
    path = Path(write.output if write.output is not None else f"{named.stem}.npz")
    to_stdout = str(path) == STDOUT
    names = array_names(write.names, read.label)
    taken = {NAME, *own_names()}
    if taken & set(read.label):
        raise UsageError(f"--label: names of padcli's own arrays: {', '.join(sorted(taken))}.")
    array_paths = [] if to_stdout else format_for(path).paths(path, names)
    tokenizer, rejects = _tokenizer_output(path, tokenize, write), _rejects(read)
    _check_plot(reporting)
    if to_stdout:
        check_stdout()
    if write.if_changed:
        _refuse_pipes(path, named.pipe)
    given = [str(tokenize.tokenizer)] if tokenize.is_file else []
    told = [*_given(reporting.report), *_given(reporting.plot)]
    outputs = [*array_paths, *_given(tokenizer), *_given(rejects), *told]
    check_outputs(outputs, [*named.paths, *given])
    if not to_stdout and not write.force and os.path.exists(path):  # noqa: PTH110 (Path.exists raises for a long name)
        from padcli.formats.reader import refuse_foreign

        refuse_foreign(path)
    return PadPlan(
        **reading(named, read),
        tokenize=tokenize,
        tokenizer_output=tokenizer,
        rejects=rejects,
        run=run,
        pad=pad.for_names(write.names),
        write=write,
        reporting=reporting,
        output=path,
        names=names,
        folder=Path(tempfile.gettempdir()) if to_stdout else Path(os.path.realpath(path)).parent,
        label_dtypes={} if earlier is None else earlier.label_dtypes,
    )


def plan_texts(keywords: dict[str, Any]) -> PadPlan:
    """Plan `padcli.pad_texts`. Raises `UsageError`; `TypeError` as a call would."""
    keywords = dict(keywords)
    names = keywords.pop("names", "keras")
    tokenize, pad, run = pick(TokenizeOptions, keywords), pick(PadOptions, keywords), pick(RunOptions, keywords)
    refuse_unknown("pad_texts", keywords)
    check_shape(pad.truncating)
    refuse_training(tokenize, "pad")
    write = WriteOptions(names=names)
    return PadPlan(
        **reading(NamedInputs(paths=(), formats=(), sizes=()), ReadOptions()),
        tokenize=tokenize,
        tokenizer_output=None,
        rejects=None,
        run=run,
        pad=pad.for_names(write.names),
        write=write,
        reporting=ReportOptions(),
        output=Path(),
        names=array_names(write.names),
        folder=Path(tempfile.gettempdir()),
    )


def _refuse_pipes(output: Path, pipe: str | None) -> None:
    if pipe is not None or str(output) == STDOUT:
        name = "standard output" if pipe is None else "standard input" if pipe == STDIN else pipe
        raise UsageError(
            f"--if-changed: {name} cannot be compared with an earlier run: it is not a file.",
            hint="Use a file, or remove --if-changed.",
        )


def refuse_training(tokenize: TokenizeOptions, command: str) -> None:
    """Raise `UsageError` for a tokenizer that only `fit` can make."""
    if tokenize.is_trained:
        raise UsageError(
            f"--tokenizer {tokenize.tokenizer}: has to be trained first.",
            hint=f"First: padcli fit ... --tokenizer {tokenize.tokenizer} -o tokenizer.json, "
            f"then: padcli {command} ... --tokenizer tokenizer.json",
        )


def reading(named: NamedInputs, read: ReadOptions) -> dict[str, Any]:
    """Return the fields of a plan that say what is read."""
    return {"inputs": named.paths, "formats": named.formats, "total_bytes": named.total_bytes, "read": read}


def refuse_unknown(function: str, keywords: dict[str, Any]) -> None:
    """Raise `TypeError` for keywords that are left over."""
    if keywords:
        raise TypeError(f"padcli.{function}() got an unexpected keyword argument {next(iter(keywords))!r}")


def _tokenizer_output(output: Path, tokenize: TokenizeOptions, write: WriteOptions) -> Path | None:
    """Return the path of a fitted tokenizer: beside the output unless told otherwise; None where nothing is saved."""
    if write.save_tokenizer is not None:
        if tokenize.is_file:
            raise UsageError("--save-tokenizer: nothing is fitted, because --tokenizer is a file.")
        return Path(write.save_tokenizer)
    return None if tokenize.is_file or str(output) == STDOUT else beside(output)


def _rejects(read: ReadOptions) -> Path | None:
    return None if read.rejects is None else Path(read.rejects)


def _check_plot(reporting: ReportOptions) -> None:
    if reporting.plot is not None and not (find_spec("altair") and find_spec("vl_convert")):
        raise MissingLibraryError("--plot", "plot")


def _given(path: str | Path | None) -> list[Path]:
    return [] if path is None else [Path(path)]
