"""Options from a file, from pyproject.toml and from the environment; the command line wins."""

import json
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from importlib.resources import files
from itertools import product
from types import NoneType
from typing import Literal, get_args, get_origin

import jsonschema
import numpy as np
import pytest
from conftest import SAMPLE_DATA
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

import padcli
from padcli.config import keys
from padcli.config.environment import from_environment
from padcli.config.file import ConfigFile
from padcli.config.level import DECIDED_BY_LIKE
from padcli.config.printed import as_config
from padcli.config.settings import checked_stages, level_of, settings_of
from padcli.config.toml import as_toml
from padcli.config.values import checked
from padcli.formats import earlier_output
from padcli.options.config import ConfigOptions
from padcli.options.option import members

CORPUS = "a b c d e f\ng h\ni\n"


@pytest.fixture
def corpus(write, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return write("corpus.txt", CORPUS)


def recorded(path="out.npz"):
    return padcli.load(path).meta["options"]


# Where options are from


def test_a_file_gives_options_inputs_and_output(command_here, corpus, write):
    write("prep.toml", '[pad]\ninputs = "corpus.txt"\noutput = "out.npz"\nmaxlen = 2\npadding = "post"\n')
    finished = command_here("pad", "--config", "prep.toml")
    assert finished.returncode == 0, finished.err
    assert padcli.load("out.npz").token_ids.tolist() == [[6, 7], [8, 9], [10, 0]]
    assert finished.err.splitlines()[0] == "options from prep.toml"


def test_the_nearest_pyproject_with_a_table_is_read(command_here, corpus, write, tmp_path, monkeypatch):
    write(
        "pyproject.toml", '[project]\nname = "model"\n\n[tool.padcli.pad]\nmaxlen = 3\n\n[tool.ruff]\nline-length = 9\n'
    )
    inner = tmp_path / "data" / "raw"
    inner.mkdir(parents=True)
    (inner.parent / "pyproject.toml").write_text('[project]\nname = "padcli-data"\n')  # without a table for padcli
    monkeypatch.chdir(inner)
    (inner / "in.txt").write_text(CORPUS)
    monkeypatch.setattr(sys, "argv", ["padcli"])
    finished = subprocess.run(
        [sys.executable, "-m", "padcli", "pad", "in.txt", "-o", "out.npz"], capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    assert padcli.load("out.npz").token_ids.shape == (3, 3)
    assert "options from ../../pyproject.toml" in finished.stderr


def test_a_pyproject_of_others_is_no_matter(command_here, corpus, write):
    for content in ('[project]\nname = "x"\n', "this is no TOML", "[tool]\nruff = 1\n", 'tool = "padcli"\n'):
        write("pyproject.toml", content)
        finished = command_here("pad", "corpus.txt", "-o", "out.npz")
        assert (finished.returncode, "options from" in finished.err) == (0, False), finished.err


@pytest.mark.parametrize("sources", list(product([False, True], repeat=3)))
def test_the_command_line_wins_over_the_environment_and_that_over_the_file(
    command_here, corpus, write, monkeypatch, sources
):
    file, variable, typed = sources
    if file:
        write("pyproject.toml", '[tool.padcli.pad]\ntruncating = "head+tail:1"\nmaxlen = 3\n')
    if variable:
        monkeypatch.setenv("PADCLI_TRUNCATING", "head+tail:2")
    arguments = ["--truncate", "post"] if typed else []
    finished = command_here("pad", "corpus.txt", "--maxlen", "4", "-o", "out.npz", *arguments)
    assert finished.returncode == 0, finished.err
    expected = "post" if typed else "head+tail:2" if variable else "head+tail:1" if file else "pre"
    assert (recorded()["truncating"], recorded()["maxlen"]) == (expected, 4)
    told = ["pyproject.toml"] * file + ["PADCLI_TRUNCATING"] * variable
    assert finished.err.startswith(f"options from {' and '.join(told)}\n" if told else "corpus.txt →")


def test_a_folder_that_was_removed_has_no_pyproject(corpus, tmp_path):
    (tmp_path / "gone").mkdir()
    shell = f"cd gone && rmdir ../gone && {sys.executable} -P -m padcli pad {corpus} -o {tmp_path}/out.npz"
    finished = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr


def test_a_side_or_a_list_is_replaced_as_a_whole(command_here, write, tmp_path):
    write("in.jsonl", '{"text": "a b", "label": 1, "user": 2}\n')
    write("prep.toml", '[pad]\nlabel = ["label", "user"]\npadding = "post"\n')
    command_here("pad", "in.jsonl", "--config", "prep.toml", "--label", "user", "--pre", "-o", "out.npz")
    assert (recorded()["label"], recorded()["padding"]) == (["user"], "pre")


def test_no_config_leaves_the_command_line_alone(command_here, corpus, write, monkeypatch):
    write("pyproject.toml", "[tool.padcli.pad]\nmaxlen = 2\n")
    monkeypatch.setenv("PADCLI_DTYPE", "int16")
    command_here("pad", "corpus.txt", "-o", "out.npz", "--no-config")
    assert (recorded()["maxlen"], recorded()["dtype"]) == (None, "int32")
    write("prep.toml", "[pad]\nmaxlen = 1\n")
    command_here(
        "pad", "corpus.txt", "-o", "out.npz", "--no-config", "--config", "prep.toml"
    )  # but a file that is named
    assert (recorded()["maxlen"], recorded()["dtype"]) == (1, "int32")
    monkeypatch.setenv("PADCLI_NO_CONFIG", "1")
    command_here("pad", "corpus.txt", "-o", "out.npz")
    assert (recorded()["maxlen"], recorded()["dtype"]) == (None, "int32")


def test_a_variable_names_the_file(command_here, corpus, write, monkeypatch):
    write("pyproject.toml", "[tool.padcli.pad]\nmaxlen = 2\n")
    write("prep.toml", "[pad]\nmaxlen = 1\n")
    monkeypatch.setenv("PADCLI_CONFIG", "prep.toml")
    command_here("pad", "corpus.txt", "-o", "out.npz")
    assert recorded()["maxlen"] == 1


def test_paths_start_from_the_folder_of_the_file(command_here, write, tmp_path):
    """As in dvc.yaml, and for ruff and pytest: a file that is committed means the same from any folder."""
    for folder in ("conf", "data"):
        (tmp_path / folder).mkdir()
    write("data/in.txt", CORPUS)
    write(
        "conf/prep.toml",
        '[pad]\ninputs = ["../data/in.txt"]\noutput = "out.npz"\ntokenizer = "whitespace"\nreport = "report.json"\n',
    )
    finished = command_here("pad", "--config", "conf/prep.toml")
    assert finished.returncode == 0, finished.err
    assert padcli.load("conf/out.npz").meta["inputs"][0]["path"] == "data/in.txt"
    assert (tmp_path / "conf" / "report.json").exists()
    command_here("pad", "--config", "conf/prep.toml", "-o", "here.npz")  # a path that is typed starts from here
    assert (tmp_path / "here.npz").exists()


def test_absolute_paths_urls_and_streams_are_as_they_are(tmp_path):
    file = ConfigFile(
        name="conf/prep.toml", tables={"pad": {"inputs": ["-", "s3://bucket/a.txt", "/data/a.txt", "a.txt"]}}
    )
    found = level_of(file, "pad", ("pad",)).values["inputs"].value
    assert found == ["-", "s3://bucket/a.txt", "/data/a.txt", "conf/a.txt"]


def test_each_command_has_a_table(command_here, corpus, write, tmp_path):
    write(
        "prep.toml",
        '[fit]\ninputs = "corpus.txt"\nvocab-size = 5\n[stats]\ninputs = "corpus.txt"\nmaxlen = [2, 3]\n'
        "[compare]\nmin_count = 2\n",
    )
    assert command_here("fit", "--config", "prep.toml", "-o", "words.json").returncode == 0
    assert len(json.loads((tmp_path / "words.json").read_text())["model"]["vocab"]) == 5
    finished = command_here("stats", "--config", "prep.toml", "--json")
    assert {"--maxlen 2", "--maxlen 3"} <= {
        name for each in json.loads(finished.out)["candidates"] for name in each["names"]
    }
    assert command_here("compare", "corpus.txt", "corpus.txt", "--config", "prep.toml").returncode == 0


def test_options_of_the_screen_count_too(command_here, corpus, write, monkeypatch):
    write("prep.toml", "[pad]\nquiet = true\n")
    assert command_here("pad", "corpus.txt", "--config", "prep.toml").err == ""
    monkeypatch.setenv("PADCLI_JSON", "yes")
    assert json.loads(command_here("pad", "corpus.txt", "--config", "prep.toml").out)["rows"] == 3
    monkeypatch.setenv("PADCLI_COLOR", "always")
    assert "\x1b[" in command_here("verify", "corpus.npz").out.decode()


def test_a_dry_run_tells_the_file_too(command_here, corpus, write):
    write("prep.toml", '[pad]\nmaxlen = 7\noutput = "out.npz"\n')
    shown = command_here("pad", "corpus.txt", "--config", "prep.toml", "--dry-run").err
    assert shown.startswith("options from prep.toml\n")
    assert "nothing was written" in shown


# --like, and other tokenizers


def test_an_earlier_output_or_a_tokenizer_that_is_typed_wins_over_what_a_file_says_of_rows(command_here, corpus, write):
    padcli.pad("corpus.txt", "train.npz", maxlen=4, padding="post")
    write("prep.toml", "[pad]\nmaxlen = 2\nvocab_size = 5\ncompress = true\nlower = false\n")
    finished = command_here("pad", "corpus.txt", "--config", "prep.toml", "--like", "train.npz", "-o", "out.npz")
    assert finished.returncode == 0, finished.err
    assert (recorded()["maxlen"], recorded()["padding"], recorded()["compress"]) == (4, "post", True)
    finished = command_here(
        "pad", "corpus.txt", "--config", "prep.toml", "--tokenizer", "train.tokenizer.json", "-o", "out.npz"
    )
    assert finished.returncode == 0, finished.err
    assert (recorded()["maxlen"], recorded()["vocab_size"]) == (2, None)


def test_in_one_table_both_count_as_on_the_command_line(command_here, corpus, write):
    padcli.pad("corpus.txt", "train.npz", maxlen=4, padding="post")
    write("prep.toml", '[pad]\nlike = "train.npz"\nmaxlen = 2\n')
    command_here("pad", "corpus.txt", "--config", "prep.toml", "-o", "out.npz")
    assert (recorded()["maxlen"], recorded()["padding"]) == (2, "post")


def test_all_that_an_earlier_output_decides_is_known():
    decided = {*earlier_output._TAKEN, *earlier_output._OF_ROWS, *earlier_output._OF_PADDING}
    assert {*decided, "pair_field", "special_in_text", "tokenizer"} <= DECIDED_BY_LIKE


# What is wrong


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('maxlen = "x"', "pad.maxlen: expected a number of tokens such as 50, or a share such as p95"),
        ("maxlen = true", "pad.maxlen: expected an integer or a string, got true."),
        ("maxlen = 2.5", "pad.maxlen: expected an integer or a string, got 2.5."),
        ("maxlen = {a = 1}", "pad.maxlen: expected an integer or a string, got a table."),
        ("maxlen = 1979-05-27", "pad.maxlen: expected an integer or a string, got 1979-05-27."),
        ("label = 3", "pad.label: expected a string or a list of strings, got 3."),
        ('label = ["a", 1]', 'pad.label: expected a string or a list of strings, got ["a", 1].'),
        ('label = ["a", "a"]', "pad.label: 'a' was given twice."),
        ('lower = "yes"', 'pad.lower: expected true or false, got "yes".'),
        ('padding = "left"', "pad.padding: 'left' is not one of pre, post."),
        ("padding = 1", "pad.padding: expected a string, got 1."),
        ('vocab_size = "9"', 'pad.vocab_size: expected an integer, got "9".'),
        ("vocab_size = 1", "pad.vocab_size: expected an integer of at least 2 (padding and [UNK] are included)"),
        ("output = 1", "pad.output: expected a string, got 1."),
        ("inputs = 1", "pad.inputs: expected a string or a list of strings, got 1."),
        ('fail_if = "x"', "pad.fail_if: --fail-if 'x': expected a figure, one of > >= < <= == != and a number"),
        ("maxlne = 5", "pad.maxlne: no such option. Did you mean maxlen?"),
        ("max_len = 5", "pad.max_len: no such option. Use maxlen."),
        ("num-words = 5", "pad.num_words: no such option. Use vocab_size."),
        ("post = true", 'pad.post: no such option. Did you mean padding = "post"?'),
        ("no-unk = true", "pad.no_unk: no such option. Did you mean unk = false?"),
        ('truncate = "post"', "pad.truncate: no such option. Did you mean truncating?"),
        ('padding_side = "right"', 'pad.padding_side: no such option. Use padding = "post" or padding = "pre".'),
        ("save_counts = 'x'", "pad.save_counts: no such option."),
        ("xyzzy = 1", "pad.xyzzy: no such option."),
        ("dry_run = true", "pad.dry_run: this can only be given on the command line."),
        ("max_length = 1\nmax-length = 2", "pad.max-length: is given twice, also as max_length."),
    ],
)  # fmt: skip
def test_messages_name_the_file_and_the_key(command_here, corpus, write, line, said):
    for name, prefix in (("prep.toml", ""), ("pyproject.toml", "tool.padcli.")):
        write(name, f"[{prefix}pad]\n{line}\n")
        finished = command_here("pad", "corpus.txt", *(["--config", name] if not prefix else []), "-o", "out.npz")
        assert finished.returncode == 2
        assert finished.err.splitlines()[0].startswith(f"error: {name}: {prefix}{said}")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("maxlen = 5\n", "prep.toml: maxlen: no such table."),
        ("[padd]\nmaxlen = 5\n", "prep.toml: padd: no such table. Did you mean [pad]?"),
        ("pad = 5\n", "prep.toml: pad: expected a table, such as [pad]."),
        ("[[pad]]\nmaxlen = 5\n", "prep.toml: pad: expected a table, such as [pad]."),
        ("[pad\n", "prep.toml: is not TOML: "),
        ("[pad]\nmaxlen = 1\nmaxlen = 2\n", "prep.toml: is not TOML: "),
        (b"[pad]\nfield = '\xff'\n", "prep.toml: is not UTF-8, as TOML is."),
        (None, "prep.toml: No such file or directory."),
    ],
)
def test_a_file_that_is_none(command_here, corpus, write, content, said):
    if content is not None:
        write("prep.toml", content)
    finished = command_here("pad", "corpus.txt", "--config", "prep.toml")
    assert finished.returncode == 2
    assert finished.err.startswith(f"error: {said}")


