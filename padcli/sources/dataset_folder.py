"""A folder that `Dataset.save_to_disk` of the library `datasets` wrote: Arrow files, named in order by state.json.

https://huggingface.co/docs/datasets/package_reference/main_classes#datasets.Dataset.save_to_disk
"""

import os
import shlex
from pathlib import Path
from typing import Any

import orjson

from padcli.errors import InputError

_STATE, _INFO, _SPLITS = "state.json", "dataset_info.json", "dataset_dict.json"


def is_dataset(path: str) -> bool:
    """Tell whether a path is the folder of a data set, or of several."""
    holds = {name: os.path.isfile(os.path.join(path, name)) for name in (_STATE, _INFO, _SPLITS)}  # noqa: PTH113, PTH118
    return holds[_SPLITS] or (holds[_STATE] and holds[_INFO])


def data_files(path: str) -> list[str]:
    """Return the files of a data set in their order. Raises `InputError` for a folder of several, or a damaged one."""
    folder = Path(path)
    if (folder / _SPLITS).is_file():
        names = _json(folder / _SPLITS).get("splits", [])
        paths = [shlex.quote(str(folder / str(name))) for name in names]
        raise InputError(
            f"{path}: contains several data sets: {', '.join(map(str, names))}.",
            hint=f"Name one of them: {' or '.join(paths)}",
        )
    state = _json(folder / _STATE)
    try:
        files = [str(folder / each["filename"]) for each in state["_data_files"]]
    except (KeyError, TypeError) as error:
        raise InputError(f"{folder / _STATE}: does not name the files of the data set.") from error
    if state.get("_indices_data_files") or state.get("_indices_files"):
        raise InputError(
            f"{path}: selects rows of its files by an index, which is not read.",
            hint='Save it again: datasets.load_from_disk(...).flatten_indices().save_to_disk("new_folder")',
        )
    return files


def _json(path: Path) -> dict[str, Any]:
    try:
        found = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {error}.") from error
    if not isinstance(found, dict):
        raise InputError(f"{path}: expected an object.")
    return found
