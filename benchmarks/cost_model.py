"""What a run of `padcli pad` with workers costs, from what its parts cost on this machine.

A corpus is padded by an engine that does each task at once, here, one after the other, and measures it: twice, with a
vocabulary that is fitted, and with that as a file. What the driver takes for each task is that of `simulated.py`.
Seconds are those of the processor, which hardly depend on what else the machine does. From these figures follows the
table: docs/scale.md says how.
"""

import argparse
import dataclasses
import math
import pickle
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any, Self

import bench
import corpus as english
import simulated

import padcli
from padcli.encode.parts import PART_BYTES, EncodePart
from padcli.encode.shared_rows import merge_counts
from padcli.engine.base import ELSEWHERE
from padcli.report.shards_by_workers import WriteShard
from padcli.store.shared_blocks import BlockRef

MB, GB, TB = 10**6, 10**9, 10**12
SHARD_BYTES = 512 * 2**20
SIMULATED = 2_000
BLOCKS_A_TASK = 16  # that a task of the vocabulary merges
REF_BYTES = 180  # of a block in the driver, and its places in lists
TASK_BYTES = 5_000  # of facts of an input and a shard in the driver


class Found:
    """What was measured. `seconds`, `tasks`: by the kind of task; the others in bytes, or numbers."""

    def __init__(self) -> None:
        self.seconds, self.tasks = defaultdict[str, float](float), defaultdict[str, int](int)
        self.messages: list[int] = []
        self.spilled = self.units = self.blocks = self.rows = self.written = 0
        self.vocabulary_of_block = self.vocabulary = 0.0

    def look_before(self, task: Any) -> None:
        """See what a task is given."""
        if isinstance(task, partial) and task.func is merge_counts:
            folder, neighbours = task.args
            sizes = [len((each.units(folder) if isinstance(each, BlockRef) else each.value)[1]) for each in neighbours]
            self.units += sum(sizes)
            if isinstance(neighbours[0], BlockRef):
                self.vocabulary_of_block = sum(sizes) / len(sizes)
        if isinstance(task, WriteShard) and not self.spilled:
            self.spilled = sum(path.stat().st_size for path in task.whole.folder.path("blocks").iterdir())

    def look_after(self, task: Any, message: bytes) -> None:
        """See what it gave."""
        _, value, _ = pickle.loads(message)  # noqa: S301 (padcli's own)
        if isinstance(task, EncodePart):
            self.blocks += len(value.blocks)
            self.rows += value.n_records
        if isinstance(task, WriteShard):
            self.written += value.written.entry["bytes"]
        if isinstance(task, partial) and task.func is merge_counts:
            self.vocabulary = len(value.value[1])


