"""Ids are those of the original libraries: the short form of `make fidelity`, and what that rests on."""

import dataclasses
import random
from itertools import islice

import pytest
from conftest import SAMPLE_DATA
from fidelity import mutations, padded, texts, work
from fidelity.compare import Amount, compare, differing_rows, minimised
from fidelity.originals import open_original, ragged
from fidelity.ours import Ours
from fidelity.zoo import SAME, zoo

# One or two of each way and of each shape.
SOME = (
    "RoBERTa", "Phi", "Llama 3", "Qwen 3, tool tokens", "DeepSeek V3", "CLIP", "Anthropic, NFKC", "Llama 2", "Gemma",
    "tiktoken o200k_base, sensitive", "Llama 3, sensitive", "T5", "ALBERT", "Unigram, NFKC", "BERT uncased", "MPNet",
    "WordLevel, Whitespace", "BPE of Greek words, unknown left out", "OpenAI GPT",
    ".model unigram, 0.98 of characters", ".model bpe, Llama 2", "padcli word, cased",
)  # fmt: skip
RANDOM = [f"random-1-{n}" for n in range(10)]


def task(name, folder, rows):
    share = rows / texts.FULL
    return work.Task(name, share, share / 2, seconds=20, seed=1, keep=str(folder), choices=1)


@pytest.mark.parametrize("name", [*SOME, *RANDOM])
def test_ids_and_arrays_are_those_of_the_original(tmp_path, name):
    result = work.run(task(name, tmp_path, rows=800))
    assert not result.differing, "\n".join(map(str, result.findings))


@pytest.fixture
def bert(tmp_path):
    return zoo()["BERT cased"](tmp_path)


class Wrong(Ours):
    """One id is another one, wherever a text holds an "é" and is longer than three characters."""

    def encode(self, rows):
        ids = super().encode(rows)
        values = ids.values.copy()
        for row, text in enumerate(rows):
            if "é" in text and len(text) > 3:
                values[ids.offsets[row]] += 1
        return dataclasses.replace(ids, values=values)


def test_a_wrong_id_is_found_and_its_text_made_short(bert):
    result = compare("wrong", bert, Amount(share=0.001), ours=Wrong(bert))
    shown = [finding for finding in result.findings if finding.kind == "real text"]
    assert result.differing > 0
    assert all(finding.text.count("é") == 1 and len(finding.text) == 4 for finding in shown)
    assert all(finding.found != finding.expected for finding in shown)


def test_a_side_that_fails_alone_differs(bert):
    class Failing(Ours):
        def encode(self, rows):
            if any("x" in text for text in rows):
                raise ValueError
            return super().encode(rows)

    assert differing_rows(Failing(bert), open_original(bert), ["a", "x", "b", "ax"]).tolist() == [1, 3]


@pytest.mark.parametrize(
    ("found", "rows"),
    [([[1], [2, 3], []], []), ([[1], [2, 4], []], [1]), ([[1, 2], [3], [9]], [0, 1, 2]), ([[], [2, 3], []], [0])],
)
def test_rows_that_differ(found, rows):
    class Given:
        def __init__(self, ids):
            self.ids = ids

        def encode(self, *_, **__):
            return ragged(self.ids)

    assert differing_rows(Given(found), Given([[1], [2, 3], []]), ["", "", ""]).tolist() == rows


def test_minimised_texts_still_differ_and_none_of_their_characters_can_go():
    assert minimised("many words and é then ï", lambda text: "é" in text and "ï" in text) == "éï"
    assert minimised("x1y2", lambda text: len(text) > 2) == "aaa"


def test_every_code_point_is_in_the_texts():
    packs = {code for pack in texts._packs(random.Random(1), (*texts._ALIKE, *texts._REST)) for code in pack}
    surrogates = range(0xD800, 0xE000)
    assert packs.isdisjoint(texts._singles())
    assert len(packs) + len(texts._singles()) + len(surrogates) == 0x110000
    facts = texts.Facts(pieces=["a"], special=["<s>"])
    rows = set(islice(texts.code_points(facts, random.Random(1)), 8 * len(texts._singles())))
    for char in ("\x00", "é", "\u0378", "\uffff", "\U0001faea", "\U0001f9ff"):
        assert {char, char * 2, f"a{char}b", f"a {char} b", f"a {char}b", f"a{char} b"} <= rows


def test_the_zoo_is_large_enough():
    assert len(zoo()) > 100
    assert set(SOME) <= set(zoo())
    assert set(SAME) <= set(zoo())
    assert set(mutations.TOKENIZERS) <= set(zoo())


@pytest.mark.parametrize(
    ("name", "condition"),
    [
        ("MPNet", "holds no added token"),
        ("Unigram without a normalizer", mutations.SOLID),
        (".model unigram", mutations.TIES),
        ("DeepSeek V3, sensitive", "holds only characters that every library knows"),
        ("cleaned by Nmt, sensitive", "normalizes alone as between others"),
        ("lower-cased, an added word", "its normal form holds no added token"),
        ("no regex, sensitive", "no token goes on beyond a space"),
        ("BLOOM", "no match of the pattern goes on beyond a space"),
        ("stripped", "the normalizers look at no more than a word"),
        ("Falcon", "a plain word is of ASCII that can be printed"),
        ("ALBERT", "a plain word holds no part that a stage takes for something else"),
        (".model bpe", "a plain word has no space where one more is put"),
        ("CLIP", "no piece of a plain word is refused"),
        ("Llama 2", "no token stretches over a cut"),
        ("WordLevel, case folded", "ASCII that can be printed stays as it is"),
        ("WordLevel, words cut at digits", "each stage is known"),
        ("merges ignored", "merges go by their rank alone"),
        (".model bpe, folded capitals", "a model keeps ASCII that can be printed"),
        (".model bpe, unused pieces", "no piece of a model is unused"),
    ],
)
def test_a_condition_that_is_taken_away_is_missed(tmp_path, name, condition):
    path = zoo()[name](tmp_path)
    assert condition in [*mutations.conditions(path), *mutations.refusals(path)]
    assert mutations.result_without(name, path, condition, Amount(share=0.03, enough=1)).findings


def test_arrays_that_differ_are_told(bert, monkeypatch):
    choice = padded.Choice(maxlen=5, padding="pre", truncating="post", add_special_tokens=True, special_in_text=True)
    rows = (SAMPLE_DATA / "multilingual.txt").read_text("utf-8").splitlines()
    assert not padded.differing(bert, rows, choice)
    right = padded._expected

    def wrong(*arguments):
        ids, mask, lengths = right(*arguments)
        return ids, ~mask, lengths

    monkeypatch.setattr(padded, "_expected", wrong)
    assert padded.differing(bert, rows, choice).startswith("padding_mask of ")
