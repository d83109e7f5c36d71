"""What `padcli verify` finds: every byte that is not as it was written, every cell that cannot be, and all of them."""

import hashlib
import io
import json
import re
import subprocess
import sys
import zipfile
from itertools import product

import numpy as np
import pytest
from conftest import SAMPLE_DATA
from hypothesis import given, settings
from hypothesis import strategies as st

import padcli
from padcli.cli import console
from padcli.cli.screens import verification as screen
from padcli.formats import npy
from padcli.formats.metadata_file import metadata_json

TEXT = "the cat sat\nthe dog\n\nthe cat and the dog sat and sat\n"
IDS = {"keras": "token_ids", "hf": "input_ids"}
MASK = {"keras": "padding_mask", "hf": "attention_mask"}
LENGTHS = {"keras": "lengths", "hf": "lengths"}


def make(folder, output="out.npz", content=TEXT, name="corpus.txt", **options):
    (folder / name).write_text(content, newline="")
    padcli.pad(folder / name, folder / output, **({"maxlen": 5} | options))
    return folder / output


def read(path):
    """The arrays and `meta.json` of an output."""
    if path.suffix == ".npy":
        meta = json.loads(npy.metadata_path(path).read_text())
        return {name: np.load(npy.path_of(path, name)) for name in meta["arrays"]}, meta
    with np.load(path) as archive:
        meta = json.loads(archive["meta.json"])
        return {name: archive[name] for name in meta["arrays"]}, meta


def replace(path, arrays, meta, *, signed=False):
    """Write an output as a meddler would; if it is to be `signed`, with the digests of what is there now."""
    if signed:
        for name, array in arrays.items():
            meta["arrays"][name]["sha256"] = hashlib.sha256(array.tobytes()).hexdigest()
        meta["sha256"] = json.loads(metadata_json({key: value for key, value in meta.items() if key != "sha256"}))[
            "sha256"
        ]
    text = json.dumps(meta, indent=2, ensure_ascii=False) + "\n"
    if path.suffix == ".npy":
        for name, array in arrays.items():
            np.save(npy.path_of(path, name), array)
        npy.metadata_path(path).write_text(text)
        return
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w") as member:
                np.save(member, array)
        archive.writestr("meta.json", text)


def wrong(path, **options):
    """What is found wrong: the text of each check that does not hold, by its name."""
    return {check.name: check.text for check in padcli.verify(path, **options).checks if check.ok is False}


def notes(path, **options):
    return {check.name: check.text for check in padcli.verify(path, **options).checks if check.ok is None}


@pytest.mark.parametrize("output", ["out.npz", "out.npy"])
@pytest.mark.parametrize("names", ["keras", "hf"])
@pytest.mark.parametrize("padding", ["pre", "post"])
@pytest.mark.parametrize("maxlen", [1, 5, 300])
def test_what_padcli_writes_holds(tmp_path, output, names, padding, maxlen):
    path = make(tmp_path, output, names=names, padding=padding, maxlen=maxlen)
    found = padcli.verify(path, inputs=True)
    assert found.ok
    assert {check.ok for check in found.checks} == {True}
    expected = {
        "meta.json",
        IDS[names],
        MASK[names],
        "lengths",
        "other arrays",
        "facts",
        "mask",
        "padding",
        "real tokens",
        "ids",
    }
    assert {check.name for check in found.checks} >= expected | {"tokenizer", "input"}


@pytest.mark.parametrize(
    "options",
    [
        {"content": ""},
        {"content": "one row"},
        {"content": "\n\n\n"},
        {"content": "日本語 の テキスト\r\nΑΒΓ\r\n"},
        {"compress": True},
        {"dtype": "auto"},
        {"pad_id": -1},
        {"pad_id": 3},
        {"pad_id": 3, "padding": "post", "truncating": "post", "maxlen": 2},
        {"tokenizer": "byte"},
        {"tokenizer": "text-vectorization"},
        {"content": '{"text": [5, 0, 7]}\n{"text": [0]}\n', "name": "ids.jsonl"},
        {"content": '{"text": [5, 0, 7]}\n{"text": []}\n', "name": "ids.jsonl", "maxlen": 2},
        {"content": '{"text": [-5, 9]}\n', "name": "ids.jsonl", "pad_id": 9},
        {"content": '{"text": "a b", "y": "é"}\n{"text": "b", "y": "wide"}\n', "name": "x.jsonl", "label": "y"},
    ],
)
def test_odd_ones_hold_too(tmp_path, options):
    assert wrong(make(tmp_path, **options), inputs=True) == {}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"pad_id": 0}, 0),
        ({"pad_id": 2}, 4),  # the word that is most frequent
        ({"pad_id": 1, "min_count": 3}, 6),  # [UNK]
        ({"content": '{"text": [5, 0, 7]}\n{"text": [0]}\n', "name": "ids.jsonl"}, 2),
    ],
)
def test_meta_counts_the_real_tokens_that_have_the_padding_id(tmp_path, options, expected):
    arrays, meta = read(make(tmp_path, maxlen=9, **options))
    real = (arrays["token_ids"] == meta["padding"]["pad_id"]) & arrays["padding_mask"]
    assert meta["pad_id_tokens"] == int(real.sum()) == expected


