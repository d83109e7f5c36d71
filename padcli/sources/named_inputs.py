"""Inputs as they were named, looked at as far as it can be done without reading them."""

import dataclasses
import os
from collections.abc import Sequence

from padcli.errors import UsageError
from padcli.files.output_paths import check_name
from padcli.options import Format, ReadOptions
from padcli.sources import STDIN, bare_name, format_of
from padcli.sources.input_files import input_size
from padcli.sources.remote_inputs import expanded
from padcli.urls import as_named, is_url

Inputs = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NamedInputs:
    """One or more inputs. `sizes`: in bytes; None of a pipe or a device."""

    paths: tuple[str, ...]
    formats: tuple[Format, ...]
    sizes: tuple[int | None, ...]

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
        return "stdin" if self.paths[0] == STDIN else bare_name(self.paths[0]).stem


def named_inputs(inputs: Inputs, read: ReadOptions) -> NamedInputs:
    """Look at inputs. Raises `UsageError` or `InputError` for what cannot be read, or not in this way."""
    paths = tuple(os.fspath(path) for path in ([inputs] if isinstance(inputs, str | os.PathLike) else inputs))
    paths = tuple(each for path in map(as_named, paths) for each in (expanded(path) if is_url(path) else (path,)))
    if not paths:
        raise UsageError("No input.", hint="Name one or more files, or - for standard input.")
    for path in paths:
        check_name(path)
    if paths.count(STDIN) > 1:
        raise UsageError("Standard input (-) can be read only once.")
    sizes = tuple(input_size(path) for path in paths)
    formats = tuple(read.format or format_of(path) for path in paths)
    flag = read.names_field
    if "text" in formats and flag and ("jsonl" not in formats or flag != "--field"):
        path = paths[formats.index("text")]
        raise UsageError(
            f"{flag} names a field of JSON records, but {'standard input' if path == STDIN else path} is text.",
            hint="Add --format jsonl if it holds one JSON object a line.",
        )
    return NamedInputs(paths=paths, formats=formats, sizes=sizes)
