"""What is odd about rows is counted, whatever the chunks, workers and formats; a loop in Python is the oracle."""

import json
import re

import numpy as np
import pytest
from conftest import use_kernels
from hypothesis import example, given, settings
from hypothesis import strategies as st

import padcli
from padcli.quality import row_checks
from padcli.quality.row_checks import Finding, RowHashes

ODD = ["\x00", "\x1b[1m", "\x9f", "\ufffd", "cafÃ©", "itâ€™s", "ï»¿a", "Â°C", "[PAD]", "[UNK]", "la " * 9]
FINE = ["[PA", "NÃO", "ﾀ", "日本", "\t", "[", "é", "Ã", "..."]
some = st.lists(st.sampled_from([*ODD, *FINE]), max_size=5).map("z ".join)
rows = st.lists(
    st.one_of(st.sampled_from(["", "a", "the cat", ".", "a a a a", "b b b"]), some), min_size=1, max_size=30
)


def expected(texts):
    """What to find, by kind: the rows that have it."""
    words = [re.sub(r'[!"#$%&()*+,\-./:;<=>?@\[\\\]^_`{|}~\t\n]', " ", text.lower()).split(" ") for text in texts]
    words = [[word for word in line if word] for line in words]
    seen, again = set(), []
    for row, text in enumerate(texts):
        if text in seen and words[row]:
            again.append(row)
        seen.add(text)
    found = {
        "duplicate": again,
        "control": [row for row, text in enumerate(texts) if re.search(r"[\0-\x08\x0b\x0c\x0e-\x1f\x80-\x9f]", text)],
        "encoding": [row for row, text in enumerate(texts) if re.search("[ÂÃ][\x80-\xbf]|â€|ï»¿|\ufffd", text)],
        "special": [row for row, text in enumerate(texts) if "[PAD]" in text or "[UNK]" in text],
        "repetitive": [row for row, line in enumerate(words) if len(line) > 3 and len(set(line)) == 1],
    }
    return {kind: rows for kind, rows in found.items() if rows}


@pytest.mark.parametrize("used", [True, False])
@pytest.mark.parametrize("extension", ["txt", "jsonl"])
@settings(max_examples=40)
@given(texts=rows, chunk_bytes=st.sampled_from([1, 20, 10_000]), workers=st.sampled_from([1, 3]))
def test_odd_rows_are_counted(tmp_path, used, extension, texts, chunk_bytes, workers):
    source = tmp_path / f"in.{extension}"
    lines = texts if extension == "txt" else [json.dumps({"text": text}) for text in texts]
    source.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    with use_kernels(used=used):
        found = padcli.stats(source, chunk_bytes=chunk_bytes, workers=workers).report
    wanted = expected(texts)
    assert {kind: smell.rows for kind, smell in found.smells.items()} == {k: len(rows) for k, rows in wanted.items()}
    for kind, smell in found.smells.items():
        examples = [example.row for example in smell.examples]
        assert examples == wanted[kind][:3]
        if kind != "duplicate":
            assert [example.text for example in smell.examples] == [texts[row].strip()[:60] for row in examples]
    assert found.duplicates == len(wanted.get("duplicate", []))


@pytest.mark.parametrize("used", [True, False])
@given(values=st.one_of(
    st.lists(st.lists(st.sampled_from(["a", "b", "ab", "", "[PAD]"]), max_size=5), min_size=1, max_size=12),
    st.lists(st.lists(st.integers(-2, 2), max_size=5), min_size=1, max_size=12),
))  # fmt: skip
@example(values=[[1, -2], [-1, 0]])  # had the same hash
def test_lists_of_tokens_and_of_ids_are_compared_as_such(tmp_path, used, values):
    (tmp_path / "in.jsonl").write_text("".join(json.dumps({"text": row}) + "\n" for row in values))
    with use_kernels(used=used):
        found = padcli.stats(tmp_path / "in.jsonl", chunk_bytes=30).report
    filled = [tuple(row) for row in values if row]
    assert found.duplicates == len(filled) - len(set(filled))
    same = [row for row, tokens in enumerate(values) if len(tokens) > 3 and len(set(tokens)) == 1]
    told = found.smells.get("repetitive", Finding())
    assert (told.rows, [example.row for example in told.examples]) == (len(same), same[:3])


