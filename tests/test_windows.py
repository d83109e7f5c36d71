"""`--overflow window`: long records in several rows, as `tokenizers` gives them in `Encoding.overflowing`.

What is broken in some versions of `tokenizers` and `transformers` is not in the installed one: it is the oracle here,
and so is a loop over token ids.
"""

import json
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

import padcli

WORDS = ["the", "cat", "sat", "on", "a", "mat", "then", "unbelievable", "catfish", "swam", "around", "it", "twice"]
RECORDS = [
    {"text": "a b c d e f g", "y": 0},
    {"text": "", "y": 1},
    {"text": "h i", "y": 2},
    {"text": "j k l m n", "y": 3},
]


def windows_of(tokens, room, stride):
    """Windows of a text, by a loop."""
    windows, start = [tokens[:room]], 0
    while start + room < len(tokens):
        start += room - stride
        windows.append(tokens[start : start + room])
    return windows


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    """A small tokenizer of BERT's kind, as a file."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    trainer = trainers.WordPieceTrainer(vocab_size=45, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator([" ".join(WORDS)], trainer)
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    path = tmp_path_factory.mktemp("bert") / "tokenizer.json"
    tokenizer.save(str(path))
    return path


@pytest.fixture
def corpus(write):
    return write("corpus.jsonl", "".join(json.dumps(record) + "\n" for record in RECORDS))


def real(padded):
    """The real tokens of each row."""
    return [ids[mask].tolist() for ids, mask in zip(padded.token_ids, padded.padding_mask, strict=True)]


texts = st.lists(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join), min_size=1, max_size=6)


@pytest.mark.parametrize("special", [True, False])
@given(texts=texts, room=st.integers(1, 8), data=st.data())
def test_windows_are_those_of_tokenizers(bert, special, texts, room, data):
    stride, maxlen = data.draw(st.integers(0, room - 1)), room + 2 * special
    original = Tokenizer.from_file(str(bert))
    if not special:  # it keeps room for them whether they are wanted or not
        original.post_processor = processors.Sequence([])
    original.enable_truncation(maxlen, stride=stride)
    first = [original.encode(text, add_special_tokens=special) for text in texts]
    encodings = [[each, *each.overflowing] for each in first]
    found = padcli.pad_texts(
        texts,
        tokenizer=str(bert),
        add_special_tokens=special,
        maxlen=maxlen,
        padding="post",
        overflow="window",
        stride=stride,
    )
    assert real(found) == [each.ids for windows in encodings for each in windows]
    assert found.lengths.tolist() == [len(each.ids) for windows in encodings for each in windows]
    assert found.record.tolist() == [record for record, windows in enumerate(encodings) for _ in windows]
    original.no_truncation()
    loop = [
        [*[2] * special, *window, *[3] * special]
        for text in texts
        for window in windows_of(original.encode(text, add_special_tokens=False).ids, room, stride)
    ]
    assert real(found) == loop


@pytest.mark.parametrize("padding", ["pre", "post"])
def test_rows_are_padded_as_others_are(padding):
    found = padcli.pad_texts([[5, 6, 7, 8, 9], [], [4]], maxlen=3, overflow="window", padding=padding, stride=1)
    rows, masks = {
        "pre": ([[5, 6, 7], [7, 8, 9], [0, 0, 0], [0, 0, 4]], [[1, 1, 1], [1, 1, 1], [0, 0, 0], [0, 0, 1]]),
        "post": ([[5, 6, 7], [7, 8, 9], [0, 0, 0], [4, 0, 0]], [[1, 1, 1], [1, 1, 1], [0, 0, 0], [1, 0, 0]]),
    }[padding]
    assert found.token_ids.tolist() == rows
    assert found.padding_mask.tolist() == [list(map(bool, mask)) for mask in masks]
    assert found.lengths.tolist() == [3, 3, 0, 1]
    assert (found.record.dtype, found.record.tolist()) == (np.int64, [0, 0, 1, 2])


ids = st.lists(st.lists(st.integers(1, 99), max_size=30), min_size=1, max_size=6)


@given(rows=ids, room=st.integers(1, 7), data=st.data())
def test_tokens_in_are_tokens_out(rows, room, data):
    """What each window shares with the one before, once only, is the record."""
    stride = data.draw(st.integers(0, room - 1))
    found = padcli.pad_texts(rows, maxlen=room, overflow="window", stride=stride)
    again = [[] for _ in rows]
    for record, window in zip(found.record.tolist(), real(found), strict=True):
        again[record] += window[stride if again[record] else 0 :]
    assert again == rows
    assert found.meta["shape"]["lost"] == 0


@given(rows=ids, room=st.integers(1, 7), end=st.sampled_from(["first", "last"]), n=st.integers(1, 4), data=st.data())
def test_some_windows_of_each_record_are_kept(rows, room, end, n, data):
    stride = data.draw(st.integers(0, room - 1))
    found = padcli.pad_texts(rows, maxlen=room, overflow="window", stride=stride, windows=f"{end}:{n}")
    kept = [windows_of(row, room, stride)[slice(n) if end == "first" else slice(-n, None)] for row in rows]
    assert real(found) == [window for windows in kept for window in windows]
    assert found.record.tolist() == [record for record, windows in enumerate(kept) for _ in windows]
    numbers = [windows_of(list(range(len(row))), room, stride) for row in rows]
    places = [
        {place for window in each[slice(n) if end == "first" else slice(-n, None)] for place in window}
        for each in numbers
    ]
    lost = [len(row) - len(held) for row, held in zip(rows, places, strict=True)]
    assert found.meta["shape"]["lost"] == sum(lost)
    assert found.meta["shape"]["cut"] == sum(each > 0 for each in lost)


def test_a_file_gives_what_texts_give_and_labels_repeat(corpus, command, tmp_path):
    finished = command(
        "pad", corpus, "-o", "out.npz", "--maxlen", "3", "--overflow", "window", "--stride", "1", "--label", "y",
        "--tokenizer", "whitespace", "--post",
    )  # fmt: skip
    assert finished.returncode == 0, finished.err
    by_command = padcli.load(tmp_path / "out.npz")
    assert by_command.labels["y"].tolist() == by_command.record.tolist() == [0, 0, 0, 1, 2, 3, 3]
    same = {"maxlen": 3, "overflow": "window", "stride": 1, "tokenizer": "whitespace", "padding": "post"}
    padcli.pad(corpus, tmp_path / "by-function.npz", label="y", **same)
    by_function = padcli.load(tmp_path / "by-function.npz")
    in_memory = padcli.pad_texts([record["text"] for record in RECORDS], **same)
    for other in (by_function, in_memory):
        for name in ("token_ids", "padding_mask", "lengths", "record"):
            np.testing.assert_array_equal(getattr(by_command, name), getattr(other, name), strict=True)
    assert padcli.verify(tmp_path / "out.npz", inputs=True).ok


@pytest.mark.parametrize(("chunk_bytes", "workers"), [(1, 1), (50, 3), (4_000_000, 2)])
def test_splits_and_workers_change_nothing(tmp_path, write, chunk_bytes, workers):
    shuffled = random.Random(1)
    rows = [[shuffled.randrange(1, 99) for _ in range(shuffled.randrange(20))] for _ in range(100)]
    write("rows.jsonl", "".join(json.dumps({"text": row, "n": n}) + "\n" for n, row in enumerate(rows)))
    options = {"maxlen": 5, "overflow": "window", "stride": 2, "windows": "last:3", "label": "n"}
    padcli.pad(tmp_path / "rows.jsonl", tmp_path / "out.npz", chunk_bytes=chunk_bytes, workers=workers, **options)
    found = padcli.load(tmp_path / "out.npz")
    expected = [(n, window) for n, row in enumerate(rows) for window in windows_of(row, 5, 2)[-3:]]
    assert list(zip(found.record.tolist(), real(found), strict=True)) == expected
    assert found.labels["n"].tolist() == found.record.tolist()


def test_maxlen_can_follow_from_the_records():
    rows = [[1] * n for n in range(1, 21)]
    found = padcli.pad_texts(rows, maxlen="p95", overflow="window")
    assert found.token_ids.shape == (21, 19)  # one record of 20 is longer than 95% of them
    assert found.record.tolist() == [*range(20), 19]
    assert padcli.pad_texts(rows, overflow="window").token_ids.shape == (20, 20)


@pytest.mark.parametrize("special", [{}, {"start": "7", "end": "8"}])
def test_an_empty_record_is_one_row(special):
    found = padcli.pad_texts([[], []], maxlen=4, padding="post", overflow="window", **special)
    assert found.token_ids.tolist() == [[7, 8, 0, 0] if special else [0] * 4] * 2
    assert found.record.tolist() == [0, 1]


@pytest.mark.parametrize("overflow", ["window", "drop", "error"])
def test_no_record_is_no_row(overflow):
    assert padcli.pad_texts([], maxlen=4, overflow=overflow).token_ids.shape == (0, 4)


# Records that are too long, in no row


@given(rows=ids, maxlen=st.integers(3, 9), special=st.booleans())
def test_records_that_are_too_long_are_dropped(rows, maxlen, special):
    around = {"start": "7", "end": "8"} if special else {}
    found = padcli.pad_texts(rows, maxlen=maxlen, overflow="drop", **around)
    kept = [n for n, row in enumerate(rows) if len(row) + 2 * special <= maxlen]
    assert real(found) == [[*[7] * special, *rows[n], *[8] * special] for n in kept]
    assert found.record.tolist() == kept
    assert found.meta["shape"]["dropped"] == len(rows) - len(kept)


def test_records_that_are_too_long_are_an_error(corpus, tmp_path):
    with pytest.raises(padcli.PadcliError) as raised:
        padcli.pad(corpus, tmp_path / "out.npz", maxlen=6, overflow="error")
    assert raised.value.message == "--overflow error: a record has 7 tokens, and a row has room for 6."
    assert "--overflow cut, window or drop" in raised.value.hint
    assert not (tmp_path / "out.npz").exists()
    padcli.pad(corpus, tmp_path / "out.npz", maxlen=7, overflow="error")
    assert padcli.load(tmp_path / "out.npz").record is None  # row i is record i


@pytest.mark.parametrize("overflow", ["window", "drop"])
@pytest.mark.parametrize("extension", ["npz", "npy"])
def test_verify_holds(corpus, tmp_path, overflow, extension):
    output = tmp_path / f"out.{extension}"
    padcli.pad(corpus, output, maxlen=3, overflow=overflow, label="y", names="hf")
    found = padcli.verify(output, inputs=True)
    assert found.ok
    assert "each is one of the 4 records of the input" in [check.text for check in found.checks]


# What does not go


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stride": 3}, "--stride 3: must be less than the 3 tokens of text in a row."),
        ({"stride": 1, "start": ["7"], "end": ["8"]}, "--stride 1: must be less than the 1 token of text in a row."),
        ({"start": ["7"], "end": ["8", "9"]}, "--overflow window: a row of 3 tokens has no room for text"),
        ({"stride": -1}, "--stride: expected an integer of at least 0"),
        ({"windows": "middle:2"}, "--windows: expected first:N or last:N, such as first:3, got 'middle:2'."),
        ({"windows": "first:0"}, "--windows: expected first:N or last:N, such as first:3, got 'first:0'."),
        ({"truncating": "head+tail:1"}, "--truncate head+tail:1: nothing is cut with --overflow window."),
        ({"overflow": "drop", "truncating": "head+tail:1"}, "nothing is cut with --overflow drop."),
        ({"overflow": "cut", "stride": 1}, "--stride cannot be used without --overflow window."),
        ({"overflow": "drop", "windows": "last:1"}, "--windows cannot be used without --overflow window."),
        ({"overflow": "wrap"}, "--overflow: 'wrap' is not one of cut, window, drop, error."),
    ],
)
def test_what_does_not_go_is_said_in_a_sentence(options, message):
    with pytest.raises(padcli.PadcliError) as raised:
        padcli.pad_texts([[1, 2, 3, 4]], **{"maxlen": 3, "overflow": "window", **options})
    assert message in raised.value.message
