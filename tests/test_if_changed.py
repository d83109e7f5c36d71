"""`padcli pad --if-changed`: whatever would change the output leads to a run, and nothing else does."""

import json
import os
import shutil
import stat
from pathlib import Path

import pytest
from conftest import SAMPLE_DATA

import padcli
from padcli.errors import GateError
from padcli.inspection import up_to_date
from padcli.options import keywords
from padcli.report.metadata import report_of

JSONL = '{"text": "The cat sat", "title": "A b", "y": 1, "z": 2}\n{"text": "the dog", "title": "c", "y": 0, "z": 3}\n'
BAD = '{"text": 3}\n'


@pytest.fixture
def folder(tmp_path, monkeypatch, write):
    monkeypatch.chdir(tmp_path)
    write("corpus.jsonl", JSONL)
    write("other.jsonl", JSONL.replace("dog", "cow"))
    write("corpus.txt", "the cat sat\nthe dog\n")
    return tmp_path


def state(folder):
    """What is in a folder, and when it was written; times are set back, so that any writing shows."""
    found = {}
    for path in sorted(folder.rglob("*")):
        os.utime(path, (10**9, 10**9))
        found[path] = (path.stat().st_ino, path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else None)
    return found


def pad(inputs="corpus.jsonl", output="out.npz", **options):
    """Pad if something has changed. Gives the report, having made sure that it says what was done."""
    report = padcli.pad(inputs, output, if_changed=True, **options)
    assert report.up_to_date == report.change.endswith(f"{output} is up to date")
    return report


def fresh(folder, inputs="corpus.jsonl", output="out.npz", **options):
    """The bytes that a run from nothing writes."""
    (folder / "fresh").mkdir()
    padcli.pad(inputs, folder / "fresh" / output, **options)
    found = (folder / "fresh" / output).read_bytes()
    shutil.rmtree(folder / "fresh")
    return found


@pytest.mark.parametrize(
    ("inputs", "output", "options"),
    [
        ("corpus.jsonl", "out.npz", {}),
        ("corpus.jsonl", "out.npy", {"label": ["y", "z"], "maxlen": 2}),
        (["corpus.jsonl", "corpus.txt"], "out.npz", {"compress": True, "names": "hf", "maxlen": "p50"}),
        ("corpus.txt", "out.npz", {"save_tokenizer": "words.json", "padding": "post", "pad_id": 3}),
        (SAMPLE_DATA / "ids.jsonl", "out.npz", {"dtype": "auto"}),
        (SAMPLE_DATA / "tokens.jsonl", "out.npy", {}),
        (SAMPLE_DATA / "broken.jsonl", "out.npz", {"on_error": "skip"}),
        ("corpus.jsonl", "out.npz", {"on_error": "skip", "rejects": "rejects.jsonl"}),
    ],
)
def test_nothing_is_done_where_nothing_has_changed(folder, inputs, output, options):
    first = pad(inputs, output, **options)
    assert (first.up_to_date, first.change) == (False, f"{output} does not exist yet")
    before = {path: (inode, content) for path, (inode, _, content) in state(folder).items()}
    second = pad(inputs, output, **options)
    assert second.up_to_date
    assert {path: (inode, content) for path, (inode, _, content) in state(folder).items()} == before
    assert second.outputs == first.outputs
    assert {**second.facts(), "tokenizer": None} == {**first.facts(), "tokenizer": None}
    assert (second.tokenizer and second.tokenizer.path) == (first.tokenizer and first.tokenizer.path)


def test_make_asks_only_once(folder):
    pad("corpus.txt", "out.npy")
    os.utime("corpus.txt")
    outputs = [path for path, _ in pad("corpus.txt", "out.npy").outputs]
    assert all(Path(path).stat().st_mtime_ns >= Path("corpus.txt").stat().st_mtime_ns for path in outputs)
    assert len(outputs) > 3


def test_a_report_is_made_again_from_the_output(folder):
    first = padcli.pad("corpus.jsonl", "out.npz", vocab_size=4, maxlen=2, label="y")
    again = report_of("out.npz")
    facts = first.facts()
    facts["tokenizer"]["way"] = ""
    assert again.facts() == facts
    assert again.histogram.lengths.tolist() == first.histogram.lengths.tolist()
    assert again.histogram.counts.tolist() == first.histogram.counts.tolist()
    assert (again.outputs, again.layout) == (first.outputs, first.layout)


