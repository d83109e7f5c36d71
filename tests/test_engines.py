"""An engine runs tasks somewhere, at some time: no output depends on which one it is."""

import hashlib
import json
import pickle

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import SAMPLE_DATA

import padcli
from padcli import portable
from padcli.encode.part import EncodePart
from padcli.encode.task import EncodeSplit
from padcli.engine import travel
from padcli.engine.base import ELSEWHERE, ENGINES
from padcli.errors import EngineError, MissingLibraryError
from padcli.formats import sharded
from padcli.formats import shards as shard_names
from padcli.report import shards_by_workers
from padcli.store.shared_blocks import BlockRef, block_name


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


class Elsewhere(Postponing):
    """A toy engine of other processes, as far as tasks can tell: what they have in common with this one is a folder."""

    def __init__(self, n_workers, address):
        self.capacity = 1 + len(address)


@pytest.fixture
def elsewhere(monkeypatch):
    monkeypatch.setitem(ELSEWHERE, "toy", f"{__name__}:Elsewhere")


def shards(folder, name, **options):
    folder.mkdir()
    inputs = [SAMPLE_DATA / each for each in name.split()]
    found = padcli.pad(inputs, folder / "out.npz", **{"maxlen": 20, "shard_rows": 37, "chunk_bytes": 1500} | options)
    return {path.name: path.read_bytes() for path in folder.iterdir()}, found.as_dict()


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("how", [{"engine": "toy"}, {"resume": True}, {"resume": True, "workers": 1}])
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("reviews.txt", {}),
        ("reviews.txt", {"vocab_size": 50, "unk": False}),
        ("reviews.txt multilingual.txt", {"vocab_size": 90}),
        ("reviews.jsonl", {"label": "label", "label_map": True}),
        ("tokens.jsonl", {"shard_rows": 2}),
        ("ids.jsonl", {"shard_rows": 2}),
        ("reviews.jsonl", {"overflow": "window", "label": "label", "end": "[END]"}),
        ("reviews.jsonl", {"pack": "best-fit", "overflow": "window", "label": "label", "end": "[END]"}),
        ("reviews.jsonl reviews.jsonl", {"shuffle": True, "label": "label", "sample": "60%"}),
        ("reviews.jsonl", {"split_into": "a=0.7,b=0.3"}),
        ("multilingual.txt", {"tokenizer": "char", "shard_size": "2kB", "shard_rows": None}),
        ("broken.jsonl", {"on_error": "skip", "shard_rows": 3}),
        ("reviews.txt", {"min_length": 3, "truncating": "post", "pad_to_multiple_of": 8}),
    ],
)
def test_workers_that_read_and_write_by_themselves_write_the_same(tmp_path, name, options, how):
    expected, told = shards(tmp_path / "here", name, **options)
    found, told_too = shards(tmp_path / "elsewhere", name, **options, **how)
    assert found == expected
    depends = ("outputs", "seconds", "timings", "sent")
    facts = [json.dumps({name: each[name] for name in each if name not in depends}) for each in (told, told_too)]
    assert facts[1].replace("elsewhere/", "here/") == facts[0]


@pytest.mark.usefixtures("elsewhere")
def test_what_travels_is_small(tmp_path):
    _, told = shards(tmp_path / "out", "reviews.jsonl", engine="toy", label="label", pack="best-fit", shuffle=True)
    assert told["sent"]["tasks"] >= 5
    assert told["sent"]["largest_message"] < 8192


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"shard_rows": None}, r"--engine toy: each worker writes files of its own"),
        ({"limit": 5}, "--limit looks at records one after the other, which --engine toy cannot"),
        ({"drop_duplicates": True}, "--drop-duplicates looks at records one after the other"),
    ],
)
def test_what_has_to_go_in_order_is_refused(tmp_path, options, message):
    with pytest.raises(padcli.PadcliError, match=message):
        shards(tmp_path / "out", "reviews.txt", engine="toy", **options)
    assert not list((tmp_path / "out").iterdir())


def test_texts_in_memory_do_not_travel():
    with pytest.raises(padcli.PadcliError, match="--engine processes: pad_texts works in this process"):
        padcli.pad_texts(["a b"], engine="processes")


class EndedError(Exception):
    """Ends a run early."""


