"""The same bytes in whatever way the work is done: in chunks of any size, by any number of workers, with or without the
compiled kernels. No line, character or JSON record minds where a chunk ends."""

import gzip
import hashlib
import json
import shutil

import pytest
from conftest import SAMPLE_DATA, use_kernels
from hypothesis import given
from hypothesis import strategies as st
from texts import as_jsonl, lines, texts

import padcli

WAYS = [
    {"chunk_bytes": 1, "workers": 1, "kernels": False},
    {"chunk_bytes": 1, "workers": 4, "kernels": True},
    {"chunk_bytes": 64, "workers": 3, "kernels": False},
    {"chunk_bytes": 64, "workers": 1, "kernels": True},
    {"chunk_bytes": 16 * 1024 * 1024, "workers": 2, "kernels": True},
]


def outputs_of_all_ways(folder, source, name="out.npz", **options):
    """For each way, all files of a run, by name."""
    out = folder / "out"
    for way in WAYS:
        out.mkdir(exist_ok=True)
        with use_kernels(used=way["kernels"]):
            padcli.pad(source, out / name, chunk_bytes=way["chunk_bytes"], workers=way["workers"], **options)
        yield {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in out.iterdir()}
        shutil.rmtree(out)


def assert_all_equal(outputs):
    first, *others = outputs
    assert len(others) == len(WAYS) - 1
    assert first
    assert others == [first] * len(others)


@given(lines, st.sampled_from(["\n", "\r\n"]), st.booleans(), st.sampled_from(["word", "char", "byte", "whitespace"]))
def test_text_does_not_depend_on_chunks(tmp_path, lines, end, closed, tokenizer):
    (tmp_path / "corpus.txt").write_bytes((end.join(lines) + (end if closed else "")).encode())
    assert_all_equal(outputs_of_all_ways(tmp_path, tmp_path / "corpus.txt", maxlen=5, tokenizer=tokenizer))


@given(texts)
def test_jsonl_does_not_depend_on_chunks(tmp_path, texts):
    (tmp_path / "corpus.jsonl").write_bytes(as_jsonl(texts).encode())
    assert_all_equal(outputs_of_all_ways(tmp_path, tmp_path / "corpus.jsonl", maxlen=5))


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
    assert_all_equal(
        outputs_of_all_ways(
            tmp_path,
            tmp_path / "corpus.jsonl",
            maxlen=5,
            label="y",
            on_error="skip",
            rejects=tmp_path / "out" / "rejects.jsonl",
        )
    )


@pytest.mark.parametrize("name", ["reviews.txt", "multilingual.txt", "reviews.jsonl", "tokens.jsonl", "ids.jsonl"])
@pytest.mark.parametrize("output", ["out.npz", "out.npy"])
def test_sample_data_does_not_depend_on_chunks(tmp_path, name, output):
    assert_all_equal(outputs_of_all_ways(tmp_path, SAMPLE_DATA / name, output))


@given(texts, st.sampled_from(["int8", "uint16", "int32", "int64"]), st.sampled_from(["pre", "post"]))
def test_a_given_tokenizer_does_not_depend_on_chunks(tmp_path, texts, dtype, padding):
    (tmp_path / "train.jsonl").write_bytes(as_jsonl(texts[:6]).encode())
    padcli.fit(tmp_path / "train.jsonl", tmp_path / "tokenizer.json", vocab_size=100)
    (tmp_path / "corpus.jsonl").write_bytes(as_jsonl(texts).encode())
    options = {"tokenizer": tmp_path / "tokenizer.json", "dtype": dtype, "padding": padding, "maxlen": 3}
    assert_all_equal(outputs_of_all_ways(tmp_path, tmp_path / "corpus.jsonl", **options))


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_the_first_error_of_the_input_is_told_whoever_finds_it(tmp_path, workers):
    """A bad record before the end of a damaged file comes first, however far workers have read ahead."""
    lines = [b'{"text": "fine"}'] * 2000
    lines[300] = b"{"
    packed = gzip.compress(b"\n".join(lines))
    (tmp_path / "corpus.jsonl.gz").write_bytes(packed[: len(packed) - 9])
    with pytest.raises(padcli.PadcliError, match="line 301: not valid JSON"):
        padcli.pad(tmp_path / "corpus.jsonl.gz", tmp_path / "out.npz", workers=workers, chunk_bytes=100)


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
