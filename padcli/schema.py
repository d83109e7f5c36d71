"""The arrays that there are: their names, dtypes and shapes, said once.

Names are KerasHub's (`token_ids`, `padding_mask`: https://keras.io/keras_hub/api/preprocessing_layers/) or those of
Hugging Face's `BatchEncoding` (https://huggingface.co/docs/transformers/main_classes/tokenizer).
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from padcli.options import Names

Role = Literal["ids", "mask", "types", "segments", "positions", "lengths", "record", "offsets", "label"]

# Names by role, in the order in which the arrays are written; a label has its own name.
NAMES: dict[Names, dict[Role, str]] = {
    "keras": {"ids": "token_ids", "mask": "padding_mask", "lengths": "lengths"},
    "hf": {"ids": "input_ids", "mask": "attention_mask", "types": "token_type_ids", "lengths": "lengths"},
}
# Arrays of some shapes of rows, under any names: KerasHub's segment ids, and what kernels of attention over rows of
# different lengths take.
_FURTHER: dict[str, Role] = {
    "segment_ids": "segments",
    "position_ids": "positions",
    "record": "record",
    "row_offsets": "offsets",
}

_ROLES: dict[str, Role] = {name: role for names in NAMES.values() for role, name in names.items()} | _FURTHER
FURTHER_ROLES = frozenset(_FURTHER.values())
_WIDE: frozenset[Role] = frozenset({"ids", "mask", "types", "segments", "positions"})
_DTYPES: dict[str, np.dtype[Any]] = {
    "padding_mask": np.dtype(np.bool_),
    # As tokenizers of Hugging Face give them to PyTorch, whose embeddings take no smaller integers.
    "attention_mask": np.dtype(np.int64),
    "token_type_ids": np.dtype(np.int64),
    "lengths": np.dtype(np.int32),
    "segment_ids": np.dtype(np.int32),
    "position_ids": np.dtype(np.int32),
    "record": np.dtype(np.int64),
    "row_offsets": np.dtype(np.int64),
}
# In files of padcli 0.1.
_EARLIER_DTYPES = {"attention_mask": np.dtype(np.int8), "token_type_ids": np.dtype(np.int8)}
# The name that Hugging Face's models and trainer know labels by.
_LABELS: dict[Names, dict[str, str]] = {"keras": {}, "hf": {"label": "labels"}}
_LABEL_OF_NOTHING = np.dtype(np.int64)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Numbers that the shapes of arrays follow from. `pieces`: of records, in the rows; None where a row is one.

    `rows_are_records`: True where row i is record i, or what is left of it.
    """

    rows: int
    width: int
    pieces: int | None = None
    rows_are_records: bool = True

    def shape_of(self, role: Role) -> tuple[int, ...]:
        """Return the shape of the array of that role."""
        if role in _WIDE:
            return (self.rows, self.width)
        if role == "offsets":
            return (self.rows + 1,)
        return (self.rows if self.pieces is None or role == "lengths" else self.pieces,)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ArraySpec:
    """An array of an output: `shape` is `(n_rows, width)` or `(n,)`."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]

    @property
    def role(self) -> Role:
        """The part that it plays."""
        return role_of(self.name)

    @property
    def nbytes(self) -> int:
        """Size of the data."""
        return int(np.prod(self.shape, dtype=object)) * self.dtype.itemsize


def role_of(name: str) -> Role:
    """Return the role of the array of that name; one that padcli does not know is a label."""
    return _ROLES.get(name, "label")


def dtype_of_name(name: str, otherwise: np.dtype[Any]) -> np.dtype[Any]:
    """Return the dtype that arrays of that name have; `otherwise` where that follows from what is in them."""
    return _DTYPES.get(name, otherwise)


def has_cells(role: Role) -> bool:
    """Tell whether arrays of that role are `(n_rows, width)`."""
    return role in _WIDE


def array_names(names: Names, labels: Sequence[str] = (), further: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the names of all arrays of an output, in their order; `further`: those of the shape of the rows."""
    return (*NAMES[names].values(), *further, *(label_name(names, label, labels) for label in labels))


def label_name(names: Names, label: str, labels: Sequence[str]) -> str:
    """Return the name of the array of a label, which is one of all `labels`."""
    name = _LABELS[names].get(label, label)
    return label if name in labels else name


def real_tokens(mask: NDArray[Any]) -> NDArray[np.bool_]:
    """Return a mask of any dtype as booleans."""
    return mask.view(np.bool_) if mask.dtype.itemsize == 1 else mask != 0


def is_of_earlier_file(name: str, dtype: np.dtype[Any]) -> bool:
    """Tell whether that was the dtype of the array in files of an earlier padcli."""
    return _EARLIER_DTYPES.get(name) == dtype


def own_names() -> frozenset[str]:
    """Return the names of padcli's own arrays, which no label can have."""
    return frozenset(_ROLES)


def own_names_in(names: Iterable[str]) -> tuple[str, ...] | None:
    """Return padcli's own names among those of an output, in their order; None where some are missing."""
    found = set(names)
    return next((own for own in (array_names(kind) for kind in NAMES) if set(own) <= found), None)


def specs_of(
    names: Iterable[str],
    *,
    sizes: Sizes,
    ids: np.dtype[Any],
    labels: Mapping[str, np.dtype[Any]],
) -> tuple[ArraySpec, ...]:
    """Return the specs of arrays of these names; `ids` is the dtype of the ids, `labels` are those of the labels."""
    found = []
    for name in names:
        role = role_of(name)
        dtype = ids if role == "ids" else dtype_of_name(name, labels.get(name, _LABEL_OF_NOTHING))
        found.append(ArraySpec(name=name, dtype=dtype, shape=sizes.shape_of(role)))
    return tuple(found)
