"""Every error, as a user meets it: one message that helps, exit status 2, no traceback, and nothing left behind."""

import multiprocessing
import os
import pickle
import shutil
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from types import SimpleNamespace

import pytest

import padcli
from padcli import errors

# What goes wrong: the arguments, and what the message must say. The folder holds the files of `folder` below.
WRONG_USE = {
    "no such file": (["pad", "missing.txt"], "missing.txt: No such file or directory"),
    "an option without its value": (["pad", "corpus.txt", "--maxlen"], "Option '--maxlen' requires an argument"),
    "a flag with a value": (["pad", "corpus.txt", "--quiet=yes"], "Option '--quiet' does not take a value"),
    "no input": (["pad"], "Missing argument 'INPUT...'"),
    "no such command": (["padd", "corpus.txt"], "No such command 'padd'"),
    "a maxlen beyond all bounds": (["stats", "corpus.txt", "--maxlen", "9" * 20], "--maxlen"),
    "an option twice": (
        ["pad", "corpus.jsonl", "--field", "question", "--field", "answer"],
        "Option '--field' was given twice but takes one value",
    ),
    "a switch twice": (["pad", "corpus.txt", "--post", "--pre"], "Option '--post' was given twice"),
    "a directory": (["pad", "folder"], "folder: contains no files"),
    "unknown extension": (["pad", "corpus.xlsx"], "corpus.xlsx: unknown extension '.xlsx'; known: .txt"),
    "unknown format": (["pad", "corpus.txt", "--format", "xls"], "'xls' is not one of"),
    "maxlen 0": (["pad", "corpus.txt", "--maxlen", "0"], "--maxlen: expected an integer of at least 1"),
    "maxlen negative": (["pad", "corpus.txt", "--maxlen=-3"], "--maxlen: expected a number of tokens such as 50"),
    "maxlen word": (["pad", "corpus.txt", "--maxlen", "long"], "of tokens kept), got 'long'"),
    "maxlen percentile": (["pad", "corpus.txt", "--maxlen", "p101"], "got 'p101'"),
    "maxlen fraction": (["pad", "corpus.txt", "--maxlen", "p1/0"], "got 'p1/0'"),
    "pad id too large": (["pad", "corpus.txt", "--pad-id", "300", "--dtype", "uint8"], "the padding id is 300"),
    "pad id negative": (["pad", "corpus.txt", "--pad-id=-1", "--dtype", "uint8"], "the padding id is -1"),
    "id too large": (["pad", "ids.jsonl", "--dtype", "int16"], "holds -32,768 to 32,767, and an id is 70,000"),
    "pad id of 80 bits": (
        ["pad", "corpus.txt", "--pad-id", str(2**80), "--dtype", "auto"],
        "a 64-bit integer",
    ),
    "pad id no number": (["pad", "corpus.txt", "--pad-id", "x"], "Invalid value for '--pad-id'"),
    "vocab size": (["pad", "corpus.txt", "--vocab-size", "1"], "--vocab-size: expected an integer of at least 2"),
    "min count": (["pad", "corpus.txt", "--min-count", "0"], "--min-count: expected an integer of at least 1"),
    "workers": (["pad", "corpus.txt", "--workers", "0"], "--workers: expected an integer of at least 1"),
    "encoding": (["pad", "corpus.txt", "--encoding", "klingon"], "'klingon' is not a text encoding"),
    "binary codec": (["pad", "corpus.txt", "--encoding", "base64"], "'base64' is not a text encoding"),
    "field of text": (
        ["pad", "corpus.txt", "--field", "x"],
        "--field names a field or column of records, but corpus.txt is text",
    ),
    "label of text": (
        ["pad", "corpus.txt", "records.jsonl", "--label", "y"],
        "--label names a field or column of records, but",
    ),
    "field and --format text": (["pad", "x.jsonl", "--format", "text", "--field", "x"], "but --format is text"),
    "field empty part": (["pad", "records.jsonl", "--field", "a..b"], "an empty part between dots"),
    "label twice": (["pad", "records.jsonl", "--label", "y", "--label", "y"], "'y' was given twice"),
    "label taken": (["pad", "records.jsonl", "--label", "lengths"], "names of padcli's own arrays"),
    "label of the other names": (
        ["pad", "records.jsonl", "--label", "input_ids"],
        "names of padcli's own arrays",
    ),
    "label of meta": (["pad", "records.jsonl", "--label", "meta.json"], "names of padcli's own arrays"),
    "maxlen of 5000 digits": (["pad", "corpus.txt", "--maxlen", "9" * 5000], "--maxlen: expected a number of tokens"),
    "maxlen exponent": (["pad", "corpus.txt", "--maxlen", "p1e99999999"], "got 'p1e99999999'"),
    "encoding of names": (["pad", "corpus.txt", "--encoding", "idna"], "cannot be read as IDNA"),
    "name not UTF-8": (["pad", "caf\udce9.txt"], "the file name is not valid UTF-8"),
    "output not UTF-8": (["pad", "corpus.txt", "-o", "caf\udce9.npz"], "the file name is not valid UTF-8"),
    "filters not UTF-8": (["pad", "corpus.txt", "--filters", "\udce9"], "is not valid UTF-8"),
    "name too long": (["pad", "corpus.txt", "-o", "x" * 300 + ".npz"], "cannot be written: File name too long"),
    "fit to stdout": (["fit", "corpus.txt", "-o", "-"], "Only the arrays of `pad` can go to standard output"),
    "rejects to stdout": (
        ["pad", "records.jsonl", "--on-error", "skip", "--rejects", "-"],
        "Only the arrays of `pad` can go to standard output",
    ),
    "label with slash": (["pad", "records.jsonl", "--label", "a/b"], "cannot be used as the name of an array"),
    "rejects alone": (["pad", "records.jsonl", "--rejects", "r.jsonl"], "--on-error skip"),
    "tokenizer unknown": (["pad", "corpus.txt", "--tokenizer", "wort"], "neither a file nor one of word, whitespace"),
    "tokenizer missing": (["pad", "corpus.txt", "--tokenizer", "t.json"], "t.json: No such file"),
    "tokenizer damaged": (
        ["pad", "corpus.txt", "--tokenizer", "corpus.txt"],
        "a vocabulary has one token per line",
    ),
    "file and options": (
        ["pad", "corpus.txt", "--tokenizer", "t.json", "--no-lower"],
        "cannot be used with a tokenizer file",
    ),
    "filters of char": (
        ["pad", "corpus.txt", "--tokenizer", "char", "--filters", "x"],
        "cannot be used with --tokenizer char",
    ),
    "byte has no case": (
        ["pad", "corpus.txt", "--tokenizer", "byte", "--lower"],
        "cannot be used with --tokenizer byte",
    ),
    "ids and a tokenizer": (["pad", "ids.jsonl", "--vocab-size", "9"], "are already ids"),
    "tokens and filters": (["pad", "tokens.jsonl", "--filters", "x"], "--filters has no effect"),
    "tokens and byte": (["pad", "tokens.jsonl", "--tokenizer", "byte"], "byte needs texts"),
    "texts after ids": (
        ["pad", "ids.jsonl", "corpus.txt"],
        "corpus.txt: contains text, but the inputs before it contain ids",
    ),
    "output name": (["pad", "corpus.txt", "-o", "out.h5"], "expected a name that ends in .npz, .npy, .safetensors"),
    "output folder": (["pad", "corpus.txt", "-o", "none/out.npz"], "the folder none does not exist"),
    "output is a folder": (["pad", "corpus.txt", "-o", "folder.npz"], "folder.npz: is a directory"),
    "output is a pipe": (["pad", "corpus.txt", "-o", "pipe.npz"], "pipe.npz: is a device or a pipe"),
    "rejects to a device": (
        ["pad", "records.jsonl", "--on-error", "skip", "--rejects", "/dev/null"],
        "/dev/null: is a device or a pipe",
    ),
    "all records bad": (["pad", "all-bad.jsonl", "--on-error", "skip"], "No records left: all 2 are bad."),
    "utf-16 without its mark": (["pad", "corpus.txt", "--encoding", "utf-16"], "cannot be read as UTF-16"),
    "rows of no file": (["inspect", "padded.npz", "--rows", "7:9"], "none of the 2 rows of the file is in it"),
    "rows of 5000 digits": (["inspect", "padded.npz", "--rows", "9" * 5000], "--rows: expected a range"),
    "inspect text": (["inspect", "corpus.txt"], "not a valid .npz (truncated or damaged zip)"),
    "output is an input": (["pad", "other.npz", "--format", "text"], "other.npz: would overwrite the input"),
    "tokenizer overwritten": (
        ["pad", "corpus.txt", "--tokenizer", "t.npz", "-o", "t.npz"],
        "t.npz: would overwrite the input t.npz",
    ),
    "rejects overwrite": (
        ["pad", "records.jsonl", "--on-error", "skip", "--rejects", "records.jsonl"],
        "would overwrite the input records.jsonl",
    ),
    "two outputs in one": (["pad", "corpus.txt", "--save-tokenizer", "corpus.npz"], "would overwrite the output"),
    "save what is given": (
        ["pad", "corpus.txt", "--tokenizer", "t.json", "--save-tokenizer", "u.json"],
        "nothing is fitted",
    ),
    "compressed npy": (["pad", "corpus.txt", "-o", "out.npy", "--compress"], "never compressed"),
    "json and arrays": (["pad", "corpus.txt", "-o", "-", "--json"], "both write to standard output"),
    "stdin twice": (["pad", "-", "-"], "can be read only once"),
    "empty input": (["pad", "empty.txt"], "The input is empty"),
    "empty input, percentile": (["pad", "empty.txt", "--maxlen", "p95"], "The input is empty"),
    "all rows empty": (["pad", "blank.txt"], "All rows are empty"),
    "most rows empty": (["pad", "mostly-blank.txt", "--maxlen", "p50"], "comes to 0"),
    "too large for the disk": (["pad", "corpus.txt", "--maxlen", "1000000000000000"], "TB, but only"),
    "not UTF-8": (["pad", "latin.txt"], "latin.txt, line 2: not valid UTF-8 (0xe9 at byte 4)"),
    "not JSON": (["pad", "broken.jsonl"], "broken.jsonl, line 2: not valid JSON"),
    "label missing": (["pad", "records.jsonl", "--label", "z"], 'line 1: no field "z"'),
    "not compressed": (["pad", "plain.txt.gz"], "is not compressed"),
    "pieces without training": (["pad", "corpus.txt", "--tokenizer", "bpe"], "has to be trained first"),
    "special tokens of words": (
        ["pad", "corpus.txt", "--add-special-tokens"],
        "--add-special-tokens cannot be used with --tokenizer word",
    ),
    "special tokens in words": (
        ["pad", "corpus.txt", "--no-special-in-text"],
        "--no-special-in-text cannot be used with --tokenizer word",
    ),
    "scheme of words": (["pad", "corpus.txt", "--scheme", "gpt2"], "--scheme cannot be used with --tokenizer word"),
    "special tokens of words to fit": (
        ["fit", "corpus.txt", "--special", "x"],
        "--special cannot be used with --tokenizer word",
    ),
    "filters of the layer": (
        ["pad", "corpus.txt", "--tokenizer", "text-vectorization", "--filters", "x"],
        "--filters cannot be used with --tokenizer text-vectorization",
    ),
    "tokens and the layer": (
        ["pad", "tokens.jsonl", "--tokenizer", "text-vectorization"],
        "TextVectorization needs texts",
    ),
    "tokens to be cut in pieces": (
        ["fit", "tokens.jsonl", "--tokenizer", "wordpiece"],
        "the field contains lists of tokens",
    ),
    "ids to be cut in pieces": (["fit", "ids.jsonl", "--tokenizer", "wordpiece"], "are already ids"),
    "too few pieces": (
        ["fit", "corpus.txt", "--tokenizer", "wordpiece", "--vocab-size", "3"],
        "--vocab-size 3: a wordpiece vocabulary contains every character of the text",
    ),
    "too few likely pieces": (
        ["fit", "corpus.txt", "--tokenizer", "unigram", "--vocab-size", "3"],
        "--vocab-size 3: a unigram vocabulary contains every character of the text",
    ),
    "folder without a tokenizer": (["pad", "corpus.txt", "--tokenizer", "."], "is a folder without tokenizer.json"),
    "export of a file that is none": (["export-vocab", "corpus.txt"], "a vocabulary has one token per line"),
    "export of a missing file": (["export-vocab", "t.json"], "t.json: No such file"),
    "export over itself": (["export-vocab", "corpus.txt", "-o", "corpus.txt"], "would overwrite the input"),
    "nothing to fit: a file": (["fit", "corpus.txt", "--tokenizer", "t.json"], "is already fitted"),
    "nothing to fit: ids": (["fit", "ids.jsonl"], "there is nothing to fit"),
    "fit over its input": (["fit", "corpus.txt", "-o", "corpus.txt"], "would overwrite the input"),
    "inspect no file": (["inspect", "missing.npz"], "missing.npz: No such file"),
    "inspect other file": (["inspect", "other.npz"], "other.npz: not a valid .npz (truncated or damaged zip)"),
    "no command": (["padd"], "No such command 'padd'"),
    "no such option": (["pad", "corpus.txt", "--max-len", "3"], "No such option: --max-len. Use --maxlen."),
}


