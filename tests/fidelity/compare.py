"""One tokenizer, compared with its original block by block; what differs is made as short as possible."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fidelity import texts
from fidelity.originals import Original, open_original
from fidelity.ours import Ours
from padcli.rows.ragged import RaggedIds

_MINIMISED = 3  # of each kind of text
_KEPT = 2000


@dataclass(frozen=True)
class Finding:
    """A short text that has other ids than the original gives it; None where a side failed."""

    kind: str
    text: str
    found: list[int] | str
    expected: list[int] | str

    def __str__(self) -> str:
        if not self.text and isinstance(self.found, str):
            return f"{self.kind}: {self.found} {self.expected}".rstrip()
        return f"{self.text!a}: got {self.found}, expected {self.expected}  [{self.kind}]"


@dataclass
class Result:
    """The outcome for one tokenizer.

    `differing`: rows; `findings`: some of them, minimised; `seen`: texts as they were.
    """

    name: str
    way: str = ""
    rows: int = 0
    differing: int = 0
    findings: list[Finding] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    seconds: float = 0.0
    note: str = ""
    file: str = ""
    is_fast: bool = False
    pieces: list[str] = field(default_factory=list, repr=False)


@dataclass(frozen=True)
class Amount:
    """How much is compared: a share of all texts, another for tokenizers without a faster way; seconds.

    `enough`: differing rows, after which no more are looked for.
    """

    share: float = 1.0
    slow_share: float = 0.003
    seconds: float = float("inf")
    seed: str = "20"
    enough: float = float("inf")


def compare(
    name: str,
    path: Path,
    amount: Amount,
    *,
    scheme: str | None = None,
    same: Callable[[str], bool] | None = None,
    ours: Ours | None = None,
) -> Result:
    """Compare a file's tokenizer. `same`: says of which texts the two are meant to give the same ids."""
    began = time.monotonic()
    ours = ours or Ours(path, scheme=scheme)
    original = open_original(path, scheme=scheme)
    result = Result(name, way=ours.way, file=str(path), is_fast=ours.is_fast, pieces=ours.pieces)
    facts = texts.Facts(pieces=ours.pieces, special=[token for token in original.special if token])
    share = amount.share if ours.is_fast else min(amount.share, amount.slow_share)
    minimised = Counter[str]()
    for kind, block in texts.blocks(facts, seed=amount.seed, share=share):
        rows = block if same is None else [text for text in block if same(text)]
        result.rows += len(rows)
        for row in differing_rows(ours, original, rows):
            result.differing += 1
            if len(result.seen) < _KEPT:
                result.seen.append(rows[row])
            if minimised[kind] < _MINIMISED:
                minimised[kind] += 1
                _add(result, _finding(kind, ours, original, rows[row]))
        if time.monotonic() - began > amount.seconds:
            result.note = "out of time"
            break
        if result.differing >= amount.enough:
            break
    result.seconds = time.monotonic() - began
    return result


def _add(result: Result, finding: Finding) -> None:
    if finding.text not in {other.text for other in result.findings}:
        result.findings.append(finding)


def differing_rows(ours: Ours, original: Original, rows: list[str]) -> NDArray[np.int64]:
    """Rows that have other ids than the original gives them, or that one side alone fails at."""
    found, expected = _encoded(ours.encode, rows), _encoded(original.encode, rows)
    if found is not None and expected is not None:
        return _differing(found, expected)
    if found is None and expected is None and len(rows) == 1:
        return np.zeros(0, np.int64)
    if len(rows) == 1:
        return np.zeros(1, np.int64)
    middle = len(rows) // 2
    parts = differing_rows(ours, original, rows[:middle]), differing_rows(ours, original, rows[middle:]) + middle
    return np.concatenate(parts)


def _encoded(encode: Callable[[list[str]], RaggedIds], rows: list[str]) -> RaggedIds | None:
    try:
        return encode(rows)
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException:  # noqa: BLE001 (a panic of Rust is no Exception)
        return None


def _differing(found: RaggedIds, expected: RaggedIds) -> NDArray[np.int64]:
    if np.array_equal(found.offsets, expected.offsets):
        if np.array_equal(found.values, expected.values):
            return np.zeros(0, np.int64)
        places = np.flatnonzero(found.values != expected.values)
        return np.unique(np.searchsorted(expected.offsets, places, side="right") - 1)
    same_length = np.diff(found.offsets) == np.diff(expected.offsets)
    wrong = ~same_length
    keep = [np.repeat(same_length, np.diff(ids.offsets)) for ids in (found, expected)]
    places = found.values[keep[0]] != expected.values[keep[1]]
    rows = np.repeat(np.arange(len(same_length)), np.diff(expected.offsets))[keep[1]]
    wrong[rows[places]] = True
    return np.flatnonzero(wrong)


def _finding(kind: str, ours: Ours, original: Original, text: str) -> Finding:
    def differs(chars: str) -> bool:
        return bool(len(differing_rows(ours, original, [chars])))

    if not differs(text):
        kind += ", within its block only"
    else:
        text = minimised(text, differs)
    return Finding(kind, text, _shown(ours.encode, text), _shown(original.encode, text))


def _shown(encode: Callable[[list[str]], RaggedIds], text: str) -> list[int] | str:
    try:
        ids: list[int] = encode([text]).values.tolist()
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # noqa: BLE001
        return f"{type(error).__name__}: {error}"[:100]
    return ids


def minimised(text: str, differs: Callable[[str], bool]) -> str:
    """The text without all characters that can go, so that it still differs (ddmin)."""
    size = max(1, len(text) // 2)
    while True:
        start, shorter = 0, False
        while start < len(text):
            rest = text[:start] + text[start + size :]
            if rest and differs(rest):
                text, shorter = rest, True
            else:
                start += size
        if size == 1 and not shorter:
            return _plainer(text, differs)
        size = size if shorter and size == 1 else max(1, size // 2)


def _plainer(text: str, differs: Callable[[str], bool]) -> str:
    """The text with letters instead of other characters, wherever that makes no difference."""
    for place in range(len(text)):
        for plain in "a ":
            if text[place] in "a ":
                break
            other = text[:place] + plain + text[place + 1 :]
            if differs(other):
                text = other
                break
    return text