@pytest.mark.parametrize("how", [{"workers": 1}, {"workers": 3}, {"chunk_bytes": 7}])
def test_how_the_work_is_done_does_not_matter(folder, how):
    pad()
    assert pad(**how).up_to_date


def test_times_do_not_matter(folder):
    pad()
    (folder / "corpus.jsonl").write_text(JSONL)
    os.utime(folder / "out.npz", (1, 1))
    assert pad().up_to_date


# For each option of `padcli.pad`: two values that give different outputs, or might.
OPTIONS = {
    "format": [None, "jsonl"],
    "field": [None, "title"],
    "label": ["y", ["z"]],
    "encoding": ["utf-8", "latin-1"],
    "encoding_errors": ["strict", "replace"],
    "on_error": ["stop", "skip"],
    "tokenizer": ["word", "whitespace"],
    "filters": [None, "t"],
    "split": [None, "a"],
    "lower": [None, False],
    "vocab_size": [None, 3],
    "min_count": [None, 2],
    "unk": [True, False],
    "maxlen": [2, 3],
    "padding": ["pre", "post"],
    "truncating": ["pre", "post"],
    "pad_id": [None, 7],
    "dtype": ["int32", "auto"],
    "compress": [False, True],
    "names": ["keras", "hf"],
    "save_tokenizer": ["words.json", None],
}
# And those of a tokenizer other than the usual one.
OF_THE_LAYER = {"standardize": [None, "lower"], "ngrams": [None, 2]}
# Those of rows and of records; with what they have no meaning without.
OF_ROWS = {
    "record": [None, "line"],
    "label_from_folder": [False, True],
    "pair_field": [[], ["title"]],
    "start": [[], ["[START]"]],
    "end": [["[END]"], ["7"]],
    "overflow": ["cut", "window"],
    "stride": [0, 1],
    "windows": [None, "first:1"],
    "pack": [None, "consecutive"],
    "pad_to_multiple_of": [None, 8],
    "limit": [None, 1],
    "sample": [None, "50%"],
    "drop_duplicates": [False, True],
    "drop_empty": [False, True],
    "min_length": [None, 1],
    "max_length": [None, 99],
    "shuffle": [False, True],
    "seed": [0, 1],
    "group": [None, "title"],
    "label_map": [False, True],
    "separator": [["[SEP]"], ["[END]"]],
    "truncate_pairs": ["longest-first", "only-first"],
}
WITH = {
    "stride": {"overflow": "window", "maxlen": 2},
    "windows": {"overflow": "window", "maxlen": 2},
    "pack": {"maxlen": 9},
    "seed": {"shuffle": True},
    "group": {"sample": "100%"},
    "label_map": {"label": ["title"]},
    "separator": {"pair_field": ["title"]},
    "truncate_pairs": {"pair_field": ["title"]},
}
OF_SHARDS = {"shard_rows", "shard_size"}  # see test_shards.py
SEVERAL = {"bucket": {"bucket": "auto:2"}, "split_into": {"split_into": "train=0.5,val=0.5"}}
# Those of delimited text.
OF_A_TABLE = {
    "delimiter": [None, ";"],
    "header": [True, False],
    "quotes": [True, False],
    "label_type": ["auto", "text"],
}
OF_A_FILE = {"scheme", "pattern", "add_special_tokens", "add_bos", "add_eos", "special_in_text"}


def test_all_options_are_tried():
    without_part_in_the_output = {"workers", "chunk_bytes", "engine", "resume", "if_changed", "rejects"}
    without_part_in_the_output |= {"fail_if", "no_output_on_fail", "write_anyway", "force", "like", "report", "plot"}
    without_part_in_the_output |= {"croissant"}
    assert set(keywords.PadKeywords.__annotations__) == set(OPTIONS) | set(OF_THE_LAYER) | OF_A_FILE | set(
        OF_ROWS
    ) | OF_SHARDS | without_part_in_the_output | {*SEVERAL, *OF_A_TABLE, "stratify"}


@pytest.mark.parametrize("name", [*OPTIONS, *OF_THE_LAYER])
def test_another_option_leads_to_a_run(folder, name):
    others = {"tokenizer": "text-vectorization"} if name in OF_THE_LAYER else {}
    others |= {"dtype": "int64"} if name == "names" else {}  # which would change with the names
    before, after = ({**others, name: value} for value in (OPTIONS | OF_THE_LAYER)[name])
    pad(**before)
    assert pad(**before).up_to_date
    report = pad(**after)
    assert not report.up_to_date
    assert name.replace("_", "-") in report.change or name == "save_tokenizer"
    assert (folder / "out.npz").read_bytes() == fresh(folder, **after)
    assert pad(**after).up_to_date


