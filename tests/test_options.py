"""Options: each is declared once, and checked before any work is done."""

import dataclasses
import re
import runpy
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

import padcli
from padcli import plan
from padcli.cli.derive import command
from padcli.inspection import compare
from padcli.options import (
    STAGES,
    InspectOptions,
    PadOptions,
    ReportOptions,
    RunOptions,
    StatsOptions,
    TokenizeOptions,
    options_of_command,
)
from padcli.options.checks import one_of, whole
from padcli.options.option import Stage, option

DOCS = Path(__file__).parents[1] / "docs"
WHOLE = [
    (PadOptions, "maxlen"),
    (PadOptions, "pad_id"),
    (TokenizeOptions, "vocab_size"),
    (TokenizeOptions, "min_count"),
    (InspectOptions, "limit"),
    (RunOptions, "workers"),
    (RunOptions, "chunk_bytes"),
]
each_whole = pytest.mark.parametrize(("options", "name"), WHOLE)


@each_whole
@pytest.mark.parametrize("kind", [np.int64, np.uint8, int])
def test_an_integer_of_any_kind_becomes_an_int(options, name, kind):
    value = getattr(options(**{name: kind(2)}), name)
    assert (type(value), value) == (int, 2)


@each_whole
@pytest.mark.parametrize("value", [2.0, 1.5, np.float64(2), True, np.True_, b"2", [2], -(10**30), 10**30])
def test_nothing_else_does(options, name, value):
    with pytest.raises(padcli.PadcliError, match=r"expected an? (64-bit )?integer"):
        options(**{name: value})


def test_a_maxlen_to_show_is_one_integer_or_some():
    assert StatsOptions(maxlen=np.int64(5)).maxlen == (5,)
    assert StatsOptions(maxlen=np.array([5, 6])).maxlen == (5, 6)
    assert all(type(value) is int for value in StatsOptions(maxlen=np.array([5, 6])).maxlen)
    for maxlen in (5.0, [5.0], [True], 10**20):
        with pytest.raises(padcli.PadcliError, match="--maxlen: expected an integer"):
            StatsOptions(maxlen=maxlen)


def test_an_integer_of_numpy_gives_the_file_of_an_int(tmp_path):
    (tmp_path / "corpus.txt").write_text("a b c\n")
    for name, kind in [("one", int), ("other", np.int64)]:
        padcli.pad(tmp_path / "corpus.txt", tmp_path / f"{name}.npz", maxlen=kind(2), pad_id=kind(0))
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "other.npz").read_bytes()


def test_a_number_too_large_for_the_machine_is_an_error(command_here, write):
    write("corpus.txt", "a\n")
    finished = command_here("stats", "corpus.txt", "--maxlen", "9" * 20)
    assert (finished.returncode, "18 digits" in finished.err) == (2, True)


Emoji = Literal["keep", "drop"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ToyOptions(TokenizeOptions):
    """The tokenizer's options, and a few more."""

    emoji: Emoji = option("keep", help="What to do with emoji [sic].", check=one_of(Emoji))
    side: Literal["left", "right"] = option("left", "--right/--left", help="The side.", panel="Toys")
    size: Sequence[int] = option((), help="A size; repeat.", metavar="N", only=("toy",))
    depth: int = option(3, help="Depth.", on_command_line=False)
    shown: bool = option(False, help="Show it.", is_keyword=False)


@pytest.fixture
def toy(monkeypatch):
    """A command whose stage has further fields, and is declared nowhere else."""
    monkeypatch.setitem(STAGES, "toy", (ToyOptions, RunOptions))
    app, called = typer.Typer(rich_markup_mode="rich"), {}

    @command(app, "toy")
    def toy(path: str, *, shown: bool, **keywords):
        """Play."""
        called.update(keywords, path=path, shown=shown)

    def run(*arguments):
        called.clear()
        result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "120", "TERMINAL_WIDTH": "120"})
        return result, dict(called)

    return run


