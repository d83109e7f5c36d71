"""What `padcli.load` gives: arrays by name, and batches of them for TensorFlow; test_frameworks.py has the others."""

import pickle
import shutil
import subprocess
import sys
from itertools import pairwise

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from outputs_to_load import N, make_outputs

import padcli
from padcli.errors import InputError, MissingLibraryError, UsageError
from padcli.loaders.columns import ArrayColumn, Table
from padcli.loaders.order import Order, order_of


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    return make_outputs(tmp_path_factory.mktemp("outputs"))


@pytest.fixture
def plain(outputs):
    return padcli.load(outputs / "plain.npz")


def rows_of(batches, name="n"):
    """The values of a column, batch after batch."""
    return np.concatenate([np.asarray(batch[name]) for batch in batches]).tolist()


# Arrays


@pytest.mark.parametrize("mmap", [None, True, False])
@pytest.mark.parametrize("file", ["plain.npz", "plain.npy", "compressed.npz"])
def test_arrays_are_those_of_the_file_however_they_are_read(outputs, plain, file, mmap):
    data = padcli.load(outputs / file, mmap=mmap)
    assert data.names == ("token_ids", "padding_mask", "lengths", "n")
    assert len(data) == N
    with np.load(outputs / "plain.npz") as original:
        for name in data.names:
            np.testing.assert_array_equal(data[name], original[name], strict=True)
    assert data.padding_mask.tolist() == data["padding_mask"].tolist()
    is_mapped = (file != "compressed.npz" and mmap is True) or (file == "plain.npy" and mmap is None)
    assert isinstance(data.token_ids, np.memmap) == is_mapped
    assert data.token_ids.flags.writeable != is_mapped


@pytest.mark.parametrize("mmap", [None, True])
@pytest.mark.parametrize("suffix", [".safetensors", ".parquet", ".arrow", ".tfrecord", ".hf"])
def test_any_format_is_loaded_and_mapped_where_it_can_be(outputs, plain, tmp_path, suffix, mmap):
    padcli.pad(outputs / "corpus.jsonl", tmp_path / f"out{suffix}", label="n", padding="post")
    data = padcli.load(tmp_path / f"out{suffix}", mmap=mmap)
    assert data.token_ids.tolist() == plain.token_ids.tolist()
    assert isinstance(data.token_ids, np.memmap) == (suffix == ".safetensors")
    assert pickle.loads(pickle.dumps(data.to_grain()))[7]["n"] == 7


@pytest.mark.parametrize("name", ["out.npz", "out.index.json"])
def test_shards_are_read_as_one_array_and_mapped_each(outputs, plain, tmp_path, name):
    padcli.pad(outputs / "corpus.jsonl", tmp_path / "out.npz", label="n", padding="post", shard_rows=30)
    for mmap, n_parts in ((None, 1), (True, 4)):
        data = padcli.load(tmp_path / name, mmap=mmap)
        assert len(data.parts) == n_parts
        assert isinstance(data.parts[0].arrays["token_ids"], np.memmap) == (mmap is True)
        assert data.token_ids.tolist() == plain.token_ids.tolist()
        batches = list(data.to_tf_dataset(32, shuffle=True, seed=1))
        assert sorted(rows_of(batches)) == list(range(N))
        assert rows_of(batches, "token_ids") == plain.token_ids[rows_of(batches)].tolist()


def test_an_array_has_the_name_that_it_has_in_the_file(outputs):
    data = padcli.load(outputs / "hf.npz")
    assert data.names == ("input_ids", "attention_mask", "token_type_ids", "lengths", "n")
    assert data["attention_mask"].dtype == np.int64
    assert data["attention_mask"].tolist() == data.padding_mask.tolist()
    assert data["input_ids"] is data.token_ids
    with pytest.raises(UsageError, match=r"no array 'token_ids'\. It has input_ids, attention_mask"):
        data["token_ids"]


