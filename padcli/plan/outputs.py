"""Files that a run writes: which they are, and whether they can be written."""

import re
from collections.abc import Iterator, Sequence
from glob import escape
from pathlib import Path

from padcli.errors import InputError
from padcli.files.output_paths import check_outputs
from padcli.files.places import exists
from padcli.formats import STDOUT, format_for
from padcli.plan.checks import given
from padcli.plan.plans import PadPlan, part_path


def bucket_paths(output: Path, widths: Sequence[int] | int | None) -> list[Path]:
    """Return a path for each bucket of an output; the output's own where there are none, or where it is not known."""
    if widths is None or isinstance(widths, int):
        return [output]
    return [part_path(output, str(width)) for width in widths]


def check_paths(plan: PadPlan, paths: Sequence[Path]) -> None:
    """Raise an error for arrays that cannot be written to `paths`, or that would replace what padcli did not write."""
    to_stdout = str(plan.output) == STDOUT
    arrays = [] if to_stdout else [each for path in paths for each in format_for(path).paths(path, plan.names)]
    told = [*given(plan.reporting.report), *given(plan.reporting.plot)]
    named_tokenizer = [str(plan.tokenize.tokenizer)] if plan.tokenize.is_file else []
    check_outputs(
        [*arrays, *given(plan.tokenizer_output), *given(plan.rejects), *told], [*plan.inputs, *named_tokenizer]
    )
    if not to_stdout and not plan.write.force and any(map(exists, paths)):
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


def _files_of_bucket(path: Path, width: int) -> Sequence[Path]:
    from padcli.formats.reader import open_padded

    try:
        file = open_padded(path)
    except InputError:
        return ()
    is_bucket = width in file.meta["padding"].get("buckets", ()) and width == file.width
    return format_for(path).paths(path, [*file.meta["arrays"]]) if is_bucket else ()
