"""Inputs as they were named, looked at as far as it can be done without reading them."""

import dataclasses
import os
from collections.abc import Mapping, Sequence
from functools import reduce

from padcli.errors import UsageError
from padcli.files.output_paths import check_name
from padcli.options import ReadOptions
from padcli.sources import STDIN, bare_name
from padcli.sources.expansion import expanded
from padcli.sources.folders import Folder, is_folder
from padcli.sources.format_checks import check_formats
from padcli.sources.input_files import input_size
from padcli.sources.skipped_files import SkippedFiles, together
from padcli.urls import as_named, is_url

Inputs = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NamedInputs:
    """One or more inputs. `formats`: the kinds of input that they are; `sizes`: in bytes; None of a pipe or a device.

    `first`: the first of them as it was named; `folders`: what is in those that are folders; `skipped_files`: files in
    folders that are no input.
    """

    paths: tuple[str, ...]
    formats: tuple[str, ...]
    sizes: tuple[int | None, ...]
    first: str = ""
    folders: Mapping[str, Folder] = dataclasses.field(default_factory=dict)
    skipped_files: SkippedFiles = dataclasses.field(default_factory=dict)

    @property
    def total_bytes(self) -> int | None:
        """Bytes of all inputs; None where nobody knows."""
        return None if None in self.sizes else sum(size for size in self.sizes if size is not None)

    @property
    def pipe(self) -> str | None:
        """The first input that can be read only once."""
        return next(
            (path for path, size in zip(self.paths, self.sizes, strict=True) if size is None and not is_url(path)), None
        )

    @property
    def stem(self) -> str:
        """The name of the first input, without its extensions."""
        if is_folder(self.first):
            return os.path.basename(os.path.abspath(self.first))  # noqa: PTH100, PTH119 (of `.`, too)
        return "stdin" if self.paths[0] == STDIN else bare_name(self.paths[0]).stem


def named_inputs(inputs: Inputs, read: ReadOptions) -> NamedInputs:
    """Look at inputs. Raises `UsageError` or `InputError` for what cannot be read, or not in this way."""
    paths = tuple(os.fspath(path) for path in ([inputs] if isinstance(inputs, str | os.PathLike) else inputs))
    paths = tuple(map(as_named, paths))
    if not paths:
        raise UsageError("No input.", hint="Name one or more files, or - for standard input.")
    for path in paths:
        check_name(path)
    if paths.count(STDIN) > 1:
        raise UsageError("Standard input (-) can be read only once.")
    found = list(expanded(paths, read))
    for each in found:
        check_name(each.path)
    sizes = tuple(input_size(each.path) if each.folder is None else each.folder.bytes for each in found)
    formats = tuple(each.kind for each in found)
    check_formats([each.path for each in found], formats, read)
    return NamedInputs(
        paths=tuple(each.path for each in found),
        formats=formats,
        sizes=sizes,
        first=paths[0],
        folders={each.path: each.folder for each in found if each.folder is not None},
        skipped_files=reduce(together, (each.skipped for each in found)),
    )
