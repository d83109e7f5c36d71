"""A hint can be followed: its command runs, and makes as many records as there were."""

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

import padcli
from padcli.options import Format

ROWS = [
    {"text": "a good film,\nwith two lines", "label": "pos"},
    {"text": 'a "bad" one', "label": "neg"},
    {"text": "für Ōe ☃", "label": "neg"},
]


@pytest.fixture
def run_hint(tmp_path, monkeypatch):
    """Follows the hint of the error that `padcli.stats` raises; gives the records that come out."""
    monkeypatch.chdir(tmp_path)

    def run(name):
        with pytest.raises(padcli.PadcliError) as caught:
            padcli.stats(name)
        _, _, command = caught.value.hint.partition("\n")
        path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
        subprocess.run(["bash", "-c", command], check=True, env={"PATH": path})
        (made,) = tmp_path.glob("*.jsonl")
        assert padcli.stats(made).report.histogram.rows == len(ROWS)
        return [json.loads(line) for line in made.read_text().splitlines()]

    return run


def test_a_folder_of_texts_becomes_a_record_a_file(tmp_path, command_here):
    for number, row in enumerate(ROWS):
        folder = tmp_path / "my reviews" / row["label"]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.txt").write_text(row["text"])
    with pytest.raises(padcli.PadcliError) as caught:
        padcli.stats(tmp_path / "my reviews")
    assert "is a folder of texts: is each file a record, or each line?" in caught.value.message
    _, _, command = caught.value.hint.partition("\n")
    assert shlex.split(command)[0] == "padcli"
    assert command_here(*shlex.split(command)[1:], "--maxlen", "5").returncode == 0
    made = padcli.load(tmp_path / "my reviews.npz")
    assert made.labels["label"].tolist() == sorted(row["label"] for row in ROWS)


def test_a_list_of_objects_becomes_a_record_an_object(tmp_path, run_hint):
    (tmp_path / "rows.json").write_text(json.dumps(ROWS, indent=2))
    assert run_hint("rows.json") == ROWS


def test_of_any_other_file_only_the_format_is_asked_for(tmp_path):
    (tmp_path / "rows.log").write_text("a\n")
    with pytest.raises(padcli.PadcliError) as caught:
        padcli.stats(tmp_path / "rows.log")
    formats = [each for each in get_args(Format) if each not in ("tar", "zip")]
    assert caught.value.hint == "Name the format: --format " + " or --format ".join(formats) + "."
