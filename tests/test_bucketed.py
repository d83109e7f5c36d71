"""Rows in a few widths: each in the narrowest array that holds it, and together all of them."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import padcli
from padcli.rows.buckets import best_widths, bucket_of
from padcli.rows.lengths import LengthHistogram


@pytest.fixture
def corpus(tmp_path):
    lines = [f'{{"text": "{" ".join("abcdefgh"[: n % 9])}", "y": {n}}}' for n in range(60)]
    (tmp_path / "corpus.jsonl").write_text("\n".join(lines) + "\n")
    return tmp_path / "corpus.jsonl"


def together(folder, width):
    """The rows of all buckets by their records, widened with zeros."""
    rows, labels = {}, {}
    for path in sorted(folder.glob("out.*.npz")):
        data = padcli.load(path)
        assert padcli.verify(path).ok
        assert data.token_ids.shape[1] == int(path.suffixes[0][1:])
        for record, ids, y in zip(data.record.tolist(), data.token_ids, data.labels["y"].tolist(), strict=True):
            assert record not in rows
            rows[record], labels[record] = np.pad(ids, (0, width - len(ids))).tolist(), y
    return [rows[i] for i in sorted(rows)], [labels[i] for i in sorted(labels)]


@pytest.mark.parametrize("bucket", ["3,5,8", "auto:3", "auto:1", "auto:99"])
@pytest.mark.parametrize("shuffle", [False, True])
def test_buckets_are_together_the_plain_output(corpus, tmp_path, bucket, shuffle):
    plain = padcli.load(padcli.pad(corpus, tmp_path / "plain.npz", padding="post", label="y").outputs[-1][0])
    report = padcli.pad(corpus, tmp_path / "out.npz", padding="post", label="y", bucket=bucket, shuffle=shuffle)
    rows, labels = together(tmp_path, 8)
    assert rows == plain.token_ids.tolist()
    assert labels == list(range(60))
    assert sum(n for n, _ in report.buckets) == 60
    assert report.cost.cells == sum(n * width for n, width in report.buckets)
    assert not (tmp_path / "out.npz").exists()


def test_each_row_is_in_the_narrowest_that_holds_it(corpus, tmp_path):
    padcli.pad(corpus, tmp_path / "out.npz", padding="post", label="y", bucket="3,5,8")
    for path, narrower in zip(("out.3.npz", "out.5.npz", "out.8.npz"), (-1, 3, 5), strict=True):
        lengths = padcli.load(tmp_path / path).lengths
        assert lengths.min() > narrower
        assert lengths.max() <= int(path.split(".")[1])


def test_a_width_can_be_a_multiple(corpus, tmp_path):
    report = padcli.pad(corpus, tmp_path / "out.npz", padding="post", bucket="auto:2", pad_to_multiple_of=4)
    assert [width for _, width in report.buckets] == [4, 8]


def test_rows_are_cut_at_maxlen_before(corpus, tmp_path):
    report = padcli.pad(corpus, tmp_path / "out.npz", padding="post", bucket="2,4", maxlen=4)
    assert report.cost.rows_truncated == report.histogram.cost(4).rows_truncated > 0
    assert report.cost.tokens_lost == report.histogram.cost(4).tokens_lost


def test_packed_rows_and_windows_go_to_buckets_too(corpus, tmp_path):
    for options in ({"pack": "first-fit", "maxlen": 10}, {"overflow": "window", "maxlen": 4}):
        report = padcli.pad(corpus, tmp_path / "out.npz", padding="post", bucket="auto:2", **options)
        assert report.outcome.tokens == report.histogram.tokens
        assert all(padcli.verify(path).ok for path in tmp_path.glob("out.*.npz"))
        for path in tmp_path.glob("out.*.npz"):
            path.unlink()


def test_the_tokenizer_is_saved_once(corpus, tmp_path):
    padcli.pad(corpus, tmp_path / "out.npz", bucket="3,8")
    assert [path.name for path in tmp_path.glob("*.tokenizer.json")] == ["out.tokenizer.json"]
    checks = {check.name: check.ok for check in padcli.verify(tmp_path / "out.3.npz").checks}
    assert checks["tokenizer"] is True


def test_a_row_that_no_bucket_holds_is_refused(corpus, tmp_path):
    with pytest.raises(padcli.PadcliError, match="a row has 8 tokens, and the widest bucket 5"):
        padcli.pad(corpus, tmp_path / "out.npz", bucket="3,5")
    assert not list(tmp_path.glob("out*"))


@pytest.mark.parametrize("bucket", ["", "5,3", "3,3", "0", "auto:0", "auto", "a,b"])
def test_widths_that_are_none_are_refused(corpus, tmp_path, bucket):
    with pytest.raises(padcli.PadcliError, match="--bucket"):
        padcli.pad(corpus, tmp_path / "out.npz", bucket=bucket)


@pytest.mark.parametrize("options", [{"bucket": "2,4"}, {"split_into": "train=0.5,val=0.5"}])
def test_arrays_in_memory_are_one_set(options):
    with pytest.raises(padcli.PadcliError, match="gives several sets of arrays, and pad_texts one"):
        padcli.pad_texts(["a b"], **options)


@pytest.mark.parametrize("option", [["--bucket", "2,4"], ["--split-into", "train=0.5,val=0.5"]])
def test_standard_output_takes_one_file(command, corpus, option):
    finished = command("pad", corpus, "-o", "-", *option)
    assert (finished.returncode, finished.out) == (2, b"")
    assert option[0] in finished.err


some_lengths = st.lists(st.integers(0, 13), min_size=1, max_size=12)


@given(some_lengths, st.integers(1, 4), st.sampled_from([1, 1, 3, 4]))
def test_no_other_widths_have_less_padding(lengths, n, multiple_of):
    lengths = np.array(lengths)
    widths = best_widths(LengthHistogram.of(lengths), n, multiple_of=multiple_of)

    def cells(widths):
        return int(np.array(widths)[bucket_of(lengths, widths)].sum())

    possible = sorted({max(1, -(-length // multiple_of)) * multiple_of for length in lengths.tolist()})
    choices = (c for r in range(n) for c in itertools.combinations(possible[:-1], r))
    best = min((cells([*chosen, possible[-1]]), len(chosen) + 1) for chosen in choices)
    assert (cells(widths), len(widths)) == best


def test_ten_thousand_lengths_take_no_time():
    counts = np.random.default_rng(0).integers(1, 1000, 10_000)
    widths = best_widths(LengthHistogram(lengths=np.arange(1, 10_001), counts=counts), 8)
    assert len(widths) == 8
    assert widths[-1] == 10_000


def test_no_rows_have_no_widths():
    assert best_widths(LengthHistogram.of(np.zeros(0, np.int64)), 3) == ()
