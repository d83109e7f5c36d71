"""`--pair-field`: several texts in a row, with segment ids, as KerasHub's `MultiSegmentPacker` packs them."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

import padcli
from padcli.inspection import contents
from padcli.options import InspectOptions

PAIRS = [
    {"text": "who sat", "answer": "the cat", "y": 1},
    {"text": "", "answer": "a dog", "y": 0},
    {"text": "where", "answer": "", "y": 1},
]
AROUND = {"start": "[CLS]", "end": "[SEP]", "padding": "post"}


def real(array, padded):
    return [row[mask].tolist() for row, mask in zip(array, padded.padding_mask, strict=True)]


def as_jsonl(records):
    return "".join(json.dumps(record) + "\n" for record in records)


@pytest.fixture
def corpus(write):
    return write("pairs.jsonl", as_jsonl(PAIRS))


# Cases of KerasHub's multi_segment_packer_test.py, written anew: segments, how, rows, segment ids.
# https://github.com/keras-team/keras-hub/blob/master/keras_hub/src/layers/preprocessing/multi_segment_packer_test.py

BERT = {"start": "[CLS]", "end": "[SEP]"}
PACKED = {
    "one segment": ([["abcd"]], {"maxlen": 5}, ["[CLS] a b c [SEP]"], None),
    "round robin": (
        [["abc"], ["xyz"]],
        {"maxlen": 7, "truncate_pairs": "round-robin"},
        ["[CLS] a b [SEP] x y [SEP]"],
        [[0, 0, 0, 0, 1, 1, 1]],
    ),
    "waterfall": (
        [["abc"], ["xyz"]],
        {"maxlen": 7, "truncate_pairs": "waterfall"},
        ["[CLS] a b c [SEP] x [SEP]"],
        [[0, 0, 0, 0, 0, 1, 1]],
    ),
    "round robin, two rows": (
        [["abc", "abc"], ["xyz", "xyz"]],
        {"maxlen": 7, "truncate_pairs": "round-robin"},
        ["[CLS] a b [SEP] x y [SEP]"] * 2,
        [[0, 0, 0, 0, 1, 1, 1]] * 2,
    ),
    "waterfall, two rows": (
        [["abc", "ab"], ["xyz", "xyz"]],
        {"maxlen": 7, "truncate_pairs": "waterfall"},
        ["[CLS] a b c [SEP] x [SEP]", "[CLS] a b [SEP] x y [SEP]"],
        [[0, 0, 0, 0, 0, 1, 1], [0, 0, 0, 0, 1, 1, 1]],
    ),
    "padding": (
        [["a"], ["x"]],
        {"maxlen": 6},
        ["[CLS] a [SEP] x [SEP] [PAD]"],
        [[0, 0, 0, 1, 1, 0]],
    ),
    "padding, two rows": (
        [["a", "a"], ["x", "xy"]],
        {"maxlen": 7},
        ["[CLS] a [SEP] x [SEP] [PAD] [PAD]", "[CLS] a [SEP] x y [SEP] [PAD]"],
        [[0, 0, 0, 1, 1, 0, 0], [0, 0, 0, 1, 1, 1, 0]],
    ),
    "a separator of two tokens": (
        [["ab", "ab"], ["xy", "x"]],
        {
            "maxlen": 8,
            "start": "<s>",
            "end": "</s>",
            "separator": ["</s>", "</s>"],
            "truncate_pairs": "round-robin",
        },
        ["<s> a b </s> </s> x y </s>", "<s> a b </s> </s> x </s> [PAD]"],
        [[0, 0, 0, 0, 0, 1, 1, 1], [0, 0, 0, 0, 0, 1, 1, 0]],
    ),
}


@pytest.mark.parametrize(("segments", "options", "rows", "segment_ids"), PACKED.values(), ids=PACKED)
def test_it_packs_as_kerashub_does(write, tmp_path, segments, options, rows, segment_ids):
    fields = ["text", "second"][: len(segments)]
    records = [dict(zip(fields, map(list, each), strict=True)) for each in zip(*segments, strict=True)]
    write("pairs.jsonl", as_jsonl(records))
    options = {**BERT, "truncating": "post", "padding": "post", **options}
    padcli.pad(tmp_path / "pairs.jsonl", tmp_path / "out.npz", pair_field=fields[1:], **options)
    found = padcli.load(tmp_path / "out.npz")
    vocabulary = Tokenizer.from_file(str(tmp_path / "out.tokenizer.json"))
    assert [" ".join(map(vocabulary.id_to_token, row)) for row in found.token_ids.tolist()] == rows
    assert (None if found.segment_ids is None else found.segment_ids.tolist()) == segment_ids


def test_one_segment_of_ids_is_packed_as_kerashub_does():
    found = padcli.pad_texts([list(range(3, 10))], maxlen=8, start=1, end=2, truncating="post")
    assert found.token_ids.tolist() == [[1, 3, 4, 5, 6, 7, 8, 2]]


# Against a loop

texts = st.lists(st.lists(st.integers(10, 99), max_size=5), min_size=3, max_size=3)


@given(
    st.lists(texts, min_size=1, max_size=5),
    st.integers(2, 3),
    *[st.lists(st.integers(1, 9), max_size=2) for _ in range(3)],
    st.sampled_from(["pre", "post"]),
)
def test_texts_stand_side_by_side(records, n_texts, start, separator, end, padding):
    columns = [list(column) for column in zip(*records, strict=True)][:n_texts]
    found = padcli.pad_texts(*columns, start=start, separator=separator, end=end, padding=padding, maxlen=40)
    between, rows, types = separator or end, [], []
    for record in records:
        row, of_row = [*start], [0] * len(start)
        for number, text in enumerate(record[:n_texts]):
            after = end if number == n_texts - 1 else between
            row += [*text, *after]
            of_row += [number] * (len(text) + len(after))
        rows.append(row)
        types.append(of_row)
    assert real(found.token_ids, found) == rows
    assert real(found.segment_ids, found) == types
    assert not found.segment_ids[~found.padding_mask].any()
    assert found.lengths.tolist() == list(map(len, rows))


KINDS = {
    "texts": ["who sat", "", "where"],
    "tokens": [["who", "sat"], [], ["where"]],
    "ids": [[5, 6], [], [7]],
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_texts", [2, 3])
@pytest.mark.parametrize("names", ["keras", "hf"])
@pytest.mark.parametrize("chunk_bytes", [1, 4_000_000])
def test_a_file_gives_what_texts_in_memory_give(write, tmp_path, kind, n_texts, names, chunk_bytes):
    columns = [KINDS[kind], KINDS[kind][::-1], KINDS[kind]][:n_texts]
    fields = ["text", "answer", "more"][:n_texts]
    records = [dict(zip(fields, record, strict=True)) for record in zip(*columns, strict=True)]
    write("pairs.jsonl", as_jsonl(records))
    options = {"start": 1, "end": [2, 3], "padding": "post", "names": names, "maxlen": 12}
    padcli.pad(
        tmp_path / "pairs.jsonl", tmp_path / "out.npz", pair_field=fields[1:], chunk_bytes=chunk_bytes, **options
    )
    found, in_memory = padcli.load(tmp_path / "out.npz"), padcli.pad_texts(*columns, **options)
    for name in ("token_ids", "padding_mask", "lengths"):
        np.testing.assert_array_equal(getattr(found, name), getattr(in_memory, name), strict=True)
    assert padcli.verify(tmp_path / "out.npz", inputs=True).ok
    arrays = np.load(tmp_path / "out.npz")
    if names == "keras":
        np.testing.assert_array_equal(found.segment_ids, in_memory.segment_ids, strict=True)
        assert arrays["segment_ids"].dtype == np.int32
    else:
        assert "segment_ids" not in arrays
        assert arrays["token_type_ids"].dtype == np.int64
        with_segments = padcli.pad_texts(*columns, **{**options, "names": "keras"})
        assert arrays["token_type_ids"].tolist() == with_segments.segment_ids.tolist()


def test_the_command_line_repeats_the_field_and_carries_labels(corpus, command, tmp_path):
    finished = command(
        "pad", corpus, "-o", "out.npz", "--pair-field", "answer", "--pair-field", "text", "--label", "y",
        "--start", "[CLS]", "--separator", "[SEP]", "--separator", "[SEP]", "--end", "[END]", "--post",
        "--maxlen", "14",
    )  # fmt: skip
    assert finished.returncode == 0, finished.err
    found = padcli.load(tmp_path / "out.npz")
    ids = Tokenizer.from_file(str(tmp_path / "out.tokenizer.json"))
    assert [ids.token_to_id(token) for token in ("[CLS]", "[SEP]", "[END]")] == [2, 3, 4]
    texts = [(each["text"], each["answer"], each["text"]) for each in PAIRS]
    expected = [[2, *ids.encode(a).ids, 3, 3, *ids.encode(b).ids, 3, 3, *ids.encode(c).ids, 4] for a, b, c in texts]
    assert real(found.token_ids, found) == expected
    assert found.labels["y"].tolist() == [1, 0, 1]
    assert padcli.verify(tmp_path / "out.npz", inputs=True).ok


def test_dotted_fields_and_like(write, tmp_path):
    records = [{"q": {"text": "who sat"}, "a": [{"x": 1}], "b": {"text": "the cat"}}]
    write("pairs.jsonl", as_jsonl(records))
    padcli.pad(tmp_path / "pairs.jsonl", tmp_path / "out.npz", field="q.text", pair_field="b.text", maxlen=9, **AROUND)
    padcli.pad(tmp_path / "pairs.jsonl", tmp_path / "like.npz", like=tmp_path / "out.npz")
    found, like = padcli.load(tmp_path / "out.npz"), padcli.load(tmp_path / "like.npz")
    assert like.token_ids.tolist() == found.token_ids.tolist()
    assert like.segment_ids.tolist() == found.segment_ids.tolist() == [[0, 0, 0, 0, 1, 1, 1, 0, 0]]


# Rows that are too long


def test_pairs_that_are_too_long_are_dropped_or_an_error():
    columns = [[[5] * 3, [5]], [[6] * 3, [6]]]
    found = padcli.pad_texts(*columns, maxlen=5, start=1, end=2, overflow="drop")
    assert (found.token_ids.tolist(), found.record.tolist()) == ([[1, 5, 2, 6, 2]], [1])
    with pytest.raises(padcli.PadcliError, match="--overflow error: a record has 6 tokens, and a row has room for 2"):
        padcli.pad_texts(*columns, maxlen=5, start=1, end=2, overflow="error")


@given(st.lists(texts, min_size=1, max_size=5), st.integers(3, 14), st.sampled_from(["pre", "post"]))
def test_a_row_that_is_cut_keeps_a_side_of_each_text_and_all_special_tokens(records, maxlen, side):
    columns = [list(column) for column in zip(*records, strict=True)][:2]
    found = padcli.pad_texts(*columns, start=1, end=2, maxlen=maxlen, truncating=side)
    for record, row, length in zip(records, real(found.token_ids, found), found.lengths.tolist(), strict=True):
        assert len(row) == min(length, maxlen)
        assert (row[0], row[-1], row.count(2)) == (1, 2, 2)
        middle = row.index(2)
        for text, kept in zip(record[:2], (row[1:middle], row[middle + 1 : -1]), strict=True):
            assert kept == (text[: len(kept)] if side == "post" else text[len(text) - len(kept) :])


# Records that are bad


@pytest.mark.parametrize("chunk_bytes", [1, 4_000_000])
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"text": "a"}, 'line 3: no field "answer"; available: text.'),
        ({"answer": "a"}, 'line 3: no field "text"; available: answer.'),
        ({"text": "a", "answer": 7}, 'line 3: field "answer" is 7, expected a string, a list of strings'),
        ({"text": "a", "answer": None}, 'line 3: field "answer" is null, expected a string, a list of strings'),
        ({"text": "a", "answer": ["b"]}, 'line 3: field "answer" is ["b"], expected a string, as in the records'),
        ({"text": [5], "answer": "b"}, 'line 3: field "text" is [5], expected a string, as in the records before'),
    ],
)
def test_a_bad_record_is_named_or_skipped(write, tmp_path, chunk_bytes, bad, message):
    good = {"text": "a", "answer": "b"}
    path = write("pairs.jsonl", as_jsonl([good]) + "\n" + as_jsonl([bad, good]))
    options = {"pair_field": "answer", "chunk_bytes": chunk_bytes, **AROUND}
    with pytest.raises(padcli.PadcliError) as raised:
        padcli.pad(path, tmp_path / "out.npz", **options)
    assert f"{path}, {message}" in raised.value.message
    report = padcli.pad(path, tmp_path / "out.npz", on_error="skip", **options)
    assert (report.rejected, report.blank_lines) == (1, 1)
    assert padcli.load(tmp_path / "out.npz").token_ids.tolist() == [[2, 4, 3, 5, 3]] * 2
    assert padcli.verify(tmp_path / "out.npz", inputs=True).ok


def test_texts_in_memory_must_go_together():
    with pytest.raises(padcli.PadcliError, match="found 2 of string and 1 of string, expected as many of one kind"):
        padcli.pad_texts(["a", "b"], ["c"])
    with pytest.raises(padcli.PadcliError, match="found 1 of string and 1 of list"):
        padcli.pad_texts(["a"], [[1]])


def test_texts_that_are_all_empty_go_with_texts_of_any_kind():
    for kind in (["a"], [["a"]], [[5]]):
        found = padcli.pad_texts(kind, [[]], maxlen=4, start="[CLS]" if kind != [[5]] else 1, end=2, padding="post")
        assert real(found.segment_ids, found) == [[0, 0, 0, 1]]
    assert padcli.pad_texts([[], []], start="[CLS]").token_ids.tolist() == [[2], [2]]  # no ids, which have no names


@pytest.mark.parametrize("columns", [([], []), ([[]], [[]]), ([[], []], [[5], []]), ([""], [""])])
def test_empty_texts_are_texts(columns):
    found = padcli.pad_texts(*columns, maxlen=5, start=1, end=2, padding="post")
    assert found.token_ids.shape == (len(columns[0]), 5)
    assert all(row.count(2) == 2 for row in real(found.token_ids, found))


# What is said of them


def test_repeated_rows_are_pairs_that_repeat(write, tmp_path):
    long = "one two three four five"
    same = [{"text": long, "answer": "a"}, {"text": long, "answer": "b"}, {"text": long, "answer": "a"}]
    path = write("pairs.jsonl", as_jsonl(same))
    report = padcli.pad(path, tmp_path / "out.npz", pair_field="answer", **AROUND)
    assert report.duplicates == 1
    assert [example.row for example in report.smells["duplicate"].examples] == [2]
    padcli.pad(path, tmp_path / "once.npz", pair_field="answer", drop_duplicates=True, **AROUND)
    assert padcli.load(tmp_path / "once.npz").record.tolist() == [0, 1]


def test_what_joins_to_the_same_is_not_the_same(write, tmp_path):
    rows = [{"text": "a b", "answer": "c"}, {"text": "a", "answer": "b c"}]
    report = padcli.pad(write("pairs.jsonl", as_jsonl(rows)), tmp_path / "out.npz", pair_field="answer", **AROUND)
    assert report.duplicates == 0


def test_inspect_tells_texts_apart(corpus, tmp_path):
    padcli.pad(corpus, tmp_path / "out.npz", pair_field="answer", maxlen=6, **AROUND)
    found = contents.find_rows(str(tmp_path / "out.npz"), InspectOptions(rows=":"), lambda *_: None)
    first, second, third = found.rows
    assert "✂ 1 cut" in contents.text_of(first.parts)
    assert contents.text_of(second.parts) == "[CLS] [SEP] ┃ a dog [SEP][PAD]×1"
    assert contents.text_of(third.parts) == "[CLS] where [SEP] ┃ [SEP][PAD]×2"
    assert (second.text, third.text) == ("[CLS] [SEP] a dog [SEP]", "[CLS] where [SEP] [SEP]")
    assert first.lost is None
    assert "several texts" in found.lost.why_not


def test_verify_finds_padding_with_a_segment(corpus, tmp_path):
    padcli.pad(corpus, tmp_path / "out.npy", pair_field="answer", **AROUND)
    output = np.load(tmp_path / "out.segment_ids.npy", mmap_mode="r+")
    output[1, -1] = 1
    output.flush()
    wrong = [check for check in padcli.verify(tmp_path / "out.npy").checks if check.ok is False]
    assert {check.name for check in wrong} == {"segment_ids", "segments"}


# What does not go

REFUSED = {
    "a field of text": (
        ["corpus.txt", "--pair-field", "b"],
        "--pair-field names a field or column of records, but",
    ),
    "a field with --format text": (
        ["pairs.jsonl", "--format", "text", "--pair-field", "answer"],
        "--pair-field names a field or column of records, but --format is text.",
    ),
    "no name": (["pairs.jsonl", "--pair-field", "a..b"], "--pair-field: 'a..b' is not a field name"),
    "windows": (
        ["pairs.jsonl", "--pair-field", "answer", "--overflow", "window", "--maxlen", "4"],
        "--overflow window: cuts one text, and --pair-field gives more.",
    ),
    "head and tail": (
        ["pairs.jsonl", "--pair-field", "answer", "--truncate", "head+tail:3", "--maxlen", "6"],
        "--truncate head+tail:3: is for one text, and --pair-field gives more.",
    ),
    "packed, with names of Keras": (
        ["pairs.jsonl", "--pair-field", "answer", "--pack", "best-fit", "--maxlen", "9"],
        "--pack and --pair-field: segment_ids cannot tell both texts and records apart.",
    ),
    "an unknown way to cut": (
        ["pairs.jsonl", "--pair-field", "answer", "--truncate-pairs", "both"],
        "'both' is not one of 'longest-first', 'only-first', 'only-second', 'round-robin', 'waterfall'",
    ),
    "a label of the same name": (["pairs.jsonl", "--label", "segment_ids"], "names of padcli's own arrays"),
    "no value": (["pairs.jsonl", "--pair-field"], "Option '--pair-field' requires an argument"),
}


@pytest.mark.parametrize(("arguments", "message"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_go_is_said_in_a_sentence(corpus, write, command_here, tmp_path, arguments, message):
    write("corpus.txt", "a b\n")
    before = sorted(tmp_path.iterdir())
    finished = command_here("pad", *arguments)
    assert finished.returncode == 2
    assert message in " ".join(finished.err.split())
    assert "Traceback" not in finished.err
    assert sorted(tmp_path.iterdir()) == before
