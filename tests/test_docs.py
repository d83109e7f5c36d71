"""What the documents show is run as it stands there."""

import json
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET
from functools import partial
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from conftest import SAMPLE_DATA
from frameworks import is_there, need
from rich.text import Text

import padcli

ROOT = Path(__file__).parents[1]
FRAMEWORKS = {"torch", "jax", "transformers", "grain", "keras_hub"}  # see frameworks.py


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(SAMPLE_DATA, tmp_path / "sample_data")
    return tmp_path


@pytest.mark.parametrize(
    "document",
    [
        "README.md",
        "docs/guide.md",
        "docs/checks.md",
        "docs/configuration.md",
        "docs/engines.md",
        "docs/formats.md",
        "docs/inputs.md",
        "docs/loaders.md",
        "docs/rows.md",
        "docs/shards.md",
        "docs/tables.md",
    ],
)
def test_examples_of_the_documents_run_one_after_the_other(folder, document):
    scripts, text = Path(sys.executable).parent, (ROOT / document).read_text(encoding="utf-8")
    examples = re.findall(r"```(sh|python|toml)\n(.*?)```", text, re.DOTALL)
    assert examples
    for language, code in examples:
        if language == "toml":  # whose first line is its name
            (folder / code.split("\n")[0].removeprefix("# ")).write_text(code)
            continue
        if language == "python" and not all(map(is_there, FRAMEWORKS & set(re.findall(r"\w+", code)))):
            continue  # see below
        shell = ["bash", "-e", "-o", "pipefail", "-c", code]
        finished = subprocess.run(
            shell if language == "sh" else [sys.executable, "-c", code],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": f"{scripts}:/usr/bin:/bin"},
        )
        assert finished.returncode == 0, f"{code}\n{finished.stderr}"


@pytest.mark.parametrize("frameworks", [["jax"], ["torch"], ["torch", "transformers"]], ids="-".join)
def test_recipes_run_where_the_framework_is_installed(folder, monkeypatch, frameworks):
    for name in frameworks:
        need(name)
    monkeypatch.chdir(folder)
    reviews = folder / "sample_data" / "reviews.jsonl"
    padcli.fit(reviews, "pieces.json", tokenizer="wordpiece", vocab_size=800, special_tokens=["[CLS]", "[SEP]"])
    padcli.pad(reviews, "train.npz", label="label", padding="post", maxlen="p95")
    padcli.pad(reviews, "bert.npz", tokenizer="pieces.json", label="label", names="hf", padding="post", maxlen=64)
    codes = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "guide.md").read_text(encoding="utf-8"), re.DOTALL)
    (recipe,) = (code for code in codes if FRAMEWORKS & set(re.findall(r"\w+", code)) == set(frameworks))
    assert len([line for line in recipe.splitlines() if line]) <= 6
    found = runpy.run_path(str(_saved(folder, recipe)))
    assert {name for name in ("vectors", "means", "loss") if name in found}
    numbers = np.asarray(next(found[name] for name in ("loss", "means", "vectors") if name in found).tolist())
    assert np.isfinite(numbers).all()


def _saved(folder, code):
    (folder / "recipe.py").write_text(code)
    return folder / "recipe.py"


def test_the_chart_of_speed_is_that_of_the_results():
    draw = runpy.run_path(str(ROOT / "benchmarks" / "speed_chart.py"))
    drawn = draw["svg"]((ROOT / "benchmarks" / "results.md").read_text(encoding="utf-8"))
    texts = [
        [element.text for element in ET.fromstring(each).iter() if element.text and element.text.strip()]
        for each in (drawn, (ROOT / "docs" / "speed.svg").read_text(encoding="utf-8"))
    ]
    assert texts[0] == texts[1], "make pictures"
    assert "1.5" in texts[0]


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").split()) < 1000


