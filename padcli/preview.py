"""Preview of a run, for `--dry-run`: what would be read and written, as far as that is known before any work."""

import dataclasses
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from padcli.engine.progress import no_progress
from padcli.files.places import as_path, exists
from padcli.formats import STDOUT
from padcli.padding.layout import choose_maxlen
from padcli.plan import FitPlan, PadPlan, StatsPlan
from padcli.plan.outputs import bucket_paths, files_of
from padcli.plan.plans import part_path
from padcli.rows.lengths import EMPTY
from padcli.schema import Sizes, role_of, specs_of
from padcli.sources import STDIN
from padcli.sources.input_files import input_size
from padcli.sources.inputs import open_inputs
from padcli.tokenizers import Tokenizer, open_tokenizer
from padcli.tokenizers.around import template_of


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class InputPreview:
    """An input; `bytes` is None for a pipe."""

    path: str
    format: str
    bytes: int | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OutputPreview:
    """A file that would be written; `replaces`: size in bytes of the file that is there now, None where none is."""

    path: str
    replaces: int | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Preview of a run.

    `tokenizer`: its kind, or its name where it is to be fitted; `vocab_size`: None until it is fitted. `maxlen`: as it
    was given; `row_bytes`: size of a row in all arrays but the labels, where both depend on no row. `change`: what
    `--if-changed` finds, empty where nothing is to be done; None where it was not asked for.
    """

    inputs: tuple[InputPreview, ...]
    tokenizer: str
    tokenizer_path: str | None
    vocab_size: int | None
    outputs: tuple[OutputPreview, ...]
    free_bytes: int
    maxlen: int | str | None = None
    padding: str | None = None
    truncating: str | None = None
    dtype: str | None = None
    row_bytes: int | None = None
    change: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the preview as JSON has it."""
        return {"dry_run": True, **dataclasses.asdict(self)}


def preview(plan: FitPlan) -> Preview:
    """Look at all that a run would use, and write nothing. Raises the `PadcliError` that the run would begin with."""
    tokenizer = None if plan.tokenize.is_trained else open_tokenizer(plan.tokenize)
    vocabulary = None if tokenizer is None else tokenizer.vocabulary
    _open_inputs(plan)
    found = Preview(
        inputs=tuple(
            InputPreview(path=path, format=format, bytes=input_size(path, plan.read))
            for path, format in zip(plan.inputs, plan.formats, strict=True)
        ),
        tokenizer=str(plan.tokenize.tokenizer) if tokenizer is None else tokenizer.name,
        tokenizer_path=str(plan.tokenize.tokenizer) if plan.tokenize.is_file else None,
        vocab_size=None if vocabulary is None else len(vocabulary),
        outputs=tuple(map(_output, _paths(plan))),
        free_bytes=shutil.disk_usage(plan.folder if isinstance(plan, PadPlan) else tempfile.gettempdir()).free,
    )
    return _with_layout(found, plan, tokenizer) if isinstance(plan, PadPlan) and tokenizer is not None else found


def _open_inputs(plan: FitPlan) -> None:
    """Read the start of each input that can be read again."""
    named = [
        (path, format) for path, format in zip(plan.inputs, plan.formats, strict=True) if input_size(path, plan.read)
    ]
    size = plan.run.chunk_bytes
    for _, source in open_inputs(
        named, plan.read, folders=plan.folders, split_bytes=size, total_bytes=None, on_progress=no_progress
    ):
        next(iter(source.splits()), None)


def _with_layout(found: Preview, plan: PadPlan, tokenizer: Tokenizer) -> Preview:
    tokenizer.padding_id(plan.pad.pad_id)
    template = template_of(tokenizer, plan.tokenize, plan.rows, plan.read.n_texts)
    maxlen, dtype = plan.pad.maxlen, plan.pad.dtype or "int32"
    row_bytes = None
    if isinstance(maxlen, int):
        choose_maxlen(plan.pad, EMPTY, n_special=template.n_special)
        if dtype != "auto" and plan.rows.bucket is None:
            own = [name for name in plan.names if role_of(name) not in {"label", "record", "offsets"}]
            width = -(-maxlen // (plan.rows.pad_to_multiple_of or 1)) * (plan.rows.pad_to_multiple_of or 1)
            specs = specs_of(own, sizes=Sizes(rows=1, width=width), ids=np.dtype(dtype), labels={})
            row_bytes = sum(spec.nbytes for spec in specs)
    return dataclasses.replace(
        found,
        maxlen=maxlen,
        padding=plan.pad.padding,
        truncating=plan.pad.truncating,
        dtype=dtype,
        row_bytes=row_bytes,
        change=_change(plan),
    )


def _change(plan: PadPlan) -> str | None:
    if not plan.write.if_changed:
        return None
    from padcli.inspection import up_to_date

    return up_to_date.what_changed(plan)


def _paths(plan: FitPlan) -> Iterator[Path]:
    """Yield all files that a run would write, the largest first; N is a number that follows from the rows."""
    if isinstance(plan, PadPlan):
        to_stdout, widths = str(plan.output) == STDOUT, plan.rows.widths
        for part in plan.parts():
            named = [part_path(part.output, "N")] if isinstance(widths, int) else bucket_paths(part.output, widths)
            for path in named:
                if part.shards is not None:
                    yield from files_of(path.with_name(f"{path.stem}-00000-of-N{path.suffix}"), part.names)
                    yield part.stored_as
                else:
                    yield from [path] if to_stdout else files_of(path, part.names)
    told = (plan.reporting.report, plan.reporting.plot) if isinstance(plan, PadPlan | StatsPlan) else ()
    for path in (plan.tokenizer_output, plan.counts_output, plan.rejects, *told):
        if path is not None:
            yield as_path(path)


def _output(path: Path) -> OutputPreview:
    there = str(path) != STDIN and exists(path)
    return OutputPreview(path=str(path), replaces=path.stat().st_size if there else None)