@pytest.mark.parametrize("name", OF_A_TABLE)
def test_another_option_of_a_table_leads_to_a_run(folder, name):
    # Its columns are called 0 and 1 with a header and without, and split by semicolons as well as by commas.
    (folder / "table.csv").write_text("1,0;1\n7,a b;8\n")
    others = {"field": "1", "label": "0", "header": False} if name == "delimiter" else {"field": "0;1", "label": "1"}
    if name == "header":
        (folder / "table.csv").write_text("1,0\n7,8\n")
        others = {"field": "0", "label": "1"}
    before, after = ({**others, name: value} for value in OF_A_TABLE[name])
    pad("table.csv", **before)
    assert pad("table.csv", **before).up_to_date
    report = pad("table.csv", **after)
    assert not report.up_to_date
    assert name.replace("_", "-") in report.change
    assert (folder / "out.npz").read_bytes() == fresh(folder, "table.csv", **after)
    assert pad("table.csv", **after).up_to_date


@pytest.mark.parametrize("name", OF_ROWS)
def test_another_option_of_rows_leads_to_a_run(folder, name):
    before, after = ({**WITH.get(name, {}), name: value} for value in OF_ROWS[name])
    pad(**before)
    assert pad(**before).up_to_date
    report = pad(**after)
    assert not report.up_to_date
    assert name.replace("_", "-") in report.change
    assert pad(**after).up_to_date


@pytest.mark.parametrize("name", SEVERAL)
def test_several_outputs_are_not_compared(folder, name):
    with pytest.raises(padcli.PadcliError, match=f"--{name.replace('_', '-')} does not go with --if-changed yet"):
        pad(**SEVERAL[name])


@pytest.mark.parametrize("name", ["add_special_tokens", "special_in_text"])
def test_another_option_of_a_tokenizer_file_leads_to_a_run(folder, name):
    from tokenizers import Tokenizer, models, processors

    tokenizer = Tokenizer(models.WordLevel({"[PAD]": 0, "[CLS]": 1, "?": 2}, unk_token="?"))
    tokenizer.add_special_tokens(["[PAD]", "[CLS]"])
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A", special_tokens=[("[CLS]", 1)])
    tokenizer.save("cls.json")
    pad(tokenizer="cls.json")
    assert pad(tokenizer="cls.json").up_to_date
    assert pad(tokenizer="cls.json", **{name: name == "add_special_tokens"}).change.startswith(name.replace("_", "-"))


def test_another_option_for_a_tiktoken_leads_to_a_run(folder, write):
    from base64 import b64encode

    write("gpt2.tiktoken", b"".join(b64encode(bytes([n])) + b" %d\n" % n for n in range(256)))
    given = {"tokenizer": "gpt2.tiktoken", "pad_id": 0}
    pad(**given, scheme="gpt2")
    assert pad(**given, scheme="gpt2").up_to_date
    assert pad(**given, scheme="cl100k_base").change == "scheme was 'gpt2', and is now 'cl100k_base'"
    assert pad(**given, pattern=r"\S+|\s+").change == "scheme was 'cl100k_base', and is now None"
    assert pad(**given, pattern=r"\S+|\s+").up_to_date
    assert pad(**given, pattern=r"\s+|\S+").change.startswith("pattern was ")


@pytest.mark.parametrize("content", [JSONL.replace("cat", "cow"), JSONL + "\n", ""])
def test_another_input_leads_to_a_run(folder, content):
    pad(maxlen=3)
    (folder / "corpus.jsonl").write_text(content)
    assert pad(maxlen=3).change == "corpus.jsonl has changed"
    assert (folder / "out.npz").read_bytes() == fresh(folder, maxlen=3)
    assert pad(maxlen=3).up_to_date


@pytest.mark.parametrize("inputs", [["other.jsonl"], ["other.jsonl", "corpus.jsonl"], ["corpus.jsonl"]])
def test_other_inputs_lead_to_a_run(folder, inputs):
    pad(["corpus.jsonl", "other.jsonl"])
    assert pad(inputs).change == "the inputs were corpus.jsonl, other.jsonl"


