"""One `.arrow`: an Arrow IPC file of record batches, which can be mapped. The same columns as in a `.parquet`.

The metadata are known when all rows are written, and so they go with a last batch, of no rows, as its custom metadata
under `padcli`. The format: https://arrow.apache.org/docs/format/Columnar.html#ipc-file-format
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from padcli.files.pending import PendingFiles
from padcli.formats.arrow_columns import arrow_errors, batch_of, no_rows, schema_of
from padcli.formats.base import Rows, StoredRows
from padcli.formats.columns import ColumnarRows, ReadColumn
from padcli.formats.metadata_file import metadata_json
from padcli.formats.row_batches import row_batches
from padcli.schema import ArraySpec

BATCH_BYTES = 2**22
_KEY = "padcli"


class ArrowFormat:
    """Rows in record batches of some megabytes."""

    def check(self, specs: Sequence[ArraySpec]) -> None:
        """Accept any arrays."""

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
        """Write all arrays side by side, then the metadata."""
        schema = schema_of(rows.specs)
        file = pending.open(output, size=0 if compress else sum(spec.nbytes for spec in rows.specs))
        options = pa.ipc.IpcWriteOptions(compression="zstd" if compress else None)
        writer = pa.ipc.new_file(file, schema, options=options)
        for batch in row_batches(rows, BATCH_BYTES):
            writer.write_batch(batch_of(batch, schema))
        writer.write_batch(no_rows(schema), custom_metadata={_KEY: metadata_json(metadata())})
        writer.close()

    @contextmanager
    def open(self, path: Path) -> Iterator[StoredRows]:
        """Open what was written."""
        with arrow_errors(), pa.memory_map(str(path)) as mapped, pa.ipc.open_file(mapped) as file:
            if not file.num_record_batches:
                raise KeyError(_KEY)
            found = [file.get_batch_with_custom_metadata(number) for number in range(file.num_record_batches)]
            raw, names = (found[-1].custom_metadata or {})[_KEY.encode()], file.schema.names
            block_rows = [batch.batch.num_rows for batch in found]
        yield _Batches(path, raw, block_rows=block_rows, columns=names)


class _Batches(ColumnarRows):
    @contextmanager
    def _open(self) -> Iterator[ReadColumn]:
        def read(number: int, name: str) -> pa.Array:
            """Map it for each block anew, so that what was read does not stay in memory."""
            with pa.memory_map(str(self.path)) as mapped, pa.ipc.open_file(mapped) as file:
                column = file.get_batch(number).column(name)
            column.validate(full=True)
            return column

        yield read
