"""Every format holds what an `.npz` of the same run holds, and all that takes an output takes it."""

import contextlib
import random

import numpy as np
import pytest
from output_shapes import RECORDS, SHAPES, numbers_only, pad_both, write_corpus

import padcli
from padcli.formats import FORMATS, is_folder

OTHERS = [extension for extension in FORMATS if extension != ".npz"]
HOLD_NO_TEXT = {".safetensors"}


@pytest.fixture(params=OTHERS)
def extension(request):
    return request.param


def assert_same(found, expected):
    for name in ("token_ids", "padding_mask", "lengths", "segment_ids", "position_ids", "record", "row_offsets"):
        if getattr(expected, name) is None:
            assert getattr(found, name) is None
        else:
            np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), strict=True)
    assert list(found.labels) == list(expected.labels)
    for name, label in expected.labels.items():
        np.testing.assert_array_equal(found.labels[name], label, strict=True)


@pytest.mark.parametrize("shape", SHAPES)
def test_loaded_it_is_as_the_npz_and_it_passes_every_check(tmp_path, extension, shape):
    if extension in HOLD_NO_TEXT and not numbers_only(shape):
        with pytest.raises(padcli.errors.UsageError, match="is text"):
            pad_both(tmp_path, extension, SHAPES[shape])
        return
    path, _ = pad_both(tmp_path, extension, SHAPES[shape])
    found, expected = padcli.load(path), padcli.load(tmp_path / "expected.npz")
    assert_same(found, expected)
    assert found.meta["arrays"] == expected.meta["arrays"]
    assert {check.ok for check in padcli.verify(path, inputs=True).checks} == {True}


def test_no_rows_at_all(tmp_path, extension):
    for shape in ({"maxlen": 3}, {"maxlen": 3, "pack": "best-fit", "label": "number"}):
        path, _ = pad_both(tmp_path, extension, shape, records=[])
        assert_same(padcli.load(path), padcli.load(tmp_path / "expected.npz"))
        assert padcli.verify(path).ok


def test_all_commands_take_it(tmp_path, extension, command_here):
    options = SHAPES["labels"]
    path, _ = pad_both(tmp_path, extension, options)
    corpus = tmp_path / "corpus.jsonl"
    assert padcli.pad(corpus, path, if_changed=True, **options).up_to_date
    shown = [command_here("inspect", file, "--rows", "3:9", "--json") for file in (path, "expected.npz")]
    assert shown[0].returncode == 0
    assert shown[0].out == shown[1].out
    shown = [command_here("inspect", file, "--json") for file in (path, "expected.npz")]
    labels = [each.out.decode().split('"labels"')[1].split('"meta"')[0] for each in shown]
    assert labels[0] == labels[1]
    assert padcli.compare(path, tmp_path / "expected.npz").shared_of_first.rows == sum(
        bool(record["text"]) for record in RECORDS
    )
    padcli.pad(corpus, tmp_path / f"like{extension}", like=path)
    assert_same(padcli.load(tmp_path / f"like{extension}"), padcli.load(path))


def test_parts_and_buckets_have_a_file_each(tmp_path, extension):
    corpus = write_corpus(tmp_path / "corpus.jsonl")
    for kind in (extension, ".npz"):
        padcli.pad(corpus, tmp_path / f"out{kind}", maxlen=9, split_into="train=0.7,val=0.3", label="number")
        padcli.pad(corpus, tmp_path / f"out{kind}", bucket="4,12", label="number")
    for part in ("train", "val", "4", "12"):
        path = tmp_path / f"out.{part}{extension}"
        assert_same(padcli.load(path), padcli.load(tmp_path / f"out.{part}.npz"))
        assert padcli.verify(path).ok


def test_the_same_work_gives_the_same_bytes(tmp_path, extension):
    corpus, contents = write_corpus(tmp_path / "corpus.jsonl"), []
    for workers, chunk_bytes in ((1, 2**20), (2, 300)):
        folder = tmp_path / str(workers)
        folder.mkdir()
        padcli.pad(corpus, folder / f"out{extension}", workers=workers, chunk_bytes=chunk_bytes, **SHAPES["labels"])
        contents.append(
            {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
        )
    assert contents[0] == contents[1]


def test_what_another_program_wrote_is_replaced_only_by_force(tmp_path, extension):
    corpus, path = write_corpus(tmp_path / "corpus.jsonl"), tmp_path / f"out{extension}"
    if is_folder(path):
        path.mkdir()
    (path / "notes" if is_folder(path) else path).write_bytes(b"my notes")
    with pytest.raises(padcli.PadcliError, match="was not written by padcli"):
        padcli.pad(corpus, path, maxlen=3)
    padcli.pad(corpus, path, maxlen=3, force=True)
    padcli.pad(corpus, path, maxlen=4)
    assert padcli.load(path).token_ids.shape == (60, 4)


def damaged(content, seed):
    """The same bytes with some of them changed, or without the last."""
    chance = random.Random(seed)
    if seed % 4 == 0:
        return content[: chance.randrange(len(content))]
    changed = bytearray(content)
    ends = (0, len(content)) if seed % 2 else (max(0, len(content) - 300), len(content))
    for _ in range(chance.choice([1, 1, 3])):
        changed[chance.randrange(*ends)] ^= 1 << chance.randrange(8)
    return bytes(changed)


@pytest.mark.parametrize("shape", ["labels", "packed"])
def test_no_damage_makes_a_traceback_or_passes_unseen(tmp_path, extension, shape):
    path, _ = pad_both(tmp_path, extension, SHAPES[shape])
    expected = padcli.load(tmp_path / "expected.npz")
    for file in [path] if path.is_file() else sorted(path.iterdir()):
        whole = file.read_bytes()
        for seed in range(100):
            file.write_bytes(damaged(whole, seed))
            with contextlib.suppress(padcli.PadcliError):
                padcli.load(path)
            with contextlib.suppress(padcli.PadcliError):
                if padcli.verify(path).ok:
                    assert_same(padcli.load(path), expected)
        file.write_bytes(whole)
    assert padcli.verify(path).ok
