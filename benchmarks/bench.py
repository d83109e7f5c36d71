"""padcli against what people use today: the same job on the same file, in turns, each in a process of its own.

The job: from a text file to fitted vocabulary, ids and mask, both in a file; 50 tokens per row, padded at the end.
Every round runs every program once, so that a noisy moment of the machine hits all of them. Seconds and ratios are
medians; a ratio is that of two runs in the same round.
"""

import argparse
import csv
import dataclasses
import json
import os
import platform
import shutil
import subprocess
import sys
import threading
import time
from collections import defaultdict
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from statistics import median

import corpus as english
import numpy as np
import psutil
import pyarrow as pa
from pyarrow import feather, orc, parquet
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

HERE = Path(__file__).parent
PADCLI = [str(Path(sys.executable).with_name("padcli"))]
REFERENCE = "Keras Tokenizer + pad_sequences"
OURS = "padcli"
HUGGING_FACE = "Hugging Face encode_batch_fast"
TRAINING_LINES = 20_000


@dataclasses.dataclass(frozen=True, slots=True)
class Program:
    """Something to run; `output` is the file that it leaves, if any."""

    name: str
    command: list[str]
    output: Path | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Measured:
    """One run: seconds of the whole process, and the largest memory of its tree of processes, in bytes."""

    seconds: float
    peak: int


def programs(text: Path, jsonl: Path, tokenizer: Path, work: Path) -> list[Program]:
    """All that is compared."""

    def ours(name: str, *arguments: str | Path, maxlen: str = "50") -> Program:
        output = work / "padcli.npz"
        options = ["--maxlen", maxlen, "--post", "--quiet", "-o", str(output)]
        return Program(name, [*PADCLI, "pad", *map(str, arguments), *options], output)

    def peer(name: str, script: str) -> Program:
        output = work / "peer.npz"
        return Program(name, [sys.executable, str(HERE / "peers" / script), str(text), str(output)], output)

    return [
        Program("wc -w (only counts)", ["wc", "-w", str(text)]),
        ours(OURS, text),
        ours("padcli --workers 1", text, "--workers", "1"),
        ours("padcli --tokenizer FILE", text, "--tokenizer", tokenizer),
        ours("padcli, JSONL", jsonl),
        ours("padcli --maxlen p95", text, maxlen="p95"),
        peer(REFERENCE, "keras_tokenizer.py"),
        peer("Keras TextVectorization", "text_vectorization.py"),
        peer("Hugging Face WordLevel", "hf_wordlevel.py"),
    ]


def run(command: list[str]) -> Measured:
    """Run a command to its end."""
    peak, done = 0, threading.Event()
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.1):
            try:
                root = psutil.Process(process.pid)
                tree = [root, *root.children(recursive=True)]
                peak = max(peak, sum(member.memory_info().rss for member in tree))
            except psutil.Error:
                continue

    watcher = threading.Thread(target=watch)
    watcher.start()
    _, error = process.communicate()
    seconds = time.perf_counter() - started
    done.set()
    watcher.join()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{error.decode()}")
    return Measured(seconds, peak)


def compared(ours: Path, reference: Path) -> str:
    """How far two files hold the same."""
    with np.load(ours) as ours_, np.load(reference) as reference_:
        names = ("token_ids", "padding_mask")
        if ours_[names[0]].shape != reference_[names[0]].shape:
            return "other shape"
        same = [bool(np.array_equal(ours_[name], reference_[name])) for name in names]
    return "same arrays" if all(same) else "same mask, other ids" if same[1] else "other"


def measure(
    every: list[Program], rounds: int, reference: Path, progress: Progress
) -> tuple[dict[str, list[Measured]], dict[str, str]]:
    """Run all programs in turns. Gives their runs, and how what they wrote compares with the reference's."""
    runs, equal = defaultdict[str, list[Measured]](list), {}
    task = progress.add_task("", total=rounds * len(every))
    for number in range(rounds):
        for program in (
            every[number % len(every) :] + every[: number % len(every)]
        ):  # what ran before can make a difference
            progress.update(task, description=f"round {number + 1}: {program.name}")
            runs[program.name].append(run(program.command))
            if program.output is not None:
                if number == 0:
                    equal[program.name] = compared(program.output, reference)
                program.output.unlink()
            progress.advance(task)
    return runs, equal


