"""Plans of `pad` and `pad_texts`."""

import os
import tempfile
from pathlib import Path
from typing import Any

from padcli.errors import UsageError
from padcli.files.output_paths import beside
from padcli.files.places import as_path, folder_of
from padcli.files.standard_streams import check_stdout
from padcli.formats import STDOUT
from padcli.formats.metadata_file import NAME
from padcli.formats.shards import index_path
from padcli.options import (
    PadOptions,
    ReadOptions,
    ReportOptions,
    RowOptions,
    RunOptions,
    SelectOptions,
    TokenizeOptions,
    WriteOptions,
    pick,
)
from padcli.plan.checks import check_plot, reading, refuse_training, refuse_unknown, rejects_of
from padcli.plan.engines import check_run, check_shards, refuse_elsewhere
from padcli.plan.outputs import bucket_paths, check_paths
from padcli.plan.plans import PadPlan, part_path
from padcli.plan.rows import check_lengths, check_rows, further_arrays
from padcli.schema import array_names, own_names
from padcli.sources import STDIN
from padcli.sources.named_inputs import Inputs, NamedInputs, named_inputs


def plan_pad(inputs: Inputs, output: str | os.PathLike[str] | None, keywords: dict[str, Any]) -> PadPlan:
    """The plan of `padcli.pad`. Raises `UsageError`, `InputError` or `OutputError`; `TypeError` as a call would."""
    earlier = None
    if keywords.get("like") is not None:
        from padcli.formats.earlier_output import earlier_output

        earlier = earlier_output(keywords["like"])
    keywords = {**({} if earlier is None else earlier.options), **keywords, "output": output}
    read, tokenize, run = pick(ReadOptions, keywords), pick(TokenizeOptions, keywords), pick(RunOptions, keywords)
    pad, rows, select = pick(PadOptions, keywords), pick(RowOptions, keywords), pick(SelectOptions, keywords)
    write, reporting = pick(WriteOptions, keywords), pick(ReportOptions, keywords)
    refuse_unknown("pad", keywords)
    check_rows(rows, read, tokenize, pad)
    check_lengths(select, tokenize)
    refuse_training(tokenize, "pad")
    named = named_inputs(inputs, read)
    check_run(run, named, read, tokenize, select)
    check_shards(run, is_sharded=write.is_sharded)
    path = as_path(write.output if write.output is not None else f"{named.stem}.npz")
    to_stdout = str(path) == STDOUT
    names = array_names(write.names, read.labels, further_arrays(write.names, read, rows, select))
    taken = {NAME, *own_names()}
    if taken & set(read.labels):
        raise UsageError(f"--label: names of padcli's own arrays: {', '.join(sorted(taken))}.")
    parts = [path] if not select.parts else [part_path(path, part) for part in select.parts]
    _check_parts(select, read, tokenize, write, is_stream=to_stdout or named.pipe is not None)
    tokenizer, rejects = _tokenizer_output(parts[0], tokenize, write), rejects_of(read)
    check_plot(reporting)
    if write.is_sharded and rows.bucket is not None:
        raise UsageError(
            "--bucket writes a file for each width, and these are not cut into shards.",
            hint="Remove --bucket, or --shard-rows and --shard-size.",
        )
    if to_stdout:
        if write.is_sharded:
            raise UsageError("Shards are several files, and standard output is one.", hint="Name them: -o out.npz")
        if rows.bucket is not None:
            raise UsageError("--bucket writes several files, and standard output is one.", hint="Name it: -o out.npz")
        if reporting.croissant is not None:
            raise UsageError("--croissant describes files, and standard output is none.", hint="Name one: -o out.npz")
        check_stdout()
    if write.if_changed:
        if rows.bucket is not None:
            raise UsageError("--bucket does not go with --if-changed yet.", hint="Remove one of them.")
        _refuse_pipes(path, named.pipe)
    plan = PadPlan(
        **reading(named, read),
        tokenize=tokenize,
        tokenizer_output=tokenizer,
        rejects=rejects,
        run=run,
        pad=pad.for_names(write.names),
        rows=rows,
        select=select,
        write=write,
        reporting=reporting,
        output=path,
        names=names,
        folder=Path(tempfile.gettempdir()) if to_stdout else folder_of(path),
        label_dtypes={} if earlier is None else earlier.label_dtypes,
        label_classes={} if earlier is None else earlier.label_classes,
    )
    paths = [index_path(part) for part in parts] if write.is_sharded else parts
    check_paths(plan, [each for path in paths for each in bucket_paths(path, rows.widths)])
    return plan


