"""Records that are longer than a row, and are not cut: several rows for each, none, or an error."""

import dataclasses

import numpy as np
from numpy.typing import NDArray

from padcli.errors import LengthError, UsageError
from padcli.rows.pieces import Pieces, RowShape
from padcli.rows.ragged import offsets_of
from padcli.text_format import n_of


@dataclasses.dataclass(frozen=True, slots=True)
class Window(RowShape):
    """Cut a text into windows of at most `room` tokens, each beginning `stride` tokens before the end of the last one.

    A text that fits is one window, an empty one, too. The last window may be short. As `tokenizers` gives them in
    `Encoding.overflowing`: https://huggingface.co/docs/tokenizers/api/encoding
    """

    def __post_init__(self) -> None:
        if self.room < 1:
            raise LengthError(
                f"--overflow window: a row of {n_of(self.maxlen, 'token')} has no room for text beside its "
                f"{n_of(self.template.n_special, 'special token')}.",
                hint=f"Use a larger --maxlen, of at least {self.template.n_special + 1:,}.",
            )
        if self.options.stride >= self.room:
            raise UsageError(
                f"--stride {self.options.stride}: must be less than the {n_of(self.room, 'token')} of text in a row.",
                hint="Use a smaller --stride, or a larger --maxlen.",
            )

    def pieces(self, lengths: NDArray[np.int64]) -> Pieces:
        """Return the windows of each record, `lengths` `(n, 1)`; those of a record follow each other."""
        whole, step = lengths[:, 0], self.room - self.options.stride
        n_windows = 1 + np.maximum(-(-(whole - self.room) // step), 0)
        first, last = np.zeros(len(whole), np.int64), n_windows
        if self.options.kept_windows is not None:
            end, most = self.options.kept_windows
            first, last = (first, np.minimum(last, most)) if end == "first" else (np.maximum(last - most, 0), last)
        record = np.repeat(np.arange(len(whole)), last - first)
        number = np.arange(len(record)) + np.repeat(first - offsets_of(last - first)[:-1], last - first)
        start = number * step
        return Pieces.of_one_text(record, start, np.minimum(start + self.room, whole[record]))


@dataclasses.dataclass(frozen=True, slots=True)
class Drop(RowShape):
    """Leave out records that are too long."""

    def pieces(self, lengths: NDArray[np.int64]) -> Pieces:
        """Return a piece for each record that fits, with all of its texts, `lengths` `(n, n_texts)`."""
        fits = lengths.sum(axis=1) <= self.room
        return whole_pieces(lengths).take(fits)


@dataclasses.dataclass(frozen=True, slots=True)
class Refuse(RowShape):
    """Stop at records that are too long."""

    def pieces(self, lengths: NDArray[np.int64]) -> Pieces:
        """Return a piece for each record, with all of its texts. Raises `LengthError` where one does not fit."""
        whole = lengths.sum(axis=1)
        if (too_long := whole > self.room).any():
            raise LengthError(
                f"--overflow error: a record has {whole[too_long.argmax()]:,} tokens, and a row has room for "
                f"{self.room:,}.",
                hint="Use a larger --maxlen, or choose what to do with it: --overflow cut, window or drop.",
            )
        return whole_pieces(lengths)


def whole_pieces(lengths: NDArray[np.int64]) -> Pieces:
    """Return a piece for each record, with all of its texts, `lengths` `(n, n_texts)`."""
    return Pieces(
        record=np.arange(len(lengths)),
        start=np.zeros_like(lengths),
        stop=lengths,
        texts=tuple(range(lengths.shape[1])),
    )
