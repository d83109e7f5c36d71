"""`--fail-if` says of every figure whether it may be so; `--report` tells all of it, to programs and to people."""

import json
import operator
import re
from fractions import Fraction
from importlib.resources import files

import jsonschema
import pytest
from conftest import SAMPLE_DATA
from hypothesis import given
from hypothesis import strategies as st

import padcli
from padcli.errors import GateError, UsageError
from padcli.options import FIGURES_OF_INPUT, FIGURES_OF_PADDING, ReportOptions
from padcli.report.gates import judged

REVIEWS = SAMPLE_DATA / "reviews.txt"
SCHEMA = json.loads(files("padcli.report").joinpath("report.schema.json").read_text(encoding="utf-8"))
COMPARISONS = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The report of a run, and what each figure is by its arrays: a number, and what it is a share of."""
    output = tmp_path_factory.mktemp("run") / "out.npz"
    text = REVIEWS.read_text(encoding="utf-8")
    source = output.with_name("in.txt")
    source.write_text(text + text[:500] + "\n", encoding="utf-8")
    report = padcli.pad(source, output, maxlen=30, vocab_size=500)
    data = padcli.load(output)
    lengths, mask = data.lengths, data.padding_mask
    whole = padcli.load(padcli.pad(source, output.with_name("whole.npz"), vocab_size=500).outputs[-1][0])
    rows, tokens = len(lengths), int(lengths.sum())
    filled = list(filter(None, source.read_text(encoding="utf-8").split("\n")))
    figures = {
        "rows": (rows, None),
        "empty": (int((lengths == 0).sum()), rows),
        "rejected": (0, rows),
        "duplicates": (len(filled) - len(set(filled)), rows),
        "unk": (int((whole.token_ids == 1).sum()), tokens),
        "vocab": (data.vocab_size, None),
        "max_length": (int(lengths.max()), None),
        "truncated": (int((lengths > 30).sum()), rows),
        "lost": (tokens - int(mask.sum()), tokens),
        "padding": (int((~mask).sum()), mask.size),
        "windows": (rows, None),
        "dropped": (0, rows),
    }
    assert sorted([*figures, "packed_padding"]) == sorted((*FIGURES_OF_INPUT, *FIGURES_OF_PADDING))
    return report, figures


@given(data=st.data())
def test_a_gate_fails_where_the_arrays_say_so(run, data):
    report, figures = run
    name = data.draw(st.sampled_from(sorted(figures)))
    part, whole = figures[name]
    share = whole is not None and data.draw(st.booleans())
    value = Fraction(100 * part, whole) if share else Fraction(part)
    near = [value, value + Fraction(1, 10**4), max(value - Fraction(1, 10**4), Fraction(0)), Fraction(0)]
    limit = f"{float(data.draw(st.sampled_from(near))):.6f}"
    comparison, space = data.draw(st.sampled_from(sorted(COMPARISONS))), data.draw(st.sampled_from(["", " "]))
    expression = f"{name}{space}{comparison}{space}{limit}{'%' if share else ''}"
    result = judged(report, ReportOptions(fail_if=[expression]).gates).gates[0]
    assert result.fails == COMPARISONS[comparison](value, Fraction(limit))
    assert result.expression == expression
    assert f"{part:,}" in result.found


def test_all_gates_are_checked_and_each_failing_one_is_named_with_its_figure(command):
    gates = ["truncated>1%", "rows<1000", "vocab<10", "padding>55.12%"]
    options = [part for gate in gates for part in ("--fail-if", gate)]
    finished = command("pad", REVIEWS, "--maxlen", 50, "--post", "-o", "out.npz", *options, "--write-anyway")
    assert finished.returncode == 1
    assert finished.err.splitlines()[-4:] == [
        "error: gate failed: truncated 7.1% > 1% (17 of 240 rows)",
        "error: gate failed: rows 240 < 1000",
        "error: gate failed: padding 55.125% > 55.12% (6,615 of 12,000 cells)",
        "hint:  The output was written anyway.",
    ]
    assert "tokens lost" in finished.err
    assert len(padcli.load("out.npz").token_ids) == 240
    assert command("pad", REVIEWS, "--maxlen", 50, "-o", "out.npz", "--fail-if", "truncated>8%").returncode == 0


@pytest.mark.parametrize("said", [["--no-output-on-fail"], []])
def test_nothing_but_the_report_is_written_where_a_gate_fails(tmp_path, command, said):
    arguments = ("pad", REVIEWS, "--maxlen", 50, "-o", "out.npz", "--fail-if", "empty>0", "--report", "r.json")
    finished = command(*arguments, *said, "--json")
    assert finished.returncode == 1
    assert "Nothing was written but r.json; any earlier output was kept." in finished.err
    assert "word, fitted (not saved)" in finished.err
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]
    told = json.loads((tmp_path / "r.json").read_text())
    assert told["gates"] == [{"expression": "empty>0", "fails": True, "found": "empty is 2 of 240 rows"}]
    assert json.loads(finished.out)["gates"] == told["gates"]


def test_a_failing_gate_keeps_the_good_old_output(tmp_path, command):
    (tmp_path / "corpus.txt").write_text("a b\n")
    assert command("pad", "corpus.txt", "-o", "out.npz").returncode == 0
    old = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.name != "corpus.txt"}
    (tmp_path / "corpus.txt").write_text("")
    assert command("pad", "corpus.txt", "--maxlen", 2, "-o", "out.npz", "--fail-if", "rows<1").returncode == 1
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.name != "corpus.txt"} == old


def test_the_summary_of_a_job_is_added_to(tmp_path, command, monkeypatch):
    summary = tmp_path / "step_summary_1f2e"
    summary.write_text("# Before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    for gate, status in (("rows<1", 0), ("rows>1", 1)):
        finished = command("pad", REVIEWS, "-o", "out.npz", "--fail-if", gate, "--report", summary)
        assert finished.returncode == status
    text = summary.read_text()
    assert text.startswith("# Before\n\n### padcli: ")
    assert "\n\n### padcli: " in text
    assert "✅ `rows<1`" in text
    assert "❌ `rows>1`" in text


def test_a_report_that_cannot_be_written_hides_no_gate(command, tmp_path):
    report = "x" * 300 + ".json"  # longer than names of files can be
    finished = command("pad", REVIEWS, "-o", "out.npz", "--fail-if", "rows>1", "--report", report, "--quiet")
    assert finished.returncode == 2
    assert "File name too long" in finished.err
    assert "gate failed: rows 240 > 1" in finished.err
    assert "Nothing was written." in finished.err
    assert not (tmp_path / "out.npz").exists()
    finished = command("pad", REVIEWS, "-o", "out.npz", "--report", report, "--quiet")
    assert finished.returncode == 2
    assert "Only the report is missing." in finished.err
    assert (tmp_path / "out.npz").exists()


def test_a_picture_that_cannot_be_written_is_what_is_named(command, tmp_path):
    finished = command("pad", REVIEWS, "-o", "out.npz", "--plot", "x" * 300 + ".svg")
    assert (finished.returncode, finished.out) == (2, b"")
    assert "xxx.svg: cannot be written: File name too long" in finished.err.replace("\n", "")
    assert list(tmp_path.iterdir()) == []


def test_from_python_a_failing_gate_is_an_error_that_has_the_report(tmp_path):
    with pytest.raises(GateError, match="max_length 91 > 90") as caught:
        padcli.pad(REVIEWS, tmp_path / "out.npz", fail_if="max_length>90")
    assert caught.value.result.histogram.longest == 91
    with pytest.raises(GateError) as caught:
        padcli.stats(REVIEWS, fail_if=["duplicates==0"])
    assert caught.value.result.candidates


WRONG = ["", "truncated", "truncated>", "truncated>x%", "length>3", ">3", "rows=3", "rows>-1", "rows>1%", "rows\n>0"]


@pytest.mark.parametrize("expression", WRONG)
def test_a_wrong_expression_is_refused_before_any_work(expression, command_here, tmp_path):
    finished = command_here("pad", REVIEWS, "--fail-if", expression)
    assert finished.returncode == 2
    assert f"--fail-if {expression!r}" in finished.err
    if "%" not in expression:
        assert "rows, empty, rejected, duplicates, unk, vocab, max_length, truncated, lost, padding" in finished.err
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_told_is_refused(tmp_path):
    with pytest.raises(UsageError, match="stats pads nothing"):
        padcli.stats(REVIEWS, fail_if="lost>1%")
    with pytest.raises(UsageError, match="requires --fail-if"):
        padcli.pad(REVIEWS, tmp_path / "o.npz", no_output_on_fail=True)
    with pytest.raises(UsageError, match="contradict"):
        padcli.pad(REVIEWS, tmp_path / "o.npz", fail_if="rows<1", no_output_on_fail=True, write_anyway=True)
    for expression in ("vocab>1", "unk>1%"):
        with pytest.raises(UsageError, match="contains ids, so there is no vocabulary"):
            padcli.pad(SAMPLE_DATA / "ids.jsonl", tmp_path / "o.npz", fail_if=expression)
    with pytest.raises(UsageError, match=r"ending in \.json or \.md"):
        padcli.stats(REVIEWS, report="report.txt")
    with pytest.raises(UsageError, match="would overwrite the output"):
        padcli.pad(REVIEWS, tmp_path / "o.npz", report=tmp_path / "o.tokenizer.json")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["pad", REVIEWS, "--maxlen", "50", "--fail-if", "rows<1", "-o", "o.npz", "--timings"],
        ["pad", SAMPLE_DATA / "broken.jsonl", "--label", "label", "--on-error", "skip", "-o", "o.npy"],
        ["pad", SAMPLE_DATA / "ids.jsonl", "--dtype", "auto", "-o", "o.npz"],
        ["pad", REVIEWS, "--maxlen", "30", "--pack", "best-fit", "--overflow", "window", "--fail-if", "windows<1"],
        ["pad", REVIEWS, "--bucket", "auto:3", "--limit", "9", "--shuffle", "--pad-to-multiple-of", "8"],
        ["pad", REVIEWS, "--split-into", "a=0.8,b=0.2", "--maxlen", "30", "--overflow", "drop", "--drop-empty"],
        ["pad", REVIEWS, "--truncate", "head+tail:3", "--maxlen", "9", "--pad-to-multiple-of", "8"],
        ["pad", SAMPLE_DATA / "questions.jsonl", "--field", "question", "--pair-field", "answer", "--end", "[END]"],
        ["stats", REVIEWS, SAMPLE_DATA / "multilingual.txt", "--max-lost", "1%", "--fail-if", "rows<1"],
        ["stats", "-", "--format", "text"],
    ],
)
def test_the_report_keeps_to_its_schema_and_json_prints_the_same(command, tmp_path, arguments):
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    finished = command(*arguments, "--report", "r.json", "--json", stdin=b"")
    assert finished.returncode == 0, finished.err
    told = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    jsonschema.validate(told, SCHEMA)
    assert told == json.loads(finished.out)


@pytest.mark.parametrize(
    ("options", "arrays"),
    [
        ({"pack": "best-fit", "maxlen": 4}, ["2 × 4"]),
        ({"bucket": "1,8"}, ["2 × 1", "1 × 8"]),
        ({"maxlen": 4, "pad_to_multiple_of": 8}, ["3 × 8"]),
        ({"overflow": "window", "maxlen": 2}, ["4 × 2"]),
    ],
)
def test_the_markdown_report_names_the_arrays_that_were_written(tmp_path, write, options, arrays):
    padcli.pad(write("in.txt", "a b c\nd\nc\n"), tmp_path / "o.npz", report=tmp_path / "r.md", **options)
    page = (tmp_path / "r.md").read_text(encoding="utf-8")
    assert re.findall(r"\| array \| (\S+ × \S+) \|", page) == arrays


def test_the_markdown_report_has_tables_and_says_what_failed(tmp_path, write):
    source = write("a|b_c.txt", "one two three\none\n")
    with pytest.raises(GateError):
        padcli.pad(source, tmp_path / "o.npz", maxlen=2, fail_if=["lost>0", "rows>9"], report=tmp_path / "r.md")
    page = (tmp_path / "r.md").read_text(encoding="utf-8").splitlines()
    assert page[0].startswith("### padcli: ")
    assert page[0].endswith(r"a\|b\_c.txt")
    assert "❌ `lost>0`: lost is 1 of 4 tokens" in page
    assert "✅ `rows>9`: rows is 2" in page
    tables = [line for line in page if line.startswith("|")]
    assert "| rows cut | 1 | 50.0% |" in tables
    assert "|  | 1 | 2.0 | 1 | 3 | 3 | 3 | 3 |" in tables
    stats = padcli.stats(source, report=tmp_path / "s.md")
    page = (tmp_path / "s.md").read_text(encoding="utf-8").splitlines()
    shown = [line.split(" | ")[0] for line in page if line.startswith("| ")]
    assert shown[-len(stats.candidates) :] == [f"| {each.maxlen}" for each in stats.candidates]


def test_the_markdown_report_has_no_characters_that_do_harm(tmp_path, write):
    source = write("in.txt", "one \x1b[31m|two|\n~~x~~ $a$ @b & \x00\n")
    padcli.stats(source, max_lost="50%", report=tmp_path / "s.md")
    page = (tmp_path / "s.md").read_text(encoding="utf-8")
    assert not set(page) & set(map(chr, [*range(10), *range(11, 32)]))
    assert "- at most 50% of tokens lost: --maxlen" in page