@pytest.fixture
def folder(write, tmp_path):
    for name, content in {
        "corpus.txt": "a b\nc\n",
        "other.npz": "a b\nc\n",
        "corpus.xlsx": "a,b\n",
        "empty.txt": "",
        "blank.txt": "\n\n",
        "mostly-blank.txt": "\n\n\na b\n",
        "latin.txt": "good\ncaf\xe9\n".encode("latin-1"),
        "plain.txt.gz": "plain",
        "records.jsonl": '{"text": "a b", "y": 1}\n',
        "broken.jsonl": '{"text": "a"}\n{"text": \n{"text": "b"}\n',
        "ids.jsonl": '{"text": [1, 70000]}\n',
        "tokens.jsonl": '{"text": ["a", "b"]}\n',
        "all-bad.jsonl": "{\n[]\n",
        "t.npz": "",
    }.items():
        write(name, content)
    os.mkfifo(tmp_path / "pipe.npz")
    padcli.pad(tmp_path / "corpus.txt", tmp_path / "padded.npz")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder.npz").mkdir()
    return tmp_path


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize(("arguments", "message"), WRONG_USE.values(), ids=WRONG_USE)
def test_an_error_is_one_message_and_leaves_nothing_behind(command_here, folder, arguments, message):
    before = contents(folder)
    finished = command_here(*arguments)
    assert message in finished.err
    assert "Traceback" not in finished.err
    assert (finished.returncode, finished.out) == (2, b"")
    assert contents(folder) == before