def table(title: str, reference: str, runs: dict[str, list[Measured]], equal: dict[str, str]) -> list[list[str]]:
    """Rows of a table, with a head."""
    rows = [[title, "seconds", f"× {OURS}", "peak memory", f"compared with {reference}"]]
    for name, measured in runs.items():
        ratios = [one.seconds / ours.seconds for one, ours in zip(measured, runs[OURS], strict=True)]
        rows.append(
            [
                name,
                f"{median(one.seconds for one in measured):.2f}",
                f"{median(ratios):.2f}",
                f"{max(one.peak for one in measured) / 10**6:,.0f} MB",
                equal.get(name, ""),
            ]
        )
    return rows


def as_markdown(rows: list[list[str]]) -> str:
    """The table as Markdown."""
    head, *body = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([head, "| --- | ---: | ---: | ---: | --- |", *body])


def machine() -> str:
    """What this ran on, in words that stand for others like it."""
    memory = psutil.virtual_memory().total / 2**30
    return f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB, Python {platform.python_version()}"


def prepare(given: Path | None, megabytes: int, work: Path) -> tuple[Path, Path]:
    """The corpus as text and as JSONL."""
    text, jsonl = work / "corpus.txt", work / "corpus.jsonl"
    if given is None:
        if not text.exists() or abs(text.stat().st_size / 10**6 - megabytes) > 1:
            english.write(work, megabytes * 10**6)
        return text, jsonl
    with given.open(encoding="utf-8", newline="\n") as lines, jsonl.open("w", encoding="utf-8") as file:
        for line in lines:
            file.write(json.dumps({"text": line.removesuffix("\n").removesuffix("\r")}, ensure_ascii=False) + "\n")
    return given, jsonl


def start_up(text: Path, work: Path) -> list[Program]:
    """What is run on 20 lines."""
    short = work / "short.txt"
    with text.open(encoding="utf-8") as lines:
        short.write_text("".join(islice(lines, 20)), encoding="utf-8")
    every = programs(short, short, short, work)
    return [
        Program("padcli --help", [*PADCLI, "--help"]),
        *(program for program in every if program.name == OURS or program.name.startswith(("Keras", "Hugging"))),
    ]


SHAPES = {
    "windows": ["--overflow", "window"],
    "head and tail": ["--truncate", "head+tail:20"],
    "start and end tokens": ["--start", "[START]", "--end", "[END]"],
    "best-fit packing": ["--pack", "best-fit"],
    "buckets": ["--bucket", "16,32,50"],
    "shuffled": ["--shuffle"],
    "no duplicates": ["--drop-duplicates"],
    "two parts": ["--split-into", "train=0.9,val=0.1"],
    "shards": ["--shard-size", "16MB"],
}


def shapes(text: Path, work: Path) -> list[Program]:
    """Rows of other shapes, beside the plain ones."""
    plain = [*PADCLI, "pad", str(text), "--maxlen", "50", "--post", "--quiet", "-o"]
    others = [Program(name, [*plain, str(work / "shape.npz"), *options]) for name, options in SHAPES.items()]
    return [Program(OURS, [*plain, str(work / "padcli.npz")], work / "padcli.npz"), *others]


ENGINES = {
    "local, in shards": [],
    "processes, two workers": ["--engine", "processes", "--workers", "2"],
    "dask, two workers": ["--engine", "dask", "--workers", "2"],
    "dask, one worker": ["--engine", "dask", "--workers", "1"],
}


def engines(text: Path, work: Path) -> list[Program]:
    """The same rows by workers in other processes, as far as these are installed."""
    plain = [*PADCLI, "pad", str(text), "--maxlen", "50", "--post", "--quiet", "-o"]
    others = [
        Program(name, [*plain, str(work / "shape.npz"), "--shard-size", "64MB", *options])
        for name, options in ENGINES.items()
        if not name.startswith("dask") or find_spec("distributed")
    ]
    return [Program(OURS, [*plain, str(work / "padcli.npz")], work / "padcli.npz"), *others]


FORMATS = ("npy", "safetensors", "parquet", "arrow", "tfrecord", "hf")


def formats(text: Path, work: Path) -> list[Program]:
    """The same arrays in each format, beside the npz."""
    plain = [*PADCLI, "pad", str(text), "--maxlen", "50", "--post", "--quiet", "-o"]
    others = [Program(f"to .{name}", [*plain, str(work / f"shape.{name}")]) for name in FORMATS]
    return [Program(OURS, [*plain, str(work / "padcli.npz")], work / "padcli.npz"), *others]


