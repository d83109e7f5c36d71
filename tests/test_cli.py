"""The command line in shells and pipes."""

import inspect
import json
import re
import subprocess
import sys
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
import typer
from conftest import SAMPLE_DATA, run_in_terminal

import padcli
from padcli import options
from padcli.cli import commands
from padcli.options import keywords

CORPUS = "the cat sat\nthe dog\n\n"


def shell(line, folder, **options):
    padcli_command = f"{sys.executable} -m padcli"
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", line.replace("padcli", padcli_command)],
        cwd=folder,
        capture_output=True,
        check=False,
        **options,
    )


def test_one_command_from_text_to_arrays(command, write, tmp_path):
    write("corpus.txt", CORPUS)
    finished = command("pad", "corpus.txt", "--maxlen", "4", "--post")
    assert (finished.returncode, finished.out) == (0, b"")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corpus.npz", "corpus.tokenizer.json", "corpus.txt"]
    padded = padcli.load(tmp_path / "corpus.npz")
    assert padded.token_ids.tolist() == [[2, 3, 4, 0], [2, 5, 0, 0], [0, 0, 0, 0]]
    assert padded.padding_mask.tolist() == [[True, True, True, False], [True, True, False, False], [False] * 4]


@pytest.mark.parametrize(
    ("source", "output"),
    [("corpus.txt", "corpus.npz"), ("a.b.jsonl.gz", "a.b.npz"), ("corpus", "corpus.npz"), ("-", "stdin.npz")],
)
def test_the_default_output_is_named_after_the_first_input(tmp_path, monkeypatch, source, output):
    from padcli.plan import plan_pad

    monkeypatch.chdir(tmp_path)
    (tmp_path / source).touch()
    assert str(plan_pad([source], None, {}).output) == output