def test_an_error_of_options_together_tells_where_each_is_from(command_here, corpus, write, monkeypatch):
    write("prep.toml", "[pad]\nstride = 3\n")
    monkeypatch.setenv("PADCLI_REJECTS", "rejects.jsonl")
    shown = command_here("pad", "corpus.txt", "--config", "prep.toml").err
    assert "hint:  --rejects is from PADCLI_REJECTS.\n" in shown
    monkeypatch.delenv("PADCLI_REJECTS")
    shown = command_here("pad", "corpus.txt", "--config", "prep.toml").err
    assert shown.splitlines() == [
        "error: --stride cannot be used without --overflow window.",
        "hint:  Add --overflow window.",
        "hint:  --stride is from prep.toml: pad.stride.",
    ]


def test_a_missing_input_is_still_an_error_of_use(command_here, corpus, write):
    write("prep.toml", "[pad]\nmaxlen = 5\ninputs = []\n")
    finished = command_here("pad", "--config", "prep.toml")
    assert finished.err.splitlines() == ["error: Missing argument 'INPUT...'.", "hint:  padcli pad --help"]


# Variables


@pytest.mark.parametrize(
    ("variable", "text", "value"),
    [
        ("MAXLEN", "50", 50),
        ("MAXLEN", "p95", "p95"),
        ("PADDING", "post", "post"),
        ("VOCAB_SIZE", "9", 9),
        ("SEED", "-1", -1),
        ("UNK", "off", False),
        ("UNK", "TRUE", True),
        ("LOWER", "no", False),
        ("COMPRESS", "1", True),
        ("LABEL", "a,b", ("a", "b")),
        ("START", "[CLS],7", ("[CLS]", "7")),
        ("FAIL_IF", "rows<1,unk>5%", ("rows<1", "unk>5%")),
        ("BUCKET", "32,64", "32,64"),
        ("NGRAMS", "1,3", (1, 3)),
        ("OUTPUT", "x.npz", "x.npz"),
        ("CHUNK_BYTES", "100", 100),
    ],
)
def test_a_variable_is_parsed_as_the_command_line_is(variable, text, value):
    found = from_environment("pad", {f"PADCLI_{variable}": text}).values
    assert {name: each.value for name, each in found.items()} == {variable.lower(): value}


