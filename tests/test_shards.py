"""Outputs in shards: the rows of one file, each shard a file that NumPy reads, and an index that seals them."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from itertools import pairwise
from unittest import mock

import numpy as np
import pytest
from conftest import SAMPLE_DATA
from hypothesis import given
from hypothesis import strategies as st
from test_formats import Folder, Lines  # noqa: F401 (found by their names)

import padcli
from padcli import formats
from padcli.files import direct, replacing
from padcli.formats.reader import open_padded

REVIEWS = SAMPLE_DATA / "reviews.jsonl"
N_ROWS = 80
PIECES = {"record", "label", "lang"}  # one for each record in packed rows

SHAPES = {
    "plain": {"maxlen": 9},
    "post": {"maxlen": 9, "padding": "post", "truncating": "post"},
    "hf": {"maxlen": 9, "names": "hf"},
    "windows": {"maxlen": 6, "overflow": "window", "stride": 2},
    "packed": {"maxlen": 40, "pack": "best-fit"},
    "shuffled": {"maxlen": 9, "shuffle": True},
    "wide": {"maxlen": 9, "pad_to_multiple_of": 8},
    "mapped": {"maxlen": 9, "label_map": True},
    "limited": {"maxlen": 9, "limit": 30, "drop_empty": True},
}


def npz(path):
    with np.load(path) as archive:
        return {name: archive[name] for name in archive.files if name != "meta.json"}


def index_of(folder, stem="out"):
    return json.loads((folder / f"{stem}.index.json").read_text(encoding="utf-8"))


def joined(folder, stem="out"):
    """All shards, read by NumPy alone, in the order of the index."""
    parts = [npz(folder / shard["path"]) for shard in index_of(folder, stem)["shards"]]
    whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    if "row_offsets" in whole:
        ends = np.cumsum([0, *(len(part["record"]) for part in parts)])
        moved = [part["row_offsets"][1:] + end for part, end in zip(parts, ends[:-1], strict=True)]
        whole["row_offsets"] = np.concatenate([[0], *moved])
    return whole


def assert_same(found, expected):
    assert list(found) == list(expected)
    for name in expected:
        np.testing.assert_array_equal(found[name], expected[name], strict=True)


def pad(output, **options):
    return padcli.pad(REVIEWS, output, **{"label": ["label", "lang"], **options})


@pytest.mark.parametrize("shard_rows", [1, 7, 1000])
@pytest.mark.parametrize("shape", SHAPES)
def test_shards_are_the_rows_of_one_file_cut(tmp_path, shape, shard_rows):
    pad(tmp_path / "whole.npz", **SHAPES[shape])
    pad(tmp_path / "out.npz", shard_rows=shard_rows, chunk_bytes=3000, **SHAPES[shape])
    whole, index = npz(tmp_path / "whole.npz"), index_of(tmp_path)
    assert_same(joined(tmp_path), whole)
    n_rows = len(whole["lengths"])
    sizes = [shard["rows"] for shard in index["shards"]]
    assert sizes == [min(shard_rows, n_rows - first) for first in range(0, n_rows, shard_rows)]
    assert [shard["first_row"] for shard in index["shards"]] == np.cumsum([0, *sizes[:-1]]).tolist()
    for number, shard in enumerate(index["shards"]):
        assert shard["path"] == f"out-{number:05d}-of-{len(sizes):05d}.npz"
        assert shard["bytes"] == (tmp_path / shard["path"]).stat().st_size
    assert not (tmp_path / "out.npz").exists()


@pytest.mark.parametrize("shape", SHAPES)
def test_the_index_and_each_shard_are_outputs_that_verify_accepts(tmp_path, shape):
    pad(tmp_path / "out.npz", shard_rows=7, **SHAPES[shape])
    for path in [tmp_path / "out.npz", *tmp_path.glob("out-*.npz"), tmp_path / "out.index.json"]:
        wrong = [check for check in padcli.verify(path, inputs=True).checks if not check.ok]
        assert not wrong, path


@pytest.mark.parametrize("shape", SHAPES)
def test_load_gives_the_arrays_of_one_file(tmp_path, shape):
    pad(tmp_path / "whole.npz", **SHAPES[shape])
    pad(tmp_path / "out.npz", shard_rows=7, **SHAPES[shape])
    expected = padcli.load(tmp_path / "whole.npz")
    for name in ("out.index.json", "out.npz"):
        found = padcli.load(tmp_path / name)
        for field in ("token_ids", "padding_mask", "lengths", "record", "row_offsets", "segment_ids", "position_ids"):
            one, other = getattr(found, field), getattr(expected, field)
            assert (one is None) == (other is None)
            if one is not None:
                np.testing.assert_array_equal(one, other, strict=True)
        assert_same(found.labels, expected.labels)
        assert found.label_classes == expected.label_classes
        facts = {name: value for name, value in found.meta.items() if name not in {"sha256", "shards", "arrays"}}
        assert facts == {name: value for name, value in expected.meta.items() if name in facts}


@pytest.mark.parametrize(
    ("extension", "shape"),
    [
        *((extension, shape) for extension in (*formats.FORMATS, ".toy") for shape in ("plain", "windows", "packed")),
        *((".lines", shape) for shape in ("plain", "windows")),  # it lays arrays side by side, and packed rows are not
    ],
)
def test_any_format_has_shards(tmp_path, monkeypatch, extension, shape):
    monkeypatch.setitem(formats.FORMATS, ".toy", (f"{__name__}:Folder", None))
    monkeypatch.setitem(formats.FORMATS, ".lines", (f"{__name__}:Lines", None))
    options = {"label": "label", **SHAPES[shape]}
    padcli.pad(REVIEWS, tmp_path / "whole.npz", **options)
    padcli.pad(REVIEWS, tmp_path / f"out{extension}", shard_rows=9, chunk_bytes=3000, **options)
    found = padcli.load(tmp_path / f"out{extension}")
    whole = npz(tmp_path / "whole.npz")
    np.testing.assert_array_equal(found.token_ids, whole["token_ids"], strict=True)
    np.testing.assert_array_equal(found.lengths, whole["lengths"], strict=True)
    np.testing.assert_array_equal(found.labels["label"], whole["label"], strict=True)
    if "row_offsets" in whole:
        np.testing.assert_array_equal(found.row_offsets, whole["row_offsets"], strict=True)
    assert padcli.verify(tmp_path / f"out{extension}").ok
    assert padcli.verify(tmp_path / index_of(tmp_path)["shards"][1]["path"]).ok


def test_npy_shards_are_mapped_by_numpy(tmp_path):
    padcli.pad(REVIEWS, tmp_path / "whole.npz", maxlen=9)
    padcli.pad(REVIEWS, tmp_path / "out.npy", maxlen=9, shard_rows=30)
    parts = [np.load(tmp_path / f"out-0000{i}-of-00003.npy", mmap_mode="r") for i in range(3)]
    np.testing.assert_array_equal(np.concatenate(parts), npz(tmp_path / "whole.npz")["token_ids"], strict=True)


@pytest.mark.parametrize(("size", "expected"), [("2kB", 2000), ("1KiB", 1024), ("0.0015 mb", 1500), (300, 300)])
def test_a_size_counts_the_data_of_arrays(tmp_path, size, expected):
    padcli.pad(REVIEWS, tmp_path / "whole.npz", maxlen=9)
    padcli.pad(REVIEWS, tmp_path / "out.npz", maxlen=9, shard_size=size)
    row = sum(array.nbytes for array in npz(tmp_path / "whole.npz").values()) // N_ROWS
    shards = index_of(tmp_path)["shards"]
    assert {shard["rows"] for shard in shards[:-1]} == {expected // row}


@pytest.mark.parametrize("size", ["0", "", "many", "12XB", "1iB", "-1MB", "nan", True])
def test_what_is_no_size_is_refused(tmp_path, size):
    with pytest.raises(padcli.PadcliError, match="expected a size such as 512MB or 1GiB"):
        pad(tmp_path / "out.npz", shard_size=size)


def test_any_workers_and_splits_give_the_same_bytes(tmp_path):
    runs = [{"workers": 1}, {"workers": 3, "chunk_bytes": 300}, {"workers": 2, "chunk_bytes": 5000}]
    for number, run in enumerate(runs):
        (tmp_path / str(number)).mkdir()
        pad(tmp_path / str(number) / "out.npz", maxlen=9, shard_rows=11, pack="best-fit", **run)
    contents = [
        {path.name: path.read_bytes() for path in (tmp_path / str(number)).iterdir()} for number in range(len(runs))
    ]
    assert contents[0] == contents[1] == contents[2]


def test_an_input_without_rows_has_one_shard_without_rows(tmp_path):
    (tmp_path / "empty.txt").touch()
    padcli.pad(tmp_path / "empty.txt", tmp_path / "out.npz", maxlen=3, shard_rows=5)
    assert npz(tmp_path / "out-00000-of-00001.npz")["token_ids"].shape == (0, 3)
    assert padcli.load(tmp_path / "out.npz").token_ids.shape == (0, 3)
    assert padcli.verify(tmp_path / "out.npz").ok


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=9),
    st.lists(st.integers(0, 80), min_size=2, max_size=12, unique=True),
)
def test_parts_of_arrays_are_read_across_shards(shards, cuts):
    array = RowsInShards(shards)
    n = sum(shards)
    places = sorted(min(cut, n) for cut in cuts)
    spans = [span for span in zip(places[::2], places[1::2], strict=False) if span[0] < span[1]]
    found = list(array.of().parts(spans))
    assert [part.tolist() for part in found] == [list(range(first, end)) for first, end in spans]


class RowsInShards:
    """An array of 0, 1, 2, ... in shards of some sizes."""

    def __init__(self, sizes):
        self.sizes = sizes

    def of(self):
        from padcli.formats.sharded_array import ShardedArray

        array = ShardedArray("out.npz", [], "lengths", np.dtype(np.int64), (sum(self.sizes),))
        ends = np.cumsum([0, *self.sizes])
        array.__dict__["_parts"] = [Part(np.arange(*span)) for span in pairwise(ends)]
        return array


class Part:
    def __init__(self, values):
        self.values, self.shape = values, values.shape

    def parts(self, spans):
        return (self.values[first:end] for first, end in spans)


def test_inspect_shows_rows_across_shards(tmp_path, command_here):
    pad(tmp_path / "whole.npz", maxlen=9)
    shutil.copy(tmp_path / "whole.tokenizer.json", tmp_path / "out.tokenizer.json")
    pad(tmp_path / "out.npz", maxlen=9, shard_rows=7)
    for arguments in (["--rows", "5:16"], ["--find", "the"], ["--truncated"], ["--longest", "--limit", "5"]):
        shown = [command_here("inspect", name, "--json", *arguments).out for name in ("whole.npz", "out.index.json")]
        assert shown[0] == shown[1] != b""
    assert b"80" in command_here("inspect", "out.npz").out
    truncated = [
        json.loads(line)
        for line in command_here("inspect", "out.npz", "--truncated", "--json", "--limit", "0").out.splitlines()
    ]
    of_shard = command_here(
        "inspect", "out-00003-of-00012.npz", "--truncated", "--json", "--limit", "0"
    ).out.splitlines()
    found = [json.loads(line) for line in of_shard]
    assert [each["lost"] for each in found] == [each["lost"] for each in truncated if each["index"] // 7 == 3]
    assert all(each["lost"] for each in found)


def test_compare_and_like_take_shards(tmp_path):
    pad(tmp_path / "whole.npz", maxlen=9, save_tokenizer=tmp_path / "tokenizer.json")
    pad(tmp_path / "out.npz", maxlen=9, shard_rows=7, save_tokenizer=tmp_path / "tokenizer.json")
    assert padcli.compare(tmp_path / "out.index.json", tmp_path / "whole.npz").shared_of_first.rows == N_ROWS
    for name in ("out.index.json", "out.npz"):
        padcli.pad(REVIEWS, tmp_path / "like.npz", like=tmp_path / name)
        assert_same(npz(tmp_path / "like.npz"), npz(tmp_path / "whole.npz"))


def test_a_run_is_up_to_date_as_long_as_shards_and_options_are(tmp_path):
    options = {"maxlen": 9, "shard_rows": 30}
    change = pad(tmp_path / "out.npz", if_changed=True, **options).change
    assert change == f"{tmp_path / 'out.index.json'} does not exist yet"
    assert pad(tmp_path / "out.npz", if_changed=True, **options).up_to_date
    assert pad(tmp_path / "out.npz", if_changed=True, maxlen=9, shard_rows=20).change.endswith("has other shards")
    assert pad(tmp_path / "out.npz", if_changed=True, maxlen=9, shard_rows=20).up_to_date
    (tmp_path / "out-00001-of-00004.npz").unlink()
    assert "damaged: shard" in pad(tmp_path / "out.npz", if_changed=True, maxlen=9, shard_rows=20).change
    assert pad(tmp_path / "out.npz", if_changed=True, maxlen=9).change.endswith("out.npz does not exist yet")
    assert pad(tmp_path / "out.npz", if_changed=True, maxlen=9).up_to_date


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_run_leaves_no_shards_of_an_earlier_one(tmp_path):
    tokenizer = "out.tokenizer.json"
    pad(tmp_path / "out.npz", maxlen=9, shard_rows=20)
    pad(tmp_path / "other.npz", maxlen=9, shard_rows=50)
    kept = [name for name in names_in(tmp_path) if name.startswith("other")]
    pad(tmp_path / "out.npz", maxlen=9, shard_rows=50)
    assert names_in(tmp_path) == [
        *kept, "out-00000-of-00002.npz", "out-00001-of-00002.npz", "out.index.json", tokenizer,
    ]  # fmt: skip
    pad(tmp_path / "out.npz", maxlen=9)
    assert names_in(tmp_path) == [*kept, "out.npz", tokenizer]
    pad(tmp_path / "out.npz", maxlen=9, shard_rows=80)
    assert names_in(tmp_path) == [*kept, "out-00000-of-00001.npz", "out.index.json", tokenizer]
    pad(tmp_path / "out.npy", maxlen=9, shard_rows=80)
    assert "out-00000-of-00001.npz" not in names_in(tmp_path)


def test_a_shard_in_the_place_of_somebody_elses_file_is_refused(tmp_path):
    (tmp_path / "out-00001-of-00002.npz").write_text("mine")
    with pytest.raises(padcli.PadcliError, match=r"out-00001-of-00002\.npz: already exists"):
        pad(tmp_path / "out.npz", maxlen=9, shard_rows=40)
    (tmp_path / "out-00001-of-00002.npz").unlink()
    (tmp_path / "out.index.json").write_text("{}")
    with pytest.raises(padcli.PadcliError, match=r"out\.index\.json: already exists"):
        pad(tmp_path / "out.npz", maxlen=9, shard_rows=40)
    pad(tmp_path / "out.npz", maxlen=9, shard_rows=40, force=True)
    assert padcli.verify(tmp_path / "out.npz").ok


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"shard_rows": 3, "shard_size": "1MB"}, "both say how large a shard is"),
        ({"shard_rows": 0}, "expected an integer of at least 1"),
        ({"shard_rows": 3, "bucket": "8,16,32"}, "are not cut into shards"),
    ],
)
def test_options_that_contradict_each_other(tmp_path, options, message):
    with pytest.raises(padcli.PadcliError, match=message):
        pad(tmp_path / "out.npz", **options)
    assert names_in(tmp_path) == []


def test_standard_output_has_no_shards(command):
    finished = command("pad", REVIEWS, "-o", "-", "--shard-rows", "5")
    assert finished.returncode == 2
    assert "Shards are several files" in finished.err


def test_parts_have_shards_of_their_own(tmp_path):
    options = {"maxlen": 9, "split_into": "train=0.8,val=0.2"}
    pad(tmp_path / "whole.npz", **options)
    pad(tmp_path / "out.npz", shard_rows=15, **options)
    for part in ("train", "val"):
        assert_same(joined(tmp_path, f"out.{part}"), npz(tmp_path / f"whole.{part}.npz"))
        assert padcli.verify(tmp_path / f"out.{part}.npz").ok


def test_more_files_than_may_be_open_are_refused(tmp_path, monkeypatch):
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(resource, "getrlimit", lambda _: (210, 250))
    allowed = []
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: allowed.append(limits))
    pad(tmp_path / "out.npz", maxlen=9, shard_rows=2)
    assert allowed == [(241, 250)]
    with pytest.raises(padcli.PadcliError, match="81 files of shards would be open at a time") as caught:
        pad(tmp_path / "out.npz", maxlen=9, shard_rows=1)
    assert caught.value.hint == "Write larger shards."


# Damage


def test_verify_names_the_shard_that_is_damaged(tmp_path):
    pad(tmp_path / "out.npz", maxlen=9, shard_rows=20)
    path = tmp_path / "out-00002-of-00004.npz"
    whole = path.read_bytes()
    path.write_bytes(whole.replace(npz(path)["token_ids"].tobytes()[:200], bytes(200)))
    wrong = [check for check in padcli.verify(tmp_path / "out.npz").checks if check.ok is False]
    assert any("out-00002-of-00004.npz" in check.text for check in wrong)
    with pytest.raises(padcli.PadcliError, match=r"out-00002-of-00004\.npz"):
        padcli.load(tmp_path / "out.npz")
    path.unlink()
    wrong = [check.text for check in padcli.verify(tmp_path / "out.npz").checks if check.name == "shard"]
    assert len(wrong) == 1
    assert "out-00002-of-00004.npz: No such file" in wrong[0]


def test_verify_finds_a_shard_of_another_run(tmp_path):
    (tmp_path / "other").mkdir()
    pad(tmp_path / "out.npz", maxlen=9, shard_rows=20)
    pad(tmp_path / "other" / "out.npz", maxlen=9, shard_rows=20, padding="post")
    shutil.copy(tmp_path / "other" / "out-00001-of-00004.npz", tmp_path)
    wrong = {check.name: check.text for check in padcli.verify(tmp_path / "out.npz").checks if check.ok is False}
    assert "not the one that the index knows" in wrong["shard"]
    assert "token_ids" in wrong


def test_verify_finds_shards_that_are_not_in_the_index(tmp_path):
    pad(tmp_path / "out.npz", maxlen=9, shard_rows=40)
    shutil.copy(tmp_path / "out-00001-of-00002.npz", tmp_path / "out-00002-of-00003.npz")
    (other,) = [check for check in padcli.verify(tmp_path / "out.npz").checks if check.name == "other arrays"]
    assert other.ok is not True
    assert "out-00002-of-00003.npz" in other.text


@pytest.mark.parametrize(
    "change",
    [
        lambda index: index["shards"].pop(),
        lambda index: index["shards"].clear(),
        lambda index: index["shards"][0].update(rows=3),
        lambda index: index["shards"][0].update(path="../out.npz"),
        lambda index: index["shards"][0].update(bytes="many"),
        lambda index: index.pop("shards"),
        lambda index: index.update(rows=[]),
    ],
)
def test_an_index_that_is_none_is_refused_in_a_sentence(tmp_path, change, command_here):
    pad(tmp_path / "out.npz", maxlen=9, shard_rows=40)
    index = index_of(tmp_path)
    change(index)
    (tmp_path / "out.index.json").write_text(json.dumps(index))
    for command in ("verify", "inspect"):
        finished = command_here(command, "out.npz")
        assert finished.returncode == 2
        assert finished.err.startswith("error: out.index.json: ")
    with pytest.raises(padcli.PadcliError):
        padcli.load(tmp_path / "out.npz")


# Writing


def test_a_disk_that_fails_leaves_the_old_output_whole(tmp_path, monkeypatch):
    pad(tmp_path / "out.npz", maxlen=9, shard_rows=20)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for failing in range(6):
        count = iter(range(100))
        original = replacing.Path.replace

        def fails(self, target, count=count, failing=failing, original=original):
            if str(target).endswith((".npz", ".index.json")) and next(count) == failing:
                raise OSError(5, "Input/output error")
            return original(self, target)

        with mock.patch.object(replacing.Path, "replace", fails), contextlib.suppress(padcli.PadcliError):
            pad(tmp_path / "out.npz", maxlen=11, shard_rows=20)
            assert failing > 4
        if failing < 5:
            assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("when", ["write", "rename"])
def test_a_run_that_is_killed_leaves_the_old_shards_or_no_index(tmp_path, when):
    """Without its index, there is no output; with it, all shards are those that it lists."""
    pad(tmp_path / "out.npz", maxlen=9, shard_rows=20)
    code = f"""
