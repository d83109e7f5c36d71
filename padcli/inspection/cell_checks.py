"""Cells of the ids, the mask and the lengths, checked against each other and the metadata."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from padcli.inspection.array_check import CheckedArray
from padcli.inspection.check import Check, verdict
from padcli.inspection.shape_checks import ShapeChecks
from padcli.inspection.tally import Tally
from padcli.padding.layout import Layout
from padcli.report.run_report import Report
from padcli.rows.lengths import EMPTY, LengthHistogram
from padcli.rows.outcome import Outcome

_NUMBERS = {0: "none has", 1: "1 has"}


class CellChecks:
    """Checks of padcli's own arrays, in the order of their names, while they are read side by side."""

    def __init__(self, arrays: Sequence[CheckedArray], report: Report, layout: Layout, shape: ShapeChecks) -> None:
        self._ids, self._mask, *self._types, self._lengths = self._all = arrays
        self._report, self._layout, self._shape = report, layout, shape
        self._histogram = EMPTY
        self._of_mask, self._of_padding, self._of_ids, self._of_real, self._of_types = (Tally() for _ in range(5))

    def read(self) -> None:
        """Read the arrays, block by block, as far as they can be read."""
        readers = [array.reader for array in self._all if array.reader is not None]
        n_rows, start = min((reader.block_rows for reader in readers), default=1), 0
        while True:
            ids, mask, *types, lengths = (array.read(n_rows) for array in self._all)
            if all(block is None for block in (ids, mask, *types, lengths)):
                return
            mask = mask.view(np.uint8) if mask is not None and mask.dtype.itemsize == 1 else mask
            self._add_lengths(start, lengths, mask)
            self._add_ids(start, ids, mask)
            self._shape.add(start, n_rows, mask)
            for block in types:
                if block is not None:
                    self._add_types(start, block, mask)
            start += n_rows

    def _add_lengths(self, start: int, lengths: NDArray[np.integer] | None, mask: NDArray[np.uint8] | None) -> None:
        if lengths is None:
            return
        self._histogram += LengthHistogram.of(lengths)
        if mask is not None:
            expected = self._layout.mask(np.maximum(lengths, 0)).view(np.uint8)
            self._of_mask.add(mask != expected, start, mask, expected)

    def _add_ids(self, start: int, ids: NDArray[np.integer] | None, mask: NDArray[np.uint8] | None) -> None:
        if ids is None:
            return
        tokenizer, is_pad = self._report.tokenizer, ids == self._layout.pad_id
        if tokenizer is not None:
            outside = (ids < 0) | (ids >= tokenizer.vocab_size)
            self._of_ids.add(outside & ~is_pad, start, ids, f"0 to {tokenizer.vocab_size - 1:,}")
        if mask is not None:
            is_real = mask != 0
            self._of_padding.add(~is_real & ~is_pad, start, ids, f"the padding id {self._layout.pad_id}")
            self._of_real.add(is_real & is_pad, start, ids, "another id")

    def _add_types(self, start: int, types: NDArray[np.integer], mask: NDArray[np.uint8] | None) -> None:
        if self._layout.template.n_texts == 1:
            self._of_types.add(types != 0, start, types, 0)
        elif mask is not None:
            self._of_types.add((mask == 0) & (types != 0), start, types, 0)

    def checks(self, metadata: Mapping[str, Any]) -> Iterator[Check]:
        """Yield the checks, when the arrays have been read."""
        layout, report = self._layout, dataclasses.replace(self._report, histogram=self._histogram)
        ids, mask, lengths = self._ids, self._mask, self._lengths
        differences = "" if lengths.problems else _differences(metadata, report)
        what = "rows, tokens and cuts" if report.outcome is None else "rows and tokens"
        yield verdict("facts", differences, [lengths], f"{what} are those of lengths")
        side = "first" if layout.padding == "post" else "last"
        fine = f"the {side} min(length, {layout.maxlen:,}) cells of each row are real tokens"
        yield verdict("mask", self._of_mask.text, [mask, lengths], fine)
        fine = f"id {layout.pad_id} wherever the mask is False"
        yield verdict("padding", self._of_padding.text, [ids, mask], fine)
        yield self._check_of_real_tokens(metadata, report)
        yield self._check_of_ids()
        yield from self._shape.checks(mask)
        for types in self._types:
            yield verdict("token types", self._of_types.text, [types], self._fine_types)

    @property
    def _fine_types(self) -> str:
        return "all 0" if self._layout.template.n_texts == 1 else "0 for padding"

    def _check_of_ids(self) -> Check:
        tokenizer = self._report.tokenizer
        if tokenizer is None:
            return Check(name="ids", ok=None, text="taken from the input: there is no vocabulary to check them against")
        fine = f"of the vocabulary, 0 to {tokenizer.vocab_size - 1:,}"
        return verdict("ids", self._of_ids.text, [self._ids], fine)

    def _check_of_real_tokens(self, metadata: Mapping[str, Any], report: Report) -> Check:
        """Compare how many real tokens have the padding id with the input.

        There may be fewer where rows are cut, or records are in no row, and more where windows repeat some.
        """
        found, known = self._of_real.bad, report.pad_id_tokens
        have = f"{_NUMBERS.get(found, f'{found:,} have')} the padding id {self._layout.pad_id}"
        if "pad_id_tokens" not in metadata:
            return Check(name="real tokens", ok=None, text=f"{have}; an older padcli did not count these in the input")
        needed = [self._ids, self._mask, self._lengths]
        is_shard = "shard" in metadata  # of which the input has more
        cut = is_shard or report.outcome is not None or (report.cost is not None and report.cost.rows_truncated > 0)
        may_be_more = known > 0 and metadata["options"].get("overflow") == "window"
        wrong = ""
        if (found > known and not may_be_more) or (
            found < known and not cut and not any(array.problems for array in needed)
        ):
            wrong = f"{have}, expected {known or 'none'}"
            wrong += f"; the first: {self._of_real.first}" if found else ""
        return verdict("real tokens", wrong, needed, have)


def _differences(metadata: Mapping[str, Any], report: Report) -> str:
    """List the figures of the metadata that are others than those that follow from the lengths."""
    facts = report.facts()
    if report.outcome is not None and report.layout is not None:  # what became of records does not show in lengths
        return _differences_of_rows(report, report.outcome, report.layout.maxlen)
    pairs = [(name, metadata.get(name), facts[name]) for name in ("rows", "tokens", "empty_rows")]
    for part in ("lengths", "padding"):
        recorded = metadata[part] if isinstance(metadata.get(part), dict) else {}
        pairs += [(f"{part}.{name}", recorded.get(name), _as_json(value)) for name, value in facts[part].items()]
    return "; ".join(f"{name} is {said!r}, by lengths {value!r}" for name, said, value in pairs if said != value)


def _differences_of_rows(report: Report, outcome: Outcome, maxlen: int) -> str:
    found = report.histogram
    kept = found.tokens - found.cost(maxlen).tokens_lost
    pairs = [("shape.rows", outcome.rows, found.rows), ("shape.tokens", outcome.tokens, kept)]
    return "; ".join(f"{name} is {said!r}, by lengths {value!r}" for name, said, value in pairs if said != value)


def _as_json(value: object) -> object:
    if isinstance(value, dict):
        return {name: _as_json(each) for name, each in value.items()}
    return [_as_json(each) for each in value] if isinstance(value, tuple) else value