def test_a_variable_may_be_a_list_of_numbers():
    assert from_environment("stats", {"PADCLI_MAXLEN": "5,6"}).values["maxlen"].value == (5, 6)


@pytest.mark.parametrize(
    "environ", [{"PADCLI_MAXLEN": ""}, {"PADCLI_SAVE_COUNTS": "x"}, {"PADCLI_VERSION": "2"}, {"MAXLEN": "3"}]
)
def test_a_variable_that_is_empty_or_of_others_is_none(environ):
    assert not from_environment("pad", environ).values


@pytest.mark.parametrize(
    ("variable", "text", "said"),
    [
        ("PADCLI_MAXLEN", "x", "PADCLI_MAXLEN: expected a number of tokens"),
        ("PADCLI_UNK", "x", "PADCLI_UNK: expected 1 or 0 (or true, false, yes, no, on, off), got 'x'."),
        ("PADCLI_VOCAB_SIZE", "x", 'PADCLI_VOCAB_SIZE: expected an integer, got "x".'),
        ("PADCLI_DTYPE", "int3", "PADCLI_DTYPE: 'int3' is not one of auto, int8"),
        ("PADCLI_MAXLN", "5", "PADCLI_MAXLN: no such option. Did you mean PADCLI_MAXLEN?"),
        ("PADCLI_POST", "1", "PADCLI_POST: no such option. Did you mean PADCLI_PADDING=post?"),
        ("PADCLI_INPUTS", "a.txt", "PADCLI_INPUTS: this cannot be given by a variable."),
        ("PADCLI_DRY_RUN", "1", "PADCLI_DRY_RUN: this cannot be given by a variable."),
    ],
)
def test_messages_name_the_variable(command_here, corpus, monkeypatch, variable, text, said):
    monkeypatch.setenv(variable, text)
    finished = command_here("pad", "corpus.txt")
    assert (finished.returncode, finished.err.startswith(f"error: {said}")) == (2, True), finished.err


