"""Inputs of a run, one after the other."""

from collections.abc import Iterable, Iterator

from padcli.engine.progress import OnProgress
from padcli.options import Format, ReadOptions
from padcli.sources.streams import InputStream


def open_inputs(
    inputs: Iterable[tuple[str, Format]],
    read: ReadOptions,
    *,
    chunk_bytes: int,
    total_bytes: int | None,
    on_progress: OnProgress,
) -> Iterator[tuple[Format, InputStream]]:
    """Yield each input (its path and its format) to be read, and report how much of `total_bytes` has been read."""
    done = 0

    def on_read(n: int) -> None:
        nonlocal done
        done += n
        on_progress("Reading", done, total_bytes)

    for path, format in inputs:
        yield format, InputStream(path, read, chunk_bytes=chunk_bytes, on_read=on_read)
