"""Cells of an array that are not what they should be, counted."""

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclasses.dataclass(slots=True)
class Tally:
    """Cells that are not what they should be: their number, and the place and content of the first."""

    bad: int = 0
    first: str = ""
    reason: str = ""

    def add(self, wrong: NDArray[np.bool_], start: int, found: NDArray[Any], expected: object) -> None:
        """Count the cells that are `wrong`, bool `(n, width)`, of the rows `found` from row `start` on.

        `expected` says what should be there, or is an array of it, `(n, width)`.
        """
        n = int(np.count_nonzero(wrong))
        if n and not self.bad:
            row, column = (int(i) for i in np.unravel_index(np.argmax(wrong), wrong.shape))
            wanted = expected[row, column] if isinstance(expected, np.ndarray) else expected
            self.first = f"row {start + row:,}, column {column:,}"
            self.reason = f"{found[row, column]}, expected {wanted}"
        self.bad += n

    @property
    def text(self) -> str:
        """A sentence on them; empty if there are none."""
        if not self.bad:
            return ""
        return f"{'1 cell' if self.bad == 1 else f'{self.bad:,} cells, the first'}: {self.first} is {self.reason}"
