"""Which records become rows: the same on any machine, and as if the others had not been there."""

import gzip
import itertools
import json
from collections import Counter
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import padcli
from padcli.encode import choice_in_order
from padcli.engine.progress import no_progress
from padcli.formats import reader
from padcli.inspection import contents, truncated_text
from padcli.kernels import fallback, native
from padcli.options import InspectOptions
from padcli.rows import selection
from padcli.rows.ragged import Texts

RANDOM = np.random.default_rng(1)
WORDS = [f"w{i}" for i in range(40)]
RECORDS = [
    {"text": " ".join(RANDOM.choice(WORDS, RANDOM.integers(0, 9))), "y": i, "user": f"u{i % 17}"} for i in range(400)
]
RECORDS += [{**record, "y": 400 + i} for i, record in enumerate(RECORDS[:60])]  # repeated


def write(path, records):
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


@pytest.fixture
def corpus(tmp_path):
    return write(tmp_path / "corpus.jsonl", RECORDS)


def lengths_of(record):
    return len(record["text"].split())


def first_of_each():
    seen = set()
    return [i for i, record in enumerate(RECORDS) if not (record["text"] in seen or seen.add(record["text"]))]


EXPECTED = {
    "limit": ({"limit": 123}, range(123)),
    "limit of all": ({"limit": 10_000}, range(460)),
    "duplicates": ({"drop_duplicates": True}, first_of_each()),
    "empty": ({"drop_empty": True}, [i for i, each in enumerate(RECORDS) if lengths_of(each)]),
    "short": ({"min_length": 3}, [i for i, each in enumerate(RECORDS) if lengths_of(each) >= 3]),
    "long": ({"max_length": 5}, [i for i, each in enumerate(RECORDS) if lengths_of(each) <= 5]),
    "several": (
        {"limit": 300, "drop_duplicates": True, "drop_empty": True, "max_length": 6},
        [i for i in first_of_each() if i < 300 and 0 < lengths_of(RECORDS[i]) <= 6],
    ),
}


@pytest.mark.parametrize("case", EXPECTED)
@pytest.mark.parametrize("chunk_bytes", [700, 4_000_000])
def test_the_rest_might_as_well_not_be_there(corpus, tmp_path, case, chunk_bytes):
    options, taken = EXPECTED[case]
    report = padcli.pad(corpus, tmp_path / "out.npz", label="y", padding="post", chunk_bytes=chunk_bytes, **options)
    alone = write(tmp_path / "alone.jsonl", [RECORDS[i] for i in taken])
    padcli.pad(alone, tmp_path / "alone.npz", label="y", padding="post")
    found, expected = padcli.load(tmp_path / "out.npz"), padcli.load(tmp_path / "alone.npz")
    assert found.record.tolist() == list(taken)
    assert found.token_ids.tolist() == expected.token_ids.tolist()
    assert found.labels["y"].tolist() == expected.labels["y"].tolist()
    tokenizers = [(tmp_path / f"{name}.tokenizer.json").read_bytes() for name in ("out", "alone")]
    assert tokenizers[0] == tokenizers[1]
    assert report.skipped == len(RECORDS) - len(taken)
    assert padcli.verify(tmp_path / "out.npz", inputs=True).ok


def sample_of(path, **options):
    padcli.pad(path, path.with_suffix(".npz"), label="y", sample="30%", **options)
    return set(padcli.load(path.with_suffix(".npz")).labels["y"].tolist())


def test_a_sample_stays_when_records_are_added(corpus, tmp_path):
    some = sample_of(write(tmp_path / "some.jsonl", RECORDS[100:300]))
    assert some == {y for y in sample_of(corpus) if 100 <= y < 300}
    assert sample_of(corpus, seed=1) != sample_of(corpus)
    assert 90 < len(sample_of(corpus)) < 190


def test_a_sample_takes_groups_whole(corpus):
    taken = sample_of(corpus, group="user")
    users = {RECORDS[y]["user"] for y in taken}
    assert taken == {record["y"] for record in RECORDS if record["user"] in users}


