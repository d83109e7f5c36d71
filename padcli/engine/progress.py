"""Progress: a callback that is told how far the work is."""

from collections.abc import Callable

# Told of the stage ("Reading" or "Writing"), how many bytes of it are done, and of how many, if that is known.
OnProgress = Callable[[str, int, int | None], None]


def no_progress(stage: str, done: int, total: int | None) -> None:
    """No-op progress callback."""