def end_early(monkeypatch, run):
    """Let a run end when all is done but the index."""

    def no_index(*args):
        raise EndedError

    with monkeypatch.context() as ending:
        ending.setattr(shards_by_workers, "write_index", no_index)
        with pytest.raises(EndedError):
            run()


def test_a_run_that_ended_is_resumed_from_what_it_had_done(tmp_path, monkeypatch):
    expected, _ = shards(tmp_path / "whole", "reviews.txt")
    encoded, written = calls_of(monkeypatch, EncodeSplit, "encoded"), calls_of(monkeypatch, sharded, "write_shard")

    end_early(monkeypatch, lambda: shards(tmp_path / "out", "reviews.txt", resume=True))
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".out.npz.parts"]
    n_encoded, n_written = len(encoded), len(written)
    assert n_encoded > 1
    assert n_written == 7
    (tmp_path / "out").rename(tmp_path / "moved")  # what was done is known by its content
    padcli.pad(SAMPLE_DATA / "reviews.txt", tmp_path / "moved" / "out.npz", maxlen=20, shard_rows=37, chunk_bytes=1500,
               resume=True)  # fmt: skip
    assert (len(encoded), len(written)) == (n_encoded, n_written)
    assert {path.name: path.read_bytes() for path in (tmp_path / "moved").iterdir()} == expected


def test_other_inputs_and_options_are_not_resumed(tmp_path, monkeypatch):
    text = tmp_path / "a.txt"
    text.write_text("one two\n" * 9)
    (tmp_path / "out").mkdir()
    end_early(monkeypatch, lambda: padcli.pad(text, tmp_path / "out" / "out.npz", maxlen=3, shard_rows=4, resume=True))
    text.write_text("one three\n" * 9)
    padcli.pad(text, tmp_path / "out" / "out.npz", maxlen=4, shard_rows=4, resume=True)
    (tmp_path / "here").mkdir()
    padcli.pad(text, tmp_path / "here" / "out.npz", maxlen=4, shard_rows=4)
    found, expected = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("out", "here")
    )
    assert found == expected


def test_a_shard_that_was_damaged_meanwhile_is_written_again(tmp_path, monkeypatch):
    expected, _ = shards(tmp_path / "whole", "reviews.txt")
    end_early(monkeypatch, lambda: shards(tmp_path / "out", "reviews.txt", resume=True))
    kept = sorted((tmp_path / "out").rglob("*-of-00007.npz"))
    kept[2].write_bytes(kept[2].read_bytes()[:-9])
    data = bytearray(kept[3].read_bytes())
    data[300] ^= 1
    kept[3].write_bytes(data)
    for block in (tmp_path / "out").rglob("blocks/*"):
        block.write_bytes(block.read_bytes()[:-1])
    padcli.pad(SAMPLE_DATA / "reviews.txt", tmp_path / "out" / "out.npz", maxlen=20, shard_rows=37, chunk_bytes=1500,
               resume=True)  # fmt: skip
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == expected


def test_a_worker_with_other_versions_refuses(monkeypatch):
    task = pickle.dumps(("tokenize", len))
    message = travel.do((*travel.versions(), ("tokenizers", "0.1")), task)
    assert pickle.loads(message)[0]
    with pytest.raises(EngineError, match=r"The worker on .* has tokenizers \d.*, and this process 0.1\."):
        raise pickle.loads(message)[1]


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (MemoryError(), "The worker on .* has run out of memory"),
        (FileNotFoundError(2, "No such file or directory", "x.model"), "x.model: No such file"),
        (MissingLibraryError("x.model", "sentencepiece"), "The worker on .*: x.model requires a library"),
    ],
)
def test_what_goes_wrong_on_a_worker_is_told_in_a_sentence(error, message):
    is_error, found, _ = pickle.loads(travel.do(travel.versions(), pickle.dumps(("tokenize", Raises(error)))))
    assert is_error
    with pytest.raises(padcli.PadcliError, match=message):
        raise found


class Raises:
    def __init__(self, error):
        self.error = error

    def __call__(self):
        raise self.error


