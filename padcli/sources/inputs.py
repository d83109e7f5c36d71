"""Inputs of a run, one after the other."""

from collections.abc import Callable, Iterable, Iterator

from padcli.engine.progress import OnProgress
from padcli.options import Format, ReadOptions
from padcli.sources import source_class
from padcli.sources.base import Source


def open_inputs(
    inputs: Iterable[tuple[str, Format]],
    read: ReadOptions,
    *,
    split_bytes: int,
    total_bytes: int | None,
    on_progress: OnProgress,
) -> Iterator[tuple[Format, Source]]:
    """Yield each input (its path and its format) to be read, and report how much of `total_bytes` has been read."""
    done = 0

    def on_read(n: int) -> None:
        nonlocal done
        done += n
        on_progress("Reading", done, total_bytes)

    for path, format in inputs:
        open_source: Callable[..., Source] = source_class(format)
        yield format, open_source(path, read, split_bytes=split_bytes, on_read=on_read)
