"""The help fits the terminal, and says first what most need; other names for an option lead to the right one."""

import pytest
from conftest import SAMPLE_DATA

import padcli
from padcli.cli import help as screen
from padcli.options import options_of_command

COMMANDS = ["pad", "fit", "stats", "compare", "run", "inspect", "verify", "convert", "export-vocab"]


@pytest.mark.parametrize("columns", ["40", "60", "80", "120"])
@pytest.mark.parametrize("name", COMMANDS)
def test_no_name_is_cut(command_here, monkeypatch, name, columns):
    monkeypatch.setenv("COLUMNS", columns)
    shown = command_here(name, "--help-all").out.decode()
    assert max(map(len, shown.splitlines())) <= int(columns)
    assert "…" not in shown
    for each in options_of_command(name):
        for flag in each.all_flags if each.on_command_line else ():
            for side in flag.split("/"):
                assert f"{side} " in shown or f"{side}\n" in shown or f"{side}," in shown, side


def test_the_help_of_pad_is_short_and_tells_where_the_rest_is(command_here, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    shown = command_here("pad", "--help").out.decode()
    assert len(shown.splitlines()) < 80
    assert shown.startswith("Usage: padcli pad INPUT... [OPTIONS]\n")
    assert "padcli pad --help-all" in shown
    assert shown.rstrip().endswith("Example: padcli pad corpus.txt --maxlen 50 --post")
    assert "--maxlen" in shown
    assert "--chunk-bytes" not in shown
    assert "--encoding" not in shown


PANELS = {
    "Input": ["Fields and labels", "Bad records", "Selection"],
    "Tokenizer": ["Fitting", "Special tokens"],
    "Rows": ["Windows, packs and buckets", "Several texts", "Order and parts"],
    "Output": [],
    "Report": [],
    "Run": [],
}
SHORT = [*PANELS]
LONG = [each for panel, parts in PANELS.items() for each in (panel, *parts)]


def _panels(shown):
    """The options below each heading."""
    found = {}
    for line in shown.splitlines():
        if line and not line.startswith((" ", "Usage")):
            found[line] = []
        elif line.startswith("  -"):
            found[[*found][-1]].append(line.split()[0])
    return found


@pytest.mark.parametrize("name", ["pad", "fit", "stats", "compare", "run"])
def test_the_panels_of_the_short_help_are_the_same_six_in_the_same_order(command_here, name):
    shown = _panels(command_here(name, "--help").out.decode())
    assert list(shown) == [panel for panel in SHORT if panel in shown]
    assert len(shown) >= {"run": 2, "compare": 3}.get(name, 4)
    assert max(map(len, shown.values())) <= 6
    assert sum(map(len, shown.values())) <= 18


@pytest.mark.parametrize("name", COMMANDS)
def test_the_panels_of_the_long_help_are_short_and_in_the_same_order(command_here, name):
    shown = _panels(command_here(name, "--help-all").out.decode())
    assert list(shown) == [panel for panel in ("Options", *LONG) if panel in shown]
    for panel, options in shown.items():
        assert len(options) <= 10, panel


def test_each_option_of_pad_is_where_it_is_looked_for(command_here):
    shown = _panels(command_here("pad", "--help-all").out.decode())
    assert list(shown) == LONG
    for panel, options in {
        "Input": ["--format", "--record", "--delimiter", "--encoding"],
        "Fields and labels": ["--field", "--label", "--label-map"],
        "Bad records": ["--on-error", "--rejects"],
        "Selection": ["--limit", "--drop-duplicates"],
        "Tokenizer": ["--tokenizer", "--lower"],
        "Fitting": ["--vocab-size", "--min-count"],
        "Special tokens": ["--add-bos", "--start"],
        "Rows": ["--maxlen", "--post", "--like"],
        "Windows, packs and buckets": ["--overflow", "--stride", "--pack", "--bucket"],
        "Several texts": ["--pair-field", "--separator"],
        "Order and parts": ["--shuffle", "--seed", "--split-into"],
        "Output": ["-o,", "--names", "--dtype"],
        "Report": ["--fail-if", "--plot", "--json", "-q,"],
        "Run": ["--workers", "--if-changed", "--dry-run", "--config", "--print-config"],
    }.items():
        assert set(options) <= set(shown[panel]), panel


@pytest.mark.parametrize("name", COMMANDS)
def test_the_short_help_fits_a_terminal_too(command_here, monkeypatch, name):
    monkeypatch.setenv("COLUMNS", "80")
    shown = command_here(name, "--help").out.decode()
    assert max(map(len, shown.splitlines())) <= 80
    assert "…" not in shown


@pytest.mark.parametrize("name", screen.COMMON)
def test_what_is_common_is_among_the_options(name):
    assert set(screen.COMMON[name]) <= {each.name for each in options_of_command(name)}


def test_defaults_and_choices_are_told(command_here):
    shown = " ".join(command_here("pad", "--help-all").out.decode().split())
    assert "[default: the longest row]" in shown
    assert "[one of keras, hf; default: keras]" in shown or "[default: keras]" in shown


def test_names_of_keras_are_taken(command_here, write):
    write("corpus.txt", "a b c\nd\n")
    padded = []
    for sides in (["--padding", "post", "--truncating", "post"], ["--padding=post", "--truncating=post"], []):
        finished = command_here(
            "pad", "corpus.txt", "--maxlen", "2", "-o", "out.npz", *(sides or ["--post", "--truncate", "post"])
        )
        assert finished.returncode == 0, finished.err
        padded.append(padcli.load("out.npz").token_ids.tolist())
    assert padded[0] == padded[1] == padded[2]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("--max-seq-length", "No such option: --max-seq-length. Use --maxlen."),
        ("--max_length", "No such option: --max_length. Use --max-length."),
        ("--padding-side", "No such option: --padding-side. Use --post or --pre."),
        ("--num-words", "No such option: --num-words. Use --vocab-size."),
        ("--overwrite", "No such option: --overwrite. Use --force."),
        ("--jobs", "No such option: --jobs. Use --workers."),
        ("--maxlne", "No such option: --maxlne. Did you mean --maxlen or --max-length?"),
        ("--xyzzy", "No such option: --xyzzy."),
    ],
)
def test_a_name_that_is_not_known_leads_to_the_one_that_was_meant(command_here, typed, said):
    finished = command_here("pad", SAMPLE_DATA / "reviews.txt", typed, "3")
    assert finished.returncode == 2
    assert finished.err.splitlines() == [f"error: {said}", "hint:  padcli pad --help"]


def test_every_name_that_is_meant_is_one():
    from padcli.options.other_names import OTHER_NAMES

    known = {
        flag for name in COMMANDS for each in options_of_command(name) for flags in each.all_flags
        for flag in flags.split("/")
    }  # fmt: skip
    for meant in OTHER_NAMES.values():
        assert all(
            word.rstrip(",") in known for word in meant.split() if word.startswith("--") and word != "--chunk-bytes,"
        )


def test_a_value_that_looks_like_an_option_is_a_value(command_here, write):
    write("corpus.txt", "--max-length a\n")
    command_here("pad", "corpus.txt", "--tokenizer", "whitespace", "-o", "out.npz")
    assert command_here("inspect", "out.npz", "--find", "--max-length").returncode == 0
