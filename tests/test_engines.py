"""An engine runs tasks somewhere, at some time: no output depends on which one it is."""

import pickle

import pytest
from conftest import SAMPLE_DATA

import padcli
from padcli.engine.base import ENGINES


class Postponed:
    """A task that was sent somewhere, and is done when its result is asked for."""

    def __init__(self, *task):
        self._sent = pickle.dumps(task)

    def result(self):
        function, args, kwargs = pickle.loads(self._sent)
        return pickle.loads(pickle.dumps(function(*args, **kwargs)))

    def cancel(self):
        return True


class Postponing:
    """A toy engine: each task and its result go through pickle, as to another machine and back."""

    def __init__(self, n_workers):
        pass

    def submit(self, task, /, *args, **kwargs):
        return Postponed(task, args, kwargs)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


@pytest.fixture
def toy(monkeypatch):
    monkeypatch.setitem(ENGINES, "toy", f"{__name__}:Postponing")


def outputs(folder, engine, name, **options):
    folder.mkdir()
    padcli.pad(SAMPLE_DATA / name, folder / "out.npz", maxlen=20, chunk_bytes=2000, engine=engine, **options)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("reviews.txt", {}),
        ("reviews.txt", {"vocab_size": 50, "unk": False}),
        ("reviews.jsonl", {"label": "label"}),
        ("tokens.jsonl", {}),
        ("ids.jsonl", {}),
        ("reviews.jsonl", {"pack": "best-fit", "overflow": "window", "label": "label", "end": "[END]"}),
        ("reviews.jsonl", {"bucket": "auto:3", "shuffle": True, "drop_duplicates": True, "limit": 90}),
        ("reviews.jsonl", {"split_into": "a=0.7,b=0.3", "stratify": "label", "sample": "60%"}),
        ("multilingual.txt", {"tokenizer": "char"}),
        ("broken.jsonl", {"on_error": "skip"}),
    ],
)
def test_an_engine_is_one_class_and_one_line_in_a_table(tmp_path, name, options, workers):
    expected = outputs(tmp_path / "here", "serial", name, **options)
    assert outputs(tmp_path / "toy", "toy", name, workers=workers, **options) == expected


@pytest.mark.usefixtures("toy")
def test_a_bad_record_is_told_by_any_engine(tmp_path):
    with pytest.raises(padcli.PadcliError, match=r"broken\.jsonl, line \d+: not valid"):
        padcli.pad(SAMPLE_DATA / "broken.jsonl", tmp_path / "out.npz", engine="toy")


def test_an_engine_that_is_not_known_is_refused(tmp_path):
    with pytest.raises(padcli.PadcliError, match="--engine cloud: is not one of local, processes, dask"):
        padcli.pad(SAMPLE_DATA / "reviews.txt", tmp_path / "out.npz", engine="cloud")
