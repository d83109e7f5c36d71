"""`padcli convert`: the same arrays in another format or in other shards, checked by digests, without the inputs."""

import contextlib
import hashlib
import json

import numpy as np
import pytest
from conftest import SAMPLE_DATA
from test_formats import Folder, Lines  # noqa: F401 (found by their names)
from test_shards import N_ROWS, REVIEWS, assert_same, index_of, joined, npz, pad

import padcli
from padcli import formats, schema

SHAPES = {
    "plain": {"maxlen": 9},
    "hf": {"maxlen": 9, "names": "hf"},
    "windows": {"maxlen": 6, "overflow": "window", "stride": 2},
    "packed": {"maxlen": 40, "pack": "best-fit"},
    "mapped": {"maxlen": 9, "label_map": True},
}


@pytest.fixture
def toys(monkeypatch):
    monkeypatch.setitem(formats.FORMATS, ".toy", (f"{__name__}:Folder", None))
    monkeypatch.setitem(formats.FORMATS, ".lines", (f"{__name__}:Lines", None))


@pytest.mark.parametrize("sharded", [{}, {"shard_rows": 7}], ids=["whole", "shards"])
@pytest.mark.parametrize("extension", [*formats.FORMATS, ".toy"])
@pytest.mark.parametrize("shape", SHAPES)
def test_there_and_back_gives_the_same_bytes(tmp_path, toys, shape, extension, sharded):
    label = ["label", "lang"] if holds_text(extension) or shape == "mapped" else "label"
    padcli.pad(REVIEWS, tmp_path / "out.npz", label=label, **SHAPES[shape])
    (tmp_path / "there").mkdir()
    (tmp_path / "back").mkdir()
    padcli.convert(tmp_path / "out.npz", tmp_path / "there" / f"b{extension}", **sharded)
    assert padcli.verify(tmp_path / "there" / f"b{extension}", inputs=True).ok
    padcli.convert(tmp_path / "there" / f"b{extension}", tmp_path / "back" / "c.npz")
    assert (tmp_path / "back" / "c.npz").read_bytes() == (tmp_path / "out.npz").read_bytes()


def holds_text(extension):
    with contextlib.suppress(padcli.PadcliError):
        formats.format_for(f"out{extension}").check([schema.ArraySpec(name="x", dtype=np.dtype("<U1"), shape=(0,))])
        return True
    return False


@pytest.mark.parametrize("shape", SHAPES)
def test_a_conversion_writes_the_bytes_of_a_run(tmp_path, shape):
    """As if the text had been padded to that format: shards of any size, and arrays to be mapped."""
    for name, options in {"a": {}, "b": {"shard_rows": 11}, "c": {"shard_rows": 30}}.items():
        (tmp_path / name).mkdir()
        pad(tmp_path / name / "out.npz", **SHAPES[shape], **options)
        (tmp_path / f"to-{name}").mkdir()
    for source, target, options in [
        ("a", "b", {"shard_rows": 11}),
        ("b", "c", {"shard_rows": 30}),
        ("c", "a", {}),
    ]:
        padcli.convert(tmp_path / source / "out.npz", tmp_path / f"to-{target}" / "out.npz", **options)
        assert files_in(tmp_path / f"to-{target}") == files_in(tmp_path / target)


