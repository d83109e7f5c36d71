"""Plans of runs: what is to be done, with nothing left to decide but what follows from the rows."""

import dataclasses
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from padcli.engine.base import is_elsewhere
from padcli.files.places import UrlPath
from padcli.formats import STDOUT
from padcli.formats.shards import ShardSize, index_path
from padcli.options import (
    PadOptions,
    ReadOptions,
    ReportOptions,
    RowOptions,
    RunOptions,
    SelectOptions,
    StatsOptions,
    TokenizeOptions,
    WriteOptions,
)
from padcli.sources.folders import Folder
from padcli.sources.skipped_files import SkippedFiles

_ROWS, _ALL = RowOptions(), SelectOptions()


def part_path(output: Path, name: str) -> Path:
    """Return the path of a part of an output: `out.train.npz`."""
    return output.with_name(f"{output.stem}.{name}{output.suffix}")


def _shared(run: RunOptions, output: Path) -> Path | None:
    shares = is_elsewhere(run.engine) or run.resume
    return output.with_name(f".{output.name}.parts") if shares else None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FitPlan:
    """Inputs to a fitted tokenizer. `total_bytes` is None where an input is a pipe; `part`: its number, of a split.

    `formats`, `folders`, `skipped_files`: see `NamedInputs`.
    """

    inputs: tuple[str, ...]
    formats: tuple[str, ...]
    total_bytes: int | None
    read: ReadOptions
    tokenize: TokenizeOptions
    tokenizer_output: Path | None
    rejects: Path | None
    run: RunOptions
    rows: RowOptions = _ROWS
    select: SelectOptions = _ALL
    folders: Mapping[str, Folder] = dataclasses.field(default_factory=dict)
    skipped_files: SkippedFiles = dataclasses.field(default_factory=dict)
    part: int | None = None
    continue_from: Path | None = None
    counts_output: Path | None = None

    @property
    def store_folder(self) -> Path | None:
        """The folder where rows are kept until all are read; None where nothing is asked of them then."""
        return Path(tempfile.gettempdir()) if self.tokenize.may_drop else None

    @property
    def checks_rows(self) -> bool:
        """True where rows are checked for what is odd about them."""
        return False

    @property
    def shared_place(self) -> Path | None:
        """The folder through which workers of other processes hand on what they did; None where there are none."""
        return _shared(self.run, self.tokenizer_output or Path("tokenizer.json"))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StatsPlan(FitPlan):
    """Inputs to what is known of their lengths; no arrays are written."""

    stats: StatsOptions
    reporting: ReportOptions

    @property
    def store_folder(self) -> Path | None:
        """A folder where some units may be unknown: which are shows when all are counted."""
        may_be_unknown = self.tokenize.vocab_size is not None or self.tokenize.min_count is not None
        return Path(tempfile.gettempdir()) if may_be_unknown else None

    @property
    def checks_rows(self) -> bool:
        """True."""
        return True

    @property
    def shared_place(self) -> Path | None:
        """One in the current folder, since nothing is written."""
        return _shared(self.run, Path("stats"))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PadPlan(FitPlan):
    """Inputs to padded arrays.

    `folder`: where the largest files go; `label_dtypes`: of arrays that must have them; `label_classes`: of
    arrays whose labels must be of them.
    """

    pad: PadOptions
    write: WriteOptions
    reporting: ReportOptions
    output: Path
    names: tuple[str, ...]
    folder: Path
    label_dtypes: Mapping[str, np.dtype[Any]] = dataclasses.field(default_factory=dict)
    label_classes: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)

    @property
    def store_folder(self) -> Path:
        """The folder of the output, which has room for rows."""
        return self.folder

    @property
    def checks_rows(self) -> bool:
        """True."""
        return True

    @property
    def shared_place(self) -> Path | None:
        """A hidden one beside the output."""
        return _shared(self.run, self.output)

    def parts(self) -> "list[PadPlan]":
        """Return the plans of the parts, each with an output of its own; the first fits the tokenizer."""
        if not self.select.parts:
            return [self]
        plans = [
            dataclasses.replace(self, part=number, output=part_path(self.output, name))
            for number, name in enumerate(self.select.parts)
        ]
        return [plans[0], *(dataclasses.replace(plan, rejects=None, tokenizer_output=None) for plan in plans[1:])]

    @property
    def shards(self) -> ShardSize | None:
        """The size of shards; None where the arrays are not written in shards."""
        write = self.write
        return ShardSize(rows=write.shard_rows, n_bytes=write.shard_size) if write.is_sharded else None

    @property
    def stored_as(self) -> Path:
        """The file to open for the output: the index of shards, or the output itself."""
        return self.output if self.shards is None else index_path(self.output)

    @property
    def place(self) -> str:
        """The place where the arrays take up space, for messages."""
        is_temporary = str(self.output) == STDOUT or isinstance(self.output, UrlPath)
        return f"{self.folder} (TMPDIR)" if is_temporary else str(self.output)