def test_special_tokens_that_are_padding_at_the_same_time_are_counted(tmp_path):
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    tokenizer = Tokenizer(models.WordLevel({"<end>": 0, "the": 1, "cat": 2, "?": 3}, unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.add_special_tokens(["<end>"])
    tokenizer.post_processor = processors.TemplateProcessing(single="$A <end>", special_tokens=[("<end>", 0)])
    tokenizer.save(str(tmp_path / "end.json"))
    options = {"tokenizer": tmp_path / "end.json", "add_special_tokens": True, "pad_id": 0, "maxlen": 12}
    path = make(tmp_path, content="the cat <end> the\n\ncat\n", **options)
    arrays, meta = read(path)
    real = (arrays["token_ids"] == 0) & arrays["padding_mask"]
    assert meta["pad_id_tokens"] == int(real.sum()) == 4
    assert wrong(path, inputs=True) == {}


# Meddling: what is done to the arrays, and what must be found, if their digests are made to fit.
MEDDLING = {
    "an id that no word has": (
        (IDS, (3, 2), 99),
        {"ids": "1 cell: row 3, column 2 is 99, expected 0 to 6"},
    ),
    "ids below 0": (
        (IDS, (3, slice(1, 4)), -2),
        {"ids": "3 cells, the first: row 3, column 1 is -2, expected 0 to 6"},
    ),
    "a word under the padding": (
        (IDS, (2, 4), 3),
        {"padding": "1 cell: row 2, column 4 is 3, expected the padding id 0"},
    ),
    "padding among the words": (
        (IDS, (3, 0), 0),
        {"real tokens": "1 has the padding id 0, expected none; the first: row 3, column 0"},
    ),
    "a mask that lets padding pass": (
        (MASK, (2, 1), 1),
        {
            "mask": "1 cell: row 2, column 1 is 1, expected 0",
            "real tokens": "1 has the padding id 0, expected none; the first: row 2, column 1",
        },
    ),
    "a mask that hides a word": (
        (MASK, (3, 2), 0),
        {
            "mask": "1 cell: row 3, column 2 is 0, expected 1",
            "padding": r"1 cell: row 3, column 2 is \d, expected the padding id 0",
        },
    ),
    "a length": (
        (LENGTHS, 2, 1),
        {
            "facts": "tokens is 13, by lengths 14; empty_rows is 1, by lengths 0; lengths.min",
            "mask": r"1 cell: row 2, column [04] is 0, expected 1",
        },
    ),
    "a negative length": (
        (LENGTHS, 2, -1),
        {"facts": "tokens is 13, by lengths 12; .* lengths.min is 0, by lengths -1"},
    ),
}


@pytest.mark.parametrize("what", MEDDLING)
@pytest.mark.parametrize(
    ("output", "names", "padding"), list(product(["out.npz", "out.npy"], ["keras", "hf"], ["pre", "post"]))
)
def test_cells_that_cannot_be_are_found_and_named(tmp_path, what, output, names, padding):
    path = make(tmp_path, output, names=names, padding=padding)
    arrays, meta = read(path)
    (array, where, value), expected = MEDDLING[what]
    arrays[array[names]][where] = value
    replace(path, arrays, meta, signed=True)
    found = wrong(path)
    assert found.keys() == expected.keys()
    for name, text in expected.items():
        assert re.match(text, found[name]), found[name]


@pytest.mark.parametrize("output", ["out.npz", "out.npy"])
def test_all_that_is_wrong_is_listed(tmp_path, output):
    path = make(tmp_path, output, names="hf", padding="post")
    arrays, meta = read(path)
    before = {name: hashlib.sha256(array.tobytes()).hexdigest() for name, array in arrays.items()}
    arrays["input_ids"][0, 0] = 77
    arrays["attention_mask"][1, 4] = 2
    arrays["token_type_ids"][3, 4] = 1
    arrays["lengths"][0] = 4
    replace(path, arrays, meta)
    found = wrong(path)
    assert found.keys() >= {*arrays, "facts", "mask", "ids", "token types"}
    for name, array in arrays.items():
        now = hashlib.sha256(array.tobytes()).hexdigest()
        assert found[name].endswith(f"but its sha256 {now[:16]}…, expected {before[name][:16]}…")
    assert found["token types"] == "1 cell: row 3, column 4 is 1, expected 0"
    assert found["mask"].startswith("2 cells, the first: row 0, column 3 is 0, expected 1")


def edited(meta, keys, value):
    for key in keys[:-1]:
        meta = meta[key]
    meta[keys[-1]] = value


@pytest.mark.parametrize(
    ("keys", "value", "name", "text"),
    [
        (["rows"], 5, "token_ids", "meta.json says int32 4 × 5 here, and elsewhere int32 5 × 5"),
        (["tokens"], 14, "facts", "tokens is 14, by lengths 13"),
        (["empty_rows"], 2, "facts", "empty_rows is 2, by lengths 1"),
        (["lengths", "p95"], 9, "facts", "lengths.p95 is 9, by lengths 8"),
        (["lengths"], None, "facts", "lengths.min is None, by lengths 0"),
        (["padding", "rows_truncated"], 0, "facts", "padding.rows_truncated is 0, by lengths 1"),
        (["padding", "tokens_lost"], 4, "facts", "padding.tokens_lost is 4, by lengths 3"),
        (["padding", "padding"], "post", "mask", "8 cells, the first: row 0, column 0 is 0, expected 1"),
        (["padding", "pad_id"], 1, "padding", r"10 cells, the first: row 0, column 0 is 0, expected the padding id 1"),
        (["padding", "maxlen"], 6, "padding_mask", r"meta.json says bool 4 × 5 here, and elsewhere bool 4 × 6"),
        (["padding", "dtype"], "int64", "token_ids", "meta.json says int32 4 × 5 here, and elsewhere int64 4 × 5"),
        (
            ["arrays", "lengths", "dtype"],
            "uint32",
            "lengths",
            "meta.json says uint32 4 here, and elsewhere int32 4; it is int32 4",
        ),
        (
            ["arrays", "lengths", "shape"],
            [3],
            "lengths",
            "meta.json says int32 3 here, and elsewhere int32 4; it is int32 4",
        ),
        (["arrays", "lengths", "sha256"], "0" * 64, "lengths", r"int32 4, but its sha256 \w{16}…, expected 0{16}…"),
        (["arrays", "y"], {"dtype": "int64", "shape": [4], "sha256": ""}, "y", ".*missing"),
        (["tokenizer", "vocab_size"], 4, "ids", "4 cells, the first: row 0, column 3 is 4, expected 0 to 3"),
        (["tokenizer", "sha256"], "0" * 64, "tokenizer", ".*out.tokenizer.json: its sha256 .*…, expected 0{16}…"),
        (["pad_id_tokens"], 2, "real tokens", "none has the padding id 0, expected 2$"),
        (["inputs", 0, "bytes"], 3, "input", ".*corpus.txt: 53 bytes, expected 3"),
        (["inputs", 0, "sha256"], "0" * 64, "input", r".*corpus.txt: its sha256 \w{16}…, expected 0{16}…"),
    ],
)
@pytest.mark.parametrize("output", ["out.npz", "out.npy"])
def test_what_meta_says_otherwise_is_found(tmp_path, output, keys, value, name, text):
    path = make(tmp_path, output, maxlen=8 if name == "real tokens" else 5)
    arrays, meta = read(path)
    edited(meta, keys, value)
    replace(path, arrays, meta)
    found = wrong(path, inputs=True)
    assert re.match(text, found[name]), found[name]


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (["padding", "padding"], "left"),
        (["padding", "maxlen"], "5"),
        (["padding", "maxlen"], 0),
        (["padding", "pad_id"], 2**40),
        (["padding", "dtype"], "float32"),
        (["padding"], None),
        (["rows"], "4"),
        (["inputs"], [{"path": 3}]),
        (["inputs"], 3),
        (["tokenizer", "vocab_size"], None),
        (["tokenizer", "path"], 5),
        (["arrays"], []),
        (["arrays"], {}),
        (["arrays", "lengths", "dtype"], "|O"),
        (["arrays", "lengths", "dtype"], "what"),
        (["arrays", "lengths", "shape"], "4"),
        (["options"], None),
    ],
)
def test_a_meta_that_is_not_padclis_cannot_be_checked(tmp_path, command_here, keys, value):
    path = make(tmp_path)
    arrays, meta = read(path)
    edited(meta, keys, value)
    replace(path, arrays, meta)
    finished = command_here("verify", path)
    assert finished.returncode in {1, 2}
    assert b"Traceback" not in finished.out
    assert keys == ["arrays", "lengths", "dtype"] or "not written by padcli" in finished.err


