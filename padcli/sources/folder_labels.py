"""Labels by the folders that files lie in: `reviews/pos/1.txt` is `pos`, as in Keras.

See https://keras.io/api/data_loading/text/#textdatasetfromdirectory-function
"""

import os
from collections.abc import Sequence

import pyarrow as pa


def folder_of(path: str) -> str:
    """Return the name of the folder that a file lies in."""
    return os.path.basename(os.path.abspath(os.path.dirname(path)))  # noqa: PTH100, PTH119, PTH120 (or in an archive)


def labels_of(paths: Sequence[str]) -> pa.Array:
    """Return the label of each of some files, strings `(n_files,)`."""
    folders = [path.rpartition("/")[0] for path in paths]
    labels = {folder: folder_of(f"{folder}/" if folder else "") for folder in set(folders)}
    return pa.array([labels[folder] for folder in folders], pa.string())
