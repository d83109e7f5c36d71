"""Commands that make JSONL of what padcli does not read, for hints: none of them makes several records of one."""

import shlex

# A line of a shell, to be copied whole.
_JSON = (
    """python -c 'import json, sys; [print(json.dumps(record)) for record in json.load(open(sys.argv[1], """
    """encoding="utf-8"))]' {path} > records.jsonl"""
)
_FILES = {
    ".json": ("If it has one object per line, use --format jsonl. A list of objects is not JSONL", _JSON),
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
    why, command = _FILES[extension]
    return f"{why}. Convert it to JSONL, and name the column with --field:\n" + command.format(path=shlex.quote(path))