class Measuring:
    """Does each task at once, as a worker would, and measures it."""

    found = Found()

    def __init__(self, n_workers: int, address: str = "") -> None:  # noqa: ARG002 (as all engines)
        self.capacity = 1

    def submit(self, do: Callable[..., bytes], versions: Any, parcel: bytes) -> "Future[bytes]":
        """Do a task."""
        _, task = pickle.loads(parcel)  # noqa: S301 (padcli's own)
        self.found.look_before(task)
        started = time.process_time()
        message = do(versions, parcel)
        name = task.func.__name__ if isinstance(task, partial) else type(task).__name__
        self.found.seconds[name] += time.process_time() - started
        self.found.tasks[name] += 1
        self.found.messages += [len(parcel), len(message)]
        self.found.look_after(task, message)
        future: Future[bytes] = Future()
        future.set_result(message)
        return future

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Costs. Rates are of one worker, a second; `driver`: seconds a task; `growth`: of a vocabulary, as in `costs`."""

    encode: float
    encode_given: float
    digest: float
    hashes: float
    merge: float
    shards: float
    spilled: float
    spilled_given: float
    output: float
    rows: float
    blocks: float
    message: float
    largest_message: float
    vocabulary: float
    growth: float
    driver: float


def measure(text: Path, maxlen: int) -> Parameters:
    """Pad a text, and measure all tasks of it."""
    ELSEWHERE["measuring"] = f"{__name__}:Measuring"
    n_bytes, runs = text.stat().st_size, list[Found]()
    with tempfile.TemporaryDirectory(prefix="padcli-cost-", dir=text.parent) as place:
        tokenizer = {}
        for name in ("fitted", "given"):
            Measuring.found = Found()
            output = Path(place) / f"{name}.npz"
            padcli.pad(text, output, engine="measuring", maxlen=maxlen, shard_size=SHARD_BYTES // 4, **tokenizer)
            tokenizer = {"tokenizer": str(output.with_suffix(".tokenizer.json"))}
            runs.append(Measuring.found)
    of, given = runs
    whole = simulated.run(SIMULATED, cut=False)["whole"][0]
    return Parameters(
        encode=n_bytes / of.seconds["EncodePart"],
        encode_given=n_bytes / given.seconds["EncodePart"],
        digest=n_bytes / max(1e-9, of.seconds["DigestInput"]) if of.tasks["DigestInput"] else math.inf,
        hashes=of.rows / of.seconds["find_repeated"],
        merge=of.units / of.seconds["merge_counts"],
        shards=of.written / of.seconds["WriteShard"],
        spilled=of.spilled / n_bytes,
        spilled_given=given.spilled / n_bytes,
        output=of.written / n_bytes,
        rows=of.rows / n_bytes,
        blocks=of.blocks / n_bytes,
        message=sum(of.messages) / len(of.messages),
        largest_message=max(of.messages),
        vocabulary=of.vocabulary_of_block,
        growth=math.log(of.vocabulary / of.vocabulary_of_block) / math.log(of.blocks) if of.blocks > 1 else 0.5,
        driver=whole / (2 * SIMULATED),  # a part and a shard
    )


def costs(p: Parameters, n_bytes: float, n_workers: int, *, is_given: bool) -> dict[str, str]:
    """Return the costs of a corpus of so many bytes, by their names, for people."""
    parts, blocks, rows = n_bytes / PART_BYTES, n_bytes * p.blocks, n_bytes * p.rows
    shards, merges = n_bytes * p.output / SHARD_BYTES, 0.0 if is_given else blocks / (BLOCKS_A_TASK - 1)
    tasks = parts + merges + shards
    spilled = n_bytes * (p.spilled_given if is_given else p.spilled)

    def vocabulary(n_blocks: float) -> float:
        return p.vocabulary * n_blocks**p.growth

    levels = max(1, math.ceil(math.log(max(2.0, blocks), BLOCKS_A_TASK)))
    sizes = [BLOCKS_A_TASK**level for level in range(levels)]
    # Of each level, all groups at a time; a group is one worker's.
    merging = [max(blocks * vocabulary(n) / n / n_workers, BLOCKS_A_TASK * vocabulary(n)) / p.merge for n in sizes]
    encode = n_bytes / n_workers / (p.encode_given if is_given else p.encode) + n_bytes / n_workers / p.digest
    write = n_bytes * p.output / n_workers / p.shards
    merge = 0.0 if is_given else sum(merging) + vocabulary(blocks) / p.merge
    repeated, driver = rows / p.hashes, tasks * p.driver
    whole = max(encode, (parts * p.driver)) + max(merge, merges * p.driver) + max(write, shards * p.driver)
    memory = blocks * REF_BYTES + (parts + shards) * TASK_BYTES + (0.0 if is_given else 100 * vocabulary(blocks))
    return {
        "read": size(2 * n_bytes),
        "spilled, and read again": size(spilled),
        "written": size(n_bytes * p.output),
        "tasks": f"{tasks:,.0f}",
        "through the scheduler": size(2 * tasks * p.message),
        "different units": "" if is_given else f"{vocabulary(blocks):,.0f}",
        "encode": span(encode),
        "merge vocabulary": "" if is_given else span(merge),
        "write": span(write),
        "driver": span(driver),
        "repetitions, one worker": span(repeated),
        "whole, without them": span(whole),
        "memory of the driver": size(memory),
    }


def size(n_bytes: float) -> str:
    """Bytes, for people."""
    unit, name = next((each for each in ((TB, "TB"), (GB, "GB"), (MB, "MB")) if n_bytes >= each[0]), (1000, "kB"))
    return f"{n_bytes / unit:,.1f} {name}"


def span(seconds: float) -> str:
    """Seconds, for people."""
    if seconds >= 5400:
        return f"{seconds / 3600:,.1f} h"
    return f"{seconds / 60:,.1f} min" if seconds >= 90 else f"{seconds:,.0f} s"


def tables(p: Parameters) -> str:
    """The parameters and the model, as Markdown."""
    measured = {
        "encode, a worker; with a fitted vocabulary": f"{p.encode / MB:,.0f} MB/s",
        "encode, a worker; with a tokenizer that is given": f"{p.encode_given / MB:,.0f} MB/s",
        "digest of a file that was cut": f"{p.digest / MB:,.0f} MB/s",
        "write shards, a worker": f"{p.shards / MB:,.0f} MB/s",
        "merge vocabularies, a worker": f"{p.merge / MB:,.1f} million units/s",
        "find repetitions": f"{p.hashes / MB:,.1f} million rows/s",
        "spilled, per byte of text; fitted": f"{p.spilled:.2f} bytes",
        "spilled, per byte of text; given": f"{p.spilled_given:.2f} bytes",
        "written, per byte of text": f"{p.output:.2f} bytes",
        "rows": f"{p.rows * MB:,.0f} per MB",
        "blocks": f"{p.blocks * GB:,.0f} per GB",
        "messages, on average; the largest": f"{p.message:,.0f} bytes; {p.largest_message:,.0f}",
        "different units of a block; of n blocks": f"{p.vocabulary:,.0f}; × n^{p.growth:.2f}",
        "driver, a task": f"{1000 * p.driver:.2f} ms",
    }
    lines = ["| measured | |", "| --- | ---: |", *(f"| {name} | {value} |" for name, value in measured.items()), ""]
    cases = [(100 * GB, 2, True), (TB, 64, True), (10 * TB, 1000, True), (100 * GB, 2, False), (10 * TB, 1000, False)]
    columns = [costs(p, n_bytes, n_workers, is_given=given) for n_bytes, n_workers, given in cases]
    heads = [f"{size(n)}, {workers:,}, {'given' if given else 'fitted'}" for n, workers, given in cases]
    lines += [f"| text, workers, vocabulary | {' | '.join(heads)} |", "| --- |" + " ---: |" * len(cases)]
    lines += [f"| {name} | {' | '.join(column[name] for column in columns)} |" for name in columns[0]]
    return "\n".join(lines)


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, help="a text file; else one is made of docstrings")
    parser.add_argument("--mb", type=int, default=200)
    parser.add_argument("--maxlen", type=int, default=50)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="padcli-corpus-") as place:
        text = arguments.corpus
        if text is None:
            english.write(Path(place), arguments.mb * MB)
            text = Path(place) / "corpus.txt"
        print(f"{text.stat().st_size / MB:,.0f} MB of text on {bench.machine()}.\n")
        print(tables(measure(text, arguments.maxlen)))


if __name__ == "__main__":
    main()
