"""The same bytes for any size of chunk: no line, character or JSON record minds where a chunk ends."""

import gzip
import hashlib
import json

import pytest
from conftest import SAMPLE_DATA
from hypothesis import given
from hypothesis import strategies as st
from texts import as_jsonl, lines, texts

import padcli

SIZES = [1, 64, 16 * 1024 * 1024]


def output_bytes(folder, source, **options):
    """All files of a run, by name."""
    out = folder / "out"
    out.mkdir(exist_ok=True)
    padcli.pad(source, out / "out.npz", **options)
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in out.iterdir()}


@given(lines, st.sampled_from(["\n", "\r\n"]), st.booleans(), st.sampled_from(["word", "char", "byte", "whitespace"]))
def test_text_does_not_depend_on_chunks(tmp_path, lines, end, closed, tokenizer):
    (tmp_path / "corpus.txt").write_bytes((end.join(lines) + (end if closed else "")).encode())
    outputs = [
        output_bytes(tmp_path, tmp_path / "corpus.txt", maxlen=5, tokenizer=tokenizer, chunk_bytes=size)
        for size in SIZES
    ]
    assert outputs[0] == outputs[1] == outputs[2]


@given(texts)
def test_jsonl_does_not_depend_on_chunks(tmp_path, texts):
    (tmp_path / "corpus.jsonl").write_bytes(as_jsonl(texts).encode())
    outputs = [output_bytes(tmp_path, tmp_path / "corpus.jsonl", maxlen=5, chunk_bytes=size) for size in SIZES]
    assert outputs[0] == outputs[1] == outputs[2]


values = st.one_of(
    st.text(max_size=3),
    st.lists(st.text(max_size=2), max_size=3),
    st.lists(st.one_of(st.integers(-3, 300), st.none()), max_size=3),
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
)
records = st.fixed_dictionaries({"text": values}, optional={"y": values})
bad_lines = st.sampled_from(
    ["", "  ", "{", '{"text": "a"} {"text": "b"}', '{"text": "a"},{"text": "b"}', '"', "[1]", "\\"]
)


@given(st.lists(st.one_of(records.map(json.dumps), bad_lines), max_size=10))
def test_what_is_skipped_does_not_depend_on_chunks(tmp_path, lines):
    (tmp_path / "corpus.jsonl").write_text("\n".join(lines))
    outputs = [
        output_bytes(
            tmp_path,
            tmp_path / "corpus.jsonl",
            maxlen=5,
            label="y",
            on_error="skip",
            rejects=tmp_path / "out" / "rejects.jsonl",
            chunk_bytes=size,
        )
        for size in SIZES
    ]
    assert outputs[0] == outputs[1] == outputs[2]


@pytest.mark.parametrize("name", ["reviews.txt", "multilingual.txt", "reviews.jsonl", "tokens.jsonl", "ids.jsonl"])
@pytest.mark.parametrize("output", ["out.npz", "out.npy"])
def test_sample_data_does_not_depend_on_chunks(tmp_path, name, output):
    found = []
    for size in SIZES:
        folder = tmp_path / str(size)
        folder.mkdir()
        padcli.pad(SAMPLE_DATA / name, folder / output, chunk_bytes=size)
        found.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert "out.npz" in found[0] or "out.npy" in found[0]
    assert found[0] == found[1] == found[2]


@given(lines, st.sampled_from([1, 5]))
def test_compressed_and_in_another_encoding_is_the_same(tmp_path, lines, size):
    content = "".join(line + "\n" for line in lines)
    (tmp_path / "corpus.txt").write_bytes(content.encode())
    (tmp_path / "other.txt.gz").write_bytes(gzip.compress(content.encode("utf-16")))
    arrays = []
    for name, encoding in [("corpus.txt", "utf-8"), ("other.txt.gz", "utf-16")]:
        padcli.pad(tmp_path / name, tmp_path / "out.npz", maxlen=5, chunk_bytes=size, encoding=encoding)
        arrays.append(padcli.load(tmp_path / "out.npz").token_ids.tolist())
    assert arrays[0] == arrays[1]
