"""What makes padcli fast, as far as it can be counted: seconds are for the benchmarks, since machines are noisy."""

import random
import subprocess
import sys

import numpy as np
import pytest
from conftest import SAMPLE_DATA, use_kernels

import padcli
from padcli.encode.encoded_rows import EncodedRows
from padcli.encode.task import EncodeSplit
from padcli.padding import pad_rows
from padcli.store.spill import Spool

WORDS = [f"{stem}{end}" for stem in ("walk", "talk", "jump", "paint", "look") for end in ("", "s", "ed", "ing", "er")]


def some_text(n_bytes, *, seed=0):
    """Lines of up to 80 words, some of them rare, of so many bytes in all."""
    chance = random.Random(seed)
    parts, size = [], 0
    while size < n_bytes:
        line = [*chance.choices(WORDS, k=chance.randrange(80)), f"rare{chance.randrange(10**6)}"]
        parts.append(" ".join(line) + "\n")
        size += len(parts[-1])
    return "".join(parts)


WORK = {"tokenize", "number units", "save tokenizer", "mask", "look for repetitions", "pad", "digest"}


@pytest.fixture
def calls_of(monkeypatch):
    """Counts the calls of a function from now on; gives a list that gets what each call returned."""

    def count(owner, name):
        original, returned = getattr(owner, name), []

        def counted(*args, **kwargs):
            returned.append(original(*args, **kwargs))
            return returned[-1]

        monkeypatch.setattr(owner, name, counted)
        return returned

    return count


@pytest.mark.parametrize("used", [False, True])
def test_keras_pads_once_for_each_length_of_a_chunk_not_for_each_row(tmp_path, write, monkeypatch, used):
    source, calls = write("corpus.txt", some_text(1_000_000)), []
    original = pad_rows.pad_sequences()
    monkeypatch.setattr(pad_rows, "pad_sequences", lambda: lambda *args, **kw: calls.append(1) or original(*args, **kw))
    with use_kernels(used=used):
        report = padcli.pad(source, tmp_path / "out.npz", maxlen=50, chunk_bytes=250_000)
    assert report.histogram.rows > 3000
    assert 0 < len(calls) <= 4 * 51


def test_text_is_read_and_tokenized_once(tmp_path, write, calls_of):
    source = write("corpus.txt", some_text(1_000_000))
    read = []
    scanned = calls_of(EncodeSplit, "__call__")
    padcli.pad(
        source, tmp_path / "out.npz", chunk_bytes=100_000, on_progress=lambda stage, done, _: read.append((stage, done))
    )
    assert 10 <= len(scanned) <= 11
    assert sum(len(chunk.lengths) for chunk in scanned) == padcli.load(tmp_path / "out.npz").token_ids.shape[0]
    assert max(done for stage, done in read if stage == "Reading") == source.stat().st_size


MEASURED = """
import sys, re
import padcli
padcli.pad(sys.argv[1], sys.argv[2], maxlen=50, padding="post", workers=2)
assert not {"tensorflow", "keras.src.backend", "jax", "torch"} & set(sys.modules), "TensorFlow was imported"
print(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1])
"""


def test_what_a_plain_run_has_no_need_of_is_not_imported(tmp_path):
    code = "import sys, padcli; padcli.pad(sys.argv[1], sys.argv[2]); print(*sys.modules)"
    arguments = [sys.executable, "-c", code, SAMPLE_DATA / "reviews.txt", tmp_path / "out.npz"]
    found = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout.split()
    heavy = (
        "padcli.tokenizers.external.cutting",
        "padcli.engine.travel",
        "padcli.encode.parts",
        "fsspec",
        "tokenizers",
    )
    assert not {*heavy, "asyncio", "distributed", "ray", "sentencepiece", "tiktoken"} & set(found)


def test_memory_stays_flat_and_tensorflow_away(tmp_path):
    """100 MB of text, of which the vocabulary takes some; the same again takes no more than that, once it is known."""
    text, peaks = some_text(10_000_000).encode(), []
    for times in (3, 10):
        with (tmp_path / "corpus.txt").open("wb") as file:
            for _ in range(times):
                file.write(text)
        finished = subprocess.run(
            [sys.executable, "-c", MEASURED, tmp_path / "corpus.txt", tmp_path / "out.npz"],
            capture_output=True,
            check=True,
        )
        peaks.append(int(finished.stdout) / 1000)
    assert peaks[1] < 450
    assert peaks[1] - peaks[0] < 60


HARD_TO_SPILL = {
    "words of one letter": "a b c d e f g h\n" * 20_000,
    "rows of one letter": "a\nb\n" * 40_000,
    "empty rows": "\n" * 50_000 + "a\n",
    "words that are all different": " ".join(map(str, range(100_000, 140_000))) + "\n",
}


@pytest.mark.parametrize("shape", HARD_TO_SPILL)
def test_temporary_files_take_no_more_than_a_fifth_more_than_the_input(tmp_path, write, monkeypatch, shape):
    source, sizes = write("corpus.txt", HARD_TO_SPILL[shape]), []
    closed = Spool.__exit__

    def measured(self, *args):
        sizes.append(self._file.seek(0, 2))
        closed(self, *args)

    monkeypatch.setattr(Spool, "__exit__", measured)
    padcli.pad(source, tmp_path / "out.npz", maxlen=5)
    assert len(sizes) == 2
    assert sum(sizes) <= 1.2 * source.stat().st_size
    assert {path.name for path in tmp_path.iterdir()} == {"corpus.txt", "out.npz", "out.tokenizer.json"}


def test_timings_of_the_main_thread_add_up_to_the_whole(tmp_path):
    report = padcli.pad(SAMPLE_DATA / "reviews.txt", tmp_path / "out.npz", maxlen=50, workers=2)
    threads = {thread for thread, _ in report.timings}
    assert threads == {"main", "workers"}
    main = sum(seconds for (thread, _), seconds in report.timings.items() if thread == "main")
    assert main <= report.seconds
    assert main == pytest.approx(report.seconds, abs=0.1)
    assert {stage for thread, stage in report.timings if thread == "workers"} == WORK
    assert report.as_dict()["timings"]["main"]["read"] >= 0


def test_without_further_workers_everything_is_done_by_the_main_thread(tmp_path, calls_of):
    added = calls_of(EncodedRows, "add")
    report = padcli.pad(SAMPLE_DATA / "reviews.txt", tmp_path / "out.npz", maxlen=50, workers=1)
    assert {thread for thread, _ in report.timings} == {"main"}
    assert len(added) == 2  # the text, and the end of the input
    assert np.load(tmp_path / "out.npz")["token_ids"].shape[1] == 50