def test_a_damaged_byte_is_found_where_the_crc_is_checked(outputs, tmp_path):
    whole = (outputs / "plain.npz").read_bytes()
    ids = padcli.load(outputs / "plain.npz").token_ids.tobytes()
    at = whole.index(ids)
    (tmp_path / "out.npz").write_bytes(whole[:at] + b"\x07" + whole[at + 1 :])
    with pytest.raises(InputError, match="is damaged"):
        padcli.load(tmp_path / "out.npz")
    assert padcli.load(tmp_path / "out.npz", mmap=True).token_ids[0, 0] == 7  # as docs/loaders.md says
    assert not padcli.verify(tmp_path / "out.npz").ok


def test_an_output_without_rows_is_mapped_too_and_gives_no_batches(tmp_path):
    (tmp_path / "corpus.txt").write_text("")
    for name in ("out.npz", "out.npy"):
        padcli.pad(tmp_path / "corpus.txt", tmp_path / name, maxlen=3)
        data = padcli.load(tmp_path / name, mmap=True)
        assert data.token_ids.shape == (0, 3)
        assert list(data.to_tf_dataset(4, shuffle=True)) == []


@pytest.mark.parametrize("suffix", [".npz", ".npy"])
def test_buckets_are_found_by_the_name_of_the_output_by_a_pattern_and_by_their_names(outputs, suffix):
    names = [outputs / f"buckets.{width}{suffix}" for width in (3, 6, 9)]
    for data in map(padcli.load, (outputs / f"buckets{suffix}", outputs / f"buckets.*{suffix}", names)):
        assert [part.path.absolute() for part in data.parts] == names
        assert [part.width for part in data.parts] == [3, 6, 9]
        assert len(data) == N
        assert sorted(data["n"].tolist()) == list(range(N))
        np.testing.assert_array_equal(data.record, data.labels["n"])
        with pytest.raises(UsageError, match="token_ids is 3 arrays, of the widths 3, 6, 9"):
            data.token_ids  # noqa: B018


def test_a_bucket_that_is_missing_is_missed(outputs, tmp_path):
    for width in (3, 9):
        shutil.copy(outputs / f"buckets.{width}.npz", tmp_path / f"out.{width}.npz")
    with pytest.raises(InputError, match=r"out\.6\.npz: No such file"):
        padcli.load(tmp_path / "out.npz")
    assert len(padcli.load(tmp_path / "out.*.npz").parts) == 2  # asked for as they are


def test_files_that_are_named_like_buckets_and_are_none_are_left_alone(outputs, tmp_path):
    shutil.copy(outputs / "plain.npz", tmp_path / "out.9.npz")
    (tmp_path / "out.3.npz").write_bytes(b"nothing of padcli's")
    with pytest.raises(InputError, match=r"out\.npz: No such file"):
        padcli.load(tmp_path / "out.npz")


def test_what_does_not_belong_together_is_refused(outputs, tmp_path):
    padcli.pad(outputs / "corpus.jsonl", tmp_path / "char.npz", tokenizer="char", label="n", maxlen=9)
    with pytest.raises(UsageError, match="different tokenizers"):
        padcli.load([outputs / "plain.npz", tmp_path / "char.npz"])
    with pytest.raises(UsageError, match=r"has the arrays .* parity; .* has .* n"):
        padcli.load([outputs / "plain.npz", outputs / "text.npz"])
    with pytest.raises(InputError, match="no file has such a name"):
        padcli.load(tmp_path / "no*.npz")
    with pytest.raises(UsageError, match="list of files is empty"):
        padcli.load([])


def test_files_of_one_width_are_one_array_after_the_other(outputs, plain):
    twice = padcli.load([outputs / "plain.npz", outputs / "plain.npy"], mmap=True)
    assert twice.token_ids.tolist() == 2 * plain.token_ids.tolist()
    batches = list(twice.to_tf_dataset(32, shuffle=True, seed=1))
    assert sorted(rows_of(batches)) == sorted(2 * list(range(N)))
    ids = np.concatenate([batch["token_ids"] for batch in batches])
    assert ids.tolist() == plain.token_ids[rows_of(batches)].tolist()


