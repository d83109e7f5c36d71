"""`--split REGEX`: units lie between the matches, as Python's `re` finds them; RE2 and Oniguruma find the same."""

import re

import pytest
from conftest import SAMPLE_DATA
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from keras_reference import fit as keras_fit
from test_tokenizers import cased_alike, rows_of
from texts import any_text, as_jsonl
from tokenizers import Tokenizer as HuggingFaceTokenizer

import padcli
from padcli.options.regex import portable

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")  # Python's, about patterns such as [a&&]

LINES = (SAMPLE_DATA / "reviews.txt").read_text("utf-8").splitlines()

characters = st.sampled_from([*"ab0 ,-_&~]^[é日", r"\s", r"\S", r"\w", r"\W", r"\d", r"\D", ".", r"\.", r"\n", r"\t"])
in_class = st.lists(st.sampled_from([*"ab0 ,_&~é", r"\s", r"\W", r"\d", "a-f", r"\]", r"\-", r"\^", "à-ö"]), min_size=1)
classes = st.tuples(st.sampled_from(["[", "[^"]), in_class.map("".join)).map(lambda parts: f"{parts[0]}{parts[1]}]")
counts = st.sampled_from(["", "", "*", "+", "?", "{2}", "{1,2}", "{,2}", "{2,}", "*?", "+?", "??", "{1,3}?", "{2}?"])
patterns = st.recursive(
    st.one_of(characters.filter(lambda char: char not in "[^"), classes),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map("|".join).map("(?:{})".format),
        st.tuples(inner, counts).map(lambda parts: f"(?:{parts[0]}){parts[1]}"),
    ),
    max_leaves=6,
)
texts = st.lists(
    st.one_of(any_text, st.text("ab0 ,-_&~]^[éf日\n\t\u2003\u0660AÀ", max_size=20)), min_size=1, max_size=8
)


def pad(folder, rows, name="out", **options):
    (folder / "corpus.jsonl").write_text(as_jsonl(rows), encoding="utf-8")
    report = padcli.pad(folder / "corpus.jsonl", folder / f"{name}.npz", **{"maxlen": 99, "padding": "post", **options})
    return rows_of(padcli.load(folder / f"{name}.npz")), report


def is_portable(pattern):
    try:
        return bool(portable(pattern))
    except ValueError:
        return False


@settings(max_examples=300)
@given(texts, patterns, st.booleans())
def test_units_are_those_of_re_split_and_so_they_are_in_hugging_face(tmp_path, rows, pattern, lower):
    assume(is_portable(pattern))
    units = [[unit for unit in re.split(pattern, text.lower() if lower else text) if unit] for text in rows]
    ids, _ = pad(tmp_path, rows, split=pattern, lower=lower)
    assert ids == keras_fit(units, lower=False).texts_to_sequences(units)
    if not lower or all(map(cased_alike, rows)):
        original = HuggingFaceTokenizer.from_file(str(tmp_path / "out.tokenizer.json"))
        assert [encoding.ids for encoding in original.encode_batch(rows)] == ids


@settings(max_examples=300)
@given(patterns)
def test_what_is_written_for_all_dialects_is_written_so_again_and_matches_the_same(pattern):
    assume(is_portable(pattern))
    written = portable(pattern)
    assert portable(written) == written
    text = "ab0 ,-_&~]^[éf日\n\t\u2003\u0660AÀ" * 3
    assert re.split(written, text) == re.split(pattern, text)


@pytest.mark.parametrize("pattern", [r"\W+", r"[^\w']+", r"\s+|(?=x)y|z", r"(?x) [ ,.]+ | - # or a hyphen"])
def test_sample_data_and_every_character(tmp_path, pattern):
    pattern = pattern.replace("(?=x)", "")
    every = ["".join(map(chr, range(start, start + 64))) for start in range(0, 0x30000, 64)]
    rows = [*LINES, *(text for text in every if not re.search("[\ud800-\udfff]", text))]
    units = [[unit for unit in re.split(pattern, text) if unit] for text in rows]
    ids, report = pad(tmp_path, rows, split=pattern, lower=False)
    assert ids == keras_fit(units, lower=False).texts_to_sequences(units)
    assert report.tokenizer.name == "word"
    original = HuggingFaceTokenizer.from_file(str(tmp_path / "out.tokenizer.json"))
    assert [encoding.ids for encoding in original.encode_batch(rows)] == ids


def test_the_saved_tokenizer_is_the_same_again(tmp_path):
    ids, report = pad(tmp_path, LINES, split=r"\W+")
    again, of_again = pad(tmp_path, LINES, name="again", tokenizer=tmp_path / "out.tokenizer.json")
    assert again == ids
    assert (of_again.tokenizer.name, of_again.tokenizer.way) == ("word", "")
    assert of_again.tokenizer.sha256 == report.tokenizer.sha256


def test_somebody_elses_file_goes_the_way_of_the_original(tmp_path):
    from tokenizers import Regex, models, normalizers, pre_tokenizers

    original = HuggingFaceTokenizer(models.WordLevel({"[PAD]": 0, "[UNK]": 1, "ας": 2, "ασ": 3}, unk_token="[UNK]"))
    original.normalizer, original.pre_tokenizer = normalizers.Lowercase(), pre_tokenizers.Split(Regex(" "), "removed")
    original.save(str(tmp_path / "theirs.json"))
    ids, report = pad(tmp_path, ["ΑΣ"], tokenizer=tmp_path / "theirs.json")
    assert ids == [original.encode("ΑΣ").ids]
    assert "tokenizers" in report.tokenizer.way


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(a)", r"use non-capturing groups \(\?:\.\.\.\)"),
        ("a*", "it can match the empty string"),
        ("^a", "differ between regex dialects"),
        (r"a\b", "differ between regex dialects"),
        ("a(?=b)", "no lookahead or lookbehind"),
        (r"(?i)a", "case-insensitive matching"),
        (r"(?i:a)", r"use non-capturing groups"),
        ("a++", "no possessive quantifiers"),
        ("(?>a)", "no atomic groups"),
        (r"(?:a*)+b", "it repeats something that can match the empty string"),
        ("a{1001}", "more than 1,000 times"),
        ("(?:[^a]{1000}){1000}b", "RE2 cannot split by the expression"),
        ("[", "not a valid Python regular expression"),
        (r"[^\s\S]", "character class that matches nothing"),
        ("\ud800", "half of a surrogate pair"),
        ("", "it can match the empty string"),
    ],
)
def test_what_is_not_the_same_everywhere_is_refused(tmp_path, pattern, message):
    with pytest.raises(padcli.PadcliError, match=message):
        pad(tmp_path, ["a"], split=pattern)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"filters": "x"}, "--filters cannot be used with --split"),
        ({"unk": False}, "--no-unk cannot be used with --split"),
        ({"tokenizer": "char"}, "--split cannot be used with --tokenizer char"),
    ],
)
def test_what_does_not_go_together_is_refused(tmp_path, options, message):
    with pytest.raises(padcli.PadcliError, match=message):
        pad(tmp_path, ["a"], split=" ", **options)


def test_lists_of_tokens_are_not_split(tmp_path, write):
    with pytest.raises(padcli.PadcliError, match="used as they are: --split has no effect"):
        padcli.pad(write("tokens.jsonl", '{"text": ["a b"]}\n'), tmp_path / "out.npz", split=" ")


def test_the_command_does_it_too(command_here, write):
    write("a.txt", "a-b, C\n")
    assert command_here("pad", "a.txt", "-q", "--split", r"\W+").returncode == 0
    assert padcli.load("a.npz").token_ids.tolist() == [[2, 3, 4]]
