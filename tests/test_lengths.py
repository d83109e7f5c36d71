"""The histogram is exact: it says what NumPy says of the lengths themselves."""

from fractions import Fraction
from functools import reduce
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from padcli.rows.lengths import EMPTY, LengthHistogram

lengths = st.lists(st.integers(0, 200), min_size=1, max_size=60)


@given(lengths)
def test_its_figures_are_those_of_the_lengths(lengths):
    histogram = LengthHistogram.of(np.array(lengths))
    assert histogram.rows == len(lengths)
    assert histogram.tokens == sum(lengths)
    assert (histogram.shortest, histogram.longest) == (min(lengths), max(lengths))
    assert histogram.mean == pytest.approx(np.mean(lengths))
    assert histogram.empty_rows == lengths.count(0)


@given(lengths, st.integers(1, 1000).map(lambda tenths: Fraction(tenths, 10)))
def test_a_percentile_is_the_smallest_length_that_keeps_so_many_rows_whole(lengths, percent):
    found = LengthHistogram.of(np.array(lengths)).percentile(percent)
    assert found in lengths
    assert sum(length <= found for length in lengths) * 100 >= percent * len(lengths)
    assert found == 0 or sum(length <= found - 1 for length in lengths) * 100 < percent * len(lengths)


@given(lengths, st.integers(1, 220))
def test_the_cost_of_a_maxlen_is_what_it_cuts_and_pads(lengths, maxlen):
    cost = LengthHistogram.of(np.array(lengths)).cost(maxlen)
    assert cost.rows_truncated == sum(length > maxlen for length in lengths)
    assert cost.tokens_lost == sum(max(0, length - maxlen) for length in lengths)
    assert cost.padding == sum(max(0, maxlen - length) for length in lengths)
    assert cost.padding_share == cost.padding / (len(lengths) * maxlen)


@given(st.lists(lengths, min_size=1, max_size=5))
def test_merged_it_is_the_histogram_of_all(parts):
    merged = reduce(LengthHistogram.__add__, [LengthHistogram.of(np.array(part)) for part in parts], EMPTY)
    whole = LengthHistogram.of(np.array([length for part in parts for length in part]))
    np.testing.assert_array_equal(merged.lengths, whole.lengths)
    np.testing.assert_array_equal(merged.counts, whole.counts)


@given(lengths, st.integers(0, 300), st.integers(4, 20))
def test_bins_hold_every_row_once(lengths, reach, most):
    bins = LengthHistogram.of(np.array(lengths)).bins(most=most, reach=reach)
    assert sum(each.rows for each in bins) == len(lengths)
    assert len(bins) <= most
    assert all(each.rows == sum(each.first <= length <= each.last for length in lengths) for each in bins)
    assert all(left.last + 1 == right.first for left, right in pairwise(bins))


def test_without_rows_all_figures_are_nought():
    assert (EMPTY.rows, EMPTY.tokens, EMPTY.mean, EMPTY.longest, EMPTY.shortest, EMPTY.percentile(95)) == (0,) * 6
    assert EMPTY.cost(50).padding_share == 0