def test_shuffling_moves_rows_with_all_that_is_theirs(corpus, tmp_path):
    options = {"label": "y", "padding": "post"}
    padcli.pad(corpus, tmp_path / "plain.npz", **options)
    plain, orders = padcli.load(tmp_path / "plain.npz"), []
    for seed, workers, chunk_bytes in [(0, 1, 700), (0, 2, 4_000_000), (1, 2, 4_000_000)]:
        output = tmp_path / "out.npz"
        padcli.pad(corpus, output, shuffle=True, seed=seed, workers=workers, chunk_bytes=chunk_bytes, **options)
        data = padcli.load(output)
        assert data.token_ids.tolist() == plain.token_ids[data.record].tolist()
        assert data.padding_mask.tolist() == plain.padding_mask[data.record].tolist()
        assert data.lengths.tolist() == plain.lengths[data.record].tolist()
        assert data.labels["y"].tolist() == data.record.tolist()
        orders.append(data.record.tolist())
    assert sorted(orders[0]) == list(range(460))
    assert orders[0] == orders[1] != orders[2]


def test_records_added_in_front_of_the_limit_alone_change_what_is_taken(corpus, tmp_path):
    """The first N are those of all records: a sample, and what is dropped, is taken of these."""
    padcli.pad(corpus, tmp_path / "first.npz", label="y", limit=200)
    first = set(padcli.load(tmp_path / "first.npz").labels["y"].tolist())
    for options in ({"sample": "30%"}, {"sample": "30%", "group": "user"}, {"sample": "30%", "drop_duplicates": True}):
        padcli.pad(corpus, tmp_path / "all.npz", label="y", **options)
        padcli.pad(corpus, tmp_path / "some.npz", label="y", limit=200, **options)
        everything, some = (set(padcli.load(tmp_path / f"{name}.npz").labels["y"].tolist()) for name in ("all", "some"))
        assert some == everything & first


MIXED = [
    {"text": "a b", "y": 1}, {"text": [7], "y": 1}, {"text": "c", "y": "one"}, {"text": "a b", "y": 2},
    {"text": [3, 4], "y": 2}, {"text": "d", "y": 3},
]  # fmt: skip


@pytest.mark.parametrize("options", [{"limit": 5}, {"drop_duplicates": True}, {"limit": 4, "drop_duplicates": True}])
def test_what_is_taken_does_not_depend_on_what_is_read_together(tmp_path, options):
    """Whether a list is a bad record is known only when a text was read before it."""
    corpus, found = write(tmp_path / "mixed.jsonl", MIXED * 3), set()
    for workers, chunk_bytes in itertools.product((1, 4), (1, 30, 100, 10_000)):
        run = {"workers": workers, "chunk_bytes": chunk_bytes}
        report = padcli.pad(corpus, tmp_path / "out.npz", label="y", on_error="skip", **run, **options)
        found.add((report.rejected, (tmp_path / "out.npz").read_bytes()))
    assert len(found) == 1
    expected = [i for i in range(9) if i < options.get("limit", 9)]
    expected = [i for i in expected if i in (0, 2) or "drop_duplicates" not in options]
    assert padcli.load(tmp_path / "out.npz").record.tolist() == expected


@pytest.mark.parametrize("chunk_bytes", [1, 4_000_000])
def test_labels_are_fractions_if_some_are_also_where_these_are_not_taken(tmp_path, chunk_bytes):
    records = [{"text": "a", "y": 1}, {"text": "b", "y": 2}, {"text": "c", "y": 0.5}]
    corpus = write(tmp_path / "corpus.jsonl", records)
    padcli.pad(corpus, tmp_path / "out.npz", label="y", limit=2, chunk_bytes=chunk_bytes)
    assert padcli.load(tmp_path / "out.npz").labels["y"].dtype == np.float64


def test_no_more_is_read_twice_than_is_needed_for_the_first_records(corpus, tmp_path, monkeypatch):
    looks = []
    look = choice_in_order.LookAtSplit.__call__
    monkeypatch.setattr(choice_in_order.LookAtSplit, "__call__", lambda self: looks.append(self) or look(self))
    padcli.pad(corpus, tmp_path / "out.npz", limit=3, workers=1, chunk_bytes=700)
    assert len(looks) == 1