def test_offsets_of_packed_parts_go_on(outputs):
    one, two = padcli.load(outputs / "packed.npz"), padcli.load([outputs / "packed.npz"] * 2)
    assert two.row_offsets.tolist() == [*one.row_offsets, *(one.row_offsets[1:] + N).tolist()]


@pytest.mark.parametrize("mmap", [None, True])
def test_another_process_opens_the_file_again_and_gets_no_copy(outputs, mmap):
    data = padcli.load(outputs / "plain.npz", mmap=mmap)
    sent = pickle.dumps(data.to_grain())
    assert len(sent) < 10_000
    assert pickle.loads(sent)[7]["n"] == 7
    assert isinstance(pickle.loads(pickle.dumps(data)).token_ids, np.memmap)


def test_a_file_that_has_changed_is_not_taken_for_the_one_that_was_loaded(outputs, tmp_path):
    shutil.copy(outputs / "plain.npz", tmp_path / "out.npz")
    sent = pickle.dumps(padcli.load(tmp_path / "out.npz"))
    shutil.copy(outputs / "windows.npz", tmp_path / "out.npz")
    with pytest.raises(InputError, match="has changed since it was loaded"):
        pickle.loads(sent)


def test_rows_of_texts_in_memory_are_sent_as_they_are():
    batch = padcli.pad_texts(["a b", "c"])
    assert pickle.loads(pickle.dumps(batch)).token_ids.tolist() == batch.token_ids.tolist()


# Rows and their order


@given(st.lists(st.integers(0, 7), min_size=1, max_size=4), st.data())
def test_rows_of_arrays_in_pieces_are_those_of_the_whole(sizes, data):
    pieces = [
        np.frombuffer(b"x" + np.random.default_rng(n).bytes(n * 12), np.int32, n * 3, 1).reshape(n, 3) for n in sizes
    ]
    whole, column = np.concatenate(pieces), ArrayColumn(pieces)
    rows = data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=9)) if len(whole) else []
    np.testing.assert_array_equal(column.take(np.array(rows, np.uint32)), whole[rows], strict=True)
    first, end = sorted(data.draw(st.tuples(*[st.integers(0, len(whole))] * 2)))
    np.testing.assert_array_equal(column.take(range(first, end)), whole[first:end], strict=True)


@given(
    st.lists(st.integers(0, 20), min_size=1, max_size=3),
    st.integers(1, 6),
    st.booleans(),
    st.booleans(),
    st.integers(0, 2**63),
)
def test_an_epoch_has_each_row_once(sizes, batch_size, shuffle, drop_remainder, seed):
    order = Order(sizes=tuple(sizes), batch_size=batch_size, shuffle=shuffle, seed=seed, drop_remainder=drop_remainder)
    batches = list(order.batches([0]))
    assert len(batches) == len(order)
    for table, n_rows in enumerate(sizes):
        found = [list(rows) for each, rows in batches if each == table]
        expected = n_rows // batch_size * batch_size if drop_remainder else n_rows
        assert all(len(rows) == batch_size for rows in found[: None if drop_remainder else -1])
        assert len({row for rows in found for row in rows}) == sum(map(len, found)) == expected
        assert shuffle or [row for rows in found for row in rows] == list(range(expected))
    assert [(table, list(rows)) for table, rows in order.batches([0])] == [
        (table, list(rows)) for table, rows in batches
    ]


def test_wrong_options_are_refused():
    table = Table({}, n_rows=5, width=1)
    options = {"batch_size": 2, "shuffle": True, "seed": None, "drop_remainder": True}
    for wrong, message in (
        ({"batch_size": 0}, "batch_size=0: expected at least 1"),
        ({"seed": -1}, "seed=-1: expected at least 0"),
        ({"batch_size": 6}, "batch_size=6: no batch is whole, since there are 5 rows"),
    ):
        with pytest.raises(UsageError, match=message):
            order_of([table], **{**options, **wrong})


