"""A row is a run of slices: mask, lengths, labels and the record of each row follow from the segments."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import padcli
from padcli.options import RowOptions
from padcli.padding.pad_rows import gather
from padcli.rows import shapes
from padcli.rows.pieces import Pieces
from padcli.rows.ragged import RaggedIds, offsets_of
from padcli.rows.template import ONE_TEXT, Template
from padcli.rows.truncate import Truncate


class Windows:
    """A toy shape: each text in rows of `room` tokens, one after the other; an empty one in no row."""

    def __init__(self, maxlen, template, truncating, options):
        self.room = maxlen

    def pieces(self, lengths):
        rows = -(-lengths[:, 0] // self.room)
        record = np.repeat(np.arange(len(lengths)), rows)
        start = (np.arange(rows.sum()) - offsets_of(rows)[record]) * self.room
        return Pieces.of_one_text(record, start, np.minimum(start + self.room, lengths[record, 0]))


class Mirrored(Windows):
    """A toy shape: the last two tokens of a text, and then its first two, in one row."""

    def pieces(self, lengths):
        last = np.maximum(lengths - 2, 0)
        return Pieces(
            record=np.arange(len(lengths)),
            start=np.hstack([last, np.zeros_like(lengths)]),
            stop=np.hstack([lengths, np.minimum(lengths, 2)]),
            texts=(0, 0),
        )


@pytest.fixture
def corpus(tmp_path):
    lines = ['{"text": "a b c d e", "y": 7}', '{"text": "", "y": 8}', '{"text": "c a", "y": 9}']
    (tmp_path / "corpus.jsonl").write_text("\n".join(lines) + "\n")
    return tmp_path / "corpus.jsonl"


@pytest.mark.parametrize("chunk_bytes", [1, 4_000_000])
def test_a_shape_is_one_class_and_one_line_in_a_table(corpus, tmp_path, monkeypatch, chunk_bytes):
    monkeypatch.setitem(shapes.SHAPES, "windows", f"{__name__}:Windows")
    padcli.pad(
        corpus,
        tmp_path / "out.npz",
        overflow="windows",
        maxlen=2,
        padding="post",
        label="y",
        chunk_bytes=chunk_bytes,
    )
    arrays = np.load(tmp_path / "out.npz")
    assert arrays["token_ids"].tolist() == [[2, 4], [3, 5], [6, 0], [3, 2]]  # a, c first: they occur twice
    assert arrays["padding_mask"].tolist() == [[True, True], [True, True], [True, False], [True, True]]
    assert arrays["record"].tolist() == [0, 0, 0, 2]
    assert arrays["lengths"].tolist() == [2, 2, 1, 2]
    assert arrays["y"].tolist() == [7, 7, 7, 9]


def test_a_row_can_have_several_slices(corpus, tmp_path, monkeypatch):
    monkeypatch.setitem(shapes.SHAPES, "mirrored", f"{__name__}:Mirrored")
    padcli.pad(corpus, tmp_path / "out.npz", overflow="mirrored", maxlen=5, padding="post")
    arrays = np.load(tmp_path / "out.npz")
    assert arrays["token_ids"].tolist() == [[5, 6, 2, 4, 0], [0] * 5, [3, 2, 3, 2, 0]]
    assert arrays["padding_mask"].sum(axis=1).tolist() == [4, 0, 4]


sequences = st.lists(st.lists(st.integers(0, 99), max_size=6), min_size=1, max_size=5)


@given(sequences, st.data())
def test_segments_are_what_a_loop_makes_of_them(sequences, data):
    """Rows of pieces, each `[7, 8] slices 9`, with all that goes with their tokens."""
    n_slices = data.draw(st.integers(1, 2))
    spans = [st.tuples(*[st.integers(0, len(each))] * 2).map(sorted) for each in sequences]
    chosen = data.draw(st.lists(st.integers(0, len(sequences) - 1), max_size=6))
    slices = [[data.draw(spans[record]) for _ in range(n_slices)] for record in chosen]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(chosen)), max_size=3)))
    pieces = Pieces(
        record=np.array(chosen, np.int64),
        start=np.array([[span[0] for span in each] for each in slices], np.int64).reshape(-1, n_slices),
        stop=np.array([[span[1] for span in each] for each in slices], np.int64).reshape(-1, n_slices),
        texts=(0,) * n_slices,
    )
    template = Template(parts=((7, 8), 0, (9,)), types=(0, 0, 1))
    segments = pieces.segments(template, np.array([0, *cuts, len(chosen)]))
    values = np.array([token for sequence in sequences for token in sequence], np.int64)
    ragged = RaggedIds(values=values, offsets=offsets_of(np.array(list(map(len, sequences)))))
    bodies = [
        [token for start, stop in spans for token in sequences[record][start:stop]]
        for record, spans in zip(chosen, slices, strict=True)
    ]
    rows = [list(range(*pair)) for pair in itertools.pairwise([0, *cuts, len(chosen)])]
    expected = [
        [
            (token, int(i == len(bodies[piece]) + 2), number, i)
            for number, piece in enumerate(row, 1)
            for i, token in enumerate([7, 8, *bodies[piece], 9])
        ]
        for row in rows
    ]
    found, records = [], []
    for block in segments.blocks(2):
        own, these = block.with_their(ragged)
        gathered = gather(own, these, template.special_ids)
        columns = [gathered.values, these.token_types, these.piece_numbers, these.token_positions]
        found += [
            list(zip(*(column[a:b].tolist() for column in columns), strict=True))
            for a, b in itertools.pairwise(gathered.offsets.tolist())
        ]
        records += these.record.tolist()
    assert found == expected
    assert records == chosen
    assert segments.lengths.tolist() == list(map(len, expected))


@given(st.lists(st.integers(0, 9), max_size=8), st.integers(1, 6), st.sampled_from(["pre", "post"]))
def test_truncation_is_a_slice_a_row(lengths, room, side):
    pieces = Truncate(room, ONE_TEXT, side, RowOptions()).pieces(np.array(lengths, np.int64)[:, None])
    kept = [list(range(n))[-room:] if side == "pre" else list(range(n))[:room] for n in lengths]
    spans = zip(pieces.start[:, 0].tolist(), pieces.stop[:, 0].tolist(), strict=True)
    assert [list(range(*span)) for span in spans] == kept
    assert pieces.segments(ONE_TEXT).is_plain


def test_an_unknown_shape_is_refused_by_name():
    with pytest.raises(padcli.PadcliError, match="--overflow: 'middle' is not one of cut"):
        shapes.check_shape("middle")
