"""Google Cloud Storage and the Hugging Face Hub, as servers on loopback have them: read, written, and read again."""

import gzip
import json
import urllib.request
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

import padcli
from tests.remote_servers import Hub, gcs_server, serving

ROWS = [{"text": f"row {i} here", "label": i % 3} for i in range(500)]


def jsonl(rows):
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


@pytest.fixture
def inputs(tmp_path):
    """Files by their names, of which `t.parquet` has several row groups."""
    parquet.write_table(pa.Table.from_pylist(ROWS), tmp_path / "t.parquet", row_group_size=100)
    parts = [jsonl(ROWS[:200]), jsonl(ROWS[200:])]
    (tmp_path / "all.jsonl").write_bytes(b"".join(parts))
    contents = {f"data/{name}.jsonl.gz": gzip.compress(part) for name, part in zip("ab", parts, strict=True)}
    contents["t.parquet"] = (tmp_path / "t.parquet").read_bytes()
    return contents


def check_store(command, store, env):
    """Read texts and a table, write arrays and read them again, and leave them alone while nothing changes."""
    options = ("--label", "label", "--maxlen", "5")
    for pattern, output in ((f"{store}/data/*.jsonl.gz", f"{store}/o/out.npy"), (f"{store}/t.parquet", "table.npz")):
        finished = command("pad", pattern, "-o", output, *options, env=env)
        assert (finished.returncode, "Traceback" in finished.err) == (0, False), finished.err
    padcli.pad("all.jsonl", "local.npz", label="label", maxlen=5)
    command("convert", f"{store}/o/out.npy", "there.npz", env=env)
    arrays = [padcli.load(path).meta["arrays"] for path in ("there.npz", "local.npz", "table.npz")]
    assert arrays[0] == arrays[1] == arrays[2]
    again = command("pad", f"{store}/data/*.jsonl.gz", "-o", f"{store}/o/out.npy", *options, "--if-changed", env=env)
    assert "is up to date" in again.err


def check_nowhere(command, output, env, *, what):
    finished = command("pad", "all.jsonl", "-o", output, env=env)
    assert finished.returncode == 2
    assert finished.err.startswith(f"error: {output}: the {what} does not exist, or cannot be reached.")


def test_google_cloud_storage(command, inputs):
    with gcs_server("texts") as address:
        for name, data in inputs.items():
            url = f"{address}/upload/storage/v1/b/texts/o?uploadType=media&name={name}"
            urllib.request.urlopen(urllib.request.Request(url, data, method="POST")).close()
        # Else gcsfs would ask for the kind of a bucket by gRPC, which this server does not speak.
        env = {
            "STORAGE_EMULATOR_HOST": address,
            "FSSPEC_GS_TOKEN": "anon",
            "GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT": "false",
        }
        check_store(command, "gs://texts", env)
        check_nowhere(command, "gs://nowhere/out.npz", env, what="bucket nowhere")


def test_the_hub_of_hugging_face(command, inputs):
    contents, commits = dict(inputs), []
    with serving(Hub, contents=contents, commits=commits, asked=[]) as address:
        env = {"HF_ENDPOINT": address, "HF_TOKEN": "hf_token"}
        check_store(command, "hf://datasets/me/texts", env)
        check_nowhere(command, "hf://datasets/me/none/out.npz", env, what="repository datasets/me/none")
    assert commits[-1] == ["o/out.meta.json"]  # each file is a commit, and the last one says that they are whole
    assert sorted(set(contents) - set(inputs)) == sorted(path for each in commits for path in each)
    assert not Path("o").exists()
