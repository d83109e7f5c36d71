"""Whether the compiled loops are there.

They are compiled when padcli is installed. Where that could not be done, pyarrow and NumPy do the same work, in some
seven times the time.
"""

from functools import cache
from importlib import import_module
from types import ModuleType


@cache
def kernels() -> ModuleType | None:
    """`padcli.kernels.native`, or None where nothing was compiled."""
    try:
        return import_module("padcli.kernels.native")
    except ModuleNotFoundError:
        return None


def subword_models() -> ModuleType | None:
    """`padcli.kernels.bpe`, or None where nothing was compiled; then the libraries do what it does."""
    try:
        return import_module("padcli.kernels.bpe") if kernels() is not None else None
    except ModuleNotFoundError:
        return None