import os, signal, padcli
from padcli.files import replacing
from padcli.formats import npz
path = (replacing.Path, "replace") if {when == "rename"} else (npz.NpzFormat, "write")
original, count = getattr(*path), iter(range(100))
def kill(*given, **options):
    if next(count) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return original(*given, **options)
setattr(*path, kill)
padcli.pad({str(REVIEWS)!r}, "out.npz", maxlen=11, shard_rows=20, label=["label", "lang"])
"""
    finished = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False, env=dict(os.environ))
    assert finished.returncode == -signal.SIGKILL
    if when == "write":
        assert padcli.load(tmp_path / "out.npz").token_ids.shape == (N_ROWS, 9)
        assert padcli.verify(tmp_path / "out.npz").ok
    else:
        assert not (tmp_path / "out.index.json").exists()
        with pytest.raises(padcli.PadcliError, match="No such file"):
            padcli.load(tmp_path / "out.npz")
    pad(tmp_path / "out.npz", maxlen=9, shard_rows=20)
    assert padcli.verify(tmp_path / "out.npz").ok


def test_large_shards_give_their_buffers_back_as_they_are_written(tmp_path, monkeypatch):
    monkeypatch.setattr(direct, "LARGE", 1)
    settled = []
    original = direct.DirectFile.settle
    monkeypatch.setattr(direct.DirectFile, "settle", lambda self: settled.append(1) or original(self))
    pad(tmp_path / "whole.npz", maxlen=9)
    pad(tmp_path / "out.npz", maxlen=9, shard_rows=20)
    assert_same(joined(tmp_path), npz(tmp_path / "whole.npz"))
    assert padcli.verify(tmp_path / "out.npz").ok
    assert len(settled) in {0, 4}  # a file system may have no direct writing


def test_writing_many_shards_pads_each_row_once(tmp_path, monkeypatch):
    from padcli.padding import padded_rows

    rows = []
    original = padded_rows.pad_rows
    monkeypatch.setattr(
        padded_rows, "pad_rows", lambda *given: rows.append(len(given[1])) or original(*given), raising=True
    )
    pad(tmp_path / "out.npz", maxlen=9, shard_rows=3, workers=1)
    assert sum(rows) == N_ROWS
    assert len(index_of(tmp_path)["shards"]) == 27


def test_one_of_many_files_of_an_open_output_is_read_lazily(tmp_path):
    pad(tmp_path / "out.npz", maxlen=9, shard_rows=20)
    file = open_padded(tmp_path / "out.npz")
    (tmp_path / "out-00003-of-00004.npz").unlink()
    assert next(file.token_ids.parts([(0, 20)])).shape == (20, 9)


def test_a_dry_run_tells_the_names(tmp_path, command_here):
    shown = command_here("pad", REVIEWS, "-o", "out.npz", "--shard-rows", "5", "--dry-run")
    assert "out-00000-of-N.npz" in shown.err
    assert "out.index.json" in shown.err
    assert names_in(tmp_path) == []
