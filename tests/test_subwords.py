"""The compiled models of subwords give what the libraries give they stand for, and leave out what they cannot do."""

import numpy as np
import pyarrow as pa
import pytest
from conftest import use_kernels
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers

import padcli
from padcli.kernels import bpe, fallback, native, trie
from padcli.options import TokenizeOptions
from padcli.rows.ragged import Texts
from padcli.tokenizers import open_tokenizer
from padcli.tokenizers.external import piece_models

LETTERS = "abc"
texts = st.lists(st.text(LETTERS, min_size=1, max_size=30), max_size=10)
symbols = st.lists(st.text(LETTERS, min_size=2, max_size=6), max_size=12, unique=True)


def rows(ragged, refused):
    parts = np.split(ragged.values, ragged.offsets[1:-1]) if len(refused) else []
    return [None if left else part.tolist() for part, left in zip(parts, refused, strict=True)]


@st.composite
def byte_pairs(draw):
    """A vocabulary, and merges of some of its tokens, in any order, some of which make one token in several ways."""
    vocab = [*LETTERS, *draw(symbols)]
    ways = [(text[:i], text[i:]) for text in vocab for i in range(1, len(text)) if {text[:i], text[i:]} <= set(vocab)]
    return {token: i for i, token in enumerate(vocab)}, draw(st.permutations(ways))


@given(texts, byte_pairs())
def test_merges_are_those_of_tokenizers(texts, pairs):
    vocab, merges = pairs
    original = Tokenizer(models.BPE(vocab, merges))
    model = piece_models.Bpe(
        merges=piece_models.merges_of(
            [vocab[left] for left, _ in merges],
            [vocab[right] for _, right in merges],
            range(len(merges)),
            [vocab[left + right] for left, right in merges],
        ),
        symbols=piece_models.symbols_of(vocab, list(map(chr, range(256)))),
        last_symbols=piece_models.symbols_of(vocab, list(map(chr, range(256)))),
    )
    encoded = model.encode(pa.array(texts, pa.string()))
    assert rows(encoded.ids, encoded.refused) == [original.encode(text).ids for text in texts]


@given(texts, symbols, st.data())
def test_the_best_way_is_that_of_tokenizers(texts, symbols, data):
    pieces = [*LETTERS, *symbols]
    scores = data.draw(st.lists(st.integers(-9, 9).map(float), min_size=len(pieces), max_size=len(pieces)))
    original = Tokenizer(models.Unigram([("<unk>", 0.0), *zip(pieces, scores, strict=True)], unk_id=0))
    model = piece_models.Unigram(
        trie=piece_models.trie_of(pieces), ids=np.arange(1, len(pieces) + 1, dtype=np.int32), scores=np.array(scores)
    )
    array = pa.array(texts, pa.string())
    encoded = model.encode(array)
    assert rows(encoded.ids, encoded.refused) == [original.encode(text).ids for text in texts]
    margins, reaches = fallback.BestTwo(dict(zip(pieces, scores, strict=True)), -99.0).measure(array)
    assert encoded.figures.tolist() == [margins.tolist(), reaches.tolist(), [float(len(text)) for text in texts]]


@given(texts, symbols, symbols)
def test_the_longest_pieces_are_those_of_tokenizers(texts, starting, going_on):
    vocab = {token: i for i, token in enumerate(["[UNK]", "a", "b", *starting, "##a", *(f"##{t}" for t in going_on)])}
    original = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]", max_input_chars_per_word=20))
    on = [token for token in vocab if token.startswith("##")]
    model = piece_models.WordPiece(
        trie=piece_models.trie_of(vocab, [token.removeprefix("##") for token in on]),
        ids=np.array([*vocab.values(), *(vocab[token] for token in on)], np.int32),
        unk=0,
        longest=20,
    )
    encoded = model.encode(pa.array(texts, pa.string()))
    assert rows(encoded.ids, encoded.refused) == [original.encode(text).ids for text in texts]


def test_what_has_no_id_or_is_too_long_is_left():
    only_a = np.where(np.arange(256) == ord("a"), 7, -1).astype(np.int32)
    none = np.zeros(0, np.int32)
    given = pa.array(["a", "b", "", "a" * bpe.LONGEST, "a" * (bpe.LONGEST + 1)])
    expected = [[7], None, [], [7] * bpe.LONGEST, None]
    assert rows(*native.Merges(none, none, none, none).encode(given, only_a, only_a)) == expected
    pieces, refused, _ = native.Trie(["a"], []).best(given, np.zeros(1))
    assert rows(pieces, refused) == [[0], None, [], [0] * bpe.LONGEST, None]