def test_another_tokenizer_file_leads_to_a_run(folder):
    padcli.fit("corpus.jsonl", "words.json")
    pad(tokenizer="words.json")
    padcli.fit("other.jsonl", "words.json")
    assert pad(tokenizer="words.json").change == "words.json has changed"
    assert pad(tokenizer="words.json").up_to_date


def test_another_configuration_of_a_model_leads_to_a_run(folder):
    (folder / "model").mkdir()
    padcli.fit("corpus.jsonl", "model/tokenizer.json")
    pad(tokenizer="model")
    (folder / "model" / "tokenizer_config.json").write_text('{"pad_token": "the"}')
    assert pad(tokenizer="model").change == "model has changed"
    assert pad(tokenizer="model").up_to_date


@pytest.mark.parametrize("change", [lambda path: path.unlink(), lambda path: path.write_text("{}")])
@pytest.mark.parametrize("saved", [None, "words.json"])
def test_a_fitted_tokenizer_that_is_gone_leads_to_a_run(folder, saved, change):
    name = saved or "out.tokenizer.json"
    pad(save_tokenizer=saved)
    before = (folder / name).read_bytes()
    change(folder / name)
    assert pad(save_tokenizer=saved).change.startswith(f"{name} ")
    assert (folder / name).read_bytes() == before


@pytest.mark.parametrize("name", ["padcli", "keras"])
def test_another_version_leads_to_a_run(folder, monkeypatch, name):
    pad()
    monkeypatch.setattr(up_to_date, "version", lambda package: "99" if package == name else padcli_version(package))
    assert pad().change == f"{name} was {padcli_version(name)}, and is now 99"


def padcli_version(package):
    from importlib.metadata import version

    return version(package)


