"""Inputs and outputs at URLs: the same bytes as of local files, whole or not at all, and no secrets shown."""

import dataclasses
import gzip
import io
import itertools
import json
import os
import pickle
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from unittest import mock

import boto3
import fsspec
import numpy as np
import pyarrow as pa
import pytest
from conftest import SAMPLE_DATA
from fsspec.config import conf
from fsspec.implementations.memory import MemoryFileSystem
from fsspec.spec import AbstractBufferedFile
from pyarrow import feather, orc, parquet

import padcli
from padcli.errors import InputError, OutputError, PadcliError, UsageError
from padcli.files import remote
from padcli.options import ReadOptions
from padcli.sources import kind_of, remote_inputs, remote_objects, source_class
from padcli.sources.parquet import ParquetSource
from padcli.urls import Url, redacted
from tests.remote_servers import CREDENTIALS, Files, Refusing, s3_server, serving

TEXT = "".join(f"row {i} of a text that lies far away\n" for i in range(2000)).encode()
JSONL = b"".join(json.dumps({"text": f"row {i} here", "label": i % 3}).encode() + b"\n" for i in range(2000))
SECRET = "X-Amz-Signature=0123456789abcdef&X-Amz-Security-Token=tokentoken"


@pytest.fixture(scope="session")
def s3_address():
    with s3_server() as address:
        yield address


