"""Inputs of a run, one after the other."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from padcli.engine.progress import OnProgress
from padcli.options import ReadOptions
from padcli.sources import source_class
from padcli.sources.base import Source
from padcli.sources.folders import Folder


def open_inputs(
    inputs: Iterable[tuple[str, str]],
    read: ReadOptions,
    *,
    folders: Mapping[str, Folder] = MappingProxyType({}),
    split_bytes: int,
    total_bytes: int | None,
    on_progress: OnProgress,
) -> Iterator[tuple[str, Source]]:
    """Yield each input (its path and its kind) to be read, and report how much of `total_bytes` has been read.

    `folders`: what was found in those that are inputs.
    """
    done = 0

    def on_read(n: int) -> None:
        nonlocal done
        done += n
        on_progress("Reading", done, total_bytes)

    for path, kind in inputs:
        open_source: Callable[..., Source] = source_class(kind)
        known = {"folder": folders[path]} if path in folders else {}
        yield kind, open_source(path, read, split_bytes=split_bytes, on_read=on_read, **known)
