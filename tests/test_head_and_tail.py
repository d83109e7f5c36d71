"""`--truncate head+tail:N`: the first N tokens of a row that is too long, and the rest from its end."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import padcli
from padcli.inspection import contents
from padcli.options import InspectOptions

ids = st.lists(st.lists(st.integers(10, 99), max_size=20), min_size=1, max_size=6)


def kept_of(row, head, maxlen):
    """The first `head` tokens of a whole row, special ones included, and the last of the rest."""
    return row if len(row) <= maxlen else row[:head] + row[len(row) - (maxlen - head) :]


def real(padded):
    return [ids[mask].tolist() for ids, mask in zip(padded.token_ids, padded.padding_mask, strict=True)]


@given(rows=ids, before=st.integers(0, 2), after=st.integers(0, 2), data=st.data())
def test_a_row_is_cut_amid_it(rows, before, after, data):
    maxlen = data.draw(st.integers(before + after + 2, before + after + 9))
    head = data.draw(st.integers(before + 1, maxlen - after - 1))
    around = {"start": list(range(1, before + 1)), "end": list(range(5, after + 5))}
    found = padcli.pad_texts(rows, maxlen=maxlen, truncating=f"head+tail:{head}", **around)
    whole = [[*around["start"], *row, *around["end"]] for row in rows]
    assert real(found) == [kept_of(row, head, maxlen) for row in whole]
    assert found.lengths.tolist() == list(map(len, whole))  # before anything is cut
    assert found.record is None  # row i is record i


@pytest.mark.parametrize("padding", ["pre", "post"])
def test_padding_stays_at_its_side(padding):
    found = padcli.pad_texts([[1, 2, 3, 4, 5, 6], [7]], maxlen=4, truncating="head+tail:1", padding=padding)
    assert found.token_ids.tolist() == [[1, 4, 5, 6], {"pre": [0, 0, 0, 7], "post": [7, 0, 0, 0]}[padding]]


def test_the_command_line_and_a_file_give_the_same(command, write, tmp_path):
    write("corpus.txt", "a b c d e f\nx y\n\n")
    finished = command("pad", "corpus.txt", "-o", "out.npz", "--maxlen", "5", "--truncate", "head+tail:2")
    assert finished.returncode == 0, finished.err
    options = {"maxlen": 5, "truncating": "head+tail:2"}
    padcli.pad(tmp_path / "corpus.txt", tmp_path / "other.npz", **options)
    found = padcli.load(tmp_path / "out.npz")
    for other in (padcli.load(tmp_path / "other.npz"), padcli.pad_texts(["a b c d e f", "x y", ""], **options)):
        assert found.token_ids.tolist() == other.token_ids.tolist()
    assert padcli.verify(tmp_path / "out.npz", inputs=True).ok
    padcli.pad(tmp_path / "corpus.txt", tmp_path / "like.npz", like=tmp_path / "out.npz")
    assert padcli.load(tmp_path / "like.npz").token_ids.tolist() == found.token_ids.tolist()


@pytest.mark.parametrize("tokenizer", ["word", "char", "byte"])
def test_inspect_shows_what_is_missing_where_it_was(tmp_path, write, tokenizer):
    text = "a b c d e f g h" if tokenizer == "word" else "abcdefgh"
    write("corpus.txt", f"{text}\n{text[:3]}\n")
    around = {"start": "[S]", "end": "[E]"} if tokenizer != "byte" else {"start": 0, "end": 0}
    padcli.pad(
        tmp_path / "corpus.txt", tmp_path / "out.npz", tokenizer=tokenizer, maxlen=6, truncating="head+tail:3", **around
    )
    found = contents.find_rows(str(tmp_path / "out.npz"), InspectOptions(rows=":"), lambda *_: None)
    cut, whole = found.rows
    kinds = [kind for kind, _ in cut.parts]
    assert ("cut", "✂ 4 cut") in cut.parts
    assert 0 < kinds.index("cut") < len(kinds) - 1
    before, after = (
        contents.text_of(part) for part in (cut.parts[: kinds.index("cut")], cut.parts[kinds.index("cut") + 1 :])
    )
    head, lost, tail = ("a b", "c d e f", "g h") if tokenizer == "word" else ("ab", "cdef", "gh")
    assert before.endswith(head)
    assert after.startswith(tail)
    assert f"{head} {tail}" in cut.text
    assert contents.text_of(cut.lost).strip() == lost
    assert whole.lost == []
    assert "cut" not in [kind for kind, _ in whole.parts]


def test_inspect_as_json_tells_words_apart(command, write):
    write("corpus.txt", "a b c d e f g h\n")
    assert command("pad", "corpus.txt", "-o", "out.npz", "--maxlen", "3", "--truncate", "head+tail:1").returncode == 0
    row = json.loads(command("inspect", "out.npz", "--rows", ":", "--json").out)
    assert (row["text"], row["lost"]) == ("a g h", "b c d e f")


def test_packed_records_are_cut_amid_them():
    found = padcli.pad_texts([[1, 2, 3, 4, 5], [6]], maxlen=4, truncating="head+tail:1", pack="consecutive")
    assert real(found) == [[1, 3, 4, 5], [6]]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"truncating": "head+tail"}, "--truncate: 'head+tail' is not one of pre, post and head+tail:N"),
        ({"truncating": "head+tail:0"}, "--truncate: 'head+tail:0' is not one of pre, post and head+tail:N"),
        ({"truncating": "head+tail:1.5"}, "is not one of pre, post and head+tail:N"),
        ({"truncating": "middle"}, "is not one of pre, post and head+tail:N, such as head+tail:128."),
        ({"truncating": 3}, "--truncate: 3 is not one of"),
        ({"truncating": "head+tail:4"}, "--truncate head+tail:4: head or tail would hold nothing of the text"),
        ({"truncating": "head+tail:1", "start": 7}, "(--maxlen 4, 1 special token)"),
        ({"truncating": "head+tail:3", "end": 7}, "(--maxlen 4, 1 special token)"),
        ({"truncating": "head+tail:2", "overflow": "window"}, "nothing is cut with --overflow window."),
    ],
)
def test_what_does_not_go_is_said_in_a_sentence(options, message):
    with pytest.raises(padcli.PadcliError) as raised:
        padcli.pad_texts([[1, 2, 3, 4, 5]], **{"maxlen": 4, **options})
    assert message in raised.value.message


def test_a_head_that_would_do_is_named():
    with pytest.raises(padcli.PadcliError) as raised:
        padcli.pad_texts([[1, 2, 3, 4, 5]], maxlen=6, truncating="head+tail:1", start=[7, 8], end=9)
    assert raised.value.hint == "Give a head of 3 to 4 tokens, or another --maxlen."
    with pytest.raises(padcli.PadcliError) as raised:
        padcli.pad_texts([[1, 2, 3, 4, 5]], maxlen=4, truncating="head+tail:1", start=[7, 8], end=9)
    assert raised.value.hint == "Give a --maxlen of at least 5."


def test_several_texts_have_no_head():
    with pytest.raises(padcli.PadcliError, match=r"--truncate head\+tail:2: is for one text, and --pair-field gives"):
        padcli.pad_texts([[1]], [[2]], maxlen=4, truncating="head+tail:2")
