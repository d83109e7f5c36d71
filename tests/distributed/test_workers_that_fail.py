"""Workers that die, run short of memory, see no folder or are not like the driver: done elsewhere, or said clearly."""

import gzip
import multiprocessing
import re
import shutil
import socket
import subprocess
import time
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import clusters
import executors
import pytest
from conftest import contents

import padcli
from padcli.errors import EngineError

OPTIONS = {"maxlen": 16, "shard_rows": 1300}
ARGUMENTS = ["--maxlen", "16", "--shard-rows", "1300", "-q", "-o", "out.npz"]


def assert_told(done, *told):
    """The command failed with a message, and left nothing behind."""
    assert done.returncode == 2, done
    assert "Traceback" not in done.stderr
    lines = done.stderr.splitlines()
    assert [line[:6] for line in lines] == ["error:", "hint: "], done.stderr
    for each in told:
        assert re.search(each, done.stderr), done.stderr


# Killed


@pytest.mark.usefixtures("here", "small_parts")
@pytest.mark.parametrize("room", ["blocks/", "shards/"])
def test_dask_does_the_work_of_a_killed_worker_again(local, corpora, notes, room):
    (notes / "die").touch()
    with clusters.dask_cluster("--no-nanny", hooks=f"die={room}", notes=notes) as (address, workers):
        padcli.pad(corpora / "texts.txt", "out.npz", **OPTIONS, engine=f"dask://{address}")
        assert [worker.poll() is not None for worker in workers].count(True) == 1
    assert len(list(notes.glob("killed-*"))) == 1
    assert contents(Path.cwd()) == local(["texts.txt"], **OPTIONS)


@pytest.mark.usefixtures("here", "small_parts")
def test_ray_does_the_work_of_a_killed_worker_again(local, corpora, ray, notes_of_ray):
    (notes_of_ray / "die").touch()
    padcli.pad(corpora / "texts.txt", "out.npz", **OPTIONS, engine=ray)
    assert len(list(notes_of_ray.glob("killed-*"))) == 1
    assert contents(Path.cwd()) == local(["texts.txt"], **OPTIONS)


def test_processes_that_die(corpora, here, notes):
    arguments = ["pad", corpora / "texts.txt", *ARGUMENTS, "--engine", "processes", "--workers", "2"]
    done = clusters.padcli(*arguments, cwd=here, hooks="always_die=write", notes=notes)
    assert_told(done, "Workers died while they did their work", "--resume")
    assert list(notes.glob("killed-*"))
    assert contents(here) == {}


def test_a_task_of_which_each_worker_of_dask_dies(corpora, here, notes, monkeypatch):
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", "1")
    cluster = clusters.dask_cluster("--no-nanny", n_workers=3, hooks="always_die=tokenize", notes=notes)
    with cluster as (address, _), pytest.raises(EngineError, match="Workers died while they did their work"):
        padcli.pad(corpora / "texts.txt", "out.npz", **OPTIONS, engine=f"dask://{address}")
    assert len(list(notes.glob("killed-*"))) == 2
    assert contents(here) == {}


def test_a_cluster_whose_workers_are_all_gone(corpora, here, notes, monkeypatch):
    from padcli.engine import dask_cluster

    monkeypatch.setattr(dask_cluster, "_WITHOUT_WORKERS", 3)
    cluster = clusters.dask_cluster("--no-nanny", hooks="always_die=tokenize", notes=notes)
    gone = pytest.raises(EngineError, match="Dask has had no workers, or no scheduler, for 3 seconds")
    with cluster as (address, _), gone:
        padcli.pad(corpora / "texts.txt", "out.npz", **OPTIONS, engine=f"dask://{address}")
    assert contents(here) == {}


def test_a_scheduler_that_ends(corpora, here, notes, monkeypatch):
    from padcli.engine import dask_cluster

    monkeypatch.setattr(dask_cluster, "_WITHOUT_WORKERS", 3)
    folder = notes / "dask"
    folder.mkdir()
    with ThreadPoolExecutor(1) as beside:
        waiting = {"hooks": "wait=tokenize", "notes": notes}
        with clusters.dask_scheduler(folder) as address, clusters.dask_worker(address, folder, **waiting):
            running = beside.submit(
                clusters.padcli, "pad", corpora / "texts.txt", *ARGUMENTS, "--engine", f"dask://{address}", cwd=here
            )
            clusters.until(lambda: list(notes.glob("waits-*")))
        ended = time.monotonic()
        assert_told(running.result(), "Dask has had no workers|The engine failed")
    assert time.monotonic() - ended < 60
    assert contents(here) == {}


# Twice


class Twice(ProcessPoolExecutor):
    """Does each task in two processes at once, and takes what either of them gives."""

    def __init__(self):
        super().__init__(2, multiprocessing.get_context("spawn"))
        self.tasks = []

    def submit(self, *task):
        self.tasks.append([super(Twice, self).submit(*task) for _ in range(2)])
        return Either(self.tasks[-1], len(self.tasks) % 2)


class Either(NamedTuple):
    both: list[Future]
    number: int

    def result(self):
        return [future.result() for future in self.both][self.number]

    def cancel(self):
        return all(map(Future.cancel, self.both))


