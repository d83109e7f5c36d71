"""`padcli run`: several jobs of one file, in the order of what they need."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import padcli
from padcli.config.file import ConfigFile
from padcli.jobs.job import Job
from padcli.jobs.order import in_order
from padcli.jobs.read import read_jobs

JOBS = """
[pad]
maxlen = "p95"
padding = "post"
label = "label"
vocab_size = 6

[jobs.validation]
inputs = "val.jsonl"
like = "train"

[jobs.train]
inputs = "train.jsonl"
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, texts in (("train", ["a b c d e f g h", "a b", "c"]), ("val", ["c b a", "h i j k l m n o p q r s t"])):
        rows = [json.dumps({"text": text, "label": i}) + "\n" for i, text in enumerate(texts)]
        (tmp_path / f"{name}.jsonl").write_text("".join(rows))
    return tmp_path


def jobs_of(toml, **variables):
    import tomllib

    return read_jobs(ConfigFile(name="prep.toml", tables=tomllib.loads(toml)), variables)


def order(toml, *names):
    return [job.name for job in in_order(jobs_of(toml), names)]


def statuses(results):
    return {result.job.name: result.status for result in results}


# What a job is


@pytest.mark.usefixtures("folder")
def test_validation_data_is_padded_as_the_training_data_was(command_here, write):
    write("prep.toml", JOBS)
    finished = command_here("run", "--config", "prep.toml")
    assert finished.returncode == 0, finished.err
    lines = finished.err.splitlines()
    assert [line.split()[:3] for line in lines] == [["train", "3", "rows"], ["validation", "2", "rows"]]
    assert [line.split()[-1] for line in lines] == ["train.npz", "validation.npz"]
    train, validation = padcli.load("train.npz"), padcli.load("validation.npz")
    assert train.token_ids.shape == (3, 8)
    assert validation.token_ids.tolist() == [[4, 3, 2, 0, 0, 0, 0, 0], [1] * 8]
    assert validation.labels["label"].tolist() == [0, 1]
    padcli.pad("train.jsonl", "one.npz", maxlen="p95", padding="post", label="label", vocab_size=6)
    padcli.pad("val.jsonl", "other.npz", like="one.npz")
    assert np.array_equal(padcli.load("other.npz").token_ids, validation.token_ids)


@pytest.mark.usefixtures("folder")
def test_train_validation_and_test_with_one_tokenizer(write):
    write(
        "prep.toml",
        """
        [pad]
        tokenizer = "words"
        maxlen = 4
        [jobs.train]
        inputs = "train.jsonl"
        [jobs.validation]
        inputs = "val.jsonl"
        [jobs.words]
        command = "fit"
        inputs = ["train.jsonl", "val.jsonl"]
        output = "tokenizer.json"
        """,
    )
    assert statuses(padcli.run(config="prep.toml")) == {"words": "done", "train": "done", "validation": "done"}
    for name in ("train", "validation"):
        assert padcli.load(f"{name}.npz").meta["tokenizer"]["path"] == "tokenizer.json"


@pytest.mark.usefixtures("folder")
def test_jobs_may_be_in_pyproject(command_here, write):
    write("pyproject.toml", JOBS.replace("[pad]", "[tool.padcli.pad]").replace("[jobs.", "[tool.padcli.jobs."))
    assert command_here("run", "train", "-q").err == ""
    assert padcli.load("train.npz").token_ids.shape == (3, 8)


def test_a_job_wins_over_what_all_share_and_the_environment_over_both(folder):
    toml = '[pad]\nmaxlen = 3\ndtype = "int8"\n[jobs.a]\ninputs = "x"\nmaxlen = 4\n[jobs.b]\ninputs = "x"\n'
    assert {name: job.values["maxlen"] for name, job in jobs_of(toml).items()} == {"a": 4, "b": 3}
    jobs = jobs_of(toml, PADCLI_MAXLEN="5", PADCLI_QUIET="1")
    assert {name: (job.values["maxlen"], job.values["dtype"]) for name, job in jobs.items()} == {
        "a": (5, "int8"),
        "b": (5, "int8"),
    }


