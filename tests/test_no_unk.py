"""Tokenizers without an unknown token: what is not in the vocabulary vanishes, as in Keras, and is counted."""

import json

import numpy as np
import pytest
from conftest import SAMPLE_DATA, use_kernels
from hypothesis import given
from hypothesis import strategies as st
from keras.src.legacy.preprocessing.text import Tokenizer as KerasTokenizer
from keras.utils import pad_sequences
from test_pad import sides
from test_tokenizers import cased_alike, rows_of
from texts import as_jsonl, texts
from tokenizers import Tokenizer as HuggingFaceTokenizer

import padcli
from padcli.errors import GateError

LINES = (SAMPLE_DATA / "reviews.txt").read_text("utf-8").splitlines()


def pad(folder, rows, name="out", **options):
    (folder / "corpus.jsonl").write_text(as_jsonl(rows), encoding="utf-8")
    report = padcli.pad(
        folder / "corpus.jsonl", folder / f"{name}.npz", **{"unk": False, "maxlen": 400, "padding": "post", **options}
    )
    return padcli.load(folder / f"{name}.npz"), report


def keras_tokenizer(rows, **options):
    tokenizer = KerasTokenizer(**options)
    tokenizer.fit_on_texts(rows)
    return tokenizer


layouts = st.fixed_dictionaries({"maxlen": st.integers(1, 9), "padding": sides, "truncating": sides})


@given(texts, st.sampled_from([None, 2, 3, 9]), layouts, st.booleans())
def test_the_arrays_are_those_of_keras_without_an_oov_token(tmp_path, rows, vocab_size, options, used):
    sequences = keras_tokenizer(rows, num_words=vocab_size).texts_to_sequences(rows)
    with use_kernels(used=used):
        padded, report = pad(tmp_path, rows, vocab_size=vocab_size, chunk_bytes=50, **options)
    np.testing.assert_array_equal(padded.token_ids, pad_sequences(sequences, **options))
    np.testing.assert_array_equal(padded.lengths, [len(sequence) for sequence in sequences])
    ones = [[1] * len(sequence) for sequence in sequences]
    np.testing.assert_array_equal(padded.padding_mask, pad_sequences(ones, **options).astype(bool))
    every = keras_tokenizer(rows).texts_to_sequences(rows)
    assert report.tokenizer.dropped_tokens == sum(map(len, every)) - sum(map(len, sequences))
    assert report.tokenizer.unk_tokens == 0
    assert report.histogram.tokens == sum(map(len, sequences))
    assert report.histogram.empty_rows == sequences.count([])


@given(texts, st.booleans(), st.sampled_from([None, 5]))
def test_characters_too(tmp_path, rows, lower, vocab_size):
    original = keras_tokenizer(rows, char_level=True, lower=lower, num_words=vocab_size)
    padded, _ = pad(tmp_path, rows, tokenizer="char", lower=lower, vocab_size=vocab_size)
    assert rows_of(padded) == original.texts_to_sequences(rows)


@given(texts, texts, st.sampled_from(["word", "whitespace", "char"]), st.sampled_from([None, 4]))
def test_a_saved_tokenizer_leaves_out_what_it_does_not_know(tmp_path, rows, others, tokenizer, vocab_size):
    first, report = pad(tmp_path, rows, tokenizer=tokenizer, vocab_size=vocab_size)
    saved = tmp_path / "out.tokenizer.json"
    again, again_report = pad(tmp_path, rows, name="again", tokenizer=saved, unk=True)
    assert rows_of(again) == rows_of(first)
    assert again_report.tokenizer.dropped_tokens == report.tokenizer.dropped_tokens
    assert again_report.tokenizer.name == report.tokenizer.name == tokenizer
    assert again_report.duplicates == report.duplicates
    keras_rows = [text.split() for text in rows] if tokenizer == "whitespace" else rows
    keras_others = [text.split() for text in others] if tokenizer == "whitespace" else others
    original = keras_tokenizer(
        keras_rows, num_words=vocab_size, char_level=tokenizer == "char", lower=tokenizer == "word"
    )
    of_others, _ = pad(tmp_path, others, name="others", tokenizer=saved, unk=True)
    assert rows_of(of_others) == original.texts_to_sequences(keras_others)


@given(texts, texts, st.sampled_from(["word", "whitespace", "char"]), st.sampled_from([None, 4]))
def test_the_saved_file_leaves_it_out_in_hugging_face_too(tmp_path, rows, others, tokenizer, vocab_size):
    every = list(filter(cased_alike, [*rows, *others]))
    pad(tmp_path, rows, tokenizer=tokenizer, vocab_size=vocab_size)
    padded, _ = pad(tmp_path, every, name="every", tokenizer=tmp_path / "out.tokenizer.json", unk=True)
    original = HuggingFaceTokenizer.from_file(str(tmp_path / "out.tokenizer.json"))
    assert rows_of(padded) == [encoding.ids for encoding in original.encode_batch(every)]


@given(st.lists(st.lists(st.text("aA \u2581é", max_size=3), max_size=6), min_size=1, max_size=5), st.booleans())
def test_lists_of_tokens_too(tmp_path, rows, lower):
    (tmp_path / "corpus.jsonl").write_text("".join(json.dumps({"text": row}) + "\n" for row in rows))
    padcli.pad(tmp_path / "corpus.jsonl", tmp_path / "out.npz", unk=False, vocab_size=4, lower=lower, maxlen=7)
    expected = keras_tokenizer(rows, num_words=4, lower=lower).texts_to_sequences(rows)
    first = padcli.load(tmp_path / "out.npz")
    np.testing.assert_array_equal(first.token_ids, pad_sequences(expected, 7))
    saved = tmp_path / "out.tokenizer.json"
    padcli.pad(tmp_path / "corpus.jsonl", tmp_path / "again.npz", tokenizer=saved, maxlen=7)
    np.testing.assert_array_equal(padcli.load(tmp_path / "again.npz").token_ids, first.token_ids)
    if not any("" in row for row in rows):  # `tokenizers` has no unit of no characters
        encodings = HuggingFaceTokenizer.from_file(str(saved)).encode_batch(rows, is_pretokenized=True)
        assert [encoding.ids for encoding in encodings] == expected


