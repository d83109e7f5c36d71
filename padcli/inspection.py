"""What is in a file, and its rows turned back into text."""

import dataclasses
import re
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

from padcli.errors import TokenizerFileError, UsageError
from padcli.loading import Padded, load
from padcli.options import TokenizeOptions
from padcli.tokenizers import Tokenizer, files

Kind = Literal["token", "unk", "pad", "cut"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DecodedRow:
    """A row in parts: each is the text of tokens, of `[UNK]`s, or of padding; or a note on tokens that were cut off."""

    index: int
    parts: tuple[tuple[Kind, str], ...]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What `padcli inspect` shows."""

    path: str
    meta: dict[str, Any]
    rows: tuple[DecodedRow, ...]
    separator: str


def inspect(path: str, *, rows: str | None = None, tokenizer: str | None = None) -> Inspection:
    """Look into a file; `rows` is a range such as `"0:5"`, to be decoded with the tokenizer that made them.

    Raises `InputError` where the file is not padcli's, and `TokenizerFileError` where its tokenizer is not found.
    """
    padded = load(path)
    if rows is None:
        return Inspection(path=path, meta=padded.meta, rows=(), separator="")
    chosen = range(len(padded.token_ids))[_slice(rows)]
    if not chosen:
        raise UsageError(f"--rows {rows}: none of the {len(padded.token_ids):,} rows of the file is in it.")
    found = _find_tokenizer(padded, tokenizer) if padded.meta["tokenizer"] is not None else None
    separator = " " if found is None else found.splitter.separator
    decoded = tuple(_decode(padded, index, found) for index in chosen)
    return Inspection(path=path, meta=padded.meta, rows=decoded, separator=separator)


def _slice(rows: str) -> slice:
    match = re.fullmatch(r"(-?\d{1,18})?:(-?\d{1,18})?", rows, re.ASCII)
    if match:
        start, stop = (None if part is None else int(part) for part in match.groups())
        return slice(start, stop)
    if re.fullmatch(r"\d{1,18}", rows, re.ASCII):
        return slice(int(rows), int(rows) + 1)
    raise UsageError(f"--rows: expected a range such as 0:5, or a number, got {rows!r}.")


def _find_tokenizer(padded: Padded, named: str | None) -> Tokenizer:
    """The tokenizer of a file, known by its digest."""
    facts = padded.meta["tokenizer"]
    beside = padded.path.with_suffix(".tokenizer.json")
    places = [named] if named is not None else [facts["path"], beside]
    for place in places:
        if place is not None and files.digest(Path(place)) == facts["sha256"]:
            return files.open_file(
                Path(place), TokenizeOptions(tokenizer=place, scheme=padded.meta["options"].get("scheme"))
            )
    tried = ", ".join(dict.fromkeys(str(place) for place in places if place))
    raise TokenizerFileError(
        f"{padded.path}: the tokenizer that made it is not found, or has changed (looked at {tried}).",
        hint=f"Name it with --tokenizer FILE: its sha256 is {facts['sha256']}.",
    )


def _decode(padded: Padded, index: int, tokenizer: Tokenizer | None) -> DecodedRow:
    mask = padded.padding_mask[index]
    ids = padded.token_ids[index][mask].tolist()
    length, n_pad = int(padded.lengths[index]), int((~mask).sum())
    parts = _token_parts(ids, tokenizer)
    if length > len(ids):
        note: tuple[Kind, str] = ("cut", f"✂ {length - len(ids):,} cut")
        parts = [note, *parts] if padded.meta["padding"]["truncating"] == "pre" else [*parts, note]
    if n_pad:
        pad: tuple[Kind, str] = ("pad", f"[PAD]×{n_pad:,}")
        parts = [pad, *parts] if padded.meta["padding"]["padding"] == "pre" else [*parts, pad]
    return DecodedRow(index=index, parts=tuple(parts))


def _token_parts(ids: list[int], tokenizer: Tokenizer | None) -> list[tuple[Kind, str]]:
    if tokenizer is None or tokenizer.vocabulary is None:
        return [("token", " ".join(map(str, ids)))] if ids else []
    vocabulary, parts = tokenizer.vocabulary, list[tuple[Kind, str]]()
    for unknown, run in groupby(ids, lambda id_: id_ == vocabulary.unk_id):
        tokens = vocabulary.tokens.take(list(run)).to_pylist()
        parts.append(
            ("unk", " ".join("[UNK]" for _ in tokens)) if unknown else ("token", tokenizer.splitter.join(tokens))
        )
    return parts