@pytest.mark.usefixtures("folder")
def test_outputs_are_named_after_their_jobs_beside_the_file(write, folder):
    (folder / "conf").mkdir()
    write(
        "conf/prep.toml", '[jobs.train]\ninputs = "../train.jsonl"\n[jobs.words]\ncommand="fit"\ninputs="../val.jsonl"'
    )
    padcli.run(config="conf/prep.toml")
    assert {path.name for path in (folder / "conf").iterdir()} == {
        "prep.toml", "train.npz", "train.tokenizer.json", "words.json",
    }  # fmt: skip


# The order


def test_the_order_is_that_of_the_file_where_nothing_is_needed():
    assert order('[jobs.b]\ninputs="x"\n[jobs.a]\ninputs="x"\n[jobs.c]\ncommand="stats"\ninputs="x"') == ["b", "a", "c"]


@pytest.mark.parametrize(
    "line",
    [
        'tokenizer = "first"',  # the name of a job
        'tokenizer = "first.tokenizer.json"',  # a file of it
        'tokenizer = "./first.tokenizer.json"',
        'like = "first"',
        'like = "first.npz"',
        'inputs = ["y", "rejects.jsonl"]',
    ],
)
def test_what_needs_the_output_of_another_comes_after_it(line):
    inputs = "" if "inputs" in line else 'inputs = "x"\n'
    toml = f'[jobs.second]\n{inputs}{line}\n[jobs.first]\ninputs = "x"\non_error = "skip"\nrejects = "rejects.jsonl"\n'
    assert order(toml) == ["first", "second"]
    assert order(toml, "second") == ["first", "second"]
    assert order(toml, "first") == ["first"]


def test_a_part_of_a_split_and_counts_are_outputs_too():
    split = '[jobs.b]\ninputs="x"\nlike="{}"\n[jobs.a]\ninputs="x"\nsplit_into="train=0.9,val=0.1"\n'
    assert order(split.format("a.val.npz")) == ["a", "b"]
    assert order(split.format("a")) == ["a", "b"]
    assert jobs_of(split.format("a"))["b"].values["like"] == "a.train.npz"
    fits = '[jobs.b]\ncommand="fit"\ninputs="x"\ncontinue_from="a"\n[jobs.a]\ncommand="fit"\ninputs="x"\n{}'
    assert order(fits.format('save_counts="words.arrow"')) == ["a", "b"]
    with pytest.raises(padcli.PadcliError, match=r"jobs\.b\.continue_from: the job 'a' saves no counts"):
        order(fits.format(""))


def test_a_tokenizer_of_its_own_kind_is_no_job():
    jobs = jobs_of('[jobs.char]\ninputs="x"\n[jobs.b]\ninputs="x"\ntokenizer="char"\n')
    assert jobs["b"].needs == ()


names = st.sampled_from("abcdef")


@settings(max_examples=200)
@given(needs=st.dictionaries(names, st.sets(names), max_size=6), chosen=st.sets(names))
def test_each_comes_after_what_it_needs_and_nothing_else_is_run(needs, chosen):
    needs = {name: needs.get(name, set()) for name in "fbacde"}
    jobs = {
        name: Job(name=name, command="pad", place=f"jobs.{name}", values={}, places={}, needs=tuple(sorted(of)))
        for name, of in needs.items()
    }
    closure, more = set(chosen or needs), True
    while more:
        more = {each for name in closure for each in needs[name]} - closure
        closure |= more
    left, possible = set(closure), True
    while left and possible:
        possible = {name for name in left if not needs[name] & left}
        left -= possible
    if left:
        with pytest.raises(padcli.PadcliError, match="need each other"):
            in_order(jobs, sorted(chosen))
        return
    found = [job.name for job in in_order(jobs, sorted(chosen))]
    assert sorted(found) == sorted(closure)
    assert all(found.index(each) < i for i, name in enumerate(found) for each in needs[name])


