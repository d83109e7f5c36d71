"""`padcli stats` says of every maxlen what `pad` with it does."""

import json
from fractions import Fraction

import numpy as np
import pytest
from conftest import SAMPLE_DATA
from hypothesis import given
from hypothesis import strategies as st
from keras.utils import pad_sequences

import padcli
from padcli.kernels import dispatch
from padcli.rows.buckets import best_widths
from padcli.rows.candidates import candidates
from padcli.rows.lengths import LengthHistogram
from padcli.rows.packing import pack

lengths = st.lists(st.one_of(st.integers(0, 12), st.sampled_from([16, 17, 60, 200])), min_size=1, max_size=30)
percents = st.one_of(st.integers(0, 100), st.fractions(0, 100, max_denominator=50))


@given(lengths)
def test_a_candidate_costs_what_pad_sequences_makes_of_it(lengths):
    histogram = LengthHistogram.of(np.array(lengths))
    found = candidates(histogram, {"mine": 5})
    assert [candidate.maxlen for candidate in found] == sorted({candidate.maxlen for candidate in found})
    assert 5 in [candidate.maxlen for candidate in found]
    assert max(lengths) in [0, *(candidate.maxlen for candidate in found)]
    assert all(candidate.maxlen <= max(5, *lengths) for candidate in found)
    for candidate in found:
        padded = pad_sequences([[1] * length for length in lengths], maxlen=candidate.maxlen)
        assert candidate.cost.cells == padded.size
        assert candidate.cost.padding == int((padded == 0).sum())
        assert candidate.cost.tokens_lost == sum(lengths) - int(padded.sum())
        assert candidate.cost.rows_truncated == sum(length > candidate.maxlen for length in lengths)
        kept = [min(length, candidate.maxlen) for length in lengths]
        assert candidate.windows == sum(max(1, -(-length // candidate.maxlen)) for length in lengths)
        packed = pack(np.array(kept), candidate.maxlen, "best-fit", dispatch.kernels())
        assert candidate.packed == len(packed.row_offsets) - 1
        widths = best_widths(LengthHistogram.of(np.array(kept)), 4)
        assert candidate.bucketed == sum(next(width for width in widths if width >= length) for length in kept)


@given(lengths, percents)
def test_a_share_of_the_tokens_is_kept_by_the_smallest_maxlen_that_does(lengths, percent):
    histogram, tokens = LengthHistogram.of(np.array(lengths)), sum(lengths)
    enough = [
        maxlen
        for maxlen in range(1, max(lengths) + 1)
        if sum(min(length, maxlen) for length in lengths) >= Fraction(percent) * tokens / 100
    ]
    assert histogram.token_percentile(percent) == (enough[0] if tokens else 0)


@given(lengths, percents)
def test_a_share_of_padding_is_kept_to_by_the_largest_maxlen_that_does(lengths, percent):
    histogram = LengthHistogram.of(np.array(lengths))
    enough = [
        maxlen
        for maxlen in range(1, max(lengths) + 1)
        if sum(max(maxlen - length, 0) for length in lengths) <= Fraction(percent) / 100 * len(lengths) * maxlen
    ]
    assert histogram.padding_percentile(percent) == (enough[-1] if enough else 0)


def test_pad_takes_what_stats_says(tmp_path):
    found = padcli.stats(SAMPLE_DATA / "reviews.txt", max_truncated="5%", max_lost="2%", max_padding="40%")
    rows, lost, padding = found.fits.values()
    assert list(found.fits) == ["at most 5% of rows cut", "at most 2% of tokens lost", "at most 40% padding"]
    for maxlen, expected in [("p95", rows), ("t98", lost), (padding, padding)]:
        report = padcli.pad(SAMPLE_DATA / "reviews.txt", tmp_path / "out.npz", maxlen=maxlen)
        assert report.layout.maxlen == expected
        (candidate,) = (candidate for candidate in found.candidates if candidate.maxlen == expected)
        assert report.cost == candidate.cost
    assert report.cost.padding_share <= 0.4
    assert report.histogram.rows == found.report.histogram.rows
    assert report.tokenizer.vocab_size == found.report.tokenizer.vocab_size


def test_nothing_is_written(command, tmp_path, write):
    write("corpus.txt", "the cat sat\n\nthe dog\n")
    finished = command("stats", "corpus.txt", "--maxlen", "2", "--max-lost", "20%")
    assert (finished.returncode, finished.err) == (0, "")
    assert {path.name for path in tmp_path.iterdir()} == {"corpus.txt"}
    screen = finished.out.decode()
    assert "at most 20% of tokens lost: --maxlen 2" in screen
    assert "tokens per row" in screen


def test_json_has_it_all(command, write):
    write("corpus.txt", "the cat sat\n\nthe dog\n")
    facts = json.loads(command("stats", "corpus.txt", "--max-truncated", "34%", "--json").out)
    assert (facts["rows"], facts["tokens"], facts["lengths"]["max"]) == (3, 5, 3)
    assert facts["fits"] == {"at most 34% of rows cut": 2}
    assert [candidate["maxlen"] for candidate in facts["candidates"]] == [2, 3]
    assert facts["candidates"][0] == {
        "maxlen": 2, "names": ["p50", "\u2264 34% truncated", "2^n"], "rows_whole": 2, "rows_truncated": 1,
        "tokens_lost": 1, "cells": 6, "padding": 2, "padding_share": 0.333333, "windows": 4, "rows_packed": 2,
        "cells_bucketed": 5,
    }  # fmt: skip


@pytest.mark.parametrize("content", ["", "\n", "\n\n"])
def test_no_rows_and_empty_rows_are_no_trouble(command, write, content):
    write("corpus.txt", content)
    finished = command("stats", "corpus.txt", "--max-lost", "1%", "--max-padding", "1%", "--max-truncated", "0%")
    assert (finished.returncode, finished.err) == (0, "")


@pytest.mark.parametrize("share", ["1", "101%", "-1%", "x", "%", "1e2%"])
def test_a_share_is_a_share(command, write, share):
    write("corpus.txt", "a\n")
    finished = command("stats", "corpus.txt", f"--max-lost={share}")
    assert finished.returncode == 2
    assert "--max-lost: expected a percentage from 0% to 100%, such as 1%" in finished.err
