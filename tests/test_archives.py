"""Archives of texts, and compressed inputs of several members: all of them is read, up to the end."""

import bz2
import gzip
import io
import json
import lzma
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import padcli


def zstd(data):
    return pa.Codec("zstd").compress(data, asbytes=True)


COMPRESS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstd}
DECOMPRESS = {"gz": gzip.decompress, "bz2": bz2.decompress, "xz": lzma.decompress}
FILES = {
    "./r/pos/2.txt": b"a good film\nwith two lines\n",
    "r/neg/1.txt": b"a bad film\r\n",
    "r/neg/more.jsonl": b'{"text": "from jsonl"}\n',
    "r/.hidden.txt": b"hidden",
    "r/neg/empty.txt": b"",
    "r/picture.png": b"\x89PNG",
    "r/pos/1.txt": b"the last one",
}


def make_tar(path, files=FILES, **options):
    mode = {".gz": "w:gz", ".tgz": "w:gz", ".bz2": "w:bz2", ".xz": "w:xz"}.get(Path(path).suffix, "w")
    with tarfile.open(path, mode, **options) as archive:
        folder = tarfile.TarInfo("r")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    if Path(path).suffix == ".zst":
        Path(path).write_bytes(zstd(Path(path).read_bytes()))


def make_zip(path, files=FILES):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def pad(inputs, output="out.npz", **options):
    padcli.pad(inputs, output, maxlen=6, padding="post", **options)
    return padcli.load(output)


