"""Available memory, so that an input that needs more is refused before the process is killed for it."""

from pathlib import Path

_MEMINFO = Path("/proc/meminfo")
_GROUP = Path("/sys/fs/cgroup")  # of a container: https://docs.kernel.org/admin-guide/cgroup-v2.html


def available_memory() -> int | None:
    """Return the bytes that this process may still get without swapping; None where nothing tells."""
    found = [number for number in (_of_machine(), _of_group()) if number is not None]
    return min(found, default=None)


def _of_machine() -> int | None:
    for line in _read(_MEMINFO).splitlines():
        name, _, rest = line.partition(":")
        if name == "MemAvailable":
            return int(rest.split()[0]) * 1024
    return None


def _of_group() -> int | None:
    most, used = (_read(_GROUP / name).strip() for name in ("memory.max", "memory.current"))
    return max(0, int(most) - int(used)) if most.isdecimal() and used.isdecimal() else None


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