# --print-config


def test_what_is_printed_gives_the_same_bytes(command_here, tmp_path, monkeypatch):
    (tmp_path / "reviews.jsonl").write_bytes((SAMPLE_DATA / "reviews.jsonl").read_bytes())
    monkeypatch.setenv("PADCLI_MIN_COUNT", "2")
    given = ["reviews.jsonl", "-o", "out.npz", "--label", "label", "--maxlen", "p90", "--post", "--start", "[CLS]"]
    printed = command_here("pad", *given, "--print-config")
    assert (printed.returncode, printed.err) == (0, "")
    assert printed.out.decode() == (
        '[pad]\ninputs = ["reviews.jsonl"]\noutput = "out.npz"\nlabel = ["label"]\nmin_count = 2\nmaxlen = "p90"\n'
        'padding = "post"\nstart = ["[CLS]"]\n'
    )
    assert not (tmp_path / "out.npz").exists()
    command_here("pad", *given)
    expected = (tmp_path / "out.npz").read_bytes(), (tmp_path / "out.tokenizer.json").read_bytes()
    monkeypatch.delenv("PADCLI_MIN_COUNT")
    (tmp_path / "out.npz").unlink()
    (tmp_path / "prep.toml").write_bytes(printed.out)
    assert command_here("pad", "--config", "prep.toml").returncode == 0
    assert ((tmp_path / "out.npz").read_bytes(), (tmp_path / "out.tokenizer.json").read_bytes()) == expected


