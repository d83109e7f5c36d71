"""The files: what is in them, that they are the same each time, and that there is never half of one."""

import contextlib
import errno
import hashlib
import json
import mmap
import shutil
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import SAMPLE_DATA
from hypothesis import given
from hypothesis import strategies as st

import padcli
from padcli.files import direct, unnamed
from padcli.files.pending import PendingFiles


def pad(folder, output, **options):
    source = folder / "corpus.jsonl"
    source.write_text('{"text": "a b b", "y": 1}\n{"text": "b", "y": 0}\n')
    padcli.pad(source, folder / output, maxlen=2, padding="post", label="y", **options)
    return folder / output


def test_an_npz_is_what_its_contract_says(tmp_path):
    path = pad(tmp_path, "out.npz")
    with np.load(path) as archive:
        assert archive.files == ["token_ids", "padding_mask", "lengths", "y", "meta.json"]
        assert archive["token_ids"].tolist() == [[2, 2], [2, 0]]
        assert archive["padding_mask"].tolist() == [[True, True], [True, False]]
        assert archive["lengths"].tolist() == [3, 1]
        assert archive["lengths"].dtype == np.int32
        assert archive["y"].tolist() == [1, 0]
        meta = json.loads(archive["meta.json"])
        digests = {name: hashlib.sha256(archive[name].tobytes()).hexdigest() for name in archive.files[:-1]}
    assert meta["arrays"]["token_ids"] == {"dtype": "<i4", "shape": [2, 2], "sha256": digests["token_ids"]}
    assert {name: facts["sha256"] for name, facts in meta["arrays"].items()} == digests
    said = meta.pop("sha256")
    assert hashlib.sha256((json.dumps(meta, indent=2) + "\n").encode()).hexdigest() == said
    assert meta["options"]["padding"] == "post"
    assert meta["inputs"][0]["bytes"] == len((tmp_path / "corpus.jsonl").read_bytes())
    assert (meta["rows"], meta["tokens"], meta["rejected"]) == (2, 4, 0)


def test_names_of_hugging_face(tmp_path):
    with np.load(pad(tmp_path, "out.npz", names="hf")) as archive:
        assert archive.files == ["input_ids", "attention_mask", "token_type_ids", "lengths", "y", "meta.json"]
        assert archive["attention_mask"].tolist() == [[1, 1], [1, 0]]
        assert archive["token_type_ids"].tolist() == [[0, 0], [0, 0]]
        assert {name: archive[name].dtype.name for name in archive.files[:3]} == dict.fromkeys(
            archive.files[:3], "int64"
        )
    assert padcli.load(tmp_path / "out.npz").padding_mask.tolist() == [[True, True], [True, False]]


@pytest.mark.parametrize(("pad_id", "dtype"), [(0, "int8"), (127, "int8"), (128, "int16"), (40_000, "int32")])
def test_the_smallest_type_for_hugging_face_has_a_sign_since_pytorch_has_few_others(tmp_path, pad_id, dtype):
    with np.load(pad(tmp_path, "out.npz", names="hf", dtype="auto", pad_id=pad_id)) as archive:
        assert archive["input_ids"].dtype == dtype
    assert padcli.verify(tmp_path / "out.npz").ok


def test_a_label_has_the_name_by_which_hugging_face_knows_labels(tmp_path):
    (tmp_path / "in.jsonl").write_text('{"text": "a", "label": 1, "other": 2}\n')
    padcli.pad(tmp_path / "in.jsonl", tmp_path / "out.npz", label=["label", "other"], names="hf")
    assert {name: array.tolist() for name, array in padcli.load(tmp_path / "out.npz").labels.items()} == {
        "labels": [1],
        "other": [2],
    }
    (tmp_path / "in.jsonl").write_text('{"text": "a", "label": 1, "labels": 2}\n')
    padcli.pad(tmp_path / "in.jsonl", tmp_path / "out.npz", label=["label", "labels"], names="hf")
    assert set(padcli.load(tmp_path / "out.npz").labels) == {"label", "labels"}


def test_an_npy_is_mapped_and_has_the_rest_beside_it(tmp_path):
    path = pad(tmp_path, "out.npy")
    assert np.load(path, mmap_mode="r").tolist() == [[2, 2], [2, 0]]
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "corpus.jsonl",
        "out.lengths.npy",
        "out.mask.npy",
        "out.meta.json",
        "out.npy",
        "out.tokenizer.json",
        "out.y.npy",
    ]
    padded = padcli.load(path)
    assert isinstance(padded.token_ids, np.memmap)
    assert padded.padding_mask.tolist() == [[True, True], [True, False]]
    assert padded.labels["y"].tolist() == [1, 0]


