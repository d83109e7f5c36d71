"""Loaders for PyTorch, JAX and Grain, models of KerasHub and Hugging Face, examples that train, and Croissant.

`make frameworks` installs them all, and runs this.
"""

import contextlib
import re
import runpy
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from conftest import SAMPLE_DATA
from frameworks import need
from outputs_to_load import N, make_outputs
from pyarrow import parquet

import padcli
from padcli.errors import UsageError
from padcli.formats import FORMATS

with contextlib.suppress(ImportError):
    import triton  # noqa: F401 (of PyTorch; it crashes where TensorFlow was imported before it)

REVIEWS = SAMPLE_DATA / "reviews.jsonl"
EXAMPLES = Path(__file__).parents[1] / "examples"
pytestmark = pytest.mark.filterwarnings(  # of libraries, and of more workers than cores
    "ignore:.*os.fork:RuntimeWarning", "ignore::DeprecationWarning", "ignore:This DataLoader will create:UserWarning"
)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    return make_outputs(tmp_path_factory.mktemp("outputs"))


@pytest.fixture
def plain(outputs):
    return padcli.load(outputs / "plain.npz")


@pytest.fixture
def loader():
    return need("torch.utils.data").DataLoader


def numbers(batches, name="n"):
    return np.concatenate([np.asarray(batch[name]) for batch in batches]).tolist()


def order_of_epochs(batches, n_epochs=2):
    return [numbers(batches) for _ in range(n_epochs)]


# PyTorch


def test_a_row_is_a_dict_of_tensors(plain):
    torch, dataset = need("torch"), plain.to_torch_dataset()
    assert len(dataset) == N
    row = dataset[8]
    assert row.keys() == {"token_ids", "padding_mask", "n"}
    assert row["token_ids"].tolist() == plain.token_ids[8].tolist()
    assert (row["token_ids"].dtype, row["padding_mask"].dtype, row["n"].dtype) == (torch.int32, torch.bool, torch.int64)
    assert row["n"].shape == ()
    assert dataset[-1]["n"].item() == N - 1
    with pytest.raises(IndexError):
        dataset[N]


@pytest.mark.parametrize("kind", ["fork", "spawn", "none"])
@pytest.mark.parametrize("mmap", [None, True])
def test_workers_give_each_row_once(outputs, loader, kind, mmap):
    workers = {} if kind == "none" else {"num_workers": 2, "multiprocessing_context": kind}
    dataset = padcli.load(outputs / "plain.npz", mmap=mmap).to_torch_dataset()
    batches = list(loader(dataset, batch_size=16, shuffle=True, **workers))
    assert sorted(numbers(batches)) == list(range(N))
    assert batches[0]["token_ids"].shape == (16, 9)
    assert isinstance(batches[0]["n"], need("torch").Tensor)
    ids = padcli.load(outputs / "plain.npz").token_ids
    assert numbers(batches, "token_ids") == ids[numbers(batches)].tolist()


def test_any_collate_function_gets_rows(plain, loader):
    def lists(rows):
        assert len(rows[1:3]) == 2
        return [row["n"].item() for row in rows]

    batches = list(loader(plain.to_torch_dataset(), batch_size=16, collate_fn=lists))
    assert [n for batch in batches for n in batch] == list(range(N))
    default = need("torch.utils.data").default_collate
    rows = plain.to_torch_dataset().__getitems__([3, 4, 5])
    assert default(list(rows))["n"].tolist() == default(rows)["n"].tolist() == [3, 4, 5]


@pytest.mark.parametrize("kind", ["fork", "spawn", "none"])
def test_an_iterable_gives_each_worker_its_share(outputs, loader, kind):
    workers = {} if kind == "none" else {"num_workers": 2, "multiprocessing_context": kind}
    data = padcli.load(outputs / "buckets.npz")
    dataset = data.to_torch_dataset(iterable=True, batch_size=8, shuffle=True, seed=1)
    batches = list(loader(dataset, batch_size=None, **workers))
    assert len(batches) == len(dataset) == 15
    assert sorted(numbers(batches)) == list(range(N))
    widths = [batch["token_ids"].shape[1] for batch in batches]
    assert set(widths) == {3, 6, 9}
    assert sum(a != b for a, b in pairwise(widths)) > 3


def test_batches_come_in_the_same_order_from_any_number_of_workers(plain, loader):
    dataset = plain.to_torch_dataset(iterable=True, batch_size=8)
    for n in (0, 1, 3):
        assert numbers(loader(dataset, batch_size=None, num_workers=n)) == list(range(N))


