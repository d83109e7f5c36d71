"""Commands that make JSONL of what padcli does not read, for hints: none of them makes several records of one."""

import shlex

# Each is one line of a shell, to be copied whole.
_TABLE = (
    """python -c 'import csv, json, sys; csv.field_size_limit(sys.maxsize); [print(json.dumps(row)) for row in """
    """csv.DictReader(open(sys.argv[1], newline="", encoding="utf-8-sig"){dialect})]' {path} > table.jsonl"""
)
_JSON = (
    """python -c 'import json, sys; [print(json.dumps(record)) for record in json.load(open(sys.argv[1], """
    """encoding="utf-8"))]' {path} > records.jsonl"""
)
_PARQUET = (
    """python -c 'import json, sys, pyarrow.parquet; [print(json.dumps(record)) for batch in """
    """pyarrow.parquet.ParquetFile(sys.argv[1]).iter_batches() for record in batch.to_pylist()]' {path} """
    """> records.jsonl"""
)

_FILES = {
    ".csv": ("A field may contain line breaks, so a line is not always a record", _TABLE, ""),
    ".tsv": ("A field may contain line breaks, so a line is not always a record", _TABLE, ', dialect="excel-tab"'),
    ".json": ("If it has one object per line, use --format jsonl. A list of objects is not JSONL", _JSON, ""),
    ".parquet": ("Parquet is not text", _PARQUET, ""),
}


def of_folder(path: str) -> str:
    """Return a hint for a folder, of which it is not known what a record is."""
    return (
        f"Add --record file, --record line or --record paragraph. Of reviews in a folder for each class:\n"
        f"padcli pad {shlex.quote(path)} --record file --label-from-folder"
    )


def of_file(path: str, extension: str) -> str | None:
    """Return a hint for a file of this extension; None where none is known."""
    if extension not in _FILES:
        return None
    why, command, dialect = _FILES[extension]
    return f"{why}. Convert it to JSONL, and name the column with --field:\n" + command.format(
        path=shlex.quote(path), dialect=dialect
    )