def files_in(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_arrays_are_read_by_numpy(tmp_path):
    pad(tmp_path / "out.npz", maxlen=9)
    padcli.convert(tmp_path / "out.npz", tmp_path / "mapped.npy")
    expected = npz(tmp_path / "out.npz")
    found = np.load(tmp_path / "mapped.npy", mmap_mode="r")
    np.testing.assert_array_equal(found, expected["token_ids"], strict=True)
    padcli.convert(tmp_path / "mapped.npy", tmp_path / "cut.npz", shard_size="1kB")
    assert_same(joined(tmp_path, "cut"), expected)
    padcli.convert(tmp_path / "cut.index.json", tmp_path / "small.npz", compress=True)
    assert (tmp_path / "small.npz").stat().st_size < (tmp_path / "out.npz").stat().st_size
    assert_same(npz(tmp_path / "small.npz"), expected)


def test_digests_are_those_of_the_data(tmp_path):
    pad(tmp_path / "out.npz", maxlen=9, shard_rows=7)
    padcli.convert(tmp_path / "out.npz", tmp_path / "whole.npz")
    with np.load(tmp_path / "whole.npz") as archive:
        meta = json.loads(archive["meta.json"])
        for name, facts in meta["arrays"].items():
            assert hashlib.sha256(archive[name].tobytes()).hexdigest() == facts["sha256"]
    shards = [np.load(tmp_path / shard["path"])["lengths"] for shard in index_of(tmp_path)["shards"]]
    digests = b"".join(hashlib.sha256(each.tobytes()).digest() for each in shards)
    assert index_of(tmp_path)["arrays"]["lengths"]["sha256"] == hashlib.sha256(digests).hexdigest()


RENAMED = {
    "plain": {"maxlen": 9, "label": ["label", "lang"]},
    "narrow": {"maxlen": 9, "dtype": "uint16"},
    "a label of the other name": {"maxlen": 9, "label": ["label", "labels"]},
    "pair": {"maxlen": 12, "pair_field": "more", "label": "label"},
    "windows": {"maxlen": 6, "overflow": "window", "stride": 2},
    "packed": {"maxlen": 40, "pack": "best-fit"},
    "mapped": {"maxlen": 9, "label": ["label"], "label_map": True},
}


@pytest.mark.parametrize("sharded", [{}, {"shard_rows": 20}], ids=["whole", "shards"])
@pytest.mark.parametrize("shape", RENAMED)
def test_other_names_are_what_a_run_with_them_writes(tmp_path, write, shape, sharded):
    """Whatever the names were before; so there and back gives the same bytes."""
    rows = [
        {"text": f"t{n % 9} u v" * (n % 5), "more": "w x" * n, "label": f"c{n % 2}", "lang": n, "labels": n}
        for n in range(60)
    ]
    corpus = write("rows.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    options = {"dtype": "int32", **RENAMED[shape]}
    for names in ("keras", "hf"):
        (tmp_path / names).mkdir()
        padcli.pad(corpus, tmp_path / names / "out.npz", names=names, **options, **sharded)
    for source, target in (("keras", "hf"), ("hf", "keras"), ("hf", "hf")):
        new = tmp_path / f"{source}-to-{target}"
        new.mkdir()
        padcli.convert(tmp_path / source / "out.npz", new / "out.npz", names=target, **sharded)
        assert files_in(new) == files_in(tmp_path / target)
        assert padcli.verify(new / "out.npz", inputs=True).ok
        assert padcli.pad(corpus, new / "out.npz", names=target, if_changed=True, **options, **sharded).up_to_date


def test_names_and_classes_go_together(tmp_path):
    pad(tmp_path / "text.npz", maxlen=9, label="label")
    pad(tmp_path / "map.npz", maxlen=9, label="lang", names="hf", dtype="int32", label_map=True)
    pad(tmp_path / "lang.npz", maxlen=9, label="lang")
    padcli.convert(tmp_path / "lang.npz", tmp_path / "map.parquet", names="hf", label_map=True)
    found, expected = padcli.load(tmp_path / "map.parquet"), padcli.load(tmp_path / "map.npz")
    assert found.meta["arrays"] == expected.meta["arrays"]
    assert found.label_classes == expected.label_classes
    np.testing.assert_array_equal(found["lang"], expected["lang"], strict=True)
    padcli.convert(tmp_path / "text.npz", tmp_path / "out.hf", names="hf")
    assert list(padcli.load(tmp_path / "out.hf").names)[-1] == "labels"


def test_names_that_there_are_none_of_are_refused(tmp_path, write, command_here):
    corpus = write("rows.jsonl", "".join(json.dumps({"text": "a b", "more": "c"}) + "\n" for _ in range(9)))
    padcli.pad(corpus, tmp_path / "out.npz", pair_field="more", names="hf", maxlen=20, pack="first-fit")
    finished = command_here("convert", "out.npz", "new.npz", "--names", "keras")
    assert finished.err.startswith(
        "error: --names keras: the rows of out.npz hold several records of several texts, and segment_ids cannot tell "
        "both apart."
    )
    assert not (tmp_path / "new.npz").exists()
    assert command_here("convert", "out.npz", "new.npz", "--names", "hf").returncode == 0


@pytest.mark.parametrize("sharded", [{}, {"shard_rows": 20}], ids=["whole", "shards"])
@pytest.mark.parametrize("extension", ["npz", "npy"])
def test_a_damaged_source_stops_it_and_nothing_is_written(tmp_path, extension, sharded):
    padcli.pad(REVIEWS, tmp_path / f"out.{extension}", maxlen=9, **sharded)
    victim = max(tmp_path.glob("out*lengths.npy" if extension == "npy" else "out*.npz"))
    content = bytearray(victim.read_bytes())
    lengths = padcli.load(tmp_path / f"out.{extension}").lengths[-20:].tobytes()
    content[content.rindex(lengths)] ^= 1
    victim.write_bytes(content)
    before = files_in(tmp_path)
    for options in ({}, {"shard_rows": 3}):
        with pytest.raises(padcli.PadcliError, match=r"out\.np[yz]: lengths"):
            padcli.convert(tmp_path / f"out.{extension}", tmp_path / "new.npy", **options)
    assert files_in(tmp_path) == before


def test_the_tokenizer_is_copied_where_it_would_be_lost(tmp_path, command_here):
    (tmp_path / "other").mkdir()
    pad(tmp_path / "out.npz", maxlen=9)
    (tmp_path / "out.npz").rename(tmp_path / "renamed.npz")
    (tmp_path / "out.tokenizer.json").rename(tmp_path / "renamed.tokenizer.json")
    padcli.convert(tmp_path / "renamed.npz", tmp_path / "other" / "b.npy")
    tokenizer = (tmp_path / "renamed.tokenizer.json").read_bytes()
    assert (tmp_path / "other" / "b.tokenizer.json").read_bytes() == tokenizer
    assert b"text" in command_here("inspect", tmp_path / "other" / "b.npy", "--rows", "0:3", "--json").out
    padcli.convert(tmp_path / "renamed.npz", tmp_path / "renamed.npy")
    (tmp_path / "renamed.tokenizer.json").unlink()
    padcli.convert(tmp_path / "renamed.npz", tmp_path / "without.npz")
    assert not (tmp_path / "without.tokenizer.json").exists()


def test_a_tokenizer_with_a_name_is_found_as_before(tmp_path):
    (tmp_path / "other").mkdir()
    pad(tmp_path / "out.npz", maxlen=9, save_tokenizer=tmp_path / "tokenizer.json")
    padcli.convert(tmp_path / "out.npz", tmp_path / "other" / "b.npz")
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["b.npz"]
    assert padcli.verify(tmp_path / "other" / "b.npz", inputs=True).ok


def test_a_converted_output_is_up_to_date(tmp_path):
    pad(tmp_path / "out.npz", maxlen=9)
    padcli.convert(tmp_path / "out.npz", tmp_path / "cut.npz", shard_rows=30)
    assert pad(tmp_path / "cut.npz", maxlen=9, shard_rows=30, if_changed=True).up_to_date


def test_texts_become_classes_on_the_way(tmp_path, toys):
    pad(tmp_path / "text.npz", maxlen=9)
    pad(tmp_path / "map.npz", maxlen=9, label_map=True)
    with pytest.raises(padcli.PadcliError, match="holds no text, and lang is text"):
        padcli.convert(tmp_path / "text.npz", tmp_path / "out.toy")
    padcli.convert(tmp_path / "text.npz", tmp_path / "out.toy", label_map=True)
    padcli.convert(tmp_path / "out.toy", tmp_path / "back.npz")
    assert_same(npz(tmp_path / "back.npz"), npz(tmp_path / "map.npz"))
    assert padcli.load(tmp_path / "back.npz").label_classes == padcli.load(tmp_path / "map.npz").label_classes
    assert padcli.verify(tmp_path / "back.npz").ok
    with pytest.raises(padcli.PadcliError, match="has no labels that are texts"):
        padcli.convert(tmp_path / "back.npz", tmp_path / "again.npz", label_map=True)


def test_a_single_shard_is_converted_by_itself(tmp_path):
    pad(tmp_path / "out.npz", maxlen=9, shard_rows=30)
    padcli.convert(tmp_path / "out-00001-of-00003.npz", tmp_path / "middle.npy")
    whole = joined(tmp_path)["token_ids"]
    np.testing.assert_array_equal(np.load(tmp_path / "middle.npy"), whole[30:60], strict=True)
    assert padcli.verify(tmp_path / "middle.npy").ok


def test_files_of_version_0_1_get_other_names(tmp_path):
    for path in sorted((SAMPLE_DATA.parent / "tests" / "first_edition").glob("**/*.npz")):
        before = padcli.load(path)
        other = {"keras": "hf", "hf": "keras"}[before.meta["options"]["names"]]
        padcli.convert(path, tmp_path / "new.npz", names=other)
        found = padcli.load(tmp_path / "new.npz")
        assert next(iter(found.names)) == schema.NAMES[other]["ids"]
        np.testing.assert_array_equal(found.padding_mask, before.padding_mask)
        assert padcli.verify(tmp_path / "new.npz").ok


def test_files_of_version_0_1_are_converted(tmp_path):
    for path in sorted((SAMPLE_DATA.parent / "tests" / "first_edition").glob("**/*.npz"))[:5]:
        padcli.convert(path, tmp_path / "new.npy")
        padcli.convert(tmp_path / "new.npy", tmp_path / "new.npz")
        assert_same(npz(tmp_path / "new.npz"), npz(path))


@pytest.mark.parametrize(
    ("target", "options", "message"),
    [
        ("out.npz", {}, "is the output that is to be converted"),
        ("new.index.json", {}, "is the name of an index"),
        ("new.csv", {}, "expected a name that ends in"),
        ("nowhere/new.npz", {}, "does not exist"),
        ("foreign.npz", {}, "was not written by padcli"),
        ("new.npy", {"compress": True}, "never compressed"),
        ("-", {}, "Only the arrays of `pad`"),
    ],
)
def test_what_cannot_be_written_is_refused_before_any_work(tmp_path, target, options, message):
    pad(tmp_path / "out.npz", maxlen=9)
    (tmp_path / "foreign.npz").write_text("mine")
    before = files_in(tmp_path)
    with pytest.raises(padcli.PadcliError, match=message):
        padcli.convert(tmp_path / "out.npz", target if target == "-" else tmp_path / target, **options)
    assert files_in(tmp_path) == before


def test_what_is_no_output_is_refused(tmp_path, command_here):
    (tmp_path / "foreign.npz").write_text("mine")
    for name in ("foreign.npz", "missing.npz"):
        finished = command_here("convert", name, "new.npz")
        assert finished.returncode == 2
        assert finished.err.startswith(f"error: {name}: ")


def test_the_old_form_of_the_target_goes_and_the_source_stays(tmp_path):
    pad(tmp_path / "a.npz", maxlen=9)
    padcli.convert(tmp_path / "a.npz", tmp_path / "b.npz", shard_rows=40)
    padcli.convert(tmp_path / "b-00001-of-00002.npz", tmp_path / "b.npz")
    assert {path.name for path in tmp_path.glob("b*")} == {"b.npz", "b-00001-of-00002.npz", "b.tokenizer.json"}


def test_the_command_tells_what_it_wrote(tmp_path, command_here):
    pad(tmp_path / "out.npz", maxlen=9)
    shown = command_here("convert", "out.npz", "new.npz", "--shard-rows", "30")
    assert "out.npz → new.index.json" in shown.err
    assert "80 rows, 5 arrays" in shown.err
    assert shown.out == b""
    found = json.loads(command_here("convert", "new.npz", "again.npy", "--json", "-q").out)
    assert found["rows"] == N_ROWS
    assert {output["path"] for output in found["outputs"]} == {
        str(path.relative_to(tmp_path)) for path in tmp_path.glob("again*")
    }
    assert command_here("convert", "new.npz", "quiet.npz", "-q").err == ""