def test_rows_of_an_iterable_are_batched_by_the_loader(plain, loader, monkeypatch):
    need("torch")
    monkeypatch.setattr("padcli.loaders.torch_datasets._ROWS_AT_A_TIME", 10)
    dataset = plain.to_torch_dataset(iterable=True, shuffle=True, seed=1)
    assert len(dataset) == N
    batches = list(loader(dataset, batch_size=16, num_workers=2))
    assert sorted(numbers(batches)) == list(range(N))
    assert max(len(batch["n"]) for batch in batches) == 16


def test_an_iterable_has_another_order_in_each_epoch_which_follows_from_the_seed(plain, loader):
    torch = need("torch")

    def epochs(n_workers, seed, **options):
        torch.manual_seed(5)
        dataset = plain.to_torch_dataset(iterable=True, batch_size=8, shuffle=True, seed=seed)
        return order_of_epochs(loader(dataset, batch_size=None, num_workers=n_workers, **options))

    for workers in ({"n_workers": 0}, {"n_workers": 2}, {"n_workers": 2, "persistent_workers": True}):
        first, second = epochs(seed=1, **workers)
        assert first != second
        assert sorted(first) == sorted(second) == list(range(N))
        assert epochs(seed=1, **workers) == [first, second]
        assert epochs(seed=2, **workers)[0] != first


def test_tensors_have_dtypes_that_layers_and_losses_take(tmp_path):
    torch = need("torch")
    lines = ['{"text": "a b", "n": 1, "x": 0.5, "is": true}', '{"text": "c", "n": 0, "x": 2, "is": false}']
    (tmp_path / "corpus.jsonl").write_text("\n".join(lines))
    padcli.pad(tmp_path / "corpus.jsonl", tmp_path / "out.npz", label=["n", "x", "is"], dtype="auto")
    data = padcli.load(tmp_path / "out.npz")
    assert data.token_ids.dtype == np.uint8
    row = data.to_torch_dataset()[0]
    assert [row[name].dtype for name in ("token_ids", "n", "x", "is")] == [
        torch.int32,
        torch.int64,
        torch.float32,
        torch.bool,
    ]


def test_what_pytorch_cannot_have_is_refused(outputs):
    need("torch")
    text, buckets = padcli.load(outputs / "text.npz"), padcli.load(outputs / "buckets.npz")
    with pytest.raises(UsageError, match="parity is text, and PyTorch has no tensors of text"):
        text.to_torch_dataset()
    assert text.to_torch_dataset(columns=["token_ids"])[0].keys() == {"token_ids"}
    for iterable in (True, False):
        with pytest.raises(UsageError, match="widths 3 and 6 and 9 do not fit into one batch"):
            buckets.to_torch_dataset(iterable=iterable)
    with pytest.raises(UsageError, match="go with iterable=True"):
        buckets.to_torch_dataset(batch_size=4)


# JAX and Grain


def test_jax_arrays_in_batches_of_one_shape(plain):
    jax = need("jax")
    batches = list(plain.to_jax(32))
    assert len(batches) == len(plain.to_jax(32)) == 3
    assert all(isinstance(array, jax.Array) for array in batches[0].values())
    assert [batch["token_ids"].shape for batch in batches] == [(32, 9)] * 3
    assert numbers(batches) == list(range(96))
    assert numbers(plain.to_jax(32, drop_remainder=False)) == list(range(N))


def test_jax_has_another_order_in_each_epoch_which_follows_from_the_seed(plain):
    need("jax")
    batches = plain.to_jax(10, shuffle=True, seed=1)
    first, second = order_of_epochs(batches)
    assert sorted(first) == sorted(second) == list(range(N))
    assert first != second
    assert order_of_epochs(plain.to_jax(10, shuffle=True, seed=1)) == [first, second]


def test_an_integer_that_jax_would_cut_is_refused(tmp_path, outputs):
    need("jax")
    (tmp_path / "corpus.jsonl").write_text('{"text": "a", "id": 4294967297}\n{"text": "b", "id": 2}\n')
    padcli.pad(tmp_path / "corpus.jsonl", tmp_path / "out.npz", label="id", maxlen=1)
    data = padcli.load(tmp_path / "out.npz")
    with pytest.raises(UsageError, match="id has integers of more than 32 bits, which JAX would cut"):
        list(data.to_jax(2))
    assert len(list(data.to_jax(2, columns=["token_ids"]))) == 1
    with pytest.raises(UsageError, match="parity is text, and JAX has no tensors of text"):
        padcli.load(outputs / "text.npz").to_jax(2)


def test_grain_shuffles_and_batches_rows(plain):
    grain = need("grain")
    source = plain.to_grain()
    assert isinstance(source, grain.sources.RandomAccessDataSource)
    batches = list(grain.MapDataset.source(source).shuffle(seed=1).batch(16))
    assert sorted(numbers(batches)) == list(range(N))
    assert numbers(batches, "token_ids") == plain.token_ids[numbers(batches)].tolist()


