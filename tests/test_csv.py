"""CSV and TSV: what Python's csv and pandas read of a table is what is padded, however it is cut."""

import bz2
import csv
import gzip
import io
import json
import random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import padcli
from padcli.sources.quoting import Quoting

ROWS = [
    {"text": "a good film,\nwith two lines", "label": "pos", "stars": 5, "seen": True},
    {"text": 'a "bad" one', "label": "neg", "stars": 1, "seen": False},
    {"text": "", "label": "neg", "stars": -2, "seen": False},
    {"text": "null", "label": "NA", "stars": 0, "seen": True},
    {"text": "123", "label": "007", "stars": 12, "seen": True},
    {"text": "\ufefffür Ōe ☃\r\n\r\nend", "label": "pos", "stars": 3, "seen": False},
] * 7


def table(rows, **how):
    made = io.StringIO(newline="")
    writer = csv.DictWriter(made, list(rows[0]), **how)
    writer.writeheader()
    writer.writerows(rows)
    return made.getvalue()


def padded(path, output="out.npz", **options):
    padcli.pad(path, path.parent / output, **options)
    return padcli.load(path.parent / output)


def same(one, other, *labels):
    for name in ("token_ids", "lengths", *labels):
        first, second = (each.labels[name] if name in labels else getattr(each, name) for each in (one, other))
        assert first.dtype == second.dtype
        np.testing.assert_array_equal(first, second)


LABELS = ["label", "stars", "seen"]


@pytest.fixture
def as_jsonl(tmp_path, write):
    path = write("rows.jsonl", "".join(json.dumps(row) + "\n" for row in ROWS))
    return padded(path, "jsonl.npz", label=LABELS)


@pytest.mark.parametrize("chunk_bytes", [1, 37, 100, 4_000_000])
@pytest.mark.parametrize("workers", [1, 3])
def test_a_table_gives_what_its_records_give_as_jsonl(write, as_jsonl, chunk_bytes, workers):
    path = write("rows.csv", table(ROWS))
    same(padded(path, label=LABELS, chunk_bytes=chunk_bytes, workers=workers), as_jsonl, *LABELS)


@pytest.mark.parametrize(
    ("name", "how", "options"),
    [
        ("rows.tsv", {"delimiter": "\t"}, {}),
        ("rows.csv", {"delimiter": ";", "quoting": csv.QUOTE_ALL}, {"delimiter": ";"}),
        ("rows.txt", {"lineterminator": "\n"}, {"format": "csv"}),
        ("rows.csv", {"lineterminator": "\r"}, {}),
        ("rows.txt", {"delimiter": "\t"}, {"format": "csv", "delimiter": "tab"}),
    ],
)
@pytest.mark.parametrize("chunk_bytes", [50, 4_000_000])
def test_dialects(write, as_jsonl, name, how, options, chunk_bytes):
    path = write(name, table(ROWS, **how))
    same(padded(path, label=LABELS, chunk_bytes=chunk_bytes, **options), as_jsonl, *LABELS)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-8"])
@pytest.mark.parametrize("chunk_bytes", [50, 4_000_000])
def test_encodings_and_a_byte_order_mark(write, as_jsonl, encoding, chunk_bytes):
    path = write("rows.csv", table(ROWS).encode(encoding))
    options = {"encoding": encoding} if encoding == "utf-16" else {}
    same(padded(path, label=LABELS, chunk_bytes=chunk_bytes, **options), as_jsonl, *LABELS)


def test_compressed_and_from_standard_input(tmp_path, command, write, as_jsonl):
    content = table(ROWS).encode()
    same(padded(write("rows.csv.gz", gzip.compress(content)), label=LABELS), as_jsonl, *LABELS)
    labels = [word for label in LABELS for word in ("--label", label)]
    finished = command("pad", "-", "--format", "csv", *labels, "-o", "out.npz", stdin=content)
    assert finished.returncode == 0, finished.err
    same(padcli.load(tmp_path / "out.npz"), as_jsonl, *LABELS)


cells = st.lists(st.sampled_from(["a", '"', '""', ",", "\n", "\r\n", "\r", " ", "é", "x"]), max_size=5).map("".join)


@settings(max_examples=40)
@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=6), st.integers(1, 30), st.booleans())
def test_any_cells_come_back_from_any_cut(tmp_path, rows, chunk_bytes, quote_all):
    rows = [{"text": text, "other": other} for text, other in rows]
    how = {"quoting": csv.QUOTE_ALL} if quote_all else {}
    (tmp_path / "rows.csv").write_text(table(rows, **how), newline="")
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    options = {"tokenizer": "char", "pair_field": "other", "maxlen": 12}
    csv_, jsonl = (
        padded(tmp_path / f"rows.{kind}", f"{kind}.npz", chunk_bytes=chunk_bytes, **options)
        for kind in ("csv", "jsonl")
    )
    same(csv_, jsonl)


