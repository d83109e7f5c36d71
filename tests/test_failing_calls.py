"""Any call of the operating system may fail, at any time: then there is one message, and the old files stand as a set.

`make torture` lets every call fail; the tests of each day take a sample of them.
"""

import errno
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from failing_calls import CALLS, Ended, Failure

ALL = "PADCLI_TORTURE" in os.environ  # every call, and every error; else some
HALF = -1
ERRORS = (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EINTR, HALF)
BEFORE, AFTER = "a b c\nd e\nf g h\n", "x y z\nz y x w v u\nx z\nd e f\n"
OUTPUTS = {
    "npz": ["out.npz"],
    "npy": ["out.npy"],
    "safetensors": ["out.safetensors"],
    "parquet": ["out.parquet"],
    "shards": ["out.npz", "--shard-rows", "2"],
}
KEPT = re.compile(r"\..*\.[0-9a-f]{8}\.padcli-old")  # removed by the next run that writes it, after a while


class Server:
    """Runs padcli in `folder`, with a failure."""

    def __init__(self, shim, folder):
        self.folder = folder
        self._process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("failing_calls.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"LD_PRELOAD": str(shim), "TMPDIR": str(folder.parent), "COLUMNS": "200"},
        )

    def run(self, *arguments, **failure):
        asked = Failure(str(self.folder), list(map(str, arguments)), **failure)
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return Ended(*json.loads(self._process.stdout.readline()))

    def close(self):
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()

    def contents(self):
        return {
            str(path.relative_to(self.folder)): path.read_bytes() for path in self.folder.rglob("*") if path.is_file()
        }

    def fill(self, contents):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        for name, content in contents.items():
            (self.folder / name).write_bytes(content)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    if not sys.platform.startswith("linux") or shutil.which("gcc") is None:
        pytest.skip("needs Linux and gcc, to put calls of its own before those of the C library")
    folder = tmp_path_factory.mktemp("failing")
    shim = folder / "failing_calls.so"
    source = Path(__file__).with_name("failing_calls.c")
    subprocess.run(
        ["gcc", "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", source, "-o", shim, "-ldl"], check=True
    )
    made = Server(shim, folder / "watched")
    yield made
    made.close()


def sample(n_calls, step):
    """The numbers of the calls that fail: all, or the first, the last and some between."""
    return range(1, n_calls + 1) if ALL else sorted({*range(1, n_calls + 1, step), n_calls} - {0})


def failures(call, n_calls, step):
    for i, number in enumerate(sample(n_calls, step)):
        errors = [each for each in ERRORS if each != HALF or call in ("write", "pwrite")]
        for error in errors if ALL else [errors[i % len(errors)]]:
            lasting = [False, True] if error in (errno.ENOSPC, errno.EIO) else [False]
            for is_lasting in lasting if ALL else lasting[-1:]:
                yield {"call": call, "number": number, "error": error, "is_lasting": is_lasting}


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("is_new", [True, False], ids=["a new output", "an old one is replaced"])
def test_nothing_is_torn_and_nothing_is_left(server, output, is_new):
    arguments = ["pad", "corpus.txt", "-o", *OUTPUTS[output], "--workers", 1, "--maxlen", 4, "--quiet"]
    server.fill({"corpus.txt": BEFORE.encode()})
    if not is_new:
        assert server.run(*arguments).status == 0
        (server.folder / "corpus.txt").write_text(AFTER)
    old = server.contents()
    whole = server.run(*arguments)
    assert whole.status == 0
    new = server.contents()
    n_runs = 0
    for call in CALLS:
        for failure in failures(call, whole.calls[call], step=20):
            server.fill(old)
            ended, now = server.run(*arguments, **failure), server.contents()
            n_runs += 1
            if call == "unlink":
                now = {name: content for name, content in now.items() if not KEPT.fullmatch(name)}
            assert now == (old if ended.status else new), (failure, ended.err)
            assert re.fullmatch(r"(error: .+\n(hint:  .+\n)?)?", ended.err), failure
            assert ended.status == (2 if ended.err else 0), failure
    assert n_runs > 10


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO])
def test_direct_writing_that_fails(server, error):
    """Large arrays go past the page cache, in blocks that another thread writes."""
    server.fill({"corpus.txt": b"a b c\n" * 5000})
    arguments = ["pad", "corpus.txt", "-o", "out.npz", "--workers", 1, "--maxlen", 1000, "--quiet"]
    n_calls = server.run(*arguments).calls["pwrite"]
    assert n_calls > 3
    new = server.contents()
    for failure in failures("pwrite", n_calls, step=3):
        server.fill({"corpus.txt": b"a b c\n" * 5000})
        ended = server.run(*arguments, **(failure if failure["error"] == HALF else {**failure, "error": error}))
        assert ended.status == (0 if failure["error"] == HALF else 2)
        assert server.contents().keys() == ({"corpus.txt"} if ended.status else new.keys())
        assert ended.err.startswith("error: out.npz: cannot be written: ") or not ended.status