def test_grain_gets_single_rows(outputs, plain):
    source = plain.to_grain()
    assert len(source) == N
    assert source[8]["token_ids"].tolist() == plain.token_ids[8].tolist()
    assert source[np.int64(-1)]["n"] == N - 1
    with pytest.raises(IndexError):
        source[N]
    assert repr(source) == repr(padcli.load(outputs / "plain.npz", mmap=True).to_grain())
    assert repr(source) == f"RowSource(plain.npz {plain.meta['sha256'][:12]}: 100 rows of token_ids, padding_mask, n)"
    with pytest.raises(UsageError, match="widths 3 and 6 and 9 do not fit into one batch"):
        padcli.load(outputs / "buckets.npz").to_grain()


# TensorFlow


def test_batches_are_dicts_of_what_a_model_takes_and_the_labels(plain):
    dataset = plain.to_tf_dataset(32)
    assert dataset.element_spec == {
        "token_ids": tf.TensorSpec((None, 9), tf.int32),
        "padding_mask": tf.TensorSpec((None, 9), tf.bool),
        "n": tf.TensorSpec((None,), tf.int64),
    }
    assert len(dataset) == 4
    batches = list(dataset)
    assert [len(batch["n"]) for batch in batches] == [32, 32, 32, 4]
    for name in ("token_ids", "padding_mask", "n"):
        assert rows_of(batches, name) == plain[name].tolist()


def test_a_label_stands_beside_the_features(plain):
    features, label = plain.to_tf_dataset(32, label="n", drop_remainder=True).element_spec
    assert features.keys() == {"token_ids", "padding_mask"}
    assert features["token_ids"] == tf.TensorSpec((32, 9), tf.int32)
    assert label == tf.TensorSpec((32,), tf.int64)


def test_each_epoch_has_all_rows_in_an_order_of_its_own_which_follows_from_the_seed(plain):
    dataset = plain.to_tf_dataset(32, shuffle=True, seed=3)
    first, second = rows_of(dataset), rows_of(dataset)
    assert sorted(first) == sorted(second) == list(range(N))
    assert len({tuple(first), tuple(second), tuple(range(N))}) == 3
    again = plain.to_tf_dataset(32, shuffle=True, seed=3)
    assert [rows_of(again), rows_of(again)] == [first, second]
    assert rows_of(plain.to_tf_dataset(32, shuffle=True, seed=4)) != first
    assert rows_of(plain.to_tf_dataset(32, shuffle=True)) != rows_of(plain.to_tf_dataset(32, shuffle=True))
    assert rows_of(plain.to_tf_dataset(7, shuffle=True, seed=3)) == first  # whatever the size of a batch


@pytest.mark.parametrize("suffix", [".npz", ".npy"])
def test_a_batch_has_rows_of_one_bucket_and_batches_are_mixed(outputs, plain, suffix):
    data = padcli.load(outputs / f"buckets{suffix}")
    dataset = data.to_tf_dataset(8, shuffle=True, seed=1, columns=["token_ids", "padding_mask", "record"])
    assert dataset.element_spec["token_ids"] == tf.TensorSpec((None, None), tf.int32)
    batches = list(dataset)
    assert len(batches) == len(dataset) == 15
    widths = [batch["token_ids"].shape[1] for batch in batches]
    assert sum(a != b for a, b in pairwise(widths)) > 3
    assert sorted(rows_of(batches, "record")) == list(range(N))
    for batch in batches:
        wide = np.pad(batch["token_ids"], ((0, 0), (0, 9 - batch["token_ids"].shape[1])))
        assert wide.tolist() == plain.token_ids[batch["record"]].tolist()
    in_order = [batch["token_ids"].shape[1] for batch in data.to_tf_dataset(8)]
    assert in_order == sorted(in_order)
    assert {batch["n"].shape[0] for batch in data.to_tf_dataset(8, drop_remainder=True)} == {8}