def tables(jsonl: Path, work: Path) -> list[Program]:
    """The records as tables, beside JSONL."""
    rows = [json.loads(line)["text"] for line in jsonl.open(encoding="utf-8")]
    written = pa.table({"text": rows})
    paths = {name: work / f"table{name}" for name in (".csv", ".parquet", ".feather", ".orc")}
    with paths[".csv"].open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["text"], *([text] for text in rows)])
    parquet.write_table(written, paths[".parquet"])
    feather.write_feather(written, paths[".feather"])
    orc.write_table(written, paths[".orc"])

    def ours(name: str, path: Path, *options: str) -> Program:
        output = work / "padcli.npz"
        options = ("--maxlen", "50", "--post", "--quiet", *options, "-o", str(output))
        return Program(name, [*PADCLI, "pad", str(path), *options], output)

    found = [ours(OURS, jsonl)]
    for name, path in paths.items():
        found += [ours(f"padcli, {name}", path), ours(f"padcli --workers 1, {name}", path, "--workers", "1")]
    return found


def encoders(tokenizer: Path, text: Path, work: Path) -> list[Program]:
    """A tokenizer that is given, by padcli and by the library that it comes from; 128 tokens per row."""
    ours, theirs = work / "padcli.npz", work / "peer.npz"
    options = ["--maxlen", "128", "--post", "--truncate", "post", "--pad-id", "0", "--quiet", "-o", str(ours)]
    script = str(HERE / "peers" / "hf_encode.py")
    return [
        Program(OURS, [*PADCLI, "pad", str(text), "--tokenizer", str(tokenizer), *options], ours),
        Program(HUGGING_FACE, [sys.executable, script, str(tokenizer), str(text), str(theirs)], theirs),
    ]


def trained(text: Path, work: Path) -> list[Path]:
    """Tokenizers of the usual kinds and sizes, trained on the start of the text."""
    start = work / "start.txt"
    with text.open(encoding="utf-8") as lines:
        start.write_text("".join(islice(lines, TRAINING_LINES)), encoding="utf-8")
    found = []
    for kind in ("bpe", "wordpiece", "unigram"):
        found.append(work / f"{kind}.tokenizer.json")
        run([*PADCLI, "fit", str(start), "--tokenizer", kind, "--vocab-size", "30000", "-q", "-o", str(found[-1])])
    return found


def main() -> None:
    """Measure, show, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, help="a text file, instead of one that is made of docstrings")
    parser.add_argument("--mb", type=int, default=200, help="size of the corpus that is made")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tokenizer", type=Path, action="append", help="a tokenizer.json to compare; repeat")
    parser.add_argument("--only-tokenizers", action="store_true", help="leave out the tokenizers that are fitted")
    parser.add_argument("--skip", action="append", default=[], metavar="TABLE", help="leave a table out; repeat")
    parser.add_argument("--results", type=Path, default=HERE / "results.md", help="where the tables go, as Markdown")
    arguments = parser.parse_args()
    work, console = HERE / "work", Console()
    work.mkdir(exist_ok=True)
    text, jsonl = prepare(arguments.corpus, arguments.mb, work)
    sections = [f"{text.stat().st_size / 10**6:,.0f} MB of text on {machine()}, {arguments.rounds} rounds."]
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        # What is needed beforehand also reads the file into memory.
        tokenizer, reference = work / "fitted.tokenizer.json", work / "reference.npz"
        run([*PADCLI, "fit", str(text), "-o", str(tokenizer), "-q"])
        given = arguments.tokenizer or trained(text, work)
        compare = [(file.name, encoders(file, text, work), HUGGING_FACE) for file in given]
        if not arguments.only_tokenizers:
            whole, short = programs(text, jsonl, tokenizer, work), start_up(text, work)
            compare = [("the whole file", whole, REFERENCE), ("20 lines", short, REFERENCE), *compare]
            compare.append(("rows of other shapes", shapes(text, work), OURS))
            compare.append(("other formats", formats(text, work), OURS))
            compare.append(("engines", engines(text, work), OURS))
            compare.append(("tables, beside JSONL", tables(jsonl, work), OURS))
        for title, every, name in compare:
            if title in arguments.skip:
                continue
            peer = next(program for program in every if program.name == name)
            run(peer.command)
            shutil.move(str(peer.output), reference)
            rows = table(title, name, *measure(every, arguments.rounds, reference, progress))
            shown = Table(*rows[0])
            for row in rows[1:]:
                shown.add_row(*row)
            console.print(shown)
            sections.append(as_markdown(rows))
    arguments.results.write_text("\n\n".join(sections) + "\n", encoding="utf-8")
    shutil.rmtree(work / "shape.hf", ignore_errors=True)
    for leftover in (reference, tokenizer, *work.glob("shape*"), *work.glob("table.*")):
        leftover.unlink()


if __name__ == "__main__":
    main()
