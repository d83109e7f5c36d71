"""Summaries of parts of the input: any order of merging, of any parts, gives the same."""

import dataclasses
import pickle
import random
from functools import reduce

import numpy as np
import pyarrow as pa
import pytest
from conftest import SAMPLE_DATA
from hypothesis import given
from hypothesis import strategies as st

import padcli
from padcli.encode.encode import EncodeFirst, encoded_splits
from padcli.encode.label_summary import LabelSummary
from padcli.encode.summary import MOST_INPUTS, NOTHING, Merged, OfInput, SplitSummary
from padcli.encode.task import EndOfInput
from padcli.encode.worker_tokenizer import WorkerTokenizer
from padcli.engine.run import Run
from padcli.files.pending import PendingFiles
from padcli.options import RunOptions
from padcli.plan import plan_pad
from padcli.quality.row_checks import Example, Finding
from padcli.rows.lengths import LengthHistogram
from padcli.rows.template import Template
from padcli.sources.base import InputFacts
from padcli.sources.records import Reject
from padcli.tokenizers import open_tokenizer

lengths = st.lists(st.integers(0, 5), max_size=6).map(lambda each: LengthHistogram.of(np.array(each, np.int64)))


@st.composite
def smells(draw, rows):
    found = {}
    for kind in draw(st.sets(st.sampled_from(["control", "unknown"]))) if rows else ():
        odd = draw(st.lists(st.integers(0, rows - 1), min_size=1, max_size=5, unique=True).map(sorted))
        found[kind] = Finding(rows=len(odd), examples=tuple(Example(row=row) for row in odd[:3]))
    return found


def rejects(n_sources):
    return st.builds(
        Reject,
        path=st.just("corpus"),
        line=st.integers(1, 9),
        source=st.integers(0, max(0, n_sources - 1)),
        reason=st.just("not this"),
        raw=st.text(max_size=1),
    )


def label(name):
    columns = st.one_of(
        st.lists(st.integers(-9, 9), min_size=1, max_size=3).map(lambda values: pa.array(values, pa.int64())),
        st.lists(st.integers(-9, 9), min_size=1, max_size=3).map(lambda values: pa.array(values, pa.float64())),
    )
    return columns.map(lambda column: LabelSummary.of(name, column))


@st.composite
def summaries(draw):
    histograms = tuple(draw(st.lists(lengths, max_size=3)))
    small = st.integers(0, 9)
    return SplitSummary(
        by_input=tuple(
            OfInput(number=number, histogram=histogram, lines=draw(small))
            for number, histogram in enumerate(histograms)
        ),
        field_kinds=draw(st.dictionaries(st.sampled_from(["", "a"]), st.just("text"))),
        labels=draw(st.fixed_dictionaries({}, optional={"a": label("a"), "b": label("b")})),
        inputs=tuple(draw(st.lists(st.builds(InputFacts, path=st.text(), bytes=small, sha256=st.text()), max_size=2))),
        rejected=draw(small),
        rejects=tuple(draw(st.lists(rejects(len(histograms)), max_size=3))),
        blank_lines=draw(small),
        smells=draw(smells(sum(each.rows for each in histograms))),
        original_rows=draw(small),
        unk_tokens=draw(small),
        dropped_tokens=draw(small),
        pad_id_tokens=draw(small),
        smallest_id=draw(st.integers(-9, 0)),
        largest_id=draw(small),
    )


def told(summary):
    """A summary as plain values, which can be compared."""
    values = {field.name: getattr(summary, field.name) for field in dataclasses.fields(summary)}
    by_input = [
        (each.number, each.histogram.lengths.tolist(), each.histogram.counts.tolist(), each.lines)
        for each in summary.by_input
    ]
    return values | {"by_input": by_input}


def as_tree(parts, chance):
    """The parts merged with neighbours, in an order by chance."""
    parts = list(parts)
    while len(parts) > 1:
        at = chance.randrange(len(parts) - 1)
        parts[at : at + 2] = [parts[at].merge(parts[at + 1])]
    return parts[0] if parts else NOTHING


@given(st.lists(summaries(), max_size=6), st.randoms())
def test_any_order_of_merging_gives_the_same(parts, chance):
    assert told(as_tree(parts, chance)) == told(reduce(SplitSummary.merge, parts, NOTHING))


@given(st.lists(summaries(), max_size=9))
def test_many_are_merged_as_they_come(parts):
    merged = Merged()
    for part in parts:
        merged.add(part)
    assert told(merged.whole()) == told(reduce(SplitSummary.merge, parts, NOTHING))


@given(summaries())
def test_nothing_is_neutral(summary):
    assert told(NOTHING.merge(summary)) == told(summary.merge(NOTHING)) == told(summary)


@given(st.lists(summaries(), max_size=4))
def test_figures_add_up(parts):
    merged = reduce(SplitSummary.merge, parts, NOTHING)
    assert merged.rows == sum(part.rows for part in parts)
    assert merged.rejected == sum(part.rejected for part in parts)
    assert {name: smell.rows for name, smell in merged.smells.items()} == {
        kind: sum(part.smells[kind].rows for part in parts if kind in part.smells)
        for kind in {kind for part in parts for kind in part.smells}
    }


