"""Completions, as shells ask for them: the scripts are typer's, and what is offered follows from the options."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

COMPLETED = {
    "padcli ver": {"verify"},
    "padcli pad --truncate-p": {"--truncate-pairs"},
    "padcli pad --truncate ": {"pre", "post", "head+tail:"},
    "padcli pad --names ": {"keras", "hf"},
    "padcli pad --tokenizer w": {"word", "whitespace"},
    "padcli fit in.txt --tokenizer wo": {"word", "wordpiece"},
    "padcli stats --max-tr": {"--max-truncated"},
    "padcli pad --pos": {"--post"},
    "padcli inspect out.npz --color a": {"auto", "always"},
}


@pytest.fixture
def environment():
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


def test_bash_completes_commands_options_and_their_values(environment):
    script = """
eval "$(_PADCLI_COMPLETE=source_bash padcli)"
while IFS= read -r line; do
    COMP_LINE="$line" COMP_POINT=${#line}
    read -ra COMP_WORDS <<<"$line"
    if [[ "$line" == *" " ]]; then COMP_WORDS+=(""); fi
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMPREPLY=()
    $(complete -p padcli | sed 's/.*-F \\([^ ]*\\) .*/\\1/') padcli
    echo "${COMPREPLY[*]}"
done
"""
    found = subprocess.run(
        ["bash", "-c", script],
        input="\n".join([*COMPLETED, ""]),
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert [set(line.split()) for line in found.stdout.split("\n")[:-1]] == list(COMPLETED.values())


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_are_told_the_same(shell, environment):
    line, offered = "padcli pad --names ", {"keras", "hf"}
    asked = {
        "_PADCLI_COMPLETE": f"complete_{shell}",
        "_TYPER_COMPLETE_ARGS": line,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    found = subprocess.run(["padcli"], env=environment | asked, capture_output=True, text=True, check=True)
    assert all(f'"{each}"' in found.stdout if shell == "zsh" else each in found.stdout.split() for each in offered)
    script = subprocess.run(
        ["padcli"],
        env=environment | {"_PADCLI_COMPLETE": f"source_{shell}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "_PADCLI_COMPLETE" in script.stdout
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script.stdout, text=True, check=True)
