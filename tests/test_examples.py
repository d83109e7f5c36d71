"""The examples, run as a user runs them: what they print is right, and nothing is left behind."""

import dataclasses
import json
import math
import re
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from keras_reference import padded as reference

import padcli
from padcli.loaders.load import load
from padcli.loaders.texts import pad_texts

REPOSITORY = Path(__file__).parents[1]
EXAMPLES = REPOSITORY / "examples"
REVIEWS = REPOSITORY / "sample_data" / "reviews.jsonl"

CLASSIC = """\
pad_sequences(rows, padding='post')
[[ 1  2  3  4  0  0]
 [ 5  6  0  0  0  0]
 [ 7  8  9 10 11 12]]
mask:
[[1 1 1 1 0 0]
 [1 1 0 0 0 0]
 [1 1 1 1 1 1]]
The same as Keras.

pad_sequences(rows, padding='pre')
[[ 0  0  1  2  3  4]
 [ 0  0  0  0  5  6]
 [ 7  8  9 10 11 12]]
mask:
[[0 0 1 1 1 1]
 [0 0 0 0 1 1]
 [1 1 1 1 1 1]]
The same as Keras.

pad_sequences(rows, padding='post', maxlen=5)
[[ 1  2  3  4  0]
 [ 5  6  0  0  0]
 [ 8  9 10 11 12]]
mask:
[[1 1 1 1 0]
 [1 1 0 0 0]
 [1 1 1 1 1]]
The same as Keras.

pad_sequences(rows)
[[ 0  0  1  2  3  4]
 [ 0  0  0  0  5  6]
 [ 7  8  9 10 11 12]]
mask:
[[0 0 1 1 1 1]
 [0 0 0 0 1 1]
 [1 1 1 1 1 1]]
The same as Keras.

"""


@pytest.fixture(autouse=True)
def nothing_left_behind(tmp_path, monkeypatch):
    here, temporary = tmp_path / "here", tmp_path / "temporary"
    here.mkdir()
    temporary.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setenv("TMPDIR", str(temporary))
    before = repository_files()
    yield
    assert repository_files() == before
    assert list(here.iterdir()) == []
    assert list(temporary.iterdir()) == []


def repository_files():
    folders = [REPOSITORY, EXAMPLES, REVIEWS.parent]
    return {path for folder in folders for path in folder.iterdir() if path.name != "__pycache__"}


@pytest.fixture
def run(monkeypatch, capsys):
    """Run an example in this process, where Keras is imported already. Returns what it prints."""
    monkeypatch.syspath_prepend(EXAMPLES)

    def run_example(name, *arguments):
        monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")
        return capsys.readouterr().out

    return run_example


def turned_around(padded, name):
    """The same rows, with those of one array read from right to left."""
    (part,) = padded.parts
    arrays = {**part.arrays, name: part.arrays[name][:, ::-1]}
    return dataclasses.replace(padded, parts=(dataclasses.replace(part, arrays=arrays),))


def check_training(printed):
    assert "The mask of the Embedding equals the padding_mask of the file." in printed
    losses = [float(loss) for loss in re.findall(r"^epoch \d: loss (\S+)$", printed, re.MULTILINE)]
    assert len(losses) == 5
    assert all(map(math.isfinite, losses))
    assert losses[-1] < losses[0]


def test_pad_sequences_prints_the_arrays_of_the_tutorial(run):
    assert run("pad_sequences.py") == CLASSIC


def test_pad_sequences_fails_where_padcli_differs_from_keras(run, monkeypatch):
    def pad_wrongly(*args, **options):
        return turned_around(pad_texts(*args, **options), "token_ids")

    monkeypatch.setattr("padcli.loaders.texts.pad_texts", pad_wrongly)
    with pytest.raises(AssertionError, match="Arrays are not equal"):
        run("pad_sequences.py")


def test_simple_rnn_learns_the_same_each_time(run):
    printed = run("simple_rnn.py")
    check_training(printed)
    assert run("simple_rnn.py") == printed


def test_simple_rnn_pads_a_given_file_so_that_95_percent_of_its_rows_are_whole(run, tmp_path):
    texts = ["good film", "a bad film"] * 19 + ["good and good and good", "bad and bad"]
    source = tmp_path / "own.jsonl"
    source.write_text("".join(json.dumps({"text": text, "label": int("good" in text)}) + "\n" for text in texts))
    printed = run("simple_rnn.py", source)
    assert printed.startswith("40 rows of 3 tokens\n")
    check_training(printed)


def test_lstm_is_as_long_as_the_longest_row():
    done = subprocess.run([sys.executable, EXAMPLES / "lstm.py"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    check_training(done.stdout)
    ids, _ = reference([json.loads(line)["text"] for line in REVIEWS.read_text(encoding="utf-8").splitlines()])
    assert done.stdout.startswith("{} rows of {} tokens, as long as the longest".format(*ids.shape))


def test_a_packed_record_has_the_outputs_that_it_has_alone(run):
    printed = run("packed_attention.py")
    assert re.search(r"^\d+ records in \d+ rows of 64 tokens$", printed, re.MULTILINE)
    assert re.search(r"^mask from segment_ids: outputs differ by at most \de-0[5-9], ", printed, re.MULTILINE)


def test_packed_attention_fails_where_positions_do_not_start_anew(run, monkeypatch):
    monkeypatch.setitem(padcli.__dict__, "load", lambda path: turned_around(load(path), "position_ids"))
    with pytest.raises(AssertionError, match="does not have the outputs that it has alone"):
        run("packed_attention.py")
