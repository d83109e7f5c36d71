"""Tokenizers from somewhere else give the ids of their originals, in whatever way they are come by."""

import base64
import contextlib
import io
import json
import os
from pathlib import Path

import keras
import numpy as np
import pytest
import sentencepiece
import tiktoken
import tiktoken.load
from conftest import SAMPLE_DATA, use_kernels
from hypothesis import given, settings
from hypothesis import strategies as st
from keras.src.legacy.preprocessing.text import Tokenizer as KerasTokenizer
from texts import any_text, as_jsonl
from tiktoken_ext import openai_public
from tokenizers import (
    AddedToken,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from tokenizers.implementations import BertWordPieceTokenizer

import padcli
from padcli.options import TokenizeOptions
from padcli.tokenizers import open_tokenizer
from padcli.tokenizers.external.probe_texts import PROBE_TEXTS
from padcli.tokenizers.external.word_path import WordPath

LINES = (SAMPLE_DATA / "multilingual.txt").read_text("utf-8").splitlines()
LINES += (SAMPLE_DATA / "reviews.txt").read_text("utf-8").splitlines()

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
ADDED = ["[CLS]", "[SEP]", "<extra>", "[PAD]"]
texts = st.lists(
    st.one_of(any_text, st.lists(st.sampled_from([*ADDED, " ", "the", "The,", "é", "\n"]), max_size=8).map("".join)),
    min_size=1,
    max_size=6,
)


def byte_level(**options):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, **options)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=600, special_tokens=["<|end|>"], initial_alphabet=alphabet)
    tokenizer.train_from_iterator(LINES, trainer)
    return tokenizer


def bert(*, lowercase=True):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.train_from_iterator(LINES, trainers.WordPieceTrainer(vocab_size=400, special_tokens=SPECIAL))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tokenizer


def unigram(*normalizer, pre_tokenizer=None):
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence(list(normalizer))
    tokenizer.pre_tokenizer = pre_tokenizer or pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=400, special_tokens=SPECIAL, unk_token="[UNK]")
    tokenizer.train_from_iterator(LINES, trainer)
    return tokenizer


def word_level(pre_tokenizer, *normalizer):
    tokenizer = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Sequence(list(normalizer))
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.train_from_iterator(LINES, trainers.WordLevelTrainer(vocab_size=300, special_tokens=SPECIAL))
    return tokenizer


def with_added(tokenizer):
    tokenizer.add_tokens([AddedToken("<extra>", normalized=False, lstrip=True)])
    return tokenizer


