"""Clusters, started as users start them: by their commands, on loopback, in a folder of their own."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
PADCLI = [sys.executable, "-m", "padcli"]


def free_port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


def environment(hooks="", worker_hooks="", notes=""):
    """Variables of a process: where it finds the executors, and what happens to it and all that it starts.

    `worker_hooks`: what happens to the workers of `entry:executors:hooked` alone.
    """
    folders = [HERE / "hooks", HERE] if hooks else [HERE]
    path = os.pathsep.join([*map(str, folders), str(HERE.parents[1]), os.environ.get("PYTHONPATH", "")])
    told = {"PADCLI_HOOKS": hooks, "PADCLI_WORKER_HOOKS": worker_hooks, "PADCLI_NOTES": str(notes)}
    return {**os.environ, "PYTHONPATH": path, "COLUMNS": "200", **told}


@contextmanager
def started(*command, **options):
    """A process and its children, which do not outlive the block."""
    with subprocess.Popen([*map(str, command)], start_new_session=True, **options) as process:
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def until(told, seconds=30):
    """Wait until `told()` is true, and return it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := told():
            return found
        time.sleep(0.05)
    raise TimeoutError(f"not within {seconds} seconds")


@contextmanager
def dask_scheduler(folder):
    """Gives the address of a scheduler: HOST:PORT."""
    address = f"127.0.0.1:{free_port()}"
    command = [BIN / "dask", "scheduler", "--host", "127.0.0.1", "--port", address.partition(":")[2], "--no-dashboard"]
    with (folder / "scheduler.log").open("wb") as log, started(*command, cwd=folder, stdout=log, stderr=log):
        until(lambda: b"Scheduler at" in (folder / "scheduler.log").read_bytes())
        yield address


@contextmanager
def dask_worker(address, folder, *options, before=(), **variables):
    """A worker with one thread, or more, as the options say. `before`: a command that starts it."""
    command = [*before, BIN / "dask", "worker", f"tcp://{address}", "--nthreads", "1", "--no-dashboard", *options]
    with (
        (folder / "worker.log").open("ab") as log,
        started(*command, cwd=folder, env=environment(**variables), stdout=log, stderr=log) as process,
    ):
        yield process


@contextmanager
def dask_cluster(*options, n_workers=2, **variables):
    """A scheduler and workers, in folders of their own. Gives its address, and the workers."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="padcli-dask-")))
        address = stack.enter_context(dask_scheduler(folder))
        yield (
            address,
            [stack.enter_context(dask_worker(address, folder, *options, **variables)) for _ in range(n_workers)],
        )


@contextmanager
def ray_cluster(**variables):
    """A cluster of Ray with its client server. Gives the address of that: HOST:PORT."""
    with tempfile.TemporaryDirectory(
        prefix="ray-", dir="/tmp", ignore_cleanup_errors=True
    ) as folder:  # its sockets' names have to be short
        port, client = free_port(), free_port()
        command = [BIN / "ray", "start", "--head", "--block", "--node-ip-address=127.0.0.1", f"--port={port}"]
        command += [f"--ray-client-server-port={client}", "--num-cpus=2", "--include-dashboard=false"]
        command += ["--disable-usage-stats", f"--temp-dir={folder}", f"--object-store-memory={80 * 2**20}"]
        log = Path(folder, "start.log")
        with (
            log.open("wb") as out,
            started(*command, cwd=folder, env=environment(**variables), stdout=out, stderr=out) as head,
        ):
            until(lambda: b"Ray runtime started" in log.read_bytes() or head.poll() is not None, 60)
            yield f"127.0.0.1:{client}"
            head.terminate()  # it ends what it started
            head.wait(30)


def padcli(*arguments, cwd, **variables):
    """Run `padcli` as users do. Returns the finished process."""
    return subprocess.run(
        [*PADCLI, *map(str, arguments)],
        cwd=cwd,
        env=environment(**variables),
        capture_output=True,
        text=True,
        check=False,
    )
