"""ORC: read in batches, from the first stripe to the last."""

from collections.abc import Iterator

from padcli.sources.columnar import ColumnarSource, ColumnarSplit, Group

_BATCH = 4096  # rows


class OrcSource(ColumnarSource):
    """See `Source`."""

    name = "ORC"

    def _splits(self) -> Iterator[ColumnarSplit]:
        from pyarrow import dataset, orc

        with self._file.opened() as file:
            n_rows = orc.ORCFile(file).nrows
            table = dataset.OrcFileFormat().make_fragment(file)
            batches = table.to_batches(
                columns=self._needed(table.physical_schema),
                batch_size=_BATCH,
                batch_readahead=1,
                fragment_readahead=1,
                use_threads=False,
            )

            def groups() -> Iterator[tuple[Group, float]]:
                first = 0
                for rows in batches:
                    share = min(1.0, (first + rows.num_rows) / max(1, n_rows))
                    yield Group(number=None, first_row=first, rows=rows), share
                    first += rows.num_rows

            yield from self._together(groups(), "stripe")
