"""An input comes in splits: byte ranges that workers read, or bytes that come along."""

import dataclasses
import json
import pickle
import tracemalloc
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import padcli
from padcli.options import ReadOptions
from padcli.sources import SOURCES, Kind, line_limit
from padcli.sources.base import InputFacts
from padcli.sources.input_files import facts_of
from padcli.sources.lines import BytesSplit, RangeSplit
from padcli.sources.records import Records
from padcli.sources.text import TextSource


class Countdown:
    """A toy source: a file holds a number, and its records are the texts that count down from it."""

    def __init__(self, path, options, *, split_bytes, on_read):
        self._path = path

    def splits(self):
        for number in range(int(Path(self._path).read_text()), 0, -1):
            yield CountdownSplit(path=self._path, number=number)

    @staticmethod
    def read(split, options, field_kinds):  # noqa: ARG004
        return Records(values=pa.array([f"n {split.number}"]), labels={})

    def observe(self, split):
        pass

    def facts(self):
        return InputFacts(path=self._path, bytes=1, sha256="0" * 64)


@dataclasses.dataclass(frozen=True)
class CountdownSplit:
    path: str
    number: int


@pytest.mark.parametrize("workers", [1, 3])
def test_a_source_is_one_class_and_one_line_in_a_table(tmp_path, monkeypatch, workers):
    monkeypatch.setitem(SOURCES, "countdown", Kind(f"{__name__}:Countdown", (".countdown",)))
    (tmp_path / "from.countdown").write_text("3")
    padcli.pad(tmp_path / "from.countdown", tmp_path / "out.npz", workers=workers)
    padded = padcli.load(tmp_path / "out.npz")
    assert padded.token_ids.tolist() == [[2, 3], [2, 4], [2, 5]]
    assert padded.meta["inputs"] == [{"path": str(tmp_path / "from.countdown"), "bytes": 1, "sha256": "0" * 64}]


def opened(path, split_bytes, **options):
    return TextSource(str(path), ReadOptions(**options), split_bytes=split_bytes, on_read=lambda _: None)


lines = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=9).map(str.encode), max_size=9)


@given(lines, st.booleans(), st.booleans(), st.integers(1, 40))
def test_ranges_are_the_whole_file_cut_where_lines_end(tmp_path, lines, bom, closed, split_bytes):
    path = tmp_path / "corpus.txt"
    content = b"\n".join(lines) + (b"\n" if closed else b"")
    path.write_bytes(b"\xef\xbb\xbf" * bom + content)
    source = opened(path, split_bytes)
    splits = list(source.splits())
    assert b"".join(split.data for split in splits) == content.removeprefix(b"\xef\xbb\xbf")
    assert all(split.data.endswith(b"\n") for split in splits[:-1])
    assert all(len(split.data) <= split_bytes or b"\n" not in split.data[:-1] for split in splits)
    for split in splits:
        source.observe(split)
    assert source.facts() == facts_of(str(path))


def test_a_plain_file_is_read_by_who_needs_it_and_else_its_bytes_come_along(tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_bytes(b"a line of text\n" * 100_000)
    (split,) = opened(path, 10_000_000).splits()
    assert isinstance(split, RangeSplit)
    assert len(pickle.dumps(split)) < 500
    (split,) = opened(path, 10_000_000, encoding="latin-1").splits()
    assert isinstance(split, BytesSplit)


def test_progress_tells_all_bytes_of_the_file_once(tmp_path):
    path, told = tmp_path / "corpus.txt", []
    path.write_bytes(b"\xef\xbb\xbf" + b"a line of text\n" * 1000)
    list(TextSource(str(path), ReadOptions(), split_bytes=1000, on_read=told.append).splits())
    assert sum(told) == path.stat().st_size
    assert len(told) > 10


def test_bad_records_have_the_lines_of_their_files_however_these_are_cut(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.jsonl").write_bytes(b'{"text": "x"}\n' * 30 + b"{\n" + b'{"text": "x"}\n' * 30 + b"[]\n")
    report = padcli.stats(
        [tmp_path / "a.jsonl", tmp_path / "b.jsonl"],
        on_error="skip",
        rejects=tmp_path / "rejects.jsonl",
        chunk_bytes=50,
        workers=3,
    )
    rejects = [
        (line["file"], line["line"]) for line in map(json.loads, (tmp_path / "rejects.jsonl").read_text().splitlines())
    ]
    assert rejects == [(str(tmp_path / f"{name}.jsonl"), line) for name in "ab" for line in (31, 62)]
    assert [reason.partition(":")[0] for reason in report.report.reasons] == [
        f"{tmp_path}/a.jsonl, line 31",
        f"{tmp_path}/a.jsonl, line 62",
        f"{tmp_path}/b.jsonl, line 31",
    ]


def test_a_line_that_is_too_long_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(line_limit, "LONGEST_LINE", 1_000_000)
    path = tmp_path / "corpus.txt"
    path.write_bytes(b"a line\n" * 2 + bytes(20_000_000))
    tracemalloc.start()
    with pytest.raises(padcli.PadcliError, match=r"corpus\.txt, line 3: is longer than 2 GiB"):
        list(opened(path, 100_000).splits())
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_a_long_line_is_held_once(tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_bytes(b"x" * 10_000_000)
    (split,) = opened(path, 100_000).splits()
    tracemalloc.start()
    data = split.data
    assert tracemalloc.get_traced_memory()[1] < 11_000_000
    tracemalloc.stop()
    assert data == b"x" * 10_000_000