def test_what_is_the_default_is_printed_where_it_differs_from_the_earlier_output(command_here):
    assert command_here("pad", "x", "--pre", "--print-config").out == b'[pad]\ninputs = ["x"]\n'
    assert b'padding = "pre"' in command_here("pad", "x", "--pre", "--like", "train.npz", "--print-config").out


def test_options_that_contradict_each_other_are_not_printed(command_here):
    finished = command_here("pad", "x", "--stride", "3", "--print-config")
    assert (finished.returncode, finished.out) == (2, b"")


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
# Values of options that take few of all strings; of others, values of their type that they accept.
SAMPLES = {
    "maxlen": [1, 50, "p95", "t99.5", "1,169"],
    "field": ["data.body", "é"],
    "pair_field": [["answer"], "answer"],
    "label": [["a", "b c"], "label"],
    "group": ["user"],
    "stratify": ["label"],
    "encoding": ["latin-1"],
    "sample": ["1%", "99.5%"],
    "split_into": ["train=0.9,val=0.1"],
    "tokenizer": ["whitespace", "char", "text-vectorization", "words.json"],
    "split": ["character", r"\s+"],
    "ngrams": [2, [1, 3], "2,"],
    "truncating": ["post", "head+tail:3"],
    "start": [["[CLS]", "7"], [5], 5, 'a"b\\'],
    "overflow": ["window", "drop"],
    "windows": ["first:3"],
    "bucket": ["32,64", "auto:4"],
    "fail_if": [["rows<1", "unk>5%"], "empty>0"],
    "report": ["a.json", "b é.md"],
    "plot": ["a.svg"],
}
SCHEMA = jsonschema.Draft7Validator(
    json.loads(files("padcli.config").joinpath("config.schema.json").read_text("utf-8"))
)
DECLARED = keys.options_by_name("pad")


