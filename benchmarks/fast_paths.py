"""The fast paths of foreign tokenizers, timed against the libraries that they come from.

    PYTHONPATH=.:tests python benchmarks/fast_paths.py CORPUS.txt --mb 30 --only Falcon --only "GPT-NeoX"

padcli works on one thread, in chunks as `padcli pad` reads them, on a tokenizer that has just been opened. The original
gets all rows in one call of `encode_batch`, or of SentencePiece's `encode`, and takes as many threads as it does by
itself. The least of some rounds counts, which take turns. Tokenizers are those of `tests/fidelity`, trained on
the corpus instead, with as many tokens as real ones have.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from fidelity import material
from fidelity.layouts import building, models, words
from fidelity.zoo import zoo

from padcli.options import CHUNK_BYTES, TokenizeOptions
from padcli.rows.ragged import Texts
from padcli.tokenizers import open_tokenizer

NAMES = (
    "GPT-2", "Anthropic, NFKC", "Falcon", "GPT-NeoX", "StarCoder", "BLOOM", "CLIP", "Llama 2", "Gemma",
    ".model bpe, Llama 2", ".model bpe, Gemma", ".model unigram", "T5", "ALBERT", "BERT uncased", "ESM",
)  # fmt: skip
_MB = 1_000_000
_LEARNED = 4  # MB of text that tokenizers are trained on


def main() -> None:
    """Print a table of seconds and ratios."""
    options = _options()
    text = options.corpus.read_bytes()[: int(options.mb * _MB)].decode(errors="ignore")
    rows = text.removesuffix("\n").split("\n")
    if options.vocab_size:
        _train_on(text[: _LEARNED * _MB].split("\n"), options.vocab_size)
    print(f"{len(rows):,} rows, {len(text) / _MB:.0f} MB\n")
    print("| tokenizer | padcli, s | original, s | ratio | rows by the original | way |")
    print("| --- | ---: | ---: | ---: | ---: | --- |")
    for name in options.file or options.only or NAMES:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(name) if options.file else zoo()[name](Path(folder))
            print(_line(Path(name).name, path, rows, options), flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--mb", type=float, default=30)
    parser.add_argument("--only", action="append", metavar="NAME", help=f"of {', '.join(zoo())}")
    parser.add_argument("--file", action="append", help="a tokenizer file instead; repeat")
    parser.add_argument("--vocab-size", type=int, default=30_000, help="0: as the comparison has them")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ours-only", action="store_true", help="leave out the originals")
    return parser.parse_args()


def _train_on(lines: list[str], vocab_size: int) -> None:
    """Let the layouts be trained on these lines, to tokenizers of about this size."""
    material.training_lines = lambda: tuple(lines)  # type: ignore[assignment]
    for make in (building.bpe_trainer, words.bert):
        make.__kwdefaults__["vocab_size"] = vocab_size
    train = models._model  # noqa: SLF001
    models._model = lambda **options: train(**{**options, "vocab_size": vocab_size})  # noqa: SLF001


def _line(name: str, path: Path, rows: list[str], options: argparse.Namespace) -> str:
    chunks, encode = list(_chunks(rows)), _original(path)
    ours, theirs = float("inf"), float("inf")
    for _ in range(options.rounds):
        splitter = open_tokenizer(TokenizeOptions(tokenizer=path)).splitter
        began = time.perf_counter()
        original_rows = sum(splitter.split(Texts(array=chunk)).original_rows for chunk in chunks)
        ours = min(ours, time.perf_counter() - began)
        if not options.ours_only:
            began = time.perf_counter()
            encode(rows)
            theirs = min(theirs, time.perf_counter() - began)
    return f"| {name} | {ours:.2f} | {theirs:.2f} | {theirs / ours:.1f} | {original_rows:,} | {splitter.how()[:60]} |"


def _chunks(rows: list[str]) -> Iterator[pa.StringArray]:
    start, size = 0, 0
    for i, row in enumerate(rows, 1):
        size += len(row)
        if size >= CHUNK_BYTES or i == len(rows):
            yield pa.array(rows[start:i], pa.string())
            start, size = i, 0


def _original(path: Path) -> Callable[[list[str]], Any]:
    """The call of the original library that encodes many rows."""
    if path.suffix == ".model":
        import sentencepiece

        return sentencepiece.SentencePieceProcessor(model_file=str(path)).encode
    import tokenizers

    tokenizer = tokenizers.Tokenizer.from_file(str(path))
    return lambda rows: tokenizer.encode_batch(rows, add_special_tokens=False)


if __name__ == "__main__":
    sys.exit(main())
