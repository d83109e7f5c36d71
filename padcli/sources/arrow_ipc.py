"""Arrow IPC and Feather, as a file or as a stream: record batches are read one after the other."""

from collections.abc import Iterator

import pyarrow as pa

from padcli.sources.columnar import ColumnarSource, ColumnarSplit, Group

_MAGIC = b"ARROW1"
_UNIT = "record batch"


class ArrowSource(ColumnarSource):
    """See `Source`."""

    name = "Arrow IPC"

    def _splits(self) -> Iterator[ColumnarSplit]:
        from pyarrow import ipc

        with self._file.opened() as file:
            is_file = file.read(len(_MAGIC)) == _MAGIC
            file.seek(0)
            open_reader = ipc.open_file if is_file else ipc.open_stream
            schema = open_reader(file).schema
            needed = {*self._needed(schema)}
            fields = [number for number, name in enumerate(schema.names) if name in needed]
            file.seek(0)
            reader = open_reader(file, options=ipc.IpcReadOptions(included_fields=fields, use_threads=False))
            yield from self._together(self._batches(file, reader, is_file=is_file), _UNIT)

    def _batches(
        self, file: pa.NativeFile, reader: pa.RecordBatchReader, *, is_file: bool
    ) -> Iterator[tuple[Group, float]]:
        if is_file:
            for number in range(reader.num_record_batches):
                yield (
                    Group(number=number, first_row=0, rows=reader.get_batch(number)),
                    ((number + 1) / reader.num_record_batches),
                )
            return
        for number, rows in enumerate(reader):
            yield Group(number=number, first_row=0, rows=rows), file.tell() / self._file.size