def plan_texts(keywords: dict[str, Any], n_texts: int = 1) -> PadPlan:
    """Plan `padcli.pad_texts`. Raises `UsageError`; `TypeError` as a call would."""
    keywords = dict(keywords)
    names = keywords.pop("names", "keras")
    tokenize, run = pick(TokenizeOptions, keywords), pick(RunOptions, keywords)
    pad, rows, select = pick(PadOptions, keywords), pick(RowOptions, keywords), pick(SelectOptions, keywords)
    refuse_unknown("pad_texts", keywords)
    refuse_training(tokenize, "pad")
    refuse_elsewhere(run, "pad_texts")
    read = ReadOptions(pair_field=tuple(f"text {number}" for number in range(2, n_texts + 1)))
    write = WriteOptions(names=names)
    check_rows(rows, read, tokenize, pad)
    check_lengths(select, tokenize)
    for name, value in (("bucket", rows.bucket), ("split_into", select.split_into)):
        if value is not None:
            raise UsageError(f"{name}: gives several sets of arrays, and pad_texts one.", hint="Use padcli.pad.")
    return PadPlan(
        **reading(NamedInputs(paths=(), formats=(), sizes=()), read),
        tokenize=tokenize,
        tokenizer_output=None,
        rejects=None,
        run=run,
        pad=pad.for_names(write.names),
        rows=rows,
        select=select,
        write=write,
        reporting=ReportOptions(),
        output=Path(),
        names=array_names(write.names, further=further_arrays(write.names, read, rows, select)),
        folder=Path(tempfile.gettempdir()),
    )


def _check_parts(
    select: SelectOptions, read: ReadOptions, tokenize: TokenizeOptions, write: WriteOptions, *, is_stream: bool
) -> None:
    """Raise `UsageError` for what cannot be split into parts."""
    if read.group is not None and select.sample is None and not select.parts:
        raise UsageError("--group cannot be used without --split-into or --sample.")
    if read.stratify is not None and (not select.parts or read.group is not None):
        raise UsageError(
            "--stratify cannot be used without --split-into, or with --group, whose records stay together.",
            hint="Remove --stratify.",
        )
    if not select.parts:
        return
    if is_stream:
        raise UsageError("--split-into reads its input once for each part, and writes a file each: name files.")
    if write.if_changed:
        raise UsageError("--split-into does not go with --if-changed yet.", hint="Remove one of them.")
    if not tokenize.unk:
        raise UsageError(
            "--no-unk: the other parts of --split-into hold words that the first part does not.",
            hint="Remove --no-unk, or fit a tokenizer first: padcli fit",
        )


def _refuse_pipes(output: Path, pipe: str | None) -> None:
    if pipe is not None or str(output) == STDOUT:
        name = "standard output" if pipe is None else "standard input" if pipe == STDIN else pipe
        raise UsageError(
            f"--if-changed: {name} cannot be compared with an earlier run: it is not a file.",
            hint="Use a file, or remove --if-changed.",
        )


def _tokenizer_output(output: Path, tokenize: TokenizeOptions, write: WriteOptions) -> Path | None:
    """Return the path of a fitted tokenizer: beside the output unless told otherwise; None where nothing is saved."""
    if write.save_tokenizer is not None:
        if tokenize.is_file:
            raise UsageError("--save-tokenizer: nothing is fitted, because --tokenizer is a file.")
        return as_path(write.save_tokenizer)
    return None if tokenize.is_file or str(output) == STDOUT else beside(output)
