"""`.tfrecord`, read by TensorFlow, which checks the checksums."""

import google_crc32c
import numpy as np
import pytest
import tensorflow as tf
from conftest import use_kernels
from hypothesis import given
from hypothesis import strategies as st
from output_shapes import RECORDS, SHAPES, pad_both, write_corpus
from test_parquet import expected_columns

import padcli
from padcli.formats import tfrecord, varints


def values_of(feature):
    """The values of a `tf.train.Feature`."""
    kind = feature.WhichOneof("kind")
    return list(getattr(feature, kind).value) if kind else []


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_tensorflow_reads_the_arrays_of_the_npz(tmp_path, shape, compiled):
    with use_kernels(used=compiled):
        path, arrays = pad_both(tmp_path, ".tfrecord", SHAPES[shape])
    examples = [tf.train.Example.FromString(record.numpy()) for record in tf.data.TFRecordDataset(str(path))]
    expected = expected_columns(arrays)
    assert len(examples) == len(arrays["lengths"])
    assert set(examples[0].features.feature) == set(expected)
    for name, rows in expected.items():
        found = [values_of(example.features.feature[name]) for example in examples]
        if arrays[name].dtype.kind == "U":
            found = [[text.decode() for text in texts] for texts in found]
        if arrays[name].dtype.kind == "f":
            found = [[np.frombuffer(value, "<f8")[0] for value in values] for values in found]
        assert found == [row if isinstance(row, list) else [row] for row in rows]


@pytest.mark.parametrize("shape", SHAPES)
def test_the_parser_gives_tensors_of_the_types_of_the_arrays(tmp_path, shape):
    path, arrays = pad_both(tmp_path, ".tfrecord", SHAPES[shape])
    rows = list(tf.data.TFRecordDataset(str(path)).map(padcli.tfrecord_parser(path)).as_numpy_iterator())
    for name, expected in expected_columns(arrays).items():
        found = [np.asarray(row[name], object if arrays[name].dtype.kind == "U" else None).tolist() for row in rows]
        if arrays[name].dtype.kind == "U":
            found = [[each.decode() for each in row] if isinstance(row, list) else row.decode() for row in found]
        else:
            assert rows[0][name].dtype == arrays[name].dtype
        assert found == expected


def test_batches_are_rows_of_the_npz(tmp_path):
    path, arrays = pad_both(tmp_path, ".tfrecord", SHAPES["labels"])
    data = tf.data.TFRecordDataset(str(path)).map(padcli.tfrecord_parser(path)).batch(7)
    batch = next(iter(data))
    assert batch["token_ids"].shape == (7, 9)
    np.testing.assert_array_equal(batch["padding_mask"], arrays["padding_mask"][:7])


def test_no_rows_at_all(tmp_path):
    path, _ = pad_both(tmp_path, ".tfrecord", {"maxlen": 3}, records=[])
    assert path.read_bytes() == b""


@pytest.mark.parametrize("shape", ["text", "packed"])
def test_many_batches_hold_the_same(tmp_path, monkeypatch, shape):
    path, _ = pad_both(tmp_path, ".tfrecord", SHAPES[shape])
    expected = path.read_bytes()
    monkeypatch.setattr(tfrecord, "_BATCH_BYTES", 500)
    padcli.pad(tmp_path / "corpus.jsonl", path, **SHAPES[shape])
    assert path.read_bytes() == expected
    assert padcli.verify(path).ok


def test_without_its_metadata_it_is_not_taken_for_whole(tmp_path):
    corpus = write_corpus(tmp_path / "corpus.jsonl")
    padcli.pad(corpus, tmp_path / "out.tfrecord", maxlen=3)
    (tmp_path / "out.tfrecord.meta.json").unlink()
    with pytest.raises(padcli.PadcliError, match=r"out\.tfrecord\.meta\.json is missing"):
        padcli.load(tmp_path / "out.tfrecord")


def test_an_npy_of_the_same_name_keeps_its_metadata(tmp_path):
    corpus = write_corpus(tmp_path / "corpus.jsonl")
    padcli.pad(corpus, tmp_path / "out.npy", maxlen=4)
    padcli.pad(corpus, tmp_path / "out.tfrecord", maxlen=3)
    assert padcli.load(tmp_path / "out.npy").token_ids.shape == (len(RECORDS), 4)


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_integers_of_variable_length_are_given_back(values):
    data, offsets = varints.encoded(np.array(values, np.int64))
    assert varints.decoded(data).tolist() == values
    feature = tf.train.Int64List(value=values)
    assert feature.SerializeToString()[-len(data) :] == data.tobytes() or not values
    first, _ = varints.one_each(data, offsets[:-1][np.array(values, np.int64) >= 0])
    assert first.tolist() == [value for value in values if value >= 0]


@given(st.lists(st.binary(max_size=40), max_size=9))
def test_checksums_are_those_of_google(runs):
    data = np.frombuffer(b"".join(runs), np.uint8)
    offsets = np.cumsum([0, *map(len, runs)])
    for compiled in (True, False):
        with use_kernels(used=compiled):
            found = tfrecord.dispatch.kernels().crc32c(data, offsets)
        assert found.tolist() == [google_crc32c.value(run) for run in runs]
