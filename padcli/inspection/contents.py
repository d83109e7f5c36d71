"""Contents of an output: its facts, and its rows turned back into text, with what was cut off from them."""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from padcli.engine.progress import OnProgress
from padcli.errors import TokenizerFileError
from padcli.files.output_paths import tokenizer_places
from padcli.files.places import as_path
from padcli.formats.base import StoredArray
from padcli.formats.reader import PaddedFile, open_padded
from padcli.inspection.decoding import Decoder, Part, find_ids, unknown_ids
from padcli.inspection.row_filter import Selection, groups, select
from padcli.inspection.truncated_text import TruncatedText
from padcli.options import InspectOptions, Side, TokenizeOptions, head_of
from padcli.schema import real_tokens
from padcli.tokenizers import Tokenizer
from padcli.tokenizers.external import files

_FEW_VALUES = 12
_SEAM: Part = ("seam", " ┃ ")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Values of a label.

    `counts`: how often each occurs, None where there are many; `smallest`, `largest`: of finite numbers, else None.
    """

    counts: dict[Any, int] | None
    smallest: float | None
    largest: float | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Facts of an output. `bytes`: the size of all files that hold its arrays."""

    path: str
    bytes: int
    meta: dict[str, Any]
    labels: dict[str, Column]

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON has it; a label's values are texts there, since they are names of its counts."""
        labels = {name: dataclasses.asdict(column) for name, column in self.labels.items()}
        for facts in labels.values():
            facts["counts"] = facts["counts"] and {str(value): n for value, n in facts["counts"].items()}
        return {"path": self.path, "bytes": self.bytes, "labels": labels, "meta": self.meta}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DecodedRow:
    """A row in parts, padding among them, and a note where tokens were cut off.

    `length`: tokens before that; `ids`: the real tokens that are left; `lost`: those that were cut off, in parts; None
    where they cannot be had.
    """

    index: int
    length: int
    ids: list[int]
    labels: dict[str, Any]
    parts: list[Part]
    lost: list[Part] | None

    @property
    def text(self) -> str:
        """The part that was not cut off, as a text; with a space where something is missing amid it."""
        kept = [part for part in self.parts if part[0] != "pad"]
        ends = (0, len(kept) - 1)
        return text_of(
            ("token", " ") if kind in {"cut", "seam"} else (kind, text)
            for i, (kind, text) in enumerate(kept)
            if kind != "cut" or i not in ends
        )

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON has it."""
        lost = None if self.lost is None else text_of(self.lost)
        facts = {"index": self.index, "length": self.length, "ids": self.ids, "text": self.text, "lost": lost}
        return {**facts, "labels": self.labels}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FoundRows:
    """The rows that were asked for. Where all of them are wanted they are read while they are shown."""

    rows: Iterable[DecodedRow]
    selection: Selection
    options: InspectOptions
    lost: TruncatedText


def text_of(parts: Iterable[Part]) -> str:
    """Join parts to one text."""
    return "".join(text for _, text in parts)


def contents(path: str) -> Contents:
    """Read the facts of an output. Raises `InputError` where it is not padcli's."""
    file = open_padded(path)
    labels = {name: _column(array, file.block_rows) for name, array in file.labels.items()}
    size = sum(each.stat().st_size for each in file.files)
    return Contents(path=path, bytes=size, meta=file.meta, labels=labels)


def find_rows(path: str, options: InspectOptions, on_progress: OnProgress) -> FoundRows:
    """Find the rows of a file that `options` ask for, and decode them with the tokenizer that made them.

    Raises `InputError` where the file is not padcli's, `TokenizerFileError` where its tokenizer is not found, and
    `UsageError` for rows or tokens that there are not.
    """
    file = open_padded(path)
    tokenizer = _find_tokenizer(file, options.tokenizer) if file.meta["tokenizer"] is not None else None
    found = frozenset[int]() if options.find is None else find_ids(options.find, tokenizer)
    wanted = [found] if found else []
    if options.unk:
        wanted.append(unknown_ids(tokenizer))
    selection = select(file, options, wanted, on_progress)
    padding, roles = file.meta["padding"], {} if tokenizer is None else tokenizer.roles
    special = {id_ for role, id_ in roles.items() if role != "unk"} | {*padding["before"], *padding["after"]}
    decoder, lost = Decoder(tokenizer, special=special, found=found), TruncatedText(file, tokenizer, on_progress)
    rows = _decoded(file, selection, decoder, lost)
    if options.longest:
        rows = iter(sorted(rows, key=lambda row: (-row.length, row.index)))
    few = rows if options.most is None else tuple(rows)
    return FoundRows(rows=few, selection=selection, options=options, lost=lost)


def _find_tokenizer(file: PaddedFile, named: str | None) -> Tokenizer:
    """Open the tokenizer of a file, known by its digest."""
    facts, options = file.meta["tokenizer"], file.meta["options"]
    places = [as_path(named)] if named is not None else tokenizer_places(facts["path"], file.path)
    for place in places:
        if files.digest(place) == facts["sha256"]:
            given = {name: options[name] for name in ("scheme", "pattern", "special_in_text") if name in options}
            return files.open_file(place, TokenizeOptions(tokenizer=str(place), **given))
    tried = ", ".join(map(str, places))
    raise TokenizerFileError(
        f"{file.path}: its tokenizer was not found, or has changed (tried {tried}).",
        hint=f"Name it with --tokenizer FILE; its sha256 is {facts['sha256']}.",
    )


