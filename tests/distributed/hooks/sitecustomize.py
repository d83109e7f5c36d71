"""What happens to workers. Python imports this module in each process that finds it, at its start.

`PADCLI_HOOKS` names functions of this module, `name` or `name=value`, with a blank between them; `PADCLI_NOTES` is a
folder where tests and workers leave each other notes.
"""

import functools
import importlib.metadata
import os
import pickle
import resource
import signal
import sys
import time
from pathlib import Path

NOTES = Path(os.environ.get("PADCLI_NOTES", ""))


def around_tasks(hook):
    """Call `hook(stage)` before each task that a worker does."""
    from padcli.engine import travel

    do = travel.do

    @functools.wraps(do)
    def wrapped(expected, parcel):
        hook(pickle.loads(parcel)[0])
        return do(expected, parcel)

    travel.do = wrapped


def wait(stage):
    """Stop before a task of this stage, until the test says `go`."""

    def hook(found):
        if found == stage:
            (NOTES / f"waits-{os.getpid()}").touch()
            while not (NOTES / "go").exists():
                time.sleep(0.02)

    around_tasks(hook)


def die(room):
    """Let one worker be killed when it has half of a file written: a block, or what says that a shard is finished."""
    from padcli.store.shared import SharedFolder

    put = SharedFolder._put

    def dying(folder, name, parts):
        if name.startswith(room) and taken("die"):
            data = b"".join(parts)
            Path(folder.place, room, ".half").write_bytes(data[: len(data) // 2])
            kill()
        put(folder, name, parts)

    SharedFolder._put = dying


def always_die(stage):
    """Let each worker be killed that begins with a task of this stage."""
    around_tasks(lambda found: kill() if found == stage else None)


def kill():
    (NOTES / f"killed-{os.getpid()}").touch()
    os.kill(os.getpid(), signal.SIGKILL)


def taken(name):
    """Take the note of that name. One process does."""
    try:
        (NOTES / name).unlink()
    except FileNotFoundError:
        return False
    return True


def version(told):
    """Let a library have another version: `padcli:9.9`."""
    library, _, number = told.partition(":")
    found = importlib.metadata.version
    importlib.metadata.version = lambda name: number if name == library else found(name)


def without(module):
    """Let a module not be installed."""
    sys.modules[module] = None


def little_memory(_):
    """Leave a worker 4 MB more than it has when it begins to read."""

    def hook(stage):
        if stage == "tokenize":
            size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (size + 4 * 2**20, -1))

    around_tasks(hook)


def blind(part):
    """Let a worker not see folders whose path has this part in it."""
    from padcli.store.shared import SharedFolder

    has, read = SharedFolder.has, SharedFolder.read
    SharedFolder.has = lambda folder, name: part not in folder.place and has(folder, name)

    def without_folder(folder, name, *span):
        if part in folder.place:
            raise FileNotFoundError(folder.place)
        return read(folder, name, *span)

    SharedFolder.read = without_folder


for each in os.environ.get("PADCLI_HOOKS", "").split():
    name, _, value = each.partition("=")
    globals()[name](value)
