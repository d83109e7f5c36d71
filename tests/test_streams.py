"""An input is read as it was when it was opened, or not at all."""

import bz2
import gzip
import lzma
import os
import subprocess
import sys
import tracemalloc
from functools import partial

import pytest

import padcli
from padcli.options import ReadOptions
from padcli.sources import line_limit, memory
from padcli.sources.input_files import facts_of
from padcli.sources.streams import InputStream
from padcli.sources.text import TextSource

LINE = b"the cat sat on the mat\n"


def read(path, split_bytes=1000, after_first=lambda: None, kind=TextSource):
    """The whole input; after its first split something happens to it."""
    source = kind(str(path), ReadOptions(), split_bytes=split_bytes, on_read=lambda _: None)
    data = b""
    for split in source.splits():
        data += split.data
        source.observe(split)
        if len(data) == len(split.data):
            after_first()
    return data, source.facts()


@pytest.fixture
def corpus(tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_bytes(LINE * 100_000)
    return path


def shrink(path):
    os.truncate(path, 50_000)


def empty(path):
    os.truncate(path, 0)


def append(path):
    with path.open("ab") as file:
        file.write(LINE)


def rewrite(path):
    with path.open("r+b") as file:
        file.write(b"another")
    os.utime(path, ns=(0, 0))  # as the clock of a file system may be coarse


def shrink_and_grow_again(path):
    size = path.stat().st_size
    os.truncate(path, 0)
    os.truncate(path, size)
    os.utime(path, ns=(0, 0))


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (shrink, "it had 2,300,000 bytes, and now has 50,000"),
        (empty, "it had 2,300,000 bytes, and now has 0"),
        (append, "it had 2,300,000 bytes, and now has 2,300,023"),
        (rewrite, "something wrote to it"),
        (shrink_and_grow_again, "something wrote to it"),
    ],
)
def test_an_input_that_changes_while_it_is_read_is_refused(corpus, change, what):
    with pytest.raises(padcli.PadcliError) as caught:
        read(corpus, after_first=lambda: change(corpus))
    assert caught.value.message == f"{corpus}: changed while it was being read: {what}."
    assert "copy" in caught.value.hint


@pytest.mark.parametrize(("module", "extension"), [(gzip, "gz"), (bz2, "bz2"), (lzma, "xz")])
def test_a_compressed_input_that_shrinks_is_refused_for_that(tmp_path, module, extension):
    path = tmp_path / f"corpus.txt.{extension}"
    path.write_bytes(module.compress(LINE * 1000 + os.urandom(400_000)))
    with pytest.raises(padcli.PadcliError, match="changed while it was being read: it had"):
        read(path, after_first=lambda: os.truncate(path, 300_000))


def test_a_run_on_an_input_that_shrinks_writes_nothing(corpus, tmp_path):
    def on_progress(stage, done, total):
        if corpus.stat().st_size > 1_000_000:
            os.truncate(corpus, 1_000_000)

    with pytest.raises(padcli.PadcliError, match="changed while it was being read"):
        padcli.pad(corpus, tmp_path / "out.npz", on_progress=on_progress, chunk_bytes=10_000)
    assert [path.name for path in tmp_path.iterdir()] == ["corpus.txt"]


def put_another_in_its_place(path):
    other = path.with_suffix(".new")
    other.write_bytes(path.read_bytes())
    other.replace(path)


def test_a_stream_that_is_replaced_by_another_is_read_as_it_was(corpus):
    replace = partial(put_another_in_its_place, corpus)
    assert read(corpus, after_first=replace, kind=InputStream)[0] == LINE * 100_000


def test_a_file_that_workers_read_and_that_is_replaced_by_another_is_refused(corpus):
    with pytest.raises(padcli.PadcliError, match="changed while it was being read: another file replaced it"):
        read(corpus, after_first=partial(put_another_in_its_place, corpus))


def test_a_standard_input_from_within_a_file(corpus, tmp_path):
    code = "import sys, padcli; sys.stdin.buffer.raw.seek(2_299_977); padcli.pad('-', 'out.npz')"
    with corpus.open("rb") as stdin:
        subprocess.run([sys.executable, "-c", code], cwd=tmp_path, stdin=stdin, check=True)
    assert padcli.load(tmp_path / "out.npz").lengths.tolist() == [6]


def test_a_file_that_says_that_it_is_empty_and_is_not():
    assert read("/proc/self/status")[0].startswith(b"Name:")


@pytest.mark.parametrize(("module", "extension"), [(bz2, "bz2"), (gzip, "gz")])
def test_size_and_digest_are_those_of_the_file_also_with_bytes_after_its_end(tmp_path, module, extension):
    path = tmp_path / f"corpus.txt.{extension}"
    path.write_bytes(module.compress(LINE) + bytes(300_000))
    data, facts = read(path)
    assert data == LINE
    assert facts == facts_of(str(path))


@pytest.fixture
def bomb(tmp_path):
    """A small file of 50 MB without a line end, after two lines."""
    path = tmp_path / "bomb.txt.gz"
    path.write_bytes(gzip.compress(LINE * 2 + bytes(50_000_000)))
    return path


def peak_of_refused(path, message):
    tracemalloc.start()
    with pytest.raises(padcli.PadcliError, match=message):
        read(path, split_bytes=100_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_a_line_that_gets_too_long_is_refused_while_it_is_collected(bomb, monkeypatch):
    monkeypatch.setattr(line_limit, "LONGEST_LINE", 1_000_000)
    assert peak_of_refused(bomb, r"bomb\.txt\.gz, line 3: is longer than 2 GiB") < 5_000_000


def test_a_line_for_which_there_is_no_memory_is_refused_while_it_is_collected(bomb, monkeypatch):
    monkeypatch.setattr(line_limit, "_LONG_LINE", 100_000)
    monkeypatch.setattr(line_limit, "available_memory", lambda: 8_000_000)
    assert peak_of_refused(bomb, r"line 3: is longer than 1,000,000 bytes, and does not fit in memory") < 5_000_000


def test_a_long_line_is_held_once_while_it_is_tokenized(tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_bytes(b"x" * 10_000_000)
    stream = InputStream(str(path), ReadOptions(), split_bytes=100_000, on_read=lambda _: None)
    tracemalloc.start()
    chunk = next(stream.splits())
    assert tracemalloc.get_traced_memory()[0] < 11_000_000
    tracemalloc.stop()
    assert chunk.data == b"x" * 10_000_000 + b"\n"


def test_available_memory_is_that_of_the_machine_or_of_the_container(tmp_path, monkeypatch):
    assert 0 < memory.available_memory() < 2**50
    monkeypatch.setattr(memory, "_GROUP", tmp_path)
    monkeypatch.setattr(memory, "_MEMINFO", tmp_path / "meminfo")
    assert memory.available_memory() is None
    (tmp_path / "meminfo").write_text("MemTotal:  9 kB\nMemAvailable:   5 kB\n")
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("3000\n")
    assert memory.available_memory() == 5 * 1024
    (tmp_path / "memory.max").write_text("4000\n")
    assert memory.available_memory() == 1000
