"""An output of padcli to another format, checked by its digests while it is read: `padcli convert`."""

import dataclasses
import os
from pathlib import Path
from typing import Any, Unpack

from padcli.conversion.array_names import renamed_arrays, renamed_metadata, unchanged_arrays
from padcli.conversion.class_maps import classes_metadata, with_classes
from padcli.conversion.stored_arrays import StoredArrays
from padcli.conversion.tokenizer import copy_tokenizer
from padcli.engine.progress import OnProgress, no_progress
from padcli.engine.run import Run
from padcli.errors import UsageError
from padcli.files.open_files import allow_open_files
from padcli.files.output_paths import identity
from padcli.files.pending import PendingFiles, disk_errors
from padcli.files.places import as_path, folder_of
from padcli.formats import INDEX, format_for
from padcli.formats.base import Format, StoredRows
from padcli.formats.reader import open_padded, open_rows
from padcli.formats.sharded import ShardedFormat
from padcli.formats.shards import ShardSize, index_path, shard_paths
from padcli.options import RunOptions, WriteOptions, pick
from padcli.options.convert import ConvertOptions
from padcli.options.keywords import ConvertKeywords
from padcli.plan.checks import refuse_unknown
from padcli.plan.outputs import check_arrays, files_of, outdated_forms
from padcli.report.writing import check_space


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """An output that was converted: its rows and arrays, as `meta.json` describes them; `outputs`: files and sizes."""

    source: str
    output: str
    rows: int
    arrays: dict[str, dict[str, Any]]
    outputs: tuple[tuple[str, int], ...]

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON has it."""
        outputs = [{"path": path, "bytes": size} for path, size in self.outputs]
        return dataclasses.asdict(self) | {"outputs": outputs}


def convert(
    source: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    on_progress: OnProgress = no_progress,
    **options: Unpack[ConvertKeywords],
) -> Conversion:
    """Write an output of padcli in another format, or in other shards; the extension of `output` says which.

    Metadata are carried over, and a tokenizer beside the source is copied beside the output. `options` are the fields
    of `ConvertOptions` and some of `WriteOptions`. Raises a `PadcliError`, such as where the digest of an array is
    another one than its metadata say; then nothing is written.
    """
    keywords: dict[str, Any] = {**options, "output": as_path(output)}
    converting, write = pick(ConvertOptions, keywords), pick(WriteOptions, keywords)
    refuse_unknown("convert", keywords)
    with disk_errors(str(output)), open_rows(source) as stored, Run(RunOptions(), on_progress) as run:
        open_padded(source)  # looks at the types and shapes of all arrays
        return _convert(stored, as_path(output), write, _arrays(stored, converting, write, run), run)


def _arrays(stored: StoredRows, options: ConvertOptions, write: WriteOptions, run: Run) -> StoredArrays:
    arrays, changes = unchanged_arrays(stored), dict[str, Any]()
    if options.names is not None:
        arrays, changes = renamed_arrays(stored, options.names), renamed_metadata(stored, options.names)
    if options.label_map:
        arrays = with_classes(stored, arrays)
        changes |= classes_metadata(stored.metadata | changes, arrays)
    return StoredArrays(stored, arrays, changes, write, run)


def _convert(stored: StoredRows, output: Path, write: WriteOptions, rows: StoredArrays, run: Run) -> Conversion:
    size = ShardSize(rows=write.shard_rows, n_bytes=write.shard_size) if write.is_sharded else None
    format = _format(output, size, run)
    format.check(rows.specs)
    names = [spec.name for spec in rows.specs]
    paths = [output] if size is None else [*shard_paths(output, len(size.spans(rows.specs))), index_path(output)]
    files = [file for path in paths for file in files_of(path, names)]
    if identity(stored.path) == identity(output):
        raise UsageError(f"{output}: is the output that is to be converted.", hint="Choose another name.")
    check_arrays(paths, names, inputs=list(map(str, stored.files)), force=write.force)
    allow_open_files(len(files))
    check_space(rows.specs, folder_of(output), str(output), compress=write.compress)
    with PendingFiles() as pending:
        copy_tokenizer(stored, output, pending)
        format.write(pending, output, rows, rows.metadata, compress=write.compress)
        for file in set(outdated_forms(output, files)) - set(stored.files):
            pending.remove(file)
    return Conversion(
        source=str(stored.path),
        output=str(paths[-1]),
        rows=stored.metadata["rows"],
        arrays=rows.metadata()["arrays"],
        outputs=tuple(pending.written),
    )


def _format(output: Path, size: ShardSize | None, run: Run) -> Format:
    if output.name.endswith(INDEX):
        raise UsageError(
            f"{output}: is the name of an index, which shards get of themselves.",
            hint="Name the whole, and the size of shards: out.npz --shard-rows 10000",
        )
    inner = format_for(output)
    return inner if size is None else ShardedFormat(inner, size, run.lane)