# Models


def test_a_model_of_kerashub_is_trained_with_texts_and_with_pairs(tmp_path, outputs):
    hub = need("keras_hub")
    pairs = [f'{{"a": "one two {n}", "b": "three", "n": {n % 2}}}' for n in range(8)]
    (tmp_path / "pairs.jsonl").write_text("\n".join(pairs))
    padcli.pad(tmp_path / "pairs.jsonl", tmp_path / "pairs.npz", field="a", pair_field="b", label="n", padding="post")
    columns = ["token_ids", "padding_mask", "segment_ids"]
    for data in (padcli.load(tmp_path / "pairs.npz"), padcli.load(outputs / "plain.npz")):
        backbone = hub.models.BertBackbone(
            vocabulary_size=data.vocab_size, num_layers=1, num_heads=2, hidden_dim=8, intermediate_dim=8
        )
        model = hub.models.BertTextClassifier(backbone=backbone, num_classes=N, preprocessor=None)
        batches = data.to_tf_dataset(8, columns=columns, label="n")
        history = model.fit(batches, shuffle=False, verbose=0)
        assert np.isfinite(history.history["loss"]).all()


def test_a_model_of_hugging_face_takes_batches_as_they_are(outputs, loader):
    transformers, torch = need("transformers"), need("torch")
    data = padcli.load(outputs / "hf.npz")
    dataset = data.to_torch_dataset(columns=["input_ids", "attention_mask", "token_type_ids"])
    config = transformers.BertConfig(
        vocab_size=data.vocab_size, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8
    )
    model = transformers.BertForSequenceClassification(config).eval()
    for collate in (None, transformers.default_data_collator):
        batch = next(iter(loader(dataset, batch_size=8, collate_fn=collate)))
        logits = model(**batch).logits
        assert logits.shape == (8, 2)
        with torch.no_grad():
            alone = model(input_ids=batch["input_ids"][:1, :1]).logits  # row 0 has one token
        np.testing.assert_allclose(logits[:1].detach(), alone, atol=1e-6)


def test_labels_have_the_name_that_hugging_face_knows_them_by(tmp_path, loader):
    transformers = need("transformers")
    (tmp_path / "corpus.jsonl").write_text('{"text": "a b", "label": 1}\n{"text": "c", "label": 0}\n')
    padcli.pad(tmp_path / "corpus.jsonl", tmp_path / "out.npz", label="label", names="hf", padding="post")
    data = padcli.load(tmp_path / "out.npz")
    config = transformers.BertConfig(
        vocab_size=data.vocab_size, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8
    )
    (batch,) = loader(data.to_torch_dataset(), batch_size=2)
    assert transformers.BertForSequenceClassification(config)(**batch).loss.isfinite()


# Examples


@pytest.mark.parametrize(("library", "least"), [("keras", 80), ("torch", 80), ("jax", 70)])
def test_the_classifiers_beat_the_most_frequent_class_on_held_out_rows(capsys, library, least):
    need(library)
    runpy.run_path(str(EXAMPLES / f"classify_{library}.py"), run_name="__main__")
    accuracy, baseline = map(int, re.findall(r"(\d+)%", capsys.readouterr().out))
    assert accuracy >= least
    assert baseline < 20


# Croissant


def read_by_mlcroissant(folder, output, **options):
    """The data set that mlcroissant makes of a description, which it validates."""
    croissant = need("mlcroissant")
    padcli.pad(REVIEWS, folder / output, croissant=folder / "croissant.json", **{"maxlen": 16, **options})
    return croissant.Dataset(jsonld=str(folder / "croissant.json"))


@pytest.mark.parametrize("options", [{}, {"shard_rows": 30}, {"bucket": "8,16"}, {"pack": "best-fit"}, {"names": "hf"}])
@pytest.mark.parametrize("extension", FORMATS)
def test_mlcroissant_finds_no_fault_in_the_description_of_any_format(tmp_path, extension, options):
    dataset = read_by_mlcroissant(tmp_path, f"out{extension}", label=["label", "stars"], **options)
    assert not dataset.metadata.ctx.issues.errors
    assert dataset.metadata.record_sets


@pytest.mark.parametrize("options", [{}, {"pack": "best-fit"}])
def test_mlcroissant_reads_rows_of_parquet(tmp_path, options):
    dataset = read_by_mlcroissant(tmp_path, "out.parquet", label=["label", "stars"], **options)
    rows = parquet.read_table(tmp_path / "out.parquet").to_pylist()
    found = list(dataset.records("out.parquet#rows"))
    assert [{name.rpartition("/")[2]: value for name, value in row.items()} for row in found] == rows
