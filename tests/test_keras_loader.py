"""Keras's `pad_sequences` without Keras: the installed function, from any number of threads, and no trace of it."""

import inspect
import subprocess
import sys

import keras
import pytest

from padcli.padding import keras_loader


def failure_of(code):
    """The last words of a program that fails; empty where all of its assertions hold."""
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return "" if finished.returncode == 0 else finished.stderr or f"status {finished.returncode}"


def test_the_function_is_the_installed_kerass_own():
    found, original = keras_loader.pad_sequences(), keras.utils.pad_sequences
    assert inspect.getsource(found) == inspect.getsource(original)
    assert inspect.getsourcefile(found) == inspect.getsourcefile(original)


ALONE = """
import sys
from padcli.padding.keras_loader import pad_sequences
assert pad_sequences()([[1], [2, 3]]).tolist() == [[0, 1], [2, 3]]
assert not any(name.split(".")[0] in ("keras", "tensorflow") for name in sys.modules), "TensorFlow was imported"
import keras
assert keras.layers.Dense and keras.utils.pad_sequences([[1]]).tolist() == [[1]]
"""

MOVED = """
from padcli.padding import keras_loader
keras_loader._FILE = "src/utils/moved_elsewhere.py"
assert keras_loader.pad_sequences()([[1], [2, 3]]).tolist() == [[0, 1], [2, 3]]
assert keras_loader.pad_sequences().__module__ == "keras.src.utils.sequence_utils"
"""

IMPORTS_MORE = """
from padcli.padding import keras_loader
keras_loader._KNOWN = "keras.src.another"  # so that what the file imports is not what is known
assert keras_loader.pad_sequences().__module__ == "keras.src.utils.sequence_utils"
"""


@pytest.mark.parametrize("code", [ALONE, MOVED, IMPORTS_MORE], ids=["without TensorFlow", "moved", "imports more"])
def test_it_is_loaded(code):
    assert failure_of(code) == ""


MANY_THREADS = """
import sys, threading
import numpy as np
from padcli.padding import keras_loader
sys.setswitchinterval(1e-6)
failures, start = [], threading.Barrier(16)
def pad():
    start.wait()
    try:
        assert keras_loader.pad_sequences()([[1], [2, 3]]).tolist() == [[0, 1], [2, 3]]
        assert not [name for name in sys.modules if name.split(".")[0] == "keras"]
    except BaseException as error:
        failures.append(repr(error))
for _ in range(50):
    keras_loader.pad_sequences.cache_clear()
    threads = [threading.Thread(target=pad) for _ in range(16)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
assert not failures, failures[:3]
"""


def test_first_calls_from_many_threads():
    assert failure_of(MANY_THREADS) == ""


MEANWHILE = """
import sys, threading
import numpy as np
from padcli.padding import keras_loader
sys.setswitchinterval(1e-6)
failures, done = [], threading.Event()
def load():
    while not done.is_set():
        keras_loader.pad_sequences.cache_clear()
        try:
            assert keras_loader.pad_sequences()([[1]]).tolist() == [[1]]
        except BaseException as error:
            failures.append(repr(error))
            return
thread = threading.Thread(target=load)
thread.start()
import keras  # takes seconds
found = keras.layers.Dense, keras.utils.pad_sequences([[1]]).tolist(), keras.src.utils.sequence_utils.__file__
done.set()
thread.join()
assert not failures, failures
assert sys.modules["keras"] is keras and found[1] == [[1]]
"""


def test_a_thread_that_imports_keras_meanwhile_gets_all_of_it():
    assert failure_of(MEANWHILE) == ""


PADDING = """
import sys, threading
from pathlib import Path
import padcli
Path("corpus.txt").write_text("a b c\\nd\\n")
sys.setswitchinterval(1e-6)
failures, start = [], threading.Barrier(8)
def pad(number):
    start.wait()
    try:
        padcli.pad("corpus.txt", f"{number}.npz", workers=1)
    except BaseException as error:
        failures.append(repr(error))
threads = [threading.Thread(target=pad, args=(number,)) for number in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert not failures, failures
"""


@pytest.mark.parametrize("repetition", range(3))
def test_first_calls_of_pad_from_many_threads(repetition, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert failure_of(PADDING) == ""
    assert len({path.read_bytes() for path in tmp_path.glob("*.npz")}) == 1
