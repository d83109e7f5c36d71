"""A driver that is killed is started again with --resume; one that is interrupted leaves nothing behind."""

import os
import signal
import subprocess
from pathlib import Path

import clusters
import psutil
import pytest
from conftest import contents

ARGUMENTS = ["--maxlen", "16", "--shard-rows", "1300", "-q", "-o", "out.npz"]
ENGINES = [["--engine", "processes", "--workers", "2"], ["--engine", "dask", "--workers", "2"]]


def started(corpora, here, notes, stage, *engine):
    """Start a run that waits before a task of this stage, in a worker, or in a thread of its own."""
    command = [*clusters.PADCLI, "pad", corpora / "texts.txt", *ARGUMENTS, *engine]
    variables = clusters.environment(hooks=f"wait={stage}", notes=notes)
    return subprocess.Popen(list(map(str, command)), cwd=here, env=variables, stderr=subprocess.PIPE)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("engine", ENGINES, ids=["processes", "dask"])
def test_a_signal_ends_all_of_it(corpora, here, notes, engine, number):
    with started(corpora, here, notes, "tokenize", *engine) as driver:
        clusters.until(lambda: list(notes.glob("waits-*")))
        children = psutil.Process(driver.pid).children(recursive=True)
        assert contents(here)  # the hidden folder
        driver.send_signal(number)
        assert driver.wait(20) == 128 + number
        assert driver.stderr.read() == b""
    assert contents(here) == {}
    assert list(here.iterdir()) == []
    (notes / "go").touch()
    _, alive = psutil.wait_procs(children, timeout=20)
    assert alive == []


@pytest.mark.parametrize("engine", ENGINES, ids=["processes", "dask"])
def test_a_driver_that_is_killed_is_resumed(local, corpora, here, notes, engine):
    """Killed when shards are written: what was encoded is there, and is taken as it is."""
    with started(corpora, here, notes, "write", *engine, "--resume") as driver:
        clusters.until(lambda: list(notes.glob("waits-*")))
        driver.kill()
        driver.wait()
    (notes / "go").touch()
    (folder,) = here.iterdir()
    assert folder.name == ".out.npz.parts"
    blocks = {path.name: path.stat().st_ino for path in (folder / "blocks").iterdir() if path.name[0] != "."}
    assert blocks
    saved = here.parent / "kept"
    saved.mkdir()
    for path in (folder / "blocks").iterdir():
        os.link(path, saved / path.name)  # to be looked at when the folder is gone
    done = clusters.padcli("pad", corpora / "texts.txt", *ARGUMENTS, *engine, "--resume", cwd=here, notes=notes)
    assert (done.returncode, done.stderr) == (0, "")
    assert contents(Path(here)) == local(["texts.txt"], maxlen=16, shard_rows=1300)
    assert {path.name: path.stat().st_nlink for path in saved.iterdir()} == dict.fromkeys(blocks, 1)
    assert {path.name: path.stat().st_ino for path in saved.iterdir()} == blocks
