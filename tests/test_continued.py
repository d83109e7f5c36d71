"""`padcli fit --continue-from`: fitting on A, then on B is fitting on both, as `fit_on_texts` twice."""

import json

import pyarrow as pa
import pytest
from conftest import SAMPLE_DATA, use_kernels
from hypothesis import given
from hypothesis import strategies as st
from keras.src.legacy.preprocessing.text import Tokenizer as KerasTokenizer
from texts import as_jsonl, texts

import padcli

BUILT_IN = st.sampled_from(["word", "whitespace", "char", "text-vectorization"])


def fit(folder, rows, name, **options):
    (folder / f"{name}.jsonl").write_text(as_jsonl(rows), encoding="utf-8")
    return padcli.fit(folder / f"{name}.jsonl", folder / f"{name}.json", **options)


def vocabulary(path):
    return json.loads(path.read_text("utf-8"))["model"]["vocab"]


@given(texts, texts, BUILT_IN, st.sampled_from([None, 3, 6]), st.sampled_from([None, 2]))
def test_fitting_on_one_and_then_on_another_is_fitting_on_both(tmp_path, first, second, tokenizer, vocab_size, least):
    options = {"tokenizer": tokenizer}
    # What is cut off from the vocabulary goes on being counted.
    fit(tmp_path, first, "first", **options, vocab_size=3, min_count=2, save_counts=tmp_path / "first.arrow")
    options |= {"vocab_size": vocab_size, "min_count": least}
    counts = {"continue_from": tmp_path / "first.arrow", "save_counts": tmp_path / "second.arrow"}
    report = fit(tmp_path, second, "second", **options, **counts, chunk_bytes=60)
    both = fit(tmp_path, [*first, *second], "both", **options, save_counts=tmp_path / "both.arrow")
    assert (tmp_path / "second.json").read_bytes() == (tmp_path / "both.json").read_bytes()
    assert (tmp_path / "second.arrow").read_bytes() == (tmp_path / "both.arrow").read_bytes()
    assert (report.tokenizer.units, report.tokenizer.seen_once) == (both.tokenizer.units, both.tokenizer.seen_once)


@given(st.lists(texts, min_size=2, max_size=4), st.booleans())
def test_it_is_keras_fitted_more_than_once(tmp_path, parts, used):
    original = KerasTokenizer(oov_token="[UNK]")
    given_ = {}
    with use_kernels(used=used):
        for number, rows in enumerate(parts):
            original.fit_on_texts(rows)
            fit(tmp_path, rows, "part", save_counts=tmp_path / f"{number}.arrow", **given_)
            given_ = {"continue_from": tmp_path / f"{number}.arrow"}
    found = {token: id_ for token, id_ in vocabulary(tmp_path / "part.json").items() if id_ > 0}
    assert found == original.word_index
    with pa.ipc.open_file(tmp_path / f"{len(parts) - 1}.arrow") as file:
        table = file.read_all()
    assert dict(zip(table["unit"].to_pylist(), table["count"].to_pylist(), strict=True)) == original.word_counts
    assert table["unit"].to_pylist() == list(original.word_counts)


def test_without_an_unknown_token_and_on_lists_of_tokens_too(tmp_path):
    for name, rows in [("first", [["b", "A"], ["c", "c"]]), ("second", [["a", "b"], ["b", "d"]])]:
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps({"text": row}) + "\n" for row in rows))
    padcli.fit(tmp_path / "first.jsonl", tmp_path / "one.json", unk=False, save_counts=tmp_path / "counts.arrow")
    padcli.fit(tmp_path / "second.jsonl", tmp_path / "two.json", unk=False, continue_from=tmp_path / "counts.arrow")
    assert vocabulary(tmp_path / "two.json") == {"[PAD]": 0, "  b": 1, "  a": 2, "  c": 3, "  d": 4}
    with pytest.raises(padcli.PadcliError, match="expected a list of strings, as in the records before"):
        fit(tmp_path, ["a text"], "texts", continue_from=tmp_path / "counts.arrow")


def test_what_is_unknown_is_counted_of_this_input_alone(tmp_path):
    fit(tmp_path, ["a a a b c"], "first", save_counts=tmp_path / "counts.arrow")
    report = fit(tmp_path, ["a b d"], "second", vocab_size=3, continue_from=tmp_path / "counts.arrow")
    assert report.tokenizer.unk_tokens == 2
    assert (report.tokenizer.units, report.tokenizer.seen_once) == (4, 2)
    assert report.histogram.tokens == 3


