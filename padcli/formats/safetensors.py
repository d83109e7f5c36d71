"""One `.safetensors`: arrays one after the other, behind a header of JSON, each at a place where it can be mapped.

The header stands first, and holds digests of what follows. They are as long as zeros in their place, and so it is
written twice: once to reserve its room. The format: https://huggingface.co/docs/safetensors/index
"""

import json
import math
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from padcli.errors import InputError
from padcli.files.pending import PendingFiles
from padcli.formats.array_file import ArrayFile, RawReader
from padcli.formats.base import ArrayReader, Rows, StoredRows, data_of
from padcli.formats.damage import raised_as_input_error
from padcli.formats.metadata_file import check_parts, metadata_json
from padcli.formats.no_text import refuse_text
from padcli.schema import ArraySpec

_METADATA = "__metadata__"  # texts by name, in the header
_OURS = "padcli"  # the name of padcli's, among these
START = b'{"__metadata__":{"format":"np","padcli":'  # of the header
_SIZE = struct.Struct("<Q")  # of the header, which stands before it
_ALIGNMENT = 8
_LARGEST_HEADER = 100_000_000  # bytes that readers accept
_DTYPES = {
    "bool": "BOOL", "int8": "I8", "int16": "I16", "int32": "I32", "int64": "I64", "uint8": "U8", "uint16": "U16",
    "uint32": "U32", "uint64": "U64", "float16": "F16", "float32": "F32", "float64": "F64",
}  # fmt: skip
_NAMES = {name: np.dtype(dtype) for dtype, name in _DTYPES.items()}


class SafetensorsFormat:
    """Arrays of numbers in one file that can be mapped; it is never compressed."""

    def check(self, specs: Sequence[ArraySpec]) -> None:
        """Raise `UsageError` for text."""
        refuse_text(specs, ".safetensors")

    def paths(self, output: Path, names: Iterable[str]) -> list[Path]:
        """Return the one file that all arrays go to."""
        return [output]

    def write(
        self,
        pending: PendingFiles,
        output: Path,
        rows: Rows,
        metadata: Callable[[], dict[str, Any]],
        *,
        compress: bool,
    ) -> None:
        """Write the header, the arrays, those of the widest numbers first, and the header again."""
        specs = sorted(rows.specs, key=lambda spec: -spec.dtype.itemsize)
        reserved = _header(specs, metadata_json(metadata()))
        file = pending.open(output, size=sum(spec.nbytes for spec in specs))
        file.write(reserved)
        for spec in specs:
            for block in rows.column(spec.name):
                file.write(data_of(block))
        end, header = file.tell(), _header(specs, metadata_json(metadata()))
        if len(header) != len(reserved):
            raise ValueError("the metadata are longer than they were when their room was reserved")
        file.seek(0)
        file.write(header)
        file.seek(end)

    @contextmanager
    def open(self, path: Path) -> Iterator[StoredRows]:
        """Open what was written."""
        with path.open("rb") as file:
            header, start = _read_header(file, path.stat().st_size)
        raw = header.pop(_METADATA, {})[_OURS].encode()
        yield _Tensors(path, raw, {name: _located(path, start, facts) for name, facts in header.items()})


class _Tensors(StoredRows):
    def __init__(self, path: Path, raw: bytes, located: Mapping[str, ArrayFile]) -> None:
        super().__init__(path, raw)
        self._located = located

    @property
    def files(self) -> list[Path]:
        return [self.path]

    @property
    def unexpected(self) -> list[str]:
        return sorted(set(self._located) - set(self.arrays))

    def locate(self, name: str) -> ArrayFile:
        return self._located[name]

    @contextmanager
    def array(self, name: str) -> Iterator[ArrayReader]:
        if name not in self._located:
            raise InputError("it is missing")
        found = self._located[name]
        with raised_as_input_error():
            file = self.path.open("rb")
        with file:
            file.seek(found.start)
            yield RawReader(file, found.dtype, found.shape)


def _header(specs: Iterable[ArraySpec], text: bytes) -> bytes:
    """Return the header, and its size before it; what follows begins at a multiple of 8 bytes."""
    header: dict[str, Any] = {_METADATA: {"format": "np", _OURS: text.decode()}}
    start = 0
    for spec in specs:
        end = start + spec.nbytes
        header[spec.name] = {"dtype": _DTYPES[spec.dtype.name], "shape": spec.shape, "data_offsets": [start, end]}
        start = end
    written = json.dumps(header, separators=(",", ":")).encode()
    written += b" " * (-len(written) % _ALIGNMENT)
    return _SIZE.pack(len(written)) + written


def _read_header(file: IO[bytes], size: int) -> tuple[dict[str, Any], int]:
    """Return the header of a file of `size` bytes, and where the data begin. Raises `ValueError` for none."""
    before = file.read(_SIZE.size)
    n_bytes = _SIZE.unpack(before)[0] if len(before) == _SIZE.size else size
    if n_bytes > min(size - _SIZE.size, _LARGEST_HEADER):
        raise EOFError("it ends too early, or is no .safetensors")
    raw = file.read(n_bytes)
    check_parts(raw)
    header = json.loads(raw)
    if not isinstance(header, dict):
        raise TypeError("its header is no object")
    ends = [facts["data_offsets"][1] for name, facts in header.items() if name != _METADATA]
    if max(ends, default=0) != size - _SIZE.size - n_bytes:
        raise EOFError("its data are not as long as its header says")
    return header, _SIZE.size + n_bytes


def _located(path: Path, start: int, facts: Mapping[str, Any]) -> ArrayFile:
    """Find an array. Raises `ValueError`, `KeyError` or `TypeError` where what the header says of it is wrong."""
    dtype, shape, (first, end) = _NAMES[facts["dtype"]], tuple(facts["shape"]), facts["data_offsets"]
    if not shape or any(not isinstance(n, int) or n < 0 for n in (*shape, first, end)):
        raise ValueError(f"its header says {facts}")
    if first + math.prod(shape) * dtype.itemsize != end:
        raise ValueError(f"an array of {dtype} {shape} is {end - first:,} bytes")
    return ArrayFile(path=path, member=None, is_compressed=False, start=start + first, dtype=dtype, shape=shape)