def _accepts(option, value):
    try:
        checked(option, value, "")
    except padcli.PadcliError:
        return False
    return True


def _values_of(option):
    if option.name in SAMPLES:
        return st.sampled_from(SAMPLES[option.name])
    kinds = {
        bool: st.booleans(),
        int: st.sampled_from([0, 1, 2, 99, -7, 10**17, -(2**63)]),
        str: st.one_of(texts, st.sampled_from(["a", "1", "1%", "a.json", "64MB"])),
    }
    each = [
        st.sampled_from(get_args(kind)) if get_origin(kind) is Literal
        else st.lists(kinds[get_args(kind)[0]], max_size=3) if get_origin(kind) is Sequence
        else kinds.get(kind, kinds[str])
        for kind in members(option.keyword_type)
        if kind is not NoneType
    ]  # fmt: skip
    return st.one_of(each).filter(lambda value: _accepts(option, value))


@st.composite
def some_options(draw):
    names = draw(st.sets(st.sampled_from(sorted(DECLARED)), max_size=5))
    return {name: draw(_values_of(DECLARED[name])) for name in sorted(names)}


@settings(max_examples=100, suppress_health_check=[HealthCheck.filter_too_much])
@given(values=some_options())
def test_any_options_are_the_same_once_they_are_printed_and_read(values):
    try:
        before = checked_stages("pad", values)
    except padcli.PadcliError:  # they contradict each other
        reject()
    tables = tomllib.loads(as_config("pad", values))
    SCHEMA.validate(tables)
    read = level_of(ConfigFile(name="prep.toml", tables=tables), "pad", ("pad",)).values
    assert checked_stages("pad", {name: each.value for name, each in read.items()}) == before


