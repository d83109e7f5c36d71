"""Rows of every shape where there is little or nothing to make them of: the arrays are there, and `verify` holds."""

import json

import numpy as np
import pytest

import padcli

NOTHING = {
    "windows": {"overflow": "window", "stride": 1},
    "dropped": {"overflow": "drop"},
    "packed": {"pack": "best-fit"},
    "packed windows": {"pack": "first-fit", "overflow": "window"},
    "shuffled": {"shuffle": True},
    "selected": {"drop_duplicates": True, "drop_empty": True},
    "special tokens": {"start": "[START]", "end": "[END]"},
    "packed, with special tokens": {"pack": "consecutive", "start": "[START]", "end": "[END]"},
    "wide": {"pad_to_multiple_of": 8},
}


@pytest.fixture
def corpus(write):
    """Makes a JSONL file of texts with a label each."""

    def make(*texts):
        return write("corpus.jsonl", "".join(json.dumps({"text": text, "y": len(text)}) + "\n" for text in texts))

    return make


@pytest.mark.parametrize("extension", ["npz", "npy"])
@pytest.mark.parametrize("texts", [(), ("",), ("a b c d e f g",)], ids=["no record", "an empty one", "a long one"])
@pytest.mark.parametrize("options", NOTHING.values(), ids=NOTHING)
def test_little_or_nothing_is_an_output(corpus, tmp_path, extension, texts, options):
    output = tmp_path / f"out.{extension}"
    padcli.pad(corpus(*texts), output, maxlen=4, label="y", **options)
    found = padcli.load(output)
    assert found.token_ids.shape[1] == (8 if "pad_to_multiple_of" in options else 4)
    if found.row_offsets is not None:
        assert found.row_offsets[[0, -1]].tolist() == [0, len(found.record)]
        assert len(found.row_offsets) == len(found.token_ids) + 1
    assert len(found.labels["y"]) == len(found.record if found.record is not None else found.token_ids)
    assert padcli.verify(output, inputs=True).ok


@pytest.mark.parametrize("how", [{"sample": "0%"}, {"min_length": 99}, {"sample": "0%", "drop_duplicates": True}])
def test_labels_of_records_that_are_all_skipped_are_an_empty_array(corpus, tmp_path, how):
    padcli.pad(corpus("a b", "c"), tmp_path / "out.npz", maxlen=4, label="y", **how)
    found = padcli.load(tmp_path / "out.npz")
    assert (found.token_ids.shape, found.labels["y"].shape, found.record.shape) == ((0, 4), (0,), (0,))
    assert padcli.verify(tmp_path / "out.npz").ok


TEXTS = ("a b c d e f", "a", "", "a b c", "b a b a b")


@pytest.mark.parametrize("side", ["pre", "post", "head+tail:2"])
@pytest.mark.parametrize("pack", [None, "best-fit"])
def test_buckets_of_rows_that_were_cut_say_what_was_lost(corpus, tmp_path, side, pack):
    padcli.pad(
        corpus(*TEXTS), tmp_path / "out.npz", maxlen=4, bucket="1,4", truncating=side, pack=pack, tokenizer="whitespace"
    )
    cut = lost = tokens = 0
    for width in (1, 4):
        path = tmp_path / f"out.{width}.npz"
        found = padcli.load(path)
        shape = found.meta["shape"]
        assert padcli.verify(path, inputs=True).ok
        assert shape["tokens"] == found.padding_mask.sum()
        cut, lost, tokens = cut + shape["cut"], lost + shape["lost"], tokens + shape["tokens"]
        assert shape["cut"] == found.meta["padding"]["rows_truncated"]
    assert (cut, lost, tokens) == (2, 3, 12)


@pytest.mark.parametrize(
    "options",
    [
        {"overflow": "window", "stride": 2},
        {"overflow": "window", "windows": "first:1"},
        {"overflow": "drop"},
        {"pack": "best-fit"},
        {"bucket": "4"},
        {"max_length": 3},
    ],
)
def test_a_padding_id_that_is_a_real_token_is_no_damage(write, tmp_path, options):
    rows = [[5, 0, 6, 0, 7, 0, 8], [0], [], [9, 0, 0]]
    path = write("ids.jsonl", "".join(json.dumps({"text": row}) + "\n" for row in rows))
    padcli.pad(path, tmp_path / "out.npz", maxlen=4, start=0, **options)
    output = tmp_path / ("out.4.npz" if "bucket" in options else "out.npz")
    assert padcli.verify(output, inputs=True).ok


@pytest.mark.parametrize("options", [{"overflow": "window"}, {"overflow": "drop"}, {"pack": "best-fit"}])
def test_a_real_token_that_became_padding_is_damage(write, tmp_path, options):
    path = write("ids.jsonl", '{"text": [5, 6, 7]}\n{"text": [8]}\n')
    padcli.pad(path, tmp_path / "out.npy", maxlen=4, padding="post", **options)
    ids = np.load(tmp_path / "out.npy", mmap_mode="r+")
    ids[0, 0] = 0
    ids.flush()
    wrong = {check.name for check in padcli.verify(tmp_path / "out.npy").checks if check.ok is False}
    assert wrong == {"token_ids", "real tokens"}


# Options where they have no place

OPTIONS = {
    "--start": "[S]", "--end": "[E]", "--separator": "[SEP]", "--overflow": "window", "--stride": "1",
    "--windows": "first:1", "--pack": "best-fit", "--bucket": "8,16", "--pad-to-multiple-of": "8",
    "--pair-field": "b", "--truncate-pairs": "waterfall",
}  # fmt: skip


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("start", [["fit"], ["stats"], ["inspect"], ["verify"]], ids=lambda start: start[0])
def test_other_commands_have_none_of_them(corpus, command_here, option, start):
    finished = command_here(*start, corpus("a b"), option, OPTIONS[option])
    assert finished.returncode == 2
    assert option in finished.err
    assert "Traceback" not in finished.err


WRONG = {
    "overflow": (["--overflow", "wrap"], "--overflow: 'wrap' is not one of cut, window, drop, error."),
    "stride": (["--overflow", "window", "--stride", "x"], "'x' is not a valid int"),
    "stride and nothing": (["--stride", "2"], "--stride cannot be used without --overflow window."),
    "windows": (["--overflow", "window", "--windows", "3"], "--windows: expected first:N or last:N"),
    "pack": (["--pack", "best"], "'best-fit'"),
    "multiple of 0": (["--pad-to-multiple-of", "0"], "--pad-to-multiple-of: expected an integer of at least 1"),
    "no widths": (["--bucket", "wide"], "--bucket: expected widths such as 32,64,128, or auto:4, got 'wide'."),
    "widths that fall": (["--bucket", "8,4"], "--bucket: widths must rise, got '8,4'."),
    "a width too small": (["--bucket", "1,2"], "--bucket 1,2: a row has 3 tokens, and the widest bucket 2."),
    "truncate": (["--truncate", "both"], "--truncate: 'both' is not one of pre, post and head+tail:N"),
    "start twice the value": (["--start"], "Option '--start' requires an argument"),
    "start and end": (["--start", "--end"], "--start: expected a token, or an id of 0 or more and at most 18 digits"),
}


@pytest.mark.parametrize(("arguments", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_value_is_said_in_a_sentence(corpus, command_here, tmp_path, arguments, message):
    corpus("a b c")
    finished = command_here("pad", "corpus.jsonl", "-q", *arguments)
    assert finished.returncode == 2
    assert message in " ".join(finished.err.split())
    assert "Traceback" not in finished.err
    assert [path.name for path in tmp_path.iterdir()] == ["corpus.jsonl"]
