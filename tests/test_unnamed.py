"""A run that is killed leaves nothing behind, at once or after the next run."""

import os
import signal
import subprocess
import sys
import time

import pytest

import padcli
from padcli.files import direct, unnamed
from padcli.files.pending import PendingFiles


@pytest.fixture(params=[True, False], ids=["unnamed files", "a file system without them"])
def unnamed_files(request, monkeypatch):
    if not request.param:
        monkeypatch.setattr(unnamed, "_O_TMPFILE", 0)
    return request.param


@pytest.mark.parametrize("size", [0, 2**25])
def test_a_file_is_whole_when_it_gets_its_name(tmp_path, unnamed_files, size):
    with PendingFiles() as pending:
        pending.open(tmp_path / "out", size=size).write(b"content")
        assert len(list(tmp_path.iterdir())) == (0 if unnamed_files else 1)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out").read_bytes() == b"content"
    before = os.umask(0)
    os.umask(before)
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o666 & ~before


KILLED = """
import os, signal, sys
from padcli.files import unnamed
from padcli.files.pending import PendingFiles
from pathlib import Path
if sys.argv[1] == "named":
    unnamed._O_TMPFILE = 0
with PendingFiles() as pending:
    pending.open(Path("out.npz")).write(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("kind", ["unnamed", "named"])
def test_nothing_is_left_of_a_run_that_was_killed(tmp_path, kind):
    (tmp_path / ".out.npz.01234567.tmp").write_text("another program's")
    killed = subprocess.run([sys.executable, "-c", KILLED, kind], cwd=tmp_path, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(list(tmp_path.glob(".out*.padcli-new"))) == (kind == "named")
    with PendingFiles() as pending:
        pending.open(tmp_path / "another.npz").write(b"whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".out.npz.01234567.tmp", "another.npz"]


def test_files_that_another_run_is_writing_stay(tmp_path, monkeypatch):
    monkeypatch.setattr(unnamed, "_O_TMPFILE", 0)
    with PendingFiles() as slow:
        slow.open(tmp_path / "out").write(b"slow")
        with PendingFiles() as fast:
            fast.open(tmp_path / "out").write(b"fast")
            fast.open(tmp_path / "other").write(b"fast")
        assert (tmp_path / "out").read_bytes() == b"fast"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "out"]
    assert (tmp_path / "out").read_bytes() == b"slow"


def test_old_files_that_a_killed_run_kept_are_removed_after_a_while(tmp_path, monkeypatch):
    (tmp_path / ".out.01234567.padcli-old").write_text("old")
    for expected in (True, False):
        with PendingFiles() as pending:
            pending.open(tmp_path / "out").write(b"new")
        assert (tmp_path / ".out.01234567.padcli-old").exists() == expected
        now = time.time()
        monkeypatch.setattr(time, "time", lambda now=now: now + 100)


@pytest.mark.parametrize("name", ["x" * 251, "é" * 125 + "x", "日" * 83 + "xx"])
def test_a_name_may_be_as_long_as_the_file_system_allows(tmp_path, unnamed_files, name):
    (tmp_path / "corpus.txt").write_text("a b\n")
    path = tmp_path / f"{name}.npz"
    assert len(os.fsencode(path.name)) == 255
    for _ in range(2):
        padcli.pad(tmp_path / "corpus.txt", path, save_tokenizer=tmp_path / "t.json")
    assert padcli.load(path).token_ids.shape == (1, 2)
    assert len(list(tmp_path.iterdir())) == 3


def test_a_name_that_is_too_long_is_an_error_before_any_work(tmp_path):
    with pytest.raises(padcli.PadcliError, match="File name too long"), PendingFiles() as pending:
        pending.open(tmp_path / ("x" * 256))
    assert list(tmp_path.iterdir()) == []


def test_a_file_system_without_unnamed_files_that_are_written_directly(tmp_path, monkeypatch):
    monkeypatch.setattr(unnamed, "_open_unnamed", lambda *_: None)
    with direct.create(tmp_path / "out", size=direct.LARGE) as file:
        file.write(b"content")
    assert (tmp_path / "out").read_bytes() == b"content"