def test_integers_that_a_float_would_round_are_refused_beside_fractions():
    wide, fraction = pa.array([2**53 + 1]), pa.array([0.5])
    assert LabelSummary.of("y", wide).merge(LabelSummary.of("y", wide)).dtype == np.int64
    for first, later in ((wide, fraction), (fraction, wide)):
        with pytest.raises(padcli.PadcliError, match="beyond 2\\*\\*53"):
            LabelSummary.of("y", first).merge(LabelSummary.of("y", later))


def splits_of(name, **options):
    """The tasks of an input, and what they give."""
    plan = plan_pad([SAMPLE_DATA / name], "out.npz", {"chunk_bytes": 2000, "on_error": "skip", **options})
    tasks = []

    class Watched(Run):
        def pending(self, stage, given):
            for item, task in given:
                tasks.append(task)
                yield from super().pending(stage, [(item, task)])

    tokenizer = open_tokenizer(plan.tokenize)
    with Watched(RunOptions(workers=1)) as run, PendingFiles() as files:
        first = EncodeFirst(template=Template.around((1,), (2,)), checks_rows=True)
        return tasks, list(encoded_splits(plan, tokenizer, files, run, first))


def same(first, second):
    """Whether two values are equal, arrays by what they hold."""
    if dataclasses.is_dataclass(first):
        return type(first) is type(second) and all(
            same(getattr(first, field.name), getattr(second, field.name)) for field in dataclasses.fields(first)
        )
    if isinstance(first, np.ndarray):
        return first.dtype == second.dtype and np.array_equal(first, second)
    if isinstance(first, pa.Array):
        return first.equals(second)
    if isinstance(first, tuple | list):
        return len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(same(first[key], second[key]) for key in first)
    return first == second


@pytest.fixture
def words(tmp_path):
    padcli.fit(SAMPLE_DATA / "reviews.txt", tmp_path / "words.json")
    padcli.fit(SAMPLE_DATA / "reviews.txt", tmp_path / "pieces.json", tokenizer="wordpiece", vocab_size=500)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "tokenizer"),
    [
        *[
            ("reviews.txt", kind)
            for kind in ("word", "char", "byte", "text-vectorization", "words.json", "pieces.json")
        ],
        ("reviews.jsonl", "whitespace"),
        ("tokens.jsonl", "word"),
        ("ids.jsonl", "word"),
        ("broken.jsonl", "word"),
    ],
)
def test_a_task_and_its_result_can_be_sent_to_another_process(words, name, tokenizer):
    tokenizer = words / tokenizer if tokenizer.endswith(".json") else tokenizer
    tasks, results = splits_of(name, tokenizer=tokenizer)
    assert len(tasks) == len(results) > 1
    for task, result in zip(tasks, results, strict=True):
        assert same(pickle.loads(pickle.dumps(result)), result)
        again = pickle.loads(pickle.dumps(task))()
        # The main thread adds what the input was.
        again = again.of_input(*result.summary.inputs) if isinstance(task, EndOfInput) else again
        assert same(again, result)


def test_a_tokenizer_travels_as_a_reference_to_its_file(words):
    tasks, _ = splits_of("reviews.txt", tokenizer=words / "pieces.json")
    assert len(pickle.dumps(tasks[0].tokenizer)) < 2000
    assert len(pickle.dumps(tasks[0])) < 2 * len(tasks[0].split.data) + 4000


def test_a_tokenizer_that_changed_meanwhile_is_refused(words):
    tasks, _ = splits_of("reviews.txt", tokenizer=words / "pieces.json")
    sent = pickle.dumps(tasks[0].tokenizer)
    (words / "pieces.json").write_bytes((words / "pieces.json").read_bytes() + b" ")
    with pytest.raises(padcli.PadcliError, match="changed while it was in use"):
        pickle.loads(sent)


def test_tokenizers_without_a_file_travel_whole():
    options = plan_pad([SAMPLE_DATA / "reviews.txt"], "out.npz", {"tokenizer": "byte"}).tokenize
    again = pickle.loads(pickle.dumps(WorkerTokenizer(open_tokenizer(options), options)))
    assert again.numbering(pa.array(["a"])).tolist() == [98]


def test_figures_of_very_many_inputs_are_added_up():
    n_inputs = 3 * MOST_INPUTS
    rows, bad = LengthHistogram.of(np.array([3, 5])), Reject(path="a", line=2, reason="", raw="")
    parts = [
        SplitSummary(by_input=(OfInput(number=number // 2, histogram=rows, lines=10),))
        for number in range(2 * n_inputs)
    ]
    parts[-1] = dataclasses.replace(parts[-1], rejects=(dataclasses.replace(bad, source=n_inputs - 1),))
    whole = reduce(SplitSummary.merge, parts, NOTHING)
    assert [each.number for each in whole.by_input] == [*range(MOST_INPUTS), n_inputs - 1]
    assert whole.histogram.counts.tolist() == [2 * n_inputs, 2 * n_inputs]
    assert [reject.line for reject in whole.rejects] == [12]  # of its input, not of those that it is added to
    assert told(as_tree(parts, random.Random(0))) == told(whole)
    shorter = whole.with_histograms(
        OfInput(number=n, histogram=LengthHistogram.of(np.array([1]))) for n in (0, 150, 250)
    )
    assert [each.histogram.rows for each in shorter.by_input if each.histogram.rows] == [1, 2]
