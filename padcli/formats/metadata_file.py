"""`meta.json`: written with a digest of itself, and its form checked before anything is taken from it.

A file may come from anywhere.
"""

import hashlib
import json
import warnings
from pathlib import Path
from types import UnionType
from typing import IO, Any, get_args

import numpy as np
import orjson

from padcli.options import Side, head_of

NAME = "meta.json"

_MOST_BYTES = 2**28  # those of a million inputs take half of it
_MOST_PARTS = 10**7
_COUNT = range(2**63)
_INT64 = range(-(2**63), 2**63)
_LEAST_ONE = range(1, 2**63)
_NUMBER = int | float
_TEXT_OR_NONE = str | None
_EACH = ""  # stands for each name of an object

# A type, a range of integers, one of some texts, a list of what its one item says, or an object that has these names.
_FORM: dict[str, Any] = {
    "padcli": str,
    "keras": str,
    "arrays": {_EACH: {"dtype": str, "shape": [_COUNT]}},
    "inputs": [{"path": str, "bytes": _COUNT, "sha256": str}],
    "padding": {
        "maxlen": _LEAST_ONE,
        "padding": ("pre", "post"),
        "truncating": str,
        "pad_id": _INT64,
        "dtype": str,
        "before": [_INT64],
        "after": [_INT64],
        "rows_truncated": _COUNT,
        "tokens_lost": _COUNT,
    },
    "lengths": {_EACH: _NUMBER},
    "options": {"tokenizer": str},
    "rows": _COUNT,
    "tokens": _COUNT,
    "empty_rows": _COUNT,
    "rejected": _COUNT,
}
_OF_TOKENIZER = {"name": str, "path": _TEXT_OR_NONE, "sha256": str, "vocab_size": _COUNT, "unk_tokens": _COUNT}
_OF_SHAPE = ("records", "rows", "pieces", "tokens", "cut", "lost", "dropped", "cells")
_OF_READING = {
    "format": _TEXT_OR_NONE,
    "field": _TEXT_OR_NONE,
    "label": [str],
    "record": _TEXT_OR_NONE,
    "label_from_folder": bool,
    "encoding": str,
    "encoding_errors": str,
    "on_error": str,
    "scheme": _TEXT_OR_NONE,
    "special_in_text": bool,
}


def read_metadata(path: Path) -> bytes:
    """Read a file of metadata. Raises `OSError`, and `ValueError` for one that is too large."""
    with path.open("rb") as file:
        return read_bounded(file)


def read_bounded(file: IO[bytes]) -> bytes:
    """Read metadata that may be compressed, and then larger than memory. Raises `ValueError` for what is too large."""
    raw = file.read(_MOST_BYTES + 1)
    if len(raw) > _MOST_BYTES:
        raise ValueError(f"its metadata have more than {_MOST_BYTES:,} bytes")
    check_parts(raw)
    return raw


def check_parts(raw: bytes) -> None:
    """Raise `ValueError` for JSON of more parts than padcli writes: an empty list of 3 bytes takes 64 in memory."""
    if sum(map(raw.count, (b"[", b"{", b","))) > _MOST_PARTS:
        raise ValueError(f"its metadata have more than {_MOST_PARTS:,} parts")


def metadata_json(metadata: dict[str, Any]) -> bytes:
    """Return the content of the file; at its end stands the sha256 of what it would be without that."""
    return _json(metadata | {"sha256": seal_of(metadata)})


def seal_of(metadata: dict[str, Any]) -> str:
    """Return the digest that stands at the end of the file."""
    return hashlib.sha256(_json(metadata)).hexdigest()


def is_whole(metadata: dict[str, Any], raw: bytes) -> bool | None:
    """Return whether metadata are as they were written, byte by byte, by their digest.

    None where there is none, and the arrays have none either, as in a file of an older padcli.
    """
    if "sha256" in metadata:
        return metadata_json({name: value for name, value in metadata.items() if name != "sha256"}) == raw
    return False if any("sha256" in facts for facts in metadata["arrays"].values()) else None


def dtype_of(name: Any) -> np.dtype[Any]:
    """Return the dtype of that name, in metadata. Raises `TypeError` or `ValueError` for what is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of old names, which padcli does not write
        dtype: np.dtype[Any] = np.dtype(name)
    return dtype


def _json(metadata: dict[str, Any]) -> bytes:
    return (json.dumps(metadata, indent=2, ensure_ascii=False) + "\n").encode()


def checked(meta: Any) -> dict[str, Any]:
    """Return the content of a `meta.json`. Raises `ValueError`, `KeyError` or `TypeError` where it is not padcli's."""
    orjson.dumps(meta)  # no half characters, no integers of more than 64 bits
    _check("meta.json", meta, {**_FORM, "tokenizer": object})
    if meta["tokenizer"] is not None:
        _check("tokenizer", meta["tokenizer"], _OF_TOKENIZER)
        _check("special_ids", meta["tokenizer"].get("special_ids", {}), {_EACH: _INT64})
    if meta["padding"]["truncating"] not in get_args(Side) and head_of(meta["padding"]["truncating"]) is None:
        raise ValueError(f"truncating is {meta['padding']['truncating']!r}")
    if "shape" in meta:
        _check("shape", meta["shape"], dict.fromkeys(_OF_SHAPE, _COUNT))
    if "record_lengths" in meta:
        _check("record_lengths", meta["record_lengths"], {"lengths": [_COUNT], "rows": [_COUNT]})
    if "shard" in meta:
        _check("shard", meta["shard"], {"number": _COUNT, "of": _LEAST_ONE, "first_row": _COUNT, "all_rows": _COUNT})
    _check("label_classes", meta.get("label_classes", {}), {_EACH: list})
    if any(not isinstance(text, str) for classes in meta.get("label_classes", {}).values() for text in classes):
        raise ValueError("label_classes holds what is no text")
    _check("buckets", meta["padding"].get("buckets", []), [_LEAST_ONE])
    options = meta["options"]
    _check("options", options, {name: form for name, form in _OF_READING.items() if name in options})
    for name, facts in meta["arrays"].items():
        _check_type(f"the sha256 of {name}", facts.get("sha256"), _TEXT_OR_NONE)  # which an older padcli did not write
    for name in [meta["padding"]["dtype"], *(facts["dtype"] for facts in meta["arrays"].values())]:
        if dtype_of(name).hasobject:
            raise ValueError(f"an array of {name}")
    return dict(meta)


def _check(place: str, value: Any, form: Any) -> None:
    if isinstance(form, dict):
        _check_type(place, value, dict)
        for name, inner in form.items():
            for key in value if name == _EACH else (name,):
                _check(f"{place}: {key}", value[key], inner)
    elif isinstance(form, list):
        _check_type(place, value, list)
        for number, each in enumerate(value):
            _check(f"{place} {number}", each, form[0])
    elif isinstance(form, type | UnionType):
        _check_type(place, value, form)
    elif not isinstance(value, int if isinstance(form, range) else str) or isinstance(value, bool) or value not in form:
        raise ValueError(f"{place} is {value!r}")


def _check_type(place: str, value: Any, kind: type | UnionType) -> None:
    is_truth = isinstance(value, bool) and kind is not bool and kind is not object
    if is_truth or not isinstance(value, kind) or (isinstance(value, str) and "\0" in value):
        raise ValueError(f"{place} is {value!r}")
