"""Keras's `TextVectorization` with n-grams, without a split, with every standardization: adapted and read."""

import json
import re

import keras
import numpy as np
import pyarrow as pa
import pytest
import tensorflow as tf
from conftest import SAMPLE_DATA, use_kernels
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_origins import layer_rows
from test_tokenizers import rows_of
from texts import any_text, as_jsonl
from tokenizers import Tokenizer as HuggingFaceTokenizer

import padcli
from padcli.rows.ragged import Units
from padcli.tokenizers.ngrams import ngrams

LINES = (SAMPLE_DATA / "reviews.txt").read_text("utf-8").splitlines()

# The layer's look-up loses NULs at the end of a token, since it holds them in NumPy.
texts = st.lists(
    st.one_of(any_text, st.lists(st.sampled_from(["a", "b", "A!", "ab"]), max_size=9).map(" ".join)), max_size=6
).map(lambda rows: [row.replace("\0", "?") for row in rows])
arguments = st.fixed_dictionaries(
    {
        "standardize": st.sampled_from(["lower_and_strip_punctuation", "lower", "strip_punctuation", None]),
        "split": st.sampled_from(["whitespace", "whitespace", "character", None]),
        "ngrams": st.sampled_from([None, 1, 2, 3, (2,), (1, 3), (3, 1), (2, 2)]),
    }
)


def options_of(given_):
    """What padcli calls the layer's arguments."""
    return {name: "none" if value is None and name != "ngrams" else value for name, value in given_.items()}


def pad(folder, rows, name="out", **options):
    (folder / "corpus.jsonl").write_text(as_jsonl(rows), encoding="utf-8")
    options = {"tokenizer": "text-vectorization", "maxlen": 2500, "padding": "post", **options}
    report = padcli.pad(folder / "corpus.jsonl", folder / f"{name}.npz", **options)
    return rows_of(padcli.load(folder / f"{name}.npz")), report


def rows_by(layer, rows):
    """What the layer makes of rows, one column of texts, without the padding."""
    return layer_rows(layer, [[row] for row in rows])


@settings(max_examples=150)
@given(texts, arguments, st.sampled_from([None, 4]), st.booleans())
def test_it_is_fitted_as_the_layer_adapts(tmp_path, rows, given_, vocab_size, used):
    rows = [*rows, "some words and some more"]
    layer = keras.layers.TextVectorization(max_tokens=vocab_size, **given_)
    layer.adapt([[row] for row in rows])
    assume(len(layer.get_vocabulary()) > 2)  # a layer that has seen no token cannot be called
    with use_kernels(used=used):
        ids, report = pad(tmp_path, rows, vocab_size=vocab_size, chunk_bytes=99, **options_of(given_))
    assert ids == rows_by(layer, rows)
    others = ["Some words!", "more", "", "and some and a b"]
    again, of_again = pad(tmp_path, others, name="again", tokenizer=tmp_path / "out.tokenizer.json")
    assert again == rows_by(layer, others)
    assert of_again.tokenizer.sha256 == report.tokenizer.sha256
    if given_["ngrams"] is None:
        original = HuggingFaceTokenizer.from_file(str(tmp_path / "out.tokenizer.json"))
        assert [encoding.ids for encoding in original.encode_batch([*rows, *others])] == [*ids, *again]


@settings(max_examples=40)
@given(texts, arguments, st.booleans())
def test_a_saved_model_holds_its_layer(tmp_path, rows, given_, adapted):
    layer = keras.layers.TextVectorization(**given_)
    if adapted:
        layer.adapt([[row] for row in [*rows, *LINES[:5]]])
    else:
        layer.set_vocabulary(["the", "a", "a b", "b", "b a", "é", "ab a b", "a   b"])
    assume(len(layer.get_vocabulary()) > 2)
    assume(
        not any(re.search("[\r\n]", token) for token in layer.get_vocabulary())
    )  # Keras's own file has a token a line
    keras.Sequential([keras.Input((1,), dtype="string"), layer]).save(tmp_path / "model.keras")
    rows = [*rows, *LINES[:9], "a b", "a b a"]
    assert pad(tmp_path, rows, tokenizer=tmp_path / "model.keras")[0] == rows_by(layer, rows)


@settings(max_examples=200)
@given(
    st.lists(st.lists(st.sampled_from(["a", "b", "a b", "c"]), max_size=7), max_size=6),
    st.lists(st.integers(1, 5), min_size=1, max_size=4),
)
def test_n_grams_are_those_of_tensorflow(rows, widths):
    strings = ["a", "b", "a b", "c"]
    codes = np.array([strings.index(unit) for row in rows for unit in row], np.uint8)
    offsets = np.cumsum([0, *map(len, rows)])
    found = ngrams(Units.counted(pa.array(strings), codes, offsets), tuple(widths))
    expected = tf.strings.ngrams(tf.ragged.constant(rows, tf.string, ragged_rank=1), tuple(widths), separator=" ")
    expected = [[gram.decode() for gram in row] for row in expected.to_list()]
    named = found.units.take(pa.array(found.codes)).to_pylist()
    assert [named[start:stop] for start, stop in zip(found.offsets[:-1], found.offsets[1:], strict=True)] == expected
    every = [gram for row in expected for gram in row]
    assert found.units.to_pylist() == list(dict.fromkeys(every))
    assert found.counts.tolist() == [every.count(gram) for gram in dict.fromkeys(every)]


