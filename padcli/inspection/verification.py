"""Whether a file that padcli wrote is still what its `meta.json` says, and whether that can be so."""

import dataclasses
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from padcli.errors import InputError
from padcli.formats.base import ArrayReader, StoredRows
from padcli.formats.damage import not_padclis
from padcli.formats.reader import open_rows
from padcli.padding.layout import Layout
from padcli.plan import beside
from padcli.report.metadata import recorded_report
from padcli.report.run_report import Report
from padcli.rows.lengths import EMPTY, LengthHistogram
from padcli.schema import own_names_in, specs_of
from padcli.sources import STDIN
from padcli.sources.streams import InputFacts, facts_of, found_again, input_size
from padcli.tokenizers.external import files


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at. `ok` is None where it could not be: then `text` is a note, and no more."""

    name: str
    ok: bool | None
    text: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What `padcli.verify` found: all of it, not only what is wrong."""

    path: str
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return all(check.ok is not False for check in self.checks)

    def as_dict(self) -> dict[str, Any]:
        """All of it as JSON has it."""
        return {"path": self.path, "ok": self.ok, "checks": [dataclasses.asdict(check) for check in self.checks]}


def verify(path: str | os.PathLike[str], *, inputs: bool = False) -> Verification:
    """Hold an `.npz`, or an `.npy` and the files beside it, against its own `meta.json`.

    `inputs`: whether the inputs and the tokenizer must still be those that it was made from, too. Arrays are read in
    blocks of rows. Raises `InputError` where there is nothing to check: no such file, or none that padcli wrote.
    """
    with open_rows(path) as output:
        report = recorded_report(output, EMPTY)
        checks = [_meta(output), *_arrays(output, report), *_tokenizer(output, report, required=inputs)]
        if inputs:
            checks += (_input(facts, output.path) for facts in report.inputs)
    return Verification(path=os.fspath(path), checks=tuple(checks))


def _meta(output: StoredRows) -> Check:
    text = f"padcli {output.metadata['padcli']}, Keras {output.metadata['keras']}"
    if output.metadata_is_whole is None:
        text += "; no digest: an older padcli wrote the file"
    elif not output.metadata_is_whole:
        text = "it is not as it was written: its sha256 is another"
    return Check(name="meta.json", ok=output.metadata_is_whole, text=text)


class _Array:
    """An array of the output while it is read, and what is wrong with it as a whole.

    `expected`: the dtype and shape that the rest of `meta.json` asks for.
    """

    def __init__(self, output: StoredRows, name: str, stack: ExitStack, expected: "_Kind") -> None:
        self.name = name
        self.problems: list[str] = []
        self._facts = output.arrays[name]
        self.reader: ArrayReader | None = None  # as long as it can be read on
        meta = (self._facts.dtype, self._facts.shape)
        if (meta[0].newbyteorder("="), meta[1]) != expected:
            self.problems.append(f"meta.json says {_described(meta)} here, and elsewhere {_described(expected)}")
        try:
            reader = stack.enter_context(output.array(name))
        except InputError as error:
            self.problems.append(error.message)
            return
        if (reader.dtype, reader.shape) != meta:
            self.problems.append(f"it is {_described((reader.dtype, reader.shape))}, expected {_described(meta)}")
        if not self.problems:
            self.reader = reader

    def read(self, n_rows: int) -> NDArray[Any] | None:
        """The next rows; None where there are no more, or where they cannot be read."""
        try:
            rows = None if self.reader is None else self.reader.read(n_rows)
        except InputError as error:
            self.problems.append(error.message)
            self.reader = None
            return None
        return rows if rows is not None and len(rows) else None

    def read_rest(self) -> None:
        """For its digest alone."""
        while self.reader is not None and self.read(self.reader.block_rows) is not None:
            pass

    def check(self) -> Check:
        """What is to be said of it, when all of it has been read."""
        sha256 = self._facts.sha256
        if self.reader is None:
            return Check(name=self.name, ok=False, text="; ".join(self.problems))
        what = _described((self._facts.dtype, self._facts.shape))
        if sha256 is None:
            return Check(name=self.name, ok=None, text=f"{what}; no digest: an older padcli wrote the file")
        if self.reader.sha256 != sha256:
            return Check(name=self.name, ok=False, text=f"{what}, but {_other(self.reader.sha256, sha256)}")
        return Check(name=self.name, ok=True, text=f"{what}, {_short(sha256)}")


_Kind = tuple[np.dtype[Any], tuple[int, ...]]


def _described(kind: _Kind) -> str:
    dtype, shape = kind
    name = dtype.name if dtype.isnative else dtype.str
    return f"{name} {' × '.join(f'{n:,}' for n in shape)}"


