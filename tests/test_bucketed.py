"""Rows in a few widths: each in the narrowest array that holds it, and together all of them."""

import itertools
import json
from pathlib import Path

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


@pytest.mark.parametrize("extension", ["npz", "npy"])
def test_the_tokenizer_is_found_from_anywhere(corpus, tmp_path, monkeypatch, extension):
    (tmp_path / "made").mkdir()
    monkeypatch.chdir(tmp_path)
    padcli.pad(corpus, f"made/out.{extension}", bucket="3,8", split_into="a=0.5,b=0.5")
    monkeypatch.chdir("/")
    (tmp_path / "made").rename(tmp_path / "moved")
    for path in (tmp_path / "moved").glob(f"out.?.?.{extension}"):
        checks = {check.name: check.ok for check in padcli.verify(path).checks}
        assert checks["tokenizer"] is True
        padcli.pad(corpus, tmp_path / "like.npz", like=path)
    assert (tmp_path / "like.3.npz").exists()


def test_the_bytes_do_not_depend_on_the_folder(corpus, tmp_path):
    contents = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        padcli.pad(corpus, folder / "out.npz", bucket="auto:3", label="y")
        contents.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert contents[0] == contents[1]


@pytest.mark.parametrize("workers", [1, 2, 8])
@pytest.mark.parametrize("chunk_bytes", [1, 4_000_000])
def test_the_bytes_do_not_depend_on_who_did_the_work(corpus, tmp_path, workers, chunk_bytes):
    contents = []
    for options in ({}, {"workers": workers, "chunk_bytes": chunk_bytes}):
        padcli.pad(corpus, tmp_path / "out.npz", bucket="auto:3", label="y", shuffle=True, **options)
        contents.append({path.name: path.read_bytes() for path in tmp_path.glob("out.*")})
    assert contents[0] == contents[1]


def test_each_bucket_of_an_npy_has_its_files(corpus, tmp_path):
    for extension in ("npz", "npy"):
        padcli.pad(corpus, tmp_path / f"out.{extension}", bucket="3,8", label="y")
    for width in (3, 8):
        found, expected = (padcli.load(tmp_path / f"out.{width}.{extension}") for extension in ("npy", "npz"))
        assert found.token_ids.tolist() == expected.token_ids.tolist()
        assert found.labels["y"].tolist() == expected.labels["y"].tolist()
        assert padcli.verify(tmp_path / f"out.{width}.npy").ok


def test_a_bucket_may_be_empty(corpus, tmp_path):
    padcli.pad(corpus, tmp_path / "out.npz", bucket="8,16")
    assert padcli.load(tmp_path / "out.16.npz").token_ids.shape == (0, 16)
    assert padcli.verify(tmp_path / "out.16.npz").ok


def test_others_are_padded_like_all_buckets_whichever_is_named(corpus, tmp_path):
    padcli.pad(corpus, tmp_path / "out.npz", bucket="auto:3", maxlen=7, padding="post")
    widths = {int(path.suffixes[0][1:]) for path in tmp_path.glob("out.*.npz")}
    padcli.pad(corpus, tmp_path / "again.npz", like=tmp_path / f"out.{min(widths)}.npz")
    assert {int(path.suffixes[0][1:]) for path in tmp_path.glob("again.*.npz")} == widths
    assert max(widths) == 7
    for width in widths:
        found, expected = (padcli.load(tmp_path / f"{name}.{width}.npz") for name in ("again", "out"))
        assert found.token_ids.tolist() == expected.token_ids.tolist()


