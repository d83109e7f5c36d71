"""`PadOptions` when nothing is left open: what `pad_sequences` is called with."""

import dataclasses

import numpy as np
from numpy.typing import NDArray

from padcli.errors import IdRangeError, LengthError
from padcli.options import Names, PadOptions, Side
from padcli.rows.lengths import LengthHistogram
from padcli.rows.ragged import narrowest
from padcli.rows.template import ONE_TEXT, Template

# Cells of a block at the most: rows are padded in blocks, so that a long maxlen asks for few rows at a time.
_BLOCK_CELLS = 2**21


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Layout of an array of rows: `maxlen` cuts them, `width` pads them; they are equal unless it is said.

    A bucket is narrower than `maxlen`, and has only rows that it holds.

    `template`: special ids around the texts of a record; a row that is too long makes room for them.
    """

    maxlen: int
    padding: Side
    truncating: str
    pad_id: int
    dtype: np.dtype[np.integer]
    template: Template = ONE_TEXT
    width: int = 0

    def __post_init__(self) -> None:
        if not self.width:
            object.__setattr__(self, "width", self.maxlen)

    @property
    def room(self) -> int:
        """Number of ids of its own that a row can have."""
        return self.maxlen - self.template.n_special

    @property
    def block_rows(self) -> int:
        """Number of rows to pad at a time."""
        return max(1, _BLOCK_CELLS // self.width)

    def mask(self, lengths: NDArray[np.integer]) -> NDArray[np.bool_]:
        """True where a token is real, bool `(n_rows, width)`, for rows of `lengths` `(n_rows,)` with special ones."""
        narrow = np.min_scalar_type(self.width)  # many of them are compared at a time
        kept = np.minimum(lengths.astype(np.int64), min(self.maxlen, self.width)).astype(narrow)[:, None]
        steps = np.arange(self.width, dtype=narrow)
        mask: NDArray[np.bool_] = steps < kept if self.padding == "post" else steps >= self.width - kept
        return mask


def choose_dtype(
    options: PadOptions, smallest: int, largest: int, pad_id: int, *, names: Names = "keras"
) -> np.dtype[np.integer]:
    """Return the dtype of the ids, which are `smallest` to `largest`, and of the padding id.

    Under Hugging Face's names that is one of PyTorch's, whose embeddings want int64 unless told otherwise.

    Raises `IdRangeError` where it cannot hold them: NumPy would let them wrap round in silence.
    """
    smallest, largest = min(smallest, pad_id), max(largest, pad_id)
    if options.dtype == "auto":
        # of a negative number NumPy gives a signed type
        lowest = min(smallest, -largest - 1) if names == "hf" else smallest
        dtype = narrowest(np.array([lowest, largest])).dtype
    else:
        dtype = np.dtype(options.dtype or "int32")
    limits = np.iinfo(dtype)
    for id_ in (smallest, largest):
        if not limits.min <= id_ <= limits.max:
            what = "the padding id" if id_ == pad_id else "an id"
            raise IdRangeError(
                f"--dtype {dtype}: holds {limits.min:,} to {limits.max:,}, and {what} is {id_:,}.",
                hint="Use --dtype auto: the smallest dtype that holds all ids.",
            )
    return dtype


def choose_maxlen(options: PadOptions, histogram: LengthHistogram, *, n_special: int = 0) -> int:
    """Return the `maxlen` that was given, or that follows from the rows. Raises `LengthError` where none does."""
    maxlen = _maxlen(options, histogram)
    if maxlen < n_special:
        raise LengthError(
            f"--maxlen {options.maxlen}: is too short for the {n_special} special tokens of each row.",
            hint=f"Use at least {n_special + 1:,}, or fewer special tokens.",
        )
    return maxlen


def _maxlen(options: PadOptions, histogram: LengthHistogram) -> int:
    if isinstance(options.maxlen, int):
        return options.maxlen
    if not histogram.rows:
        raise LengthError("The input is empty, so maxlen cannot be derived from it.", hint="Set it: --maxlen 50.")
    if not histogram.longest:
        raise LengthError("All rows are empty, so maxlen cannot be derived from them.", hint="Set it: --maxlen 50.")
    maxlen = histogram.longest
    if options.share is not None:
        of, percent = options.share
        maxlen = histogram.percentile(percent) if of == "p" else histogram.token_percentile(percent)
    if not maxlen:
        raise LengthError(
            f"--maxlen {options.maxlen}: comes to 0, because so many rows are empty.", hint="Use a larger share."
        )
    return maxlen