def test_a_dataset_in_many_blocks_is_the_same(plain, monkeypatch):
    whole = rows_of(plain.to_tf_dataset(8, shuffle=True, seed=1))
    monkeypatch.setattr("padcli.loaders.tf_dataset._BLOCK_BYTES", 1)
    assert rows_of(plain.to_tf_dataset(8, shuffle=True, seed=1)) == whole


def test_text_is_text_for_tensorflow(outputs):
    dataset = padcli.load(outputs / "text.npz").to_tf_dataset(3, label="parity")
    assert next(iter(dataset))[1].numpy().tolist() == [b"even", b"odd", b"even"]


def test_rows_of_one_text_are_of_segment_0_for_models_that_ask_for_segments(plain):
    batch = next(iter(plain.to_tf_dataset(4, columns=["token_ids", "segment_ids"])))
    assert batch["segment_ids"].numpy().tolist() == np.zeros((4, 9)).tolist()


def test_packed_rows_have_cells_and_no_labels(outputs):
    data = padcli.load(outputs / "packed.npz")
    assert set(data.to_tf_dataset(4).element_spec) == {"token_ids", "padding_mask", "segment_ids", "position_ids"}
    for name in ("n", "record", "row_offsets"):
        with pytest.raises(UsageError, match=f"{name} has a value for each record, and a row holds several"):
            data.to_tf_dataset(4, columns=["token_ids", name])
    with pytest.raises(UsageError, match="n has a value for each record"):
        data.to_tf_dataset(4, label="n")


def test_each_window_has_the_label_of_its_record(outputs):
    batches = list(padcli.load(outputs / "windows.npz").to_tf_dataset(16, columns=["record", "n"]))
    assert rows_of(batches, "record") == rows_of(batches)
    assert len(rows_of(batches)) > N


def test_a_column_that_there_is_not_is_told_with_those_that_there_are(plain):
    for columns in (["tokens"], ["token_ids", "labels"]):
        with pytest.raises(UsageError, match=f"no array '{columns[-1]}'. It has token_ids, padding_mask, lengths, n"):
            plain.to_tf_dataset(4, columns=columns)


def test_batches_go_straight_into_a_keras_model(plain):
    ids, mask = keras.Input((9,), dtype="int32", name="token_ids"), keras.Input((9,), dtype="bool", name="padding_mask")
    means = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(plain.vocab_size, 4)(ids), mask=mask)
    model = keras.Model({"token_ids": ids, "padding_mask": mask}, keras.layers.Dense(1)(means))
    model.compile("adam", "mse")
    batches = plain.to_tf_dataset(32, shuffle=True, label="n")
    in_order = plain.to_tf_dataset(32, label="n")
    history = model.fit(batches, epochs=2, shuffle=False, verbose=0, validation_data=in_order)
    assert np.isfinite(history.history["val_loss"]).all()
    assert model.predict(in_order, verbose=0).shape == (N, 1)


# Libraries that are missing


@pytest.mark.parametrize(
    ("library", "call"),
    [("tensorflow", "to_tf_dataset(4)"), ("torch", "to_torch_dataset()"), ("jax", "to_jax(4)")],
)
def test_a_library_that_is_missing_is_told_with_how_to_install_it(plain, monkeypatch, library, call):
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, "padcli.loaders.torch_datasets", raising=False)
    with pytest.raises(MissingLibraryError) as error:
        eval(f"plain.{call}", {"plain": plain})
    assert error.value.hint == f'Install it: pip install "padcli[{library}]"'
    assert error.value.message.startswith(call.split("(")[0])


def test_loading_imports_no_framework(outputs):
    code = f"""import sys, padcli
padcli.load({str(outputs / "plain.npz")!r}).to_grain()[0]
assert not {{"tensorflow", "keras", "torch", "jax"}} & set(sys.modules)"""
    subprocess.run([sys.executable, "-c", code], check=True)
