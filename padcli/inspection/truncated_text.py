"""Text that was cut off from rows, read again from the inputs that they come from."""

import dataclasses
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from padcli.encode.task import units_of
from padcli.engine.progress import OnProgress
from padcli.errors import InputError, PadcliError
from padcli.formats.reader import PaddedFile
from padcli.options import CHUNK_BYTES, ReadOptions, head_of
from padcli.report.metadata import recorded_read
from padcli.rows.ragged import positions
from padcli.sources import STDIN, kind_of, kind_of_folder
from padcli.sources.folders import is_folder
from padcli.sources.input_files import facts_of, found_again, input_size
from padcli.sources.inputs import open_inputs
from padcli.sources.reading import read_split
from padcli.sources.records import FIELD_KINDS, FieldKinds, Records
from padcli.tokenizers import Tokenizer
from padcli.tokenizers.vocabulary import Numbering

_HASHED_BYTES = 64 * 1024 * 1024  # of inputs whose digests are compared: a fraction of a second's work


class TruncatedText:
    """The ids that were cut off from rows, as long as the inputs give them.

    `why_not`: the reason why some could not be found; empty as long as all could. `n_found`, `n_missing`: the rows
    whose ids could be found, and could not.
    """

    def __init__(self, file: PaddedFile, tokenizer: Tokenizer | None, on_progress: OnProgress) -> None:
        self.why_not = ""
        self.n_found = self.n_missing = 0
        self._file, self._tokenizer, self._on_progress = file, tokenizer, on_progress
        self._numbering: Numbering | None = None
        self._inputs = file.meta["inputs"]
        self._total = sum(facts["bytes"] for facts in self._inputs)
        self._hashes = self._total <= _HASHED_BYTES
        self._read_options = recorded_read(file.meta["options"])
        self._splits = self._read()
        self._split: Records | None = None
        self._first = 0  # the row that begins the split
        if file.meta["options"].get("pair_field"):
            self.why_not = "they hold several texts, of which any may be cut."
        try:
            for facts in self._inputs[:1]:
                self._found(facts)
        except InputError as error:
            self.why_not = error.message

    @property
    def place(self) -> str:
        """The inputs, for a message."""
        first, *more = (facts["path"] for facts in self._inputs)
        return f"{first} and {len(more):,} more" if more else str(first)

    @property
    def checked(self) -> str:
        """The proof that the inputs are the same, for a message."""
        if self._hashes:
            return "same sha256"
        return "same size, and the same ids where they were kept; too large to compare the sha256"

    def of(self, rows: NDArray[np.int64], kept: Sequence[NDArray[np.integer]]) -> list[NDArray[np.integer] | None]:
        """Return the ids that were cut off from each of some rows, None where they cannot be found.

        `rows`: int64 `(n,)`, their records; the inputs are read once if these rise, from call to call, too. `kept` are
        the ids in the file, without special ones.
        """
        found, order = list[NDArray[np.integer] | None](), np.argsort(rows, kind="stable")
        if len(rows) and rows[order[0]] < self._first:
            self._splits, self._split, self._first = self._read(), None, 0
        try:
            for i, ids in zip(order.tolist(), self._records(rows[order]), strict=False):
                found.append(self._beyond(int(rows[i]), ids, kept[i]))
        except PadcliError as error:
            self.why_not = error.message
        self.n_found += len(found)
        self.n_missing += len(rows) - len(found)
        found += [None] * (len(rows) - len(found))
        return [found[place] for place in np.argsort(order).tolist()]

    def _beyond(self, row: int, ids: NDArray[np.integer], kept: NDArray[np.integer]) -> NDArray[np.integer]:
        n_lost = len(ids) - len(kept)
        padding = self._file.meta["padding"]
        head = head_of(padding["truncating"])
        first = 0 if padding["truncating"] == "pre" else len(kept) if head is None else head - len(padding["before"])
        cut, rest = ids[first : first + n_lost], np.concatenate([ids[:first], ids[first + n_lost :]])
        if n_lost <= 0 or not np.array_equal(rest, kept):
            raise InputError(f"the input no longer gives the ids of row {row:,}: it has changed.")
        return cut

    def _records(self, rows: NDArray[np.int64]) -> Iterator[NDArray[np.integer]]:
        """Yield all ids of these records."""
        while len(rows) and not self.why_not:
            if self._split is not None:
                n_here = int(np.searchsorted(rows, self._first + len(self._split.values)))
                if n_here:
                    yield from self._ids(self._split, rows[:n_here] - self._first)
                    rows = rows[n_here:]
                self._first += len(self._split.values) if len(rows) else 0
            if len(rows):
                self._split = next(self._splits, None)
                if self._split is None:
                    raise InputError(f"the inputs no longer have a row {int(rows[0]):,}: they have changed.")

    def _ids(self, records: Records, rows: NDArray[np.int64]) -> list[NDArray[np.integer]]:
        values = records.values.take(positions(rows))
        if self._tokenizer is None:
            field_kind = FIELD_KINDS.get(values.type, "ids")
            if field_kind != "ids":
                raise InputError(f"the inputs hold {field_kind}, and no ids any more: they have changed.")
            return [np.array(row or [], np.int64) for row in values.to_pylist()]
        units = units_of(dataclasses.replace(records, values=values), self._tokenizer.splitter)
        ids: NDArray[np.integer] = units.codes
        if units.units is not None and self._tokenizer.vocabulary is not None:
            if self._numbering is None:
                self._numbering = self._tokenizer.vocabulary.numbering()
            ids = self._numbering(units.units)[units.codes]
        return [ids[start:stop] for start, stop in pairwise(units.offsets.tolist())]

    def _read(self) -> Iterator[Records]:
        """Yield the records of all inputs, split by split, as they were read when the file was made."""
        read = self._read_options
        field_kinds: FieldKinds = {}
        sources = open_inputs(
            self._unchanged(read),
            read,
            split_bytes=CHUNK_BYTES,
            total_bytes=self._total,
            on_progress=self._on_progress,
        )
        for kind, source in sources:
            for split in source.splits():
                records = read_split(kind, split, read, field_kinds)
                field_kinds = records.field_kinds | field_kinds
                yield records

    def _unchanged(self, read: ReadOptions) -> Iterator[tuple[str, str]]:
        """Yield where each input is, and the kind of it. Raises `InputError` for one that has changed."""
        for facts in self._inputs:
            path = self._found(facts)
            if self._hashes and facts_of(path, read).sha256 != facts["sha256"]:
                raise InputError(f"{path}: has changed (the sha256 differs).")
            yield path, kind_of_folder(read) if is_folder(path) else kind_of(facts["path"], read)

    def _found(self, facts: dict[str, Any]) -> str:
        """Find an input under its name, or beside the file. Raises `InputError` where it has changed."""
        if facts["path"] == STDIN:
            raise InputError("the input was standard input, which cannot be read again.")
        path = found_again(facts["path"], self._file.path)
        size = input_size(path, self._read_options)
        if size is None:
            raise InputError(f"{path}: is not a regular file, and cannot be read again.")
        if size != facts["bytes"]:
            raise InputError(f"{path}: has changed (from {facts['bytes']:,} to {size:,} bytes).")
        return path