def test_a_hint_says_how_to_go_on(command, folder):
    assert command("pad", "broken.jsonl").err == (
        "error: broken.jsonl, line 2: not valid JSON (unexpected end of data, column 10).\n"
        "hint:  To skip such records: --on-error skip (and --rejects FILE to list them).\n"
    )


def test_skipped_records_are_counted_and_listed(command_here, folder):
    finished = command_here("pad", "broken.jsonl", "--on-error", "skip", "--rejects", "rejects.jsonl", "--maxlen", "2")
    assert finished.returncode == 0
    assert "1 bad record skipped" in finished.err
    assert "broken.jsonl, line 2: not valid JSON" in finished.err
    assert (folder / "rejects.jsonl").read_text() == (
        '{"file":"broken.jsonl","line":2,"reason":"not valid JSON (unexpected end of data, column 10)",'
        '"raw":"{\\"text\\": "}\n'
    )


@pytest.mark.parametrize(
    ("denied", "message"), [("corpus.txt", "corpus.txt: Permission denied"), (".", "the folder . is not writable")]
)
def test_without_permission(command_here, folder, monkeypatch, denied, message):
    # For root, which tests may run as, the system denies nothing.
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: str(path) != denied and allowed(path, mode))
    before = contents(folder)
    finished = command_here("pad", "corpus.txt")
    assert message in finished.err
    assert finished.returncode == 2
    assert contents(folder) == before


