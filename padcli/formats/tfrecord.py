"""One `.tfrecord`: a `tf.train.Example` for each row, as `tf.data.TFRecordDataset` reads them, metadata beside it.

`out.tfrecord.meta.json` seals it: the old one is removed before the rows are replaced, and the new one comes last.
Each record stands between its length and two checksums:
https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details
"""

import json
import mmap
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from padcli.errors import InputError
from padcli.files.pending import PendingFiles
from padcli.formats.base import RecordedArray, Rows, StoredRows
from padcli.formats.columns import ColumnarRows, ReadColumn
from padcli.formats.examples import Examples, examples
from padcli.formats.metadata_file import NAME, metadata_json, read_metadata
from padcli.formats.row_batches import OFFSETS, row_batches
from padcli.formats.varints import Bytes, Ragged, concatenated
from padcli.kernels import dispatch
from padcli.rows.ragged import offsets_of
from padcli.schema import ArraySpec

_BATCH_BYTES = 2**22
_LENGTH = struct.Struct("<Q")
_CRC_BYTES = 4
_BEFORE, _AROUND = _LENGTH.size + _CRC_BYTES, _LENGTH.size + 2 * _CRC_BYTES  # bytes of a record that are not data


def metadata_path(output: Path) -> Path:
    """Return the file for the metadata."""
    return output.with_name(f"{output.name}.{NAME}")


class TfrecordFormat:
    """Rows as records, which are never compressed."""

    def check(self, specs: Sequence[ArraySpec]) -> None:
        """Accept any arrays."""

    def paths(self, output: Path, names: Iterable[str]) -> list[Path]:
        """Return the file of all rows, and the one for the metadata."""
        return [output, metadata_path(output)]

    def write(
        self,
        pending: PendingFiles,
        output: Path,
        rows: Rows,
        metadata: Callable[[], dict[str, Any]],
        *,
        compress: bool,
    ) -> None:
        """Write all arrays side by side, then the metadata."""
        file = pending.open(output, size=sum(spec.nbytes for spec in rows.specs))
        for batch in row_batches(rows, _BATCH_BYTES):
            file.write(_records(examples(batch)).data)
        pending.open(metadata_path(output), is_seal=True).write(metadata_json(metadata()))

    @contextmanager
    def open(self, path: Path) -> Iterator[StoredRows]:
        """Open what was written. Raises `InputError` where metadata are missing, as after a run that was killed."""
        try:
            raw = read_metadata(metadata_path(path))
        except FileNotFoundError as error:
            if not path.exists():
                raise
            missing = metadata_path(path).name
            raise InputError(
                f"{path}: {missing} is missing: the output is incomplete, or was not written by padcli.",
                hint="Pad the text again.",
            ) from error
        yield _Records(path, raw, ends_of_records(path))


class _Records(ColumnarRows):
    """`ends`: int64 `(n_rows + 1,)`, where each record ends in the file, and 0 before."""

    def __init__(self, path: Path, raw: bytes, ends: NDArray[np.int64]) -> None:
        # The first record that ends behind each multiple of the size of a block begins one.
        first = np.unique(np.searchsorted(ends, np.arange(0, ends[-1], _BATCH_BYTES)))
        first = np.append(first[first < len(ends) - 1], len(ends) - 1)
        columns = [name for name in json.loads(raw)["arrays"] if name != OFFSETS]
        super().__init__(path, raw, block_rows=np.diff(first).tolist(), columns=columns)
        self._ends, self._first = ends, first

    @property
    def files(self) -> list[Path]:
        return TfrecordFormat().paths(self.path, self.arrays)

    @contextmanager
    def _open(self) -> Iterator[ReadColumn]:
        with self.path.open("rb") as file:

            def read(number: int, name: str) -> pa.Array:
                ends = self._ends[self._first[number] : self._first[number + 1] + 1]
                file.seek(ends[0])
                data = np.frombuffer(file.read(int(ends[-1] - ends[0])), np.uint8)
                starts, stops = ends[:-1] - ends[0] + _BEFORE, ends[1:] - ends[0] - _CRC_BYTES
                _check(data, starts, stops)
                recorded = self.arrays[name]
                values, counts = Examples(data, starts, stops).column(name, recorded.dtype.kind)
                return self._as_arrow(name, recorded, values, counts)

            yield read

    def _as_arrow(self, name: str, recorded: RecordedArray, values: Any, counts: NDArray[np.int64]) -> pa.Array:
        if recorded.dtype.kind in "biu":
            narrow = values.astype(recorded.dtype)
            if (narrow.astype(np.int64) != values).any():
                raise ValueError(f"an integer is none of {recorded.dtype}")
            values = pa.array(narrow)
        elif recorded.dtype.kind == "f":
            values = pa.array(values.astype(recorded.dtype))
        if len(recorded.shape) == 1 and not self._is_of_pieces(name):
            if (counts != 1).any():
                raise ValueError("a row has no value, or several")
            return values
        return pa.ListArray.from_arrays(pa.array(offsets_of(counts).astype(np.int32)), values)


def ends_of_records(path: Path) -> NDArray[np.int64]:
    """Return where each record ends, int64 `(n_rows + 1,)`, and 0 before. Raises `EOFError` for half a record."""
    ends, end, size = [0], 0, path.stat().st_size
    if size:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            while end + _AROUND <= size:
                end += _AROUND + _LENGTH.unpack_from(mapped, end)[0]
                ends.append(end)
    if end != size:
        raise EOFError("it ends too early")
    return np.array(ends, np.int64)


def _records(runs: Ragged) -> Bytes:
    """Return each run as a record."""
    n = len(runs[1]) - 1
    lengths = np.diff(runs[1]).astype("<u8").view(np.uint8), np.arange(0, 8 * n + 1, 8)
    found, _ = concatenated([lengths, _checksums(lengths), runs, _checksums(runs)], n)
    return found


def _checksums(runs: Ragged) -> Ragged:
    """Return the CRC-32C of each run, turned round as TensorFlow does it."""
    crc = dispatch.kernels().crc32c(*runs)
    turned = (crc >> np.uint32(15)) | (crc << np.uint32(17))
    masked = (turned.astype(np.uint64) + np.uint64(0xA282EAD8)).astype("<u4")
    return masked.view(np.uint8), np.arange(0, 4 * len(crc) + 1, 4)


def _check(data: Bytes, starts: NDArray[np.int64], stops: NDArray[np.int64]) -> None:
    """Raise `ValueError` where the data of a record are not those that were written."""
    runs = data, np.stack([starts, stops], axis=1).reshape(-1)
    found = _checksums(runs)[0].reshape(-1, 4)[::2]  # those between records are of no use
    if (data[stops[:, None] + np.arange(_CRC_BYTES)] != found).any():
        raise ValueError("a checksum differs")
