"""The summary: right, readable, and within the width of the terminal."""

import io

import numpy as np
import pytest
from conftest import SAMPLE_DATA, run_in_terminal
from rich.text import Text

import padcli
from padcli.cli import console
from padcli.cli.screens import summary
from padcli.report.advice import advice


def report_of(folder, content, name="corpus.txt", **options):
    (folder / name).write_text(content)
    return padcli.pad(folder / name, folder / "out.npz", **options)


def shown(report, width=80):
    screen = console.make_console(stderr=False, width=width, file=io.StringIO())
    screen.print(summary.screen(report))
    return screen.file.getvalue()


def lines_of(report, width=80):
    return [" ".join(line.split()) for line in shown(report, width).splitlines()]


def rows(*lengths):
    return "".join("w " * length + "\n" for length in lengths)


def test_the_summary_says_what_was_read_and_what_it_cost(tmp_path):
    lines = lines_of(report_of(tmp_path, rows(0, 1, 2, 3, 4), maxlen=3, padding="post"))
    for line in [
        "rows 5 1 empty",
        "tokens 10 0.0% [UNK]",
        "tokens per row min mean median p90 p95 p99 max",
        "0 2.0 2 4 4 4 4",
        "rows cut 1 20.0% !",
        "tokens lost 1 10.0% !",
        "padding 6 40.0% of the array",
        "array 5 × 3 int32 padded post, cut pre, with 0",
    ]:
        assert line in lines


def test_the_chosen_maxlen_is_marked_in_the_histogram(tmp_path):
    lines = lines_of(report_of(tmp_path, rows(1, 2, 2, 3), maxlen=2))
    marked = [line for line in lines if "◀" in line]
    assert len(marked) == 1
    assert marked[0].startswith("2 ")
    assert marked[0].endswith("2 50.0% ◀ maxlen 2")


@pytest.mark.parametrize("maxlen", [1, 50, 10_000])
@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("scale", [1, 300])
def test_it_fits_the_terminal_and_marks_maxlen_once(tmp_path, maxlen, width, scale):
    lengths = np.random.default_rng(0).poisson(12, 200) * scale
    text = shown(report_of(tmp_path, rows(*lengths), maxlen=maxlen), width)
    assert max(map(len, text.splitlines())) <= width
    assert text.count("◀ maxlen") == 1


@pytest.mark.parametrize(
    ("content", "options", "expected"),
    [
        (rows(*[3] * 99, 90), {}, "--maxlen 3 would keep 99% of the rows whole, and make the array 96% smaller."),
        (
            rows(*[9] * 10),
            {"maxlen": 3},
            "100% of the rows are cut: --maxlen 9 would keep 95% of all rows whole, in an array 3.0",
        ),
        (rows(1, 2), {}, "Padded before the tokens: the fast cuDNN kernels of LSTM and GRU need --post."),
        (rows(1, 0, 0, 0), {"padding": "post"}, "3 rows are empty: their mask is all False, which"),
        (rows(1, 0), {"padding": "post"}, "1 row is empty: its mask is all False, which"),
        (rows(3, 1), {"maxlen": 2}, "1 row cut at the start, as in Keras: --truncate post cuts at the end."),
        ("a b c d\n", {"vocab_size": 3}, "75% of the tokens are [UNK]: words removed by --vocab-size or --min-count."),
        ("a b\nc\n", {"pad_id": 3}, "The padding id also occurs as a real token, 1 time: use the mask"),
        ("a b\nc\n", {"pad_id": 1}, "--pad-id 1 is also the id of a real token: use the mask, not the id."),
        (
            '{"text": [0, 1]}\n\n',
            {"name": "x.jsonl"},
            "The padding id also occurs as a real token, 1 time: use the mask",
        ),
        ('{"text": "a"}\n\n', {"name": "x.jsonl"}, "1 blank line skipped."),
    ],
)
def test_advice_where_a_choice_bites(tmp_path, content, options, expected):
    assert any(line.startswith(expected) for line in advice(report_of(tmp_path, content, **options)))


def test_no_advice_where_all_is_well(tmp_path):
    assert advice(report_of(tmp_path, "a b c d e\nf g h i j\nk l m n\n", padding="post")) == []


