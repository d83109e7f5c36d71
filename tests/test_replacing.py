"""Several outputs are replaced as one: a rename that fails, or a kill between two, leaves no mixture behind."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import padcli
from padcli.files.replacing import Move, replace_all


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def fail_at(monkeypatch, number, method="replace"):
    """Let the rename of that number fail, as it does to a file that is a mount point or another user's."""
    calls, original = [], getattr(Path, method)

    def failing(self, target):
        calls.append(target)
        if len(calls) == number:
            raise OSError(errno.EBUSY, "Device or resource busy")
        return original(self, target)

    monkeypatch.setattr(Path, method, failing)
    return calls


@pytest.fixture
def three(tmp_path):
    """New files for `a`, `b` and `c`, of which `a` and `b` are there already."""
    for name in "ab":
        (tmp_path / name).write_text(f"old {name}")
    moves = [Move(source=tmp_path / f"new {name}", target=tmp_path / name, name=name) for name in "abc"]
    for move in moves:
        move.source.write_text(f"new {move.name}")
    return moves


def test_all_are_replaced_and_nothing_else_is_left(three, tmp_path):
    replace_all(three)
    assert contents(tmp_path) == {name: f"new {name}".encode() for name in "abc"}


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("has_links", [True, False], ids=["with hard links", "without hard links"])
def test_a_rename_that_fails_leaves_the_old_files(three, tmp_path, monkeypatch, number, has_links):
    if not has_links:
        monkeypatch.setattr(os, "link", lambda *_, **__: (_ for _ in ()).throw(PermissionError(errno.EPERM, "no")))
    fail_at(monkeypatch, number)
    with pytest.raises(padcli.PadcliError, match="abc"[number - 1] + ": cannot be written: Device or resource busy"):
        replace_all(three)
    for move in three:
        move.source.unlink(missing_ok=True)
    assert contents(tmp_path) == {"a": b"old a", "b": b"old b"}


def test_a_folder_in_the_place_of_a_file_stays(three, tmp_path):
    (tmp_path / "c").mkdir()
    with pytest.raises(padcli.PadcliError, match="c: cannot be written: Is a directory"):
        replace_all(three)
    assert (tmp_path / "c").is_dir()
    assert (tmp_path / "a").read_text() == "old a"


def test_where_the_old_file_cannot_be_put_back_the_error_says_where_it_is(three, tmp_path, monkeypatch):
    def failing(original, fails):
        def call(source, target):
            if fails(Path(source).name, Path(target).name):
                raise OSError(errno.EIO, "Input/output error")
            return original(source, target)

        return call

    def of_old(source, target):
        return source.startswith(".")

    monkeypatch.setattr(Path, "replace", failing(Path.replace, lambda *names: of_old(*names) or names[1] != "a"))
    monkeypatch.setattr(os, "link", failing(os.link, of_old))
    with pytest.raises(padcli.PadcliError) as caught:
        replace_all(three)
    kept = next(path for path in tmp_path.iterdir() if path.name.startswith(".a."))
    assert kept.read_text() == "old a"
    assert str(kept) in caught.value.hint


@pytest.mark.parametrize("output", ["out.npz", "out.npy"])
def test_a_run_that_cannot_replace_its_outputs_leaves_the_old_ones(tmp_path, monkeypatch, output):
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("a b\n")
    padcli.pad(corpus, tmp_path / output)
    corpus.write_text("c d e\n")
    before = contents(tmp_path)
    for number in range(1, 5 if output == "out.npy" else 3):
        with monkeypatch.context() as patch:
            fail_at(patch, number)
            with pytest.raises(padcli.PadcliError, match="Device or resource busy") as caught:
                padcli.pad(corpus, tmp_path / output)
        assert "All files are unchanged." in caught.value.hint
        assert contents(tmp_path) == before
    assert padcli.verify(tmp_path / output).ok


KILLED = """
import os, signal, sys
from pathlib import Path
import padcli
original, left = Path.replace, int(sys.argv[1])
def replace(self, target):
    global left
    left -= 1
    return original(self, target) if left >= 0 else os.kill(os.getpid(), signal.SIGKILL)
Path.replace = replace
padcli.pad("corpus.txt", "out.npy")
"""


@pytest.mark.parametrize("renamed", [1, 2, 3, 4])
def test_after_a_kill_between_two_renames_an_npy_is_refused(tmp_path, command_here, renamed):
    """New ids beside the old mask are not taken for a set: its `meta.json` goes first and comes last."""
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("a b\n")
    padcli.pad(corpus, tmp_path / "out.npy")
    corpus.write_text("b a\n")
    killed = subprocess.run([sys.executable, "-c", KILLED, str(renamed)], cwd=tmp_path, check=False)
    assert killed.returncode == -signal.SIGKILL
    with pytest.raises(padcli.PadcliError, match=r"out\.npy: out\.meta\.json is missing"):
        padcli.load(tmp_path / "out.npy")
    for command in ("verify", "inspect"):
        finished = command_here(command, "out.npy")
        assert finished.returncode == 2
        assert "the output is incomplete" in finished.err
    padcli.pad(corpus, tmp_path / "out.npy")
    assert padcli.verify(tmp_path / "out.npy").ok


@pytest.mark.parametrize("rows", ["a b c\n", "a\na\n"])
def test_an_array_of_another_output_does_not_fit(tmp_path, rows):
    for name, text in [("out", "a b\n"), ("other", rows)]:
        (tmp_path / "corpus.txt").write_text(text)
        padcli.pad(tmp_path / "corpus.txt", tmp_path / f"{name}.npy")
    for part in ("npy", "mask.npy", "lengths.npy"):
        (tmp_path / f"other.{part}").replace(tmp_path / f"out.{part}")
    with pytest.raises(padcli.PadcliError, match=r"differs from meta\.json"):
        padcli.load(tmp_path / "out.npy")
