"""A folder that `datasets.load_from_disk` takes as it is."""

import datasets
import numpy as np
import pytest
from output_shapes import RECORDS, SHAPES, pad_both, write_corpus
from test_parquet import expected_columns

import padcli
from padcli.files import replacing


@pytest.mark.parametrize("shape", SHAPES)
def test_datasets_reads_the_arrays_of_the_npz(tmp_path, shape):
    path, arrays = pad_both(tmp_path, ".hf", SHAPES[shape])
    data = datasets.load_from_disk(str(path))
    assert data.to_dict() == expected_columns(arrays)
    for name, rows in expected_columns(arrays).items():
        dtype = arrays[name].dtype
        value = datasets.Value("string" if dtype.kind == "U" else dtype.name)
        assert data.features[name] == (datasets.List(value) if isinstance(rows[0], list) else value)


def test_what_is_done_with_data_sets_can_be_done_with_it(tmp_path):
    path, arrays = pad_both(tmp_path, ".hf", SHAPES["names of hf"])
    data = datasets.load_from_disk(str(path)).with_format("numpy")
    np.testing.assert_array_equal(data[3:7]["input_ids"], arrays["input_ids"][3:7])
    kept = data.filter(lambda row: row["number"] > 0)
    assert len(kept) == int((arrays["number"] > 0).sum())
    data.save_to_disk(str(tmp_path / "again"))


def test_no_rows_at_all(tmp_path):
    path, _ = pad_both(tmp_path, ".hf", {"maxlen": 3}, records=[])
    assert len(datasets.load_from_disk(str(path))) == 0


def test_fingerprints_follow_from_content(tmp_path):
    prints = set()
    for maxlen in (3, 4, 3):
        path, _ = pad_both(tmp_path, ".hf", {"maxlen": maxlen})
        prints.add(datasets.load_from_disk(str(path))._fingerprint)
    assert len(prints) == 2


def test_a_folder_is_named_with_a_slash_or_without(tmp_path):
    corpus = write_corpus(tmp_path / "corpus.jsonl")
    padcli.pad(corpus, f"{tmp_path}/out.hf/", maxlen=3)
    assert sorted(path.name for path in (tmp_path / "out.hf").iterdir()) == [
        "data-00000-of-00001.arrow",
        "dataset_info.json",
        "meta.json",
        "state.json",
    ]
    assert (tmp_path / "out.tokenizer.json").exists()


def test_a_folder_of_something_else_is_replaced_only_by_force(tmp_path):
    corpus, path = write_corpus(tmp_path / "corpus.jsonl"), tmp_path / "out.hf"
    datasets.Dataset.from_dict({"x": [1]}).save_to_disk(str(path))
    with pytest.raises(padcli.PadcliError, match="was not written by padcli") as caught:
        padcli.pad(corpus, path, maxlen=3)
    assert "--force" in caught.value.hint
    assert datasets.load_from_disk(str(path))["x"][:] == [1]
    padcli.pad(corpus, path, maxlen=3, force=True)
    assert len(datasets.load_from_disk(str(path))) == len(RECORDS)


def test_an_empty_folder_is_taken_and_a_file_in_its_place_is_not(tmp_path):
    corpus = write_corpus(tmp_path / "corpus.jsonl")
    (tmp_path / "out.hf").mkdir()
    padcli.pad(corpus, tmp_path / "out.hf", maxlen=3)
    (tmp_path / "other.hf").touch()
    with pytest.raises(padcli.PadcliError, match="is a file, and this output is a folder"):
        padcli.pad(corpus, tmp_path / "other.hf", maxlen=3)


def test_a_run_that_fails_leaves_no_folder(tmp_path):
    corpus = write_corpus(tmp_path / "corpus.jsonl")
    with pytest.raises(padcli.PadcliError):
        padcli.pad(corpus, tmp_path / "out.hf", maxlen=3, fail_if="rows>5")
    assert [path.name for path in tmp_path.iterdir()] == ["corpus.jsonl"]


def test_an_output_that_cannot_be_replaced_is_as_it_was(tmp_path, monkeypatch):
    path, _ = pad_both(tmp_path, ".hf", {"maxlen": 3})
    before = {file.name: file.read_bytes() for file in path.iterdir()}
    replace = replacing.Path.replace

    def fail(source, target):
        if target.name == "state.json" and source.suffix == ".padcli-new":
            raise OSError
        return replace(source, target)

    monkeypatch.setattr(replacing.Path, "replace", fail)
    with pytest.raises(padcli.PadcliError, match=r"state\.json: cannot be written"):
        padcli.pad(tmp_path / "corpus.jsonl", path, maxlen=4)
    assert {file.name: file.read_bytes() for file in path.iterdir()} == before
    assert padcli.verify(path).ok


def test_without_its_seal_it_is_not_taken_for_whole(tmp_path):
    path, _ = pad_both(tmp_path, ".hf", {"maxlen": 3})
    (path / "meta.json").unlink()
    with pytest.raises(padcli.PadcliError, match=r"meta\.json is missing"):
        padcli.load(path)


def test_folders_of_outdated_buckets_are_removed(tmp_path):
    corpus = write_corpus(tmp_path / "corpus.jsonl")
    for widths in ("4,8,12", "6,12"):
        padcli.pad(corpus, tmp_path / "out.hf", bucket=widths)
    assert sorted(path.name for path in tmp_path.glob("*.hf")) == ["out.12.hf", "out.6.hf"]
