"""What a record is, in text and in JSONL, in whatever way the bytes come."""

import bz2
import gzip
import json
import lzma
import tracemalloc

import numpy as np
import pyarrow as pa
import pytest
from conftest import SAMPLE_DATA

import padcli
from padcli.options import ReadOptions
from padcli.rows.ragged import Texts
from padcli.sources.jsonl import JsonlSource
from padcli.sources.lines import BytesSplit
from padcli.sources.text import TextSource


def split_of(data):
    return BytesSplit(path="corpus", data=data)


def texts_of(data):
    chunk = TextSource.read(split_of(data), ReadOptions(), {})
    return Texts(array=chunk.values, tail=chunk.tail).trimmed().to_pylist()


def records_of(data, field_kinds=None, **options):
    chunk = JsonlSource.read(split_of(data), ReadOptions(**options), field_kinds or {})
    return chunk.values.to_pylist(), [(reject.line, reject.reason) for reject in chunk.rejects]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a\nb\n", ["a", "b"]),
        (b"a\nb", ["a", "b"]),
        (b"a\r\nb\r\n", ["a", "b"]),
        (b"a\r\nb\n", ["a", "b"]),
        (b"\n\na\n", ["", "", "a"]),
        (b"\n", [""]),
        (b"a\rb\r\r\nc", ["a\rb\r", "c"]),
        ("a\x0bb\x0cc\x1cd\x85e\u2028f\u2029g".encode(), ["a\x0bb\x0cc\x1cd\x85e\u2028f\u2029g"]),
    ],
)
def test_a_text_record_ends_at_a_line_feed_alone(data, expected):
    assert texts_of(data) == expected


@pytest.mark.parametrize("separator", ["\n", "\r\n"])
def test_json_records_are_what_json_says(separator):
    values = ["a\nb", "tab\there", "\u2028", "é😀", "", " x "]
    lines = [json.dumps({"text": value}, ensure_ascii=index % 2 == 0) for index, value in enumerate(values)]
    assert records_of(separator.join(lines).encode()) == (values, [])


def test_a_record_is_one_line_even_where_joined_lines_would_be_json_again():
    data = b'{"text": "a"}, {"text": "b"}\n{"text": [\n"c"]}\n{"text": "d"}'
    values, rejects = records_of(data)
    assert values == ["d"]
    assert [line for line, _ in rejects] == [1, 2, 3]


def test_lines_of_white_space_are_no_json_records():
    chunk = JsonlSource.read(split_of(b'\n{"text": "a"}\n \t\r\n{"text": "b"}\n\n'), ReadOptions(), {})
    assert (chunk.values.to_pylist(), chunk.blank_lines, chunk.rejects) == (["a", "b"], 3, ())


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"text": "a', "not valid JSON (unexpected end of data, column 12)"),
        (b'{"txt": "a"}', 'no field "text"; available: txt. Did you mean "txt"?'),
        (b'["a"]', 'the record is ["a"], expected an object with field "text"'),
        (
            b'{"text": null}',
            'field "text" is null, expected a string, a list of strings or a list of 64-bit integers',
        ),
        (b'{"text": 42}', 'field "text" is 42, expected a string, a list of strings or a list of 64-bit integers'),
        (b'{"text": [1, true]}', 'field "text" is [1,true], expected a string, a list of'),
        (b'{"text": [null]}', 'field "text" is [null], expected a string, a list of'),
        (b'{"text": [1.0]}', 'field "text" is [1.0], expected a string, a list of'),
        (b'{"text": ["a", 1]}', 'field "text" is ["a",1], expected a string, a list of'),
        (b'{"text": ["a", null]}', 'field "text" is ["a",null], expected a string, a list of'),
        (b'{"text": [9223372036854775808]}', 'field "text" is [9223372036854775808], expected a string'),
        (b'{"text": ["a"]}', 'field "text" is ["a"], expected a string, as in the records before'),
        (b'{"text": "\xe9"}', "not valid UTF-8 (0xe9 at byte 11)"),
        (b'{"text": "\\ud800"}', "not valid JSON"),
        (b'{"text": NaN}', "not valid JSON"),
    ],
)
def test_a_bad_record_is_told_by_line_found_and_expected(line, reason):
    values, rejects = records_of(b'{"text": "good"}\n' + line + b'\n{"text": "good"}')
    assert values == ["good", "good"]
    [(number, found)] = rejects
    assert number == 2
    assert found.startswith(reason)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("null", 'field "y" is null'),
        ('"text"', 'field "y" is "text", expected a number, as in the records before'),
        ("true", 'field "y" is true, expected a number, as in the records before'),
        ("[1]", 'field "y" is [1]'),
        ("18446744073709551615", 'field "y" is 18446744073709551615'),
        ("[" * 999 + "]" * 999, 'field "y" is a deeply nested value'),
    ],
)
def test_a_label_is_of_one_kind(value, reason):
    data = b'{"text": "a", "y": 1}\n{"text": "b", "y": ' + value.encode() + b'}\n{"text": "c", "y": 0.5}'
    values, rejects = records_of(data, label=["y"])
    assert values == ["a", "c"]
    assert rejects[0][0] == 2
    assert rejects[0][1].startswith(reason)