@pytest.mark.parametrize("name", ["corpus.jsonl", "corpus.jsonl.gz"])
@pytest.mark.parametrize("case", EXPECTED)
def test_bytes_do_not_depend_on_workers_or_chunks(tmp_path, name, case):
    content = "".join(json.dumps(record) + "\n" for record in RECORDS)
    content = content.replace('"u3"}', '"u3"').encode()  # some lines are broken
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    found = set()
    for workers, chunk_bytes in [(1, 4_000_000), (2, 700), (8, 1)]:
        run = {"workers": workers, "chunk_bytes": chunk_bytes, "on_error": "skip"}
        report = padcli.pad(tmp_path / name, tmp_path / "out.npz", label="y", **run, **EXPECTED[case][0])
        assert report.rejected > 0
        found.add((tmp_path / "out.npz").read_bytes() + (tmp_path / "out.tokenizer.json").read_bytes())
    assert len(found) == 1


@pytest.mark.parametrize("chunk_bytes", [500, 4_000_000])
@pytest.mark.parametrize("block_rows", [7, 1000])
def test_what_was_cut_off_is_found_also_of_shuffled_rows(corpus, tmp_path, monkeypatch, chunk_bytes, block_rows):
    monkeypatch.setattr(truncated_text, "CHUNK_BYTES", chunk_bytes)
    monkeypatch.setattr(reader.PaddedFile, "block_rows", block_rows)
    padcli.pad(corpus, tmp_path / "out.npz", maxlen=3, shuffle=True, limit=100)
    records = padcli.load(tmp_path / "out.npz").record
    found = contents.find_rows(str(tmp_path / "out.npz"), InspectOptions(rows=":"), no_progress)
    for row, record in zip(found.rows, records.tolist(), strict=True):
        assert [*contents.text_of(row.lost).split(), *row.text.split()] == RECORDS[record]["text"].split()


PARTS = "train=0.7,val=0.2,test=0.1"


def parts_of(corpus, tmp_path, **options):
    report = padcli.pad(corpus, tmp_path / "out.npz", label="y", padding="post", split_into=PARTS, **options)
    assert [name for name, _ in report.parts] == ["train", "val", "test"]
    return {name: padcli.load(tmp_path / f"out.{name}.npz") for name in ("train", "val", "test")}


def test_each_record_is_in_one_part(corpus, tmp_path):
    parts = parts_of(corpus, tmp_path)
    assert sorted(itertools.chain(*(part.record.tolist() for part in parts.values()))) == list(range(460))
    assert 0.6 < len(parts["train"].record) / 460 < 0.8
    texts = [{RECORDS[i]["text"] for i in part.record.tolist()} for part in parts.values()]
    assert all(not one & other for one, other in itertools.combinations(texts, 2))
    for name in parts:
        assert padcli.verify(tmp_path / f"out.{name}.npz", inputs=True).ok


def test_groups_stay_together(corpus, tmp_path):
    parts = parts_of(corpus, tmp_path, group="user")
    users = [{RECORDS[i]["user"] for i in part.record.tolist()} for part in parts.values()]
    assert all(not one & other for one, other in itertools.combinations(users, 2))


def test_a_record_keeps_its_part_when_others_are_added(corpus, tmp_path):
    before = {y: name for name, part in parts_of(corpus, tmp_path).items() for y in part.labels["y"].tolist()}
    fewer = write(tmp_path / "fewer.jsonl", RECORDS[50:120])
    after = {y: name for name, part in parts_of(fewer, tmp_path, maxlen=9).items() for y in part.labels["y"].tolist()}
    assert after == {y: before[y] for y in range(50, 120)}


