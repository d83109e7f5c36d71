"""Parquet, Arrow, ORC and the folders of `datasets`: the same rows as JSONL has."""

import json
import shutil

import datasets
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import feather, orc, parquet

import padcli
from padcli.options import ReadOptions
from padcli.sources.arrow_ipc import ArrowSource
from padcli.sources.orc import OrcSource
from padcli.sources.parquet import ParquetSource

ROWS = [
    {
        "text": f"word{n % 7} and {n} ☃",
        "label": n % 3,
        "more": {"body": f"deep {n}", "score": n / 4},
        "seen": n % 2 == 0,
    }
    for n in range(400)
]
LABELS = ["label", "more.score", "seen"]


def stream(table, path):
    with pa.ipc.new_stream(path, table.schema) as writer:
        writer.write_table(table, max_chunksize=90)


WRITERS = {
    "one.parquet": parquet.write_table,
    "groups.parquet": lambda table, path: parquet.write_table(table, path, row_group_size=90),
    "plain.parquet": lambda table, path: parquet.write_table(table, path, use_dictionary=False, compression="none"),
    "lz4.feather": lambda table, path: feather.write_feather(table, path, chunksize=90),
    "stream.arrow": stream,
    "stripes.orc": lambda table, path: orc.write_table(table, path, stripe_size=4096),
}


@pytest.fixture
def as_jsonl(write):
    path = write("rows.jsonl", "".join(json.dumps(row) + "\n" for row in ROWS))
    return padded(path, "jsonl.npz", label=LABELS, pair_field="more.body")


def padded(path, output="out.npz", **options):
    padcli.pad(path, path.parent / output, **options)
    return padcli.load(path.parent / output)


def same(one, other, labels=()):
    for name in ("token_ids", "lengths", *labels):
        first, second = (each.labels[name] if name in labels else getattr(each, name) for each in (one, other))
        assert first.dtype == second.dtype
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize(("chunk_bytes", "workers"), [(1, 1), (1000, 3), (4_000_000, 1)])
def test_a_table_gives_what_its_records_give_as_jsonl(tmp_path, as_jsonl, name, chunk_bytes, workers):
    WRITERS[name](pa.Table.from_pylist(ROWS), tmp_path / name)
    options = {"label": LABELS, "pair_field": "more.body", "chunk_bytes": chunk_bytes, "workers": workers}
    same(padded(tmp_path / name, **options), as_jsonl, LABELS)


TEXTS = ["a b", "", "c ☃", "b"]
LISTS = [["a", "b"], [], ["☃"], ["a"]]
COLUMNS = {
    "string": (pa.array(TEXTS), TEXTS),
    "large_string": (pa.array(TEXTS, pa.large_string()), TEXTS),
    "string_view": (pa.array(TEXTS, pa.string_view()), TEXTS),
    "dictionary": (pa.array(TEXTS).dictionary_encode(), TEXTS),
    "list of strings": (pa.array(LISTS), LISTS),
    "large_list": (pa.array(LISTS, pa.large_list(pa.large_string())), LISTS),
    "list of dictionary": (
        pa.ListArray.from_arrays([0, 2, 2, 3, 4], pa.array(["a", "b", "☃", "a"]).dictionary_encode()),
        LISTS,
    ),
    "list of int32": (pa.array([[1, 2], [], [3], [5]], pa.list_(pa.int32())), [[1, 2], [], [3], [5]]),
    "list of uint64": (pa.array([[1, 2], [], [3], [5]], pa.list_(pa.uint64())), [[1, 2], [], [3], [5]]),
    "fixed_size_list": (
        pa.array([[1, 2], [3, 4], [3, 1], [5, 5]], pa.list_(pa.int64(), 2)),
        [[1, 2], [3, 4], [3, 1], [5, 5]],
    ),
}