@pytest.mark.parametrize("compress", [True, False])
def test_an_npz_is_read_into_memory_and_checked(tmp_path, compress):
    path = pad(tmp_path, "out.npz", compress=compress)
    padded = padcli.load(path)
    with np.load(path) as archive:
        for name, array in [
            ("token_ids", padded.token_ids),
            ("padding_mask", padded.padding_mask),
            ("lengths", padded.lengths),
            ("y", padded.labels["y"]),
        ]:
            np.testing.assert_array_equal(array, archive[name], strict=True)
            assert array.flags.writeable
            array[...] = 0
    with zipfile.ZipFile(path) as archive:
        member = archive.getinfo("token_ids.npy")
    content = bytearray(path.read_bytes())
    content[member.header_offset + 30 + member.compress_size] ^= 1
    path.write_bytes(content)
    with pytest.raises(padcli.PadcliError, match="is damaged:"):
        padcli.load(path)


@pytest.mark.parametrize("output", ["out.npz", "out.npy"])
def test_a_file_without_rows_is_loaded(tmp_path, output):
    (tmp_path / "empty.txt").touch()
    padcli.pad(tmp_path / "empty.txt", tmp_path / output, maxlen=3)
    padded = padcli.load(tmp_path / output)
    assert (padded.token_ids.shape, padded.lengths.shape) == ((0, 3), (0,))


@pytest.mark.parametrize("names", ["keras", "hf"])
def test_npz_and_npy_hold_the_same(tmp_path, names):
    one, other = (padcli.load(pad(tmp_path, name, names=names)) for name in ("out.npz", "out.npy"))
    np.testing.assert_array_equal(one.token_ids, other.token_ids)
    np.testing.assert_array_equal(one.padding_mask, other.padding_mask)
    np.testing.assert_array_equal(one.lengths, other.lengths)


def test_compressed_is_the_same_but_smaller(tmp_path):
    padcli.pad(SAMPLE_DATA / "reviews.txt", tmp_path / "plain.npz")
    padcli.pad(SAMPLE_DATA / "reviews.txt", tmp_path / "small.npz", compress=True)
    plain, small = padcli.load(tmp_path / "plain.npz"), padcli.load(tmp_path / "small.npz")
    np.testing.assert_array_equal(plain.token_ids, small.token_ids)
    assert (tmp_path / "small.npz").stat().st_size < (tmp_path / "plain.npz").stat().st_size / 3


@pytest.mark.parametrize("compress", [True, False])
def test_the_same_work_gives_the_same_bytes_under_any_name(tmp_path, compress):
    for name in ("first", "second"):
        padcli.pad(SAMPLE_DATA / "reviews.jsonl", tmp_path / f"{name}.npz", label="stars", compress=compress)
    for extension in (".npz", ".tokenizer.json"):
        assert (tmp_path / f"first{extension}").read_bytes() == (tmp_path / f"second{extension}").read_bytes()


def test_nothing_in_the_zip_tells_the_time_or_is_pickled(tmp_path):
    with zipfile.ZipFile(pad(tmp_path, "out.npz")) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.testzip() is None
        for name in archive.namelist()[:-1]:
            assert np.load(archive.open(name), allow_pickle=False) is not None


def test_an_array_of_more_than_4_gib_is_announced_as_such(tmp_path):
    from padcli.formats.npz import _member

    with zipfile.ZipFile(tmp_path / "out.npz", "w") as archive, archive.open(_member("x", 0, 2**33), "w") as member:
        assert member._zip64


def test_an_output_replaces_the_one_before_and_keeps_a_link(tmp_path):
    (tmp_path / "there").mkdir()
    pad(tmp_path, "out.npz").rename(tmp_path / "there" / "real.npz")
    (tmp_path / "out.npz").symlink_to(tmp_path / "there" / "real.npz")
    path = pad(tmp_path, "out.npz", names="hf")
    assert path.is_symlink()
    with np.load(tmp_path / "there" / "real.npz") as replaced:
        assert "input_ids" in replaced.files


def test_pending_files_appear_together_or_not_at_all(tmp_path):
    with contextlib.suppress(RuntimeError), PendingFiles() as pending:
        pending.open(tmp_path / "a").write(b"a")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []

    with PendingFiles() as pending:
        pending.open(tmp_path / "a").write(b"a")
        pending.open(tmp_path / "b").write(b"bb")
        assert not (tmp_path / "a").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]
    assert pending.written == [(str(tmp_path / "a"), 1), (str(tmp_path / "b"), 2)]