def test_tokenizer_and_maxlen_are_those_of_the_first_part_alone(corpus, tmp_path):
    parts = parts_of(corpus, tmp_path, vocab_size=30)
    alone = write(tmp_path / "alone.jsonl", [RECORDS[i] for i in parts["train"].record.tolist()])
    padcli.pad(alone, tmp_path / "alone.npz", label="y", padding="post", vocab_size=30)
    tokenizers = [(tmp_path / f"{name}.tokenizer.json").read_bytes() for name in ("out.train", "alone")]
    assert tokenizers[0] == tokenizers[1]
    assert parts["train"].token_ids.tolist() == padcli.load(tmp_path / "alone.npz").token_ids.tolist()
    rest = write(tmp_path / "rest.jsonl", [RECORDS[i] for i in parts["val"].record.tolist()])
    padcli.pad(rest, tmp_path / "rest.npz", like=tmp_path / "alone.npz")
    assert parts["val"].token_ids.tolist() == padcli.load(tmp_path / "rest.npz").token_ids.tolist()


def test_each_part_has_its_share_of_each_label(tmp_path):
    # Few repeat another user's: those would be where that one's record is.
    records = [{**record, "text": f"{record['text']} {record['user']}"} for record in RECORDS]
    parts = parts_of(write(tmp_path / "corpus.jsonl", records), tmp_path, stratify="user")
    assert sorted(itertools.chain(*(part.record.tolist() for part in parts.values()))) == list(range(460))
    users = Counter(record["user"] for record in RECORDS)
    for part, share in zip(parts.values(), (0.7, 0.2, 0.1), strict=True):
        found = Counter(RECORDS[i]["user"] for i in part.record.tolist())
        # Records that repeat each other stay together, which takes a few from where they would be.
        assert all(abs(found[user] - share * n) <= 4 for user, n in users.items())


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=40), st.sampled_from(["1/2", "2/3", "9/10"]))
def test_ranks_of_hashes_are_cut_at_the_shares(records, share):
    hashes, strata = (np.array([each[i] for each in records], np.uint64) for i in range(2))
    found = selection.stratified(hashes, strata, [Fraction(share), 1 - Fraction(share)]).tolist()
    for stratum in set(strata.tolist()):
        own = sorted((hashed, part) for (hashed, of), part in zip(records, found, strict=True) if of == stratum)
        firsts = {hashed: [each for each, _ in own].index(hashed) for hashed, _ in own}
        assert [part for _, part in own] == [int(firsts[hashed] >= Fraction(share) * len(own)) for hashed, _ in own]


@pytest.mark.parametrize("chunk_bytes", [700, 4_000_000])
def test_what_repeats_a_record_stays_with_it_whatever_its_label(tmp_path, chunk_bytes):
    texts = [f"text {i % 50}" for i in range(200)]
    corpus = write(tmp_path / "corpus.jsonl", [{"text": text, "y": i % 7} for i, text in enumerate(texts)])
    padcli.pad(corpus, tmp_path / "out.npz", split_into="a=0.5,b=0.5", stratify="y", chunk_bytes=chunk_bytes)
    one, other = (padcli.load(tmp_path / f"out.{part}.npz").record.tolist() for part in "ab")
    assert sorted(one + other) == list(range(200))
    assert not {texts[i] for i in one} & {texts[i] for i in other}


def test_all_parts_appear_or_none(corpus, tmp_path):
    with pytest.raises(padcli.GateError):
        padcli.pad(corpus, tmp_path / "out.npz", split_into=PARTS, fail_if="rows<100")  # train has more, val has not
    assert not list(tmp_path.glob("out*"))


def test_a_gate_that_fails_for_one_part_fails_also_where_all_is_written(corpus, tmp_path):
    for output in ("out.npz", "out.npy"):
        with pytest.raises(padcli.GateError, match="gate failed"):
            padcli.pad(corpus, tmp_path / output, split_into=PARTS, fail_if="rows<100", write_anyway=True)
        assert len(list(tmp_path.glob(f"out.*.{output[-3:]}"))) >= 3


