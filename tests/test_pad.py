"""The promise: the arrays are those of Keras's `Tokenizer` and one plain `pad_sequences` call, to the last id."""

import json

import keras_reference
import numpy as np
import pytest
from conftest import SAMPLE_DATA
from hypothesis import given
from hypothesis import strategies as st
from texts import as_jsonl, as_text, lines, texts

import padcli

sides = st.sampled_from(["pre", "post"])


def pad(folder, content, *, name="corpus.jsonl", **options):
    (folder / name).write_bytes(content.encode())
    padcli.pad(folder / name, folder / "out.npz", **options)
    return padcli.load(folder / "out.npz")


def assert_equal_to_keras(padded, texts, *, maxlen, padding, truncating, **options):
    expected, sequences = keras_reference.padded(
        texts, maxlen=maxlen, padding=padding, truncating=truncating, **options
    )
    np.testing.assert_array_equal(padded.token_ids, expected)
    assert padded.token_ids.dtype == expected.dtype
    np.testing.assert_array_equal(padded.lengths, [len(sequence) for sequence in sequences])
    ones = [[1] * len(sequence) for sequence in sequences]
    mask = keras_reference.pad_sequences(ones, maxlen=maxlen, padding=padding, truncating=truncating)
    np.testing.assert_array_equal(padded.padding_mask, mask.astype(bool))


@given(texts, st.one_of(st.none(), st.integers(1, 20)), sides, sides)
def test_jsonl_gives_the_arrays_of_keras(tmp_path, texts, maxlen, padding, truncating):
    if maxlen is None and not any(keras_reference.padded(texts)[1]):
        maxlen = 1
    options = {"maxlen": maxlen, "padding": padding, "truncating": truncating}
    assert_equal_to_keras(pad(tmp_path, as_jsonl(texts), **options), texts, **options)


@given(lines, st.integers(1, 20), sides, sides)
def test_text_gives_the_arrays_of_keras(tmp_path, lines, maxlen, padding, truncating):
    options = {"maxlen": maxlen, "padding": padding, "truncating": truncating}
    assert_equal_to_keras(pad(tmp_path, as_text(lines), name="corpus.txt", **options), lines, **options)


@given(texts, st.booleans(), st.text("abkiKIΣσé.,-[]\\^&! \n\t\u0307", max_size=6))
def test_lower_and_filters_are_those_of_keras(tmp_path, texts, lower, filters):
    padded = pad(tmp_path, as_jsonl(texts), lower=lower, filters=filters, maxlen=10)
    assert_equal_to_keras(padded, texts, lower=lower, filters=filters, maxlen=10, padding="pre", truncating="pre")


@given(texts, st.integers(3, 12))
def test_vocab_size_is_num_words_of_keras(tmp_path, texts, vocab_size):
    padded = pad(tmp_path, as_jsonl(texts), vocab_size=vocab_size, maxlen=10)
    assert padded.token_ids.max() < vocab_size
    assert padded.meta["tokenizer"]["vocab_size"] <= vocab_size
    assert_equal_to_keras(padded, texts, num_words=vocab_size, maxlen=10, padding="pre", truncating="pre")


def test_unk_in_the_text_has_the_id_that_keras_gives_it(tmp_path):
    texts = ["[UNK] a a a", "b [UNK] [PAD]"]
    padded = pad(tmp_path, as_jsonl(texts), lower=False, filters="", maxlen=4)
    assert_equal_to_keras(padded, texts, lower=False, filters="", maxlen=4, padding="pre", truncating="pre")
    assert padded.token_ids.tolist() == [[3, 2, 2, 2], [0, 4, 3, 5]]


