"""The driver alone: a run of `padcli pad` whose tasks are answered without doing their work.

An engine of its own takes the tasks, 1,000 at a time, and gives results of a usual size: 64 MB of text in four blocks,
with rows of 300 different lengths. The inputs are names of empty files, or one file that is cut into parts; the shards
are empty files. What is left is what one process has to do for each task, however many workers there are.

Each run is a process of its own. Seconds are those of the driver, less those of the engine.
"""

import argparse
import hashlib
import json
import os
import pickle
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa

import padcli
from padcli import pipeline
from padcli.encode import parts
from padcli.encode.parts import DigestInput, EncodedPart, EncodePart
from padcli.encode.shared_rows import SharedRows, find_repeated, merge_counts
from padcli.encode.summary import OfInput, SplitSummary
from padcli.engine.base import ELSEWHERE
from padcli.formats.sharded import WrittenShard
from padcli.formats.shards import shard_path
from padcli.quality.row_checks import Finding
from padcli.report.shards_by_workers import FinishedShard, WriteShard
from padcli.rows.lengths import LengthHistogram
from padcli.sources.base import InputFacts
from padcli.store.shared_blocks import BlockRef

CAPACITY = 1_000  # workers
ROWS, LENGTHS, BLOCKS = 400_000, 300, 4  # of a part
PART_BYTES = 4096  # of the file that is cut: nobody reads it
STAGES = ("plan", "encode", "vocabulary", "report", "shards", "names")


