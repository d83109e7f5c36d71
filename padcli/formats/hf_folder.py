"""A folder as `datasets.Dataset.save_to_disk` writes it, for `datasets.load_from_disk`, with `meta.json` in it.

The last seals it: the old one is removed before any other file is replaced, and the new one comes when all are there.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from padcli.errors import InputError
from padcli.files.pending import PendingFiles
from padcli.formats.arrow_columns import arrow_errors, batch_of, nullable, schema_of
from padcli.formats.arrow_file import BATCH_BYTES
from padcli.formats.base import Rows, StoredRows
from padcli.formats.columns import ColumnarRows, ReadColumn
from padcli.formats.metadata_file import NAME, metadata_json, read_metadata
from padcli.formats.row_batches import row_batches
from padcli.schema import ArraySpec

_DATA, _INFO, _STATE = "data-00000-of-00001.arrow", "dataset_info.json", "state.json"


class HfFolderFormat:
    """Rows in one Arrow stream, which `datasets` maps, and so never compressed."""

    def check(self, specs: Sequence[ArraySpec]) -> None:
        """Accept any arrays."""

    def paths(self, output: Path, names: Iterable[str]) -> list[Path]:
        """Return the files in the folder."""
        return [output / name for name in (_DATA, _INFO, _STATE, NAME)]

    def write(
        self,
        pending: PendingFiles,
        output: Path,
        rows: Rows,
        metadata: Callable[[], dict[str, Any]],
        *,
        compress: bool,
    ) -> None:
        """Write all arrays side by side, then what `datasets` wants to know, and the metadata."""
        pending.make_folder(output)
        schema = nullable(schema_of(rows.specs))
        info = {"features": {field.name: _feature(field.type) for field in schema}}
        schema = schema.with_metadata({"huggingface": json.dumps({"info": info})})
        file = pending.open(output / _DATA, size=sum(spec.nbytes for spec in rows.specs))
        writer = pa.ipc.new_stream(file, schema)
        for batch in row_batches(rows, BATCH_BYTES):
            writer.write_batch(batch_of(batch, schema))
        writer.close()
        text = metadata_json(metadata())
        pending.open(output / _INFO).write(
            _json({"citation": "", "description": "", "homepage": "", "license": "", **info})
        )
        pending.open(output / _STATE).write(_json(_state(text)))
        pending.open(output / NAME, is_seal=True).write(text)

    @contextmanager
    def open(self, path: Path) -> Iterator[StoredRows]:
        """Open what was written. Raises `InputError` where metadata are missing, as after a run that was killed."""
        try:
            raw = read_metadata(path / NAME)
        except FileNotFoundError as error:
            if not path.exists():
                raise
            raise InputError(
                f"{path}: {NAME} is missing: the output is incomplete, or was not written by padcli.",
                hint="Pad the text again.",
            ) from error
        places, rows = list[int](), list[int]()
        with arrow_errors(), pa.memory_map(str(path / _DATA)) as mapped:
            schema = pa.ipc.open_stream(mapped).schema
            while True:
                place = mapped.tell()
                try:
                    message = pa.ipc.read_message(mapped)
                except EOFError:
                    break
                places.append(place)
                rows.append(pa.ipc.read_record_batch(message, schema).num_rows)
        yield _Stream(path, raw, places=places, schema=schema, block_rows=rows)


class _Stream(ColumnarRows):
    """`places`: where each record batch begins in the file."""

    def __init__(
        self, path: Path, raw: bytes, *, places: Sequence[int], schema: pa.Schema, block_rows: Sequence[int]
    ) -> None:
        super().__init__(path, raw, block_rows=block_rows, columns=schema.names, data=path / _DATA)
        self._places, self._schema = places, schema

    @property
    def files(self) -> list[Path]:
        return HfFolderFormat().paths(self.path, self.arrays)

    @contextmanager
    def _open(self) -> Iterator[ReadColumn]:
        def read(number: int, name: str) -> pa.Array:
            """Map it for each block anew, so that what was read does not stay in memory."""
            with pa.memory_map(str(self.path / _DATA)) as mapped:
                mapped.seek(self._places[number])
                column = pa.ipc.read_record_batch(pa.ipc.read_message(mapped), self._schema).column(name)
            column.validate(full=True)
            return column

        yield read


def _feature(type_: pa.DataType) -> dict[str, Any]:
    """Return what `datasets` calls a type; newer versions than 3 say `List`, and all know `Sequence`."""
    if pa.types.is_list(type_):
        return {"feature": _feature(type_.value_type), "_type": "Sequence"}
    return {"dtype": "float64" if type_ == pa.float64() else str(type_), "_type": "Value"}


def _state(text: bytes) -> dict[str, Any]:
    """Return the state of a data set; its fingerprint names what `datasets` caches of it, and follows from content."""
    return {
        "_data_files": [{"filename": _DATA}],
        "_fingerprint": hashlib.sha256(text).hexdigest()[:16],
        "_format_columns": None,
        "_format_kwargs": {},
        "_format_type": None,
        "_output_all_columns": False,
        "_split": None,
    }


def _json(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode()
