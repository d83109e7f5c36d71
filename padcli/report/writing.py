"""The arrays of a run to its output, with their digests and the metadata of the run."""

import dataclasses
import hashlib
import shutil
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from numpy.typing import NDArray

from padcli.engine.run import Run
from padcli.engine.stopwatch import measured
from padcli.errors import OutputError
from padcli.files.pending import PendingFiles
from padcli.formats import ArrayStream, data_of, sink_of
from padcli.padding.padded_rows import PaddedRows
from padcli.plan import PadPlan
from padcli.report.metadata import meta_of
from padcli.report.run_report import Report

_BEST_COMPRESSION = 1000  # deflate cannot do better than 1032 to 1


def write(plan: PadPlan, rows: PaddedRows, report: Report, pending: PendingFiles, run: Run) -> None:
    """Write all arrays. Raises `OutputError`, before anything is written, where the disk cannot hold them."""
    arrays = rows.columns()
    check_space(arrays, plan)
    digests = dict[str, str]()
    with measured("write"):
        sink_of(plan.output).write(
            pending,
            plan.output,
            observed(arrays, digests, run),
            partial(meta_of, plan, arrays, digests, report),
            compress=plan.write.compress,
        )


def check_space(arrays: Sequence[ArrayStream], plan: PadPlan) -> None:
    """Raise `OutputError`, before anything is written, for arrays that the disk cannot hold."""
    needed, free = sum(array.nbytes for array in arrays), shutil.disk_usage(plan.folder).free
    if plan.write.compress:
        needed //= _BEST_COMPRESSION
    if needed > free:
        shape = " × ".join(f"{n:,}" for n in arrays[0].shape)
        widest = max(arrays, key=lambda array: array.nbytes)
        hint = "Choose a smaller --maxlen, such as --maxlen p95, or a smaller --dtype."
        if widest.name in plan.read.label:
            hint = f"Most of it is --label {widest.name}: each row takes as much as its longest text. Leave it out."
        raise OutputError(
            f"{plan.place}: arrays of {shape} need {_size(needed)}, and {_size(free)} are free.", hint=hint
        )


def _size(n_bytes: int) -> str:
    units = ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB"))
    return next((f"{n_bytes / size:,.1f} {unit}" for size, unit in units if n_bytes >= size), f"{n_bytes} bytes")


def observed(arrays: Sequence[ArrayStream], digests: dict[str, str], run: Run) -> Iterator[ArrayStream]:
    """The same arrays, telling how far their writing is; `digests` gets the sha256 of each, by its name."""
    done, total = 0, sum(array.nbytes for array in arrays)

    def observe(array: ArrayStream) -> Iterator[NDArray[Any]]:
        nonlocal done
        digest, hashed = hashlib.sha256(), None
        for block in array.blocks:
            if hashed is not None:
                run.wait(hashed)
            # A worker does it while the block is written, and the next one awaited: hashing takes half as long as that.
            hashed = run.beside("digest", partial(digest.update, data_of(block)))
            yield block
            done += block.nbytes
            run.on_progress("Writing", done, total)
        if hashed is not None:
            run.wait(hashed)
        digests[array.name] = digest.hexdigest()

    for array in arrays:
        yield dataclasses.replace(array, blocks=observe(array))