def metaspace_bpe():
    tokenizer = Tokenizer(models.BPE(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.train_from_iterator(LINES, trainers.BpeTrainer(vocab_size=500, special_tokens=SPECIAL))
    return tokenizer


UNITS, ROWS, GIGATOKEN = "each word once", "row by row", "gigatoken"

# Each with the way in which its ids are to be come by.
TOKENIZERS = {
    "BPE": (byte_level, GIGATOKEN),
    "BPE without a regex": (lambda: byte_level(use_regex=False), ROWS),
    "BPE of words": (metaspace_bpe, UNITS),
    "WordPiece": (bert, UNITS),
    "WordPiece, cased": (lambda: bert(lowercase=False), UNITS),
    "WordPiece with an added token": (lambda: with_added(bert()), UNITS),
    "Unigram": (unigram, UNITS),
    "Unigram, NFKC": (lambda: unigram(normalizers.NFKC(), normalizers.Lowercase()), UNITS),
    "Unigram of words": (
        lambda: unigram(
            pre_tokenizer=pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
        ),
        UNITS,
    ),
    "Unigram that never begins with a space": (
        lambda: unigram(pre_tokenizer=pre_tokenizers.Metaspace(prepend_scheme="never")),
        UNITS,
    ),
    "WordLevel": (lambda: word_level(pre_tokenizers.Whitespace()), UNITS),
    "WordLevel, NFD": (
        lambda: word_level(
            pre_tokenizers.WhitespaceSplit(), normalizers.NFD(), normalizers.StripAccents(), normalizers.Lowercase()
        ),
        UNITS,
    ),
    "WordLevel at digits": (lambda: word_level(pre_tokenizers.Digits()), ROWS),
    "WordLevel, stripped": (lambda: word_level(pre_tokenizers.Whitespace(), normalizers.Strip()), ROWS),
}


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Trains each tokenizer once; gives the original and its file."""
    folder, kept = tmp_path_factory.mktemp("tokenizers"), {}

    def save(name):
        if name not in kept:
            kept[name] = TOKENIZERS[name][0](), folder / f"{len(kept)}.json"
            kept[name][0].save(str(kept[name][1]))
        return kept[name]

    return save


def pad(folder, rows, tokenizer, **options):
    (folder / "corpus.jsonl").write_text(as_jsonl(rows), encoding="utf-8")
    report = padcli.pad(
        folder / "corpus.jsonl",
        folder / "out.npz",
        tokenizer=tokenizer,
        **{"maxlen": 1500, "pad_id": 0, "padding": "post", **options},
    )
    padded = padcli.load(folder / "out.npz")
    ids = [row[mask].tolist() for row, mask in zip(padded.token_ids, padded.padding_mask, strict=True)]
    return ids, report


@pytest.mark.parametrize("name", TOKENIZERS)
@settings(max_examples=25)
@given(rows=texts, used=st.booleans())
def test_tokenizer_json_gives_the_ids_of_hugging_face(tmp_path, saved, name, rows, used):
    original, path = saved(name)
    with use_kernels(used=used):
        ids, report = pad(tmp_path, rows, path)
    assert ids == [encoding.ids for encoding in original.encode_batch(rows, add_special_tokens=False)]
    assert TOKENIZERS[name][1] in report.tokenizer.way


@pytest.mark.parametrize("name", TOKENIZERS)
def test_padding_and_truncation_in_a_tokenizer_json_have_no_part_in_ids_mask_and_lengths(tmp_path, saved, name):
    original, _ = saved(name)
    padded = Tokenizer.from_str(original.to_str())
    padded.enable_padding(length=16, pad_id=3, pad_token="padding")
    padded.enable_truncation(2)
    padded.save(str(tmp_path / "padded.json"))
    rows = ["a few more words than two", "", "one"]
    ids, _ = pad(tmp_path, rows, tmp_path / "padded.json")
    assert ids == [encoding.ids for encoding in original.encode_batch(rows, add_special_tokens=False)]
    out = padcli.load(tmp_path / "out.npz")
    assert out.padding_mask.sum() == out.lengths.sum() == sum(map(len, ids))


@pytest.mark.parametrize("name", TOKENIZERS)
def test_the_probe_texts_and_the_sample_data_too(tmp_path, saved, name):
    original, path = saved(name)
    rows = [*PROBE_TEXTS, *LINES]
    ids, _ = pad(tmp_path, rows, path, maxlen=2000, chunk_bytes=9000)
    assert ids == [encoding.ids for encoding in original.encode_batch(rows, add_special_tokens=False)]


@settings(max_examples=30)
@given(
    rows=texts, maxlen=st.integers(2, 9), padding=st.sampled_from(["pre", "post"]), cut=st.sampled_from(["pre", "post"])
)
def test_special_tokens_are_put_around_a_row_and_have_their_room(tmp_path, saved, rows, maxlen, padding, cut):
    original, path = saved("WordPiece")
    (tmp_path / "corpus.jsonl").write_text(as_jsonl(rows), encoding="utf-8")
    padcli.pad(
        tmp_path / "corpus.jsonl", tmp_path / "out.npz", tokenizer=path, maxlen=maxlen, padding=padding, truncating=cut,
        add_special_tokens=True,
    )  # fmt: skip
    side = {"pre": "left", "post": "right"}
    reference = Tokenizer.from_str(original.to_str())
    reference.enable_truncation(maxlen, direction=side[cut])
    reference.enable_padding(length=maxlen, direction=side[padding], pad_id=0)
    encodings = reference.encode_batch(rows)
    padded = padcli.load(tmp_path / "out.npz")
    assert padded.token_ids.tolist() == [encoding.ids for encoding in encodings]
    assert padded.padding_mask.tolist() == [[bool(bit) for bit in encoding.attention_mask] for encoding in encodings]
    assert padded.lengths.tolist() == [len(encoding.ids) for encoding in original.encode_batch(rows)]


@settings(max_examples=30)
@given(rows=texts)
def test_special_tokens_in_a_text_may_be_plain_text(tmp_path, saved, rows):
    original, path = saved("WordPiece")
    plain = Tokenizer.from_str(original.to_str())
    plain.encode_special_tokens = True
    ids, _ = pad(tmp_path, rows, path, special_in_text=False)
    assert ids == [encoding.ids for encoding in plain.encode_batch(rows, add_special_tokens=False)]


def test_no_room_for_special_tokens_is_refused(tmp_path, saved):
    with pytest.raises(padcli.PadcliError, match="is too short for the 2 special tokens"):
        pad(tmp_path, ["a"], saved("WordPiece")[1], add_special_tokens=True, maxlen=1)


def test_a_tokenizer_that_adds_no_special_tokens_is_told(tmp_path, saved):
    with pytest.raises(padcli.PadcliError, match="adds none to a text"):
        pad(tmp_path, ["a"], saved("BPE")[1], add_special_tokens=True)


def test_a_path_that_gives_other_ids_is_not_taken_and_that_is_said(monkeypatch, saved):
    """Whatever a fast path does wrong, the original has the last word."""

    def forgetful(path, texts):
        found, refused = right(path, texts)
        found.values[found.values == found.values.max()] = 0
        return found, refused

    right = WordPath.encode
    monkeypatch.setattr(WordPath, "encode", forgetful)
    opened = open_tokenizer(TokenizeOptions(tokenizer=saved("WordPiece")[1]))
    assert opened.splitter.path is None
    assert opened.splitter.way.startswith("tokenizers, row by row; tokenizers, each word once gives other ids for ")


def test_a_path_that_breaks_down_is_not_taken_and_that_is_said(monkeypatch, saved):
    class Panic(BaseException):
        """As those of Rust, which are no exceptions."""

    def panics(*_, **__):
        raise Panic("assertion failed\nand more")

    monkeypatch.setattr(WordPath, "encode", panics)
    opened = open_tokenizer(TokenizeOptions(tokenizer=saved("WordPiece")[1]))
    assert opened.splitter.path is None
    assert opened.splitter.way.startswith("tokenizers, row by row; tokenizers, each word once: assertion failed")
    assert "more" not in opened.splitter.way


def test_the_folder_of_a_model_tells_the_roles_of_tokens(tmp_path, saved):
    original, _ = saved("BPE")
    folder = tmp_path / "model"
    folder.mkdir()
    original.save(str(folder / "tokenizer.json"))
    config = {"pad_token": {"content": "<|end|>"}, "eos_token": "<|end|>", "unk_token": None, "model_max_length": 9}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    ids, report = pad(tmp_path, ["a <|end|> b", "c"], folder, pad_id=None, maxlen=9)
    end = original.token_to_id("<|end|>")
    assert report.tokenizer.special_ids == {"pad": end, "eos": end}
    assert ids == [encoding.ids for encoding in original.encode_batch(["a <|end|> b", "c"])]
    assert padcli.load(tmp_path / "out.npz").token_ids[1, -1] == end


def test_a_folder_with_a_vocab_txt_alone(tmp_path, saved):
    vocab = saved("WordPiece")[0].get_vocab()
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "vocab.txt").write_text("\n".join(sorted(vocab, key=vocab.get)) + "\n", encoding="utf-8")
    (tmp_path / "model" / "tokenizer_config.json").write_text('{"do_lower_case": false}')
    ids, _ = pad(tmp_path, LINES, tmp_path / "model")
    original = BertWordPieceTokenizer(vocab, lowercase=False)
    assert ids == [encoding.ids for encoding in original.encode_batch(LINES, add_special_tokens=False)]


@settings(max_examples=30)
@given(rows=texts)
def test_vocab_txt_is_the_wordpiece_of_bert(tmp_path, saved, rows):
    vocab = saved("WordPiece")[0].get_vocab()
    (tmp_path / "vocab.txt").write_text("\n".join(sorted(vocab, key=vocab.get)), encoding="utf-8")
    ids, report = pad(tmp_path, rows, tmp_path / "vocab.txt", pad_id=None, add_special_tokens=True)
    assert ids == [encoding.ids for encoding in BertWordPieceTokenizer(vocab).encode_batch(rows)]
    assert report.tokenizer.special_ids["pad"] == 0


@pytest.fixture(scope="module", params=["unigram", "bpe", "bpe with bytes"])
def model(request, tmp_path_factory):
    """A small SentencePiece model, in a file."""
    kind, _, more = request.param.partition(" ")
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(LINES), model_writer=written, model_type=kind, vocab_size=700, byte_fallback=bool(more),
        character_coverage=0.98, minloglevel=2, pad_id=3,
    )  # fmt: skip
    path = tmp_path_factory.mktemp("sentencepiece") / "small.model"
    path.write_bytes(written.getvalue())
    return path


@settings(max_examples=40)
@given(rows=texts)
def test_a_sentencepiece_model_gives_the_ids_of_sentencepiece(tmp_path, model, rows):
    ids, report = pad(tmp_path, rows, model, pad_id=None)
    assert ids == sentencepiece.SentencePieceProcessor(model_file=str(model)).encode(rows)
    assert report.layout.pad_id == 3


def test_a_sentencepiece_model_on_probe_texts_and_sample_data(tmp_path, model):
    rows = [*PROBE_TEXTS, *LINES]
    ids, _ = pad(tmp_path, rows, model, maxlen=3000)
    assert ids == sentencepiece.SentencePieceProcessor(model_file=str(model)).encode(rows)


@pytest.fixture(scope="module")
def ranks():
    """A small vocabulary for tiktoken: all bytes, and what joins them."""
    found = {bytes([byte]): byte for byte in range(256)}
    for word in " ".join(LINES).encode().split()[:300]:
        for end in range(2, len(word) + 1):
            found.setdefault(word[:end], len(found))
    return found


@pytest.mark.parametrize("scheme", ["gpt2", "cl100k_base", "o200k_base"])
@settings(max_examples=25)
@given(rows=texts)
def test_tiktoken_gives_the_ids_of_tiktoken(tmp_path, ranks, scheme, rows):
    lines = [base64.b64encode(token) + b" %d\n" % rank for token, rank in ranks.items()]
    (tmp_path / "small.tiktoken").write_bytes(b"".join(lines))
    original = tiktoken.Encoding(
        "small", pat_str=pattern_of(scheme), mergeable_ranks=ranks, special_tokens={"<|endoftext|>": len(ranks)}
    )
    rows = [*rows, "a<|endoftext|>b  I'll 12345\n\n x"]
    ids, _ = pad(tmp_path, rows, tmp_path / "small.tiktoken", scheme=scheme)
    assert ids == original.encode_ordinary_batch(rows)
    (tmp_path / f"{scheme}.tiktoken").write_bytes((tmp_path / "small.tiktoken").read_bytes())
    assert pad(tmp_path, rows, tmp_path / f"{scheme}.tiktoken")[0] == ids


def pattern_of(scheme):
    """The regular expression of a published encoding, which its constructor holds."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("load_tiktoken_bpe", "data_gym_to_mergeable_bpe_ranks"):
            patch.setattr(openai_public, name, lambda *_, **__: {})
        return openai_public.ENCODING_CONSTRUCTORS[scheme]()["pat_str"]


def test_tiktoken_needs_a_scheme(tmp_path, ranks):
    (tmp_path / "some.tiktoken").write_bytes(b"".join(base64.b64encode(t) + b" %d\n" % r for t, r in ranks.items()))
    with pytest.raises(padcli.PadcliError, match="Name the scheme with --scheme"):
        pad(tmp_path, ["a"], tmp_path / "some.tiktoken")


def test_tiktoken_needs_all_single_bytes(tmp_path):
    lines = [base64.b64encode(bytes([byte])) + b" %d\n" % byte for byte in range(255)]
    (tmp_path / "gpt2.tiktoken").write_bytes(b"".join(lines))
    with pytest.raises(padcli.PadcliError, match="lacks single-byte tokens"):
        pad(tmp_path, ["a"], tmp_path / "gpt2.tiktoken")


@settings(max_examples=60)
@given(
    rows=texts,
    num_words=st.sampled_from([None, 1, 3, 10]),
    oov_token=st.sampled_from([None, "[UNK]", "the"]),
    char_level=st.booleans(),
    lower=st.booleans(),
    split=st.sampled_from([" ", ",", "ab"]),
    filters=st.sampled_from(["", '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n', "eé"]),
)
def test_a_keras_tokenizer_gives_its_own_sequences(tmp_path, rows, **options):
    original = KerasTokenizer(**{**options, "split": options.pop("split")})
    original.fit_on_texts(rows[: len(rows) // 2 + 1])
    (tmp_path / "keras.json").write_text(original.to_json(), encoding="utf-8")
    (tmp_path / "twice.json").write_text(json.dumps(original.to_json()), encoding="utf-8")
    expected = original.texts_to_sequences(rows)
    assert pad(tmp_path, rows, tmp_path / "keras.json")[0] == expected
    assert pad(tmp_path, rows, tmp_path / "twice.json")[0] == expected


def layer_rows(layer, rows):
    return [[id_ for id_ in row if id_] for row in np.asarray(layer(np.array(rows, dtype=object))).tolist()]


@settings(max_examples=30)
@given(rows=texts, vocab_size=st.sampled_from([None, 3, 8]))
def test_text_vectorization_is_fitted_as_the_layer_adapts(tmp_path, rows, vocab_size):
    rows = [*rows, "some words"]  # a layer that has seen no word cannot be called
    layer = keras.layers.TextVectorization(max_tokens=vocab_size)
    layer.adapt(rows)
    ids, _ = pad(tmp_path, rows, "text-vectorization", vocab_size=vocab_size)
    assert ids == layer_rows(layer, rows)
    saved = Tokenizer.from_file(str(tmp_path / "out.tokenizer.json"))
    words = [saved.id_to_token(id_) for id_ in range(2, saved.get_vocab_size())]
    assert [word.rstrip("\0") for word in words] == layer.get_vocabulary()[
        2:
    ]  # whose NumPy strings lose NULs at their end
    assert [encoding.ids for encoding in saved.encode_batch(rows)] == ids


def test_train_export_serve(tmp_path):
    """A model trained on arrays is served with the layer inside, and predicts the same from texts."""
    padcli.pad(
        SAMPLE_DATA / "reviews.jsonl", tmp_path / "train.npz", tokenizer="text-vectorization", label="stars",
        maxlen=30, padding="post", truncating="post",
    )  # fmt: skip
    padcli.export_vocab(tmp_path / "train.tokenizer.json", tmp_path / "vocabulary.txt")
    padded = padcli.load(tmp_path / "train.npz")
    model = keras.Sequential(
        [
            keras.layers.Embedding(padded.vocab_size, 4, mask_zero=True),
            keras.layers.GlobalAveragePooling1D(),
            keras.layers.Dense(1),
        ]
    )
    model.compile("adam", "mse")
    model.fit(padded.token_ids, padded.labels["stars"].astype("float32"), verbose=0)
    layer = keras.layers.TextVectorization(vocabulary=str(tmp_path / "vocabulary.txt"), output_sequence_length=30)
    texts_ = [json.loads(line)["text"] for line in (SAMPLE_DATA / "reviews.jsonl").read_text("utf-8").splitlines()]
    served = layer(np.array(texts_, dtype=object))
    assert np.array_equal(served, padded.token_ids)
    assert np.allclose(model.predict(served, verbose=0), model.predict(padded.token_ids, verbose=0))
    words = (tmp_path / "vocabulary.txt").read_text("utf-8").splitlines()
    again = keras.layers.TextVectorization(vocabulary=words, output_sequence_length=30)
    assert np.array_equal(again(np.array(texts_, dtype=object)), padded.token_ids)


def test_only_a_text_vectorization_is_exported(tmp_path):
    padcli.fit(SAMPLE_DATA / "reviews.txt", tmp_path / "words.json")
    with pytest.raises(padcli.PadcliError, match="would split texts differently"):
        padcli.export_vocab(tmp_path / "words.json", tmp_path / "vocabulary.txt")
    assert not (tmp_path / "vocabulary.txt").exists()


@pytest.mark.parametrize("standardize", [None, "lower", "strip_punctuation", "lower_and_strip_punctuation"])
@pytest.mark.parametrize("split", ["whitespace", "character"])
@pytest.mark.parametrize("given_", [True, False])
def test_a_saved_model_holds_its_layer(tmp_path, standardize, split, given_):
    layer = keras.layers.TextVectorization(standardize=standardize, split=split)
    if given_:
        layer.set_vocabulary(["the", "a", "b", "é", "cat", "c", "."])
    else:
        layer.adapt(LINES)
    model = keras.Sequential([keras.Input((1,), dtype="string"), layer])
    model.save(tmp_path / "model.keras")
    (tmp_path / "vocabulary.txt").write_text("\n".join(layer.get_vocabulary()) + "\n", encoding="utf-8")
    rows = [*LINES[:40], *PROBE_TEXTS[:36], "The cat. the a,b É é"]
    assert pad(tmp_path, rows, tmp_path / "model.keras")[0] == layer_rows(layer, rows)
    if standardize == "lower_and_strip_punctuation" and split == "whitespace":
        assert pad(tmp_path, rows, tmp_path / "vocabulary.txt")[0] == layer_rows(layer, rows)


def test_a_model_that_gives_no_ids_is_refused(tmp_path):
    layer = keras.layers.TextVectorization(output_mode="multi_hot", vocabulary=["a", "b"])
    keras.Sequential([keras.Input((1,), dtype="string"), layer]).save(tmp_path / "model.keras")
    with pytest.raises(padcli.PadcliError, match="its output_mode is"):
        pad(tmp_path, ["a b"], tmp_path / "model.keras")


@pytest.mark.parametrize("kind", ["bpe", "wordpiece", "unigram"])
@pytest.mark.parametrize("lower", [None, True])
def test_pieces_are_trained_and_the_same_input_gives_the_same_file(tmp_path, kind, lower):
    files = [tmp_path / "one.json", tmp_path / "two.json"]
    for path, workers in zip(files, (1, 3), strict=True):
        report = padcli.fit(
            SAMPLE_DATA / "reviews.txt", path, tokenizer=kind, vocab_size=500, special_tokens=["[CLS]", "[SEP]"],
            lower=lower, workers=workers, chunk_bytes=5000,
        )  # fmt: skip
    assert files[0].read_bytes() == files[1].read_bytes()
    original = Tokenizer.from_file(str(files[0]))
    assert original.get_vocab_size() == report.tokenizer.vocab_size <= 500
    assert original.token_to_id("[PAD]") == 0
    ids, padded = pad(tmp_path, LINES, files[0], pad_id=None, add_special_tokens=True)
    assert ids == [encoding.ids for encoding in original.encode_batch(LINES)]
    assert "row by row" not in padded.tokenizer.way


def test_a_bpe_needs_room_for_all_bytes(tmp_path):
    with pytest.raises(padcli.PadcliError, match="at least 257 are needed"):
        padcli.fit(SAMPLE_DATA / "reviews.txt", tmp_path / "bpe.json", tokenizer="bpe", vocab_size=100)


def test_a_padding_id_is_asked_for_where_0_is_a_real_token(tmp_path, saved):
    with pytest.raises(padcli.PadcliError, match="and id 0 is a real token") as error:
        pad(tmp_path, ["a"], saved("BPE without a regex")[1], pad_id=None)
    assert "--pad-id" in error.value.hint


def test_the_mask_is_right_where_padding_is_a_real_token(tmp_path, saved):
    original, path = saved("BPE")
    end = original.token_to_id("<|end|>")
    (tmp_path / "corpus.jsonl").write_text(as_jsonl(["a<|end|>", "b"]), encoding="utf-8")
    padcli.pad(tmp_path / "corpus.jsonl", tmp_path / "out.npz", tokenizer=path, pad_id=end, padding="post")
    padded = padcli.load(tmp_path / "out.npz")
    assert padded.token_ids[:, 1].tolist() == [end, end]
    assert padded.padding_mask.tolist() == [[True, True], [True, False]]


REAL = sorted(Path(os.environ.get("PADCLI_TOKENIZERS", "/nowhere")).glob("*"))


@pytest.mark.parametrize("path", [path for path in REAL if path.suffix in (".json", ".model", ".tiktoken")], ids=str)
def test_real_tokenizers_give_their_own_ids(tmp_path, path):
    """Those in the folder that PADCLI_TOKENIZERS names."""
    rows = [*PROBE_TEXTS, *LINES]
    if path.suffix == ".json":
        original = Tokenizer.from_file(str(path))
        original.no_truncation()
        original.no_padding()
        expected = [encoding.ids for encoding in original.encode_batch(rows, add_special_tokens=False)]
    elif path.suffix == ".model":
        expected = sentencepiece.SentencePieceProcessor(model_file=str(path)).encode(rows)
    else:
        ranks = tiktoken.load.load_tiktoken_bpe(str(path))
        original = tiktoken.Encoding(
            "real", pat_str=pattern_of(path.stem), mergeable_ranks=ranks, special_tokens={"<|endoftext|>": len(ranks)}
        )
        expected = original.encode_ordinary_batch(rows)
    assert pad(tmp_path, rows, path)[0] == expected


DAMAGE = st.tuples(st.floats(0, 1), st.binary(max_size=4))


@pytest.mark.parametrize(
    "kind", ["tokenizer.json", "keras.json", "small.model", "gpt2.tiktoken", "vocab.txt", "model.keras"]
)
@settings(max_examples=25)
@given(damage=st.lists(DAMAGE, min_size=1, max_size=3), cut=st.floats(0, 1))
def test_a_damaged_file_is_an_error_or_another_tokenizer_but_never_a_crash(tmp_path, whole_files, kind, damage, cut):
    content = bytearray(whole_files[kind])
    for place, junk in damage:
        start = int(place * len(content))
        content[start : start + len(junk)] = junk
    (tmp_path / kind).write_bytes(content[: max(1, int(cut * len(content) * 1.5))])
    with contextlib.suppress(padcli.PadcliError):
        assert pad(tmp_path, ["some words, and more"], tmp_path / kind)[1].histogram.rows == 1


@pytest.fixture(scope="module")
def whole_files(tmp_path_factory, saved, ranks):
    """One file of each kind."""
    layer = keras.layers.TextVectorization(vocabulary=["some", "words"])
    folder = tmp_path_factory.mktemp("whole")
    keras.Sequential([keras.Input((1,), dtype="string"), layer]).save(folder / "model.keras")
    original = KerasTokenizer()
    original.fit_on_texts(LINES[:20])
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(LINES), model_writer=written, vocab_size=700, minloglevel=2, character_coverage=0.98
    )
    vocab = saved("WordPiece")[0].get_vocab()
    return {
        "tokenizer.json": saved("WordPiece")[1].read_bytes(),
        "keras.json": original.to_json().encode(),
        "small.model": written.getvalue(),
        "gpt2.tiktoken": b"".join(base64.b64encode(t) + b" %d\n" % r for t, r in ranks.items()),
        "vocab.txt": "\n".join(sorted(vocab, key=vocab.get)).encode(),
        "model.keras": (folder / "model.keras").read_bytes(),
    }
