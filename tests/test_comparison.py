"""`padcli compare` says how two sets of rows differ; Python's sets and counters are the oracle."""

import json
import re
from collections import Counter

import pytest
from conftest import SAMPLE_DATA, use_kernels
from hypothesis import given, settings
from hypothesis import strategies as st

import padcli
from padcli.errors import PadcliError
from padcli.formats import npy

words = st.sampled_from(["a", "b", "c", "dd", "e"])
texts = st.lists(st.lists(words, max_size=4).map(" ".join), min_size=1, max_size=12)


@pytest.mark.parametrize("used", [True, False])
@settings(max_examples=25)
@given(first=texts, second=texts, vocab_size=st.sampled_from([None, 4]), chunk_bytes=st.sampled_from([3, 1000]))
def test_rows_and_words_in_common_are_counted(tmp_path, used, first, second, vocab_size, chunk_bytes):
    paths = tmp_path / "first.txt", tmp_path / "second.txt"
    for path, rows in zip(paths, (first, second), strict=True):
        path.write_text("".join(row + "\n" for row in rows))
    with use_kernels(used=used):
        found = padcli.compare(*paths, vocab_size=vocab_size, chunk_bytes=chunk_bytes)
        padcli.fit(paths[0], tmp_path / "words.json", vocab_size=vocab_size)
        unknown = padcli.stats(paths[1], tokenizer=tmp_path / "words.json").report.tokenizer.unk_tokens
    counts = [Counter(" ".join(rows).split()) for rows in (first, second)]
    sides = [(found.first, found.shared_of_first), (found.second, found.shared_of_second)]
    for (side, shared), rows, others, mine, theirs in zip(
        sides, (first, second), (second, first), counts, reversed(counts), strict=True
    ):
        filled = [row for row in rows if row]
        assert side.histogram.rows == len(rows)
        assert side.duplicates == len(filled) - len(set(filled))
        assert shared.rows == sum(row in set(others) for row in filled)
        assert len(side.units) == len(mine)
        assert shared.units == len(mine.keys() & theirs.keys())
        assert shared.tokens == sum(count for word, count in mine.items() if word in theirs)
    assert found.second.unk_tokens == unknown
    lengths = [[len(row.split()) for row in rows] for rows in (first, second)]
    shares = [[sum(n <= most for n in each) / len(each) for most in range(5)] for each in lengths]
    assert found.length_distance == pytest.approx(max(abs(a - b) for a, b in zip(*shares, strict=True)))


@settings(max_examples=40)
@given(first=st.lists(st.sampled_from("xyz"), min_size=1), second=st.lists(st.sampled_from("xyw"), min_size=1))
def test_labels_are_counted_and_their_shares_compared(tmp_path, first, second):
    for name, labels in (("first", first), ("second", second)):
        lines = [json.dumps({"text": "a", "label": label, "n": i}) + "\n" for i, label in enumerate(labels)]
        (tmp_path / f"{name}.jsonl").write_text("".join(lines))
    found = padcli.compare(tmp_path / "first.jsonl", tmp_path / "second.jsonl", label=["label", "n"], chunk_bytes=50)
    assert (found.first.labels["label"], found.second.labels["label"]) == (Counter(first), Counter(second))
    ours, theirs = Counter(first), Counter(second)
    apart = [abs(ours[v] / len(first) - theirs[v] / len(second)) for v in "xyzw"]
    assert found.label_distances["label"] == pytest.approx(sum(apart) / 2)
    told = " ".join(found.as_dict()["advice"])
    assert ("z" in first) == any("z" in part.split(": ")[-1] for part in re.findall(r"label: [xyzw, ]+", told))
    assert ("points in total" in told) >= (sum(apart) / 2 > 0.1)


