"""Commands that make JSONL of what padcli does not read, for hints: none of them makes several records of one."""

import shlex

# Each is one line of a shell, to be copied whole. A folder's name becomes the label, as in Keras:
# https://keras.io/api/data_loading/text/
_FOLDER = (
    """python -c 'import json, pathlib, sys; [print(json.dumps({{"text": file.read_text("utf-8"), "label": """
    """file.parent.name}})) for file in sorted(pathlib.Path(sys.argv[1]).rglob("*.txt"))]' {path} > texts.jsonl"""
)
_JSON = (
    """python -c 'import json, sys; [print(json.dumps(record)) for record in json.load(open(sys.argv[1], """
    """encoding="utf-8"))]' {path} > records.jsonl"""
)
_FILES = {
    ".json": ("If it has one object per line, use --format jsonl. A list of objects is not JSONL", _JSON),
}


def of_folder(path: str) -> str:
    """Return a hint for a folder: its files, where a line is a record, or a command where a file is one."""
    command = _FOLDER.format(path=shlex.quote(path))
    return f"If each line is a record, name the files. If each file is a record, convert them to JSONL:\n{command}"


def of_file(path: str, extension: str) -> str | None:
    """Return a hint for a file of this extension; None where none is known."""
    if extension not in _FILES:
        return None
    why, command = _FILES[extension]
    return f"{why}. Convert it to JSONL, and name the column with --field:\n" + command.format(path=shlex.quote(path))
