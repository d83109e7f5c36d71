"""`--dry-run` shows what a run would read and write, does nothing, and ends as the run would begin."""

import json

import pytest
from conftest import SAMPLE_DATA

import padcli

REVIEWS = SAMPLE_DATA / "reviews.txt"
SIZE = REVIEWS.stat().st_size


def told(finished):
    assert finished.returncode == 0, finished.err
    return json.loads(finished.out)


def test_the_plan_of_pad_is_shown_and_nothing_is_written(command, tmp_path):
    finished = command("pad", REVIEWS, "--maxlen", 50, "--post", "-o", "out.npz", "--dry-run")
    assert (finished.returncode, finished.out) == (0, b"")
    lines = [" ".join(line.split()) for line in finished.err.splitlines()]
    assert "maxlen 50 254 bytes per row" in lines
    assert "array int32 padded post, cut pre" in lines
    assert "output out.npz new" in lines
    assert lines[-1] == "Dry run: nothing was written."
    assert list(tmp_path.iterdir()) == []


def test_the_plan_as_json_names_inputs_outputs_and_what_they_would_replace(command_here, tmp_path):
    padcli.pad(REVIEWS, tmp_path / "out.npz", maxlen=50)
    size = (tmp_path / "out.npz").stat().st_size
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    arguments = ["pad", REVIEWS, "--maxlen", "p95", "--dtype", "auto", "-o", "out.npz", "--report", "r.md"]
    plan = told(command_here(*arguments, "--dry-run", "--json"))
    assert plan["dry_run"] is True
    assert plan["inputs"] == [{"path": str(REVIEWS), "format": "text", "bytes": SIZE}]
    assert (plan["tokenizer"], plan["tokenizer_path"], plan["vocab_size"]) == ("word", None, None)
    assert [each["path"] for each in plan["outputs"]] == ["out.npz", "out.tokenizer.json", "r.md"]
    assert [each["replaces"] for each in plan["outputs"]][::2] == [size, None]
    assert (plan["maxlen"], plan["dtype"], plan["row_bytes"], plan["change"]) == ("p95", "auto", None, None)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_size_of_a_row_is_that_of_the_arrays(command_here, tmp_path):
    padcli.pad(REVIEWS, tmp_path / "out.npz", maxlen=50, names="hf")
    padded = padcli.load(tmp_path / "out.npz")
    plan = told(command_here("pad", REVIEWS, "--maxlen", "50", "--names", "hf", "--dry-run", "--json"))
    ids = padded.token_ids.nbytes // len(padded.token_ids)
    assert plan["row_bytes"] == 3 * ids + padded.lengths.itemsize


def test_a_tokenizer_file_is_opened(command_here):
    padcli.fit(REVIEWS, "words.json", vocab_size=100)
    plan = told(command_here("pad", REVIEWS, "--tokenizer", "words.json", "--dry-run", "--json"))
    assert (plan["tokenizer_path"], plan["vocab_size"]) == ("words.json", 100)
    assert "100 tokens" in command_here("pad", REVIEWS, "--tokenizer", "words.json", "--dry-run").err


@pytest.mark.parametrize(
    ("arguments", "outputs"),
    [
        (["fit", "--tokenizer", "bpe", "--vocab-size", "500"], ["tokenizer.json"]),
        (["fit", "-o", "words.json", "--save-counts", "words.arrow"], ["words.json", "words.arrow"]),
        (["stats", "--report", "r.json"], ["r.json"]),
        (["pad", "-o", "out.npy"], [*(f"out.{part}" for part in ("npy", "mask.npy", "lengths.npy", "meta.json"))]),
    ],
)
def test_other_commands_have_a_plan_too(command_here, tmp_path, arguments, outputs):
    plan = told(command_here(*arguments, REVIEWS, "--dry-run", "--json"))
    assert [each["path"] for each in plan["outputs"]][: len(outputs)] == outputs
    assert command_here(*arguments, REVIEWS, "--dry-run", "-q").err == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing.txt"],
        ["corpus.txt", "--maxlen", "0"],
        ["corpus.txt", "--tokenizer", "damaged.json"],
        ["corpus.txt", "--tokenizer", "words.json", "--add-bos"],
        ["corpus.txt", "-o", "missing/out.npz"],
        ["corpus.txt", "-o", "foreign.npz"],
        ["plain.txt.gz"],
        ["corpus.txt", "--label", "y"],
    ],
)
def test_what_the_run_would_refuse_is_refused_in_the_same_words(command_here, write, arguments):
    write("corpus.txt", "a b\n")
    write("plain.txt.gz", "a b\n")
    write("damaged.json", "{")
    write("foreign.npz", "my notes")
    padcli.fit("corpus.txt", "words.json")
    dry = command_here("pad", *arguments, "--dry-run")
    assert dry.returncode == 2
    assert dry == command_here("pad", *arguments)


def test_standard_input_is_not_read(command):
    plan = told(command("pad", "-", "--dry-run", "--json", stdin=b"a b\n"))
    assert plan["inputs"] == [{"path": "-", "format": "text", "bytes": None}]


def test_with_if_changed_it_tells_whether_the_output_is_up_to_date(command_here):
    arguments = ["pad", REVIEWS, "-o", "out.npz", "--if-changed", "--dry-run"]
    assert told(command_here(*arguments, "--json"))["change"] == "out.npz does not exist yet"
    padcli.pad(REVIEWS, "out.npz", maxlen=50)
    assert told(command_here(*arguments, "--maxlen", "50", "--json"))["change"] == ""
    assert "the output is up to date" in command_here(*arguments, "--maxlen", "50").err
    assert told(command_here(*arguments, "--maxlen", "51", "--json"))["change"] == "maxlen was 50, and is now 51"


@pytest.mark.parametrize(
    ("options", "outputs"),
    [
        (["--bucket", "16,32"], ["out.16.npz", "out.32.npz", "out.tokenizer.json"]),
        (["--bucket", "auto:3"], ["out.N.npz", "out.tokenizer.json"]),
        (["--split-into", "a=0.5,b=0.5"], ["out.a.npz", "out.b.npz", "out.a.tokenizer.json"]),
    ],
)
def test_each_output_is_named(command, write, options, outputs):
    write("corpus.txt", "a b\nc\n")
    plan = json.loads(command("pad", "corpus.txt", "-o", "out.npz", "--dry-run", "--json", *options).out)
    assert [output["path"] for output in plan["outputs"]] == outputs
