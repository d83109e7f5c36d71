"""Files that a run writes: which they are, and whether they can be written."""

import re
from collections.abc import Collection, Iterator, Sequence
from glob import escape
from pathlib import Path

from padcli.errors import InputError
from padcli.files.output_paths import check_outputs
from padcli.files.places import exists
from padcli.formats import INDEX, STDOUT, format_for, is_folder
from padcli.formats.shards import index_path
from padcli.plan.checks import given
from padcli.plan.plans import PadPlan, part_path


def bucket_paths(output: Path, widths: Sequence[int] | int | None) -> list[Path]:
    """Return a path for each bucket of an output; the output's own where there are none, or where it is not known."""
    if widths is None or isinstance(widths, int):
        return [output]
    return [part_path(output, str(width)) for width in widths]


def files_of(path: Path, names: Sequence[str]) -> list[Path]:
    """Return the files that arrays of these names become; an index is one."""
    return [path] if path.name.endswith(INDEX) else format_for(path).paths(path, names)


def check_paths(plan: PadPlan, paths: Sequence[Path]) -> None:
    """Raise an error for arrays that cannot be written to `paths`, or that would replace what padcli did not write."""
    told = [each for name in ("report", "plot", "croissant") for each in given(getattr(plan.reporting, name))]
    named_tokenizer = [str(plan.tokenize.tokenizer)] if plan.tokenize.is_file else []
    check_arrays(
        [] if str(plan.output) == STDOUT else paths,
        plan.names,
        others=[*given(plan.tokenizer_output), *given(plan.rejects), *told],
        inputs=[*plan.inputs, *named_tokenizer],
        force=plan.write.force,
    )


def check_arrays(
    paths: Sequence[Path], names: Sequence[str], *, inputs: Sequence[str], others: Sequence[Path] = (), force: bool
) -> None:
    """Do the same for arrays of these names; `others`: files that are written, too; `inputs`: those that are read."""
    arrays = [each for path in paths for each in files_of(path, names)]
    check_outputs([*arrays, *others], inputs, dict.fromkeys(path for path in paths if is_folder(path)))
    if not force and any(map(exists, paths)):
        from padcli.formats.reader import refuse_foreign

        for path in paths:
            if exists(path):
                refuse_foreign(path)


def outdated_buckets(output: Path, widths: Sequence[int]) -> Iterator[Path]:
    """Yield the files of buckets that an earlier run of an output wrote, and that are of none of these widths.

    Who reads `out.*.npz` would have their rows twice.
    """
    for path in sorted(output.parent.glob(f"{escape(output.stem)}.*{escape(output.suffix)}")):
        width = path.name[len(output.stem) + 1 : -len(output.suffix)]
        if re.fullmatch(r"[1-9]\d*", width, re.ASCII) and int(width) not in widths:
            yield from _files_of_bucket(path, int(width))


def outdated_forms(output: Path, written: Collection[Path]) -> Iterator[Path]:
    """Yield the files of an earlier run of an output that had other shards, or none where this one has some.

    `written`: the files of this run. Who reads `out-*.npz` would have rows twice.
    """
    of_shard = re.compile(rf"{re.escape(output.stem)}-\d{{5,}}-of-\d{{5,}}\..*", re.ASCII | re.DOTALL)
    if str(output) == STDOUT:
        return
    for path in (*([] if output in written else [output]), index_path(output)):
        for file in _files_of_output(path):
            is_own = path == output or file.name == path.name or of_shard.fullmatch(file.name)
            if is_own and file not in written:
                yield file


def _files_of_output(path: Path) -> Sequence[Path]:
    """Return the files of an output of padcli; none where it is no such output."""
    from padcli.formats.reader import open_rows

    if not exists(path):
        return ()
    try:
        with open_rows(path) as stored:
            return stored.files
    except InputError:
        return ()


def _files_of_bucket(path: Path, width: int) -> Sequence[Path]:
    from padcli.formats.reader import open_padded

    try:
        file = open_padded(path)
    except InputError:
        return ()
    is_bucket = width in file.meta["padding"].get("buckets", ()) and width == file.width
    return format_for(path).paths(path, [*file.meta["arrays"]]) if is_bucket else ()