def test_the_command_line_takes_split_for_both(command, corpus, tmp_path):
    assert command("pad", corpus, "-o", "out.npz", "--split", "train=90%,val=10%", "--json").returncode == 0
    assert {path.name for path in tmp_path.glob("out.*.npz")} == {"out.train.npz", "out.val.npz"}
    assert command("pad", corpus, "-o", "words.npz", "--split", "[^a-z0-9]+").returncode == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"split_into": "train=0.9"}, "must add up to 1"),
        ({"split_into": "train=0.9,val=0.2"}, "must add up to 1"),
        ({"split_into": "train=1,val=0"}, "must add up to 1"),
        ({"split_into": "train:0.9"}, "expected names with shares"),
        ({"split_into": "a=0.5,a=0.5"}, "each name once"),
        ({"split_into": PARTS, "unk": False}, "--no-unk"),
        ({"drop_empty": True, "unk": False, "min_count": 2}, "count tokens before --no-unk has removed any"),
        ({"split_into": PARTS, "if_changed": True}, "--if-changed"),
        ({"group": "user"}, "--group cannot be used without"),
        ({"stratify": "user"}, "--stratify cannot be used without --split-into"),
        ({"stratify": "user", "group": "user", "split_into": PARTS}, "or with --group"),
        ({"seed": 3}, "--seed: nothing is chosen at random"),
        ({"min_length": 5, "max_length": 4}, "--min-length 5: is more than --max-length 4"),
        ({"sample": "101%"}, "--sample"),
        ({"limit": 0}, "--limit"),
    ],
)
def test_what_cannot_be_is_said(corpus, tmp_path, options, message):
    with pytest.raises(padcli.PadcliError, match=message):
        padcli.pad(corpus, tmp_path / "out.npz", **options)
    assert not list(tmp_path.glob("out*"))


def test_parts_of_a_pipe_are_refused(command):
    finished = command("pad", "-", "-o", "out.npz", "--split-into", PARTS, stdin=b"a b\n")
    assert finished.returncode == 2
    assert "--split-into reads its input once for each part" in " ".join(finished.err.split())


# Published values: RFC 9923 and http://www.isthe.com/chongo/tech/comp/fnv/
VECTORS = {"": 0xCBF29CE484222325, "a": 0xAF63DC4C8601EC8C, "foobar": 0x85944171F73967E8}


@pytest.mark.parametrize("kernels", [native, fallback])
def test_the_hash_is_fnv1a(kernels):
    assert kernels.hash_texts(Texts(array=pa.array(list(VECTORS)))).tolist() == list(VECTORS.values())


@given(st.lists(st.text(max_size=20), max_size=8), st.integers(0, 1))
def test_both_kernels_have_one_hash(texts, tail):
    given = Texts(array=pa.array([text + "\n" * tail for text in texts], pa.string()), tail=tail)
    assert native.hash_texts(given).tolist() == fallback.hash_texts(given).tolist()


def test_splitmix64_is_that_of_its_authors():
    # https://prng.di.unimi.it/splitmix64.c with the state 1234567
    state, gamma = 1234567, 0x9E3779B97F4A7C15
    states = np.array([(state + i * gamma) % 2**64 for i in range(3)], np.uint64)
    assert selection.splitmix64(states).tolist() == [6457827717110365317, 3203168211198807973, 9817491932198370423]


@given(st.integers(0, 300), st.integers(-5, 2**64))
def test_a_permutation_holds_each_number_once(n, seed):
    order = selection.permutation(n, seed)
    assert sorted(order.tolist()) == list(range(n))
    assert order.tolist() == selection.permutation(n, seed).tolist()


@given(st.lists(st.integers(0, 2**64 - 1), max_size=9), st.fractions(0, 1, max_denominator=1000))
def test_a_share_of_all_hashes_is_taken(hashes, share):
    taken = selection.sampled(np.array(hashes, np.uint64), share)
    assert taken.tolist() == [each < int(share * 2**64) for each in hashes]


@given(st.lists(st.integers(0, 2**64 - 1), max_size=9), st.lists(st.integers(1, 9), min_size=1, max_size=4))
def test_parts_have_their_shares_of_all_hashes(hashes, weights):
    shares = [Fraction(weight, sum(weights)) for weight in weights]
    edges = [int(edge * 2**64) for edge in itertools.accumulate(shares)]
    expected = [next(i for i, edge in enumerate(edges) if each < edge) for each in hashes]
    assert selection.parts_of(np.array(hashes, np.uint64), shares).tolist() == expected
