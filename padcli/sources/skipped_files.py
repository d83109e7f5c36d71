"""Files of folders and archives that are no input, for a warning."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

UNKNOWN = "padcli does not know such files (--format text reads all as text)"
NOT_TEXT = "a record is a whole text, and this is none (--format text reads all as text)"
BESIDE_CLASSES = "outside of the folders that are labels, as in Keras"
NOT_OF_ARCHIVE = "texts and JSONL are read from an archive"
NO_CONTENT = "no regular file"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """Number of skipped files, and the path of the first."""

    n: int
    example: str


# By the reason.
SkippedFiles = Mapping[str, Skipped]


def nothing() -> SkippedFiles:
    """Return that none were skipped."""
    return {}


def together(first: SkippedFiles, later: SkippedFiles) -> SkippedFiles:
    """Add those that come later."""
    added = dict(first)
    for reason, skipped in later.items():
        before = added.get(reason, Skipped(n=0, example=skipped.example))
        added[reason] = dataclasses.replace(before, n=before.n + skipped.n)
    return added