loose = st.lists(st.sampled_from(["a", '"', ",", "\n", "\r\n", "b"]), max_size=25).map("".join)


@given(loose)
def test_records_end_where_the_csv_module_ends_them(content):
    """Whatever the quotes: where one is closed in order, both find the same rows."""
    quoting = Quoting(delimiter=",")
    data = content.encode()
    rows = [row for row in csv.reader(io.StringIO(content, newline="")) if row]
    spans = quoting.records(data)
    assert len(spans.starts) == len(rows)
    assert quoting.n_columns(data, spans).tolist() == list(map(len, rows))
    end = quoting.last_end(data)
    split = [row for part in (content[:end], content[end:]) for row in csv.reader(io.StringIO(part, newline="")) if row]
    assert split == rows


def test_a_quote_within_a_field_stands_for_itself_as_pandas_has_it(tmp_path, write):
    path = write("rows.csv", 'text,label\n5" nail,a\nit is 6" and 7",b\n"q ""x"" y",c\n')
    texts = pd.read_csv(path)["text"].tolist()
    for chunk_bytes in (1, 4_000_000):
        found = padded(path, label="label", chunk_bytes=chunk_bytes, tokenizer="char")
        assert found.lengths.tolist() == list(map(len, texts))
        assert found.labels["label"].tolist() == ["a", "b", "c"]


def test_without_quotes_a_quote_is_a_character(write):
    path = write("rows.tsv", 'text\tlabel\n"Hello" he said\ta\n"open\tb\n')
    found = padded(path, label="label", quotes=False, tokenizer="char")
    assert found.lengths.tolist() == [15, 5]


def test_without_a_header_columns_are_numbered(write):
    path = write("rows.csv", "pos,a b\nneg,c\n")
    found = padded(path, field="1", label="0", header=False)
    assert found.labels["0"].tolist() == ["pos", "neg"]
    assert found.lengths.tolist() == [2, 1]
    with pytest.raises(padcli.PadcliError, match=r'rows\.csv, line 1: no column "text"; available: 0, 1') as caught:
        padcli.pad(path, path.parent / "out.npz", header=False)
    assert "--field 0" in caught.value.hint


BAD = """text,label,n
one,a,1
"two
lines",b,2

too,many,columns,3
few
"early" end,c,4
fine,d,5
fine,,6
fine,e,six
b\xffd,f,7
last,g,8
"open,h,9
still open
"""


@pytest.mark.parametrize("chunk_bytes", [1, 20, 60, 4_000_000])
@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("compressed", [False, True])
def test_bad_rows_are_listed_with_their_lines_however_a_table_is_cut(tmp_path, write, chunk_bytes, workers, compressed):
    content = BAD.encode("latin-1")
    path = write("bad.csv.bz2", bz2.compress(content)) if compressed else write("bad.csv", content)
    rejects = tmp_path / "rejects.jsonl"
    options = {"label": ["label", "n"], "chunk_bytes": chunk_bytes, "workers": workers}
    found = padded(path, on_error="skip", rejects=rejects, **options)
    listed = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert [(each["line"], each["reason"]) for each in listed] == [
        (6, "found 4 columns, expected 3, as in the header"),
        (7, "found 1 column, expected 3, as in the header"),
        (8, "a quoted field goes on after its closing quote"),
        (10, 'column "label" is empty'),
        (11, 'column "n" is "six", expected a 64-bit number, as in the records before'),
        (12, "not valid UTF-8 (0xff at byte 2)"),
        (14, "a quoted field is never closed"),
    ]
    assert listed[2]["raw"] == '"early" end,c,4'
    assert found.labels["label"].tolist() == ["a", "b", "d", "g"]
    assert found.labels["n"].tolist() == [1, 2, 5, 8]
    assert found.meta["blank_lines"] == 1
    with pytest.raises(padcli.PadcliError, match=r"line 6: found 4 columns, expected 3, as in the header\.") as caught:
        padcli.pad(path, tmp_path / "out2.npz", **options)
    assert "--on-error skip" in caught.value.hint