def contents(path):
    """All that a reader gets to see of an output; None where it cannot be read."""
    try:
        arrays, meta = read(path)
    except Exception:  # noqa: BLE001 (whatever it is)
        return None
    return {name: (array.dtype, array.shape, array.tobytes()) for name, array in arrays.items()}, meta


def is_seen(path):
    try:
        return not padcli.verify(path).ok
    except padcli.PadcliError:
        return True


@pytest.mark.parametrize("compress", [False, True])
def test_no_byte_of_an_npz_changes_unseen(tmp_path, compress):
    path = make(
        tmp_path,
        compress=compress,
        content='{"text": "a b b", "y": "é"}\n{"text": "b", "y": "o"}\n',
        name="x.jsonl",
        label="y",
    )
    whole, before = path.read_bytes(), contents(path)

    @given(st.integers(0, len(whole) - 1), st.integers(1, 255))
    @settings(max_examples=200)
    def flip(where, bits):
        damaged = bytearray(whole)
        damaged[where] ^= bits
        path.write_bytes(damaged)
        # A zip has bytes that nobody reads, such as times; what a reader sees is what counts.
        assert is_seen(path) or contents(path) == before

    flip()


@pytest.mark.parametrize("file", ["out.npy", "out.mask.npy", "out.lengths.npy", "out.y.npy", "out.meta.json"])
def test_no_byte_of_an_npy_changes_unseen(tmp_path, file):
    path = make(
        tmp_path, "out.npy", content='{"text": "a b b", "y": "é"}\n{"text": "b", "y": "o"}\n', name="x.jsonl", label="y"
    )
    whole, before = (tmp_path / file).read_bytes(), contents(path)

    @given(st.integers(0, len(whole) - 1), st.integers(1, 255))
    @settings(max_examples=80)
    def flip(where, bits):
        damaged = bytearray(whole)
        damaged[where] ^= bits
        (tmp_path / file).write_bytes(damaged)
        assert is_seen(path) or contents(path) == before

    flip()