def test_arrays_are_not_written_to_a_terminal(command, folder):
    master, slave = os.openpty()
    finished = subprocess.run(
        [sys.executable, "-m", "padcli", "pad", "corpus.txt", "-o", "-"],
        stdout=slave,
        stderr=subprocess.PIPE,
        cwd=folder,
        check=False,
    )
    os.close(slave)
    os.close(master)
    assert finished.returncode == 2
    assert b"refusing to write arrays to a terminal" in finished.stderr


def errors_of_all_kinds():
    special = [errors.GateError("what", hint="how", result=1), errors.MissingLibraryError("--plot", "plot")]
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.PadcliError)]
    return [*special, *(kind("what", hint="how") for kind in kinds if kind not in map(type, special))]


@pytest.mark.parametrize("error", errors_of_all_kinds(), ids=lambda error: type(error).__name__)
def test_an_error_can_be_sent_to_another_process(error):
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.args, vars(again)) == (type(error), str(error), error.args, vars(error))


def test_a_gate_that_fails_in_a_process_pool_comes_back_with_its_result(write):
    path = write("corpus.txt", "a\n\n")
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        task = pool.submit(padcli.stats, path, fail_if="empty>0")
        with pytest.raises(errors.GateError, match="empty 1 > 0") as caught:
            task.result(60)
    assert caught.value.result.report.histogram.rows == 2


@pytest.mark.parametrize(("n_characters", "advice"), [(100, "--label y"), (1, "--maxlen p95")])
def test_arrays_that_the_disk_cannot_hold_are_refused_for_what_makes_them_large(
    write, monkeypatch, n_characters, advice
):
    text = "a " * 50
    path = write("corpus.jsonl", f'{{"text": "{text}", "y": "{"b" * n_characters}"}}\n')
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=200))
    with pytest.raises(errors.OutputError) as caught:
        padcli.pad(path, path.with_suffix(".npz"), label="y")
    assert advice in caught.value.hint
