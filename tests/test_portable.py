"""What Windows and macOS lack is nowhere needed: locks, reading at a place, direct writing, some signals."""

import subprocess
import sys

import pytest
from conftest import SAMPLE_DATA

import padcli

WITHOUT = """
import os, select, signal, sys
sys.modules["fcntl"] = None
for module, names in {
    os: ["pread", "preadv", "pwrite", "O_DIRECT", "O_TMPFILE", "sched_getaffinity", "set_blocking"],
    select: ["poll"],
    signal: ["SIGHUP"],
}.items():
    for name in names:
        delattr(module, name)
from padcli.__main__ import main
sys.argv[0] = "padcli"
sys.exit(main())
"""


def padcli_without(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-c", WITHOUT, *map(str, arguments)], check=False, capture_output=True, **options
    )


@pytest.mark.parametrize("name", ["reviews.txt", "reviews.jsonl"])
@pytest.mark.parametrize("workers", [1, 3])
def test_the_same_files_are_written(tmp_path, name, workers):
    finished = padcli_without("pad", SAMPLE_DATA / name, "-o", "out.npz", "--workers", workers, "--post", cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr.decode()
    padcli.pad(SAMPLE_DATA / name, tmp_path / "expected.npz", padding="post")
    assert (tmp_path / "out.npz").read_bytes() == (tmp_path / "expected.npz").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "expected.npz", "expected.tokenizer.json", "out.npz", "out.tokenizer.json",
    ]  # fmt: skip
    assert padcli_without("verify", "out.npz", cwd=tmp_path).returncode == 0
    assert padcli_without("inspect", "out.npz", "--rows", "0:2", cwd=tmp_path).returncode == 0


def test_a_pipe_and_standard_output(tmp_path):
    finished = padcli_without("pad", "-", "-o", "-", cwd=tmp_path, input=b"a b\nc\n")
    (tmp_path / "corpus.txt").write_bytes(b"a b\nc\n")
    assert finished.returncode == 0, finished.stderr.decode()
    assert finished.stdout.startswith(b"PK")