def test_from_pipe_to_pipe(tmp_path):
    (tmp_path / "corpus.txt").write_text(CORPUS * 1000)
    finished = shell(
        "head -1000 corpus.txt | padcli pad - --maxlen 50 --post -o - | python -c "
        "'import sys, io, numpy; print(numpy.load(io.BytesIO(sys.stdin.buffer.read()))[\"token_ids\"].shape)'",
        tmp_path,
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout == b"(1000, 50)\n"
    assert [path.name for path in tmp_path.iterdir()] == ["corpus.txt"]


def test_stdout_gets_the_bytes_of_the_file(command, write, tmp_path):
    write("corpus.txt", CORPUS)
    piped = command("pad", "corpus.txt", "-o", "-").out
    command("pad", "corpus.txt", "-o", "out.npz")
    assert piped == (tmp_path / "out.npz").read_bytes()


def test_a_reader_that_goes_away_is_no_traceback(tmp_path):
    (tmp_path / "corpus.txt").write_text(CORPUS * 50_000)
    finished = shell("padcli pad corpus.txt -o - | head -c 10 > /dev/null", tmp_path)
    assert finished.returncode == 141
    assert b"Traceback" not in finished.stderr
    assert b"Exception" not in finished.stderr


@pytest.mark.parametrize(
    ("line", "status", "message"),
    [
        ("padcli inspect out.npz --rows : | head -c 1", 141, b""),
        ("padcli pad corpus.txt --json -q > /dev/full", 2, b"error: Cannot write to standard output: No space left"),
        ("padcli inspect out.npz > /dev/full", 2, b"error: Cannot write to standard output: No space left"),
        ("padcli pad corpus.txt -o - -q > /dev/full", 2, b"No space left on device"),
        ("padcli pad corpus.txt -o - -q >&-", 2, b"standard output is closed"),
        ("padcli pad - -o x.npz <&-", 2, b"Standard input is closed"),
        ("padcli pad corpus.txt -o x.npz 2>&-", 0, b""),
        ("padcli pad corpus.txt -o x.npz 2>/dev/full", 0, b""),
        ("padcli pad corpus.txt --json -q >&-", 2, b"error: Standard output is closed"),
        ("padcli pad corpus.txt -o x.npz 2>&1 | true", 0, b""),
        ("padcli pad missing.txt 2>&1 | true", 2, b""),
        ("PYTHONIOENCODING=ascii padcli inspect out.npz", 0, b""),
    ],
)
def test_standard_streams_that_are_full_closed_or_poor(tmp_path, line, status, message):
    (tmp_path / "corpus.txt").write_text(CORPUS * 50_000)
    padcli.pad(tmp_path / "corpus.txt", tmp_path / "out.npz", maxlen=5)
    finished = shell(line, tmp_path)
    assert finished.returncode == status, finished.stderr
    assert message in finished.stderr
    assert b"Traceback" not in finished.stderr
    assert b"Exception" not in finished.stderr


def test_process_substitution_is_an_input(tmp_path):
    finished = shell("padcli pad <(echo a b) <(echo c) -o out.npz --format text", tmp_path)
    assert finished.returncode == 0, finished.stderr
    assert padcli.load(tmp_path / "out.npz").token_ids.tolist() == [[2, 3], [0, 4]]


def test_compressed_standard_input(tmp_path):
    (tmp_path / "corpus.txt").write_text(CORPUS)
    finished = shell("gzip -c corpus.txt | padcli pad - -o out.npz", tmp_path)
    assert finished.returncode == 0, finished.stderr
    assert padcli.load(tmp_path / "out.npz").lengths.tolist() == [3, 2, 0]


def test_json_has_the_facts_of_the_summary_on_stdout(command, write):
    write("corpus.txt", CORPUS)
    finished = command("pad", "corpus.txt", "--maxlen", "2", "--json", "--quiet")
    facts = json.loads(finished.out)
    assert finished.err == ""
    assert (facts["rows"], facts["tokens"], facts["empty_rows"], facts["tokenizer"]["vocab_size"]) == (3, 5, 1, 6)
    assert facts["padding"] == {
        "maxlen": 2,
        "padding": "pre",
        "truncating": "pre",
        "pad_id": 0,
        "dtype": "int32",
        "rows_truncated": 1,
        "tokens_lost": 1,
        "padding_share": 0.333333,
        "before": [],
        "after": [],
    }
    assert [output["path"] for output in facts["outputs"]] == ["corpus.tokenizer.json", "corpus.npz"]


def test_quiet_says_nothing(command, write):
    write("corpus.txt", CORPUS)
    assert command("pad", "corpus.txt", "-q")[:] == (0, b"", "")


def test_fit_then_pad_with_the_same_ids(command, write, tmp_path):
    write("train.txt", CORPUS)
    write("valid.txt", "dog cat bird\n")
    assert command("fit", "train.txt", "-o", "words.json").returncode == 0
    assert command("pad", "valid.txt", "--tokenizer", "words.json").returncode == 0
    assert padcli.load(tmp_path / "valid.npz").token_ids.tolist() == [[5, 3, 1]]
    assert not (tmp_path / "valid.tokenizer.json").exists()


def test_version_and_module(command):
    assert command("--version").out == b"padcli 0.1.0\n"


@pytest.mark.parametrize("name", ["pad", "fit", "stats", "compare", "inspect", "verify", "export-vocab"])
def test_every_option_has_help(name):
    parameters = typer.main.get_command(commands.app).commands[name].params
    assert len(parameters) >= 2
    assert [parameter.name for parameter in parameters if not parameter.help] == []


def test_the_library_takes_what_the_command_takes():
    shown = {"ctx", "help_all", "inputs", "first", "second", "output", "quiet", "json", "timings", "color", "dry_run"}
    shown |= {"config", "no_config", "print_config"}
    for name, taken in [
        ("pad", keywords.PadKeywords),
        ("fit", keywords.FitKeywords),
        ("stats", keywords.StatsKeywords),
        ("compare", keywords.CompareKeywords),
    ]:
        by_command = set(inspect.signature(getattr(commands, name)).parameters) - shown
        by_library = set(taken.__annotations__) - {"chunk_bytes"}
        assert by_command == by_library


def test_defaults_of_library_and_command_are_the_same():
    stages = [options.ReadOptions(), options.TokenizeOptions(), options.PadOptions(), options.WriteOptions()]
    stages.append(options.RunOptions())
    defaults = dict(
        chain.from_iterable({key: getattr(stage, key) for key in stage.__slots__}.items() for stage in stages)
    )
    parameters = inspect.signature(commands.pad).parameters
    assert len(set(defaults) & set(parameters)) > 30
    for name in set(defaults) & set(parameters) - {"label", "padding", "pair_field"}:
        assert parameters[name].default == defaults[name], name
    assert (parameters["padding"].default, defaults["padding"]) == (False, "pre")


@pytest.mark.parametrize("shell_name", ["bash", "zsh", "fish"])
def test_shell_completion(command, shell_name):
    finished = command("--show-completion", shell_name, env={"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"})
    assert finished.returncode == 0
    assert b"padcli" in finished.out.lower()


IMPORTED = "import os, sys; sys.argv[1:] = {!r}; from padcli.__main__ import main; os._exit = int; main(); "
IMPORTED += "print(sorted({{name.split('.')[0] for name, module in sys.modules.items() if module is not None}}))"


@pytest.mark.parametrize(
    ("arguments", "forbidden"),
    [
        (["--help"], {"numpy", "pyarrow", "keras", "tensorflow", "orjson"}),
        (["pad", "--help"], {"numpy", "pyarrow", "keras", "tensorflow", "orjson"}),
        (["pad", str(SAMPLE_DATA / "reviews.txt"), "-q"], {"tensorflow", "jax", "torch", "pandas"}),
    ],
)
def test_what_is_imported(tmp_path, arguments, forbidden):
    code = IMPORTED.format(arguments)
    finished = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=False, text=True)
    imported = set(json.loads(finished.stdout.splitlines()[-1].replace("'", '"')))
    assert "padcli" in imported
    assert not imported & forbidden
    assert (tmp_path / "reviews.npz").exists() == ("-q" in arguments)