@pytest.mark.parametrize("chunk_bytes", [1, 4_000_000])
def test_the_first_record_decides_what_a_label_is(tmp_path, write, chunk_bytes):
    words = write("words.csv", "text,label\na,x1\nb,2\nc,3.5\nd,true\n")
    assert padded(words, label="label", chunk_bytes=chunk_bytes).labels["label"].tolist() == ["x1", "2", "3.5", "true"]
    numbers = write("numbers.csv", "text,label\na,2\nb,3.5\nc,1e3\n")
    assert padded(numbers, label="label", chunk_bytes=chunk_bytes).labels["label"].tolist() == [2, 3.5, 1000]
    mixed = write("mixed.csv", "text,label\na,2\nb,x1\n")
    with pytest.raises(padcli.PadcliError, match='line 3: column "label" is "x1", expected a 64-bit number') as caught:
        padded(mixed, label="label", chunk_bytes=chunk_bytes)
    assert "--label-type text" in caught.value.hint
    as_text = padded(mixed, label="label", chunk_bytes=chunk_bytes, label_type="text")
    assert as_text.labels["label"].tolist() == ["2", "x1"]


@pytest.mark.parametrize("written", ["007", "1,5", "+5", "0x10", "9223372036854775808", "nan", "1e999", " 1"])
def test_what_would_not_come_back_as_a_number_is_a_text(write, written):
    path = write("rows.csv", f'text,label\na,"{written}"\n')
    assert padded(path, label="label").labels["label"].tolist() == [written]


def test_integers_and_fractions_that_no_dtype_holds_together(tmp_path, write):
    path = write("rows.csv", "text,label\na,9007199254740993\nb,0.5\n")
    for chunk_bytes in (1, 4_000_000):
        with pytest.raises(padcli.PadcliError, match="both fractions and integers"):
            padded(path, label="label", chunk_bytes=chunk_bytes)


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("txt,label\na,b\n", {}, r'line 1: no column "text"; available: txt, label\. Did you mean "txt"\?'),
        ("\n\na,label\na,b\n", {}, 'line 3: no column "text"; available: a, label'),
        ("text,text\na,b\n", {}, 'line 1: 2 columns are named "text"'),
        ("text;label\na;b\n", {}, 'no column "text"; available: text;label'),
        ("text\na\n", {"delimiter": "ab"}, "'ab' is not one ASCII character"),
        ("text\na\n", {"format": "jsonl", "delimiter": ";"}, "--delimiter is for CSV and TSV"),
        ("te\xfft\na\n".encode("latin-1"), {}, "line 1: not valid UTF-8"),
    ],
)
def test_wrong_use_is_told_in_a_sentence(tmp_path, write, content, options, message):
    path = write("rows.csv", content)
    with pytest.raises(padcli.PadcliError, match=message):
        padcli.pad(path, tmp_path / "out.npz", **options)
    assert not (tmp_path / "out.npz").exists()


@pytest.mark.parametrize("content", ["", "text\n", "\n\n", "text"])
def test_a_table_without_records_has_no_rows(write, content):
    assert len(padded(write("rows.csv", content), maxlen=3).token_ids) == 0


def test_groups_and_strata_are_those_of_jsonl(tmp_path, write):
    chance = random.Random(0)
    rows = [{"text": f"word {chance.random()}", "user": str(n % 17), "label": n % 3} for n in range(200)]
    as_csv = write("rows.csv", table(rows))
    as_jsonl = write("rows.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    for how in ({"group": "user"}, {"stratify": "label"}):
        for path in (as_csv, as_jsonl):
            padcli.pad(path, tmp_path / f"{path.suffix[1:]}.npz", split_into="a=0.5,b=0.5", chunk_bytes=500, **how)
        for part in "ab":
            same(padcli.load(tmp_path / f"csv.{part}.npz"), padcli.load(tmp_path / f"jsonl.{part}.npz"))


def test_a_table_is_read_again_where_others_are(tmp_path, command, write):
    path = write("rows.csv", table(ROWS))
    assert command("pad", path, "--maxlen", 3, "-o", "out.npz").returncode == 0
    assert "up to date" in command("pad", path, "--maxlen", 3, "-o", "out.npz", "--if-changed").err
    shown = command("inspect", "out.npz", "--rows", "0")
    assert b"film" in shown.out + shown.err.encode()
    assert b"is read from" in shown.out + shown.err.encode() or b"lost" in shown.out + shown.err.encode()
    assert command("stats", path).returncode == 0
    assert command("fit", path, "-o", "fitted.json").returncode == 0
    assert command("compare", path, path).returncode == 0
    path.write_text(table(ROWS[:3]), newline="")
    assert "up to date" not in command("pad", path, "--maxlen", 3, "-o", "out.npz", "--if-changed").err


def test_a_record_longer_than_many_splits(write):
    path = write("rows.csv", 'text\n"' + "a b\n" * 5000 + '"\nlast\n')
    assert padded(path, chunk_bytes=100).lengths.tolist() == [10000, 1]
