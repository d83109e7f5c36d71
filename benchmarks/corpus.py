"""A corpus for benchmarks: English prose, made of what is on every machine that has padcli.

The sentences are those of the docstrings of the installed packages and of Python itself, in an order that a seed fixes,
over and over until there is enough; each document is one line of text, and one record of JSONL.
"""

import argparse
import json
import random
import re
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from rich.progress import Progress, track


def docstrings() -> Iterator[str]:
    """Whatever stands between triple quotes in the installed packages, over several lines."""
    folders = {sysconfig.get_path(name) for name in ("stdlib", "purelib")}
    paths = sorted({path for folder in folders for path in Path(folder).rglob("*.py")})
    for path in track(paths, "Reading docstrings"):
        for text in re.findall(r'"""(.+?)"""', path.read_text(encoding="utf-8", errors="ignore"), re.DOTALL):
            if "\n" in text:
                yield text


def sentences() -> list[str]:
    """Each different sentence of prose once, in a fixed order."""
    found = {}
    for text in docstrings():
        for part in re.split(r"(?<=[.!?])\s+|\n\s*\n", text):
            words = part.split()
            if len(words) >= 4 and sum(word.isalpha() for word in words) > len(words) // 2:
                found[" ".join(words)] = None
    return sorted(found)


def write(folder: Path, n_bytes: int, seed: int = 0) -> None:
    """Write `corpus.txt` of so many bytes, and the same documents as `corpus.jsonl`."""
    chance, pool = random.Random(seed), sentences()
    folder.mkdir(parents=True, exist_ok=True)
    with (
        (folder / "corpus.txt").open("w", encoding="utf-8") as text,
        (folder / "corpus.jsonl").open("w", encoding="utf-8") as jsonl,
        Progress() as progress,
    ):
        task, size = progress.add_task("Writing the corpus", total=n_bytes), 0
        while size < n_bytes:
            documents = [" ".join(chance.choices(pool, k=chance.randint(1, 3))) for _ in range(1000)]
            lines = "".join(document + "\n" for document in documents)
            text.write(lines)
            jsonl.writelines(json.dumps({"text": document}, ensure_ascii=False) + "\n" for document in documents)
            size += len(lines.encode())
            progress.update(task, completed=size)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--mb", type=int, default=200)
    arguments = parser.parse_args()
    write(arguments.folder, arguments.mb * 10**6)