@pytest.mark.parametrize("kind", COLUMNS)
@pytest.mark.parametrize("chunk_bytes", [1, 4_000_000])
def test_texts_tokens_and_ids_of_any_type(tmp_path, write, kind, chunk_bytes):
    column, values = COLUMNS[kind]
    with pa.ipc.new_file(tmp_path / "rows.arrow", pa.schema({"text": column.type})) as file:
        file.write_table(pa.table({"text": column}))
    jsonl = write("rows.jsonl", "".join(json.dumps({"text": value}) + "\n" for value in values))
    same(padded(tmp_path / "rows.arrow", chunk_bytes=chunk_bytes), padded(jsonl, "jsonl.npz"))


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array([1, 0, 2], pa.int8()), np.array([1, 0, 2])),
        (pa.array([1, 0, 2], pa.uint64()), np.array([1, 0, 2])),
        (pa.array([0.5, 0.25, 2], pa.float32()), np.array([0.5, 0.25, 2])),
        (pa.array([True, False, True]), np.array([True, False, True])),
        (pa.array(["x", "y", "x"]).dictionary_encode(), np.array(["x", "y", "x"])),
        (pa.array([7, 8, 7]).dictionary_encode(), np.array([7, 8, 7])),
    ],
)
def test_labels_of_any_type(tmp_path, column, expected):
    parquet.write_table(pa.table({"text": ["a", "b", "c"], "label": column}), tmp_path / "rows.parquet")
    found = padded(tmp_path / "rows.parquet", label="label").labels["label"]
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("column", "shown"),
    [
        (pa.array([1], pa.timestamp("us")), "timestamp[us]"),
        (pa.array([b"a"]), "binary"),
        (pa.array([1], pa.decimal128(5, 2)), "decimal128(5, 2)"),
        (pa.array([{"a": 1}]), "struct<a: int64>"),
        (pa.array([[0.5]]), "list<element: double>"),
    ],
)
def test_other_types_are_refused_with_their_names(tmp_path, column, shown):
    parquet.write_table(pa.table({"text": ["a"], "other": column}), tmp_path / "rows.parquet")
    for options, wanted in (
        ({"field": "other"}, "strings, lists of strings or lists of integers"),
        ({"label": "other"}, "numbers, booleans or strings"),
    ):
        with pytest.raises(padcli.PadcliError) as caught:
            padcli.pad(tmp_path / "rows.parquet", tmp_path / "out.npz", **options)
        assert caught.value.message == (
            f'{tmp_path}/rows.parquet: column "other" is of type {shown}, expected {wanted}.'
        )
    assert not (tmp_path / "out.npz").exists()


@pytest.mark.parametrize("chunk_bytes", [1, 60, 4_000_000])
@pytest.mark.parametrize("workers", [1, 3])
def test_rows_without_a_value_are_listed_with_their_row_groups(tmp_path, chunk_bytes, workers):
    rows = [{"text": f"t{n}", "label": n, "ids": [n, 1]} for n in range(30)]
    rows[7]["text"] = None
    rows[12]["label"] = None
    rows[29]["ids"] = [1, None]
    parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "rows.parquet", row_group_size=10)
    options = {
        "on_error": "skip",
        "rejects": tmp_path / "rejects.jsonl",
        "chunk_bytes": chunk_bytes,
        "workers": workers,
    }
    found = padded(tmp_path / "rows.parquet", label="label", **options)
    listed = [json.loads(line) for line in (tmp_path / "rejects.jsonl").read_text().splitlines()]
    assert [(each["place"], each["reason"]) for each in listed] == [
        ("row group 0, row 7", 'column "text" is null, expected a string'),
        ("row group 1, row 2", 'column "label" is null, expected a number, a boolean or a string'),
    ]
    assert json.loads(listed[0]["raw"]) == {"text": None, "label": 7}
    assert found.labels["label"].tolist() == [n for n in range(30) if n not in (7, 12)]
    padded(tmp_path / "rows.parquet", field="ids", **options)
    (bad,) = map(json.loads, (tmp_path / "rejects.jsonl").read_text().splitlines())
    assert (bad["place"], bad["reason"]) == (
        "row group 2, row 9",
        'column "ids" contains null, expected a list of integers',
    )
    with pytest.raises(padcli.PadcliError) as caught:
        padcli.pad(tmp_path / "rows.parquet", tmp_path / "no.npz", label="label")
    assert caught.value.message == (
        f'{tmp_path}/rows.parquet, row group 0, row 7: column "text" is null, expected a string.'
    )


def test_texts_that_are_no_utf8_are_bad(tmp_path):
    bad = pa.Array.from_buffers(
        pa.string(), 3, [None, pa.py_buffer(np.array([0, 1, 3, 4], np.int32)), pa.py_buffer(b"ab\xffc")]
    )
    with pa.ipc.new_stream(tmp_path / "rows.arrow", pa.schema({"text": pa.string()})) as file:
        file.write_table(pa.table({"text": bad}))
    found = padded(tmp_path / "rows.arrow", on_error="skip")
    assert found.lengths.tolist() == [1, 1]
    with pytest.raises(padcli.PadcliError, match='record batch 0, row 1: column "text" is not valid UTF-8'):
        padded(tmp_path / "rows.arrow")