@pytest.mark.parametrize("size", [-1, 1])
@pytest.mark.parametrize("file", ["out.npy", "out.mask.npy", "out.lengths.npy"])
def test_files_that_are_too_short_or_too_long(tmp_path, file, size):
    path = make(tmp_path, "out.npy")
    whole = (tmp_path / file).read_bytes()
    (tmp_path / file).write_bytes(whole[:-1] if size < 0 else whole + b"\0")
    assert [
        text
        for text in wrong(path).values()
        if re.search("it is damaged: .* bytes of data, and its shape asks for", text)
    ]


def test_what_needs_an_array_that_cannot_be_read_is_not_checked(tmp_path):
    path = make(tmp_path, "out.npy")
    (tmp_path / "out.mask.npy").unlink()
    assert wrong(path) == {"padding_mask": f"{tmp_path / 'out.mask.npy'} is missing"}
    assert {name for name, text in notes(path).items() if "padding_mask cannot be read" in text} == {
        "mask",
        "padding",
        "real tokens",
    }


def test_arrays_that_meta_does_not_name(tmp_path):
    path = make(tmp_path)
    with zipfile.ZipFile(path, "a") as archive, archive.open("x.npy", "w") as member:
        np.save(member, np.arange(3))
    assert wrong(path) == {"other arrays": "x.npy: not listed in meta.json"}