def test_a_given_tokenizer_gives_the_ids_that_are_compared(tmp_path, write):
    first, second = write("a.txt", "the cat sat\nunbelievable cats\n"), write("b.txt", "the cats\nqqq\n")
    pieces = tmp_path / "pieces.json"
    padcli.fit([first, SAMPLE_DATA / "reviews.txt"], pieces, tokenizer="bpe", vocab_size=300)
    found = padcli.compare(first, second, tokenizer=pieces)
    padcli.pad(first, tmp_path / "a.npz", tokenizer=pieces)
    padcli.pad(second, tmp_path / "b.npz", tokenizer=pieces)
    ids = [data.token_ids[data.padding_mask] for data in map(padcli.load, (tmp_path / "a.npz", tmp_path / "b.npz"))]
    assert [len(found.first.units), len(found.second.units)] == [len(set(each.tolist())) for each in ids]
    assert found.shared_of_first.units == len(set(ids[0].tolist()) & set(ids[1].tolist()))
    assert found.shared_of_second.tokens == sum(id_ in set(ids[0].tolist()) for id_ in ids[1].tolist())


@pytest.mark.parametrize(("extension", "options"), [("npz", {}), ("npz", {"compress": True}), ("npy", {"names": "hf"})])
def test_outputs_are_compared_as_their_arrays_are(tmp_path, write, extension, options):
    rows = [{"text": f"row {i % 7} {'x ' * (i % 5)}", "label": str(i % 3)} for i in range(40)]
    write("train.jsonl", "".join(json.dumps(row) + "\n" for row in rows[:30]))
    write("test.jsonl", "".join(json.dumps(row) + "\n" for row in [*rows[20:], {"text": "", "label": "z"}]))
    outputs = tmp_path / f"train.{extension}", tmp_path / f"test.{extension}"
    common = {"label": "label", "maxlen": 4, **options}
    padcli.pad(tmp_path / "train.jsonl", outputs[0], **common)
    tokenizer = tmp_path / "train.tokenizer.json"
    padcli.pad(tmp_path / "test.jsonl", outputs[1], tokenizer=tokenizer, padding="post", **common)
    found = padcli.compare(*outputs)
    arrays = [padcli.load(path) for path in outputs]
    real = [[tuple(ids[mask].tolist()) for ids, mask in zip(a.token_ids, a.padding_mask, strict=True)] for a in arrays]
    tokens = [Counter(id_ for row in side for id_ in row) for side in real]
    sides = ((found.first, found.shared_of_first), (found.second, found.shared_of_second))
    for i, (side, shared) in enumerate(sides):
        filled, other = list(filter(None, real[i])), set(real[1 - i])
        assert side.duplicates == len(filled) - len(set(filled))
        assert side.tokens == tokens[i].total()
        assert shared.rows == sum(row in other for row in filled)
        assert shared.units == len(tokens[0].keys() & tokens[1].keys())
        ((name, values),) = arrays[i].labels.items()
        assert side.labels[name] == Counter(values.tolist())
        assert side.histogram.longest == arrays[i].lengths.max()
        assert side.unk_tokens == tokens[i][1]
    same = padcli.compare(outputs[0], outputs[0])
    assert (same.shared_of_first.rows, same.shared_of_first.tokens) == (same.first.histogram.rows, same.first.tokens)


def test_special_tokens_around_a_row_are_no_row(tmp_path, write):
    write("in.txt", "good\n\n\nbad\n")
    tokenizer = {"tokenizer": "wordpiece", "vocab_size": 100, "special_tokens": ["[CLS]", "[SEP]"]}
    padcli.fit(SAMPLE_DATA / "reviews.txt", tmp_path / "pieces.json", **tokenizer)
    padcli.pad(tmp_path / "in.txt", tmp_path / "o.npz", tokenizer=tmp_path / "pieces.json", add_special_tokens=True)
    assert padcli.compare(tmp_path / "o.npz", tmp_path / "o.npz").first.duplicates == 0


def test_rows_that_were_cut_otherwise_are_not_compared(tmp_path, write):
    source, tokenizer = write("in.txt", "a b c d\na\n"), tmp_path / "one.tokenizer.json"
    padcli.pad(source, tmp_path / "one.npz", maxlen=2)
    for options in ({"maxlen": 3}, {"maxlen": 2, "truncating": "post"}):
        padcli.pad(source, tmp_path / "other.npz", tokenizer=tokenizer, **options)
        with pytest.raises(PadcliError, match="were cut differently from those of"):
            padcli.compare(tmp_path / "one.npz", tmp_path / "other.npz")