def test_the_pictures_are_what_runs_show_today_and_fetch_nothing():
    draw = runpy.run_path(str(ROOT / "docs" / "draw.py"))
    runs = dict(draw["pictures"]())
    files = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "screens").iterdir()}
    assert files.keys() == runs.keys()
    for name, run in runs.items():
        drawn = "".join(ET.fromstring(files[name]).itertext())
        assert _lasting(Text.from_ansi(run).plain) in _lasting(drawn), f"{name}: make pictures"
        assert not re.search(r"(?:href|src|url)\W*https?:", files[name])


def _lasting(shown):
    """The words of a screen, without what another run or machine shows otherwise: seconds and versions."""
    return "".join(re.sub(r"in\s[\d.]+\ss\b|Keras\s[\d.]+", "", shown.replace("\xa0", " ")).split())


def test_what_follows_from_the_options_is_what_they_say_today():
    written = runpy.run_path(str(ROOT / "docs" / "options.py"))
    keywords, page = written["keywords_module"](written["CLASSES"]), written["page"](written["STAGES"])
    assert written["KEYWORDS"].read_text(encoding="utf-8") == keywords, "make options"
    assert written["PAGE"].read_text(encoding="utf-8") == page, "make options"
    assert written["SCHEMA"].read_text(encoding="utf-8") == written["schema_file"](), "make options"


def test_configurations_of_the_documents_are_what_the_schema_says():
    schema = json.loads((ROOT / "padcli" / "config" / "config.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    examples = [tomllib.loads(code) for code in re.findall(r"```toml\n(.*?)```", text, re.DOTALL)]
    assert len(examples) == 3
    for example in examples:
        jsonschema.validate(example.get("tool", {}).get("padcli", example), schema)
    for wrong in (
        {"pad": {"max_len": 5}},
        {"pad": {"padding": "left"}},
        {"pad": {"maxlen": True}},
        {"padd": {}},
        {"jobs": {"a": {"inputs": "x", "command": "fit", "maxlen": 5}}},
        {"jobs": {"a": {"inputs": "x", "quiet": True}}},
        {"jobs": {"a": {"inputs": 3}}},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)
    for right in ({"fit": {"vocab-size": 5}}, {"jobs": {"a": {"inputs": ["x"], "command": "stats", "maxlen": [5]}}}):
        jsonschema.validate(right, schema)


def test_the_picture_of_the_lengths_is_what_is_drawn_today(folder, monkeypatch):
    monkeypatch.chdir(folder)
    padcli.pad("sample_data/reviews.txt", maxlen=50, padding="post", plot="lengths.svg")
    drawn, shown = (
        [element.text for element in ET.parse(path).iter() if element.text and element.text.strip()]
        for path in (folder / "lengths.svg", ROOT / "docs" / "lengths.svg")
    )
    assert "17 (7.1%)" in drawn
    assert drawn == shown


def test_the_slim_way_to_install_names_all_that_is_needed_but_tensorflow():
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {re.match(r"[\w-]+", each)[0] for each in needed}
    (line,) = re.findall(r"^    pip install (gigatoken .*)$", (ROOT / "README.md").read_text(), re.MULTILINE)
    slim = {re.match(r"[\w-]+", each.strip("'"))[0] for each in line.split()}
    assert slim == names - {"tensorflow"} | {"keras"}


def test_nothing_but_the_examples_needs_tensorflow(tmp_path):
    code = """import sys; sys.modules["tensorflow"] = None
from padcli.__main__ import main
sys.exit(main())"""
    run = partial(subprocess.run, check=True, cwd=tmp_path, capture_output=True)
    run([sys.executable, "-c", code, "pad", SAMPLE_DATA / "reviews.txt", "-o", "out.npz", "--maxlen", "50"])
    run([sys.executable, "-c", code, "verify", "out.npz"])
    run([sys.executable, "-m", "padcli", "pad", SAMPLE_DATA / "reviews.txt", "-o", "with.npz", "--maxlen", "50"])
    assert (tmp_path / "out.npz").read_bytes() == (tmp_path / "with.npz").read_bytes()
