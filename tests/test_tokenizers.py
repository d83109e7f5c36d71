"""Every tokenizer gives the units of its original, and its saved file the same ids in Hugging Face `tokenizers`."""

import json
import unicodedata
from collections import Counter
from unittest import mock

import keras_reference
import numpy as np
import pyarrow as pa
import pytest
from conftest import SAMPLE_DATA
from hypothesis import assume, given
from hypothesis import strategies as st
from texts import as_jsonl, texts
from tokenizers import Tokenizer as HuggingFaceTokenizer

import padcli
from padcli.rows.ragged import Texts
from padcli.tokenizers import characters, make_splitter


def pad(folder, texts, **options):
    (folder / "corpus.jsonl").write_text(as_jsonl(texts), encoding="utf-8")
    padcli.pad(folder / "corpus.jsonl", folder / "out.npz", **{"maxlen": 60, "padding": "post", **options})
    return padcli.load(folder / "out.npz")


def rows_of(padded):
    return [row[mask].tolist() for row, mask in zip(padded.token_ids, padded.padding_mask, strict=True)]


def cased_alike(text):
    """Whether Python and Rust lower-case a text alike: no final sigma, no letter newer than Python's tables."""
    return "Σ" not in text and all(unicodedata.category(char) != "Cn" for char in text)


@given(texts, st.booleans())
def test_char_is_keras_char_level(tmp_path, texts, lower):
    expected = keras_reference.fit(texts, char_level=True, lower=lower).texts_to_sequences(texts)
    assert rows_of(pad(tmp_path, texts, tokenizer="char", lower=lower, maxlen=200)) == expected


@given(texts)
def test_byte_is_utf8_and_one(tmp_path, texts):
    expected = [[byte + 1 for byte in text.encode()] for text in texts]
    assert rows_of(pad(tmp_path, texts, tokenizer="byte", maxlen=500)) == expected


@given(texts, st.booleans())
def test_whitespace_is_str_split(tmp_path, texts, lower):
    rows = [text.split() for text in texts]
    expected = keras_reference.fit(rows, lower=lower).texts_to_sequences(rows)
    assert rows_of(pad(tmp_path, texts, tokenizer="whitespace", lower=lower)) == expected


@given(texts, st.sampled_from(["word", "whitespace", "char", "byte"]), st.sampled_from([True, False, None]))
def test_the_saved_file_gives_the_same_ids_in_hugging_face(tmp_path, texts, tokenizer, lower):
    assume(lower is False or all(map(cased_alike, texts)))
    lower = None if tokenizer == "byte" else lower
    padded = pad(tmp_path, texts, tokenizer=tokenizer, lower=lower, maxlen=500)
    original = HuggingFaceTokenizer.from_file(str(tmp_path / "out.tokenizer.json"))
    assert rows_of(padded) == [encoding.ids for encoding in original.encode_batch(texts)]


@given(texts, st.text("abkéΣ.,-[]\\^&!~#(){}? \n\t", max_size=8))
def test_filters_survive_in_hugging_face(tmp_path, texts, filters):
    padded = pad(tmp_path, texts, filters=filters, lower=False, maxlen=500)
    original = HuggingFaceTokenizer.from_file(str(tmp_path / "out.tokenizer.json"))
    assert rows_of(padded) == [encoding.ids for encoding in original.encode_batch(texts)]


def test_hugging_face_agrees_on_sample_data(tmp_path):
    records = [json.loads(line) for line in (SAMPLE_DATA / "reviews.jsonl").read_text("utf-8").splitlines()]
    texts = [record["text"] for record in records if cased_alike(record["text"])]
    padded = pad(tmp_path, texts, vocab_size=200)
    original = HuggingFaceTokenizer.from_file(str(tmp_path / "out.tokenizer.json"))
    assert rows_of(padded) == [encoding.ids[-60:] for encoding in original.encode_batch(texts)]


def test_lists_of_tokens_agree_with_hugging_face(tmp_path):
    rows = [["The", "cat", "a.b"], ["the", "DOG"]]
    (tmp_path / "corpus.jsonl").write_text("".join(json.dumps({"text": row}) + "\n" for row in rows))
    padcli.pad(tmp_path / "corpus.jsonl", tmp_path / "out.npz")
    original = HuggingFaceTokenizer.from_file(str(tmp_path / "out.tokenizer.json"))
    encodings = original.encode_batch(rows, is_pretokenized=True)
    assert rows_of(padcli.load(tmp_path / "out.npz")) == [encoding.ids for encoding in encodings]


@given(texts, st.sampled_from(["word", "whitespace", "char", "byte"]))
def test_a_saved_tokenizer_read_again_gives_the_same_ids(tmp_path, texts, tokenizer):
    first = pad(tmp_path, texts, tokenizer=tokenizer)
    (tmp_path / "saved.json").write_bytes((tmp_path / "out.tokenizer.json").read_bytes())
    again = pad(tmp_path, texts, tokenizer=tmp_path / "saved.json")
    assert rows_of(again) == rows_of(first)
    assert again.meta["tokenizer"]["sha256"] == first.meta["tokenizer"]["sha256"]


def test_a_file_saved_by_hugging_face_is_read_too(tmp_path):
    first = pad(tmp_path, ["A b, c", "b c"])
    HuggingFaceTokenizer.from_file(str(tmp_path / "out.tokenizer.json")).save(str(tmp_path / "saved.json"))
    assert rows_of(pad(tmp_path, ["A b, c", "b c"], tokenizer=tmp_path / "saved.json")) == rows_of(first)


