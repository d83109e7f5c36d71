"""All tokenizer files, by name: those of the layouts, and those in the folder that PADCLI_TOKENIZERS names."""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

from fidelity.layouts import builtin, byte_level, keras_files, models, of_models, ranks, words

_REAL = (".json", ".model", ".tiktoken")
SAME: dict[str, Callable[[str], bool]] = builtin.SAME


@cache
def zoo() -> dict[str, Callable[[Path], Path]]:
    """What makes each file in an empty folder, and gives its path."""
    tables = (
        real(),
        byte_level.LAYOUTS,
        ranks.LAYOUTS,
        of_models.LAYOUTS,
        words.LAYOUTS,
        models.LAYOUTS,
        keras_files.LAYOUTS,
        builtin.LAYOUTS,
    )
    found: dict[str, Callable[[Path], Path]] = {}
    for table in tables:
        assert not found.keys() & table.keys()
        found |= table
    return found


def real() -> dict[str, Callable[[Path], Path]]:
    folder = Path(os.environ.get("PADCLI_TOKENIZERS", "/nowhere"))
    files = [path for path in sorted(folder.glob("*")) if path.suffix in _REAL]
    return {f"real {path.name}": lambda _, path=path: path for path in files}  # type: ignore[misc]