@pytest.mark.parametrize("chunk_bytes", [1, 1000])
def test_a_boolean_is_no_number_whatever_the_numbers_are(tmp_path, chunk_bytes):
    (tmp_path / "corpus.jsonl").write_text('{"text": "a", "y": 1.5}\n{"text": "b", "y": true}\n')
    with pytest.raises(padcli.PadcliError, match='line 2: field "y" is true'):
        padcli.pad(tmp_path / "corpus.jsonl", tmp_path / "out.npz", label="y", chunk_bytes=chunk_bytes)


@pytest.mark.parametrize("chunk_bytes", [1, 1000])
@pytest.mark.parametrize("values", [(2**53 + 1, 0.5), (0.5, -(2**63)), (2**62, 1, 0.5)])
def test_integers_that_a_column_of_fractions_would_round_are_refused(tmp_path, chunk_bytes, values):
    (tmp_path / "corpus.jsonl").write_text("".join(json.dumps({"text": "a", "y": value}) + "\n" for value in values))
    with pytest.raises(padcli.PadcliError, match="fractions and integers beyond"):
        padcli.pad(tmp_path / "corpus.jsonl", tmp_path / "out.npz", label="y", chunk_bytes=chunk_bytes)


@pytest.mark.parametrize("chunk_bytes", [1, 1000])
def test_labels_widen_from_chunk_to_chunk(tmp_path, chunk_bytes):
    rows = [{"text": "a", "y": 1, "z": "x"}, {"text": "b", "y": 0.5, "z": "xyz"}, {"text": "c", "y": -(2**53), "z": ""}]
    (tmp_path / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    padcli.pad(tmp_path / "corpus.jsonl", tmp_path / "out.npz", label=["y", "z"], chunk_bytes=chunk_bytes)
    labels = padcli.load(tmp_path / "out.npz").labels
    assert (labels["y"].tolist(), labels["z"].tolist()) == ([1.0, 0.5, -(2.0**53)], ["x", "xyz", ""])


def test_a_label_that_fixed_width_text_cannot_hold_is_refused(tmp_path):
    (tmp_path / "corpus.jsonl").write_text('{"text": "a", "y": "k\\u0000"}\n')
    with pytest.raises(padcli.PadcliError, match="ends in a NUL"):
        padcli.pad(tmp_path / "corpus.jsonl", tmp_path / "out.npz", label="y")


def test_one_long_label_does_not_make_all_rows_wide_in_memory(tmp_path):
    rows = [{"text": "a", "y": "x"}] * 20_000 + [{"text": "a", "y": "x" * 10_000}]
    (tmp_path / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    tracemalloc.start()
    padcli.pad(tmp_path / "corpus.jsonl", tmp_path / "out.npz", label="y", compress=True)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100_000_000  # of an array of 800 MB


def test_an_empty_list_is_no_tokens_whatever_the_others_are():
    assert records_of(b'{"text": []}\n{"text": "a"}') == (["", "a"], [])
    assert records_of(b'{"text": ["a"]}\n{"text": []}') == ([["a"], []], [])
    assert records_of(b'{"text": []}\n{"text": [7]}') == ([[], [7]], [])
    assert JsonlSource.read(split_of(b'{"text": []}'), ReadOptions(), {}).values.type == pa.null()


def test_a_dotted_field_is_nested():
    assert records_of(b'{"data": {"body": "a"}}', field="data.body") == (["a"], [])
    _, rejects = records_of(b'{"data": "a"}\n{"data": {}}', field="data.body")
    assert [reason for _, reason in rejects] == [
        'field "data" is "a", expected an object with field "body"',
        'no field "data.body"; available: none',
    ]


COMPRESS = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": lambda data: pa.compress(data, codec="zstd", asbytes=True),
}


@pytest.mark.parametrize("extension", COMPRESS)
@pytest.mark.parametrize("parts", [1, 2])
def test_compressed_files_are_decompressed_on_the_way(tmp_path, extension, parts):
    content = (SAMPLE_DATA / "reviews.txt").read_bytes()
    half = len(content) // 2
    blocks = [content] if parts == 1 else [content[:half], content[half:]]
    (tmp_path / f"corpus.txt{extension}").write_bytes(b"".join(map(COMPRESS[extension], blocks)))
    padcli.pad(tmp_path / f"corpus.txt{extension}", tmp_path / "compressed.npz")
    padcli.pad(SAMPLE_DATA / "reviews.txt", tmp_path / "plain.npz")
    compressed, plain = padcli.load(tmp_path / "compressed.npz"), padcli.load(tmp_path / "plain.npz")
    np.testing.assert_array_equal(compressed.token_ids, plain.token_ids)


@pytest.mark.parametrize("extension", COMPRESS)
def test_a_compressed_file_that_is_cut_off_is_refused(tmp_path, extension):
    data = COMPRESS[extension]((SAMPLE_DATA / "reviews.txt").read_bytes())
    (tmp_path / f"corpus.txt{extension}").write_bytes(data[: len(data) // 2])
    with pytest.raises(padcli.PadcliError, match="cannot be read to the end"):
        padcli.pad(tmp_path / f"corpus.txt{extension}", tmp_path / "out.npz")
    assert [path.name for path in tmp_path.iterdir()] == [f"corpus.txt{extension}"]


def test_a_zst_file_may_begin_with_a_frame_to_be_skipped(tmp_path):
    skipped = b"\x5e\x2a\x4d\x18" + (3).to_bytes(4, "little") + b"abc"
    (tmp_path / "corpus.txt.zst").write_bytes(skipped + COMPRESS[".zst"](b"a b\n"))
    padcli.pad(tmp_path / "corpus.txt.zst", tmp_path / "out.npz")
    assert padcli.load(tmp_path / "out.npz").token_ids.tolist() == [[2, 3]]


def test_a_text_that_begins_like_a_compressed_file_is_a_text(tmp_path):
    (tmp_path / "corpus.txt").write_text("BZhang is here\n")
    padcli.pad(tmp_path / "corpus.txt", tmp_path / "out.npz")
    assert padcli.load(tmp_path / "out.npz").lengths.tolist() == [3]


def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path):
    (tmp_path / "corpus.txt.gz").write_text("plain")
    with pytest.raises(padcli.PadcliError, match="is not compressed"):
        padcli.pad(tmp_path / "corpus.txt.gz", tmp_path / "out.npz")


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-16-le", "utf-32", "utf-8-sig", "utf-8"])
@pytest.mark.parametrize("chunk_bytes", [1, 1000])
def test_encodings_are_decoded(tmp_path, encoding, chunk_bytes):
    (tmp_path / "corpus.txt").write_bytes("naïve café\nüber\n".encode(encoding))
    padcli.pad(tmp_path / "corpus.txt", tmp_path / "out.npz", encoding=encoding, chunk_bytes=chunk_bytes)
    vocabulary = json.loads((tmp_path / "out.tokenizer.json").read_text("utf-8"))["model"]["vocab"]
    assert list(vocabulary) == ["[PAD]", "[UNK]", "naïve", "café", "über"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-32-be", "utf-7"])
@pytest.mark.parametrize("chunk_bytes", [1, 1000])
def test_a_byte_order_mark_belongs_to_no_word_but_only_at_the_start(tmp_path, encoding, chunk_bytes):
    (tmp_path / "corpus.txt").write_bytes("\ufeffone\ntwo\ufeff\n".encode(encoding))
    padcli.pad(tmp_path / "corpus.txt", tmp_path / "out.npz", encoding=encoding, chunk_bytes=chunk_bytes)
    vocabulary = json.loads((tmp_path / "out.tokenizer.json").read_text("utf-8"))["model"]["vocab"]
    assert list(vocabulary) == ["[PAD]", "[UNK]", "one", "two\ufeff"]


def test_japanese_in_its_own_encoding(tmp_path):
    (tmp_path / "corpus.txt").write_bytes("日本語\nテキスト\n".encode("shift_jis"))
    padcli.pad(tmp_path / "corpus.txt", tmp_path / "out.npz", encoding="shift_jis", tokenizer="char")
    assert padcli.load(tmp_path / "out.npz").lengths.tolist() == [3, 4]


@pytest.mark.parametrize(
    ("data", "encoding"), [(b"good\nb\xffd\nfine", "utf-8"), ("good\nbd\nfine".encode("ascii") + b"\n\x80", "ascii")]
)
def test_bytes_that_are_not_in_the_encoding_are_bad_records(tmp_path, data, encoding):
    (tmp_path / "corpus.txt").write_bytes(data)
    with pytest.raises(padcli.PadcliError, match=f"not valid {encoding.upper()}"):
        padcli.pad(tmp_path / "corpus.txt", tmp_path / "out.npz", encoding=encoding)
    padcli.pad(tmp_path / "corpus.txt", tmp_path / "out.npz", encoding=encoding, on_error="skip")
    padded = padcli.load(tmp_path / "out.npz")
    assert padded.meta["rejected"] == 1
    assert len(padded.token_ids) == data.count(b"\n")


def test_replacing_bad_bytes_is_the_users_choice(tmp_path):
    (tmp_path / "corpus.txt").write_bytes(b"b\xffd\nb\xfed")
    padcli.pad(tmp_path / "corpus.txt", tmp_path / "out.npz", encoding_errors="replace")
    padded = padcli.load(tmp_path / "out.npz")
    assert (padded.token_ids.tolist(), padded.meta["rejected"]) == ([[2], [2]], 0)
