"""Ctrl-C, a kill and a full disk leave the folder as it was."""

import contextlib
import errno
import hashlib
import io
import os
import pty
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import SAMPLE_DATA

import padcli
from padcli import interrupts
from padcli.files import direct

COMMAND = [sys.executable, "-m", "padcli", "pad", "-", "-o", "out.npz", "--maxlen", "50"]


@pytest.fixture(autouse=True)
def ctrl_c_is_heard():
    """Ctrl-C is heard, also where tests run in the background, for which shells turn it off; children inherit it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@contextmanager
def started(*arguments, **options):
    """A process that does not outlive the test."""
    with subprocess.Popen(*arguments, **options) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_while_reading(tmp_path, number, status):
    (tmp_path / "corpus.txt").write_text("the old one\n")
    padcli.pad(tmp_path / "corpus.txt", tmp_path / "out.npz")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with started(COMMAND, cwd=tmp_path, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdin.write("some words\n" * 3_000_000)  # more than a pipe holds: it is being read
        process.stdin.flush()
        process.send_signal(number)
        assert process.wait(20) == status
        assert process.stderr.read() == ""
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("delay", [0.0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8])
def test_ctrl_c_at_any_moment(tmp_path, delay):
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("the cat sat on the mat and looked at the dog\n" * 300_000)
    with (
        corpus.open() as stdin,
        started(COMMAND, cwd=tmp_path, stdin=stdin, stderr=subprocess.PIPE) as process,
    ):
        # Python itself is still starting.
        while process.poll() is None and "numpy" not in Path(f"/proc/{process.pid}/maps").read_text():
            time.sleep(0.001)
        time.sleep(delay)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) in (0, 130)
        assert process.returncode == 0 or process.stderr.read() == b""
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == (["corpus.txt"] if process.returncode else ["corpus.txt", "out.npz", "out.tokenizer.json"])


ENDED = """
import os, signal, sys, threading, time
from pathlib import Path
from padcli import interrupts
from padcli.files import unnamed
from padcli.files.pending import PendingFiles
unnamed._O_TMPFILE = 0
interrupts.end_process()
with PendingFiles() as pending:
    pending.open(Path("out.npz")).write(b"half")
    print(len(os.listdir()), flush=True)
    with interrupts.cleaned_up_by({clean_up}):
        try:
            signal.raise_signal(signal.SIGTERM)
        except BaseException:
            print("raised")