def test_the_longest_rows_have_a_bin_of_their_own(tmp_path):
    lines = lines_of(report_of(tmp_path, rows(*[5] * 1000, 200_000), maxlen=500))
    assert any(line.startswith("5 █") and line.endswith("1,000 >99.9%") for line in lines)
    assert any(line.startswith("6–200,000") and line.endswith("1 <0.1% ◀ maxlen 500") for line in lines)


def test_large_figures_fit_80_columns(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "corpus.txt").write_text("w" * 3_000_000)
    text = shown(padcli.pad("corpus.txt", tokenizer="char"))
    assert text.count("3,000,000") >= 8
    assert "…" not in text


def test_timings_show_the_stages_of_both_kinds_of_threads(tmp_path, command_here, write):
    finished = command_here("pad", write("corpus.txt", rows(1, 2, 3)), "--timings", "--quiet", "--workers", "2")
    lines = [line.split() for line in finished.err.splitlines() if line.strip()]
    assert finished.out == b""
    assert lines[0][0] == "main"
    assert [line[:2] for line in lines if line[0] == "workers"] == [["workers", "tokenize"]]
    stages = {line[1 if line[0] in ("main", "workers") else 0] for line in lines}
    assert {"read", "tokenize", "number", "fit", "pad", "digest", "write"} <= stages
    assert all("s" in line for line in lines)


def test_an_empty_input_has_a_summary(tmp_path):
    assert "rows 0" in lines_of(report_of(tmp_path, "", maxlen=3))


def test_fitting_has_a_summary(tmp_path):
    (tmp_path / "corpus.txt").write_text(rows(1, 2, 3))
    lines = lines_of(padcli.fit(tmp_path / "corpus.txt", tmp_path / "words.json"))
    assert any(line.startswith("vocabulary 3 word, fitted") for line in lines)
    assert not any("maxlen" in line for line in lines)


def test_the_sample_data_has_a_summary_worth_reading(tmp_path):
    report = padcli.pad(SAMPLE_DATA / "reviews.txt", tmp_path / "reviews.npz", maxlen=50, padding="post")
    assert "reviews.txt" in shown(report).splitlines()[0]
    assert sum("█" in line or "▏" in line for line in shown(report).splitlines()) >= 8


def terminal(folder, *arguments, **variables):
    (folder / "corpus.txt").write_text("a b c\nd\n")
    return run_in_terminal(["stats", "corpus.txt", "--maxlen", "2", *arguments], folder, 80, **variables)


@pytest.mark.parametrize("said", [["--color", "never"], ["--color=never"]])
def test_color_never_leaves_text_alone(tmp_path, said):
    assert "\x1b[" in terminal(tmp_path, "-q", "--fail-if", "rows>0")
    assert "\x1b[" not in terminal(tmp_path, "-q", "--fail-if", "rows>0", *said, FORCE_COLOR="1")


@pytest.mark.parametrize("variables", [{}, {"NO_COLOR": "1"}])
def test_color_always_is_for_pipes_too_and_changes_nothing_but_the_style(command, write, variables):
    write("corpus.txt", "a b c\nd\n")
    plain = command("stats", "corpus.txt", env=variables).out.decode()
    styled = command("stats", "corpus.txt", "--color", "always", env=variables).out.decode()
    assert "\x1b[" not in plain
    assert Text.from_ansi(styled).plain.rstrip() == Text.from_ansi(plain).plain.rstrip()
    assert "\x1b[1m" in styled


def test_errors_in_the_arguments_have_the_colours_asked_for(command):
    assert "\x1b[1m" in command("pad", "--color", "always", "--xyzzy").err
    assert command("pad", "--xyzzy").err.startswith("error: No such option: --xyzzy.")
    assert "'maybe' is not one of" in command("pad", "x.txt", "--color", "maybe").err


def test_the_environment_still_has_a_say(command, write):
    write("corpus.txt", "a b c\nd\n")
    assert "\x1b[" in command("stats", "corpus.txt", env={"FORCE_COLOR": "1"}).out.decode()


def test_stats_can_be_quiet(command, write):
    write("corpus.txt", "a b c\nd\n")
    finished = command("stats", "corpus.txt", "-q", "--fail-if", "rows>1")
    assert (finished.returncode, finished.out) == (1, b"")
    assert finished.err == "error: gate failed: rows 2 > 1\n"
    assert command("stats", "corpus.txt", "-q", "--json").out.startswith(b"{")