def test_files_beside_an_npy_that_may_be_others_are_a_note(tmp_path):
    path = make(tmp_path, "out.npy")
    make(tmp_path, "out.v2.npy")
    assert (wrong(path), notes(path)) == ({}, {})
    np.save(tmp_path / "out.y.npy", np.arange(3))
    assert (wrong(path), notes(path)) == ({}, {"other arrays": "out.y.npy: not listed in meta.json"})


def test_a_file_of_an_older_padcli_is_checked_but_for_its_digests(tmp_path):
    path = make(tmp_path, maxlen=8)
    arrays, meta = read(path)
    del meta["pad_id_tokens"], meta["sha256"]
    for facts in meta["arrays"].values():
        del facts["sha256"]
    replace(path, arrays, meta)
    assert wrong(path) == {}
    assert notes(path).keys() == {"meta.json", "token_ids", "padding_mask", "lengths", "real tokens"}
    assert all("older padcli" in text for text in notes(path).values())
    arrays["token_ids"][0, 0] = 5
    replace(path, arrays, meta)
    assert wrong(path).keys() == {"padding"}


def test_a_meta_without_its_digest_is_wrong_where_arrays_have_theirs(tmp_path):
    path = make(tmp_path)
    arrays, meta = read(path)
    meta["sha257"] = meta.pop("sha256")  # a bit of the name has flipped
    replace(path, arrays, meta)
    assert wrong(path) == {"meta.json": "it was changed after writing: its sha256 is missing"}


def test_an_old_name_of_a_dtype_is_no_warning(tmp_path):
    path = make(tmp_path, content='{"text": "a", "y": "b"}\n', name="x.jsonl", label="y")
    arrays, meta = read(path)
    meta["arrays"]["y"]["dtype"] = "<a1"
    replace(path, arrays, meta)
    assert is_seen(path)


def test_a_tokenizer_that_is_missing_is_a_note_unless_inputs_are_asked_for(tmp_path):
    path = make(tmp_path)
    (tmp_path / "out.tokenizer.json").unlink()
    assert (wrong(path), notes(path).keys()) == ({}, {"tokenizer"})
    assert wrong(path, inputs=True) == {"tokenizer": f"{tmp_path / 'out.tokenizer.json'}: not found"}


@pytest.mark.parametrize("given", [False, True])
def test_a_tokenizer_that_has_changed(tmp_path, given):
    make(tmp_path, "first.npz")
    path = make(tmp_path, "out.npz", **({"tokenizer": tmp_path / "first.tokenizer.json"} if given else {}))
    file = tmp_path / ("first.tokenizer.json" if given else "out.tokenizer.json")
    file.write_bytes(file.read_bytes().replace(b"cat", b"cow"))
    assert wrong(path).keys() == {"tokenizer"}


def test_the_configuration_in_the_folder_of_a_model_is_part_of_its_tokenizer(tmp_path):
    make(tmp_path, "first.npz")
    model = tmp_path / "model"
    model.mkdir()
    (tmp_path / "first.tokenizer.json").rename(model / "tokenizer.json")
    (model / "tokenizer_config.json").write_text("{}")
    path = make(tmp_path, tokenizer=model)
    assert wrong(path, inputs=True) == {}
    (model / "tokenizer_config.json").write_text('{"pad_token": "the"}')
    assert wrong(path) == {"tokenizer": f"{model}: the configuration or vocabulary next to it has changed"}


@pytest.mark.parametrize("content", [TEXT + "x", TEXT.replace("cat", "cow"), None])
def test_an_input_that_has_changed_is_wrong_only_if_it_was_asked_for(tmp_path, content):
    path = make(tmp_path)
    (tmp_path / "corpus.txt").unlink()
    if content is not None:
        (tmp_path / "corpus.txt").write_text(content)
    assert wrong(path) == {}
    assert wrong(path, inputs=True).keys() == {"input"}


def test_standard_input_cannot_be_checked(command):
    assert command("pad", "-", "-o", "out.npz", "-q", stdin=TEXT.encode()).returncode == 0
    finished = command("verify", "out.npz", "--inputs")
    assert finished.returncode == 0
    assert "came from standard input, which cannot be read again" in finished.out.decode()


