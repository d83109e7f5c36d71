"""Whether the compiled kernels are there.

Their import takes longer than padding a small file, so that only large inputs ask for it. For small ones, and wherever
Numba is missing or cannot cache what it compiles, pyarrow and NumPy do the same work.
"""

from functools import cache
from importlib import import_module
from types import ModuleType

from padcli import interrupts

LARGE_INPUT = 16 * 1024 * 1024  # bytes, from which the import pays


@cache
def load() -> ModuleType | None:
    """Import the kernels. None where that is impossible."""
    try:
        with interrupts.delayed():  # an exception in the midst of the import of a C extension has crashed Python
            return import_module("padcli.kernels")
    except (ImportError, RuntimeError):  # Numba does not know this NumPy; there is no folder for its cache
        return None


def kernels() -> ModuleType | None:
    """`padcli.kernels`, if they were loaded."""
    return load() if load.cache_info().currsize else None