def test_a_field_is_an_option_of_the_command_line(toy):
    shown = toy("--help")[0].output
    assert re.search(r"--emoji NAME +What to do with emoji \[sic\]\. \[one of keep, drop; default: keep\]", shown)
    assert re.search(r"Toys\n +--right +The side\. \[default: left\] *\n +--left", shown)
    assert "--depth" not in shown
    result, called = toy("file", "--emoji", "drop", "--right", "--size", "1", "--size", "2", "--vocab-size", "9")
    assert result.exit_code == 0
    assert called["path"] == "file"
    assert (called["emoji"], called["side"], called["size"], called["vocab_size"]) == ("drop", "right", [1, 2], 9)
    assert called["shown"] is False


def test_what_was_not_given_is_left_to_the_library(toy):
    _, called = toy("file")
    assert not {"side", "size", "filters"} & called.keys()
    assert toy("file", "--left")[1]["side"] == "left"


def test_a_value_that_is_none_of_the_choices_is_an_error_of_the_command_line(toy):
    assert toy("file", "--emoji", "eat")[0].exit_code == 2


@pytest.mark.usefixtures("toy")
def test_a_field_is_a_keyword_for_type_checkers():
    written = runpy.run_path(str(DOCS / "options.py"))["keywords_module"]({"ToyKeywords": "toy"})
    assert "class ToyKeywords(TypedDict, total=False):" in written
    assert "    side: Literal['left', 'right']\n    size: Sequence[int]\n    depth: int\n    workers:" in written
    assert "shown" not in written
    compile(written, "keywords.py", "exec")


@pytest.mark.usefixtures("toy")
def test_a_field_is_in_the_table_of_the_docs():
    written = runpy.run_path(str(DOCS / "options.py"))["page"](["toy"])
    assert r"| `--emoji` | `emoji` | `keep \| drop` | `keep` | What to do with emoji \[sic]. |" in written
    assert "| `--right`, `--left` | `side` |" in written
    assert "|  | `depth` | `int` | `3` | Depth. |" in written
    assert "| `--shown` |  | `bool` | `False` | Show it. |" in written


def test_a_field_is_checked():
    @dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
    class Checked(Stage):
        size: int | None = option(None, help="A size.", check=whole(2, "of a toy"))

    assert Checked(size=np.int64(2)).size == 2
    assert Checked().size is None
    with pytest.raises(padcli.PadcliError, match=r"--size: expected an integer of at least 2 \(of a toy\), got 1"):
        Checked(size=1)


def test_an_option_of_other_tokenizers_is_refused_by_the_flag_that_was_given():
    for given, flag in [
        ({"unk": False}, "--no-unk"),
        ({"special_in_text": False}, "--no-special-in-text"),
        ({"lower": True}, "--lower/--no-lower"),
        ({"special_tokens": "[CLS]"}, "--special"),
        ({"add_bos": True}, "--add-bos"),
    ]:
        with pytest.raises(padcli.PadcliError, match=f"^{flag} cannot be used with --tokenizer byte"):
            TokenizeOptions(tokenizer="byte", **given)


@pytest.mark.parametrize("name", STAGES)
def test_help_is_plain_text(name):
    for each in options_of_command(name):
        assert each.help[0] not in " [", each.name
        assert "\\[" not in each.help, each.name  # the command line escapes brackets itself


def test_an_expression_that_is_empty_is_no_gate_left_out():
    assert ReportOptions(fail_if=None).fail_if == ()
    assert ReportOptions(fail_if="rows<1").fail_if == ("rows<1",)
    with pytest.raises(padcli.PadcliError, match="--fail-if '': expected a figure"):
        ReportOptions(fail_if="")


def test_one_string_is_one_special_token():
    assert TokenizeOptions(tokenizer="bpe", special_tokens="[CLS]").special_tokens == ("[CLS]",)


def test_each_function_takes_the_keywords_that_are_declared_for_it(tmp_path):
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("a b\n")
    plans = {
        "pad": lambda keywords: plan.plan_pad(corpus, tmp_path / "out.npz", keywords),
        "pad_texts": plan.plan_texts,
        "fit": lambda keywords: plan.plan_fit(corpus, tmp_path / "tokenizer.json", keywords),
        "stats": lambda keywords: plan.plan_stats(corpus, keywords),
        "compare": lambda keywords: compare.plan_compare(str(corpus), str(corpus), keywords),
    }
    for name, planned in plans.items():
        planned({each.name: each.default for each in options_of_command(name) if each.is_keyword})
        with pytest.raises(TypeError, match="unexpected keyword argument 'emoji'"):
            planned({"emoji": "keep"})