def test_fitting_alone_saves_what_padding_saves(tmp_path):
    pad(tmp_path, ["a b", "b"], vocab_size=3)
    padcli.fit(tmp_path / "corpus.jsonl", tmp_path / "alone.json", vocab_size=3)
    assert (tmp_path / "alone.json").read_bytes() == (tmp_path / "out.tokenizer.json").read_bytes()


def test_a_tokenizer_fitted_on_tokens_does_not_cut_texts(tmp_path):
    (tmp_path / "tokens.jsonl").write_text('{"text": ["a", "b"]}\n')
    padcli.fit(tmp_path / "tokens.jsonl", tmp_path / "tokens.json")
    with pytest.raises(padcli.PadcliError, match="fitted on lists of tokens"):
        pad(tmp_path, ["a b"], tokenizer=tmp_path / "tokens.json")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "it is empty"),
        ("\n\n", "it is empty"),
        ("{}", "neither a tokenizer.json nor"),
        ('{"a": 1', "Expecting"),
        ('{"model": {"type": "BPE", "vocab": {}, "merges": []}}', "its vocabulary is empty"),
        ('{"model": {"type": "WordLevel", "unk_token": "[UNK]"}}', "missing field `vocab`"),
        (
            '{"model": {"type": "WordLevel", "vocab": {"a": 0, "[UNK]": 1}, "unk_token": "[UNK]"}}',
            "id 0 is a real token",
        ),
        ('{"model": {"type": "WordLevel", "vocab": {"[UNK]": 1e9}, "unk_token": "[UNK]"}}', "expected an integer"),
        ('{"model": {"type": "WordLevel", "vocab": {"[PAD]": 0}, "unk_token": "[UNK]"}}', "Missing \\[UNK\\]"),
        ('{"pre_tokenizer": {"type": "Whitespace"}, "model": {"type": "WordLevel", "vocab": {}}}', "missing field"),
        ('{"added_tokens": [{"content": "x"}], "model": {}}', "it has no 'id'"),
        ('{"class_name": "Tokenizer"}', "it has no 'config'"),
        ('{"class_name": "Tokenizer", "config": {"word_index": "["}}', "Expecting value"),
        ("two words\n", "a vocabulary has one token per line"),
        ("a\nb\na\n", "occurs twice"),
        ("a\n\nb\n", "line 2 is ''"),
        ("YQ== 0\nYg== 2\n", "its name does not say how texts are split"),
        ("YQ== 0\nYg=\n", "not a tokenizer"),
        ("PK\x03\x04 no zip", "not a zip file"),
        ("a\0b", "is a binary file of an unknown kind"),
    ],
)
def test_a_tokenizer_file_that_is_not_understood_is_refused(tmp_path, content, message):
    (tmp_path / "given").write_text(content)
    with pytest.raises(padcli.PadcliError, match=message):
        pad(tmp_path, ["a"], tokenizer=tmp_path / "given")
    assert not (tmp_path / "out.npz").exists()


def test_whitespace_splits_at_every_character_that_python_splits_at():
    every = [char for char in map(chr, range(0x110000)) if not "\ud800" <= char <= "\udfff"]
    texts = [f"a{char}b" for char in every]
    units = make_splitter("whitespace").split(Texts(array=pa.array(texts, pa.string())))
    assert np.diff(units.offsets).tolist() == [len(text.split()) for text in texts]


def test_the_name_of_padding_as_a_word_of_the_text_is_an_unknown_word(tmp_path):
    (tmp_path / "train.txt").write_text("foo foo bar\n")
    padcli.fit(tmp_path / "train.txt", tmp_path / "words.json", tokenizer="whitespace")
    padded = pad(tmp_path, ["foo [PAD] bar [UNK] new"], tokenizer=tmp_path / "words.json")
    assert rows_of(padded) == [[2, 1, 3, 1, 1]]
    assert padded.meta["tokenizer"]["unk_tokens"] == 3


def test_a_token_that_has_no_text_is_not_taken_for_an_id_that_has_no_token(tmp_path):
    # "[PAD]" and "[UNK]" as words of the text have ids of their own, so that 0 and 1 stand for none in the file.
    (tmp_path / "train.jsonl").write_text('{"text": ["[PAD]", "[UNK]", "a"]}\n')
    padcli.fit(tmp_path / "train.jsonl", tmp_path / "tokens.json", lower=False)
    (tmp_path / "valid.jsonl").write_text('{"text": ["", "a", "[UNK]", "z"]}\n')
    padcli.pad(tmp_path / "valid.jsonl", tmp_path / "out.npz", tokenizer=tmp_path / "tokens.json")
    assert padcli.load(tmp_path / "out.npz").token_ids.tolist() == [[3, 4, 3, 3]]


def test_white_space_at_the_very_end_belongs_to_no_word():
    # pyarrow's own kernel for this looks past the end, and so depends on what happens to be in memory there.
    texts = ["naïve ", "", "日本\u3000", " é", "\u2003"] * 1000
    for _ in range(20):
        units = make_splitter("whitespace").split(Texts(array=pa.array(texts, pa.string())))
        assert units.units.to_pylist() == ["naïve", "日本", "é"]


@given(texts, st.integers(4, 30))
def test_long_texts_are_cut_into_characters_part_by_part(texts, at_once):
    rows = Texts(array=pa.array(texts, pa.string()))
    expected = make_splitter("char").split(rows)
    with mock.patch.object(characters, "_AT_ONCE", at_once):
        found = make_splitter("char").split(rows)
    assert found.units.to_pylist() == expected.units.to_pylist() == list(dict.fromkeys("".join(texts)))
    for name in ("codes", "counts", "offsets"):
        assert getattr(found, name).tolist() == getattr(expected, name).tolist()
    assert expected.counts.tolist() == [Counter("".join(texts))[unit] for unit in expected.units.to_pylist()]
