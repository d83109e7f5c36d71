"""One `.parquet`: a row for each row, lists of ids and mask in it, with the metadata in the footer under `padcli`.

The format: https://parquet.apache.org/docs/file-format/
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from padcli.engine.lane import lane
from padcli.files.pending import PendingFiles
from padcli.formats.arrow_columns import arrow_errors, batch_of, schema_of
from padcli.formats.base import Rows, StoredRows
from padcli.formats.columns import ColumnarRows, ReadColumn
from padcli.formats.metadata_file import metadata_json
from padcli.formats.row_batches import batch_rows, row_batches
from padcli.schema import ArraySpec

_KEY = "padcli"
_GROUP_BYTES = 2**25
_BATCH_BYTES = 2**22


class ParquetFormat:
    """Rows in groups of some megabytes, each column of them by itself."""

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
        specs, schema, n_group = rows.specs, schema_of(rows.specs), batch_rows(rows.specs, _GROUP_BYTES)
        file = pending.open(output, size=0 if compress else sum(spec.nbytes for spec in specs))
        writer = pq.ParquetWriter(
            file,
            schema,
            compression="zstd" if compress else "none",
            use_dictionary=[spec.name for spec in specs if spec.dtype.kind == "U"],  # costs more than it saves for ids
            write_statistics=[field.name for field in schema if not pa.types.is_list(field.type)],
        )
        try:
            with lane("columns") as columns:
                for batch in row_batches(rows, _BATCH_BYTES):
                    columns.add(partial(writer.write_batch, batch_of(batch, schema), n_group))
            writer.add_key_value_metadata({_KEY: metadata_json(metadata())})
            writer.close()
        except BaseException:
            writer.is_open = False  # else it would write its footer, and fail, when nobody listens any more
            raise

    @contextmanager
    def open(self, path: Path) -> Iterator[StoredRows]:
        """Open what was written."""
        with arrow_errors(), pq.ParquetFile(path) as file:
            found, names = file.metadata, file.schema_arrow.names
            groups = [found.row_group(number).num_rows for number in range(found.num_row_groups)]
            raw = (found.metadata or {})[_KEY.encode()]
        yield _Groups(path, raw, block_rows=groups, columns=names)


class _Groups(ColumnarRows):
    @contextmanager
    def _open(self) -> Iterator[ReadColumn]:
        with pq.ParquetFile(self.path) as file:
            yield (
                lambda number, name: (
                    file.read_row_group(number, columns=[name], use_threads=False).column(name).combine_chunks()
                )
            )
