"""The installed Keras's `pad_sequences`, without importing Keras. Nothing else touches Keras.

`import keras` imports TensorFlow, which takes seconds and hundreds of megabytes, for a function that is pure NumPy. So
the file of its module is run alone, under a name of padcli's own:
https://github.com/keras-team/keras/blob/master/keras/src/utils/sequence_utils.py

`sys.modules` is never touched, so that any number of threads can do this, and others can import Keras meanwhile.
"""

import builtins
import importlib.util
import types
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

PadSequences = Callable[..., NDArray[np.integer]]

_FILE = "src/utils/sequence_utils.py"
_KNOWN = "keras.src.api_export"  # the one module of Keras that the file imports, for a decorator


@cache
def pad_sequences() -> PadSequences:
    """Return the function; where Keras's layout has changed, `keras.utils.pad_sequences`."""
    try:
        return cast(PadSequences, _module().pad_sequences)
    except (ImportError, AttributeError, OSError, ValueError):
        return cast(PadSequences, import_module("keras").utils.pad_sequences)


def _module() -> types.ModuleType:
    """Run Keras's file as a module that is in no list of modules."""
    package = importlib.util.find_spec("keras")
    if package is None or not package.submodule_search_locations:
        raise ImportError("keras")
    spec = importlib.util.spec_from_file_location(
        "padcli._keras_sequence_utils", Path(package.submodule_search_locations[0], _FILE)
    )
    if spec is None or spec.loader is None:
        raise ImportError(_FILE)
    module = importlib.util.module_from_spec(spec)
    module.__dict__["__builtins__"] = {**vars(builtins), "__import__": _import}  # which `import` in it then uses
    spec.loader.exec_module(module)
    return module


def _import(
    name: str, variables: Any = None, local: Any = None, names: tuple[str, ...] = (), level: int = 0
) -> types.ModuleType:
    """Import as `builtins.__import__` does, but nothing of Keras."""
    if name == _KNOWN:
        return cast(types.ModuleType, types.SimpleNamespace(keras_export=_not_exported))
    if level or name.partition(".")[0] == "keras":
        raise ImportError(name)
    return __import__(name, variables, local, names, level)


def _not_exported(_: object) -> Callable[[PadSequences], PadSequences]:
    """Stand in for the decorator that enters a function in Keras's list of public names."""
    return lambda function: function
