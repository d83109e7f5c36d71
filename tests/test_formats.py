"""A format is one class and one line in a table: it is written, loaded, inspected and verified like any other."""

import json
from contextlib import contextmanager

import numpy as np
import pytest
from conftest import SAMPLE_DATA

import padcli
from padcli import formats, schema
from padcli.formats.array_file import ArrayFile, write_npy
from padcli.formats.base import StoredRows
from padcli.formats.metadata_file import metadata_json


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


class Opened(StoredRows):
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


@pytest.fixture
def toy(monkeypatch):
    monkeypatch.setitem(formats.FORMATS, ".toy", (f"{__name__}:Folder", None))


def test_a_new_format_is_written_loaded_inspected_and_verified(toy, tmp_path, command_here):
    for extension in ("toy", "npz"):
        padcli.pad(SAMPLE_DATA / "reviews.jsonl", tmp_path / f"out.{extension}", maxlen=9, label="label")
    found, expected = padcli.load(tmp_path / "out.toy"), padcli.load(tmp_path / "out.npz")
    for name in ("token_ids", "padding_mask", "lengths"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), strict=True)
    np.testing.assert_array_equal(found.labels["label"], expected.labels["label"])
    assert padcli.verify(tmp_path / "out.toy").ok
    shown = [command_here("inspect", tmp_path / f"out.{kind}", "--truncated", "--json") for kind in ("toy", "npz")]
    assert shown[0] == shown[1]
    assert len(shown[0].out.splitlines()) > 3
    (tmp_path / "out.toy-lengths").write_bytes(b"damaged")
    assert not padcli.verify(tmp_path / "out.toy").ok


def test_a_format_refuses_arrays_before_any_file_is_there(toy, tmp_path):
    with pytest.raises(padcli.PadcliError, match="holds no text, and lang is text"):
        padcli.pad(SAMPLE_DATA / "reviews.jsonl", tmp_path / "out.toy", maxlen=9, label="lang")
    assert list(tmp_path.iterdir()) == []


def test_a_format_whose_library_is_missing_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setitem(formats.FORMATS, ".toy", ("padcli_no_such_library:Toy", "toys"))
    with pytest.raises(padcli.PadcliError, match="needs a library") as caught:
        padcli.pad(SAMPLE_DATA / "reviews.txt", tmp_path / "out.toy")
    assert caught.value.hint == 'Install it: pip install "padcli[toys]"'


def test_an_unknown_extension_is_refused_with_those_that_are_known(tmp_path):
    with pytest.raises(padcli.PadcliError, match=r"expected a name that ends in \.npz or \.npy"):
        padcli.pad(SAMPLE_DATA / "reviews.txt", tmp_path / "out.csv")


@pytest.mark.parametrize("names", ["keras", "hf"])
def test_the_schema_says_what_a_file_holds(tmp_path, names):
    padcli.pad(SAMPLE_DATA / "reviews.jsonl", tmp_path / "out.npz", maxlen=9, label=["label", "lang"], names=names)
    with np.load(tmp_path / "out.npz") as archive:
        meta = json.loads(archive["meta.json"])
        arrays = {name: archive[name] for name in archive.files[:-1]}
    specs = schema.specs_of(
        schema.array_names(names, ["label", "lang"]),
        n_rows=meta["rows"],
        width=9,
        ids=np.dtype(np.int32),
        labels={name: arrays[name].dtype for name in ("label", "lang")},
    )
    assert {spec.name: (spec.dtype, spec.shape) for spec in specs} == {
        name: (array.dtype, array.shape) for name, array in arrays.items()
    }
    assert [spec.role for spec in specs][-2:] == ["label", "label"]