def test_plain_files_stay_as_they_are(tmp_path):
    padcli.fit(SAMPLE_DATA / "reviews.txt", tmp_path / "plain.json")
    padcli.fit(SAMPLE_DATA / "reviews.txt", tmp_path / "counted.json", save_counts=tmp_path / "counts.arrow")
    assert (tmp_path / "plain.json").read_bytes() == (tmp_path / "counted.json").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["counted.json", "counts.arrow", "plain.json"]


def test_the_command_does_it_too(command_here, write):
    write("a.txt", "a b\n")
    write("b.txt", "b c\n")
    assert command_here("fit", "a.txt", "--save-counts", "a.arrow", "-o", "a.json", "-q").returncode == 0
    assert command_here("fit", "b.txt", "--continue-from", "a.arrow", "-o", "b.json", "-q").returncode == 0
    assert list(vocabulary(write("x", "").parent / "b.json")) == ["[PAD]", "[UNK]", "b", "a", "c"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lower": False}, "was counted with lower True, but this run has lower False"),
        ({"filters": "x"}, "was counted with filters"),
        ({"tokenizer": "whitespace"}, "was counted with tokenizer 'word', but this run has tokenizer 'whitespace'"),
    ],
)
def test_units_of_another_kind_are_not_counted_on(tmp_path, options, message):
    fit(tmp_path, ["a b"], "first", save_counts=tmp_path / "counts.arrow")
    with pytest.raises(padcli.PadcliError, match=message):
        fit(tmp_path, ["a b"], "second", continue_from=tmp_path / "counts.arrow", **options)
    assert not (tmp_path / "second.json").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "No such file"),
        (b"", "not a file of counts"),
        (b"{}", "not a file of counts"),
        (b"ARROW1\0\0", "not a file of counts"),
    ],
)
def test_a_file_that_holds_no_counts_is_refused(tmp_path, content, message):
    if content is not None:
        (tmp_path / "counts.arrow").write_bytes(content)
    with pytest.raises(padcli.PadcliError, match=message):
        fit(tmp_path, ["a"], "first", continue_from=tmp_path / "counts.arrow")


@given(st.floats(0, 1), st.binary(min_size=1, max_size=3))
def test_a_damaged_file_is_an_error_or_other_counts_but_never_a_crash(tmp_path, place, junk):
    fit(tmp_path, ["a b a", "c"], "first", save_counts=tmp_path / "counts.arrow")
    content = bytearray((tmp_path / "counts.arrow").read_bytes())
    start = int(place * len(content))
    content[start : start + len(junk)] = junk
    (tmp_path / "damaged.arrow").write_bytes(content)
    try:
        report = fit(tmp_path, ["a"], "second", continue_from=tmp_path / "damaged.arrow")
    except padcli.PadcliError:
        return
    assert report.tokenizer.units >= 1


def test_arrow_files_of_somebody_else_are_refused(tmp_path):
    for table in (pa.table({"unit": ["a"], "count": [1]}), pa.table({"x": [1]})):
        with pa.OSFile(str(tmp_path / "other.arrow"), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
        with pytest.raises(padcli.PadcliError, match="not a file of counts"):
            fit(tmp_path, ["a"], "first", continue_from=tmp_path / "other.arrow")


@pytest.mark.parametrize("tokenizer", ["byte", "bpe"])
@pytest.mark.parametrize("option", ["save_counts", "continue_from"])
def test_where_no_words_are_counted_it_has_no_meaning(tmp_path, tokenizer, option):
    with pytest.raises(padcli.PadcliError, match=f"--{option.replace('_', '-')} cannot be used with"):
        fit(tmp_path, ["a"], "first", tokenizer=tokenizer, **{option: tmp_path / "counts.arrow"})


def test_counts_are_not_written_over_those_that_they_go_on_from(tmp_path):
    counts = tmp_path / "counts.arrow"
    fit(tmp_path, ["a"], "first", save_counts=counts)
    with pytest.raises(padcli.PadcliError, match="would overwrite the input"):
        fit(tmp_path, ["a"], "first", save_counts=counts, continue_from=counts)
    with pytest.raises(padcli.PadcliError, match="would overwrite the output"):
        fit(tmp_path, ["a"], "first", save_counts=tmp_path / "first.json")