@pytest.mark.parametrize("padding", ["pre", "post"])
@pytest.mark.parametrize("truncating", ["pre", "post"])
@pytest.mark.parametrize("maxlen", [None, 5, 50])
@pytest.mark.parametrize("name", ["reviews.txt", "multilingual.txt", "reviews.jsonl", "tokens.jsonl"])
def test_sample_data_gives_the_arrays_of_keras(tmp_path, name, padding, truncating, maxlen):
    options = {"maxlen": maxlen, "padding": padding, "truncating": truncating}
    content = (SAMPLE_DATA / name).read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    texts = content.removesuffix("\n").split("\n")
    if name.endswith(".jsonl"):
        texts = [json.loads(line)["text"] for line in texts]

    padcli.pad(SAMPLE_DATA / name, tmp_path / "out.npz", **options)

    assert_equal_to_keras(padcli.load(tmp_path / "out.npz"), texts, **options)


@pytest.mark.parametrize("padding", ["pre", "post"])
@pytest.mark.parametrize("truncating", ["pre", "post"])
@pytest.mark.parametrize("maxlen", [None, 5, 50])
def test_sample_ids_are_padded_as_keras_pads_them(tmp_path, padding, truncating, maxlen):
    options = {"maxlen": maxlen, "padding": padding, "truncating": truncating}
    rows = [json.loads(line)["text"] for line in (SAMPLE_DATA / "ids.jsonl").read_text().splitlines()]
    padcli.pad(SAMPLE_DATA / "ids.jsonl", tmp_path / "out.npz", label="label", **options)
    expected = keras_reference.pad_sequences(rows, **options)
    np.testing.assert_array_equal(padcli.load(tmp_path / "out.npz").token_ids, expected)


def test_sample_data_that_is_broken_gives_its_good_records(tmp_path):
    good = [1, 2, 4, 5, 7, 9, 10, 13, 15, 17, 18, 20, 21]  # as sample_data/README.md says
    lines = (SAMPLE_DATA / "broken.jsonl").read_bytes().splitlines()
    texts = [json.loads(lines[number - 1])["text"] for number in good]
    options = {"maxlen": 20, "padding": "pre", "truncating": "pre"}
    padcli.pad(
        SAMPLE_DATA / "broken.jsonl",
        tmp_path / "out.npz",
        label="label",
        on_error="skip",
        rejects=tmp_path / "rejects.jsonl",
        **options,
    )
    padded = padcli.load(tmp_path / "out.npz")
    assert_equal_to_keras(padded, texts, **options)
    assert padded.labels["label"].tolist() == [json.loads(lines[number - 1])["label"] for number in good]
    rejected = [json.loads(line) for line in (tmp_path / "rejects.jsonl").read_text().splitlines()]
    assert [reject["line"] for reject in rejected] == [3, 6, 8, 11, 14, 16, 19]
    assert (padded.meta["rejected"], padded.meta["blank_lines"]) == (7, 1)


def test_lists_of_tokens_are_taken_as_keras_takes_them(tmp_path):
    rows = [["The", "cat", "a.b", ""], [], ["the", "CAT"]]
    content = "".join(json.dumps({"text": row}) + "\n" for row in rows)
    assert_equal_to_keras(pad(tmp_path, content, maxlen=3), rows, maxlen=3, padding="pre", truncating="pre")


def test_lists_of_integers_are_taken_as_ids(tmp_path):
    rows = [[1, 2, 3, 4], [], [0, -5, 70_000]]
    padded = pad(tmp_path, "".join(json.dumps({"text": row}) + "\n" for row in rows), maxlen=3, padding="post")
    assert padded.token_ids.tolist() == [[2, 3, 4], [0, 0, 0], [0, -5, 70_000]]
    assert padded.padding_mask.tolist() == [[True] * 3, [False] * 3, [True] * 3]
    assert padded.meta["tokenizer"] is None
    assert not (tmp_path / "out.tokenizer.json").exists()


def test_the_mask_comes_from_lengths_not_from_ids(tmp_path):
    padded = pad(tmp_path, '{"text": [7, 0, 7]}\n', maxlen=5, pad_id=7)
    assert padded.token_ids.tolist() == [[7, 7, 7, 0, 7]]
    assert padded.padding_mask.tolist() == [[False, False, True, True, True]]


