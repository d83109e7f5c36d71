"""What tests of engines share: inputs, what a local run makes of them, and clusters that live as long as the tests."""

import gzip
import importlib.util
import json
import os

import clusters
import numpy as np
import pytest

import padcli
from padcli.encode import parts


@pytest.fixture(scope="session")
def corpora(tmp_path_factory):
    """A folder of inputs: some hundred kB of text in each."""
    folder = tmp_path_factory.mktemp("corpora")
    random = np.random.default_rng(7)
    lengths = random.integers(0, 30, 6000)
    words = np.minimum(random.zipf(1.3, lengths.sum()), 20_000)
    texts = [" ".join(f"w{word}" for word in row) for row in np.split(words, np.cumsum(lengths)[:-1])]
    records = [json.dumps({"text": text, "label": f"class {len(text) % 3}"}) for text in texts]
    broken = [*records]
    broken[100:5900:800] = [
        '{"text": 5}',
        '{"label": "class 1"}',
        "no JSON",
        '["text"]',
        "{",
        "}",
        "null",
        '{"text": "a"',
    ]
    (folder / "texts.txt").write_text("\n".join(texts) + "\n")
    (folder / "records.jsonl").write_text("\n".join(records) + "\n")
    (folder / "broken.jsonl").write_text("\n".join(broken) + "\n")
    (folder / "packed.jsonl.gz").write_bytes(gzip.compress("\n".join(records[:3000]).encode(), 1))
    for number, text in enumerate(texts[:300]):
        path = folder / "tree" / f"class{number % 3}" / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def needs(library):
    """Skip the test where a library is not installed; it is not imported here, since that is for padcli to do."""
    if importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} is not installed")


def contents(folder):
    """All files of a folder, hidden ones too, by their names."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="session")
def local(corpora, tmp_path_factory):
    """Gives what a local run makes: files by their names."""
    made = {}

    def make(inputs, **options):
        key = repr((inputs, sorted(options.items())))
        if key not in made:
            folder = tmp_path_factory.mktemp("local")
            with pytest.MonkeyPatch.context() as patch:
                patch.chdir(folder)
                padcli.pad([corpora / name for name in inputs], "out.npz", **options)
            made[key] = contents(folder)
        return made[key]

    return make


@pytest.fixture
def small_parts(monkeypatch):
    """A task for each 50 kB of a file of lines, so that workers have something to share."""
    monkeypatch.setattr(parts, "_part_bytes", lambda *_: 50_000)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The folder of the driver: an empty one, with its outputs."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def notes(tmp_path):
    """A folder where tests and workers leave each other notes."""
    folder = tmp_path / "notes"
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def dask():
    """The address of a scheduler with two workers."""
    needs("distributed")
    with clusters.dask_cluster() as (address, _):
        yield f"dask://{address}"


@pytest.fixture(scope="session")
def notes_of_ray(tmp_path_factory):
    return tmp_path_factory.mktemp("notes")


@pytest.fixture(scope="session")
def ray(notes_of_ray):
    """The address of a cluster of Ray, where a worker is killed as it writes a block, if there is a note `die`."""
    needs("ray")
    with clusters.ray_cluster(hooks="die=blocks/", notes=notes_of_ray) as address:
        yield f"ray://{address}"


@pytest.fixture
def on_path(monkeypatch):
    """Lets workers that this process starts find the executors."""
    monkeypatch.setenv("PYTHONPATH", clusters.environment()["PYTHONPATH"])
    monkeypatch.setenv("PATH", str(clusters.BIN), prepend=os.pathsep)  # MPI starts processes by its own command