def test_a_cycle_is_refused():
    with pytest.raises(padcli.PadcliError) as caught:
        order('[jobs.a]\ninputs="x"\nlike="b"\n[jobs.b]\ninputs="x"\ntokenizer="c.json"\n[jobs.c]\ncommand="fit"\n'
              'inputs="a.npz"\n')  # fmt: skip
    assert "the jobs " in caught.value.message
    assert sorted(set(caught.value.message.split("the jobs ")[1].split(" need")[0].split(" → "))) == ["a", "b", "c"]
    with pytest.raises(padcli.PadcliError, match="the jobs a → a need each other"):
        order('[jobs.a]\ninputs="x"\nlike="a"\n')


# What is wrong


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("", "prep.toml: has no jobs."),
        ("[jobs.a]\n", "prep.toml: jobs.a: has no inputs."),
        ("[jobs]\na = 1\n", "prep.toml: jobs.a: expected a table, such as [pad]."),
        ('[jobs.a]\ninputs="x"\ncommand="padd"\n', "prep.toml: jobs.a.command: expected one of pad, fit, stats"),
        ('[jobs.a]\ninputs="x"\ncommand=["pad"]\n', "prep.toml: jobs.a.command: expected one of pad, fit, stats"),
        ('[jobs.a]\ninputs="x"\nmax_len=3\n', "prep.toml: jobs.a.max_len: no such option. Use maxlen."),
        ('[jobs.a]\ninputs="x"\nmaxlen=true\n', "prep.toml: jobs.a.maxlen: expected an integer or a string, got true."),
        ('[jobs.a]\ninputs="x"\nquiet=true\n', "prep.toml: jobs.a.quiet: is no option of a job, but of `padcli run`."),
        ('[jobs.a]\ninputs="x"\noutput="-"\n', "prep.toml: jobs.a.output: a job writes to a file"),
        ('[jobs.a]\ninputs="x"\nstride=3\n', "prep.toml: jobs.a: --stride cannot be used without --overflow window."),
        ('[pad]\nmaxlen=true\n[jobs.a]\ninputs="x"\n', "prep.toml: pad.maxlen: expected an integer or a string"),
        ('[jobs.a]\ninputs="x"\n[jobs.b]\ninputs="x"\noutput="a.npz"\n', "prep.toml: jobs.b: would write a.npz, as"),
        ('[jobs.a]\ncommand="stats"\ninputs="x"\n[jobs.b]\ninputs="x"\nlike="a"\n', "prep.toml: jobs.b.like: the job"),
        ('[jobs.a]\ninputs="x"\nlike="y"\n[jobs.b]\ninputs="x"\ntokenizer="a"\n', "prep.toml: jobs.b.tokenizer: the"),
        ('[jobs.a]\ninputs="x"\nbucket="2,4"\n[jobs.b]\ninputs="x"\nlike="a"\n', "prep.toml: jobs.b.like: the job 'a'"),
    ],
)  # fmt: skip
def test_messages_name_the_file_and_the_key(command_here, write, toml, said):
    write("prep.toml", toml)
    finished = command_here("run", "--config", "prep.toml")
    assert (finished.returncode, finished.err.startswith(f"error: {said}")) == (2, True), finished.err


def test_a_job_that_there_is_not(command_here, folder, write):
    write("prep.toml", JOBS)
    finished = command_here("run", "trian", "--config", "prep.toml")
    assert finished.err.splitlines() == [
        "error: trian: no such job. Did you mean train?",
        "hint:  Jobs: validation, train",
    ]


def test_no_configuration(command_here, folder, write):
    assert "There is no configuration" in command_here("run").err
    write("pyproject.toml", JOBS.replace("[pad]", "[tool.padcli.pad]").replace("[jobs.", "[tool.padcli.jobs."))
    assert "There is no configuration" in command_here("run", "--no-config").err


