"""Counts of units, and the ids that come out of them."""

from collections import Counter

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from padcli.tokenizers.vocabulary import UnitCounts, Vocabulary, token_array

words = st.lists(st.sampled_from("abcdefgh"), max_size=20)


def counted(chunks):
    counts = UnitCounts()
    numbers = []
    for chunk in chunks:
        units = Counter(chunk)
        numbers.append(
            counts.add(pa.array(list(units), pa.string()), np.array(list(units.values()), np.int64)).tolist()
        )
    return counts, numbers


@given(st.lists(words, max_size=5))
def test_ids_fall_with_counts_and_ties_go_to_the_first_seen(chunks):
    fitted = counted(chunks)[0].fit(vocab_size=None, min_count=None)
    everything = [word for chunk in chunks for word in chunk]
    assert fitted.vocabulary.tokens.to_pylist() == [
        "[PAD]",
        "[UNK]",
        *(word for word, _ in Counter(everything).most_common()),
    ]
    assert fitted.units == len(set(everything))
    assert fitted.seen_once == sum(count == 1 for count in Counter(everything).values())


@given(st.lists(words, max_size=5), st.integers(2, 6), st.integers(1, 4))
def test_what_is_cut_off_is_unknown_and_counted(chunks, vocab_size, min_count):
    counts, numbers = counted(chunks)
    fitted = counts.fit(vocab_size=vocab_size, min_count=min_count)
    everything = Counter(word for chunk in chunks for word in chunk)
    assert len(fitted.vocabulary) <= vocab_size
    tokens = fitted.vocabulary.tokens.to_pylist()
    assert all(everything[token] >= min_count for token in tokens[2:])
    assert fitted.unk_tokens == sum(n for word, n in everything.items() if word not in tokens)
    number = fitted.vocabulary.numbering()
    for chunk, chunk_numbers in zip(chunks, numbers, strict=True):
        assert fitted.ids[chunk_numbers].tolist() == number(pa.array(list(Counter(chunk)), pa.string())).tolist()


def test_a_token_that_is_there_twice_has_its_last_id():
    number = Vocabulary(tokens=token_array(["[PAD]", "[UNK]", "a", "[UNK]"]), unk_id=3).numbering()
    assert number(pa.array(["a", "[UNK]", "z"])).tolist() == [2, 3, 3]
