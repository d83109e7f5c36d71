"""Inputs as they were named, looked at as far as it can be done without reading them."""

import dataclasses
import os
from collections.abc import Sequence

from padcli.errors import UsageError
from padcli.files.output_paths import check_name
from padcli.options import Format, ReadOptions
from padcli.sources import STDIN, bare_name, format_of
from padcli.sources.dataset_folder import is_dataset, with_datasets_opened
from padcli.sources.format_checks import check_formats
from padcli.sources.input_files import input_size

Inputs = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NamedInputs:
    """One or more inputs. `sizes`: in bytes; None of a pipe or a device; `folder`: of the first, a data set's."""

    paths: tuple[str, ...]
    formats: tuple[Format, ...]
    sizes: tuple[int | None, ...]
    folder: str = ""

    @property
    def total_bytes(self) -> int | None:
        """Bytes of all inputs; None where nobody knows."""
        return None if None in self.sizes else sum(size for size in self.sizes if size is not None)

    @property
    def pipe(self) -> str | None:
        """The first input that can be read only once."""
        return next((path for path, size in zip(self.paths, self.sizes, strict=True) if size is None), None)

    @property
    def stem(self) -> str:
        """The name of the first input, without its extensions."""
        if self.folder:
            return os.path.basename(os.path.abspath(self.folder))  # noqa: PTH100, PTH119 (of `.`, too)
        return "stdin" if self.paths[0] == STDIN else bare_name(self.paths[0]).stem


def named_inputs(inputs: Inputs, read: ReadOptions) -> NamedInputs:
    """Look at inputs. Raises `UsageError` or `InputError` for what cannot be read, or not in this way."""
    paths = tuple(os.fspath(path) for path in ([inputs] if isinstance(inputs, str | os.PathLike) else inputs))
    if not paths:
        raise UsageError("No input.", hint="Name one or more files, or - for standard input.")
    named, paths = paths[0], with_datasets_opened(paths)
    for path in paths:
        check_name(path)
    if paths.count(STDIN) > 1:
        raise UsageError("Standard input (-) can be read only once.")
    sizes = tuple(input_size(path) for path in paths)
    formats = tuple(read.format or format_of(path) for path in paths)
    check_formats(paths, formats, read)
    return NamedInputs(paths=paths, formats=formats, sizes=sizes, folder=named if is_dataset(named) else "")