def test_the_file_of_n_grams_is_the_layer_as_keras_writes_it(tmp_path):
    ids, _ = pad(tmp_path, LINES, ngrams=2)
    layer = keras.layers.deserialize(json.loads((tmp_path / "out.tokenizer.json").read_text("utf-8")))
    assert rows_by(layer, LINES) == ids
    (tmp_path / "serialized.json").write_text(json.dumps(keras.layers.serialize(layer)), encoding="utf-8")
    assert pad(tmp_path, LINES, name="again", tokenizer=tmp_path / "serialized.json")[0] == ids


@pytest.mark.parametrize(
    ("options", "call"),
    [
        ({}, "TextVectorization(vocabulary='a.txt')"),
        ({"ngrams": 2}, "TextVectorization(vocabulary='b.txt', ngrams=2)"),
        (
            {"ngrams": "1,3", "standardize": "lower"},
            "TextVectorization(vocabulary='c.txt', standardize='lower', ngrams=(1, 3))",
        ),
        ({"split": "none"}, "TextVectorization(vocabulary='d.txt', split=None)"),
        (
            {"split": "character", "standardize": "strip_punctuation"},
            "TextVectorization(vocabulary='e.txt', standardize='strip_punctuation', split='character')",
        ),
    ],
)
def test_an_exported_vocabulary_comes_with_the_call_that_does_the_same(tmp_path, monkeypatch, options, call):
    monkeypatch.chdir(tmp_path)
    ids, _ = pad(tmp_path, LINES, **options)
    name = call.split("'")[1]  # TensorFlow has one table for all files of a name
    assert padcli.export_vocab(tmp_path / "out.tokenizer.json", name) == call
    layer = eval(call, {"TextVectorization": keras.layers.TextVectorization})
    assert rows_by(layer, LINES) == ids


def test_a_token_with_a_line_break_is_not_exported(tmp_path):
    pad(tmp_path, ["a\nb"], split="none", standardize="none")
    with pytest.raises(padcli.PadcliError, match="contains a line break"):
        padcli.export_vocab(tmp_path / "out.tokenizer.json", tmp_path / "vocabulary.txt")
    assert not (tmp_path / "vocabulary.txt").exists()


def test_the_command_does_it_too(command_here, write):
    write("a.txt", "The cat!\nthe dog\n")
    assert command_here("pad", "a.txt", "-q", "--tokenizer", "text-vectorization", "--ngrams", "2,").returncode == 0
    assert padcli.load("a.npz").token_ids.tolist() == [[3], [2]]
    finished = command_here("export-vocab", "a.tokenizer.json", "-o", "v.txt")
    assert finished.err == "TextVectorization(vocabulary='v.txt', ngrams=(2,))\n"
    assert command_here("inspect", "a.npz", "--find", "the dog").out.count(b"the dog") == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ngrams": 0}, "--ngrams: expected a number of words from 1 to 1000"),
        ({"ngrams": "2-3"}, "--ngrams: expected"),
        ({"ngrams": ()}, "--ngrams: expected"),
        ({"ngrams": True}, "--ngrams: expected"),
        ({"ngrams": 2.0}, "--ngrams: expected"),
        ({"split": " "}, "--split: ' ' is not one of whitespace, character, none"),
        ({"standardize": "upper"}, "--standardize: 'upper' is not one of"),
        ({"tokenizer": "word", "ngrams": 2}, "--ngrams cannot be used with --tokenizer word"),
        ({"tokenizer": "word", "standardize": "lower"}, "--standardize cannot be used with --tokenizer word"),
    ],
)
def test_arguments_that_are_none_of_the_layers_are_refused(tmp_path, options, message):
    with pytest.raises(padcli.PadcliError, match=message):
        pad(tmp_path, ["a"], **options)


@pytest.mark.parametrize(
    "change",
    [{"ngrams": 0}, {"ngrams": [0]}, {"ngrams": "x"}, {"split": "x"}, {"vocabulary": None}, {"vocabulary": [1]},
     {"output_mode": "count"}, {"standardize": {"class_name": "function"}}],
)  # fmt: skip
def test_a_layer_that_does_something_else_is_refused(tmp_path, change):
    layer = keras.layers.TextVectorization(vocabulary=["a", "b"])
    content = keras.layers.serialize(layer)
    content["config"] |= change
    (tmp_path / "layer.json").write_text(json.dumps(content))
    with pytest.raises(padcli.PadcliError, match="is not a tokenizer that padcli reads"):
        pad(tmp_path, ["a"], tokenizer=tmp_path / "layer.json")