"""


def test_a_signal_removes_files_that_have_a_name_and_raises_nothing(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-c", ENDED.format(clean_up="lambda: 1 / 0")], cwd=tmp_path, capture_output=True, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (143, b"1\n", b"")
    assert list(tmp_path.iterdir()) == []


def test_a_second_signal_ends_a_clean_up_that_takes_long(tmp_path):
    code = ENDED.format(clean_up="lambda: (signal.raise_signal(signal.SIGINT), time.sleep(60))")
    started = time.perf_counter()
    assert (
        subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=False).returncode == 130
    )
    assert time.perf_counter() - started < 30


def test_the_cursor_is_shown_again(tmp_path):
    controller, terminal = pty.openpty()
    with started(
        COMMAND, cwd=tmp_path, stdin=subprocess.PIPE, stderr=terminal, env=os.environ | {"TERM": "xterm"}
    ) as process:
        os.close(terminal)
        process.stdin.write(b"some words\n" * 3_000_000)
        shown = b""
        while b"Reading" not in shown:
            shown += os.read(controller, 1000)
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(OSError):  # the other end is closed
            while part := os.read(controller, 1000):
                shown += part
        assert process.wait(20) == 130
    os.close(controller)
    assert shown.rindex(b"\x1b[?25h") > shown.rindex(b"\x1b[?25l")


def interrupt_at(stage):
    def on_progress(now, done, total):
        if now == stage:
            raise KeyboardInterrupt

    return on_progress


@pytest.mark.parametrize("stage", ["Reading", "Writing"])
@pytest.mark.parametrize("output", ["out.npz", "out.npy"])
def test_an_interrupt_of_the_library(tmp_path, stage, output):
    with pytest.raises(KeyboardInterrupt):
        padcli.pad(SAMPLE_DATA / "reviews.txt", tmp_path / output, on_progress=interrupt_at(stage))
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_while_files_are_renamed_comes_too_late(tmp_path, monkeypatch):
    original = Path.replace

    def replace(self, target):
        os.kill(os.getpid(), signal.SIGINT)
        return original(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    padcli.pad(SAMPLE_DATA / "reviews.txt", tmp_path / "out.npz")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.npz", "out.tokenizer.json"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("limit", [1_000, 100_000, 1_000_000])
def test_a_disk_that_takes_no_more(tmp_path, limit):
    (tmp_path / "corpus.txt").write_text("the cat sat on the mat and looked at the dog\n" * 30_000)
    arguments = [sys.executable, "-m", "padcli", "pad", "corpus.txt", "--maxlen", "50"]
    finished = subprocess.run(
        arguments,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert finished.stderr == "error: corpus.npz: cannot be written: File too large.\n"
    assert finished.returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == ["corpus.txt"]


@pytest.mark.parametrize("output", ["out.npz", "out.npy"])
def test_a_full_disk(tmp_path, monkeypatch, output):
    def write_npy(file, *_):
        file.write(b"some")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(f"padcli.formats.{output[-3:]}.write_npy", write_npy)
    with pytest.raises(padcli.PadcliError, match="No space left on device"):
        padcli.pad(SAMPLE_DATA / "reviews.txt", tmp_path / output)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_while_the_report_is_written_comes_too_late(tmp_path, monkeypatch):
    original = os.fsync

    def fsync(descriptor):
        if (tmp_path / "out.npz").exists():
            os.kill(os.getpid(), signal.SIGINT)
        return original(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    padcli.pad(SAMPLE_DATA / "reviews.txt", tmp_path / "out.npz", report=tmp_path / "report.json")
    assert (tmp_path / "report.json").exists()


def test_an_interrupt_ends_the_wait_for_work_that_does_not_look_for_it():
    def deaf():
        hashlib.pbkdf2_hmac("sha256", b"", b"", 6_000_000)

    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
    started = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        interrupts.interruptible(deaf)
    assert time.perf_counter() - started < 1


def test_work_that_can_be_interrupted_gives_its_result_or_its_error():
    assert interrupts.interruptible(lambda: 5) == 5
    with pytest.raises(ZeroDivisionError):
        interrupts.interruptible(lambda: 1 / 0)


def test_a_full_temporary_folder_is_named(tmp_path, monkeypatch):
    class Full:
        def __init__(self, *_, **__):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", Full)
    with pytest.raises(padcli.PadcliError, match=f"temporary files in {tempfile.gettempdir()}: cannot be written: No"):
        padcli.stats(SAMPLE_DATA / "reviews.txt", vocab_size=100)


def test_a_full_disk_under_the_list_of_bad_records_is_named(tmp_path, monkeypatch):
    (tmp_path / "corpus.jsonl").write_text("{}\n")

    class Full(io.BytesIO):
        def write(self, _):
            raise OSError(errno.ENOSPC, "No space left on device")

        def fileno(self):
            return os.open(tmp_path, os.O_RDONLY)

    monkeypatch.setattr(direct, "create", lambda *_, **__: Full())
    with pytest.raises(padcli.PadcliError, match=r"bad\.jsonl: cannot be written: No space"):
        padcli.stats(tmp_path / "corpus.jsonl", on_error="skip", rejects=tmp_path / "bad.jsonl")


def test_ctrl_c_before_anything_is_imported_is_no_traceback():
    code = "import os, signal, padcli.__main__; os.kill(os.getpid(), signal.SIGINT)"
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (finished.returncode, finished.stderr) == (130, b"")


def test_ctrl_c_that_is_ignored_stays_so():
    code = (
        "import os, signal; signal.signal(signal.SIGINT, signal.SIG_IGN); import padcli.__main__;"
        "os.kill(os.getpid(), signal.SIGINT); print('still here')"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert finished.stdout == b"still here\n"
