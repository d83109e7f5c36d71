"""Cases of the tests of Keras's `pad_sequences`, written anew: what is padded, how, and what it becomes.

From `sequence_utils_test.py` (https://github.com/keras-team/keras/blob/master/keras/src/utils/sequence_utils_test.py)
and keras-preprocessing's `sequence_test.py`
(https://github.com/keras-team/keras-preprocessing/blob/master/tests/sequence_test.py), as far as they are about rows of
ids or of tokens: padcli pads no fractions and no vectors. Cases of KerasHub's packers are in `test_start_end.py` and
`test_pairs.py`.
"""

import json

import numpy as np
import pytest
from keras.utils import pad_sequences
from tokenizers import Tokenizer

import padcli

ROWS = [[1], [1, 2], [1, 2, 3]]
# The keyword arguments of Keras, and the array.
PADDED = {
    "padding pre": ({"maxlen": 3, "padding": "pre"}, [[0, 0, 1], [0, 1, 2], [1, 2, 3]]),
    "padding post": ({"maxlen": 3, "padding": "post"}, [[1, 0, 0], [1, 2, 0], [1, 2, 3]]),
    "truncating pre": ({"maxlen": 2, "truncating": "pre"}, [[0, 1], [1, 2], [2, 3]]),
    "truncating post": ({"maxlen": 2, "truncating": "post"}, [[0, 1], [1, 2], [1, 2]]),
    "value": ({"maxlen": 3, "value": 1}, [[1, 1, 1], [1, 1, 2], [1, 2, 3]]),
}


@pytest.mark.parametrize(("options", "padded"), PADDED.values(), ids=PADDED)
def test_ids_are_padded_as_keras_does(command, write, tmp_path, options, padded):
    assert pad_sequences(ROWS, **options).tolist() == padded
    ours = {{"value": "pad_id"}.get(name, name): value for name, value in options.items()}
    in_memory = padcli.pad_texts(ROWS, **ours)
    assert (in_memory.token_ids.dtype, in_memory.token_ids.tolist()) == (np.int32, padded)
    write("ids.jsonl", "".join(json.dumps({"text": row}) + "\n" for row in ROWS))
    padcli.pad(tmp_path / "ids.jsonl", tmp_path / "out.npz", **ours)
    assert padcli.load(tmp_path / "out.npz").token_ids.tolist() == padded
    flags = {"padding": lambda side: [f"--{side}"], "truncating": lambda side: ["--truncate", side]}
    typed = [
        argument
        for name, value in ours.items()
        for argument in flags.get(name, lambda value, name=name: [f"--{name.replace('_', '-')}", value])(value)
    ]
    finished = command("pad", "ids.jsonl", "-o", "typed.npz", *typed)
    assert finished.returncode == 0, finished.err
    assert padcli.load(tmp_path / "typed.npz").token_ids.tolist() == padded


TOKENS = [["1"], ["1", "2"], ["1", "2", "3"]]
PADDED_TOKENS = {
    "padding pre": ({"maxlen": 3, "padding": "pre"}, [["pad", "pad", "1"], ["pad", "1", "2"], ["1", "2", "3"]]),
    "padding post": ({"maxlen": 3, "padding": "post"}, [["1", "pad", "pad"], ["1", "2", "pad"], ["1", "2", "3"]]),
    "truncating pre": ({"maxlen": 2, "truncating": "pre"}, [["pad", "1"], ["1", "2"], ["2", "3"]]),
    "truncating post": ({"maxlen": 2, "truncating": "post"}, [["pad", "1"], ["1", "2"], ["1", "2"]]),
}


@pytest.mark.parametrize(("options", "padded"), PADDED_TOKENS.values(), ids=PADDED_TOKENS)
def test_tokens_are_padded_as_keras_does(write, tmp_path, options, padded):
    assert pad_sequences(TOKENS, value="pad", dtype=object, **options).tolist() == padded
    write("tokens.jsonl", "".join(json.dumps({"text": row}) + "\n" for row in TOKENS))
    padcli.pad(tmp_path / "tokens.jsonl", tmp_path / "out.npz", **options)
    vocabulary = Tokenizer.from_file(str(tmp_path / "out.tokenizer.json"))
    names = {vocabulary.token_to_id("[PAD]"): "pad"}
    found = [
        [names.get(id_) or vocabulary.id_to_token(id_) for id_ in row]
        for row in padcli.load(tmp_path / "out.npz").token_ids.tolist()
    ]
    assert found == padded


def test_rows_that_are_too_long_go_with_their_labels(write, tmp_path):
    """`_remove_long_seq`, which kept rows shorter than its `maxlen`."""
    rows = [{"text": [1, 2, 3], "label": "a"}, {"text": [1, 2, 3, 4, 5, 6], "label": "b"}]
    write("rows.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    for options in ({"maxlen": 4, "overflow": "drop"}, {"max_length": 4}):
        padcli.pad(tmp_path / "rows.jsonl", tmp_path / "out.npz", padding="post", label="label", **options)
        found = padcli.load(tmp_path / "out.npz")
        assert [ids[mask].tolist() for ids, mask in zip(found.token_ids, found.padding_mask, strict=True)] == [
            [1, 2, 3]
        ]
        assert found.labels["label"].tolist() == ["a"]
        assert found.record.tolist() == [0]


@pytest.mark.parametrize("rows", [[[1.2], [1.2, 2.3]], [[[1, 1]], [[2, 1], [2, 2]]]])
def test_fractions_and_vectors_are_refused(write, tmp_path, rows):
    with pytest.raises(padcli.PadcliError, match="expected strings, lists of strings, or lists of integers"):
        padcli.pad_texts(rows, maxlen=3)
    write("rows.jsonl", "".join(json.dumps({"text": row}) + "\n" for row in rows))
    with pytest.raises(
        padcli.PadcliError, match=r"line 1: .*expected a string, a list of strings or a list of 64-bit int"
    ):
        padcli.pad(tmp_path / "rows.jsonl", tmp_path / "out.npz", maxlen=3)
