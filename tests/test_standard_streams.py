"""Standard output: all bytes arrive, however slowly they are read, or the exit status says that they did not."""

import fcntl
import io
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from test_cli import shell

import padcli
from padcli.errors import ClosedPipeError
from padcli.files.standard_streams import WholeWriter

BUFFERING = pytest.mark.parametrize("environment", [{}, {"PYTHONUNBUFFERED": "1"}], ids=["buffered", "unbuffered"])


class Sparing(io.RawIOBase):
    """A raw stream that takes three bytes at a time."""

    def __init__(self):
        self.taken = b""

    def writable(self):
        return True

    def write(self, data):
        self.taken += bytes(data[:3])
        return min(len(data), 3)


def test_a_write_takes_all_bytes_however_few_the_stream_takes():
    sparing = Sparing()
    assert WholeWriter(sparing).write(b"0123456789") == 10
    assert sparing.taken == b"0123456789"


@pytest.mark.parametrize("buffering", [0, -1])
def test_a_write_waits_for_a_pipe_that_is_full_and_does_not_block(buffering):
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    found = []
    with os.fdopen(reading, "rb") as reader, os.fdopen(writing, "wb", buffering=buffering) as stream:
        thread = threading.Thread(target=lambda: found.append(reader.read(1_000_000)))
        threading.Timer(0.1, thread.start).start()
        writer = WholeWriter(stream)
        assert writer.write(b"x" * 1_000_000) == 1_000_000
        writer.flush()
        thread.join()
    assert found == [b"x" * 1_000_000]


def test_a_reader_that_went_away_is_told():
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb", buffering=0) as stream, pytest.raises(ClosedPipeError):
        WholeWriter(stream).write(b"x")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "corpus.txt").write_text(("the cat sat on the mat " * 20 + "\n") * 300)
    padcli.pad(tmp_path / "corpus.txt", tmp_path / "out.npz")
    return tmp_path


COMMANDS = {
    "pad": ["pad", "corpus.txt", "-q", "-o", "-"],
    "rows": ["inspect", "out.npz", "--rows", ":"],
}


def started(arguments, folder, environment, **options):
    command = [sys.executable, "-m", "padcli", *arguments]
    return subprocess.Popen(command, cwd=folder, env={**os.environ, **environment}, stderr=subprocess.PIPE, **options)


def expected_of(arguments, folder):
    command = [sys.executable, "-m", "padcli", *arguments]
    with (folder / "expected").open("wb") as file:
        subprocess.run(command, cwd=folder, check=True, stdout=file)
    return (folder / "expected").read_bytes()


@BUFFERING
@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
def test_a_pipe_that_does_not_block_gets_all_bytes(folder, arguments, environment):
    expected = expected_of(arguments, folder)
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with (
        os.fdopen(reading, "rb", buffering=0) as reader,
        started(arguments, folder, environment, stdout=writing) as process,
    ):
        os.close(writing)
        found = bytearray()
        while part := reader.read(4_000):
            found += part
            time.sleep(0.0005)
        assert process.wait(20) == 0, process.stderr.read()
    assert len(expected) > 100_000
    assert found == expected


def test_a_command_that_is_stopped_and_continued_gives_all_bytes(folder):
    arguments = COMMANDS["pad"]
    expected = expected_of(arguments, folder)
    with started(arguments, folder, {"PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE) as process:
        found = process.stdout.read(1)
        for _ in range(5):
            time.sleep(0.02)  # the pipe is full: it waits in a write, which the signal ends early
            process.send_signal(signal.SIGSTOP)
            process.send_signal(signal.SIGCONT)
            found += process.stdout.read(20_000)
        found += process.stdout.read()
        assert process.wait(20) == 0, process.stderr.read()
    assert found == expected


def test_a_flag_of_the_pipe_is_left_as_it_was(folder):
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with os.fdopen(reading, "rb") as reader, started(["--version"], folder, {}, stdout=writing) as process:
        process.wait(20)
        assert fcntl.fcntl(writing, fcntl.F_GETFL) & os.O_NONBLOCK
        os.close(writing)
        assert reader.read().startswith(b"padcli ")


CLOSED = [
    "pad corpus.txt --json -q",
    "pad corpus.txt -o -",
    "fit corpus.txt --json -q",
    "stats corpus.txt",
    "compare corpus.txt corpus.txt --json",
    "inspect out.npz --rows :",
    "verify out.npz --json",
    "--help",
    "--version",
]
FULL = ["pad corpus.txt -q -o -", "inspect out.npz --rows :", "stats corpus.txt", "pad --help", "--version"]


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        *((f"{command} >&-", b"closed") for command in CLOSED),
        *((f"{command} > /dev/full", b"No space left on device") for command in FULL),
        *((f"PYTHONUNBUFFERED=1 padcli {command} > /dev/full", b"No space left on device") for command in FULL[-2:]),
    ],
)
def test_what_was_asked_for_and_cannot_be_written_is_an_error(folder, command, reason):
    finished = shell(command if "padcli" in command else f"padcli {command}", folder)
    assert (finished.returncode, b"Traceback" in finished.stderr) == (2, False), finished.stderr
    assert b"error: " in finished.stderr
    assert reason in finished.stderr


@pytest.mark.parametrize("command", ["--help", "stats corpus.txt", "verify out.npz --json"])
@pytest.mark.parametrize("environment", ["", "PYTHONUNBUFFERED=1 "])
def test_a_reader_that_went_away_gives_141(folder, command, environment):
    finished = shell(f"{environment}padcli {command} | true", folder)
    assert (finished.returncode, finished.stderr) == (141, b"")


@pytest.mark.parametrize("command", ["pad corpus.txt", "fit corpus.txt -q"])
def test_what_writes_nothing_there_does_not_need_standard_output(folder, command):
    finished = shell(f"padcli {command} >&-", folder)
    assert finished.returncode == 0, finished.stderr


CLOSED_AT_START = """
import os, padcli.__main__, padcli.cli.commands
padcli.cli.commands.run = lambda: print(os.readlink("/proc/self/fd/2"), flush=True) or 0
padcli.__main__.main()
"""


def test_a_closed_descriptor_is_not_taken_by_a_file(tmp_path):
    """Libraries write messages to descriptor 2: it must not be that of an output."""
    (tmp_path / "code.py").write_text(CLOSED_AT_START)
    finished = subprocess.run(
        ["bash", "-c", f"{sys.executable} code.py 2>&-"], cwd=tmp_path, capture_output=True, check=False
    )
    assert finished.stdout == b"/dev/null\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["pad", "--help"],
        ["pad", "corpus.txt", "-o", "-"],
        ["pad", "corpus.txt", "-o", "-", "--maxlen", "20000"],
    ],
    ids=" ".join,
)
def test_a_full_standard_output_is_told_by_its_name(tmp_path, arguments):
    (tmp_path / "corpus.txt").write_text("a b c\n" * 100)
    with Path("/dev/full").open("w") as full:
        finished = subprocess.run(
            [sys.executable, "-m", "padcli", *arguments],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert finished.returncode == 2
    assert finished.stderr == "error: Cannot write to standard output: No space left on device.\n"
