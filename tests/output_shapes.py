"""Rows of every shape, for tests of formats: the options of each, and what an `.npz` of them holds."""

import json

import numpy as np

import padcli

RECORDS = [
    {
        "text": " ".join(f"w{(i * j) % 31}" for j in range(i % 13)),
        "other": " ".join(f"v{(i + j) % 7}" for j in range(i % 4)),
        "number": i - 7,
        "share": i / 3,
        "flag": i % 3 == 0,
        "lang": ["en", "tr", "ελ", "", "a\0b"][i % 5],
    }
    for i in range(60)
]
NUMBERS = ["number", "share", "flag"]
SHAPES = {
    "plain": {"maxlen": 9},
    "labels": {"maxlen": 9, "label": NUMBERS, "padding": "post"},
    "text": {"maxlen": 9, "label": ["lang", "number"]},
    "names of hf": {"maxlen": 9, "names": "hf", "label": "number"},
    "small ids": {"maxlen": 9, "dtype": "auto"},
    "windows": {"maxlen": 5, "overflow": "window", "stride": 2, "label": "number"},
    "packed": {"maxlen": 20, "pack": "best-fit", "label": NUMBERS},
    "packed, text": {"maxlen": 20, "pack": "consecutive", "label": "lang", "names": "hf"},
    "pairs": {"maxlen": 12, "pair_field": "other", "label": "flag"},
    "shuffled": {"maxlen": 9, "shuffle": True, "label": "number"},
}


def write_corpus(path, records=RECORDS):
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def arrays_of_npz(path):
    """Each array by its name, as NumPy reads it."""
    with np.load(path) as archive:
        return {name: archive[name] for name in archive.files if name != "meta.json"}


def pad_both(folder, extension, options, records=RECORDS):
    """Pad the same records to `out` with that extension and to an `.npz`; gives the path, and the npz's arrays."""
    corpus = write_corpus(folder / "corpus.jsonl", records)
    padcli.pad(corpus, folder / "expected.npz", **options)
    padcli.pad(corpus, folder / f"out{extension}", **options)
    return folder / f"out{extension}", arrays_of_npz(folder / "expected.npz")


def numbers_only(shape):
    """Whether rows of that shape can go to a format that holds no text."""
    return "lang" not in SHAPES[shape].get("label", ())
