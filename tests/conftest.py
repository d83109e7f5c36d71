"""What the tests share: a command line to run as a user runs it, and texts that are hard to get right."""

import io
import os
import pty
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import hypothesis
import pytest

from padcli.cli import commands
from padcli.kernels import dispatch, fallback
from padcli.options import run

# Hundreds of processes import padcli: compiled once is enough.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

SAMPLE_DATA = Path(__file__).parents[1] / "sample_data"

# HYPOTHESIS_EXAMPLES=1000 looks harder.
hypothesis.settings.register_profile(
    "padcli",
    max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "30")),
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
)
hypothesis.settings.load_profile("padcli")


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch):
    """Lets as many workers be at work as a test asks for."""
    monkeypatch.setattr(run, "cores", lambda: 8)


@contextmanager
def use_kernels(*, used):
    """Let everything be done with the compiled kernels, or without them."""
    kernels = dispatch.kernels()
    assert kernels is not fallback, "The loops were not compiled: is there a C compiler?"
    with mock.patch.object(dispatch, "kernels", return_value=kernels if used else fallback):
        yield


@pytest.fixture
def command(tmp_path, monkeypatch):
    """Runs `padcli` with some arguments in an empty folder; gives the finished process, its output as text."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments, stdin=b"", env=None):
        finished = subprocess.run(
            [sys.executable, "-m", "padcli", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            check=False,
            env={**os.environ, "COLUMNS": "80", **(env or {})},
        )
        return Finished(finished.returncode, finished.stdout, finished.stderr.decode())

    return run


class Finished(NamedTuple):
    returncode: int
    out: bytes
    err: str


@pytest.fixture
def command_here(tmp_path, monkeypatch, capfdbinary):
    """The same as `command`, but within this process: what it imports is imported only once."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["padcli", *map(str, arguments)])
        status = commands.run()
        out, err = capfdbinary.readouterr()
        return Finished(status, out, err.decode())

    return run


@pytest.fixture
def write(tmp_path):
    """Makes a file of bytes or text in the empty folder; gives its path."""

    def make(name, content):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return make


def run_in_terminal(arguments, folder, columns, **variables):
    """What a terminal of that many columns gets to see."""
    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(columns), "LINES": "40"}
    environment.pop("NO_COLOR", None)
    environment |= variables
    with subprocess.Popen(
        [sys.executable, "-m", "padcli", *arguments], cwd=folder, stderr=slave, stdout=slave, env=environment
    ):
        os.close(slave)
        seen = io.BytesIO()
        while True:
            try:
                data = os.read(master, 65536)
            except OSError:
                break
            if not data:
                break
            seen.write(data)
    os.close(master)
    return seen.getvalue().decode()
