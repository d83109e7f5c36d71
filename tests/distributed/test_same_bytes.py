"""The output has the same bytes wherever the work is done, and however many workers there are."""

from pathlib import Path

import clusters
import pytest
from conftest import contents, needs

import padcli

CASES = {
    "labels": (["records.jsonl"], {"label": "label"}),
    "few shards": (["texts.txt"], {"shard_rows": 3100}),
    "two inputs": (["texts.txt", "records.jsonl"], {"maxlen": "p95"}),
    "packed": (["records.jsonl"], {"pack": "best-fit", "end": "[END]"}),
    "windows": (["texts.txt"], {"overflow": "window", "maxlen": 8}),
    "shuffled": (["records.jsonl"], {"shuffle": True, "label": "label"}),
    "split": (["records.jsonl"], {"split_into": "train=0.8,val=0.2", "label": "label"}),
    "packed input": (["packed.jsonl.gz"], {"label": "label"}),
    "folder": (["tree"], {"shard_rows": 70, "record": "file", "label_from_folder": True}),
    "no unk": (["texts.txt"], {"unk": False, "vocab_size": 500}),
    "rejects": (["broken.jsonl"], {"on_error": "skip", "rejects": "bad.jsonl", "label": "label"}),
}


def options_of(case):
    inputs, options = CASES[case]
    return inputs, {"maxlen": 16, "shard_rows": 1300, **options}


def assert_same(local, corpora, case, **run):
    inputs, options = options_of(case)
    padcli.pad([corpora / name for name in inputs], "out.npz", **options, **run)
    made, expected = contents(Path.cwd()), local(inputs, **options)
    assert [*made] == [*expected]
    assert made == expected
    assert sum(name.endswith(".npz") for name in made) > 1


@pytest.mark.usefixtures("here", "small_parts")
@pytest.mark.parametrize("case", CASES)
def test_dask(local, corpora, case, dask):
    assert_same(local, corpora, case, engine=dask)


@pytest.mark.usefixtures("here", "small_parts")
def test_ray(local, corpora, ray):
    assert_same(local, corpora, "labels", engine=ray)


@pytest.mark.usefixtures("here", "small_parts")
@pytest.mark.parametrize("case", ["packed", "split"])
@pytest.mark.parametrize("workers", [1, 3])
def test_processes(local, corpora, case, workers):
    assert_same(local, corpora, case, engine="processes", workers=workers)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("engine", ["dask", "ray"])
def test_a_cluster_of_this_machine(local, corpora, engine, on_path):
    needs({"dask": "distributed", "ray": "ray"}[engine])
    assert_same(local, corpora, "two inputs", engine=engine, workers=2)


@pytest.mark.usefixtures("here", "on_path")
@pytest.mark.parametrize(("name", "library"), [("processes", None), ("mpi", "mpi4py"), ("submitit", "submitit")])
def test_any_executor(local, corpora, name, library, notes, monkeypatch):
    if library is not None:
        needs(library)
    monkeypatch.setenv("PADCLI_NOTES", str(notes))
    assert_same(local, corpora, "few shards", engine=f"entry:executors:{name}")


@pytest.mark.usefixtures("here", "small_parts")
def test_resumable_threads(local, corpora):
    assert_same(local, corpora, "labels", resume=True)


def test_the_command_in_another_folder_than_its_workers(local, corpora, here, dask):
    arguments = ["--maxlen", 16, "--shard-rows", 1300, "--label", "label", "--engine", dask, "-o", "out.npz", "-q"]
    done = clusters.padcli("pad", corpora / "records.jsonl", *arguments, cwd=here)
    assert (done.returncode, done.stderr) == (0, "")
    assert contents(here) == local(*options_of("labels")[:1], **options_of("labels")[1])
    checked = clusters.padcli("verify", "out.index.json", "--inputs", cwd=here)
    assert checked.returncode == 0, checked.stderr