def _arrays(output: StoredRows, report: Report) -> Iterator[Check]:
    """The arrays, one by one, and then what they say of each other."""
    names = own_names_in(output.arrays)
    rows, layout = output.metadata.get("rows"), report.layout
    if names is None or not isinstance(rows, int) or layout is None:
        raise not_padclis(output.path, ValueError("its meta.json names no rows, or no ids, mask and lengths"))
    labels = {name: facts.dtype.newbyteorder("=") for name, facts in output.arrays.items()}
    expected_specs = specs_of(labels, n_rows=rows, width=layout.width, ids=layout.dtype, labels=labels)
    specs = {spec.name: spec for spec in expected_specs}
    with ExitStack() as stack:
        arrays = {}
        for name in output.arrays:
            spec = specs[name]
            expected = (spec.dtype, spec.shape)
            arrays[name] = _Array(output, name, stack, expected)
        contents = _Contents([arrays[name] for name in names], report, layout)
        contents.read()
        for array in arrays.values():
            array.read_rest()
            yield array.check()
    yield _unexpected(output)
    yield from contents.checks(output.metadata)


def _unexpected(output: StoredRows) -> Check:
    found = output.unexpected
    text = f"{', '.join(found)}: not named in meta.json" if found else "none that meta.json does not name"
    # A file beside an .npy may be anybody's.
    return Check(
        name="other arrays", ok=(None if output.path.suffix.lower() == ".npy" else False) if found else True, text=text
    )


@dataclasses.dataclass(slots=True)
class _Tally:
    """Cells that are not what they should be: how many there are, where the first is, and what is there."""

    bad: int = 0
    first: str = ""
    reason: str = ""

    def add(self, wrong: NDArray[np.bool_], start: int, found: NDArray[Any], expected: object) -> None:
        """Look at rows from `start` on; `expected` says what should be there, or is an array of it."""
        n = int(np.count_nonzero(wrong))
        if n and not self.bad:
            row, column = (int(i) for i in np.unravel_index(np.argmax(wrong), wrong.shape))
            wanted = expected[row, column] if isinstance(expected, np.ndarray) else expected
            self.first = f"row {start + row:,}, column {column:,}"
            self.reason = f"{found[row, column]}, expected {wanted}"
        self.bad += n

    @property
    def text(self) -> str:
        """What is to be said of them; nothing if there are none."""
        if not self.bad:
            return ""
        return f"{'1 cell' if self.bad == 1 else f'{self.bad:,} cells, the first'}: {self.first} is {self.reason}"


class _Contents:
    """Ids, mask and lengths, read side by side, and whether they agree."""

    def __init__(self, arrays: Sequence[_Array], report: Report, layout: Layout) -> None:
        self._ids, self._mask, *self._types, self._lengths = self._all = arrays
        self._report = report
        self._layout = layout
        self._histogram = EMPTY
        self._of_mask, self._of_padding, self._of_ids, self._of_real, self._of_types = (_Tally() for _ in range(5))

    def read(self) -> None:
        """Read all of them, block by block, as far as they can be read."""
        readers = [array.reader for array in self._all if array.reader is not None]
        block_rows, start = min((reader.block_rows for reader in readers), default=1), 0
        while True:
            ids, mask, *types, lengths = (array.read(block_rows) for array in self._all)
            if all(block is None for block in (ids, mask, *types, lengths)):
                return
            mask = None if mask is None else mask.view(np.uint8)
            self._add_lengths(start, lengths, mask)
            self._add_ids(start, ids, mask)
            for block in types:
                if block is not None:
                    self._of_types.add(block != 0, start, block, 0)
            start += block_rows

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

    def checks(self, meta: dict[str, Any]) -> Iterator[Check]:
        """What is to be said of them, when they have been read."""
        layout, tokenizer = self._layout, self._report.tokenizer
        ids, mask, lengths = self._ids, self._mask, self._lengths
        report = dataclasses.replace(self._report, histogram=self._histogram)
        differences = "" if lengths.problems else _differences(meta, report)
        yield _verdict("facts", differences, [lengths], "rows, tokens and cuts are those of lengths")
        side = "first" if layout.padding == "post" else "last"
        fine = f"the {side} min(length, {layout.maxlen:,}) cells of each row are real tokens"
        yield _verdict("mask", self._of_mask.text, [mask, lengths], fine)
        fine = f"id {layout.pad_id} wherever the mask is False"
        yield _verdict("padding", self._of_padding.text, [ids, mask], fine)
        yield self._real_tokens(meta, report)
        if tokenizer is None:
            yield Check(name="ids", ok=None, text="the input's own: there is no vocabulary that they must be in")
        else:
            fine = f"of the vocabulary, 0 to {tokenizer.vocab_size - 1:,}"
            yield _verdict("ids", self._of_ids.text, [ids], fine)
        for types in self._types:
            yield _verdict("token types", self._of_types.text, [types], "all 0")

    def _real_tokens(self, meta: dict[str, Any], report: Report) -> Check:
        """Whether the padding id is that of real tokens as often as in the input; less often where rows are cut."""
        found, known = self._of_real.bad, report.pad_id_tokens
        number = {0: "none has", 1: "1 has"}.get(found, f"{found:,} have")
        have = f"{number} the padding id {self._layout.pad_id}"
        if "pad_id_tokens" not in meta:
            return Check(name="real tokens", ok=None, text=f"{have}; an older padcli did not count those of the input")
        needed = [self._ids, self._mask, self._lengths]
        cut = report.cost is not None and report.cost.rows_truncated > 0
        wrong = ""
        if found > known or (found < known and not cut and not any(array.problems for array in needed)):
            wrong = f"{have}, expected {known or 'none'}"
            wrong += f"; the first: {self._of_real.first}" if found else ""
        return _verdict("real tokens", wrong, needed, have)