# Runs


@pytest.mark.usefixtures("folder")
def test_what_is_up_to_date_is_left_alone(write, folder):
    write("prep.toml", JOBS)
    run = lambda: statuses(padcli.run(config="prep.toml", if_changed=True))  # noqa: E731
    assert run() == {"train": "done", "validation": "done"}
    assert run() == {"train": "up to date", "validation": "up to date"}
    with (folder / "val.jsonl").open("a") as file:
        file.write('{"text": "new", "label": 1}\n')
    assert run() == {"train": "up to date", "validation": "done"}
    write("prep.toml", JOBS.replace("p95", "p50"))
    assert run() == {"train": "done", "validation": "done"}
    assert padcli.load("validation.npz").token_ids.shape == (3, 2)


FITS = """
[jobs.words]
command = "fit"
inputs = "train.jsonl"
save_counts = "words.arrow"
vocab_size = 9

[jobs.both]
command = "fit"
inputs = "val.jsonl"
continue_from = "words"
vocab_size = 9

[jobs.padded]
inputs = "val.jsonl"
tokenizer = "both"
"""


@pytest.mark.parametrize(
    ("change", "again"),
    [
        (lambda _: None, set()),
        (lambda folder: add(folder / "train.jsonl", '{"text": "new d"}\n'), {"words", "both", "padded"}),
        (lambda folder: add(folder / "val.jsonl", '{"text": "new"}\n'), {"both", "padded"}),
        (lambda folder: (folder / "words.arrow").unlink(), {"words"}),
        (lambda folder: (folder / "words.json").write_text("{}"), {"words"}),
        (lambda folder: (folder / "both.fit.json").unlink(), {"both"}),
        (lambda folder: (folder / "both.fit.json").write_text("{"), {"both"}),
        (lambda folder: replace(folder / "prep.toml", "vocab_size = 9", "vocab_size = 8"), {"words", "both", "padded"}),
        (lambda folder: replace(folder / "words.fit.json", '"padcli": "', '"padcli": "0.'), {"words"}),
        (lambda folder: replace(folder / "prep.toml", "vocab_size", "workers = 1\nvocab_size"), set()),
    ],
)
def test_a_tokenizer_that_is_up_to_date_is_left_alone(write, folder, change, again):
    write("prep.toml", FITS)
    run = lambda: statuses(padcli.run(config="prep.toml", if_changed=True))  # noqa: E731
    assert set(run().values()) == {"done"}
    before = (folder / "both.json").read_bytes()
    change(folder)
    assert {name for name, status in run().items() if status == "done"} == again
    if not again:
        assert (folder / "both.json").read_bytes() == before
        (words, *_) = padcli.run("words", config="prep.toml", if_changed=True)
        assert (words.as_dict()["report"]["rows"], words.as_dict()["report"]["up_to_date"]) == (3, True)


def add(path, text):
    path.write_text(path.read_text() + text)


def replace(path, old, new):
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


@pytest.mark.parametrize("tokenizer", ["bpe", "wordpiece", "unigram", "char", "text-vectorization"])
def test_any_tokenizer_is_left_alone(write, folder, tokenizer):
    write("prep.toml", f'[jobs.it]\ncommand = "fit"\ninputs = "*.jsonl"\ntokenizer = "{tokenizer}"\n')
    found = [statuses(padcli.run(config="prep.toml", if_changed=True))["it"] for _ in range(2)]
    assert found == ["done", "up to date"]
    (folder / "more.jsonl").write_text('{"text": "q"}\n')
    assert statuses(padcli.run(config="prep.toml", if_changed=True)) == {"it": "done"}