def pad_records(records, output="records.npz", **options):
    Path("records.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    return pad("records.jsonl", output, **options)


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz", "a.tgz", "a.tar.bz2", "a.tar.xz", "a.tar.zst", "a.zip"])
def test_members_are_read_in_their_order(here, name):
    make_zip(name) if name.endswith("zip") else make_tar(name)
    texts = ["a good film\nwith two lines", "a bad film", "", "the last one"]
    labels = ["pos", "neg", "neg", "pos"]
    expected = pad_records([{"text": t, "label": label} for t, label in zip(texts, labels, strict=True)], label="label")
    found = pad(name, record="file", label_from_folder=True)
    assert np.array_equal(found.token_ids, expected.token_ids)
    assert found.labels["label"].tolist() == labels
    by_line = ["a good film", "with two lines", "a bad film", "from jsonl", "the last one"]
    expected, found = pad_records([{"text": text} for text in by_line]), pad(name, label_from_folder=True)
    assert np.array_equal(found.token_ids, expected.token_ids)
    assert found.labels["label"].tolist() == ["pos", "pos", "neg", "neg", "pos"]
    (skipped,) = found.meta["skipped_files"].values()
    assert skipped == {"n": 1, "example": f"{name}/r/picture.png"}
    assert padcli.verify("out.npz", inputs=True).ok
    assert padcli.pad(name, "out.npz", maxlen=6, padding="post", label_from_folder=True, if_changed=True).up_to_date


@pytest.mark.parametrize("chunk_bytes", [1, 20, 10**6])
@pytest.mark.parametrize("record", ["line", "file", "paragraph"])
@pytest.mark.parametrize("workers", [1, 3])
def test_splits_and_workers_make_no_difference(here, record, chunk_bytes, workers):
    make_tar("a.tar.gz")
    pad("a.tar.gz", record=record, label_from_folder=True)
    pad("a.tar.gz", "b.npz", record=record, label_from_folder=True, chunk_bytes=chunk_bytes, workers=workers)
    assert Path("out.npz").read_bytes() == Path("b.npz").read_bytes()


def test_an_archive_is_the_same_as_its_folder(here):
    make_tar("a.tar", {f"f/{label}/{n}.txt": f"{label} {n}".encode() for label in "ab" for n in range(5)})
    with tarfile.open("a.tar") as archive:
        archive.extractall(".", filter="data")
    for record in ("file", "line", "paragraph"):
        of_tar, of_folder = (pad(each, record=record, label_from_folder=True) for each in ("a.tar", "f"))
        assert np.array_equal(of_tar.token_ids, of_folder.token_ids)
        assert of_tar.labels["label"].tolist() == of_folder.labels["label"].tolist()
        again = pad("f", like="out.npz")
        assert np.array_equal(again.token_ids, of_tar.token_ids)


def test_paragraphs_end_with_their_file(here):
    make_tar("a.tar", {"1.txt": b"a\nb\n\nc", "2.txt": b"d\n\n\n\ne\n", "3.txt": b"\n\n", "4.txt": b"f"})
    expected = pad_records([{"text": text} for text in ("a\nb", "c", "d", "e", "f")])
    assert np.array_equal(pad("a.tar", record="paragraph").token_ids, expected.token_ids)


def test_fields_and_labels_of_jsonl_in_an_archive(here):
    make_tar("a.tar", {f"{n}.jsonl": b'{"body": "a b", "n": %d}\n' % n for n in range(3)})
    assert pad("a.tar", field="body", label="n").labels["n"].tolist() == [0, 1, 2]
    make_tar("b.tar", {"1.txt": b"text"})
    with pytest.raises(
        padcli.PadcliError, match=r"--label names a field or column of records, but b\.tar/1\.txt is text"
    ):
        pad("b.tar", label="n")


def test_an_archive_may_come_through_a_pipe(here, command):
    make_tar("a.tar.gz")
    data = Path("a.tar.gz").read_bytes()
    finished = command("pad", "-", "--record", "file", "--maxlen", 6, stdin=data)
    assert (finished.returncode, finished.err) == (2, finished.err)
    assert "-: is a tar archive." in command("pad", "-", "--maxlen", 6, stdin=data).err
    options = ["--format", "tar", "--label-from-folder", "--record", "file", "--maxlen", 6, "--post", "-o", "p.npz"]
    assert command("pad", "-", *options, stdin=data).returncode == 0
    found, expected = padcli.load("p.npz"), pad("a.tar.gz", record="file", label_from_folder=True)
    assert np.array_equal(found.token_ids, expected.token_ids)
    assert found.labels["label"].tolist() == expected.labels["label"].tolist()
    make_zip("a.zip")
    refused = command("pad", "-", "--format", "zip", stdin=Path("a.zip").read_bytes())
    assert "-: a zip archive cannot be read from a pipe." in refused.err


@pytest.mark.parametrize("chunk_bytes", [1, 10**6])
@pytest.mark.parametrize("name", ["a.tar", "a.zip"])
def test_what_is_bad_in_a_member_is_named_with_its_line(here, name, chunk_bytes):
    files = {"f/1.txt": b"one\ntwo\n", "f/2.txt": b"three\n\xe9\n", "f/3.jsonl": b'{"text": "a"}\n\n{"txt": 1}\n'}
    make_zip(name, files) if name.endswith("zip") else make_tar(name, files)
    report = padcli.stats(name, on_error="skip", rejects="bad.jsonl", chunk_bytes=chunk_bytes).report
    bad = [json.loads(line) for line in Path("bad.jsonl").read_text().splitlines()]
    assert [(each["file"], each["line"]) for each in bad] == [(f"{name}/f/2.txt", 2), (f"{name}/f/3.jsonl", 3)]
    assert report.histogram.rows == 4
    with pytest.raises(padcli.PadcliError, match=rf"{name}/f/2\.txt: not valid UTF-8 \(0xe9 at byte 7\)"):
        padcli.stats(name, record="file", chunk_bytes=chunk_bytes)


def test_damaged_archives_are_refused(here):
    content = {"f/1.txt": b"some words " * 1000, "f/2.txt": np.random.default_rng(0).bytes(5000).hex().encode()}
    for name in ("a.tar", "a.tar.gz", "a.tar.bz2", "a.tar.xz", "a.tar.zst", "a.zip"):
        make_zip(name, content) if name.endswith("zip") else make_tar(name, content)
        data = Path(name).read_bytes()
        for size in (0, len(data) // 2, len(data) - 1 if not name.endswith(".tar") else len(data) // 3):
            Path(name).write_bytes(data[:size])
            for record in ("line", "file"):
                with pytest.raises(padcli.PadcliError, match=rf"^{name}(/f/[12]\.txt)?: "):
                    padcli.stats(name, record=record)
    Path("b.tar").write_text("no archive at all, but a text that is called so\n" * 100)
    with pytest.raises(padcli.PadcliError, match=r"^b\.tar: cannot be read to the end: "):
        padcli.stats("b.tar")
    make_tar("c.tar", {"a.png": b""})
    assert padcli.stats("c.tar").report.histogram.rows == 0
    make_tar("c.tar", {})
    with pytest.raises(padcli.PadcliError, match=r"^c\.tar: contains no text\."):
        padcli.stats("c.tar")


def test_a_member_may_be_compressed_itself(here):
    make_tar("a.tar", {"1.txt.gz": gzip.compress(b"one two\nthree\n"), "2.jsonl.zst": zstd(b'{"text": "four"}\n')})
    assert pad("a.tar").lengths.tolist() == [2, 1, 1]
    make_tar("b.tar", {"1.txt.gz": gzip.compress(b"one two\nthree\n")[:-9]})
    for record in ("file", "line"):
        with pytest.raises(padcli.PadcliError, match=r"^b\.tar(/1\.txt\.gz)?: cannot be read to the end"):
            padcli.stats("b.tar", record=record)


# Several members of a compressed input, one after the other


@pytest.mark.parametrize("extension", COMPRESS)
def test_all_members_of_a_compressed_text_are_read(here, extension):
    compress, parts = COMPRESS[extension], [b"one\ntwo", b" words\n", b"", b"three\n" * 100_000, b"end\n"]
    data = b"".join(map(compress, parts))
    if extension in DECOMPRESS:
        assert DECOMPRESS[extension](data) == b"".join(parts)
    Path("plain.txt").write_bytes(b"".join(parts))
    make_tar("plain.tar", {"a.txt": b"".join(parts)})
    whole = Path("plain.tar").read_bytes()
    archive = b"".join(map(compress, (whole[:700], whole[700:9000], whole[9000:])))
    for name, written in ((f"a.txt.{extension}", data), (f"a.tar.{extension}", archive)):
        Path(name).write_bytes(written)
        assert np.array_equal(pad(name).token_ids, pad("plain.txt").token_ids)
        Path(name).write_bytes(written[:-3])
        with pytest.raises(padcli.PadcliError, match=rf"^{name}(/a\.txt)?: cannot be read to the end: "):
            pad(name)


@pytest.mark.parametrize(("program", "extension"), [("gzip", "gz"), ("bzip2", "bz2"), ("xz", "xz"), ("zstd", "zst")])
def test_members_that_the_programs_write(here, program, extension):
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    command = f"(echo one two | {program}; echo three | {program}) > a.txt.{extension}"
    subprocess.run(["bash", "-c", command], check=True)
    assert pad(f"a.txt.{extension}").lengths.tolist() == [2, 1]