def test_parts_have_the_widths_of_the_first(tmp_path):
    """Whatever is compiled for the training set is compiled for the others, too."""
    lines = [f'{{"text": "{" ".join(f"w{n}" for _ in range(n % 30))}"}}' for n in range(60)]
    (tmp_path / "corpus.jsonl").write_text("\n".join(lines) + "\n")
    for seed in range(6):
        options = {"bucket": "auto:3", "split_into": "a=0.2,b=0.8", "seed": seed, "maxlen": 29}
        padcli.pad(tmp_path / "corpus.jsonl", tmp_path / "out.npz", **options)
        first, other = ({int(path.suffixes[1][1:]) for path in tmp_path.glob(f"out.{part}.*.npz")} for part in "ab")
        assert first <= other <= first | {29}  # and one more for what the first part has none as long as
        assert all(padcli.verify(path).ok for path in tmp_path.glob("out.?.*.npz"))
        for path in tmp_path.glob("out.?.*.npz"):
            path.unlink()


@pytest.mark.parametrize("extension", ["npz", "npy"])
@pytest.mark.parametrize("bucket", ["4,8", "auto:2"])
def test_buckets_of_an_earlier_run_do_not_stay(corpus, tmp_path, bucket, extension):
    padcli.pad(corpus, tmp_path / f"out.{extension}", bucket="3,5,8", label="y")
    others = [f"out.7.{extension}", f"out.x.{extension}", f"out2.5.{extension}"]
    for other in others:
        padcli.pad(corpus, tmp_path / other, label="y")
    padcli.pad(corpus, tmp_path / f"new.{extension}", bucket=bucket, label="y")
    padcli.pad(corpus, tmp_path / f"out.{extension}", bucket=bucket, label="y")
    kept = {path.name.replace("new.", "out.", 1) for path in tmp_path.glob("new.*")}
    kept |= {path.name for other in others for path in tmp_path.glob(f"{other.rpartition('.')[0]}.*")}
    assert {path.name for path in tmp_path.glob("out*")} == kept


def test_buckets_of_an_earlier_run_stay_if_this_one_fails(corpus, tmp_path):
    padcli.pad(corpus, tmp_path / "out.npz", bucket="3,5,8")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(padcli.GateError):
        padcli.pad(corpus, tmp_path / "out.npz", bucket="4,8", fail_if="rows>1")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("bucket", ["4,8", "auto:1"])
def test_what_another_program_wrote_is_replaced_only_by_force(corpus, tmp_path, bucket):
    (tmp_path / "out.8.npz").write_text("mine")
    with pytest.raises(padcli.PadcliError, match=r"out\.8\.npz: already exists, and was not written by padcli"):
        padcli.pad(corpus, tmp_path / "out.npz", bucket=bucket)
    assert (tmp_path / "out.8.npz").read_text() == "mine"
    padcli.pad(corpus, tmp_path / "out.npz", bucket=bucket, force=True)
    assert padcli.verify(tmp_path / "out.8.npz").ok


@pytest.mark.parametrize("bucket", ["4,8", "auto:1"])
def test_a_bucket_does_not_replace_another_output(corpus, tmp_path, bucket):
    options = {"on_error": "skip", "rejects": tmp_path / "out.8.npz"}
    with pytest.raises(padcli.PadcliError, match=r"out\.8\.npz: would overwrite the output"):
        padcli.pad(corpus, tmp_path / "out.npz", bucket=bucket, **options)


@pytest.mark.parametrize(("bucket", "widths"), [("4,8", "48"), ("auto:2", "N")])
def test_a_dry_run_names_the_files_of_buckets(command_here, corpus, bucket, widths):
    options = ["--split-into", "a=0.5,b=0.5", "--maxlen", "8", "-o", "out.npz", "--dry-run", "--json"]
    finished = command_here("pad", corpus, "--bucket", bucket, *options)
    names = [Path(each["path"]).name for each in json.loads(finished.out)["outputs"]]
    assert names == [*(f"out.{part}.{width}.npz" for part in "ab" for width in widths), "out.a.tokenizer.json"]


def test_buckets_do_not_fit_through_standard_output(command, corpus):
    finished = command("pad", corpus, "--bucket", "4,8", "-o", "-")
    assert (finished.returncode, finished.out) == (2, b"")
    assert "--bucket writes several files" in finished.err


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