def test_a_file_saved_by_hugging_face_is_the_same_tokenizer(tmp_path):
    first, _ = pad(tmp_path, ["A b, c", "b c"])
    HuggingFaceTokenizer.from_file(str(tmp_path / "out.tokenizer.json")).save(str(tmp_path / "saved.json"))
    again, report = pad(tmp_path, ["A b, c d", "b c"], name="again", tokenizer=tmp_path / "saved.json", unk=True)
    assert rows_of(again) == rows_of(first)
    assert (report.tokenizer.name, report.tokenizer.dropped_tokens) == ("word", 1)


def test_rare_words_vanish_too(tmp_path):
    padded, report = pad(tmp_path, ["a b a", "c", "a b"], min_count=2, fail_if="unk>17%")
    assert rows_of(padded) == [[1, 2, 1], [], [1, 2]]
    assert padded.lengths.tolist() == [3, 0, 2]
    assert (report.tokenizer.vocab_size, report.tokenizer.dropped_tokens, report.tokenizer.seen_once) == (3, 1, 1)
    assert padded.meta["tokenizer"]["dropped_tokens"] == 1
    assert padded.meta["tokens"] == 5


def test_a_padding_id_that_is_none_of_a_word_is_not_mistaken_for_a_word_that_has_none(tmp_path):
    padded, report = pad(tmp_path, ["a b a", "c"], vocab_size=2, pad_id=-1, maxlen=3)
    assert padded.token_ids.tolist() == [[1, 1, -1], [-1, -1, -1]]
    assert report.pad_id_tokens == 0


def test_what_vanished_is_told_and_can_make_a_run_fail(command_here, write):
    write("corpus.txt", "a a a\nb c a\n\nb\n")
    finished = command_here("pad", "corpus.txt", "--no-unk", "--vocab-size", "2", "--fail-if", "unk>=40%")
    assert finished.returncode == 1
    assert "gate failed: unk 42.9% >= 40% (3 of 7 tokens)" in finished.err
    assert "3 of 7 tokens are not in the vocabulary and were skipped" in finished.err
    assert "42.9% skipped" in finished.err
    finished = command_here("fit", "corpus.txt", "--no-unk", "--vocab-size", "2", "--json", "-q")
    facts = json.loads(finished.out)
    assert (facts["tokens"], facts["tokenizer"]["dropped_tokens"], facts["empty_rows"]) == (4, 3, 2)
    finished = command_here("stats", "corpus.txt", "--no-unk", "--min-count", "2", "--json")
    facts = json.loads(finished.out)
    assert (facts["tokens"], facts["tokenizer"]["dropped_tokens"], facts["lengths"]["max"]) == (6, 1, 3)


def test_keras_own_file_tells_what_vanished_as_well(tmp_path):
    original = keras_tokenizer(LINES[:20], num_words=50)
    (tmp_path / "keras.json").write_text(original.to_json(), encoding="utf-8")
    padded, report = pad(tmp_path, LINES, tokenizer=tmp_path / "keras.json", unk=True)
    assert rows_of(padded) == original.texts_to_sequences(LINES)
    every = sum(map(len, keras_tokenizer(LINES).texts_to_sequences(LINES)))
    assert report.tokenizer.dropped_tokens == every - report.histogram.tokens > 0


def test_rows_that_are_empty_now_repeat_nothing(tmp_path):
    _, report = pad(tmp_path, ["a a a", "c", "c", "a", "a", "c"], vocab_size=2, chunk_bytes=20)
    assert report.duplicates == 1
    assert [example.row for example in report.smells["duplicate"].examples] == [4]


def test_files_of_those_who_do_not_ask_for_it_do_not_mention_it(tmp_path):
    padded, _ = pad(tmp_path, ["a"], unk=True)
    assert "unk" not in padded.meta["options"]
    assert "dropped_tokens" not in padded.meta["tokenizer"]
    assert pad(tmp_path, ["a"])[0].meta["options"]["unk"] is False


def test_inspect_decodes_what_is_left(tmp_path, command_here):
    pad(tmp_path, ["The cat sat", "dog the"], vocab_size=3, maxlen=2)
    assert "cat" in command_here("inspect", "out.npz", "--rows", "0").out.decode()
    assert b"the" in command_here("inspect", "out.npz", "--find", "the").out
    assert command_here("verify", "out.npz", "--inputs").returncode == 0


@pytest.mark.parametrize("tokenizer", ["byte", "text-vectorization"])
def test_where_nothing_can_vanish_it_has_no_meaning(tmp_path, tokenizer):
    with pytest.raises(padcli.PadcliError, match="--no-unk cannot be used"):
        pad(tmp_path, ["a"], tokenizer=tokenizer)


def test_two_texts_are_not_compared_without_what_they_differ_in(tmp_path, write):
    write("a.txt", "a b\n")
    with pytest.raises(padcli.PadcliError, match="--no-unk"):
        padcli.compare(tmp_path / "a.txt", tmp_path / "a.txt", unk=False)


def test_a_gate_counts_what_vanished_of_all_there_was(tmp_path):
    with pytest.raises(GateError, match=r"unk 50.0% > 49% \(2 of 4 tokens\)"):
        pad(tmp_path, ["a a b c"], vocab_size=2, fail_if="unk>49%")