class Simulated:
    """Answers each task at once. `seconds`: spent in it, which in a real run are those of workers."""

    seconds = 0.0

    def __init__(self, n_workers: int, address: str = "") -> None:  # noqa: ARG002 (as all engines)
        self.capacity = CAPACITY
        self._digests = 0
        self._counts: Any = None

    def submit(self, _do: Callable[..., bytes], _versions: Any, parcel: bytes) -> "Future[bytes]":
        """Answer a task."""
        started = time.process_time()
        _, task = pickle.loads(parcel)  # noqa: S301 (padcli's own)
        future: Future[bytes] = Future()
        future.set_result(pickle.dumps((False, self._answer(task), {"tokenize": 1.0}), protocol=5))
        Simulated.seconds += time.process_time() - started
        return future

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def _answer(self, task: Any) -> Any:
        if isinstance(task, EncodePart):
            return self._part(task)
        if isinstance(task, DigestInput):
            facts = InputFacts(path=task.name, bytes=task.whole.stop, sha256=self._digest())
            return EncodedPart(blocks=(), summary=SplitSummary(inputs=(facts,)))
        if isinstance(task, WriteShard):
            return self._shard(task)
        if isinstance(task, partial) and task.func is merge_counts:
            if self._counts is None:
                units = pa.array([f"word{number}" for number in range(1000)], pa.large_string())
                self._counts = task.args[0].keep((units, np.full(1000, 400, np.int64)))
            return self._counts
        if isinstance(task, partial) and task.func is find_repeated:
            return Finding()
        raise TypeError(f"no answer to {task}")

    def _digest(self) -> str:
        self._digests += 1
        return hashlib.sha256(str(self._digests).encode()).hexdigest()

    def _part(self, task: EncodePart) -> EncodedPart:
        histogram = LengthHistogram(lengths=np.arange(LENGTHS), counts=np.full(LENGTHS, ROWS // LENGTHS, np.int64))
        summary = SplitSummary(
            by_input=(OfInput(number=task.source, histogram=histogram, lines=ROWS),),
            field_kinds={"": "text"},
            inputs=() if task.within else (InputFacts(path=task.name, bytes=2**26, sha256=self._digest()),),
        )
        blocks = [
            BlockRef.of(
                f"blocks/{self._digest()[:40]}",
                "<u2",
                n_rows=ROWS // BLOCKS,
                n_records=ROWS // BLOCKS,
                ends=(7_000_000, 7_100_000, 7_100_500, 7_900_000, 8_700_000 + number),
            )
            for number in range(BLOCKS)
        ]
        return EncodedPart(blocks=tuple(blocks), summary=summary, n_records=ROWS)

    def _shard(self, task: WriteShard) -> FinishedShard:
        folder, output = task.whole.folder, task.whole.value.output
        path = shard_path(output, task.number, task.whole.value.n_shards)
        place = f"shards/{task.number}"
        folder.make_room(place)
        folder.path(f"{place}/{path.name}").touch()
        first, end = task.span
        entry = {"path": path.name, "rows": end - first, "first_row": first, "bytes": 2**26, "sha256": self._digest()}
        arrays = ("token_ids", "padding_mask", "lengths")
        return FinishedShard(
            place=place, written=WrittenShard(entry=entry, digests={name: self._digest() for name in arrays})
        )


class Stages:
    """Seconds of the driver and growth of memory, stage by stage."""

    def __init__(self) -> None:
        self.found: dict[str, list[float]] = {}

    @contextmanager
    def measured(self, name: str) -> Iterator[None]:
        """Count the block as a stage."""
        started, away, before = time.process_time(), Simulated.seconds, peak()
        yield
        seconds = time.process_time() - started - (Simulated.seconds - away)
        self.found[name] = [seconds, peak() - before]

    def of(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that is counted as a stage."""

        def counted(*arguments: Any, **options: Any) -> Any:
            with self.measured(name):
                return function(*arguments, **options)

        return counted


def peak() -> float:
    """The most memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def simulate(n_tasks: int, folder: Path, *, cut: bool) -> dict[str, list[float]]:
    """Run the driver for so many tasks, and as many shards. Gives the seconds and MB of each stage."""
    stages = Stages()
    ELSEWHERE["simulated"] = f"{__name__}:Simulated"
    parts.PART_BYTES = PART_BYTES
    inputs = [one_file(folder, n_tasks)] if cut else many_files(folder, n_tasks)
    pipeline.plan_pad = stages.of("plan", pipeline.plan_pad)
    pipeline.encode = stages.of("encode", pipeline.encode)
    SharedRows._count = stages.of("vocabulary", SharedRows._count)  # noqa: SLF001
    pipeline.report_on = stages.of("report", pipeline.report_on)
    pipeline.write = stages.of("shards", pipeline.write)
    with stages.measured("whole"):
        padcli.pad(inputs, folder / "out.npz", engine="simulated", maxlen=4, shard_rows=ROWS, compress=True)
    found = stages.found
    found["encode"] = [a - b for a, b in zip(found["encode"], found["vocabulary"], strict=True)]
    rest = [
        value - sum(each[n] for name, each in found.items() if name != "whole")
        for n, value in enumerate(found["whole"])
    ]
    return {**found, "names": rest}


def many_files(folder: Path, n_files: int) -> list[str]:
    """Make files that are named and never read."""
    places = folder / "inputs"
    places.mkdir()
    paths = [f"{places}/part-{number:06d}.txt" for number in range(n_files)]
    for path in paths:
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
    return paths


def one_file(folder: Path, n_parts: int) -> str:
    """Make a file with the end of a line where each part ends."""
    path = folder / "input.txt"
    with path.open("wb") as file:
        for _ in range(n_parts):
            file.write(b"\n".rjust(PART_BYTES, b"x"))
    return str(path)


def run(n_tasks: int, *, cut: bool) -> dict[str, list[float]]:
    """Simulate in a process of its own."""
    command = [sys.executable, __file__, "--only", str(n_tasks), *(["--cut"] if cut else [])]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, list[float]] = json.loads(done.stdout.splitlines()[-1])
    return found


def table(every: dict[int, dict[str, list[float]]]) -> str:
    """Milliseconds and kilobytes of each task, as Markdown."""
    lines = [
        f"| tasks | {' | '.join(STAGES)} | whole, ms/task | whole | peak memory | more a task |",
        "| ---: " * (len(STAGES) + 5) + "|",
    ]
    least = min(every)
    for n_tasks, found in every.items():
        ms = [f"{1000 * found[name][0] / n_tasks:.3f}" for name in (*STAGES, "whole")]
        more = (found["peak"][0] - every[least]["peak"][0]) / max(1, n_tasks - least)
        memory = f"{found['peak'][0]:,.0f} MB | {'' if n_tasks == least else f'{1000 * more:.1f} kB'}"
        lines.append(f"| {n_tasks:,} | {' | '.join(ms)} | {found['whole'][0]:.1f} s | {memory} |")
    return "\n".join(lines)


def main() -> None:
    """Simulate, show."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--cut", action="store_true", help="one large input in parts, instead of many inputs")
    parser.add_argument("--only", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--profile", action="store_true", help="with --only: where the time goes")
    arguments = parser.parse_args()
    if arguments.only is None:
        print(table({n_tasks: run(n_tasks, cut=arguments.cut) for n_tasks in arguments.tasks}))
        return
    with tempfile.TemporaryDirectory(prefix="padcli-simulated-") as place:
        if arguments.profile:
            import cProfile

            profile = cProfile.Profile()
            profile.runcall(simulate, arguments.only, Path(place), cut=arguments.cut)
            profile.print_stats("tottime")
            return
        found = simulate(arguments.only, Path(place), cut=arguments.cut)
    print(json.dumps({**found, "peak": [peak()]}))


if __name__ == "__main__":
    main()
