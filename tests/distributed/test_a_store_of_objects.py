"""A store of objects is the place that workers share: inputs, blocks, and shards lie in it."""

import gzip
import json

import clusters
import pytest
from conftest import contents, needs
from remote_servers import CREDENTIALS, s3_server

OPTIONS = ["--maxlen", "16", "--shard-rows", "900", "--label", "label", "-q"]


@pytest.fixture(scope="module")
def store(corpora):
    """A file system with a bucket that has three inputs; processes find it by their variables."""
    needs("s3fs")
    import s3fs

    with s3_server() as endpoint, pytest.MonkeyPatch.context() as patch:
        variables = {**CREDENTIALS, "AWS_ENDPOINT_URL": endpoint}
        for name, value in variables.items():
            patch.setenv(name, value)
        fs = s3fs.S3FileSystem(endpoint_url=endpoint, key="testing", secret="testing", skip_instance_cache=True)
        fs.mkdir("bucket")
        records = gzip.decompress((corpora / "packed.jsonl.gz").read_bytes()).splitlines(keepends=True)
        for number in range(3):
            fs.pipe_file(f"bucket/in/{number}.jsonl.gz", gzip.compress(b"".join(records[number::3])))
        yield fs


@pytest.mark.parametrize("engine", ["dask", "processes"])
def test_workers_read_and_write_objects(store, here, engine):
    fs = store
    with clusters.dask_cluster() as (address, _):
        name = f"dask://{address}" if engine == "dask" else engine
        given = ["pad", "s3://bucket/in/*.jsonl.gz", *OPTIONS]
        done = clusters.padcli(*given, "-o", "s3://bucket/out/x.npz", "--engine", name, "--json", cwd=here)
        assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["sent"]["largest_message"] < 65536
    fs.invalidate_cache()
    found = {path.rpartition("/")[2]: fs.cat_file(path) for path in fs.find("bucket/out")}
    assert clusters.padcli(*given, "-o", "x.npz", cwd=here).returncode == 0
    assert found == contents(here)
    checked = clusters.padcli("verify", "s3://bucket/out/x.index.json", cwd=here)
    assert checked.returncode == 0, checked.stderr
    fs.rm("bucket/out", recursive=True)


@pytest.mark.parametrize("options", [[], ["--pack", "best-fit"], ["--shuffle"], ["--overflow", "window"]])
def test_messages_are_small_whatever_the_rows(corpora, here, dask, options):
    given = ["pad", corpora / "records.jsonl", *OPTIONS, *options, "-o", "out.npz", "--engine", dask, "--json"]
    done = clusters.padcli(*given, cwd=here)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["sent"]["largest_message"] < 65536
