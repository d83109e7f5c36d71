"""Records of a `.tfrecord` to tensors, within a `tf.data` pipeline."""

from collections.abc import Callable
from os import PathLike
from typing import Any

from padcli.formats.base import RecordedArray, StoredRows
from padcli.formats.reader import open_rows
from padcli.formats.row_batches import OF_PIECES, OFFSETS
from padcli.loaders.libraries import library
from padcli.schema import role_of


def tfrecord_parser(path: str | PathLike[str]) -> Callable[[Any], dict[str, Any]]:
    """Return a function that turns a record of `path` into a dict of tensors, each of the dtype of its array.

    For `tf.data.TFRecordDataset(path).map(...)`. What has a value for each piece of a packed row is a vector of these.
    The function needs no file any more. Raises `InputError` where padcli did not write the file, and
    `MissingLibraryError` without TensorFlow.
    """
    tf = library("tensorflow", "tfrecord_parser")
    with open_rows(path) as stored:
        arrays = {name: recorded for name, recorded in stored.arrays.items() if name != OFFSETS}
        features = {name: _feature(tf, name, stored) for name in arrays}

    def parse(record: Any) -> dict[str, Any]:
        found = tf.io.parse_single_example(record, features)
        return {name: _tensor(tf, found[name], recorded) for name, recorded in arrays.items()}

    return parse


def _feature(tf: Any, name: str, stored: StoredRows) -> Any:
    recorded = stored.arrays[name]
    dtype = tf.int64 if recorded.dtype.kind in "biu" else tf.string
    if OFFSETS in stored.arrays and role_of(name) in OF_PIECES:
        return tf.io.RaggedFeature(dtype)
    return tf.io.FixedLenFeature(recorded.shape[1:], dtype)


def _tensor(tf: Any, value: Any, recorded: RecordedArray) -> Any:
    if recorded.dtype.kind == "U":
        return value
    if recorded.dtype.kind == "f":
        return tf.squeeze(tf.io.decode_raw(value, tf.float64), axis=-1)
    return tf.cast(value, recorded.dtype.name)
