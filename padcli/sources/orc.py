"""ORC: read in batches, from the first stripe to the last."""

from collections.abc import Iterator

from padcli.sources.columnar import ColumnarSource, ColumnarSplit, Group

_BATCH = 4096  # rows


class OrcSource(ColumnarSource):
    """See `Source`."""

    name = "ORC"

    def _splits(self) -> Iterator[ColumnarSplit]:
        from pyarrow import dataset, orc

        n_rows = orc.ORCFile(self._path).nrows
        file = dataset.dataset(self._path, format="orc")
        columns = self._needed(file.schema)
        batches = file.to_batches(
            columns=columns, batch_size=_BATCH, batch_readahead=1, fragment_readahead=1, use_threads=False
        )

        def groups() -> Iterator[tuple[Group, float]]:
            first = 0
            for rows in batches:
                yield Group(number=None, first_row=first, rows=rows), min(1.0, (first + rows.num_rows) / max(1, n_rows))
                first += rows.num_rows

        yield from self._together(groups(), "stripe")