@pytest.mark.usefixtures("folder")
def test_a_file_of_the_name_of_a_record_is_kept(command_here, write):
    write("prep.toml", FITS)
    write("words.fit.json", '{"mine": 1}')
    for _ in range(2):
        shown = command_here("run", "--config", "prep.toml", "--if-changed").err
    words, both, _ = shown.splitlines()
    assert "up to date" not in words
    assert re.search(r"both +2 rows +up to date +both.json", both)
    assert Path("words.fit.json").read_text() == '{"mine": 1}'


@pytest.mark.usefixtures("folder")
def test_without_if_changed_no_record_is_written(write, folder):
    write("prep.toml", FITS)
    padcli.run(config="prep.toml")
    assert not list(folder.glob("*.fit.json"))


@pytest.mark.usefixtures("folder")
def test_a_job_may_say_so_itself(command_here, write):
    write("prep.toml", JOBS + "if_changed = true\n")
    command_here("run", "--config", "prep.toml")
    shown = command_here("run", "--config", "prep.toml").err
    assert [("up to date" in line) for line in shown.splitlines()] == [True, False]


@pytest.mark.usefixtures("folder")
def test_what_needs_a_failed_job_is_not_run_and_the_rest_is(command_here, write):
    more = 'maxlen = 3\nfail_if = "rows<99"\n'
    more += '[jobs.words]\ncommand = "fit"\ninputs = "val.jsonl"\n[jobs.late]\ninputs = "no"\n'
    write("prep.toml", JOBS + more)
    finished = command_here("run", "--config", "prep.toml", "--json")
    assert finished.returncode == 1  # that of the first: a gate
    facts = {each["name"]: each for each in json.loads(finished.out)["jobs"]}
    assert {name: each["status"] for name, each in facts.items()} == {
        "train": "failed", "validation": "not run", "words": "done", "late": "failed",
    }  # fmt: skip
    assert facts["validation"]["waits_for"] == "train"
    assert facts["train"]["report"]["rows"] == 3
    assert "error: train: gate failed: rows 3 < 99\n" in finished.err
    assert "error: late: no: No such file or directory.\n" in finished.err
    assert "validation  " in finished.err
    assert "not run  train failed\n" in finished.err


@pytest.mark.usefixtures("folder")
def test_an_error_tells_which_job_and_key_it_is_from(command_here, write):
    write("prep.toml", JOBS + 'on_error = "skip"\nrejects = "no/rejects.jsonl"\ndtype = "int8"\npad_id = 300\n')
    finished = command_here("run", "train", "--config", "prep.toml", "-q")
    assert finished.returncode == 2
    assert finished.err.startswith("error: train: ")


@pytest.mark.usefixtures("folder")
def test_quiet_says_nothing(command_here, write, monkeypatch):
    write("prep.toml", JOBS)
    assert command_here("run", "--config", "prep.toml", "-q") == (0, b"", "")
    monkeypatch.setenv("PADCLI_QUIET", "1")
    assert command_here("run", "--config", "prep.toml") == (0, b"", "")


def test_a_dry_run_shows_the_order_and_does_nothing(command_here, folder, write):
    write("prep.toml", JOBS)
    finished = command_here("run", "--config", "prep.toml", "--dry-run")
    assert finished.err.splitlines() == [
        "train       pad    train.jsonl → train.npz",
        "validation  pad    val.jsonl → validation.npz, after train",
        "",
        "Dry run: nothing was done.",
    ]
    assert not list(folder.glob("*.npz"))
    facts = json.loads(command_here("run", "--config", "prep.toml", "--dry-run", "--json").out)
    assert facts["jobs"][1] == {"name": "validation", "command": "pad", "needs": ["train"]}


def test_the_order_needs_no_numpy(folder, write):
    write("prep.toml", JOBS)
    code = "import sys; from padcli.config.file import read_config; from padcli.jobs.read import read_jobs; "
    code += "print(list(read_jobs(read_config('prep.toml'))), {'numpy', 'pyarrow'} & sys.modules.keys())"
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert finished.stdout == "['validation', 'train'] set()\n"