def test_an_integer_beyond_64_bits_is_bad(tmp_path):
    table = pa.table({"text": ["a", "b"], "label": pa.array([1, 2**63], pa.uint64())})
    parquet.write_table(table, tmp_path / "rows.parquet")
    with pytest.raises(padcli.PadcliError, match='row group 0, row 1: column "label" is beyond 64 bits'):
        padded(tmp_path / "rows.parquet", label="label")


@pytest.mark.parametrize("name", WRITERS)
def test_a_damaged_file_is_refused_in_a_sentence(tmp_path, name):
    WRITERS[name](pa.Table.from_pylist(ROWS), tmp_path / name)
    content = (tmp_path / name).read_bytes()
    for damaged in (content[: len(content) // 2], b"text\n" * 50, b""):
        (tmp_path / name).write_bytes(damaged)
        with pytest.raises(padcli.PadcliError, match="cannot be read as"):
            padcli.pad(tmp_path / name, tmp_path / "out.npz")
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path, monkeypatch, name):
    table = pa.Table.from_pylist(ROWS)
    WRITERS[name](table, tmp_path / name)
    source = {"parquet": ParquetSource, "orc": OrcSource}.get(name.rpartition(".")[2], ArrowSource)
    original = source._splits

    def changing(self):
        for split in original(self):
            yield split
            with (tmp_path / name).open("ab") as file:
                file.write(b"\0")

    monkeypatch.setattr(source, "_splits", changing)
    with pytest.raises(padcli.PadcliError, match="changed while it was being read"):
        padcli.pad(tmp_path / name, tmp_path / "out.npz", chunk_bytes=1000)


def test_only_columns_that_are_needed_are_read(tmp_path, monkeypatch):
    parquet.write_table(pa.Table.from_pylist(ROWS), tmp_path / "rows.parquet")
    seen = []
    original = parquet.ParquetFile.read_row_group
    monkeypatch.setattr(
        parquet.ParquetFile, "read_row_group", lambda *args, **kw: seen.append(kw["columns"]) or original(*args, **kw)
    )
    padcli.pad(tmp_path / "rows.parquet", tmp_path / "out.npz")
    assert seen == [["text"]]


def test_memory_does_not_grow_with_a_row_group(tmp_path):
    """A giant row group is read in batches: none of them is much larger than a split."""
    text = "word " * 200
    with parquet.ParquetWriter(
        tmp_path / "rows.parquet", pa.schema({"text": pa.string()}), use_dictionary=False
    ) as file:
        file.write_table(pa.table({"text": [f"{n} {text}" for n in range(40_000)]}), row_group_size=10**6)
    source = ParquetSource(str(tmp_path / "rows.parquet"), ReadOptions(), split_bytes=100_000, on_read=lambda _: None)
    before = pa.total_allocated_bytes()
    most = 0
    for split in source.splits():
        most = max(most, pa.total_allocated_bytes() - before)
        assert sum(group.rows.nbytes for group in split.groups()) < 400_000
    assert most < 8_000_000  # of 40 MB


@pytest.mark.parametrize("shards", [1, 3])
def test_a_dataset_of_hugging_face_is_an_input(tmp_path, as_jsonl, shards):
    made = datasets.Dataset.from_list(ROWS)
    made.save_to_disk(tmp_path / "my_dataset", num_shards=shards)
    options = {"label": LABELS, "pair_field": "more.body"}
    same(padded(tmp_path / "my_dataset", **options), as_jsonl, LABELS)


def test_class_labels_keep_their_integers(tmp_path):
    features = datasets.Features(text=datasets.Value("string"), label=datasets.ClassLabel(names=["neg", "pos"]))
    made = datasets.Dataset.from_dict({"text": ["a", "b"], "label": [1, 0]}, features=features)
    made.shuffle(seed=1).save_to_disk(tmp_path / "my_dataset")
    found = padded(tmp_path / "my_dataset", label="label")
    assert found.labels["label"].tolist() == datasets.load_from_disk(tmp_path / "my_dataset")["label"][:]


def test_the_output_of_a_dataset_has_its_name(tmp_path, command):
    datasets.Dataset.from_list(ROWS).save_to_disk(tmp_path / "my_dataset")
    assert command("pad", "my_dataset/").returncode == 0
    assert (tmp_path / "my_dataset.npz").exists()
    assert "up to date" in command("pad", "my_dataset/", "--if-changed").err
    shutil.copytree(tmp_path / "my_dataset", tmp_path / "other")
    assert command("pad", "other", "--like", "my_dataset.npz").returncode == 0


def test_several_datasets_in_a_folder_are_refused_with_their_names(tmp_path):
    one = datasets.Dataset.from_list(ROWS)
    datasets.DatasetDict({"train": one, "test": one}).save_to_disk(tmp_path / "all")
    with pytest.raises(padcli.PadcliError, match=r"all: contains several data sets: train, test\.") as caught:
        padcli.pad(tmp_path / "all", tmp_path / "out.npz")
    assert caught.value.hint == f"Name one of them: {tmp_path}/all/train or {tmp_path}/all/test"
    assert len(padded(tmp_path / "all" / "test").token_ids) == len(ROWS)


def test_what_pandas_writes(tmp_path, as_jsonl):
    pd.DataFrame(ROWS).to_parquet(tmp_path / "rows.parquet")
    same(padded(tmp_path / "rows.parquet", label=LABELS, pair_field="more.body"), as_jsonl, LABELS)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"field": "txt"}, 'no column "txt"; available: text, label, more, seen. Did you mean "text"?'),
        ({"field": "more.bod"}, 'no column "more.bod"; available: more.body, more.score. Did you mean "more.body"?'),
        ({"field": "text.body"}, 'column "text" is of type string, expected a struct.'),
    ],
)
def test_a_column_that_is_missing(tmp_path, options, message):
    parquet.write_table(pa.Table.from_pylist(ROWS), tmp_path / "rows.parquet")
    with pytest.raises(padcli.PadcliError) as caught:
        padcli.pad(tmp_path / "rows.parquet", tmp_path / "out.npz", **options)
    assert caught.value.message == f"{tmp_path}/rows.parquet: {message}"


