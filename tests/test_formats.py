"""A format is one class and one line in a table: it is written, loaded, inspected and verified like any other."""

import json
from contextlib import contextmanager

import numpy as np
import pytest
from conftest import SAMPLE_DATA
from hypothesis import given
from hypothesis import strategies as st

import padcli
from padcli import formats, schema
from padcli.formats.array_file import ArrayFile, NpyRows, write_npy
from padcli.formats.base import ArrayReader, StoredRows
from padcli.formats.metadata_file import metadata_json
from padcli.rows.blocks import side_by_side


class Folder:
    """A toy format: an index of arrays in the file itself, and each array beside it."""

    def check(self, specs):
        for spec in specs:
            if spec.dtype.kind == "U":
                raise padcli.errors.UsageError(f"-o: a .toy holds no text, and {spec.name} is text.")

    def paths(self, output, names):
        return [output, *(output.with_suffix(f".toy-{name}") for name in names)]

    def write(self, pending, output, rows, metadata, *, compress):
        for spec in rows.specs:
            path = output.with_suffix(f".toy-{spec.name}")
            write_npy(pending.open(path, size=spec.nbytes), spec, rows.column(spec.name))
        pending.open(output, is_seal=True).write(metadata_json(metadata()))

    @contextmanager
    def open(self, path):
        yield Opened(path, path.read_bytes())


class Opened(NpyRows):
    @property
    def files(self):
        return Folder().paths(self.path, self.arrays)

    @property
    def unexpected(self):
        return []

    def locate(self, name):
        path = self.path.with_suffix(f".toy-{name}")
        with path.open("rb") as file:
            return ArrayFile.described(file, path)

    def _open(self, name):
        path = self.path.with_suffix(f".toy-{name}")
        return path.open("rb"), path.stat().st_size


class Lines:
    """A toy format that holds rows, and no arrays: a batch of rows on each line of one JSON file, the metadata last."""

    def check(self, specs):
        Folder().check(specs)

    def paths(self, output, names):
        return [output]

    def write(self, pending, output, rows, metadata, *, compress):
        file = pending.open(output)
        for batch in rows.batches(7):
            file.write(json.dumps({name: part.tolist() for name, part in batch.items()}).encode() + b"\n")
        file.write(json.dumps({"meta": metadata_json(metadata()).decode()}).encode())

    @contextmanager
    def open(self, path):
        *batches, last = map(json.loads, path.read_text().splitlines())
        yield OpenedLines(path, last["meta"].encode(), batches)


class OpenedLines(StoredRows):
    unexpected = ()

    def __init__(self, path, raw, batches):
        super().__init__(path, raw)
        self._batches = batches

    @property
    def files(self):
        return [self.path]

    def locate(self, name):
        facts = self.arrays[name]
        rows = [row for batch in self._batches for row in batch[name]]
        return InMemory(self.path, np.array(rows, facts.dtype).reshape(-1, *facts.shape[1:]))

    @contextmanager
    def array(self, name):
        yield InMemoryReader(self.locate(name).whole())


class InMemory:
    def __init__(self, path, array):
        self.path, self.dtype, self.shape, self._array = path, array.dtype, array.shape, array
        self.row_bytes = array[:1].nbytes

    def whole(self):
        return self._array

    def parts(self, spans):
        return (self._array[first:end] for first, end in spans)


class InMemoryReader(ArrayReader):
    def __init__(self, array):
        super().__init__(array.dtype, array.shape)
        self._array = array

    def _read(self, n_rows):
        end = len(self._array) - self._left
        return self._array[end - n_rows : end]


@pytest.fixture(params=[Folder, Lines])
def toy(monkeypatch, request):
    monkeypatch.setitem(formats.FORMATS, ".toy", (f"{__name__}:{request.param.__name__}", None))
    return request.param


@pytest.mark.parametrize("chunk_bytes", [2**20, 300])
@pytest.mark.parametrize("names", ["keras", "hf"])
def test_a_new_format_is_written_loaded_inspected_and_verified(toy, tmp_path, command_here, names, chunk_bytes):
    options = {"maxlen": 9, "label": "label", "names": names, "chunk_bytes": chunk_bytes}
    for extension in ("toy", "npz"):
        padcli.pad(SAMPLE_DATA / "reviews.jsonl", tmp_path / f"out.{extension}", **options)
    found, expected = padcli.load(tmp_path / "out.toy"), padcli.load(tmp_path / "out.npz")
    for name in ("token_ids", "padding_mask", "lengths"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), strict=True)
    label = {"keras": "label", "hf": "labels"}[names]
    np.testing.assert_array_equal(found.labels[label], expected.labels[label])
    assert found.meta == expected.meta
    assert {check.ok for check in padcli.verify(tmp_path / "out.toy", inputs=True).checks} == {True}
    shown = [command_here("inspect", tmp_path / f"out.{kind}", "--truncated", "--json") for kind in ("toy", "npz")]
    assert shown[0] == shown[1]
    assert len(shown[0].out.splitlines()) > 3
    assert padcli.pad(SAMPLE_DATA / "reviews.jsonl", tmp_path / "out.toy", if_changed=True, **options).up_to_date
    assert padcli.compare(tmp_path / "out.toy", tmp_path / "out.npz").shared_of_first.rows == len(found.lengths)