def test_without_compiled_loops_all_is_left():
    given, none = pa.array(["a", "b"]), np.zeros(0, np.int32)
    assert rows(*fallback.Merges(none, none, none, none).encode(given, none, none)) == [None, None]
    assert rows(*fallback.Trie(["a"], ["b"]).longest(given)) == [None, None]
    assert rows(*fallback.Trie(["a"], ["b"]).best(given, np.zeros(2))[:2]) == [None, None]


ONE, TWO, TABLE = np.zeros(1, np.int32), np.zeros(2, np.int32), np.zeros(256, np.int32)
DATA, OFFSETS = np.frombuffer(b"ab", np.uint8), np.array([0, 2], np.int32)
ENDS, FAILED, SUMS = np.zeros(2, np.int64), np.zeros(1, np.uint8), np.zeros(1)
MERGES, TRIE = bpe.Merges(ONE, ONE, ONE, ONE), trie.Trie(DATA, OFFSETS, 1)


@pytest.mark.parametrize(
    "call",
    [
        lambda: bpe.Merges(ONE, TWO, ONE, ONE),
        lambda: MERGES.encode(DATA, OFFSETS, ONE, TABLE, TWO, ENDS, FAILED),
        lambda: MERGES.encode(DATA, OFFSETS, TABLE, ONE, TWO, ENDS, FAILED),
        lambda: MERGES.encode(DATA, OFFSETS, TABLE, TABLE, ONE, ENDS, FAILED),
        lambda: MERGES.encode(DATA[:1], OFFSETS, TABLE, TABLE, TWO, ENDS, FAILED),
        lambda: MERGES.encode(DATA, OFFSETS[:0], TABLE, TABLE, TWO, ENDS, FAILED),
        lambda: trie.Trie(DATA[:1], OFFSETS, 1),
        lambda: trie.Trie(DATA, OFFSETS[::-1].copy(), 1),
        lambda: trie.Trie(DATA, OFFSETS, 2),
        lambda: TRIE.longest(DATA[:1], OFFSETS, TWO, ENDS, FAILED),
        lambda: TRIE.best(DATA[:1], OFFSETS, SUMS, SUMS, SUMS, TWO, ENDS, FAILED),
        lambda: TRIE.longest(DATA, OFFSETS, ONE, ENDS, FAILED),
        lambda: TRIE.longest(DATA, OFFSETS, TWO, ENDS[:1], FAILED),
        lambda: TRIE.best(DATA, OFFSETS, SUMS[:0], SUMS, SUMS, TWO, ENDS, FAILED),
        lambda: TRIE.best(DATA, OFFSETS, SUMS, SUMS[:0], SUMS, TWO, ENDS, FAILED),
    ],
)
def test_arrays_of_other_sizes_are_refused(call):
    with pytest.raises(ValueError):  # noqa: PT011 (they have no text)
        call()


@pytest.mark.parametrize("name", ["Falcon", "T5", "BERT uncased", "ESM", ".model bpe", ".model unigram"])
def test_ids_are_the_same_without_compiled_loops(tmp_path, name):
    from fidelity import material
    from fidelity.zoo import zoo

    path = zoo()[name](tmp_path)
    texts = Texts(array=pa.array(material.training_lines()[:300], pa.string()))
    found = []
    for used in (True, False):
        with use_kernels(used=used):
            units = open_tokenizer(TokenizeOptions(tokenizer=path)).splitter.split(texts)
            found.append((units.codes.tolist(), units.offsets.tolist()))
    assert found[0] == found[1]


def test_pieces_that_have_no_room_together_are_left_to_the_library(tmp_path):
    vocab = {"[UNK]": 0} | {f"{i:06d}" + "x" * 394: i + 1 for i in range(42_000)}
    original = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]", max_input_chars_per_word=500))
    original.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    original.save(str(tmp_path / "big.json"))
    (tmp_path / "corpus.txt").write_text(f"{'000007' + 'x' * 394} other\n")
    padcli.pad(tmp_path / "corpus.txt", tmp_path / "out.npz", tokenizer=tmp_path / "big.json", pad_id=0)
    assert padcli.load(tmp_path / "out.npz").token_ids.tolist() == [[8, 0]]
