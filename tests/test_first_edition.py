"""Plain runs give the bytes of version 0.1, and files that it wrote can still be used.

`first_edition/digests.json` holds the sha256 of each array of each run below, made by version 0.1; the files beside it
were written by it, too. `python tests/test_first_edition.py` writes the digests anew, which nothing but a bug in
version 0.1 is a reason for.
"""

import hashlib
import io
import json
import shutil
import sys
import tempfile
import zipfile
from itertools import chain, product
from pathlib import Path

import numpy as np
import pytest

import padcli

FOLDER = Path(__file__).parent / "first_edition"
SAMPLE_DATA = Path(__file__).parents[1] / "sample_data"

TOKENIZERS = {
    "word": {},
    "word cased": {"lower": False, "filters": ""},
    "word small": {"vocab_size": 100},
    "word frequent": {"min_count": 3},
    "whitespace": {"tokenizer": "whitespace"},
    "char": {"tokenizer": "char"},
    "byte": {"tokenizer": "byte"},
    "layer": {"tokenizer": "text-vectorization"},
    "layer small": {"tokenizer": "text-vectorization", "vocab_size": 200},
}
PADDING = {
    "longest": {},
    "pre": {"maxlen": 20},
    "post": {"maxlen": 20, "padding": "post"},
    "both ends": {"maxlen": 7, "padding": "pre", "truncating": "post"},
    "share": {"maxlen": "p90", "padding": "post", "truncating": "post", "dtype": "auto"},
    "tokens kept": {"maxlen": "t95", "dtype": "int64", "names": "hf", "padding": "post"},
    "pad id": {"maxlen": 12, "pad_id": 3, "dtype": "uint16"},
}
TEXTS = ("reviews.txt", "multilingual.txt", "reviews.jsonl")


def runs():
    for text, (tokenizer, fitting), (padding, shape) in product(TEXTS, TOKENIZERS.items(), PADDING.items()):
        labels = {"label": ["label"]} if text.endswith(".jsonl") else {}
        yield f"{text}, {tokenizer}, {padding}", [text], {**fitting, **shape, **labels}
    for text, (padding, shape) in product(["tokens.jsonl", "ids.jsonl"], PADDING.items()):
        yield f"{text}, {padding}", [text], {**shape, "label": ["label"]}
    yield "broken.jsonl", ["broken.jsonl"], {"on_error": "skip", "label": ["label"], "maxlen": 20}
    yield "two inputs", ["reviews.txt", "multilingual.txt"], {"maxlen": 30}


def digests_of(inputs, options, folder):
    """The sha256 of each file that a run writes: its arrays, and its tokenizer."""
    for extension in (".npz", ".npy"):
        padcli.pad([SAMPLE_DATA / name for name in inputs], folder / f"out{extension}", **options)
    found = {}
    with zipfile.ZipFile(folder / "out.npz") as file:
        for name in file.namelist():
            if name != "meta.json":
                found[name] = file.read(name)
    for path in chain(folder.glob("out*.npy"), folder.glob("out.tokenizer.json")):
        found[path.name] = path.read_bytes()
    if options.get("names") == "hf":
        found = dict(as_first_edition(found))
    found = {name: hashlib.sha256(content).hexdigest() for name, content in found.items()}
    for path in folder.iterdir():
        path.unlink()
    return found


def as_first_edition(files):
    """Files under Hugging Face's names, as they were before masks and types were int64, and `label` was `labels`."""
    for name, content in files.items():
        if any(part in name for part in ("attention_mask", "token_type_ids", "out.mask", "out.types")):
            file = io.BytesIO()
            np.save(file, np.load(io.BytesIO(content)).astype(np.int8))
            yield name, file.getvalue()
        else:
            yield name.replace("labels", "label"), content


def digest_of(inputs, options, folder):
    return hashlib.sha256(json.dumps(sorted(digests_of(inputs, options, folder).items())).encode()).hexdigest()


EXPECTED = json.loads((FOLDER / "digests.json").read_text()) if (FOLDER / "digests.json").exists() else {}


@pytest.mark.parametrize("first", [*TEXTS, "tokens.jsonl", "ids.jsonl", "broken.jsonl", "two inputs"])
def test_plain_runs_give_the_same_bytes(first, tmp_path):
    named = {name: (inputs, options) for name, inputs, options in runs() if name.startswith(first)}
    assert named
    changed = [name for name, run in named.items() if digest_of(*run, tmp_path) != EXPECTED[name]]
    assert changed == []


@pytest.fixture(params=["reviews.npz", "reviews.npy", "hf.npz"])
def earlier(request, tmp_path):
    """An output of version 0.1, with all that stood beside it."""
    for path in FOLDER.iterdir():
        shutil.copy(path, tmp_path)
    return tmp_path / request.param


def test_earlier_files_are_loaded(earlier):
    data = padcli.load(earlier)
    assert data.token_ids.shape == data.padding_mask.shape == (60, 12)
    assert data.padding_mask.sum() == np.minimum(data.lengths, 12).sum()
    assert data.labels["label"].shape == (60,)


def test_earlier_files_are_verified_and_inspected(earlier, command):
    verified = command("verify", earlier)
    assert (verified.returncode, verified.err) == (0, "")
    shown = command("inspect", earlier, "--truncated", "--limit", "1", "--json")
    assert shown.returncode == 0
    assert json.loads(shown.out)["length"] > 12


def write_digests():
    with tempfile.TemporaryDirectory() as folder:
        found = {name: digest_of(inputs, options, Path(folder)) for name, inputs, options in runs()}
    (FOLDER / "digests.json").write_text(json.dumps(found, indent=0) + "\n")


if __name__ == "__main__":
    sys.exit(write_digests())
