"""A server of padcli's command line, in each run of which one call on files of its folder fails.

It is started with `failing_calls.so` loaded before the C library. It takes a `Failure` a line, as JSON, and answers
with what became of the run. Each run is a process of its own, forked when all modules are loaded: quick, and fresh.
"""

import ctypes
import json
import os
import sys
import tempfile
from importlib import import_module
from typing import NamedTuple

CALLS = ("write", "pwrite", "fsync", "rename", "link", "open", "unlink", "close", "ftruncate", "mmap")


class Failure(NamedTuple):
    """A run, and the call in it that fails; `number` from 1, or none. With the error -1, a write takes half."""

    folder: str
    arguments: list[str]
    call: str = "write"
    number: int = 0
    error: int = 0
    is_lasting: bool = False


class Ended(NamedTuple):
    """`calls`: how many there were of each kind."""

    status: int
    out: str
    err: str
    calls: dict[str, int]
    modules: list[str]


def run(failure: Failure) -> Ended:
    """Run padcli in a process of its own."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as told:
        child = os.fork()
        if not child:
            _run(failure, out.fileno(), err.fileno(), told.fileno())
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        texts = []
        for file in (out, err, told):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
        calls, modules = json.loads(texts[2] or "[{}, []]")
        return Ended(status, texts[0], texts[1], calls, modules)


def _run(failure: Failure, out: int, err: int, told: int) -> None:
    """Become a `padcli` process, which ends."""
    from padcli import __main__ as process

    os.chdir(failure.folder)
    os.dup2(out, 1)
    os.dup2(err, 2)
    shim, leave = ctypes.CDLL(None), os._exit

    def end(status: int) -> None:
        calls = {call: shim.calls_made(kind) for kind, call in enumerate(CALLS)}
        shim.fail_calls(b"", 0, 0, 0, 0)
        os.write(told, json.dumps([calls, list(sys.modules)]).encode())
        leave(status)

    os._exit = end
    sys.argv = ["padcli", *failure.arguments]
    tempfile.tempdir = None  # as TMPDIR says
    number, error, is_lasting = failure.number, failure.error, failure.is_lasting
    shim.fail_calls(os.fsencode(failure.folder), CALLS.index(failure.call), number, error, is_lasting)
    try:
        process.main()
    except BaseException:  # noqa: BLE001 (as Python itself does at the end of a program)
        sys.excepthook(*sys.exc_info())
        sys.stderr.flush()
        end(1)


def main() -> None:
    """Answer each line of standard input."""
    for line in sys.stdin:
        ended = run(Failure(*json.loads(line)))
        for name in sorted(ended.modules):
            if name.startswith(("padcli", "numpy", "pyarrow", "keras", "rich", "typer", "zipfile", "orjson")):
                try:
                    import_module(name)
                except Exception:  # noqa: BLE001 (a part of a package that only itself imports)
                    continue
        sys.stdout.write(json.dumps(ended._replace(modules=[])) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