def test_a_folder_that_another_run_uses_is_refused(tmp_path):
    (tmp_path / ".out.npz.parts").mkdir()
    with (tmp_path / ".out.npz.parts" / "lock").open("wb") as file:
        portable.lock(file)
        for how in ({"resume": True}, {"engine": "processes"}):
            with pytest.raises(padcli.PadcliError, match="another run is writing this output"):
                padcli.pad(SAMPLE_DATA / "reviews.txt", tmp_path / "out.npz", maxlen=3, shard_rows=99, **how)
    padcli.pad(SAMPLE_DATA / "reviews.txt", tmp_path / "out.npz", maxlen=3, shard_rows=99, engine="processes")
    assert not (tmp_path / ".out.npz.parts").exists()


@pytest.mark.parametrize("name", ["entry:nowhere:make", "entry:os:make", "entry:os", "entry:os:getcwd", "cloud"])
def test_an_executor_that_is_none_is_refused(tmp_path, name):
    with pytest.raises(padcli.PadcliError, match=f"--engine {name}"):
        padcli.pad(SAMPLE_DATA / "reviews.txt", tmp_path / "out.npz", maxlen=3, shard_rows=99, engine=name)
    assert not list(tmp_path.iterdir())


def calls_of(monkeypatch, owner, name):
    calls, real = [], getattr(owner, name)

    def called(*args, **kwargs):
        calls.append(args)
        return real(*args, **kwargs)

    monkeypatch.setattr(owner, name, called)
    if owner is sharded:
        monkeypatch.setattr(shards_by_workers, name, called)
    return calls


def test_a_parquet_is_read_by_its_row_groups(tmp_path, monkeypatch):
    texts = [f"word{number % 97} and word{number % 89}" for number in range(5000)]
    pq.write_table(pa.table({"text": texts, "label": list(range(5000))}), tmp_path / "a.parquet", row_group_size=400)
    encoded = calls_of(monkeypatch, EncodePart, "__call__")
    found = []
    for name, how in (("here", {}), ("elsewhere", {"resume": True})):
        (tmp_path / name).mkdir()
        padcli.pad(tmp_path / "a.parquet", tmp_path / name / "out.npz", label="label", maxlen=3, shard_rows=1500,
                   chunk_bytes=1000, **how)  # fmt: skip
        found.append({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()})
    assert found[0] == found[1]
    assert len(encoded) > 5


@pytest.mark.usefixtures("elsewhere")
def test_of_very_many_inputs_each_shard_lists_the_first(tmp_path, monkeypatch):
    monkeypatch.setattr(shard_names, "MOST_INPUTS", 2)
    inputs = "reviews.txt multilingual.txt reviews.txt"
    expected, _ = shards(tmp_path / "here", inputs)
    found, _ = shards(tmp_path / "elsewhere", inputs, engine="toy")
    assert found == expected
    index = json.loads(found["out.index.json"])
    with np.load(tmp_path / "elsewhere" / index["shards"][0]["path"]) as shard:
        facts = json.loads(bytes(shard["meta.json"]))
    assert (len(index["inputs"]), len(facts["inputs"]), facts["all_inputs"]) == (3, 2, 3)
    assert "all_inputs" not in index
    assert padcli.verify(tmp_path / "elsewhere/out.index.json").ok
    assert padcli.verify(tmp_path / "elsewhere" / index["shards"][0]["path"]).ok


@pytest.mark.usefixtures("elsewhere")
def test_shards_of_workers_are_not_open_all_at_a_time(tmp_path, monkeypatch):
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(resource, "getrlimit", lambda _: (210, 210))
    with pytest.raises(padcli.PadcliError, match="files of shards would be open at a time"):
        shards(tmp_path / "here", "reviews.txt", shard_rows=1)
    found, _ = shards(tmp_path / "elsewhere", "reviews.txt", shard_rows=1, engine="toy")
    assert len(found) > 40


def test_a_reference_to_a_block_is_small(tmp_path):
    sizes = {"n_rows": 10**9, "n_records": 10**10, "ends": (7, 10**6, 10**9, 2**40, 2**41)}
    name = block_name(hashlib.sha256(b"what it follows from"))
    block = pickle.loads(pickle.dumps(BlockRef.of(name, "<u2", **sizes)))
    assert (block.name, block.n_rows, block.n_records) == (name, 10**9, 10**10)
    assert len(block.packed) < 100