@pytest.mark.parametrize("part", [3, 1000])
def test_hashes_are_compared_in_parts_where_there_are_many(monkeypatch, part):
    monkeypatch.setattr(row_checks, "_AT_ONCE", part)
    monkeypatch.setattr(row_checks, "_IN_MEMORY", 64)  # bytes: the rest goes to a file
    values = np.random.default_rng(1).integers(0, 40, 100).astype(np.uint64)
    others = np.arange(20, 60, dtype=np.uint64)
    with RowHashes() as hashes, RowHashes() as more:
        for piece in np.split(values, 10):
            hashes.add(piece)
        more.add(others)
        real = values[values > 0]
        seen = values.tolist()
        again = [row for row, value in enumerate(seen) if value and value in seen[:row]]
        assert (hashes.repeated().rows, [each.row for each in hashes.repeated().examples]) == (len(again), again[:3])
        assert hashes.in_common(more) == (int(np.isin(real, others).sum()), int(np.isin(others, real).sum()))


def test_rows_that_a_given_tokenizer_does_not_know_stand_out(tmp_path, write, command):
    train = write("train.txt", "the cat sat on the mat\n")
    padcli.fit(train, tmp_path / "words.json", tokenizer="whitespace")
    known = "the cat sat on the mat\n" * 40
    source = write("in.txt", known + "the qux quux corge\nqux quux corge\nqux quux cat sat\n" + known)
    found = padcli.stats(source, tokenizer=tmp_path / "words.json", chunk_bytes=100).report
    assert [example.row for example in found.smells["unknown"].examples] == [40, 42]
    assert found.smells["unknown"].rows == 2
    told = command("stats", source, "--tokenizer", "words.json", env={"COLUMNS": "200"}).out.decode()
    assert "2 of 83 rows are mostly [UNK], such as row 40" in told


@settings(max_examples=40)
@given(
    texts=st.lists(st.lists(st.sampled_from("aaabbcde"), max_size=7).map(" ".join), min_size=1, max_size=20),
    vocab_size=st.sampled_from([3, 4, 6]),
    chunk_bytes=st.sampled_from([9, 1000]),
)
def test_so_do_rows_that_a_small_vocabulary_leaves_unknown(tmp_path, texts, vocab_size, chunk_bytes):
    source = tmp_path / "in.txt"
    source.write_text("".join(text + "\n" for text in texts))
    found = padcli.stats(source, vocab_size=vocab_size, chunk_bytes=chunk_bytes).report
    padded = padcli.pad(source, tmp_path / "out.npz", maxlen=8, vocab_size=vocab_size, chunk_bytes=chunk_bytes)
    ids = padcli.load(tmp_path / "out.npz").token_ids
    lengths = (ids > 0).sum(axis=1)
    rows = np.flatnonzero((lengths > 3) & (2 * (ids == 1).sum(axis=1) >= lengths)).tolist()
    for report in (found, padded):
        smell = report.smells.get("unknown", Finding())
        assert (smell.rows, [example.row for example in smell.examples]) == (len(rows), rows[:3])


def test_a_label_that_is_always_the_same_is_told(tmp_path, write):
    lines = [{"text": f"row {i}", "one": 3, "two": i, "three": "x"} for i in range(4)]
    source = write("in.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    report = padcli.pad(source, tmp_path / "o.npz", label=["one", "two", "three"], chunk_bytes=30)
    assert report.single_labels == ("one", "three")
    assert "All rows have the same one." in report.as_dict()["advice"]


def test_odd_rows_are_told_with_an_example_that_does_no_harm(write, command):
    write("in.txt", "a fine row\nred \x1b[31m\na fine row\n")
    finished = command("pad", "in.txt", "--maxlen", 5)
    assert "1 of 3 rows repeats an earlier row, such as row 2" in finished.err
    assert "1 of 3 rows contains control characters, such as row 1: “red \\x1b[31m”" in finished.err
    assert "\x1b" not in finished.err