@pytest.mark.usefixtures("here", "small_parts", "on_path")
def test_tasks_that_run_twice_at_once(local, corpora, monkeypatch):
    """As where a worker is taken for dead, and is not."""
    executor = Twice()
    monkeypatch.setattr(executors, "twice", lambda: executor, raising=False)
    padcli.pad(corpora / "texts.txt", "out.npz", **OPTIONS, engine="entry:executors:twice")
    assert len(executor.tasks) >= 15
    assert contents(Path.cwd()) == local(["texts.txt"], **OPTIONS)


# Unlike the driver, or short of something


@pytest.mark.parametrize(
    ("hooks", "told"),
    [
        (
            "version=padcli:9.9",
            [r"The worker on \S+ has padcli 9\.9, and this process \d", "Install the same versions"],
        ),
        ("version=tokenizers:0.1", [r"The worker on \S+ has tokenizers 0\.1, and this process \d"]),
    ],
)
def test_workers_unlike_this_process(corpora, here, notes, hooks, told):
    arguments = ["pad", corpora / "texts.txt", *ARGUMENTS, "--engine", "entry:executors:hooked"]
    assert_told(clusters.padcli(*arguments, cwd=here, worker_hooks=hooks, notes=notes), *told)
    assert contents(here) == {}


def test_a_worker_that_runs_out_of_memory(here, notes):
    (here / "large.txt.gz").write_bytes(gzip.compress(b"some words\n" * 4_000_000, 1))
    arguments = ["pad", "large.txt.gz", *ARGUMENTS, "--engine", "entry:executors:hooked"]
    done = clusters.padcli(*arguments, cwd=here, worker_hooks="little_memory", notes=notes)
    assert_told(done, r"The worker on \S+ has run out of memory", "Give each worker more")
    assert [*contents(here)] == ["large.txt.gz"]


def test_a_worker_without_the_library_of_a_tokenizer(corpora, here, notes):
    sentencepiece = pytest.importorskip("sentencepiece")
    sentencepiece.SentencePieceTrainer.train(
        input=str(corpora / "texts.txt"),
        model_prefix=str(notes / "some"),
        vocab_size=60,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    arguments = ["pad", corpora / "texts.txt", *ARGUMENTS, "--tokenizer", notes / "some.model", "--pad-id", "2"]
    arguments += ["--engine", "entry:executors:hooked"]
    done = clusters.padcli(*arguments, cwd=here, worker_hooks="without=sentencepiece", notes=notes)
    assert_told(done, r"The worker on \S+: .* requires a library", r'pip install "padcli\[sentencepiece\]"')
    assert contents(here) == {}


def test_a_worker_that_does_not_see_the_folder(corpora, here, notes):
    arguments = ["pad", corpora / "texts.txt", *ARGUMENTS, "--engine", "entry:executors:hooked"]
    done = clusters.padcli(*arguments, cwd=here, worker_hooks=f"blind={here.name}/.out", notes=notes)
    assert_told(done, rf"The worker on \S+ does not find {here}/\.out\.npz\.parts", "one that they share")
    assert contents(here) == {}


def test_a_worker_on_another_machine_that_does_not_see_the_folder(corpora, here, notes):
    """Its own mounts are those of another machine: an empty folder lies where the driver has its output."""
    hides = ["unshare", "-m", "sh", "-c", f'mount -t tmpfs none "{here}" && exec "$@"', "sh"]
    if shutil.which("unshare") is None or subprocess.run([*hides, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine allows no mounts of its own to a process")
    folder = notes / "dask"
    folder.mkdir()
    with clusters.dask_scheduler(folder) as address, clusters.dask_worker(address, folder, before=hides):
        arguments = ["pad", corpora / "texts.txt", *ARGUMENTS, "--engine", f"dask://{address}"]
        done = clusters.padcli(*arguments, cwd=here)
    assert_told(done, rf"The worker on \S+ does not find {here}/\.out\.npz\.parts", "s3://bucket/key")
    assert contents(here) == {}


# Not there at all


@pytest.mark.parametrize(
    ("engine", "told"),
    [
        ("dask", "no scheduler answers within 7 seconds"),
        ("ray", "no cluster answers"),
    ],
)
@pytest.mark.parametrize("is_silent", [False, True], ids=["refused", "silent"])
def test_an_address_where_nobody_answers(corpora, here, engine, told, is_silent):
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if is_silent:
            server.listen()
        began = time.monotonic()
        address = f"{engine}://127.0.0.1:{server.getsockname()[1]}"
        done = clusters.padcli("pad", corpora / "texts.txt", *ARGUMENTS, "--engine", address, cwd=here)
    assert time.monotonic() - began < 10
    assert_told(done, rf"--engine {address}: {told}", "Start one")
    assert contents(here) == {}


def test_a_scheduler_without_workers(corpora, here, notes):
    with clusters.dask_scheduler(notes) as address:
        done = clusters.padcli("pad", corpora / "texts.txt", *ARGUMENTS, "--engine", f"dask://{address}", cwd=here)
    assert_told(done, "the scheduler has no workers", f"dask worker {address}")
    assert contents(here) == {}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("executors:no_executor", "gave int, expected an executor"),
        ("executors:failing", "RuntimeError: no licence for so many cores"),
        ("executors:none", "the module has no 'none'"),
        ("no_module:make", "No module named 'no_module'"),
    ],
)
def test_an_entry_that_gives_no_executor(corpora, here, name, told):
    done = clusters.padcli("pad", corpora / "texts.txt", *ARGUMENTS, "--engine", f"entry:{name}", cwd=here)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert contents(here) == {}
