"""Files from anywhere, made to do harm: each is a clear error or a right result, in bounded time and memory."""

import base64
import contextlib
import io
import json
import resource
import shutil
import subprocess
import sys
import time
import zipfile
from random import Random

import numpy as np
import pytest
from conftest import run_in_terminal
from fidelity.layouts.of_models import precompiled

import padcli
from padcli.text_format import visible_in_json
from padcli.tokenizers.external.charsmap import check_charsmap

ESCAPES = "\x1b[2J\x1b]8;;http://evil\x07link\x1b]8;;\x07\x9b31m\u202eabc\u2066[bold red]x[/]<script>alert(1)</script>"
HARMFUL = "\x1b\x07\x9b\u202e\u2066"
ONE_GB = 2**30


@pytest.fixture
def bounded(tmp_path):
    """Runs padcli with so many seconds of the processor, and bytes of memory; no run needs as much."""

    def run(*arguments, seconds=20, memory=3 * ONE_GB):
        def limit():
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))

        finished = subprocess.run(
            [sys.executable, "-m", "padcli", *map(str, arguments)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=limit,
        )
        assert "Traceback" not in finished.stderr
        assert finished.returncode in (0, 1, 2), finished.stderr
        assert len(finished.stderr.splitlines()) < 5, finished.stderr
        return finished

    return run


def tokenizer_json(**parts):
    """A `tokenizer.json` of three words, with other parts in it."""
    model = {"type": "WordLevel", "vocab": {"[PAD]": 0, "[UNK]": 1, "hello": 2}, "unk_token": "[UNK]"}
    stages = dict.fromkeys(("truncation", "padding", "normalizer", "post_processor", "decoder"))
    whole = {"version": "1.0", **stages, "added_tokens": [], "pre_tokenizer": {"type": "Whitespace"}, "model": model}
    return json.dumps({**whole, **parts})


def replace(pattern, content):
    return {"type": "Replace", "pattern": pattern, "content": content}


def sequence(*normalizers):
    return {"type": "Sequence", "normalizers": normalizers}


def charsmap(trie_bytes, units=(), texts=b""):
    raw = np.array([trie_bytes, *units], "<u4").tobytes() + texts
    return {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(raw).decode()}


class TestTokenizers:
    @pytest.fixture
    def refused(self, tmp_path, bounded):
        (tmp_path / "corpus.txt").write_text("hello a b\n" * 10)

        def pad(content, message):
            (tmp_path / "t.json").write_text(content)
            finished = bounded(
                "pad", "corpus.txt", "--tokenizer", "t.json", "-o", "out.npz", "--maxlen", "5", "--quiet"
            )
            assert finished.returncode == 2
            assert finished.stderr.startswith("error: t.json: is not a tokenizer that padcli reads: ")
            assert message in finished.stderr

        return pad

    @pytest.mark.parametrize(
        "normalizer",
        [
            sequence(*[replace({"String": "a"}, 100 * "a")] * 8),
            sequence(*[replace({"String": "a"}, "aa")] * 33),
            sequence(*[replace({"Regex": ""}, "ab")] * 40),
            sequence(replace({"String": "a"}, 50 * "b"), sequence(replace({"String": "b"}, 50 * "c"))),
            {"type": "Prepend", "prepend": "x" * 10**7},
        ],
        ids=["a power of 100", "a power of 2", "everywhere", "by two steps", "before each text"],
    )
    def test_a_normalizer_that_makes_much_of_little(self, refused, normalizer):
        refused(tokenizer_json(normalizer=normalizer), "its normalizer makes more than 100 characters of one")

    def test_a_normalizer_that_makes_some_of_little_is_read(self, tmp_path):
        steps = [replace({"String": char}, f"<{ord(char)}>") for char in map(chr, range(0x2000, 0x2080))]
        (tmp_path / "t.json").write_text(tokenizer_json(normalizer=sequence(*steps)))
        (tmp_path / "corpus.txt").write_text("hello hello\n")
        padcli.pad(tmp_path / "corpus.txt", tmp_path / "out.npz", tokenizer=tmp_path / "t.json")
        assert padcli.load(tmp_path / "out.npz").token_ids.tolist() == [[2, 2]]

    @pytest.mark.parametrize(
        ("stage", "message"),
        [
            (charsmap(2**32 - 1), "its precompiled_charsmap is cut short"),
            (charsmap(0), "its precompiled_charsmap is cut short"),
            (charsmap(8, [2**31 - 1, 2**31 - 1]), "its precompiled_charsmap is damaged"),
            (charsmap(1024, [2**31 + 9] * 256, b"abc\0"), "its precompiled_charsmap is damaged"),
            (charsmap(1024, [2**31 + 1] * 256, "é".encode()), "its precompiled_charsmap is damaged"),
            (charsmap(1024, [2**31] * 256, b"\xff"), "can't decode byte 0xff"),
            ({"type": "Precompiled", "precompiled_charsmap": "!"}, "its precompiled_charsmap is not in base 64"),
            ({"type": "Precompiled", "precompiled_charsmap": None}, "its precompiled_charsmap is not in base 64"),
        ],
        ids=["a size of 4 GB", "no trie", "units outside", "texts outside", "half a character", "no text", "!", "null"],
    )
    def test_a_map_of_characters_that_leads_outside_itself(self, refused, stage, message):
        refused(tokenizer_json(normalizer=sequence(stage)), message)

    @pytest.mark.parametrize("rule", ["nmt_nfkc", "nfkc", "nmt_nfkc_cf", "nfkc_cf"])
    def test_maps_of_sentencepiece_are_right(self, rule):
        check_charsmap(json.loads(precompiled(rule).__getstate__())["precompiled_charsmap"])

    @pytest.mark.parametrize("number", [2**31, 2**32 - 1, 2**64, -1, 10**400, 1.5, "1", None, True])
    def test_an_id_that_is_none(self, refused, number):
        model = {"type": "WordLevel", "vocab": {"[PAD]": 0, "hello": number}, "unk_token": "[PAD]"}
        refused(tokenizer_json(model=model), "'hello'" if number != 10**400 else "")

    def test_a_merge_into_no_token(self, refused):
        model = {"type": "BPE", "vocab": {"[PAD]": 0, "a": 1, "b": 2}, "merges": ["a b"]}
        refused(tokenizer_json(model=model), "its merge of 'a' and 'b' makes no token of its vocabulary")

    @pytest.mark.parametrize("nested", ["[" * 100_000, '{"a":' * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000])
    def test_deep_nesting(self, refused, nested):
        refused(nested, "maximum recursion depth exceeded")

    @pytest.mark.parametrize(
        ("name", "value"),
        [("filters", None), ("filters", 5), ("split", ""), ("split", None), ("word_index", '{"a": 2147483648}')],
    )
    def test_a_field_of_keras_that_is_none(self, refused, name, value):
        config = {
            "num_words": None, "filters": "!", "lower": True, "split": " ", "char_level": False, "oov_token": None,
            "word_index": '{"hello": 1}',
        }  # fmt: skip
        refused(json.dumps({"class_name": "Tokenizer", "config": {**config, name: value}}), "")


class TestTerminal:
    def test_json_escapes_what_does_something_to_a_terminal(self):
        for text in (f'"{ESCAPES[1:]}\x7f"'.replace("\x1b", "").replace("\x07", ""), '{\n  "a": "b\\n"\n}'):
            escaped = visible_in_json(text)
            assert json.loads(escaped) == json.loads(text)
            assert not set(HARMFUL) & set(escaped)
            assert escaped.count("\n") == text.count("\n")

    @pytest.mark.parametrize(
        "arguments",
        [
            ["inspect", "out.npz", "--rows", "0:3"],
            ["inspect", "out.npz", "--rows", "0:3", "--json"],
            ["inspect", "out.npz", "--json"],
            ["inspect", "out.npz"],
            ["verify", "out.npz", "--inputs"],
            ["compare", "out.npz", "out.npz"],
            ["compare", "corpus.jsonl", "corpus.jsonl", "--label", "label"],
            ["stats", "corpus.jsonl", "--label", "label"],
            ["stats", "corpus.jsonl", "--field", ESCAPES],
            ["pad", "corpus.jsonl", "--label", "label", "--dry-run", "-o", f"{ESCAPES}.npz".replace("/", "")],
            ["pad", "corpus.jsonl", "--print-config", "--label", ESCAPES],
            ["pad", ESCAPES],
            [ESCAPES],
        ],
        ids=" ".join,
    )
    def test_nothing_of_a_file_or_an_argument_is_raw(self, tmp_path, arguments):
        rows = [{"text": f"{ESCAPES} a", "label": f"{ESCAPES}{i % 2}"} for i in range(4)]
        (tmp_path / "corpus.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        options = {"tokenizer": "whitespace", "label": "label"}
        padcli.pad(tmp_path / "corpus.jsonl", tmp_path / "out.npz", **options)
        changed(tmp_path / "out.npz", lambda meta: meta.update(padcli=ESCAPES, keras=ESCAPES))
        seen = run_in_terminal(arguments, tmp_path, 100, NO_COLOR="1", TERM="dumb")
        assert "Traceback" not in seen
        assert not set(HARMFUL) & set(seen)

    def test_no_script_runs_from_a_token(self, tmp_path):
        (tmp_path / "corpus.txt").write_text(f"{ESCAPES}\n" * 3)
        for name in ("report.md", "report.json"):
            padcli.stats(tmp_path / "corpus.txt", tokenizer="whitespace", report=tmp_path / name)
        padcli.stats(tmp_path / "corpus.txt", tokenizer="whitespace", plot=tmp_path / "plot.html")
        assert "<script>alert" not in (tmp_path / "report.md").read_text() + (tmp_path / "plot.html").read_text()


def changed(path, change=dict, arrays=(), extra=(), compression=zipfile.ZIP_DEFLATED):
    """Write an `.npz` anew, with other metadata, other bytes for some of its arrays, and members that do not belong."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    meta = json.loads(members["meta.json"])
    change(meta)  # by default, it only looks at them
    members |= {"meta.json": json.dumps(meta).encode(), **dict(arrays)}
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in [*members.items(), *extra]:
            archive.writestr(name, content)


def npy(array):
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


COMMANDS = (["inspect"], ["inspect", "--rows", "0:2"], ["verify"], ["compare"], ["convert"])


class TestArrays:
    @pytest.fixture
    def output(self, tmp_path):
        (tmp_path / "corpus.txt").write_text("a b c d\ne f g\n" * 10)
        for name in ("out.npz", "good.npz"):
            padcli.pad(tmp_path / "corpus.txt", tmp_path / name, maxlen=4)
        return tmp_path / "out.npz"

    @pytest.fixture
    def refused(self, command_here):
        """Tell that each command refuses it, with a message; `verify` may find it wrong."""

        def run(commands=COMMANDS):
            for first, *options in commands:
                second = {"compare": ["good.npz"], "convert": ["other.npz"]}.get(first, [])
                finished = command_here(first, "out.npz", *second, *options)
                assert finished.returncode in ((1, 2) if first == "verify" else (2,)), first
                assert finished.returncode == 1 or finished.err.startswith("error: "), first

        return run

    @pytest.mark.parametrize(
        "array",
        [
            np.zeros((20, 4, 2), "i4"),
            np.zeros(20, "i4"),
            np.zeros((), "i4"),
            np.zeros((20, 4), [("a", "i4"), ("b", "i4")]),
            np.zeros((20, 4), "f4"),
            np.zeros((20, 4), "M8[s]"),
            np.zeros((20, 4), "V7"),
            np.zeros((20, 0), "i4"),
        ],
        ids=lambda array: f"{array.dtype} {array.shape}",
    )
    def test_ids_of_another_kind(self, output, refused, array):
        def change(meta):
            meta["arrays"]["token_ids"] |= {"dtype": array.dtype.str, "shape": array.shape}

        changed(output, change, {"token_ids.npy": npy(array)})
        refused()

    def test_unsigned_ids(self, output, refused):
        changed(output, arrays={"token_ids.npy": npy(np.zeros((20, 4), "u4"))})
        refused()

    def test_metadata_that_expand_to_gigabytes(self, output, bounded, tmp_path):
        with zipfile.ZipFile(output, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.NameToInfo.clear()
            archive.filelist.clear()
            archive.compresslevel = 1
            with archive.open("meta.json", "w") as member:
                for _ in range(260):
                    member.write(b" " * 2**20)
        for arguments in (["inspect", "out.npz"], ["verify", "out.npz"], ["compare", "out.npz", "good.npz"]):
            finished = bounded(*arguments)
            assert finished.returncode == 2
            assert "its metadata have more than 268,435,456 bytes" in finished.stderr

    def test_a_header_of_many_parts(self, bounded, tmp_path):
        header = b'{"a":[' + b"[]," * 6_000_000 + b"1]}"
        (tmp_path / "out.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
        for command in ("inspect", "verify"):
            finished = bounded(command, "out.safetensors", seconds=10, memory=ONE_GB)
            assert finished.returncode == 2
            assert "its metadata have more than 10,000,000 parts" in finished.stderr

    @pytest.mark.parametrize("shape", [(2**40, 4), (2**62, 2**62), (20, 2**40)])
    def test_a_shape_that_no_disk_holds(self, output, refused, shape):
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": "<i4", "fortran_order": False, "shape": shape})
        changed(
            output, lambda meta: meta["arrays"]["token_ids"].update(shape=shape), {"token_ids.npy": header.getvalue()}
        )
        started = time.perf_counter()
        refused()
        assert time.perf_counter() - started < 20

    def test_a_pickle_is_not_opened(self, output, refused, tmp_path):
        class Harm:
            def __reduce__(self):
                return (open, (str(tmp_path / "harm"), "w"))

        changed(output, arrays={"token_ids.npy": npy(np.array([[Harm()] * 4] * 20, object))})
        refused()
        assert not (tmp_path / "harm").exists()

    def test_a_member_of_another_folder(self, output, command_here, tmp_path):
        def change(meta):
            meta["arrays"]["../evil"] = meta["arrays"]["lengths"]

        lengths = npy(np.zeros(20, np.int64))
        changed(output, change, extra=[("../evil.npy", lengths), ("/evil.npy", lengths)])
        for name in ("other.npz", "other.npy", "other.hf"):
            command_here("convert", "out.npz", name)
        assert not list(tmp_path.parent.glob("evil*"))
        assert not list(tmp_path.glob("**/evil*"))

    @pytest.mark.parametrize("depth", [100_000])
    def test_nested_metadata(self, output, refused, depth):
        with zipfile.ZipFile(output, "w") as archive:
            archive.writestr("meta.json", b'{"arrays":' * depth)
        refused()

    @pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_a_compression_that_padcli_never_writes(self, output, refused, compression):
        changed(output, compression=compression)
        refused()

    def test_an_encrypted_member(self, output, refused):
        raw = bytearray(output.read_bytes())
        raw[raw.find(b"PK\1\2") + 8] |= 1
        output.write_bytes(raw)
        refused()


@pytest.mark.parametrize("extension", ["npz", "npy", "safetensors", "parquet", "arrow", "tfrecord"])
def test_bytes_that_are_changed_anywhere(tmp_path, extension):
    """Each is an error or a finding, and nothing else is raised."""
    random = Random(extension)
    (tmp_path / "corpus.txt").write_text("a b c d\ne f g\n" * 10)
    output = tmp_path / f"out.{extension}"
    padcli.pad(tmp_path / "corpus.txt", output, maxlen=4)
    shutil.copytree(tmp_path, tmp_path / "good")
    whole = output.read_bytes()
    for _ in range(60):
        content = bytearray(whole)
        for _ in range(random.choice((1, 3, 20))):
            place = random.choice((random.randrange(len(whole)), -random.randrange(1, 400) % len(whole)))
            content[place] = random.randrange(256)
        output.write_bytes(random.choice((content, content[: random.randrange(len(content))])))
        for call in (
            lambda: padcli.verify(output),
            lambda: np.sum(padcli.load(output).token_ids),
            lambda: padcli.compare(output, tmp_path / "good" / output.name),
        ):
            with contextlib.suppress(padcli.PadcliError):
                call()


@pytest.mark.parametrize("offsets", [[], [0], [0, 2**63], [-5, 10], [10, 0], [0.5, 1], "", 5, None])
def test_a_place_of_a_tensor_that_is_none(tmp_path, offsets):
    (tmp_path / "corpus.txt").write_text("a b c d\ne f g\n")
    output = tmp_path / "out.safetensors"
    padcli.pad(tmp_path / "corpus.txt", output, maxlen=4)
    raw = output.read_bytes()
    end = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:end])
    header["token_ids"]["data_offsets"] = offsets
    changed = json.dumps(header).encode()
    output.write_bytes(len(changed).to_bytes(8, "little") + changed + raw[end:])
    for call in (padcli.verify, padcli.load):
        with pytest.raises(padcli.PadcliError):
            call(output)


@pytest.mark.parametrize(
    "path", ["../out-00000-of-00002.npz", "/dev/zero", "..", "", ".", "a/b.npz", "a\0.npz", 5, None]
)
def test_a_shard_lies_in_the_folder_of_its_index(tmp_path, path):
    (tmp_path / "corpus.txt").write_text("a b c d\ne f g\n")
    padcli.pad(tmp_path / "corpus.txt", tmp_path / "out.npz", maxlen=4, shard_rows=1)
    index = json.loads((tmp_path / "out.index.json").read_text())
    index["shards"][0]["path"] = path
    (tmp_path / "out.index.json").write_text(json.dumps(index))
    for call in (padcli.verify, padcli.load):
        with pytest.raises(padcli.PadcliError):
            call(tmp_path / "out.index.json")


@pytest.mark.parametrize(
    "line",
    [
        b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"text":' * 100_000,
        b'{"text": "a", "label": 1e400}',
        b'{"text": "a", "label": ' + b"9" * 400 + b"}",
        b'{"text": [1, ' + b"9" * 400 + b"]}",
        b'{"text": "a\\ud800b"}',
        b'{"text": "a\xed\xa0\x80"}',
        b'{"text": "a\0b"}',
        b"\0" * 100_000,
    ],
    ids=["brackets", "objects", "1e400", "400 digits", "400 digits in ids", "half a character", "raw", "NUL", "NULs"],
)
def test_a_line_of_json_that_is_none_is_a_bad_record(tmp_path, line):
    (tmp_path / "corpus.jsonl").write_bytes(b'{"text": "a", "label": 1}\n' + line + b"\n")
    with pytest.raises(padcli.PadcliError, match=r"corpus\.jsonl, line 2: not valid (JSON|UTF-8)"):
        padcli.stats(tmp_path / "corpus.jsonl")
    assert padcli.stats(tmp_path / "corpus.jsonl", on_error="skip").report.rejected == 1


@pytest.mark.parametrize("name", ["new\nline.txt", "-dash.txt", "--help.txt", "tab\t.txt", "[a].txt", "*.txt"])
def test_a_name_of_a_file_may_be_anything(tmp_path, command_here, name):
    (tmp_path / name).write_text("a b\n")
    finished = command_here("pad", f"./{name}", "-o", f"./{name}.npz", "--quiet")
    assert (finished.returncode, finished.err) == (0, "")
    assert command_here("verify", f"./{name}.npz", "--inputs").returncode == 0
