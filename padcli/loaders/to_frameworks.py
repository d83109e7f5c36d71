"""Loaders for each framework. What a framework needs is imported when its loader is asked for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from padcli.errors import UsageError

if TYPE_CHECKING:
    from padcli.loaders.jax_batches import JaxBatches
    from padcli.loaders.part import Part
    from padcli.loaders.row_source import RowSource


class ToFrameworks:
    """Batches of rows, as each framework takes them.

    `columns`: names of the arrays in a batch. By default they are those that a model takes, `(batch_size, width)`, and
    the labels, `(batch_size,)`. `segment_ids` of rows of one text each are zeros. With `shuffle`, each epoch has all
    rows in an order of its own, which follows from `seed`. A batch has rows of one width, and batches of different
    buckets are mixed.
    """

    parts: "tuple[Part, ...]"

    def to_tf_dataset(
        self,
        batch_size: int,
        *,
        shuffle: bool = False,
        seed: int | None = None,
        drop_remainder: bool = False,
        columns: Sequence[str] | None = None,
        label: str | None = None,
    ) -> Any:
        """Return a `tf.data.Dataset` of batches: each a dict of tensors, or with `label` a pair `(dict, label)`.

        The dict has no labels then, unless `columns` name them. Dtypes are those of the file. Raises `UsageError`, or
        `MissingLibraryError` without TensorFlow.
        """
        from padcli.loaders.order import order_of
        from padcli.loaders.tables import tables_of
        from padcli.loaders.tf_dataset import tf_dataset

        tables = tables_of(self.parts, columns, label)
        order = order_of(tables, batch_size=batch_size, shuffle=shuffle, seed=seed, drop_remainder=drop_remainder)
        return tf_dataset(tables, order, label)

    def to_torch_dataset(
        self,
        *,
        columns: Sequence[str] | None = None,
        iterable: bool = False,
        batch_size: int | None = None,
        shuffle: bool = False,
        seed: int | None = None,
        drop_remainder: bool = False,
    ) -> Any:
        """Return a dataset for `torch.utils.data.DataLoader`: map-style, or with `iterable` an `IterableDataset`.

        Row i of the first is a dict of tensors. The second gives rows, or with `batch_size` whole batches, for
        `DataLoader(dataset, batch_size=None)`; each worker has its share of them. The rest goes with `iterable`, since
        a `DataLoader` does this for the first. Integers are int32 or int64, labels int64, and fractions float32. Raises
        `UsageError`, or `MissingLibraryError` without PyTorch.
        """
        from padcli.loaders.libraries import library

        library("torch", "to_torch_dataset")
        from padcli.loaders import torch_datasets

        if not iterable:
            if batch_size is not None or shuffle or seed is not None or drop_remainder:
                raise UsageError(
                    "batch_size, shuffle, seed and drop_remainder go with iterable=True.",
                    hint="Give them to the DataLoader, or set iterable=True.",
                )
            return torch_datasets.TorchRows(self.parts, columns)
        return torch_datasets.TorchBatches(
            self.parts, columns, batch_size=batch_size, shuffle=shuffle, seed=seed, drop_remainder=drop_remainder
        )

    def to_jax(
        self,
        batch_size: int,
        *,
        shuffle: bool = False,
        seed: int | None = None,
        drop_remainder: bool = True,
        columns: Sequence[str] | None = None,
    ) -> "JaxBatches":
        """Return batches to iterate over, once for each epoch: dicts of JAX arrays, on the default device.

        All of them have one shape, so that a jitted function is compiled once: what makes no whole batch is left out,
        unless `drop_remainder` is False. Raises `UsageError`, or `MissingLibraryError` without JAX.
        """
        from padcli.loaders.jax_batches import JaxBatches
        from padcli.loaders.order import order_of
        from padcli.loaders.tables import tables_of

        tables = tables_of(self.parts, columns)
        order = order_of(tables, batch_size=batch_size, shuffle=shuffle, seed=seed, drop_remainder=drop_remainder)
        return JaxBatches(tables, order)

    def to_grain(self, *, columns: Sequence[str] | None = None) -> "RowSource":
        """Return a Grain `RandomAccessDataSource`: row i is a dict of NumPy arrays.

        It needs no library, can be sent to other processes, and has the same `repr` for the same file. Raises
        `UsageError`, for buckets too, whose rows no batch of Grain's would hold: take each of `data.parts` alone.
        """
        from padcli.loaders.row_source import RowSource

        return RowSource(self.parts, columns)