@pytest.mark.parametrize("name", ["token_ids", "padding_mask", "lengths"])
def test_a_damaged_output_is_not_compared(tmp_path, write, name):
    path = tmp_path / "o.npy"
    padcli.pad(write("in.txt", "a b\na\n"), path)
    file = npy.path_of(path, name)
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(PadcliError, match=f"its {name} is damaged"):
        padcli.compare(path, path)


def test_bad_records_that_were_left_out_are_told(write, command):
    write("a.jsonl", '{"text": "a b"}\n{"text": 1}\n')
    write("b.jsonl", '{"text": "a b"}\n')
    finished = command("compare", "a.jsonl", "b.jsonl", "--on-error", "skip")
    assert "skipped 1 50.0% 0 0.0%" in " ".join(finished.out.decode().split())
    told = json.loads(command("compare", "a.jsonl", "b.jsonl", "--on-error", "skip", "--json").out)
    assert told["first"]["rejected"] == 1


def test_outputs_of_different_tokenizers_are_not_compared(tmp_path, write):
    for name in ("a", "b"):
        padcli.pad(write(f"{name}.txt", f"{name} {name}\n"), tmp_path / f"{name}.npz")
    with pytest.raises(PadcliError, match="was made with a different tokenizer"):
        padcli.compare(tmp_path / "a.npz", tmp_path / "b.npz")
    with pytest.raises(PadcliError, match="both must be texts, or both outputs"):
        padcli.compare(tmp_path / "a.npz", tmp_path / "b.txt")
    with pytest.raises(PadcliError, match="have no effect"):
        padcli.compare(tmp_path / "a.npz", tmp_path / "a.npz", tokenizer="char")


def test_one_screen_says_it(command, write):
    rows = [{"text": f"row number {i}", "label": i % 2} for i in range(40)]
    write("train.jsonl", "".join(json.dumps(row) + "\n" for row in rows[:30]))
    write("test.jsonl", "".join(json.dumps(row) + "\n" for row in rows[20:]))
    finished = command("compare", "train.jsonl", "test.jsonl", "--label", "label")
    assert finished.returncode == 0
    lines = [" ".join(line.split()) for line in finished.out.decode().splitlines()]
    assert len(lines) < 30
    assert max(len(line) for line in finished.out.decode().splitlines()) <= 80
    assert "also in the other 10 33.3% 10 50.0%" in lines
    assert "[UNK] 0 0.0% 10 16.7%" in lines
    assert "0 15 50.0% 10 50.0%" in lines
    assert "→ 10 rows of test.jsonl (50.0%) are also in train.jsonl: scores on them" in " ".join(lines)
    assert json.loads(command("compare", "train.jsonl", "test.jsonl", "--json").out)["second"]["shared"]["rows"] == 10


def test_what_cannot_be_compared_is_refused(write, tmp_path):
    text, ids = write("a.txt", "a b\n"), write("b.jsonl", '{"text": [1, 2]}\n')
    with pytest.raises(PadcliError, match=r"b\.jsonl: contains ids, which cannot be compared with the text of"):
        padcli.compare(text, ids)
    with pytest.raises(PadcliError, match="read only once"):
        padcli.compare("-", "-")
    with pytest.raises(PadcliError, match="has to be trained first"):
        padcli.compare(text, text, tokenizer="bpe")
    with pytest.raises(PadcliError, match="No such file"):
        padcli.compare(text, tmp_path / "none.txt")
    assert padcli.compare(ids, ids).shared_of_first.rows == 1
    assert padcli.compare(write("none.txt", ""), ids).second.unk_tokens is None
    with pytest.raises(PadcliError, match="--rejects: bad records are listed by"):
        padcli.compare(text, text, on_error="skip", rejects="r.jsonl")
    empty = write("empty.txt", "")
    assert padcli.compare(empty, empty).as_dict()["length_distance"] == 0