def _decoded(file: PaddedFile, selection: Selection, decoder: Decoder, lost: TruncatedText) -> Iterator[DecodedRow]:
    """Yield the rows of a selection, in their order in the file, read a few at a time."""
    padding, n_rows = file.meta["padding"], file.block_rows
    n_before, n_after, head = len(padding["before"]), len(padding["after"]), head_of(padding["truncating"])
    for block in _blocks(file, selection, n_rows):
        ids_of, lengths, is_cut = block.ids, block.lengths, file.are_cut(block.lengths)
        kept = [ids[n_before : len(ids) - n_after] for ids, cut in zip(ids_of, is_cut.tolist(), strict=True) if cut]
        cut_off = iter(lost.of(block.records[is_cut], kept))
        for i, index in enumerate(block.indices.tolist()):
            beyond = next(cut_off) if is_cut[i] else np.zeros(0, np.int64)
            if is_cut[i] and head is not None:
                pieces, seam = np.split(ids_of[i], [head]), _note(int(lengths[i]) - len(ids_of[i]))
            else:
                pieces, seam = np.split(ids_of[i], block.seams[i]), _SEAM
            parts = _joined(map(decoder.parts, pieces), seam)
            yield DecodedRow(
                index=index,
                length=int(lengths[i]),
                ids=ids_of[i].tolist(),
                labels={name: column[i].item() for name, column in block.labels.items()},
                parts=_with_notes(parts, int(lengths[i]), len(ids_of[i]), file),
                lost=None if beyond is None else decoder.parts(beyond),
            )


class _Block(NamedTuple):
    """Some rows: their indices, real ids, lengths, labels and records, and where another piece begins in each."""

    indices: NDArray[np.int64]
    ids: list[NDArray[np.integer]]
    lengths: NDArray[np.int32]
    labels: dict[str, NDArray[Any]]
    records: NDArray[np.int64]
    seams: list[NDArray[np.int64]]


def _blocks(file: PaddedFile, selection: Selection, n_rows: int) -> Iterator[_Block]:
    """Yield a few rows at a time."""
    first_row = file.meta.get("shard", {}).get("first_row", 0)  # of a shard that is looked at by itself
    names = ["segment_ids"] if "row_offsets" in file.further else ["segment_ids", "record"]
    columns = {name: file.further[name] for name in names if name in file.further}
    columns |= file.labels if "row_offsets" not in file.further else {}  # those of packed records have no row
    arrays = [file.token_ids, file.padding_mask, file.lengths, *columns.values()]
    parts = [_picked(array, selection, n_rows) for array in arrays]
    for indices, ids, mask, lengths, *rest in zip(groups(selection.rows, n_rows), *parts, strict=True):
        further, real = dict(zip(columns, rest, strict=True)), real_tokens(mask)
        segments = further.pop("segment_ids", np.zeros_like(ids))
        yield _Block(
            indices=indices,
            ids=[row[is_real] for row, is_real in zip(ids, real, strict=True)],
            lengths=lengths,
            records=further.pop("record", indices + first_row),
            labels=further,
            seams=[np.flatnonzero(np.diff(row[is_real])) + 1 for row, is_real in zip(segments, real, strict=True)],
        )


def _joined(pieces: Iterable[list[Part]], seam: Part) -> list[Part]:
    """Join the parts of pieces, with a seam between them."""
    joined = list[Part]()
    for piece in pieces:
        joined += [seam, *piece] if joined else piece
    return joined


def _note(n_cut: int) -> Part:
    return "cut", f"✂ {n_cut:,} cut"


def _picked(array: StoredArray, selection: Selection, n_rows: int) -> Iterator[NDArray[Any]]:
    """Yield the rows of a selection from an array, group by group."""
    spans = ((int(rows[0]), int(rows[-1]) + 1) for rows in groups(selection.rows, n_rows))
    for rows, part in zip(groups(selection.rows, n_rows), array.parts(spans), strict=True):
        yield part[rows - rows[0]]


def _with_notes(parts: list[Part], length: int, n_kept: int, file: PaddedFile) -> list[Part]:
    """Add notes on what was cut off, and on padding, to the parts of a row."""
    padding = file.meta["padding"]
    if length > n_kept and padding["truncating"] in get_args(Side):
        note = _note(length - n_kept)
        parts = [note, *parts] if padding["truncating"] == "pre" else [*parts, note]
    if n_kept < file.width:
        pad: Part = ("pad", f"[PAD]×{file.width - n_kept:,}")
        parts = [pad, *parts] if padding["padding"] == "pre" else [*parts, pad]
    return parts


def _column(array: StoredArray, n_rows: int) -> Column:
    """Describe the values of a label, read a few rows at a time."""
    end, counts, extremes = array.shape[0], Counter[Any](), list[float]()
    for part in array.parts((start, min(start + n_rows, end)) for start in range(0, end, n_rows)):
        if len(counts) <= _FEW_VALUES:
            values, numbers = np.unique(part, return_counts=True)
            few = values[: _FEW_VALUES + 1].tolist()
            counts.update(dict(zip(few, numbers.tolist(), strict=False)))
        if array.dtype.kind in "iuf":
            extremes += [np.fmin.reduce(part).item(), np.fmax.reduce(part).item()]  # they pass over NaN
    return Column(
        counts=dict(sorted(counts.items())) if len(counts) <= _FEW_VALUES else None,
        smallest=min(filter(np.isfinite, extremes), default=None),
        largest=max(filter(np.isfinite, extremes), default=None),
    )
