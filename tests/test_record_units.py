"""What a record of a text is: a line, a paragraph, or the whole file."""

import bz2
import gzip
import json
import lzma
import re

import numpy as np
import pyarrow as pa
import pytest
from conftest import SAMPLE_DATA
from hypothesis import example, given
from hypothesis import strategies as st

import padcli
from padcli.options import ReadOptions
from padcli.rows.ragged import Texts
from padcli.sources.paragraphs import ParagraphSource


def paragraphs_of(path, chunk_bytes=10**6, **options):
    read = ReadOptions(record="paragraph", **options)
    source = ParagraphSource(str(path), read, split_bytes=chunk_bytes, on_read=lambda _: None)
    found = []
    for split in source.splits():
        records = source.read(split, read, {})
        found += Texts(array=records.values, tail=records.tail).trimmed().to_pylist()
    return found


def by_hand(text):
    """Paragraphs by a regular expression, of a text whose lines end in a line feed."""
    return [
        paragraph.removesuffix("\n") for paragraph in re.split(r"(?m)(?:^[ \t\v\f\r]*(?:\n|\Z))+", text) if paragraph
    ]


def pad(path, output="out.npz", **options):
    padcli.pad(path, output, maxlen=9, padding="post", **options)
    return padcli.load(output)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("a\nb\n\nc\n", ["a\nb", "c"]),
        ("a", ["a"]),
        ("\n\n a \n\n\n\nb\n\n", [" a ", "b"]),
        ("a\r\nb\r\n\r\nc\r\n", ["a\nb", "c"]),
        ("a\n \t\nb", ["a", "b"]),
        ("a\rb\n\x0c\nc", ["a\rb", "c"]),
        ("a\n\u2003\nb", ["a\n\u2003\nb"]),  # blank is what looks so in any editor
        ("\ufeffa\n\nb", ["a", "b"]),
        ("", []),
        ("\n \n", []),
    ],
)
@pytest.mark.parametrize("chunk_bytes", [1, 3, 1000])
def test_paragraphs_are_what_blank_lines_separate(write, data, expected, chunk_bytes):
    assert paragraphs_of(write("a.txt", data), chunk_bytes) == expected


@given(text=st.text(st.sampled_from("ab \t\n\n\n\r\u2028é"), max_size=40), chunk_bytes=st.integers(1, 20))
@example(text="\r\n", chunk_bytes=1)
def test_paragraphs_are_those_of_a_regular_expression(tmp_path, text, chunk_bytes):
    (tmp_path / "a.txt").write_bytes(text.encode())
    assert paragraphs_of(tmp_path / "a.txt", chunk_bytes) == by_hand((text + "\n").replace("\r\n", "\n"))


@pytest.mark.parametrize("compress", [bytes, gzip.compress, bz2.compress, lzma.compress, "zstd"])
def test_paragraphs_of_files_of_any_kind_and_of_pipes(tmp_path, command, compress):
    text = "a cat\nsat\n\non a mat\n" * 100
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps({"text": each}) + "\n" for each in by_hand(text)))
    data = pa.Codec("zstd").compress(text.encode(), asbytes=True) if compress == "zstd" else compress(text.encode())
    (tmp_path / "text").write_bytes(data)
    expected = pad(tmp_path / "rows.jsonl", tmp_path / "rows.npz")
    assert len(expected.token_ids) == 101
    assert np.array_equal(pad(tmp_path / "text", tmp_path / "o.npz", record="paragraph").token_ids, expected.token_ids)
    options = ["--record", "paragraph", "--maxlen", "9", "--post", "-o", "pipe.npz"]
    assert command("pad", "-", *options, stdin=data).returncode == 0
    assert np.array_equal(padcli.load(tmp_path / "pipe.npz").token_ids, expected.token_ids)


@pytest.mark.parametrize(
    "options", [{"tokenizer": kind} for kind in ("word", "char", "byte", "whitespace", "text-vectorization")]
)
@pytest.mark.parametrize("record", ["file", "paragraph"])
def test_line_ends_within_a_record_are_those_of_jsonl(tmp_path, write, options, record):
    write("a.txt", "The cat\r\nsat on\n\r\n")
    write("a.jsonl", '{"text": "The cat\\nsat on"}\n')
    ours, theirs = (
        pad(tmp_path / "a.txt", tmp_path / "t.npz", record=record, **options),
        pad(tmp_path / "a.jsonl", tmp_path / "j.npz", **options),
    )
    assert np.array_equal(ours.token_ids, theirs.token_ids)
    assert np.array_equal(ours.lengths, theirs.lengths)


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("chunk_bytes", [1, 50, 10**6])
def test_splits_and_workers_make_no_difference(tmp_path, workers, chunk_bytes):
    text = tmp_path / "a.txt"
    text.write_text((SAMPLE_DATA / "reviews.txt").read_text().replace("\n", "\n\n", 30)[:3000])
    pad(text, tmp_path / "one.npz", record="paragraph")
    pad(text, tmp_path / "two.npz", record="paragraph", workers=workers, chunk_bytes=chunk_bytes)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


