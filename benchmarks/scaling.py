"""Seconds of `padcli pad` with 1 to N workers, and the share of the work that no further worker makes quicker.

Whole processes in turns, so that a noisy moment of the machine hits all of them; seconds are the least of all rounds,
since others on the machine only make them more. By Amdahl's law n workers take `t(n) = a + b / n` seconds; the serial
share, a / (a + b), is fitted to that by least squares. Start-up of the workers is in it.
"""

import argparse
import os
import tempfile
from collections import defaultdict
from pathlib import Path

import bench
import corpus as english
import numpy as np
from small_files import measured

ENGINES = ("local", "processes")


def command(text: Path, output: Path, engine: str, n_workers: int) -> list[str]:
    """Return what is run."""
    options = ["--maxlen", "50", "--post", "--quiet", "--shard-size", "64MB", "-o", str(output)]
    return [*bench.PADCLI, "pad", str(text), *options, "--engine", engine, "--workers", str(n_workers)]


def serial_share(seconds: dict[int, float]) -> float:
    """Fit Amdahl's law to seconds by the number of workers. Returns the serial share, 0 to 1."""
    workers, found = np.array(list(seconds)), np.array(list(seconds.values()))
    (serial, shared), *_ = np.linalg.lstsq(np.stack([np.ones(len(workers)), 1 / workers], axis=1), found, rcond=None)
    return float(np.clip(serial / (serial + shared), 0, 1))


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, help="a text file; else one is made of docstrings")
    parser.add_argument("--mb", type=int, default=100)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="the most of them")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--engines", nargs="+", default=ENGINES)
    arguments = parser.parse_args()
    workers = range(1, arguments.workers + 1)
    seconds, cpu = defaultdict[tuple[str, int], list[float]](list), defaultdict[tuple[str, int], list[float]](list)
    with tempfile.TemporaryDirectory(prefix="padcli-scaling-") as place:
        text = arguments.corpus
        if text is None:
            english.write(Path(place), arguments.mb * 10**6)
            text = Path(place) / "corpus.txt"
        for _ in range(arguments.rounds):
            for each in ((engine, n) for engine in arguments.engines for n in workers):
                taken, of_cpu = measured(command(text, Path(place) / "out.npz", *each))
                seconds[each].append(taken)
                cpu[each].append(of_cpu)
        megabytes = text.stat().st_size / 10**6
    load = os.getloadavg()[0]
    print(f"{megabytes:,.0f} MB of text on {bench.machine()}, {arguments.rounds} rounds; load at the end {load:.1f}.\n")
    print("| engine | workers | seconds | times as fast as one | CPU seconds |\n| --- | ---: | ---: | ---: | ---: |")
    for (engine, n), found in seconds.items():
        best = min(found)
        ratio = min(seconds[engine, 1]) / best
        print(f"| {engine} | {n} | {best:.2f} | {ratio:.2f} | {min(cpu[engine, n]):.2f} |")
    print()
    for engine in arguments.engines:
        share = serial_share({n: min(seconds[engine, n]) for n in workers})
        print(f"{engine}: serial share {share:.0%}")


if __name__ == "__main__":
    main()
