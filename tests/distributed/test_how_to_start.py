"""The commands of docs/engines.md start what they say, as they stand there but for names of machines and folders."""

import gzip
import re
import shlex
import subprocess
from contextlib import ExitStack
from pathlib import Path

import clusters
import pytest
from conftest import contents, needs

ROOT = Path(__file__).parents[2]


def commands(title, shared):
    """The commands below a title of the page, but for those that install."""
    text = (ROOT / "docs" / "engines.md").read_text(encoding="utf-8")
    (block,) = re.findall(rf"\*\*{title}.*?\n\n((?: {{4}}.*\n)+)", text)
    assert len(block.splitlines()) <= 5
    here = {
        "scheduler-host": "127.0.0.1",
        "head-host": "127.0.0.1",
        "/shared": str(shared),
        "--nworkers 8": "--nworkers 2",
    }
    for name, own in here.items():
        block = block.replace(name, own)
    return [shlex.split(line) for line in block.splitlines() if not line.strip().startswith("pip ")]


@pytest.fixture
def shared(tmp_path, corpora):
    """A folder for what the commands call `/shared`."""
    folder = tmp_path / "shared"
    folder.mkdir()
    records = gzip.decompress((corpora / "packed.jsonl.gz").read_bytes()).splitlines(keepends=True)
    for number in range(3):
        (folder / f"{number}.jsonl.gz").write_bytes(gzip.compress(b"".join(records[number::3])))
    return folder


def run_padcli(command, shared):
    assert command.pop(0) == "padcli"
    finished = clusters.padcli(*(each.strip("'") for each in command), cwd=shared)
    assert not finished.returncode, finished.stderr
    found = {name: data for name, data in contents(shared).items() if name.startswith("train")}
    local = command[: command.index("--engine")]
    local[local.index("-o") + 1] = str(shared / "local" / "train.npz")
    (shared / "local").mkdir()
    assert not clusters.padcli(*local, cwd=shared).returncode
    assert found == contents(shared / "local")


def test_dask(shared):
    needs("distributed")
    scheduler, worker, pad = commands("Dask", shared)
    with ExitStack() as stack:
        log = stack.enter_context((shared / "log").open("wb"))
        for command in (scheduler, worker):
            command[0] = clusters.BIN / command[0]
            stack.enter_context(clusters.started(*command, cwd="/", stdout=log, stderr=log, env=clusters.environment()))
        run_padcli(pad, shared)


def test_ray(shared):
    needs("ray")
    *starts, pad = commands("Ray", shared)
    try:
        for command in starts:
            command[0] = clusters.BIN / command[0]
            limits = ["--num-cpus=1", f"--object-store-memory={80 * 2**20}"]
            token = {"RAY_AUTH_MODE": "token"} if "--head" not in command else {}
            environment = {**clusters.environment(), **token}
            subprocess.run([*command, *limits], cwd="/", env=environment, check=True, capture_output=True)
        run_padcli(pad, shared)
    finally:
        subprocess.run([clusters.BIN / "ray", "stop", "--force"], check=True, capture_output=True)


def test_an_executor(shared, tmp_path):
    """The module of the page, whose executors are those of libraries that need a cluster: a pool stands for them."""
    (pad,) = commands("Slurm", shared)
    text = (ROOT / "docs" / "engines.md").read_text(encoding="utf-8")
    (module,) = re.findall(r"```python\n(# cluster.py\n.*?)```", text, re.DOTALL)
    compile(module, "cluster.py", "exec")
    (shared / "cluster.py").write_text(
        "from concurrent.futures import ProcessPoolExecutor\n\n\ndef slurm():\n    return ProcessPoolExecutor(2)\n"
    )
    run_padcli(pad, shared)
