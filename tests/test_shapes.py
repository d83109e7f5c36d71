"""A row is a run of slices: mask, lengths, labels and the record of each row follow from the segments."""

import dataclasses
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import padcli
from padcli.rows import shapes
from padcli.rows.ragged import RaggedIds, offsets_of
from padcli.rows.segments import Segments
from padcli.rows.truncate import Truncate


@dataclasses.dataclass(frozen=True)
class Windows:
    """A toy shape: each sequence in rows of `room` tokens, one after the other; an empty one in no row."""

    has_one_row_a_sequence: ClassVar[bool] = False

    room: int
    side: str

    def plan(self, lengths):
        for block in lengths:
            rows = -(-block // self.room)
            sequence = np.repeat(np.arange(len(block)), rows)
            start = (np.arange(rows.sum()) - offsets_of(rows)[sequence]) * self.room
            yield Segments.one_a_row(sequence, start, np.minimum(start + self.room, block[sequence]))


class Mirrored(Windows):
    """A toy shape: the last two tokens of a sequence, and then its first two, in one row."""

    def plan(self, lengths):
        for block in lengths:
            sequence = np.repeat(np.arange(len(block)), 2)
            start = np.stack([np.maximum(block - 2, 0), np.zeros_like(block)], axis=1).reshape(-1)
            stop = np.stack([block, np.minimum(block, 2)], axis=1).reshape(-1)
            yield Segments(sequence=sequence, start=start, stop=stop, row_offsets=np.arange(len(block) + 1) * 2)


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
        truncating="windows",
        maxlen=2,
        padding="post",
        label="y",
        chunk_bytes=chunk_bytes,
    )
    arrays = np.load(tmp_path / "out.npz")
    assert arrays["token_ids"].tolist() == [[2, 4], [3, 5], [6, 0], [3, 2]]  # a, c first: they occur twice
    assert arrays["padding_mask"].tolist() == [[True, True], [True, True], [True, False], [True, True]]
    assert arrays["record"].tolist() == [0, 0, 0, 2]
    assert arrays["lengths"].tolist() == [5, 5, 5, 2]
    assert arrays["y"].tolist() == [7, 7, 7, 9]


def test_a_row_can_have_several_slices(corpus, tmp_path, monkeypatch):
    monkeypatch.setitem(shapes.SHAPES, "mirrored", f"{__name__}:Mirrored")
    padcli.pad(corpus, tmp_path / "out.npz", truncating="mirrored", maxlen=5, padding="post")
    arrays = np.load(tmp_path / "out.npz")
    assert arrays["token_ids"].tolist() == [[5, 6, 2, 4, 0], [0] * 5, [3, 2, 3, 2, 0]]
    assert arrays["padding_mask"].sum(axis=1).tolist() == [4, 0, 4]


sequences = st.lists(st.lists(st.integers(0, 99), max_size=6), min_size=1, max_size=5)


@given(sequences, st.data())
def test_segments_are_what_a_loop_makes_of_them(sequences, data):
    rows = data.draw(
        st.lists(
            st.lists(
                st.integers(0, len(sequences) - 1).flatmap(
                    lambda i: st.tuples(
                        st.just(i),
                        st.tuples(*[st.integers(0, len(sequences[i]))] * 2).map(sorted),
                    )
                ),
                max_size=3,
            ),
            max_size=5,
        )
    )
    slices = [(i, *span) for row in rows for i, span in row]
    columns = np.array(slices, np.int64).reshape(-1, 3).T
    segments = Segments(
        sequence=columns[0], start=columns[1], stop=columns[2], row_offsets=offsets_of(np.array(list(map(len, rows))))
    )
    values = np.array([token for sequence in sequences for token in sequence], np.int64)
    ragged = RaggedIds(values=values, offsets=offsets_of(np.array(list(map(len, sequences)))))
    expected = [[token for i, (start, stop) in row for token in sequences[i][start:stop]] for row in rows]
    found = [
        part.tolist()
        for block in segments.blocks(2)
        for own, these in [block.with_their(ragged)]
        for gathered in [these.gather(own)]
        for part in np.split(gathered.values, gathered.offsets[1:-1])
    ]
    assert found == expected
    assert segments.lengths.tolist() == list(map(len, expected))
    assert segments.first_sequence.tolist() == [row[0][0] if row else -1 for row in rows]


@given(st.lists(st.integers(0, 9), max_size=8), st.integers(1, 6), st.sampled_from(["pre", "post"]))
def test_truncation_is_a_slice_a_row(lengths, room, side):
    (segments,) = Truncate(room=room, side=side).plan([np.array(lengths, np.int64)])
    kept = [list(range(n))[-room:] if side == "pre" else list(range(n))[:room] for n in lengths]
    assert [list(range(*span)) for span in zip(segments.start.tolist(), segments.stop.tolist(), strict=True)] == kept
    assert segments.is_one_a_row


def test_an_unknown_shape_is_refused_by_name():
    with pytest.raises(padcli.PadcliError, match="'middle' is not one of pre, post"):
        shapes.check_shape("middle")