def test_a_small_run_is_light(tmp_path):
    code = IMPORTED.format(["pad", str(SAMPLE_DATA / "reviews.txt"), "--maxlen", "50", "--post"])
    code += "; print(open('/proc/self/status').read())"  # getrusage would count the parent, too
    finished = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=True, text=True)
    assert int(re.search(r"VmHWM:\s+(\d+) kB", finished.stdout)[1]) < 130_000


def test_a_terminal_shows_progress_and_colours(tmp_path):
    seen = run_in_terminal(["pad", str(SAMPLE_DATA / "reviews.txt")], tmp_path, 80)
    assert "Reading" in seen
    assert "Writing" in seen
    assert "\x1b[" in seen


def test_quiet_shows_no_progress_on_a_terminal(tmp_path):
    assert run_in_terminal(["pad", str(SAMPLE_DATA / "reviews.txt"), "--quiet"], tmp_path, 80) == ""


@pytest.mark.parametrize("variable", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_a_terminal_that_wants_no_colours_gets_none(tmp_path, variable):
    seen = run_in_terminal(["pad", str(SAMPLE_DATA / "reviews.txt"), "--maxlen", "50"], tmp_path, 80, **variable)
    assert "maxlen 50" in seen
    assert not re.search(r"\x1b\[[\d;]*(3|4|9)\dm", seen)


def test_a_pipe_gets_neither_progress_nor_colours(command):
    finished = command("pad", SAMPLE_DATA / "reviews.txt", "--maxlen", "50")
    assert "\x1b" not in finished.err
    assert "Reading" not in finished.err
    assert max(map(len, finished.err.splitlines())) <= 80


def test_only_one_module_names_keras_to_import_it():
    package = Path(padcli.__file__).parent
    importing = re.compile(r"(?:import|from|import_module\(\"|_KNOWN = \")\s*(?:keras|tensorflow)\b")
    assert [path.name for path in package.rglob("*.py") if importing.search(path.read_text())] == ["keras_loader.py"]


def test_the_public_api_is_what_it_says():
    assert set(padcli.__all__) <= set(dir(padcli))
    assert all(getattr(padcli, name) is not None for name in padcli.__all__)
    with pytest.raises(AttributeError, match="no attribute 'padd'"):
        _ = padcli.padd
    with pytest.raises(TypeError, match="unexpected keyword argument 'max_len'"):
        padcli.pad(SAMPLE_DATA / "reviews.txt", max_len=3)


def test_one_path_or_many_of_any_kind(tmp_path):
    for inputs in (SAMPLE_DATA / "reviews.txt", str(SAMPLE_DATA / "reviews.txt"), [SAMPLE_DATA / "reviews.txt"]):
        padcli.pad(inputs, tmp_path / "out.npz", maxlen=3)
        assert np.load(tmp_path / "out.npz")["token_ids"].shape == (240, 3)


@pytest.mark.parametrize("quiet", [["--quiet"], []])
def test_no_rows_are_warned_of_also_where_nothing_else_is_said(tmp_path, quiet):
    finished = shell(f"false | padcli pad - --maxlen 5 {' '.join(quiet)}", tmp_path)
    assert finished.returncode == 1  # that of `false`, in a shell with pipefail
    assert "warning: -: no rows.\n" in finished.stderr.decode()
    finished = shell(
        "echo a | padcli pad - --maxlen 5 -q; padcli pad - --maxlen 5 -q --fail-if 'rows<1' < /dev/null", tmp_path
    )
    assert finished.returncode == 1
    assert "gate failed: rows 0 < 1" in finished.stderr.decode()


def test_numbers_can_be_given_as_they_are_printed(command, write):
    write("corpus.txt", "a b\n" * 1200)
    assert command("pad", "corpus.txt", "--maxlen", "1,169", "-o", "out.npz").returncode == 0
    assert padcli.load("out.npz").token_ids.shape == (1200, 1169)
    rows = command("inspect", "out.npz", "--rows", "1,000:1,002", "--json").out.splitlines()
    assert [json.loads(row)["index"] for row in rows] == [1000, 1001]
    for wrong in ("1,16", ",116", "1,1690", "1,,169"):
        assert command("pad", "corpus.txt", "--maxlen", wrong).returncode == 2
