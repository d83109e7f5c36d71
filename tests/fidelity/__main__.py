"""Compare padcli's ids with those of the original libraries, exhaustively.

python -m fidelity                            all of the zoo, and tokenizers made at random
python -m fidelity --only "Llama 3" --only random-20-7
python -m fidelity --file some/tokenizer.json
"""

import argparse
import dataclasses
import json
import multiprocessing
import os
import random
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from fidelity.work import Task, run

_BATCH = 60
_LONGEST = 600  # seconds for one tokenizer
# For the processes that compare: they share the cores out, and need no GPU.
_ENVIRONMENT = {
    "TOKENIZERS_PARALLELISM": "0",
    "RAYON_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "",
    "RUST_BACKTRACE": "0",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare; returns the exit status: 1 where anything differs."""
    options = _options(arguments)
    os.environ.update(_ENVIRONMENT)
    tasks = _tasks(options)
    print(f"seed {options.seed}, {len(tasks)} tokenizers, {options.jobs} processes", flush=True)
    began = time.monotonic()
    results = []
    for result in _results(tasks, options.jobs):
        results.append(result)
        print(_line(result), flush=True)
        for finding in result.findings:
            print(f"    {finding}", flush=True)
        if result.findings and result.file:
            print(f"    kept: {result.file}", flush=True)
    rows, differing = (sum(getattr(result, name) for result in results) for name in ("rows", "differing"))
    quick = sum(result.is_fast for result in results)
    begun = sum(result.rows > 0 for result in results)
    print(
        f"{begun} of {len(results)} tokenizers ({quick} by a faster way), {rows:,} rows compared, {differing:,} differ"
        f", {time.monotonic() - began:.0f} s, seed {options.seed}"
    )
    if options.json:
        _write(Path(options.json), options, results)
    return int(differing > 0)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="fidelity", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=20, help="of the texts, and of the tokenizers made at random")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="these tokenizers alone")
    parser.add_argument("--file", action="append", default=[], help="compare this tokenizer file (instead)")
    parser.add_argument("--rows", type=int, help="rows of each tokenizer that has a faster way; default: all")
    parser.add_argument("--slow-rows", type=int, default=5000, help="rows of each of the others")
    parser.add_argument("--random", type=int, default=1500, help="how many tokenizers to make at random")
    parser.add_argument("--random-rows", type=int, default=1500, help="rows of each of those")
    parser.add_argument(
        "--budget", type=float, default=float("inf"), metavar="SECONDS", help="stop after about so long"
    )
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--keep", default="build/fidelity", help="where to keep tokenizer files that differ")
    parser.add_argument("--json", help="write all results to this file")
    return parser.parse_args(arguments)


def _tasks(options: argparse.Namespace) -> list[Task]:
    from fidelity.texts import FULL
    from fidelity.zoo import zoo

    names = options.only or list(zoo()) + [f"random-{options.seed}-{n}" for n in range(options.random)]
    unknown = [name for name in names if not name.startswith("random-") and name not in zoo()]
    if unknown:
        sys.exit(f"unknown: {unknown}; known: {', '.join(zoo())}, random-SEED-N")
    if options.budget < float("inf"):  # what there is no time for is left out at random, but not the real ones
        random.Random(options.seed).shuffle(names)
        names.sort(key=lambda name: not name.startswith("real "))
    share = min(1.0, options.rows / FULL) if options.rows else 1.0
    fixed = {
        "seed": options.seed,
        "keep": options.keep,
        "slow_share": options.slow_rows / FULL,
        "until": time.time() + options.budget,
        "seconds": min(_LONGEST, options.budget),
    }
    if options.file:
        return [Task(Path(file).name, share, file=file, **fixed) for file in options.file]
    small = options.random_rows / FULL
    return [
        Task(name, small, choices=1, **fixed)
        if name not in zoo()
        else Task(name, share, choices=8 if share > 0.05 else 2, **fixed)
        for name in names
    ]


def _results(tasks: list[Task], jobs: int) -> Iterator[Any]:
    """The results as they come; a process that dies takes only its own task with it."""
    from fidelity.compare import Finding, Result

    context = multiprocessing.get_context("spawn")
    waiting = list(tasks)
    while waiting:  # in fresh processes now and then, which gives their memory back
        batch = {task.name: task for task in waiting[:_BATCH]}
        del waiting[:_BATCH]
        while batch:
            with ProcessPoolExecutor(jobs, mp_context=context) as pool:
                futures = [pool.submit(run, task) for task in batch.values()]
                try:
                    for future in as_completed(futures):
                        result = future.result()
                        del batch[result.name]
                        yield result
                except BrokenProcessPool:
                    lost = next(iter(batch))  # the first that was begun
                    del batch[lost]
                    crash = Finding("failure", "", "the process died", "")
                    yield Result(lost, note="crashed", differing=1, findings=[crash])


def _line(result: Any) -> str:
    way = result.way if len(result.way) < 90 else result.way[:87] + "..."
    head = f"{result.name[:45]:45} {result.rows:>10,} rows {result.differing:>6,} differ {result.seconds:6.1f} s"
    return f"{head}  {way}{'; ' + result.note if result.note else ''}"


def _write(path: Path, options: argparse.Namespace, results: list[Any]) -> None:
    content = {
        "seed": options.seed,
        "rows": sum(result.rows for result in results),
        "differing": sum(result.differing for result in results),
        "tokenizers": [
            {key: value for key, value in dataclasses.asdict(result).items() if key != "pieces"} for result in results
        ],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=True), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