def test_standard_input_and_options_of_text_are_refused(command):
    assert "cannot be read from standard input" in command("pad", "-", "--format", "parquet").err
    assert "UTF-8" in command("pad", "-", "--format", "arrow", "--encoding", "latin-1").err


@pytest.mark.parametrize("name", WRITERS)
def test_a_table_is_read_again_where_others_are(tmp_path, command_here, name):
    WRITERS[name](pa.Table.from_pylist(ROWS), tmp_path / name)
    assert command_here("pad", name, "--maxlen", 2, "-o", "out.npz").returncode == 0
    assert "up to date" in command_here("pad", name, "--maxlen", 2, "-o", "out.npz", "--if-changed").err
    shown = command_here("inspect", "out.npz", "--rows", "399")
    assert b"word0" in shown.out + shown.err.encode()
    for arguments in (("stats", name), ("fit", name, "-o", "fitted.json"), ("compare", name, name)):
        assert command_here(*arguments).returncode == 0


@pytest.mark.parametrize("name", WRITERS)
def test_a_table_without_rows(tmp_path, name):
    WRITERS[name](pa.Table.from_pylist(ROWS[:1]).slice(0, 0), tmp_path / name)
    assert len(padded(tmp_path / name, maxlen=3, label="label").token_ids) == 0


def test_inputs_of_other_kinds_go_together(tmp_path, write):
    parquet.write_table(pa.table({"text": ["a b"], "label": [1]}), tmp_path / "a.parquet")
    write("b.csv", "text,label\nc,2\n")
    write("c.jsonl", '{"text": "d", "label": 3}\n')
    padcli.pad([tmp_path / name for name in ("a.parquet", "b.csv", "c.jsonl")], tmp_path / "out.npz", label="label")
    assert padcli.load(tmp_path / "out.npz").labels["label"].tolist() == [1, 2, 3]
    parquet.write_table(pa.table({"text": ["a b"], "label": ["x"]}), tmp_path / "d.parquet")
    with pytest.raises(padcli.PadcliError, match='column "label" holds strings, expected numbers, as in the inputs'):
        padcli.pad([tmp_path / "b.csv", tmp_path / "d.parquet"], tmp_path / "out.npz", label="label")
