"""`--start` and `--end`: tokens around each row, for which room is kept, as by KerasHub's `StartEndPacker`."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

import padcli

TEXTS = ["the cat sat on the mat", "", "a cat [START] sat", "the the the"]
FITTED = ["word", "whitespace", "char", "text-vectorization"]


def real(padded):
    return [ids[mask].tolist() for ids, mask in zip(padded.token_ids, padded.padding_mask, strict=True)]


@pytest.fixture
def corpus(write):
    return write("corpus.jsonl", "".join(json.dumps({"text": text}) + "\n" for text in TEXTS))


# Cases of KerasHub's start_end_packer_test.py, written anew: what is packed, how, and what it becomes.
# https://github.com/keras-team/keras-hub/blob/master/keras_hub/src/layers/preprocessing/start_end_packer_test.py

PACKED = {
    "one row": ([[5, 6, 7]], {"maxlen": 5}, [[5, 6, 7, 0, 0]]),
    "padding on the left": ([[5, 6, 7]], {"maxlen": 5, "padding": "pre"}, [[0, 0, 5, 6, 7]]),
    "rows of two lengths": (
        [[5, 6, 7], [8, 9, 10, 11]],
        {"maxlen": 5},
        [[5, 6, 7, 0, 0], [8, 9, 10, 11, 0]],
    ),
    "start and end": (
        [[5, 6, 7], [8, 9, 10, 11]],
        {"maxlen": 6, "start": 1, "end": 2},
        [[1, 5, 6, 7, 2, 0], [1, 8, 9, 10, 11, 2]],
    ),
    "several of both": (
        [[5, 6, 7], [8, 9, 10, 11, 12, 13]],
        {"maxlen": 8, "start": [1, 2], "end": [3, 4], "pad_id": 0},
        [[1, 2, 5, 6, 7, 3, 4, 0], [1, 2, 8, 9, 10, 11, 3, 4]],
    ),
    "another padding": (
        [[5, 6, 7], [8, 9, 10, 11]],
        {"maxlen": 7, "start": 1, "end": 2, "pad_id": 3},
        [[1, 5, 6, 7, 2, 3, 3], [1, 8, 9, 10, 11, 2, 3]],
    ),
    "the end is kept when a row is cut": (
        [[5, 6], [8, 9, 10, 11, 12, 13]],
        {"maxlen": 5, "start": 1, "end": 2, "pad_id": 0},
        [[1, 5, 6, 2, 0], [1, 8, 9, 10, 2]],
    ),
    "both": ([[5, 6, 7]], {"maxlen": 4, "start": 1, "end": 2}, [[1, 5, 6, 2]]),
    "no start": ([[5, 6, 7]], {"maxlen": 4, "end": 2}, [[5, 6, 7, 2]]),
    "no end": ([[5, 6, 7]], {"maxlen": 4, "start": 1}, [[1, 5, 6, 7]]),
    "no room for more": ([[5, 6, 7]], {"maxlen": 2, "start": 1, "end": 2}, [[1, 2]]),
}


@pytest.mark.parametrize(("rows", "options", "packed"), PACKED.values(), ids=PACKED)
def test_it_packs_as_kerashub_does(rows, options, packed):
    found = padcli.pad_texts(rows, **{"padding": "post", "truncating": "post", **options})
    assert found.token_ids.tolist() == packed
    assert found.token_ids.dtype == np.int32


PACKED_TOKENS = {
    "names": (
        {"maxlen": 5, "start": "[START]", "end": "[END]"},
        [["[START]", "KerasHub", "is", "awesome", "[END]"], ["[START]", "amazing", "[END]", "[PAD]", "[PAD]"]],
    ),
    "several, one of them on both sides": (
        {"maxlen": 6, "start": ["[END]", "[START]"], "end": "[END]"},
        [
            ["[END]", "[START]", "KerasHub", "is", "awesome", "[END]"],
            ["[END]", "[START]", "amazing", "[END]", "[PAD]", "[PAD]"],
        ],
    ),
}


@pytest.mark.parametrize(("options", "packed"), PACKED_TOKENS.values(), ids=PACKED_TOKENS)
def test_it_packs_tokens_as_kerashub_does(write, tmp_path, options, packed):
    write("corpus.jsonl", '{"text": ["KerasHub", "is", "awesome"]}\n{"text": ["amazing"]}\n')
    padcli.pad(
        tmp_path / "corpus.jsonl", tmp_path / "out.npz", padding="post", truncating="post", lower=False, **options
    )
    vocabulary = Tokenizer.from_file(str(tmp_path / "out.tokenizer.json"))
    found = padcli.load(tmp_path / "out.npz")
    assert [[vocabulary.id_to_token(id_) for id_ in row] for row in found.token_ids.tolist()] == packed


def test_a_fraction_is_no_token():
    with pytest.raises(padcli.PadcliError, match=r"--start: expected a 64-bit integer"):
        padcli.pad_texts([[1]], start=1.0)


# Against a loop

ids = st.lists(st.lists(st.integers(10, 99), max_size=9), min_size=1, max_size=6)
around = st.lists(st.integers(0, 9), max_size=2)


@given(ids, around, around, st.sampled_from(["pre", "post"]), st.data())
def test_room_is_kept_whichever_side_is_cut(rows, start, end, side, data):
    room = data.draw(st.integers(0, 6))
    maxlen = max(1, room + len(start) + len(end))
    room = maxlen - len(start) - len(end)
    found = padcli.pad_texts(rows, maxlen=maxlen, truncating=side, start=start, end=end)
    kept = [(row[:room] if side == "post" else row[max(0, len(row) - room) :]) for row in rows]
    assert real(found) == [[*start, *row, *end] for row in kept]
    assert found.lengths.tolist() == [len(start) + len(row) + len(end) for row in rows]


def test_maxlen_that_follows_counts_them():
    found = padcli.pad_texts([[5], [6, 7]], start=1, end=[2, 3])
    assert found.token_ids.shape == (2, 5)
    assert padcli.pad_texts([[5]] * 19 + [[5] * 9], start=1, maxlen="p95").token_ids.shape == (20, 2)


# Fitted tokenizers get the tokens


@pytest.mark.parametrize("tokenizer", FITTED)
def test_a_fitted_tokenizer_gets_them(corpus, tmp_path, tokenizer):
    options = {"tokenizer": tokenizer, "start": ["[START]", "<doc>"], "end": "[END]", "padding": "post"}
    padcli.pad(corpus, tmp_path / "out.npz", **options)
    found = padcli.load(tmp_path / "out.npz")
    saved = Tokenizer.from_file(str(tmp_path / "out.tokenizer.json"))
    assert [saved.token_to_id(token) for token in ("[PAD]", "[UNK]", "[START]", "<doc>", "[END]")] == [0, 1, 2, 3, 4]
    assert real(found) == [[2, 3, *saved.encode(text).ids, 4] for text in TEXTS]
    assert found.vocab_size == saved.get_vocab_size() == found.token_ids.max() + 1
    assert padcli.verify(tmp_path / "out.npz", inputs=True).ok
    in_memory = padcli.pad_texts(TEXTS, **options)
    np.testing.assert_array_equal(in_memory.token_ids, found.token_ids, strict=True)


@pytest.mark.parametrize(
    ("tokenizer", "unk"), [*((name, True) for name in FITTED), ("word", False), ("whitespace", False), ("char", False)]
)
def test_a_word_of_the_same_name_is_the_same_token(corpus, tmp_path, tokenizer, unk):
    token = "a" if tokenizer == "char" else "cat"
    padcli.pad(corpus, tmp_path / "out.npz", tokenizer=tokenizer, start=token, padding="post", unk=unk)
    found = padcli.load(tmp_path / "out.npz")
    saved = Tokenizer.from_file(str(tmp_path / "out.tokenizer.json"))
    assert real(found) == [[1 + unk, *saved.encode(text).ids] for text in TEXTS]
    assert 1 + unk in real(found)[0][1:]
    assert found.vocab_size == saved.get_vocab_size() == found.token_ids.max() + 1
    padcli.pad(corpus, tmp_path / "like.npz", like=tmp_path / "out.npz")
    assert padcli.load(tmp_path / "like.npz").token_ids.tolist() == found.token_ids.tolist()


def test_the_unknown_token_may_stand_there_too(corpus, tmp_path):
    padcli.pad(corpus, tmp_path / "out.npz", start="[UNK]", vocab_size=4)
    assert {row[0] for row in real(padcli.load(tmp_path / "out.npz"))} == {1}
    assert padcli.verify(tmp_path / "out.npz").ok


def test_vocab_size_counts_them(corpus, tmp_path):
    padcli.pad(corpus, tmp_path / "out.npz", start="[START]", end="[END]", vocab_size=6)
    found = padcli.load(tmp_path / "out.npz")
    assert found.vocab_size == 6
    assert set(np.unique(found.token_ids)) == {0, 1, 2, 3, 4, 5}  # two words are left
    with pytest.raises(padcli.PadcliError) as raised:
        padcli.pad(corpus, tmp_path / "out.npz", start="[START]", end="[END]", vocab_size=3)
    assert raised.value.message == "--vocab-size 3: has no room for [PAD], [UNK], [START], [END]."


def test_an_id_beyond_the_vocabulary_makes_room_for_itself(corpus, tmp_path):
    padcli.pad(corpus, tmp_path / "out.npz", end=300)
    assert padcli.load(tmp_path / "out.npz").vocab_size == 301
    assert padcli.verify(tmp_path / "out.npz").ok
    padcli.pad(corpus, tmp_path / "out.npz", end=300, dtype="auto")
    assert padcli.load(tmp_path / "out.npz").token_ids.dtype == np.uint16
    with pytest.raises(padcli.PadcliError, match="--dtype uint8: holds 0 to 255, and an id is 300"):
        padcli.pad(corpus, tmp_path / "out.npz", end=300, dtype="uint8")


@pytest.mark.parametrize("token", [0, "[PAD]"])
def test_the_padding_id_may_stand_there_as_a_real_token(corpus, tmp_path, token):
    """As with T5, whose decoder starts with it."""
    padcli.pad(corpus, tmp_path / "out.npz", start=token, padding="post")
    found = padcli.load(tmp_path / "out.npz")
    assert found.token_ids[:, 0].tolist() == [0] * len(TEXTS)
    assert found.padding_mask[:, 0].all()
    assert found.meta["pad_id_tokens"] == len(TEXTS)
    assert padcli.verify(tmp_path / "out.npz").ok


# Tokenizers of files


def test_a_tokenizer_file_names_them_or_has_their_ids(corpus, command, tmp_path):
    padcli.fit(corpus, tmp_path / "t.json", tokenizer="whitespace")
    ids = Tokenizer.from_file(str(tmp_path / "t.json"))
    cat = ids.token_to_id("cat")
    for start in ("cat", str(cat)):
        finished = command(
            "pad", corpus, "-o", "out.npz", "--tokenizer", "t.json", "--start", start, "--end", "mat", "--end", "5"
        )
        assert finished.returncode == 0, finished.err
        expected = [[cat, *ids.encode(text).ids, ids.token_to_id("mat"), 5] for text in TEXTS]
        assert real(padcli.load(tmp_path / "out.npz")) == expected
    finished = command("pad", corpus, "--tokenizer", "t.json", "--start", "[CLS]")
    assert finished.returncode == 2
    assert "--start [CLS]: the vocabulary of t.json has no such token." in finished.err
    assert "an id: --start 101" in finished.err


@pytest.mark.parametrize("tokenizer", FITTED)
def test_like_takes_them_over(corpus, write, tmp_path, tokenizer):
    padcli.pad(corpus, tmp_path / "train.npz", tokenizer=tokenizer, start="[START]", end=["[END]", 7], maxlen=6)
    write("valid.jsonl", '{"text": "the dog sat"}\n')
    padcli.pad(tmp_path / "valid.jsonl", tmp_path / "valid.npz", like=tmp_path / "train.npz")
    (row,) = real(padcli.load(tmp_path / "valid.npz"))
    assert (row[0], row[-2:]) == (2, [3, 7])
    padcli.pad(tmp_path / "valid.jsonl", tmp_path / "valid.npz", like=tmp_path / "train.npz", end=[])
    (row,) = real(padcli.load(tmp_path / "valid.npz"))
    assert row[0] == 2
    assert row[-1] != 7


def test_if_changed_knows_them(corpus, tmp_path):
    padcli.pad(corpus, tmp_path / "out.npz", start="[START]", if_changed=True)
    assert padcli.pad(corpus, tmp_path / "out.npz", start="[START]", if_changed=True).up_to_date
    assert not padcli.pad(corpus, tmp_path / "out.npz", start="[BEGIN]", if_changed=True).up_to_date
    assert not padcli.pad(corpus, tmp_path / "out.npz", if_changed=True).up_to_date


def test_a_text_that_holds_them_is_warned_of(corpus, tmp_path):
    report = padcli.pad(corpus, tmp_path / "out.npz", tokenizer="whitespace", start="[START]", end="[END]")
    assert report.smells["special"].rows == 1


# What does not go

REFUSED = {
    "no name": ({"start": ""}, "--start: expected a token, or an id of 0 or more and at most 18 digits, got ''."),
    "a negative id": ({"end": -1}, "--end: expected a token, or an id of 0 or more and at most 18 digits, got '-1'."),
    "an id of 19 digits": ({"start": "9" * 19}, "--start: expected a token, or an id of 0 or more"),
    "an option in its place": ({"start": "--end"}, "--start: expected a token, or an id of 0 or more"),
    "no UTF-8": ({"start": "\udce9"}, "--start: expected a token, or an id of 0 or more"),
    "nothing": (
        {"start": None},
        "--start: expected a 64-bit integer (an id, or the name of a token), got None.",
    ),
    "no room": ({"start": [1, 2], "end": 3, "maxlen": 2}, "--maxlen 2: is too short for the 3 special tokens"),
    "a separator of one text": ({"separator": "[SEP]"}, "--separator cannot be used without --pair-field."),
    "truncated pairs of one text": (
        {"truncate_pairs": "only-first"},
        "--truncate-pairs cannot be used without --pair-field.",
    ),
    "not of bytes": ({"tokenizer": "byte", "start": "[S]"}, "--start [S]: the vocabulary of byte has no such token."),
}


@pytest.mark.parametrize(("options", "message"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_go_is_said_in_a_sentence(options, message):
    with pytest.raises(padcli.PadcliError) as raised:
        padcli.pad_texts(["a b"], **options)
    assert message in raised.value.message


def test_ids_have_no_names(write, command):
    write("ids.jsonl", '{"text": [5, 6]}\n')
    finished = command("pad", "ids.jsonl", "--start", "[CLS]")
    assert finished.returncode == 2
    assert "are already ids: no vocabulary has an id for [CLS]." in " ".join(finished.err.split())
    with pytest.raises(padcli.PadcliError, match=r"no vocabulary has an id for \[CLS\]"):
        padcli.pad_texts([[5, 6]], end="[CLS]")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"add_special_tokens": True, "start": "a"}, "--start and --add-special-tokens both say which tokens stand"),
        ({"add_special_tokens": True, "end": "a"}, "--end and --add-special-tokens both say which tokens stand"),
        ({"add_bos": True, "start": "a"}, "--start and --add-bos both say which tokens stand around a text."),
        ({"add_eos": True, "end": "a"}, "--end and --add-eos both say which tokens stand around a text."),
    ],
)
def test_one_way_of_naming_them_is_enough(tmp_path, corpus, options, message):
    padcli.fit(corpus, tmp_path / "t.json")
    with pytest.raises(padcli.PadcliError) as raised:
        padcli.pad_texts(["a"], tokenizer=str(tmp_path / "t.json"), **options)
    assert message in raised.value.message
