"""The arrays of a run to its output, with their digests and the metadata of the run."""

import dataclasses
import hashlib
import shutil
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from padcli.engine.run import Run
from padcli.engine.stopwatch import measured
from padcli.errors import OutputError
from padcli.files.open_files import allow_open_files
from padcli.files.pending import PendingFiles
from padcli.formats import format_for
from padcli.formats.base import Format, data_of
from padcli.formats.sharded import ShardedFormat
from padcli.formats.shards import shard_paths
from padcli.padding.bucketed import in_buckets
from padcli.padding.padded_rows import PaddedRows
from padcli.plan import PadPlan
from padcli.plan.outputs import bucket_paths, check_paths, files_of, outdated_buckets, outdated_forms
from padcli.plan.plans import part_path
from padcli.report.metadata import metadata_of
from padcli.report.run_report import Report
from padcli.rows.blocks import side_by_side
from padcli.schema import ArraySpec
from padcli.store.shared_blocks import SharedBlocks

_BEST_COMPRESSION = 1000  # deflate cannot do better than 1032 to 1


def write(plan: PadPlan, rows: PaddedRows, report: Report, pending: PendingFiles, run: Run) -> None:
    """Write all arrays, those of each bucket to a file of their own.

    Raises an error, before anything is written, where the disk or the format cannot hold them.
    """
    if rows.widths:
        check_paths(plan, bucket_paths(plan.output, rows.widths))
        for path in outdated_buckets(plan.output, rows.widths):
            pending.remove(path)
    for part in in_buckets(rows):  # one, or those of each width
        if rows.widths:
            of_bucket = dataclasses.replace(report, layout=part.layout, outcome=part.outcome)
            path = part_path(plan.output, str(part.layout.width))
            _write(dataclasses.replace(plan, output=path), part, of_bucket, pending, run)
        else:
            _write(plan, part, report, pending, run)


def _write(plan: PadPlan, rows: PaddedRows, report: Report, pending: PendingFiles, run: Run) -> None:
    observed = ObservedRows(rows, run, has_digests=plan.shards is None)
    format = _format(plan, rows.specs, run)
    format.check(observed.specs)
    check_space(observed.specs, plan.folder, plan.place, compress=plan.write.compress)
    written = {file for path in _paths(plan, rows.specs) for file in files_of(path, plan.names)}
    for path in outdated_forms(plan.output, written):
        pending.remove(path)
    if plan.shards is not None and isinstance(rows.store, SharedBlocks):
        from padcli.report.shards_by_workers import write_by_workers

        zeros = metadata_of(plan, observed.specs, observed.digests, report)
        write_by_workers(plan, plan.shards, rows, zeros, pending, run)
        return
    if plan.shards is not None:
        allow_open_files(len(written))
    with measured("write"):
        format.write(
            pending,
            plan.output,
            observed,
            lambda: metadata_of(plan, observed.specs, observed.digests, report),
            compress=plan.write.compress,
        )


def _format(plan: PadPlan, specs: Sequence[ArraySpec], run: Run) -> Format:
    """Return the format of the output, in shards if they are wanted. Raises an error where these cannot be written."""
    inner = format_for(plan.output)
    if plan.shards is None:
        return inner
    check_paths(plan, _paths(plan, specs))
    return ShardedFormat(inner, plan.shards, run.lane)


def _paths(plan: PadPlan, specs: Sequence[ArraySpec]) -> list[Path]:
    """Return the paths of the arrays: that of the output, or of shards and their index."""
    if plan.shards is None:
        return [plan.output]
    return [*shard_paths(plan.output, len(plan.shards.spans(specs))), plan.stored_as]


def check_space(specs: Sequence[ArraySpec], folder: Path, place: str, *, compress: bool) -> None:
    """Raise `OutputError`, before anything is written, for arrays that the disk of `folder` cannot hold."""
    needed, free = sum(spec.nbytes for spec in specs), shutil.disk_usage(folder).free
    if compress:
        needed //= _BEST_COMPRESSION
    if needed > free:
        shape = " × ".join(f"{n:,}" for n in specs[0].shape)
        widest = max(specs, key=lambda spec: spec.nbytes)
        hint = "Use a smaller --maxlen, such as --maxlen p95, or a smaller --dtype."
        if widest.role == "label":
            hint = (
                f"Most of it is --label {widest.name}: every row takes as much space as the longest value. Remove it."
            )
        raise OutputError(
            f"{place}: arrays of {shape} need {_size(needed)}, but only {_size(free)} are free.", hint=hint
        )


def _size(n_bytes: int) -> str:
    units = ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB"))
    return next((f"{n_bytes / size:,.1f} {unit}" for size, unit in units if n_bytes >= size), f"{n_bytes} bytes")


class ObservedRows:
    """Rows that tell how far their reading is; `digests` has the sha256 of each array, zeros until it was read.

    `has_digests`: False where others compute them.
    """

    def __init__(self, rows: PaddedRows, run: Run, *, has_digests: bool = True) -> None:
        self.specs = rows.specs
        self.digests = {spec.name: hashlib.sha256().digest_size * "00" for spec in self.specs}
        self._rows, self._run, self._has_digests = rows, run, has_digests
        self._done, self._total = 0, sum(spec.nbytes for spec in self.specs)

    def column(self, name: str) -> Iterator[NDArray[Any]]:
        """Yield the blocks of an array."""
        digest = hashlib.sha256()
        with self._run.lane("digest") as lane:
            for block in self._rows.column(name):
                if self._has_digests:
                    lane.add(partial(digest.update, data_of(block)))
                yield block
                self._done = min(self._done + block.nbytes, self._total)  # some are read twice for shards
                self._run.on_progress("Writing", self._done, self._total)
        if self._has_digests:
            self.digests[name] = digest.hexdigest()

    def batches(self, n_rows: int) -> Iterator[dict[str, NDArray[Any]]]:
        """Yield all arrays side by side."""
        return side_by_side({spec.name: self.column(spec.name) for spec in self.specs}, n_rows)
