"""Checks that all plans share."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from padcli.errors import MissingLibraryError, UsageError
from padcli.files.places import as_path
from padcli.options import (
    ReadOptions,
    ReportOptions,
    TokenizeOptions,
)
from padcli.sources.named_inputs import NamedInputs


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
    return {
        "inputs": named.paths,
        "formats": named.formats,
        "folders": named.folders,
        "skipped_files": named.skipped_files,
        "total_bytes": named.total_bytes,
        "read": read,
    }


def refuse_unknown(function: str, keywords: dict[str, Any]) -> None:
    """Raise `TypeError` for keywords that are left over."""
    if keywords:
        raise TypeError(f"padcli.{function}() got an unexpected keyword argument {next(iter(keywords))!r}")


def rejects_of(read: ReadOptions) -> Path | None:
    """Return the file that lists bad records, if there is to be one."""
    return None if read.rejects is None else as_path(read.rejects)


def check_plot(reporting: ReportOptions) -> None:
    """Raise `MissingLibraryError` where a plot is wanted, and what draws it is not installed."""
    if reporting.plot is not None and not (find_spec("altair") and find_spec("vl_convert")):
        raise MissingLibraryError("--plot", "plot")


def given(path: str | Path | None) -> list[Path]:
    """Return a path that was given, or nothing."""
    return [] if path is None else [as_path(path)]