@pytest.mark.parametrize(
    ("variables", "typed"),
    [
        ({"MAXLEN": "1,169", "PADDING": "post"}, ["--maxlen", "1,169", "--post"]),
        ({"LABEL": "a,b", "START": "[CLS],7"}, ["--label", "a", "--label", "b", "--start", "[CLS]", "--start", "7"]),
        ({"UNK": "0", "LOWER": "off", "COMPRESS": "yes"}, ["--no-unk", "--no-lower", "--compress"]),
        (
            {"TOKENIZER": "text-vectorization", "NGRAMS": "1,3"},
            ["--tokenizer", "text-vectorization", "--ngrams", "1,3"],
        ),
        ({"SPECIAL_IN_TEXT": "0", "TOKENIZER": "x.json"}, ["--no-special-in-text", "--tokenizer", "x.json"]),
        ({"OUTPUT": "é.npz", "WORKERS": "2"}, ["-o", "é.npz", "--workers", "2"]),
    ],
)
def test_variables_mean_what_is_typed(command_here, monkeypatch, variables, typed):
    expected = command_here("pad", "x", *typed, "--print-config").out
    for name, text in variables.items():
        monkeypatch.setenv(f"PADCLI_{name}", text)
    assert command_here("pad", "x", "--print-config").out == expected
    assert expected.count(b"\n") == len(variables) + 2


@given(value=st.recursive(st.one_of(texts, st.integers(), st.booleans()), st.lists, max_leaves=5))
def test_toml_reads_what_is_written(value):
    assert tomllib.loads(f"key = {as_toml(value)}") == {"key": value}


def test_half_characters_cannot_be_written():
    with pytest.raises(padcli.PadcliError, match="not valid UTF-8"):
        as_toml("\udc80")


def test_there_is_no_standard_output_to_print_to(corpus):
    shell = f"{sys.executable} -m padcli pad corpus.txt --print-config >&-"
    finished = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=False)
    assert (finished.returncode, finished.stderr.splitlines()[0]) == (2, "error: Standard output is closed.")


# What it costs


def test_nothing_is_parsed_where_there_is_nothing_to_parse(corpus):
    code = (
        "import sys; sys.argv[1:] = ['pad', 'corpus.txt', '--print-config']; from padcli.cli.commands import run; run()"
        "; sys.stderr.write(' '.join({'tomllib', 'numpy', 'padcli.config.settings'} & sys.modules.keys()))"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert finished.stderr == "padcli.config.settings"
    code = code.replace("'corpus.txt', '--print-config'", "'--help'")
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stderr == ""


def test_the_library_takes_what_it_is_given_alone(corpus, write, monkeypatch):
    write("pyproject.toml", "[tool.padcli.pad]\nmaxlen = 2\n")
    monkeypatch.setenv("PADCLI_MAXLEN", "1")
    padcli.pad("corpus.txt", "out.npz")
    assert np.load("out.npz")["token_ids"].shape == (3, 6)


@pytest.mark.parametrize("name", keys.CONFIGURED)
def test_all_options_have_a_key_and_a_variable(name, corpus):
    found = keys.options_by_name(name)
    for each in found:
        assert keys.suggestion(each.replace("_", ""), name)
    assert not {"config", "no_config", "print_config", "dry_run"} & found.keys()
    assert settings_of(name, {}, ConfigOptions(), {}).values == {}
