"""The one place that chooses between the compiled kernels and their fallback.

The loops are compiled when padcli is installed. Where that could not be done, pyarrow and NumPy do the same work, in
some seven times the time.
"""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from padcli.kernels.base import Kernels


@cache
def kernels() -> "Kernels":
    """Return `padcli.kernels.native`, or `padcli.kernels.fallback` where nothing was compiled."""
    try:
        from padcli.kernels import native
    except ModuleNotFoundError:
        from padcli.kernels import fallback

        return fallback
    return native
