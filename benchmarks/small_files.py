"""A folder of many small files: padcli against `cat` of them to /dev/null, in turns, from a warm cache.

Seconds are medians. CPU seconds, user and system, hardly depend on what else the machine does; a ratio is that of two
runs in the same round.
"""

import argparse
import resource
import shlex
import tempfile
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from statistics import median

import bench
import corpus as english

CAT = "find, sort, cat"


def write(folder: Path, lines: Iterator[str], n_files: int) -> None:
    """Write so many files of a line each, in two classes."""
    for label in ("neg", "pos"):
        (folder / label).mkdir(parents=True)
        for number, line in enumerate(islice(lines, n_files // 2)):
            (folder / label / f"{number}.txt").write_text(line, encoding="utf-8")


def commands(folder: Path, output: Path) -> dict[str, list[str]]:
    """Return what is compared: each reads all files in the order of their paths."""
    cat = f"find {shlex.quote(str(folder))} -type f -print0 | LC_ALL=C sort -z | xargs -0 cat"
    ours = [*bench.PADCLI, "pad", str(folder), "--maxlen", "50", "--post", "--quiet", "-o", str(output)]
    return {
        CAT: ["sh", "-c", cat],
        "padcli --record file": [*ours, "--record", "file", "--label-from-folder"],
        "padcli --record line": [*ours, "--record", "line", "--label-from-folder"],
    }


def measured(command: list[str]) -> tuple[float, float]:
    """Run a command. Returns its seconds, and those of CPU."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    bench.run(command)
    after, seconds = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - started
    return seconds, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, help="a text file, whose lines become files; else one is made")
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        if arguments.corpus is None:
            english.write(work, arguments.files * 400)
        with (arguments.corpus or work / "corpus.txt").open(encoding="utf-8") as lines:
            write(work / "files", cycle(list(islice(lines, arguments.files))), arguments.files)
        every = commands(work / "files", work / "out.npz")
        runs: dict[str, list[tuple[float, float]]] = {name: [] for name in every}
        measured(every[CAT])  # reads all into memory
        for _ in range(arguments.rounds):
            for name, command in every.items():
                runs[name].append(measured(command))
    print(f"| {arguments.files:,} files | seconds | × cat | CPU seconds | × cat |\n| --- | ---: | ---: | ---: | ---: |")
    for name, found in runs.items():
        cells = [name]
        for kind in range(2):
            ratios = [one[kind] / cat[kind] for one, cat in zip(found, runs[CAT], strict=True)]
            cells += [f"{median(one[kind] for one in found):.2f}", f"{median(ratios):.2f}"]
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
