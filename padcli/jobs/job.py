"""A job: one command of the library, with its options, and the files that it reads and writes."""

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from padcli.config.keys import INPUTS, options_by_name
from padcli.config.values import is_fitted, is_path
from padcli.errors import UsageError
from padcli.files.output_paths import beside
from padcli.files.places import as_path
from padcli.options import SelectOptions

COMMANDS = ("pad", "fit", "stats")
_WRITTEN = ("save_tokenizer", "save_counts", "rejects", "report", "plot", "croissant")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job. `values`: its options by their keywords, with `inputs` and `output`; `places`: where each is from.

    `place`: its table, for messages; `needs`: the jobs that have to come before it.
    """

    name: str
    command: str
    place: str
    values: Mapping[str, Any]
    places: Mapping[str, str]
    needs: tuple[str, ...] = ()

    @property
    def output(self) -> str | None:
        """The file of the arrays, or of the tokenizer; None of `stats`."""
        output: str | None = self.values.get("output")
        return output

    @property
    def arrays(self) -> list[Path]:
        """The files of arrays, one for each part of `split_into`."""
        if self.command != "pad" or self.output is None:
            return []
        path = as_path(self.output)
        parts = SelectOptions(split_into=self.values.get("split_into")).parts
        return [path.with_name(f"{path.stem}.{part}{path.suffix}") for part in parts] or [path]

    @property
    def tokenizer(self) -> str | None:
        """The file of the tokenizer that it writes; None where it takes one that there is."""
        if self.command == "fit":
            return self.output
        if self.command != "pad" or "like" in self.values or not is_fitted(str(self.values.get("tokenizer", "word"))):
            return None
        saved: str | None = self.values.get("save_tokenizer")
        return str(beside(self.arrays[0])) if saved is None else saved

    @property
    def writes(self) -> list[str]:
        """The files that it writes; of buckets and shards, the name that they share."""
        told = [self.values[name] for name in _WRITTEN if self.values.get(name) is not None]
        return _absolute([self.output, self.tokenizer, *map(str, self.arrays), *told])

    @property
    def reads(self) -> list[str]:
        """The files that it reads."""
        options = options_by_name(self.command).values()
        named = [each.name for each in options if is_path(each) and each.name not in (*_WRITTEN, "output")]
        return _absolute([*self.values.get(INPUTS, ()), *(self.values.get(name) for name in named)])

    def file_for(self, option: str, place: str) -> str:
        """Return the file that another job means when an option of it names this one. Raises `UsageError`."""
        if option == "tokenizer":
            found, what = self.tokenizer, "fits no tokenizer"
        elif option == "like":
            found, what = next(map(str, self.arrays), None), "writes no arrays"
            if "bucket" in self.values:
                found, what = None, "writes a file for each width: name one of them"
        else:
            found, what = self.values.get("save_counts"), "saves no counts"
        if found is None:
            raise UsageError(f"{place}: the job {self.name!r} {what}.")
        return found


def _absolute(paths: list[str | None]) -> list[str]:
    return list(dict.fromkeys(os.path.realpath(path) for path in paths if path not in (None, "-")))
