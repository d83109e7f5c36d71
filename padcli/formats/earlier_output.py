"""An earlier output as the pattern of a new one: `--like train.npz`."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from padcli.errors import InputError
from padcli.files.output_paths import tokenizer_places
from padcli.formats.reader import PaddedFile, open_padded
from padcli.options import RowOptions
from padcli.tokenizers.external import files

# Options that are taken as they were; others follow from the arrays, or have no part in what they mean.
_TAKEN = (
    "field",
    "label",
    "label_map",
    "record",
    "label_from_folder",
    "names",
    "scheme",
    "pattern",
    "add_special_tokens",
    "add_bos",
    "add_eos",
)
_OF_ROWS = tuple(field.name for field in dataclasses.fields(RowOptions))
_OF_PADDING = ("maxlen", "padding", "truncating", "pad_id", "dtype")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class EarlierOutput:
    """Options that make arrays like those of an earlier output, and the dtypes and classes of its labels, by array."""

    options: Mapping[str, Any]
    label_dtypes: Mapping[str, np.dtype[Any]]
    label_classes: Mapping[str, tuple[str, ...]]


def earlier_output(path: str | Path) -> EarlierOutput:
    """Read the options of an output. Raises `InputError` where it or its tokenizer is missing."""
    file = open_padded(path)
    recorded, padding = file.meta["options"], file.meta["padding"]
    options = {name: recorded[name] for name in (*_TAKEN, *_OF_ROWS, "pair_field") if recorded.get(name)}
    if recorded.get("special_in_text") is False:
        options["special_in_text"] = False
    options |= {name: padding[name] for name in _OF_PADDING}
    if "bucket" in options:  # the widths that were chosen
        options["bucket"] = ",".join(map(str, padding["buckets"]))
    if file.meta["tokenizer"] is not None:
        options["tokenizer"] = str(_tokenizer_of(file))
    return EarlierOutput(
        options=options,
        label_dtypes={name: array.dtype for name, array in file.labels.items() if array.shape[0]},
        label_classes={name: tuple(classes) for name, classes in file.meta.get("label_classes", {}).items()},
    )


def _tokenizer_of(file: PaddedFile) -> Path:
    """Find the tokenizer that gave the ids: under its name, or beside the output."""
    facts = file.meta["tokenizer"]
    places = tokenizer_places(facts["path"], file.path)
    for place in places:
        if files.digest(place) == facts["sha256"]:
            return place
    there = next((place for place in places if place.exists()), None)
    if there is not None:
        raise InputError(
            f"--like {file.path}: {there} is not the tokenizer it was made with: it has changed.",
            hint="Pad both files again, the first one without --like; or name a tokenizer with --tokenizer.",
        )
    raise InputError(
        f"--like {file.path}: its tokenizer is missing; it was saved as {places[0]}.",
        hint="Put it back, or name a tokenizer with --tokenizer.",
    )