@pytest.mark.parametrize("output", ["out.npz", "out.npy"])
def test_damage_leads_to_a_run(folder, output):
    pad(output=output, label="y")
    for path in sorted(folder.glob("out.*")):
        whole = path.read_bytes()
        for damaged in (whole[:-1], whole[: len(whole) // 2] + b"?" + whole[len(whole) // 2 + 1 :], b"", None):
            if damaged is None:
                path.unlink()
            else:
                path.write_bytes(damaged)
            report = pad(output=output, label="y")
            assert not report.up_to_date
            assert path.name in report.change or output in report.change
            assert path.read_bytes() == whole
    assert pad(output=output, label="y").up_to_date


def test_a_meta_that_was_edited_leads_to_a_run(folder):
    pad(output="out.npy")
    whole = (folder / "out.meta.json").read_text()
    (folder / "out.meta.json").write_text(whole.replace('"tokens": 5', '"tokens": 6'))
    assert pad(output="out.npy").change.startswith("out.npy is damaged: meta.json was changed")
    assert (folder / "out.meta.json").read_text() == whole


def test_an_output_without_digests_leads_to_a_run(folder):
    pad(output="out.npy")
    meta = json.loads((folder / "out.meta.json").read_text())
    for facts in meta["arrays"].values():
        del facts["sha256"]
    del meta["sha256"]
    (folder / "out.meta.json").write_text(json.dumps(meta))
    assert pad(output="out.npy").change == "out.npy has no digests: written by an older padcli"


def test_a_list_of_bad_records_is_made_anew_since_nothing_tells_what_it_was(folder, write):
    write("bad.jsonl", JSONL + BAD)
    given = {"on_error": "skip", "rejects": "rejects.jsonl"}
    pad("bad.jsonl", **given)
    listed = (folder / "rejects.jsonl").read_bytes()
    (folder / "rejects.jsonl").write_text("of another run")
    assert pad("bad.jsonl", **given).change == "rejects.jsonl has to be written again"
    assert (folder / "rejects.jsonl").read_bytes() == listed
    pad(**given)
    (folder / "rejects.jsonl").unlink()
    assert pad(**given).change == "rejects.jsonl has to be written again"


def test_a_picture_is_drawn_anew(folder):
    pad(plot="lengths.svg")
    drawn = (folder / "lengths.svg").read_bytes()
    (folder / "lengths.svg").write_text("of another run")
    again = pad(plot="lengths.svg")
    assert again.up_to_date
    assert again.outputs[-1] == ("lengths.svg", len(drawn))
    assert (folder / "lengths.svg").read_bytes() == drawn
    several = ["corpus.jsonl", "corpus.txt"]
    pad(several)
    assert pad(several, plot="lengths.svg").change == "lengths.svg has to be drawn again"


@pytest.mark.parametrize("kind", ["pipe", "-"])
def test_inputs_that_can_be_read_only_once_are_refused(folder, kind):
    if kind == "pipe":
        os.mkfifo(folder / "pipe")
        assert stat.S_ISFIFO((folder / "pipe").stat().st_mode)
    with pytest.raises(padcli.PadcliError, match=r"--if-changed: (standard input|pipe) cannot be compared"):
        padcli.pad(kind, "out.npz", format="text", if_changed=True)


def test_the_command_says_what_it_did(folder, command_here):
    command = ("pad", "corpus.jsonl", "-o", "out.npz", "--if-changed")
    assert command_here(*command).err.startswith("out.npz does not exist yet\n")
    finished = command_here(*command)
    assert (finished.returncode, finished.out) == (0, b"")
    assert finished.err.startswith("out.npz is up to date\n")
    assert "tokens per row" in finished.err
    (folder / "corpus.jsonl").write_text(JSONL * 2)
    assert command_here(*command, "--quiet")[:] == (0, b"", "")
    assert command_here(*command).err.startswith("out.npz is up to date\n")
    facts = json.loads(command_here(*command, "--json", "--quiet").out)
    assert (facts["up_to_date"], facts["change"], facts["rows"]) == (True, "out.npz is up to date", 4)
    finished = command_here("pad", "corpus.jsonl", "-o", "-", "--if-changed")
    assert (finished.returncode, finished.out) == (2, b"")
    assert "--if-changed: standard output cannot be compared" in finished.err


def test_gates_hold_for_an_output_that_is_left_alone(tmp_path, write):
    source, output = write("in.txt", "a b\n\na b\n"), tmp_path / "out.npz"
    first = padcli.pad(source, output)
    gates = {"fail_if": ["empty>0", "duplicates>0", "rows>9"], "report": tmp_path / "report.json"}
    with pytest.raises(GateError) as caught:
        padcli.pad(source, output, if_changed=True, **gates)
    assert caught.value.result.up_to_date
    assert caught.value.message.count("\n") == 1
    assert caught.value.hint == "The output was up to date, and was not changed."
    assert caught.value.result.smells == first.smells
    assert json.loads((tmp_path / "report.json").read_text())["gates"][2]["fails"] is False


TEXTS = "".join(f"{' '.join('abcdefgh'[: n % 9])}\n" for n in range(60))


@pytest.mark.parametrize(
    "options",
    [
        {"pack": "best-fit", "maxlen": 10},
        {"pack": "first-fit", "maxlen": 5, "overflow": "drop"},
        {"overflow": "window", "maxlen": 3, "stride": 1, "windows": "first:2"},
        {"overflow": "drop", "maxlen": 4},
        {"shuffle": True, "limit": 20, "drop_duplicates": True},
        {"maxlen": 6, "pad_to_multiple_of": 4, "start": "[S]"},
    ],
)
def test_rows_of_any_shape_are_told_of_as_in_the_run_that_made_them(folder, write, options):
    write("corpus.txt", TEXTS)
    gates = ["rows>1000", "windows>1000", "dropped>99%", "padding>99%", "truncated>99%", "max_length>99"]
    gates += ["packed_padding>99%"] if "pack" in options else []
    first, again = (pad("corpus.txt", fail_if=gates, **options).as_dict() for _ in range(2))
    assert (first["up_to_date"], again["up_to_date"]) == (False, True)
    apart = {"up_to_date", "change", "seconds", "timings", "tokenizer", "outputs"}
    assert {name: value for name, value in again.items() if name not in apart} == {
        name: value for name, value in first.items() if name not in apart
    }


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ({"pack": "best-fit"}, {"pack": "first-fit"}),
        ({"overflow": "window"}, {"overflow": "window", "stride": 1}),
        ({"limit": 20}, {"limit": 21}),
        ({"shuffle": True}, {"shuffle": True, "seed": 1}),
        ({"sample": "50%"}, {}),
        ({}, {"drop_duplicates": True}),
        ({}, {"pad_to_multiple_of": 4}),
    ],
)
def test_another_shape_or_choice_is_another_output(folder, write, before, now):
    write("corpus.txt", TEXTS)
    pad("corpus.txt", maxlen=6, **before)
    assert not pad("corpus.txt", maxlen=6, **now).up_to_date
    assert pad("corpus.txt", maxlen=6, **now).up_to_date
