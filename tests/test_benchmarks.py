"""The benchmarks run, and their scripts do the same job."""

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import SAMPLE_DATA

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def test_every_program_does_the_job(tmp_path):
    arguments = ["--corpus", SAMPLE_DATA / "reviews.txt", "--rounds", "1", "--results", tmp_path / "results.md"]
    # What else these run, others test; they import TensorFlow again and again.
    arguments += ["--skip", "20 lines", "--skip", "engines", "--skip", "rows of other shapes"]
    subprocess.run([sys.executable, BENCHMARKS / "bench.py", *map(str, arguments)], check=True, capture_output=True)
    rows = [line.strip("| ").split(" | ") for line in (tmp_path / "results.md").read_text().splitlines() if "|" in line]
    heads = [n for n, row in enumerate(rows) if row[0].endswith(".tokenizer.json")]
    assert [rows[n][0] for n in heads] == [f"{kind}.tokenizer.json" for kind in ("bpe", "wordpiece", "unigram")]
    assert {rows[n + 2][-1].strip(" |") for n in heads} == {"same arrays"}
    found = {row[0]: row[-1].strip(" |") for row in rows[: heads[0]]}
    assert {name: same for name, same in found.items() if name.startswith("padcli") and "--help" not in name} == {
        "padcli": "same arrays",
        "padcli --workers 1": "same arrays",
        "padcli --tokenizer FILE": "same arrays",
        "padcli, JSONL": "same arrays",
        "padcli --maxlen p95": "other shape",
    }
    assert found["Hugging Face WordLevel"] == "same mask, other ids"  # it numbers words of the same count otherwise
    assert "Keras TextVectorization" in found
    assert found["Keras Tokenizer + pad_sequences"] == "same arrays"


def test_ways_of_packing_are_compared():
    arguments = ["--corpus", SAMPLE_DATA / "reviews.txt", "--items", "2000", "--rooms", "300", "--rounds", "1"]
    command = [sys.executable, BENCHMARKS / "packing.py", *map(str, arguments)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rows = [line.strip("| ").split(" | ") for line in printed.splitlines()[2:]]
    counts = {(row[0].split(",")[0], row[2]): int(row[3].replace(",", "")) for row in rows}
    for lengths in ("reviews.txt", "log-normal"):
        ways = ("best-fit", "first-fit", "consecutive", "a row each")
        assert [counts[lengths, way] for way in ways] == sorted(counts[lengths, way] for way in ways)
        assert counts[lengths, "best-fit"] <= counts[lengths, "SPFHP (counts alone)"] < counts[lengths, "a row each"]


def test_small_files_are_compared_with_cat():
    arguments = ["--corpus", SAMPLE_DATA / "reviews.txt", "--files", "20", "--rounds", "1"]
    command = [sys.executable, BENCHMARKS / "small_files.py", *map(str, arguments)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rows = [line.strip("| ").split(" | ") for line in printed.splitlines()]
    assert [row[0] for row in rows[2:]] == ["find, sort, cat", "padcli --record file", "padcli --record line"]


def test_the_driver_is_simulated():
    for options in ([], ["--cut"]):
        command = [sys.executable, BENCHMARKS / "simulated.py", "--tasks", "5", "40", *options]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        assert [row.split(" | ")[0] for row in printed.splitlines()[2:]] == ["| 5", "| 40"]


def test_the_serial_share_is_that_of_amdahls_law(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    import scaling

    assert scaling.serial_share({n: 2 + 8 / n for n in (1, 2, 4)}) == pytest.approx(0.2)
