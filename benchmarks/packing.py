"""Ways to pack texts into rows: how many rows, how much of them is padding, and how long it takes.

Texts: docstrings of the installed packages, one an item, words counted; and lengths drawn from a log-normal
distribution. What is longer than a row is cut.
"""

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

import corpus as english
import numpy as np
from numpy.typing import NDArray

from padcli.kernels import dispatch
from padcli.rows.packing import Packing, pack

HERE = Path(__file__).parent
Result = tuple[int, float]  # rows, seconds


def timed(count_rows: Callable[[], int], rounds: int) -> Result:
    """Return the rows, and the seconds of the best round."""
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        rows = count_rows()
        seconds.append(time.perf_counter() - start)
    return rows, min(seconds)


def by_padcli(lengths: NDArray[np.int64], room: int, way: Packing) -> int:
    """Return the rows that padcli makes."""
    return len(pack(lengths, room, way, dispatch.kernels()).row_offsets) - 1


def by_spfhp(lengths: NDArray[np.int64], room: int) -> int:
    """Return the rows of shortest-pack-first histogram packing, as many items a row as fit.

    After Krell et al. 2021, https://arxiv.org/abs/2107.02027: lengths in falling order; the items of one length go into
    the packs with the most room left, one each, and those that no pack holds open packs of their own.
    """
    histogram = np.bincount(lengths, minlength=room + 1).tolist()
    packs = [0] * (room + 1)  # by the room that they have left
    for length in range(room, 0, -1):
        count = histogram[length]
        for left in range(room, length - 1, -1):
            if packs[left] and count:
                taken = min(packs[left], count)
                packs[left] -= taken
                packs[left - length] += taken
                count -= taken
        packs[room - length] += count
    return sum(packs)


def by_trl(lengths: NDArray[np.int64], room: int, python: Path, rounds: int) -> Result:
    """Return what TRL makes of them, in a Python of its own."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "lengths.npy"
        np.save(file, lengths)
        command = [python, HERE / "peers" / "trl_bfd.py", file, str(room)]
        found = [json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(rounds)]
    return found[0]["rows"], min(each["seconds"] for each in found)


def results(lengths: NDArray[np.int64], room: int, trl: Path | None, rounds: int) -> Iterator[tuple[str, Result]]:
    """Yield each way with its rows and seconds."""
    for way in get_args(Packing):
        yield way, timed(lambda way=way: by_padcli(lengths, room, way), rounds)
    if trl:
        yield "TRL's `bfd`", by_trl(lengths, room, trl, rounds)
    yield "SPFHP (counts alone)", timed(lambda: by_spfhp(lengths, room), rounds)
    yield "a row each", (len(lengths), 0.0)


def lengths_of_texts(corpus: Path | None, n_items: int) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """Yield names of two distributions, and lengths."""
    texts = corpus.read_text(encoding="utf-8").splitlines() if corpus else english.docstrings()
    words = np.array([len(text.split()) for text in texts])
    yield corpus.name if corpus else "docstrings", words[words > 0]
    drawn = np.random.default_rng(0).lognormal(5, 1, n_items).astype(np.int64)
    yield "log-normal", np.maximum(drawn, 1)


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, help="a text a line, in place of docstrings")
    parser.add_argument("--items", type=int, default=10**6, help="lengths to draw")
    parser.add_argument("--rooms", type=int, nargs="+", default=[512, 2048])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--trl", type=Path, help="a Python that has trl")
    arguments = parser.parse_args()
    print("| lengths | room | way | rows | padding | seconds |\n| --- | ---: | --- | ---: | ---: | ---: |")
    for name, texts in lengths_of_texts(arguments.corpus, arguments.items):
        for room in arguments.rooms:
            lengths = np.minimum(texts, room)
            for way, (rows, seconds) in results(lengths, room, arguments.trl, arguments.rounds):
                padding = 1 - int(lengths.sum()) / (rows * room)
                took = f"{seconds:.3f}" if seconds else ""
                print(
                    f"| {name}, {len(lengths):,} | {room:,} | {way} | {rows:,} | {padding:.3%} | {took} |", flush=True
                )


if __name__ == "__main__":
    main()