def test_the_command_shows_a_line_for_each_check_and_tells_by_its_exit_status(tmp_path, command_here):
    path = make(tmp_path, "out.npz")
    finished = command_here("verify", "out.npz", "--inputs")
    lines = finished.out.decode().splitlines()
    assert (finished.returncode, finished.err, lines[-1]) == (0, "", "All 12 checks passed.")
    assert sum(line.startswith("✓") for line in lines) == 12
    arrays, meta = read(path)
    arrays["token_ids"][3, 2] = 99
    replace(path, arrays, meta, signed=True)
    finished = command_here("verify", "out.npz")
    assert (finished.returncode, finished.err) == (1, "")
    lines = finished.out.decode().splitlines()
    assert [" ".join(line.split()) for line in lines if line.startswith("✗")] == [
        "✗ ids 1 cell: row 3, column 2 is 99, expected 0 to 6"
    ]
    assert lines[-1] == "1 check failed, 10 passed."


def test_json_has_the_same(tmp_path, command_here):
    path = make(tmp_path)
    (tmp_path / "corpus.txt").unlink()
    finished = command_here("verify", "out.npz", "--inputs", "--json")
    assert finished.returncode == 1
    assert json.loads(finished.out) == padcli.verify("out.npz", inputs=True).as_dict()
    assert json.loads(finished.out)["ok"] is False
    assert path.exists()


def test_a_poor_encoding_is_no_traceback(command, tmp_path):
    make(tmp_path)
    finished = command("verify", "out.npz", env={"PYTHONIOENCODING": "ascii"})
    assert (finished.returncode, finished.err) == (0, "")
    assert b"\\u2713  token_ids" in finished.out


@pytest.mark.parametrize("content", [None, b"", b"no zip", b"PK\x03\x04", "folder"])
@pytest.mark.parametrize("name", ["some.npz", "some.npy", "some"])
def test_what_cannot_be_checked_at_all(tmp_path, command_here, name, content):
    if content == "folder":
        (tmp_path / name).mkdir()
    elif content is not None:
        (tmp_path / name).write_bytes(content)
    finished = command_here("verify", name)
    assert (finished.returncode, finished.out) == (2, b"")
    assert finished.err.startswith("error: some")


@pytest.mark.parametrize("width", [80, 120])
def test_the_screen_fits_the_terminal(tmp_path, width):
    path = make(tmp_path)
    arrays, meta = read(path)
    arrays["lengths"][:] = 7
    replace(path, arrays, meta)
    shown = console.make_console(stderr=False, width=width, file=io.StringIO())
    shown.print(screen.screen(padcli.verify(path)))
    text = shown.file.getvalue()
    assert max(map(len, text.splitlines())) <= width
    assert "tokens_lost is 3, by lengths 8" in " ".join(text.split())


def test_memory_stays_flat(tmp_path):
    rows, path = 1_500_000, make(tmp_path, "out.npy", content="\n\n", maxlen=50)
    _, meta = read(path)
    meta["rows"] = meta["empty_rows"] = rows
    for name, facts in meta["arrays"].items():
        facts["shape"][0] = rows
        shape, dtype = tuple(facts["shape"]), np.dtype(facts["dtype"])
        np.lib.format.open_memmap(npy.path_of(path, name), "w+", dtype, shape).flush()  # sparse: all zeros
        del facts["sha256"]
    del meta["sha256"]
    npy.metadata_path(path).write_text(json.dumps(meta))
    code = f"import padcli; assert padcli.verify({str(path)!r}).ok; print(open('/proc/self/status').read())"
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert (tmp_path / "out.npy").stat().st_size > 300_000_000
    assert int(re.search(r"VmHWM:\s+(\d+) kB", finished.stdout)[1]) < 200_000


def test_the_sample_data_hold(tmp_path):
    for name in ("reviews.txt", "multilingual.txt", "reviews.jsonl", "ids.jsonl", "tokens.jsonl"):
        padcli.pad(SAMPLE_DATA / name, tmp_path / "out.npz", maxlen=20)
        assert wrong(tmp_path / "out.npz", inputs=True) == {}


def test_inputs_are_found_beside_the_output(tmp_path, monkeypatch, write):
    write("in.txt", "a b\n")
    monkeypatch.chdir(tmp_path)
    padcli.pad("in.txt", "out.npz")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert wrong("../out.npz", inputs=True) == {}
    write("in.txt", "a c\n")
    assert wrong("../out.npz", inputs=True).keys() == {"input"}