def test_a_new_format_that_is_damaged_is_seen(toy, tmp_path):
    padcli.pad(SAMPLE_DATA / "reviews.jsonl", tmp_path / "out.toy", maxlen=9)
    if toy is Folder:
        (tmp_path / "out.toy-lengths").write_bytes(b"damaged")
    else:
        (tmp_path / "out.toy").write_text((tmp_path / "out.toy").read_text().replace("true", "false", 1))
    assert not padcli.verify(tmp_path / "out.toy").ok


def test_a_new_format_holds_no_rows_at_all(toy, tmp_path):
    (tmp_path / "empty.txt").touch()
    padcli.pad(tmp_path / "empty.txt", tmp_path / "out.toy", maxlen=3)
    assert padcli.load(tmp_path / "out.toy").token_ids.shape == (0, 3)
    assert padcli.verify(tmp_path / "out.toy").ok


def test_a_format_refuses_arrays_before_any_file_is_there(toy, tmp_path):
    with pytest.raises(padcli.PadcliError, match="holds no text, and lang is text"):
        padcli.pad(SAMPLE_DATA / "reviews.jsonl", tmp_path / "out.toy", maxlen=9, label="lang")
    assert list(tmp_path.iterdir()) == []


def test_a_format_whose_library_is_missing_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setitem(formats.FORMATS, ".toy", ("padcli_no_such_library:Toy", "toys"))
    with pytest.raises(padcli.PadcliError, match="requires a library") as caught:
        padcli.pad(SAMPLE_DATA / "reviews.txt", tmp_path / "out.toy")
    assert caught.value.hint == 'Install it: pip install "padcli[toys]"'


def test_an_unknown_extension_is_refused_with_those_that_are_known(tmp_path):
    with pytest.raises(padcli.PadcliError, match=r"expected a name that ends in \.npz, \.npy, \.safetensors"):
        padcli.pad(SAMPLE_DATA / "reviews.txt", tmp_path / "out.csv")


@pytest.mark.parametrize("names", ["keras", "hf"])
def test_the_schema_says_what_a_file_holds(tmp_path, names):
    padcli.pad(SAMPLE_DATA / "reviews.jsonl", tmp_path / "out.npz", maxlen=9, label=["label", "lang"], names=names)
    with np.load(tmp_path / "out.npz") as archive:
        meta = json.loads(archive["meta.json"])
        arrays = {name: archive[name] for name in archive.files[:-1]}
    specs = schema.specs_of(
        schema.array_names(names, ["label", "lang"]),
        sizes=schema.Sizes(rows=meta["rows"], width=9),
        ids=np.dtype({"keras": np.int32, "hf": np.int64}[names]),
        labels={name: arrays[name].dtype for name in ("label", "labels", "lang") if name in arrays},
    )
    assert {spec.name: (spec.dtype, spec.shape) for spec in specs} == {
        name: (array.dtype, array.shape) for name, array in arrays.items()
    }
    assert [spec.role for spec in specs][-2:] == ["label", "label"]


@given(st.lists(st.integers(0, 9), max_size=9), st.integers(1, 9))
def test_batches_are_the_rows_of_blocks_of_any_size(sizes, n_rows):
    rows = np.arange(2 * sum(sizes)).reshape(-1, 2)
    blocks = np.split(rows, np.cumsum(sizes)[:-1]) if sizes else []
    batches = list(side_by_side({"x": iter(blocks), "y": [rows[:, 0]]}, n_rows))
    assert all(len(batch["x"]) == len(batch["y"]) == n_rows for batch in batches[:-1])
    assert all(0 < len(batch["x"]) <= n_rows for batch in batches)
    np.testing.assert_array_equal(np.concatenate([rows[:0], *(batch["x"] for batch in batches)]), rows)


def test_columns_that_differ_in_length_are_not_laid_side_by_side():
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        list(side_by_side({"x": [np.zeros(5)], "y": [np.zeros(2)]}, 2))