@pytest.mark.parametrize("chunk_bytes", [1, 1000])
def test_a_bad_paragraph_is_named_by_its_first_line(tmp_path, write, chunk_bytes):
    source = write("a.txt", b"one\n\n\ntwo\nthr\xe9e\n\nfour\n")
    with pytest.raises(padcli.PadcliError, match=r"a\.txt, line 4: not valid UTF-8 \(0xe9 at byte 8\)"):
        padcli.stats(source, record="paragraph", chunk_bytes=chunk_bytes)
    report = padcli.stats(
        source, record="paragraph", chunk_bytes=chunk_bytes, on_error="skip", rejects=tmp_path / "bad.jsonl"
    ).report
    assert (report.histogram.rows, report.rejected) == (2, 1)
    bad = json.loads((tmp_path / "bad.jsonl").read_text())
    assert (bad["line"], bad["raw"]) == (4, "two\nthr\\xe9e")
    assert paragraphs_of(source, encoding="latin-1") == ["one", "two\nthrée", "four"]


# One record a file


@pytest.mark.parametrize(
    ("data", "encoding", "expected"),
    [
        (b"a b\nc\n", "utf-8", 3),
        (b"\xef\xbb\xbfa b\n\nc\r\n\r\n", "utf-8", 3),
        (b"", "utf-8", 0),
        (b"\n\n", "utf-8", 0),
        ("a é\nc\n".encode("utf-16"), "utf-16", 3),
    ],
)
def test_a_file_is_one_record(tmp_path, write, command, data, encoding, expected):
    found = pad(write("a.txt", data), tmp_path / "a.npz", record="file", encoding=encoding)
    assert found.lengths.tolist() == [expected]
    write("a.txt.gz", gzip.compress(data))
    assert pad(tmp_path / "a.txt.gz", tmp_path / "z.npz", record="file", encoding=encoding).lengths.tolist() == [
        expected
    ]
    piped = command("pad", "-", "--record", "file", "--encoding", encoding, "--maxlen", 5, "-o", "p.npz", stdin=data)
    assert piped.returncode == 0
    assert padcli.load(tmp_path / "p.npz").lengths.tolist() == [expected]


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_files_of_a_folder_may_be_compressed(tmp_path, compress):
    extension = {gzip.compress: "gz", bz2.compress: "bz2", lzma.compress: "xz"}[compress]
    (tmp_path / "f").mkdir()
    for number, text in enumerate(["a b", "", "c\nd e\n"]):
        (tmp_path / f"f/{number}.txt.{extension}").write_bytes(compress(text.encode()))
    assert pad(tmp_path / "f", tmp_path / "f.npz", record="file").lengths.tolist() == [2, 0, 3]
    damaged = tmp_path / f"f/1.txt.{extension}"
    damaged.write_bytes(compress(b"some text")[:-5])
    with pytest.raises(padcli.PadcliError, match=rf"f/1\.txt\.{extension}: cannot be read to the end"):
        padcli.stats(tmp_path / "f", record="file")
    damaged.write_bytes(b"text")
    with pytest.raises(padcli.PadcliError, match=rf"f/1\.txt\.{extension}: is not compressed"):
        padcli.stats(tmp_path / "f", record="file")


def test_an_encoding_that_cannot_go_on_is_named_with_the_file(tmp_path, write):
    (tmp_path / "f").mkdir()
    write("f/a.txt", "fine".encode("utf-16"))
    write("f/b.txt", "cut".encode("utf-16")[:-1])
    with pytest.raises(padcli.PadcliError, match=r"f/b\.txt: not valid UTF-16"):
        padcli.stats(tmp_path / "f", record="file", encoding="utf-16")


@pytest.mark.parametrize("record", ["file", "paragraph"])
def test_records_of_text_alone_can_be_whole_files(write, record):
    write("a.jsonl", '{"text": "a"}\n')
    source = write("b.jsonl", '{"text": "a"}\n')
    with pytest.raises(padcli.PadcliError, match=f"--record {record}: is for text, and .*b.jsonl has its own records"):
        padcli.stats(source, record=record)