def test_a_given_tokenizer_gives_the_training_ids(tmp_path):
    train, valid = ["a b b c", "b d"], ["c b x", "d, d!"]
    pad(tmp_path, as_text(train), name="train.txt", maxlen=4)
    padded = pad(tmp_path, as_text(valid), name="valid.txt", maxlen=4, tokenizer=tmp_path / "out.tokenizer.json")
    expected = keras_reference.fit(train).texts_to_sequences(valid)
    assert [row[mask].tolist() for row, mask in zip(padded.token_ids, padded.padding_mask, strict=True)] == expected
    assert padded.meta["tokenizer"]["unk_tokens"] == 1


def test_min_count_makes_rare_words_unknown(tmp_path):
    padded = pad(tmp_path, as_text(["a b b", "c b a"]), name="corpus.txt", min_count=2, maxlen=3)
    assert padded.token_ids.tolist() == [[3, 2, 2], [1, 2, 3]]


@pytest.mark.parametrize(("maxlen", "expected"), [("p50", 2), ("p75", 3), ("p95", 40), ("p100", 40), (None, 40)])
def test_maxlen_may_be_the_share_of_rows_to_keep_whole(tmp_path, maxlen, expected):
    rows = as_text(["a", "a b", "a b c", "a " * 40])
    assert pad(tmp_path, rows, name="corpus.txt", maxlen=maxlen).token_ids.shape == (4, expected)


def test_rows_are_the_records_of_all_inputs_in_order(tmp_path):
    for name, content in [("1.txt", "a\nb"), ("2.txt", ""), ("3.jsonl", '{"text": "c"}\n'), ("4.txt", "\nd\n")]:
        (tmp_path / name).write_text(content)
    padcli.pad(sorted(tmp_path.iterdir()), tmp_path / "out.npz", maxlen=1, tokenizer="byte")
    assert padcli.load(tmp_path / "out.npz").token_ids[:, 0].tolist() == [98, 99, 100, 0, 101]


@pytest.mark.parametrize(
    ("dtype", "ids", "expected"),
    [("auto", [255], "uint8"), ("auto", [256], "uint16"), ("auto", [-1, 255], "int16"), ("int64", [1], "int64")],
)
def test_dtype_is_the_chosen_one_or_the_smallest(tmp_path, dtype, ids, expected):
    assert pad(tmp_path, json.dumps({"text": ids}), dtype=dtype).token_ids.dtype == expected


def test_an_empty_input_has_no_rows(tmp_path):
    padded = pad(tmp_path, "", name="empty.txt", maxlen=7)
    assert padded.token_ids.shape == padded.padding_mask.shape == (0, 7)
    assert padded.lengths.shape == (0,)


def test_labels_are_carried_row_for_row(tmp_path):
    records = [
        {"text": "a", "y": 1, "score": 1, "ok": True, "meta": {"lang": "en"}},
        {"text": "b c", "y": -3, "score": 0.5, "ok": False, "meta": {"lang": "日本語"}},
    ]
    content = "".join(json.dumps(record) + "\n" for record in records)
    labels = pad(tmp_path, content, label=["y", "score", "ok", "meta.lang"], maxlen=2).labels
    assert {name: (column.dtype.str, column.tolist()) for name, column in labels.items()} == {
        "y": ("<i8", [1, -3]),
        "score": ("<f8", [1.0, 0.5]),
        "ok": ("|b1", [True, False]),
        "meta.lang": ("<U3", ["en", "日本語"]),
    }


@pytest.mark.parametrize(("pad_id", "size"), [(0, 5), (4, 5), (5, 6), (50256, 50257), (-100, 5)])
def test_the_size_of_the_vocabulary_is_above_all_ids_that_may_occur(tmp_path, pad_id, size):
    (tmp_path / "corpus.txt").write_text("a b c\na\n")
    report = padcli.pad(tmp_path / "corpus.txt", tmp_path / "out.npz", pad_id=pad_id)
    padded = padcli.load(tmp_path / "out.npz")
    assert padded.vocab_size == size
    assert padded.token_ids.max() < size
    assert any(f"an Embedding needs input_dim={size}" in line for line in report.as_dict()["advice"]) == (size > 5)
    assert padcli.verify(tmp_path / "out.npz").ok
