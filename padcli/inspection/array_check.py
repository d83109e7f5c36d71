"""Arrays of an output, each checked against the metadata while it is read."""

from contextlib import ExitStack
from typing import Any

import numpy as np
from numpy.typing import NDArray

from padcli.errors import InputError
from padcli.formats.base import ArrayReader, StoredRows
from padcli.inspection.check import Check, digest_text, other_digest_text
from padcli.schema import ArraySpec

_Kind = tuple[np.dtype[Any], tuple[int, ...]]


class CheckedArray:
    """An array while it is read, and what is wrong with it as a whole: `problems`.

    `expected`: the dtype and shape that follow from the metadata of the rows. `reader` is None as soon as the array
    cannot be read on; `stack` closes it.
    """

    def __init__(self, output: StoredRows, expected: ArraySpec, stack: ExitStack) -> None:
        self.name = expected.name
        self.problems: list[str] = []
        self.reader: ArrayReader | None = None
        recorded = output.arrays[self.name]
        self._kind, self._sha256 = (recorded.dtype, recorded.shape), recorded.sha256
        self._check_metadata((expected.dtype, expected.shape))
        try:
            reader = stack.enter_context(output.array(self.name))
        except InputError as error:
            self.problems.append(error.message)
            return
        if (reader.dtype, reader.shape) != self._kind:
            found = _described((reader.dtype, reader.shape))
            self.problems.append(f"it is {found}, expected {_described(self._kind)}")
        if not self.problems:
            self.reader = reader

    def _check_metadata(self, expected: _Kind) -> None:
        dtype, shape = self._kind
        if (dtype.newbyteorder("="), shape) != expected:
            here, elsewhere = _described(self._kind), _described(expected)
            self.problems.append(f"meta.json says {here} here, and elsewhere {elsewhere}")

    def read(self, n_rows: int) -> NDArray[Any] | None:
        """Read the next rows, `(n_rows, ...)`; None where there are no more, or where they cannot be read."""
        try:
            rows = None if self.reader is None else self.reader.read(n_rows)
        except InputError as error:
            self.problems.append(error.message)
            self.reader = None
            return None
        return rows if rows is not None and len(rows) else None

    def read_rest(self) -> None:
        """Read what is left, for the digest alone."""
        while self.reader is not None and self.read(self.reader.block_rows) is not None:
            pass

    def check(self) -> Check:
        """Return the check of the array, of which all has been read."""
        if self.reader is None:
            return Check(name=self.name, ok=False, text="; ".join(self.problems))
        kind, found = _described(self._kind), self.reader.sha256
        if self._sha256 is None:
            return Check(name=self.name, ok=None, text=f"{kind}; no digest: written by an older padcli")
        if found != self._sha256:
            return Check(name=self.name, ok=False, text=f"{kind}, but {other_digest_text(found, self._sha256)}")
        return Check(name=self.name, ok=True, text=f"{kind}, {digest_text(found)}")


def _described(kind: _Kind) -> str:
    dtype, shape = kind
    name = dtype.name if dtype.isnative else dtype.str
    return f"{name} {' × '.join(f'{n:,}' for n in shape)}"
