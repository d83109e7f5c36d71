"""What became of records in rows, where a row is more than a record cut to length."""

from collections.abc import Iterator, Mapping

from padcli.text_format import n_of, percent

# A figure, its number, its share of all records, and words on it.
Line = tuple[str, str, str, str]


def shape_lines(shape: Mapping[str, int], *, is_packed: bool) -> Iterator[Line]:
    """Yield the figures of `shape` in `meta.json`."""
    records, rows, pieces = shape["records"], shape["rows"], shape["pieces"]
    in_rows = records - shape["dropped"]
    if shape["dropped"]:
        yield "records skipped", f"{shape['dropped']:,}", percent(shape["dropped"], records), "in no row"
    if pieces > in_rows:
        yield "windows", f"{pieces:,}", "", f"of {n_of(in_rows, 'record')}"
    if is_packed and rows:
        yield "packed", f"{pieces / rows:,.1f}", "", "records per row" if pieces == in_rows else "windows per row"