@pytest.fixture
def bucket(s3_address, monkeypatch):
    """A new bucket, as boto3 has it, that s3:// finds."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setitem(conf, "s3", {"endpoint_url": s3_address})
    s3 = boto3.resource("s3", endpoint_url=s3_address)
    bucket = s3.Bucket("texts")
    bucket.create()
    yield bucket
    bucket.objects.delete()
    bucket.delete()


@pytest.fixture
def memory():
    fs = fsspec.filesystem("memory")
    yield fs
    fs.store.clear()
    fs.pseudo_dirs[:] = [""]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def here_now():
    return sorted(path.name for path in Path.cwd().iterdir())


def keys(bucket):
    return sorted(each.key for each in bucket.objects.all())


def content(bucket, key):
    return bucket.Object(key).get()["Body"].read()


def arrays_of(path):
    with np.load(path) as file:
        return {name: file[name] for name in file.files if name != "meta.json"}


def assert_same_arrays(one, other):
    one, other = arrays_of(one), arrays_of(other)
    assert list(one) == list(other)
    for name, array in one.items():
        assert array.dtype == other[name].dtype
        np.testing.assert_array_equal(array, other[name])


def write_stream(path):
    with pa.ipc.new_stream(path, TABLE.schema) as writer:
        writer.write_table(TABLE, max_chunksize=500)


# Reading


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.txt", TEXT),
        ("a.jsonl", JSONL),
        ("a.txt.gz", gzip.compress(TEXT)),
        ("no_extension", TEXT),
        ("empty.txt", b""),
    ],
)
def test_an_object_gives_the_same_as_a_file(bucket, name, data):
    Path(name).write_bytes(data)
    bucket.put_object(Key=f"data/{name}", Body=data)
    options = {"maxlen": 8, "label": ["label"]} if name.endswith("jsonl") else {"maxlen": 8}
    local = padcli.pad(name, "local.npz", **options)
    report = padcli.pad(f"s3://texts/data/{name}", "remote.npz", **options)
    assert_same_arrays("local.npz", "remote.npz")
    assert report.inputs[0].path == f"s3://texts/data/{name}"
    assert (report.inputs[0].bytes, report.inputs[0].sha256) == (local.inputs[0].bytes, local.inputs[0].sha256)


def test_several_blocks_that_come_at_a_time_stay_in_order(bucket, monkeypatch):
    monkeypatch.setattr(remote_inputs, "_BLOCK", 10_000)
    bucket.put_object(Key="a.txt", Body=TEXT)
    with remote_inputs.RemoteReader("s3://texts/a.txt") as reader:
        assert reader.readall() == TEXT


def test_a_pattern_stands_for_all_that_match_in_sorted_order(bucket):
    for name, part in (("b", TEXT[:100]), ("a", TEXT[100:300]), ("c", TEXT[300:])):
        bucket.put_object(Key=f"data/{name}.txt.gz", Body=gzip.compress(part))
    bucket.put_object(Key="data/other.csv", Body=b"1")
    report = padcli.stats("s3://texts/data/*.txt.gz")
    assert [facts.path for facts in report.report.inputs] == [f"s3://texts/data/{name}.txt.gz" for name in "abc"]
    with pytest.raises(InputError, match=r"s3://texts/none/\*\.txt: nothing matches"):
        padcli.stats("s3://texts/none/*.txt")
    with pytest.raises(InputError, match="s3://texts/data: is a folder"):
        padcli.stats("s3://texts/data", format="text")


def test_a_member_of_a_zip_wherever_that_lies(bucket, memory):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/a.txt", TEXT)
        archive.writestr("b.jsonl", JSONL)
    Path("all.zip").write_bytes(packed.getvalue())
    Path("a.txt").write_bytes(TEXT)
    bucket.put_object(Key="all.zip", Body=packed.getvalue())
    memory.pipe_file("/all.zip", packed.getvalue())
    padcli.pad("a.txt", "local.npz")
    for place in ("all.zip", f"file://{Path.cwd()}/all.zip", "memory://all.zip", "s3://texts/all.zip"):
        report = padcli.pad(f"zip://folder/a.txt::{place}", "remote.npz")
        assert_same_arrays("local.npz", "remote.npz")
        assert report.inputs[0].bytes == len(TEXT)
    assert padcli.stats("zip://b.jsonl::memory://all.zip").report.histogram.rows == 2000
    assert padcli.stats("zip://**/*.txt::memory://all.zip").report.histogram.rows == 2000


def test_a_file_url_is_a_file():
    Path("a.txt").write_bytes(TEXT)
    report = padcli.pad(f"file://{Path.cwd()}/a.txt", f"file://{Path.cwd()}/out.npz")
    assert report.inputs[0].path == str(Path.cwd() / "a.txt")
    assert padcli.load("out.npz").token_ids.shape[0] == 2000


@pytest.mark.parametrize("facts", [{}, {"knows_ranges": False}, {"sends_length": False, "knows_ranges": False}])
def test_any_server_of_http(facts, monkeypatch):
    monkeypatch.setattr(remote_inputs, "_BLOCK", 10_000)
    Path("a.txt").write_bytes(TEXT)
    padcli.pad("a.txt", "local.npz")
    asked = []
    with serving(Files, contents={"/a.txt": TEXT, "/a.txt.gz": gzip.compress(TEXT)}, asked=asked, **facts) as address:
        for name in ("a.txt", "a.txt.gz"):
            padcli.pad(f"{address}/{name}", "remote.npz")
            assert_same_arrays("local.npz", "remote.npz")
    if not facts:
        assert ("GET", "/a.txt", "bytes=10000-19999") in asked
    assert asked


def test_a_connection_that_breaks_for_a_moment_is_made_again(monkeypatch):
    monkeypatch.setattr(remote_inputs, "_BLOCK", 10_000)
    monkeypatch.setattr(remote_objects, "_PAUSES", (0, 0))
    with (
        serving(Files, contents={"/a.txt": TEXT}, breaks_at=5000, breaks=2) as address,
        remote_inputs.RemoteReader(f"{address}/a.txt") as reader,
    ):
        assert reader.readall() == TEXT


@pytest.mark.parametrize("facts", [{}, {"knows_ranges": False}])
def test_a_connection_that_breaks_ends_the_run_and_writes_nothing(facts, monkeypatch):
    monkeypatch.setattr(remote_inputs, "_BLOCK", 10_000)
    monkeypatch.setattr(remote_objects, "_PAUSES", (0, 0))
    with (
        serving(Files, contents={"/a.txt": TEXT}, breaks_at=5000, **facts) as address,
        pytest.raises(InputError, match=r"a\.txt: the connection to the server broke") as caught,
    ):
        padcli.pad(f"{address}/a.txt", "out.npz")
    assert "Run it again" in caught.value.hint
    assert here_now() == []


def test_an_input_that_changes_while_it_is_read_is_refused(bucket, monkeypatch):
    monkeypatch.setattr(remote_inputs, "_BLOCK", 10_000)
    bucket.put_object(Key="a.txt", Body=TEXT)
    with remote_inputs.RemoteReader("s3://texts/a.txt") as reader:
        reader.read(10)
        bucket.put_object(Key="a.txt", Body=TEXT[::-1])
        with pytest.raises(InputError, match=r"s3://texts/a\.txt: changed while it was being read"):
            reader.readall()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("s3://texts/none.txt", "s3://texts/none.txt: does not exist."),
        ("s3://nowhere/a.txt", "s3://nowhere/a.txt: does not exist."),
        ("s4://texts/a.txt", "s4://texts/a.txt: unknown protocol 's4'."),
        ("http://127.0.0.1:9/a.txt", "http://127.0.0.1:9/a.txt: cannot connect to the server."),
        ("memory://a/b.txt", "memory://a/b.txt: does not exist."),
        ("zip://a.txt::memory://none.zip", "zip://a.txt::memory://none.zip: does not exist."),
    ],
)
def test_what_cannot_be_read_is_named(bucket, url, message):
    with pytest.raises(InputError) as caught:
        padcli.pad(url, "out.npz")
    assert caught.value.message == message
    assert here_now() == []


def test_the_nearest_protocol_is_named():
    with pytest.raises(InputError, match="Did you mean s3://"):
        padcli.stats("s4://texts/a.txt")


@pytest.mark.parametrize(
    ("status", "reason"), [(404, "does not exist"), (403, "access denied"), (401, "access denied")]
)
def test_what_a_server_denies(status, reason):
    with serving(Files, status=status) as address, pytest.raises(InputError, match=f"a.txt: {reason}"):
        padcli.stats(f"{address}/a.txt")


@pytest.mark.parametrize(("library", "url"), [("s3fs", "s3://texts/a.txt"), ("fsspec", "memory://a.txt")])
def test_a_library_that_is_missing(library, url):
    code = f"import sys, padcli; sys.modules[{library!r}] = None; padcli.stats({url!r})"
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, text=True)
    protocol = url.partition(":")[0]
    assert finished.stderr.endswith(
        f"MissingLibraryError: {url}: {protocol}:// requires a library that is not installed.\n"
        'Install it: pip install "padcli[remote]"\n'
    )


# Tables, of which parts are read


TABLE = pa.table(
    {
        "other": [f"{i**40:x}"[:60] for i in range(3000)],
        "text": [f"row {i} of a table" for i in range(3000)],
        "label": range(3000),
    }
)
WRITERS = {
    "a.parquet": lambda path: parquet.write_table(TABLE, path, row_group_size=500),
    "a.feather": lambda path: feather.write_feather(TABLE, path, chunksize=500),
    "a.arrow": write_stream,
    "a.orc": lambda path: orc.write_table(TABLE, path, stripe_size=4096),
}


def table_bytes(name):
    WRITERS[name](name)
    return Path(name).read_bytes()


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("place", ["s3://texts", "memory://folder", "zip://{}::memory://all.zip", "http"])
def test_a_table_at_a_url_gives_the_same_as_a_file(bucket, memory, name, place):
    data, options = table_bytes(name), {"label": "label", "maxlen": 4, "chunk_bytes": 20_000, "workers": 3}
    local = padcli.pad(name, "local.npz", **options)
    bucket.put_object(Key=name, Body=data)
    memory.pipe_file(f"/folder/{name}", data)
    with zipfile.ZipFile("all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(name)
    memory.pipe_file("/all.zip", Path("all.zip").read_bytes())
    with serving(Files, contents={f"/{name}": data}, asked=[]) as address:
        url = place.format(name) if "{}" in place else f"{address if place == 'http' else place}/{name}"
        report = padcli.pad(url, "remote.npz", **options)
        assert padcli.pad(url, "remote.npz", **options, if_changed=True).change.endswith("is up to date")
        assert padcli.verify("remote.npz", inputs=True).ok
    assert_same_arrays("local.npz", "remote.npz")
    assert report.inputs[0] == dataclasses.replace(local.inputs[0], path=url)


def test_workers_ask_for_the_columns_that_are_needed(monkeypatch):
    """Row groups are read by ranges; and once, to be hashed, the whole."""
    asked, data = [], table_bytes("a.parquet")
    monkeypatch.setattr(remote_objects, "_LEAST", 1)
    monkeypatch.setattr(remote_inputs.RemoteReader, "_has_ranges", lambda _: False)
    with serving(Files, contents={"/a.parquet": data}, asked=asked) as address:
        padcli.pad(f"{address}/a.parquet", "out.npz", chunk_bytes=20_000)
    metadata = parquet.read_metadata("a.parquet")
    for number in range(metadata.num_row_groups):
        other, text = (metadata.row_group(number).column(column) for column in (0, 1))
        start = text.dictionary_page_offset
        assert ("GET", "/a.parquet", f"bytes={start}-{start + text.total_compressed_size - 1}") in asked
        assert not any(f"bytes={other.dictionary_page_offset}-" in (each or "") for *_, each in asked)
    assert [each for method, _, each in asked if method == "GET"].count(None) == 1


def test_a_split_of_a_table_at_a_url_can_be_sent_to_any_worker(bucket):
    bucket.put_object(Key="a.parquet", Body=table_bytes("a.parquet"))
    source = ParquetSource(Url("s3://texts/a.parquet"), ReadOptions(), split_bytes=20_000, on_read=lambda _: None)
    splits = [pickle.loads(pickle.dumps(split)) for split in source.splits()]
    texts = [ParquetSource.read(split, ReadOptions(), {}).values.to_pylist() for split in splits]
    assert len(texts) > 1
    assert list(itertools.chain(*texts)) == TABLE["text"].to_pylist()


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("facts", [{"knows_ranges": False}, {"knows_ranges": False, "sends_length": False}])
def test_a_server_that_sends_no_parts_has_no_tables(name, facts):
    with (
        serving(Files, contents={f"/{name}": table_bytes(name)}, **facts) as address,
        pytest.raises(InputError, match=f"{name}: .* is read in parts, which this server does not send") as caught,
    ):
        padcli.pad(f"{address}/{name}", "out.npz")
    assert caught.value.hint == "Copy it first."
    assert here_now() == [name]


@pytest.mark.parametrize("name", WRITERS)
def test_a_table_that_changes_or_breaks_while_it_is_read(bucket, name, monkeypatch):
    data = table_bytes(name)
    bucket.put_object(Key=name, Body=data)
    source = source_class(kind_of(name, ReadOptions()))
    original = source._splits

    def changing(self):
        for split in original(self):
            yield split
            bucket.put_object(Key=name, Body=data[::-1])

    with (
        mock.patch.object(source, "_splits", changing),
        pytest.raises(InputError, match="changed while it was being read"),
    ):
        padcli.pad(f"s3://texts/{name}", "out.npz", chunk_bytes=20_000)
    monkeypatch.setattr(remote_objects, "_PAUSES", (0, 0))
    monkeypatch.setattr(remote_objects, "_LEAST", 1)
    with (
        serving(Files, contents={f"/{name}": data}, breaks_at=2000) as address,
        pytest.raises(InputError, match="the connection to the server broke"),
    ):
        padcli.pad(f"{address}/{name}", "out.npz")
    assert here_now() == [name]


def test_a_compressed_table_and_what_is_no_table_at_a_url(memory):
    memory.pipe_file("/a.parquet.gz", gzip.compress(table_bytes("a.parquet")))
    with pytest.raises(InputError, match=r"a\.parquet\.gz: Parquet within \.gz cannot be read in parts"):
        padcli.pad("memory://a.parquet.gz", "out.npz")
    for name in WRITERS:
        memory.pipe_file(f"/{name}", TEXT)
        with pytest.raises(InputError, match=f"memory://{name}: cannot be read as"):
            padcli.pad(f"memory://{name}", "out.npz")


# Writing


def test_arrays_and_tokenizer_go_to_a_bucket_and_are_read_without_padcli(bucket):
    bucket.put_object(Key="a.txt", Body=TEXT)
    Path("a.txt").write_bytes(TEXT)
    padcli.pad("a.txt", "local.npz")
    report = padcli.pad("s3://texts/a.txt", "s3://texts/deep/out.npz", report="s3://texts/report.json")
    assert keys(bucket) == ["a.txt", "deep/out.npz", "deep/out.tokenizer.json", "report.json"]
    assert_same_arrays("local.npz", io.BytesIO(content(bucket, "deep/out.npz")))
    assert content(bucket, "deep/out.tokenizer.json") == Path("local.tokenizer.json").read_bytes()
    assert json.loads(content(bucket, "report.json"))["outputs"][1]["path"] == "s3://texts/deep/out.npz"
    assert report.outputs[1] == ("s3://texts/deep/out.npz", len(content(bucket, "deep/out.npz")))


def test_an_npy_has_its_seal_last(bucket):
    Path("a.txt").write_bytes(TEXT)
    padcli.pad("a.txt", "local.npy")
    padcli.pad("a.txt", "s3://texts/out.npy")
    names = ["out.lengths.npy", "out.mask.npy", "out.meta.json", "out.npy", "out.tokenizer.json"]
    assert keys(bucket) == names
    for name in set(names) - {"out.meta.json"}:
        assert content(bucket, name) == Path(name.replace("out", "local")).read_bytes()
    np.testing.assert_array_equal(padcli.load("s3://texts/out.npy").token_ids, np.load("local.npy"))


@pytest.mark.parametrize("store", ["s3://texts", "memory://folder"])
def test_an_output_is_read_again_from_where_it_lies(bucket, memory, store):
    Path("a.txt").write_bytes(TEXT)
    Path("b.txt").write_bytes(TEXT[:500])
    padcli.pad("a.txt", f"{store}/out.npz", maxlen=7)
    assert padcli.verify(f"{store}/out.npz", inputs=True).ok
    assert padcli.load(f"{store}/out.npz").token_ids.shape == (2000, 7)
    padcli.pad("b.txt", "like.npz", like=f"{store}/out.npz")
    padcli.pad("b.txt", "by_tokenizer.npz", tokenizer=f"{store}/out.tokenizer.json", maxlen=7)
    assert_same_arrays("like.npz", "by_tokenizer.npz")
    assert padcli.compare(f"{store}/out.npz", "like.npz").as_dict()


def test_an_output_that_is_up_to_date_is_left_alone(bucket):
    bucket.put_object(Key="a.txt", Body=TEXT)
    for change in ("does not exist yet", "is up to date"):
        assert change in padcli.pad("s3://texts/a.txt", "s3://texts/out.npz", if_changed=True).change
    bucket.put_object(Key="a.txt", Body=TEXT[:-1])
    assert "has changed" in padcli.pad("s3://texts/a.txt", "s3://texts/out.npz", if_changed=True).change


def test_what_padcli_did_not_write_is_not_replaced(bucket):
    Path("a.txt").write_bytes(TEXT)
    bucket.put_object(Key="out.npz", Body=b"mine")
    with pytest.raises(OutputError, match=r"s3://texts/out\.npz: already exists, and was not written by padcli"):
        padcli.pad("a.txt", "s3://texts/out.npz")
    assert content(bucket, "out.npz") == b"mine"


@pytest.mark.parametrize(
    ("refused", "what"),
    [("PUT .*out.npz", "one request"), ("PUT .*partNumber=2", "a part"), ("POST .*uploadId", "the last step")],
)
def test_an_upload_that_fails_leaves_the_earlier_object(bucket, s3_address, monkeypatch, refused, what):
    Path("a.txt").write_bytes(TEXT)
    padcli.pad("a.txt", "s3://texts/out.npz")
    before = content(bucket, "out.npz")
    Path("large.txt").write_bytes((b"0 " * 2000 + b"\n") * (10 if what == "one request" else 1500))  # 15 MB of arrays
    with serving(Refusing, address=s3_address, refused=refused) as address:
        monkeypatch.setitem(conf, "s3", {"endpoint_url": address, "default_block_size": 5 * 1024 * 1024})
        with pytest.raises(OutputError, match=r"s3://texts/out\.npz: cannot be written: access denied") as caught:
            padcli.pad("large.txt", "s3://texts/out.npz", save_tokenizer="tokenizer.json")
    assert caught.value.hint == "All files are unchanged."
    assert content(bucket, "out.npz") == before
    assert not list(bucket.multipart_uploads.all())
    assert here_now() == ["a.txt", "large.txt"]


def test_an_old_seal_comes_back_where_nothing_was_replaced(bucket, s3_address, monkeypatch):
    Path("a.txt").write_bytes(TEXT)
    padcli.pad("a.txt", "s3://texts/out.npy")
    before = {key: content(bucket, key) for key in keys(bucket)}
    Path("b.txt").write_bytes(TEXT[:900])
    with serving(Refusing, address=s3_address, refused="POST .*tokenizer.json.uploadId") as address:
        monkeypatch.setitem(conf, "s3", {"endpoint_url": address})
        with pytest.raises(OutputError, match=r"tokenizer\.json: cannot be written"):
            padcli.pad("b.txt", "s3://texts/out.npy")
    assert {key: content(bucket, key) for key in keys(bucket)} == before
    with serving(Refusing, address=s3_address, refused="POST .*lengths.npy.uploadId") as address:
        monkeypatch.setitem(conf, "s3", {"endpoint_url": address})
        with pytest.raises(OutputError) as caught:
            padcli.pad("b.txt", "s3://texts/out.npy")
    assert caught.value.hint.startswith("Replaced already: s3://texts/out.tokenizer.json")
    assert "out.meta.json" not in keys(bucket)  # old arrays and new ones are taken for no output


@pytest.mark.parametrize(
    ("output", "error", "message"),
    [
        ("s3://nowhere/out.npz", OutputError, "the bucket nowhere does not exist"),
        ("https://example.org/out.npz", UsageError, "can only be read"),
        ("s3://texts/a.txt", UsageError, "expected a name that ends in"),
        ("s3://key:secret@texts/out.npz", UsageError, "cannot have a query or a password"),
        ("s4://texts/out.npz", InputError, "unknown protocol"),
    ],
)
def test_where_nothing_can_be_written(bucket, output, error, message):
    Path("a.txt").write_bytes(TEXT)
    with pytest.raises(error, match=message) as caught:
        padcli.pad("a.txt", output)
    assert "secret" not in str(caught.value)


class Plain(MemoryFileSystem):
    """A store without transactions: what is written is there when its file is closed."""

    protocol = "plain"

    @classmethod
    def _strip_protocol(cls, path):
        return super()._strip_protocol(path.removeprefix("plain://"))

    def _open(self, path, mode="rb", **options):
        return PlainFile(self, path, mode) if "w" in mode else super()._open(path, mode, **options)

    def mv(self, path1, path2, **_):
        self.moved.append((path1, path2))
        super().mv(path1, path2)


class PlainFile(AbstractBufferedFile):
    def _initiate_upload(self):
        self.parts = []

    def _upload_chunk(self, final=False):  # noqa: FBT002 (fsspec's)
        self.parts.append(self.buffer.getvalue())
        if final:
            fsspec.filesystem("memory").pipe_file(self.path, b"".join(self.parts))
        return True


def test_a_store_without_transactions_gets_another_name_first(memory, monkeypatch):
    monkeypatch.setattr(Plain, "moved", [], raising=False)
    fsspec.register_implementation("plain", Plain, clobber=True)
    Path("a.txt").write_bytes(TEXT)
    memory.pipe_file("/folder/other.txt", b"1")
    padcli.pad("a.txt", "plain://folder/out.npz")
    assert [target for _, target in Plain.moved] == ["/folder/out.tokenizer.json", "/folder/out.npz"]
    assert all(re.fullmatch(r"/folder/\.out.*\.[0-9a-f]{8}\.tmp", source) for source, _ in Plain.moved)
    assert memory.ls("/folder", detail=False) == ["/folder/other.txt", "/folder/out.npz", "/folder/out.tokenizer.json"]
    before = memory.cat_file("/folder/out.npz")
    monkeypatch.setattr(PlainFile, "_upload_chunk", mock.Mock(side_effect=ConnectionResetError))
    Path("b.txt").write_bytes(TEXT[:500])
    with pytest.raises(OutputError, match="cannot be written: the connection to the server broke"):
        padcli.pad("b.txt", "plain://folder/out.npz")
    assert memory.cat_file("/folder/out.npz") == before
    assert memory.ls("/folder", detail=False) == ["/folder/other.txt", "/folder/out.npz", "/folder/out.tokenizer.json"]


def test_every_file_of_a_run_can_be_a_url(memory):
    memory.pipe_file("/texts/a.jsonl", JSONL + b"bad\n")
    options = {"on_error": "skip", "rejects": "memory://texts/rejects.jsonl"}
    padcli.fit(
        "memory://texts/a.jsonl", "memory://texts/words.json", save_counts="memory://texts/words.arrow", **options
    )
    padcli.fit("memory://texts/a.jsonl", "again.json", continue_from="memory://texts/words.arrow", on_error="skip")
    assert json.loads(memory.cat_file("/texts/words.json"))["model"]
    assert json.loads(memory.cat_file("/texts/rejects.jsonl"))["file"] == "memory://texts/a.jsonl"
    padcli.pad("memory://texts/a.jsonl", "memory://texts/b.npz", bucket="2,3,4", plot="memory://texts/p.svg", **options)
    padcli.pad("memory://texts/a.jsonl", "memory://texts/b.npz", bucket="3,4", **options)
    assert memory.glob("/texts/b.*.npz") == ["/texts/b.3.npz", "/texts/b.4.npz"]
    assert memory.cat_file("/texts/p.svg").startswith(b"<svg")


def test_an_input_is_not_overwritten(bucket):
    bucket.put_object(Key="a.json", Body=TEXT)
    with pytest.raises(UsageError, match=r"would overwrite the input s3://texts/a\.json"):
        padcli.fit("s3://texts/a.json", "s3://texts/a.json", format="text")


# Secrets


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:pw@host/a.txt", "https://…@host/a.txt"),
        ("https://token@host/a.txt?id=1#part", "https://…@host/a.txt?…"),
        ("s3://key:pw@bucket/a?.txt", "s3://…@bucket/a?.txt"),
        ("s3://bucket/a.txt?versionId=1", "s3://bucket/a.txt?…"),
        ("zip://a@b?.txt::https://host/x.zip?sig=1", "zip://a@b?.txt::https://host/x.zip?…"),
        ("hf://datasets/me/texts@main/a.txt", "hf://datasets/me/texts@main/a.txt"),
        ("memory://a/b.txt", "memory://a/b.txt"),
        ("C:/a.txt", "C:/a.txt"),
    ],
)
def test_a_url_is_shown_without_secrets(url, shown):
    assert redacted(url) == shown
    assert Url(url) == shown
    assert Url(url).full == url


def test_secrets_are_neither_printed_nor_stored(command_here):
    with serving(Files, contents={"/a.txt": TEXT}) as address:
        signed = f"{address.replace('//', '//me:hunter22@')}/a.txt?{SECRET}"
        finished = command_here("pad", signed, "-o", "out.npz", "--report", "report.json", "--json")
        dry = command_here("pad", signed, "-o", "out.npz", "--dry-run")
        again = command_here("pad", signed, "-o", "out.npz", "--if-changed")
        missing = command_here("pad", signed.replace("a.txt", "b.txt"), "-o", "other.npz")
        checked = command_here("verify", "out.npz", "--inputs")
    assert [each.returncode for each in (finished, dry, again, missing, checked)] == [0, 0, 0, 2, 1], finished.err
    assert "is up to date" in again.err
    assert "/a.txt?… cannot be read again" in " ".join(checked.out.decode().split()).replace("?…:", "?…")
    told = [text for each in (finished, dry, again, missing, checked) for text in (each.out.decode(), each.err)]
    for text in (*told, Path("report.json").read_text(), Path("out.npz").read_bytes().decode(errors="replace")):
        assert not any(secret in text for secret in ("hunter22", "0123456789abcdef", "tokentoken"))


def test_secrets_of_a_tokenizer_and_of_libraries_are_not_told():
    with serving(Files, status=500) as address, pytest.raises(PadcliError) as caught:
        padcli.stats(f"{address}/a.txt?{SECRET}", tokenizer=f"{address}/tokenizer.json?{SECRET}")
    assert "tokentoken" not in str(caught.value)
    assert "tokentoken" not in remote.redacted_text(f"500, message='no', url='https://h/a?{SECRET}'")


# The command line


def test_the_command_line_reads_and_writes_a_bucket(bucket, s3_address, command, command_here):
    bucket.put_object(Key="a.jsonl", Body=JSONL)
    env = {**CREDENTIALS, "AWS_ENDPOINT_URL": s3_address}
    finished = command("pad", "s3://texts/a.jsonl", "-o", "s3://texts/out.npz", "--label", "label", env=env)
    assert (finished.returncode, "Traceback" in finished.err) == (0, False), finished.err
    assert keys(bucket) == ["a.jsonl", "out.npz", "out.tokenizer.json"]
    folder = Path("temporary")
    folder.mkdir()
    inspected = command("inspect", "s3://texts/out.npz", "--rows", "0:2", env={**env, "TMPDIR": str(folder)})
    assert b"row 1 here" in inspected.out
    assert not list(folder.iterdir())
    assert command_here("verify", "s3://texts/out.npz", "--inputs").returncode == 0


def test_local_files_need_no_fsspec():
    Path("a.txt").write_bytes(TEXT)
    heavy = {"fsspec", "s3fs", "aiohttp"}
    code = f"import sys, padcli; padcli.pad('a.txt', 'out.npz'); print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"[]\n"


# The page


def test_the_examples_of_the_page_run(bucket, s3_address):
    shutil.copytree(SAMPLE_DATA, "sample_data")
    for name in ("train/a.jsonl.gz", "train/b.jsonl.gz", "val.jsonl"):
        data = (SAMPLE_DATA / "reviews.jsonl").read_bytes()
        bucket.put_object(Key=name, Body=gzip.compress(data) if name.endswith("gz") else data)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write("sample_data/reviews.txt", "reviews.txt")
    bucket.put_object(Key="reviews.zip", Body=packed.getvalue())
    page = (SAMPLE_DATA.parent / "docs" / "remote.md").read_text(encoding="utf-8")
    env = {**CREDENTIALS, "AWS_ENDPOINT_URL": s3_address, "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    for language, code in re.findall(r"```(sh|python)\n(.*?)```", page, re.DOTALL):
        runner = ["bash", "-e", "-c", code] if language == "sh" else [sys.executable, "-c", code]
        finished = subprocess.run(runner, env={**os.environ, **env}, capture_output=True, check=False)
        assert finished.returncode == 0, f"{code}\n{finished.stderr.decode()}"