def _verdict(name: str, wrong: str, needed: Iterable[_Array], fine: str) -> Check:
    """What is wrong, if anything is; nothing can be said where arrays that are needed for it cannot be read."""
    broken = [array.name for array in needed if array.problems]
    if wrong:
        return Check(name=name, ok=False, text=wrong)
    if broken:
        return Check(name=name, ok=None, text=f"not checked to the end: {' and '.join(broken)} cannot be read")
    return Check(name=name, ok=True, text=fine)


def _differences(meta: dict[str, Any], report: Report) -> str:
    """What `meta.json` says otherwise than the lengths do."""
    facts = report.facts()
    found = {name: facts[name] for name in ("rows", "tokens", "empty_rows")}
    pairs = [(name, meta.get(name), value) for name, value in found.items()]
    for part in ("lengths", "padding"):
        recorded_part = meta[part] if isinstance(meta.get(part), dict) else {}
        # Tuples are lists in JSON.
        pairs += [(f"{part}.{name}", recorded_part.get(name), value) for name, value in _listed(facts[part])]
    return "; ".join(f"{name} is {said!r}, by lengths {value!r}" for name, said, value in pairs if said != value)


def _listed(facts: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in facts.items():
        yield name, list(value) if isinstance(value, tuple) else value


def _tokenizer(output: StoredRows, report: Report, *, required: bool) -> Iterator[Check]:
    """Whether the tokenizer is where it was, or beside the output; that it is missing is wrong if it is `required`."""
    facts = report.tokenizer
    if facts is None:
        return
    named = [] if facts.path is None else [Path(facts.path)]
    found = {place: files.digest(place) for place in [*named, beside(output.path)]}
    place = next((place for place, sha256 in found.items() if sha256 == facts.sha256), None)
    others = [f"{place}: {_other(sha256, facts.sha256)}" for place, sha256 in found.items() if sha256]
    if place is not None and files.config_digest(place) != facts.config_sha256:
        yield Check(name="tokenizer", ok=False, text=f"{place}: the configuration or vocabulary beside it has changed")
    elif place is not None:
        yield Check(name="tokenizer", ok=True, text=f"{place}, {_short(facts.sha256)}")
    elif others:
        yield Check(name="tokenizer", ok=False, text="; ".join(others))
    else:
        missing = " and ".join(map(str, found))
        yield Check(name="tokenizer", ok=False if required else None, text=f"{missing}: not there")


def _input(facts: InputFacts, output: Path) -> Check:
    """Whether an input is still what it was; it is looked for under its name, or else beside the output."""
    if facts.path == STDIN:
        return Check(name="input", ok=None, text="it was standard input, which cannot be read again")
    path = found_again(facts.path, output)
    try:
        size = input_size(path)
        if size is None:
            return Check(name="input", ok=None, text=f"{path}: a pipe or a device, which cannot be read again")
        if size != facts.bytes:
            return Check(name="input", ok=False, text=f"{path}: {size:,} bytes, expected {facts.bytes:,}")
        sha256 = facts_of(path).sha256
    except InputError as error:
        return Check(name="input", ok=False, text=error.message)
    if sha256 != facts.sha256:
        return Check(name="input", ok=False, text=f"{path}: {_other(sha256, facts.sha256)}")
    return Check(name="input", ok=True, text=f"{path}, {_short(sha256)}")


def _short(sha256: str | None) -> str:
    return f"sha256 {str(sha256)[:16]}…"


def _other(found: str, expected: str | None) -> str:
    return f"its {_short(found)}, expected {str(expected)[:16]}…"