@pytest.mark.parametrize(
    "name", ["corpus.jsonl", "missing.npz", "damaged.npz", "deflated.npz", "other.npz", "lone.npy", "array.npz"]
)
def test_a_file_that_is_not_padclis_is_refused(tmp_path, name):
    pad(tmp_path, "out.npz")
    (tmp_path / "damaged.npz").write_bytes((tmp_path / "out.npz").read_bytes()[:200])
    deflated = bytearray(pad(tmp_path, "out.npz", compress=True).read_bytes())
    deflated[60:90] = bytes(30)
    (tmp_path / "deflated.npz").write_bytes(deflated)
    (tmp_path / "array.npz").write_bytes(pad(tmp_path, "out.npy").read_bytes())
    np.savez(tmp_path / "other.npz", x=np.arange(3))
    np.save(tmp_path / "lone.npy", np.arange(3))
    with pytest.raises(padcli.PadcliError, match=name.split(".")[0]):
        padcli.load(tmp_path / name)


steps = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 9000)), max_size=12)


@given(steps)
def test_a_file_written_past_the_page_cache_is_as_any_other(tmp_path, monkeypatch, steps):
    monkeypatch.setattr(direct, "_BUFFER", mmap.PAGESIZE)
    plain, past = tmp_path / "plain", tmp_path / "direct"
    with plain.open("wb") as one, direct.DirectFile(past) as other:
        for number, (back, size) in enumerate(steps):
            for file in (one, other):
                end = file.seek(0, 2)
                file.seek(int(back * end) if number % 3 == 2 else end)
                assert file.write(bytes([number]) * size) == size
                file.seek(0, 2)
            assert one.tell() == other.tell()
            if number % 5 == 4:
                other.flush()
        unnamed.give_name(other.fileno(), past)
    assert past.read_bytes() == plain.read_bytes()
    past.unlink()


@pytest.mark.parametrize("output", ["out.npz", "out.npy"])
def test_large_files_are_written_past_the_page_cache_with_the_same_bytes(tmp_path, monkeypatch, output):
    expected = {}
    for large in (2**40, 0):
        monkeypatch.setattr(direct, "LARGE", large)
        padcli.pad(SAMPLE_DATA / "reviews.jsonl", tmp_path / output, label="text")
        found = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
        assert found == (expected or found)
        expected = found


def test_a_file_system_without_direct_writing_does_as_well(tmp_path, monkeypatch):
    def refuse(path):
        path.touch()
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(direct, "DirectFile", refuse)
    monkeypatch.setattr(direct, "LARGE", 0)
    assert pad(tmp_path, "out.npz").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"corpus.jsonl", "out.npz", "out.tokenizer.json"}


def test_closing_a_file_that_is_published_does_not_write_to_it(tmp_path):
    file = direct.create(tmp_path / "a", size=direct.LARGE)
    file.write(b"content")
    file.flush()
    unnamed.give_name(file.fileno(), tmp_path / "a")
    (tmp_path / "a").write_bytes(b"another")
    file.close()
    assert (tmp_path / "a").read_bytes() == b"another"


@pytest.mark.parametrize("name", ["out.npz", "out.npy"])
def test_a_file_of_another_program_is_replaced_only_by_force(tmp_path, name):
    {"out.npz": np.savez, "out.npy": np.save}[name](tmp_path / name, np.arange(3))
    before = (tmp_path / name).read_bytes()
    with pytest.raises(padcli.PadcliError, match="already exists, and was not written by padcli") as caught:
        pad(tmp_path, name)
    assert "--force" in caught.value.hint
    assert (tmp_path / name).read_bytes() == before
    pad(tmp_path, name, force=True)
    assert padcli.load(tmp_path / name).token_ids.shape == (2, 2)
    pad(tmp_path, name)


@pytest.mark.parametrize("name", ["out.npz", "out.npy"])
def test_an_empty_file_and_a_damaged_one_of_padclis_own_are_replaced(tmp_path, name):
    (tmp_path / name).touch()
    path = pad(tmp_path, name)
    path.write_bytes(path.read_bytes()[:200])
    pad(tmp_path, name)
    assert padcli.verify(path).ok


def test_a_text_is_not_replaced(tmp_path):
    (tmp_path / "out.npz").write_text("my notes")
    with pytest.raises(padcli.PadcliError, match="was not written by padcli"):
        pad(tmp_path, "out.npz")


def test_a_label_that_makes_the_array_wide_is_what_is_advised_to_leave_out(tmp_path, monkeypatch):
    rows = [{"text": "a", "y": "long" * 5000}, *({"text": "b", "y": "short"} for _ in range(50))]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1_000_000))
    with pytest.raises(padcli.PadcliError, match=r"need 4\.1 MB, but only 1\.0 MB are free") as caught:
        padcli.pad(tmp_path / "in.jsonl", tmp_path / "out.npz", label="y")
    assert (
        caught.value.hint == "Most of it is --label y: every row takes as much space as the longest value. Remove it."
    )
    assert not (tmp_path / "out.npz").exists()
