"""Texts in memory: what `pad` writes for a file of them."""

import json

import numpy as np
import pytest
from hypothesis import given
from texts import texts

import padcli

OPTIONS = [
    {"maxlen": 3, "padding": "post"},
    {"maxlen": "p90", "tokenizer": "char", "dtype": "auto"},
    {"tokenizer": "byte", "maxlen": 5, "truncating": "post", "names": "hf"},
    {"tokenizer": "text-vectorization", "vocab_size": 4, "maxlen": 2},
]


def assert_same(found, expected):
    for name in ("token_ids", "padding_mask", "lengths"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), strict=True)
    assert found.vocab_size == expected.vocab_size


def padded_by_file(folder, rows, **options):
    (folder / "rows.jsonl").write_text("".join(json.dumps({"text": row}) + "\n" for row in rows))
    padcli.pad(folder / "rows.jsonl", folder / "rows.npz", **options)
    return padcli.load(folder / "rows.npz")


@pytest.mark.parametrize("options", OPTIONS)
@given(
    rows=texts.filter(lambda rows: 10 * len(list(filter(None, rows))) > len(rows))
)  # p90 is of a row that is not empty
def test_texts_give_what_a_file_of_them_gives(tmp_path, options, rows):
    assert_same(padcli.pad_texts(rows, **options), padded_by_file(tmp_path, rows, **options))


@pytest.mark.parametrize("rows", [[["A", "b"], [], ["b"]], [[5, 0, 300], [], [7]]])
def test_lists_of_tokens_and_of_ids_are_taken_as_they_are(tmp_path, rows):
    assert_same(padcli.pad_texts(rows, maxlen=2), padded_by_file(tmp_path, rows, maxlen=2))


@pytest.mark.parametrize(("chunk_bytes", "workers"), [(1, 1), (10, 3), (4_000_000, 2)])
def test_many_texts_by_many_workers_are_the_same(chunk_bytes, workers):
    rows = [f"word{i % 7} and word{i % 11}" for i in range(200)]
    found = padcli.pad_texts(iter(rows), maxlen=4, chunk_bytes=chunk_bytes, workers=workers)
    assert_same(found, padcli.pad_texts(rows, maxlen=4))
    assert found.meta["rows"] == 200


def test_no_text_is_an_array_without_rows():
    assert padcli.pad_texts([], maxlen=3).token_ids.shape == (0, 3)


@pytest.mark.parametrize(
    "rows", [["a", 1], [1, 2], [["a"], [1]], ["a", None], [[1, None]], [0.5], ["\ud800"], [[2**70]], [{"a": 1}]]
)
def test_what_is_no_text_is_refused(rows):
    with pytest.raises(padcli.PadcliError, match="texts: "):
        padcli.pad_texts(rows, maxlen=3)


def test_an_unknown_keyword_is_refused_as_a_call_would():
    with pytest.raises(TypeError, match="unexpected keyword argument 'label'"):
        padcli.pad_texts(["a"], label="y")
