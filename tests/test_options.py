"""Numbers that are given as options: integers of any kind, and nothing else."""

import numpy as np
import pytest

import padcli
from padcli.options import InspectOptions, PadOptions, RunOptions, StatsOptions, TokenizeOptions

WHOLE = [
    (PadOptions, "maxlen"),
    (PadOptions, "pad_id"),
    (TokenizeOptions, "vocab_size"),
    (TokenizeOptions, "min_count"),
    (InspectOptions, "limit"),
    (RunOptions, "workers"),
    (RunOptions, "chunk_bytes"),
]
each_whole = pytest.mark.parametrize(("options", "name"), WHOLE)


@each_whole
@pytest.mark.parametrize("kind", [np.int64, np.uint8, int])
def test_an_integer_of_any_kind_becomes_an_int(options, name, kind):
    value = getattr(options(**{name: kind(2)}), name)
    assert (type(value), value) == (int, 2)


@each_whole
@pytest.mark.parametrize("value", [2.0, 1.5, np.float64(2), True, np.True_, b"2", [2], -(10**30), 10**30])
def test_nothing_else_does(options, name, value):
    with pytest.raises(padcli.PadcliError, match="expected a whole number"):
        options(**{name: value})


def test_a_maxlen_to_show_is_one_integer_or_some():
    assert StatsOptions(maxlen=np.int64(5)).maxlen == (5,)
    assert StatsOptions(maxlen=np.array([5, 6])).maxlen == (5, 6)
    assert all(type(value) is int for value in StatsOptions(maxlen=np.array([5, 6])).maxlen)
    for maxlen in (5.0, [5.0], [True], 10**20):
        with pytest.raises(padcli.PadcliError, match="--maxlen: expected a whole number"):
            StatsOptions(maxlen=maxlen)


def test_an_integer_of_numpy_gives_the_file_of_an_int(tmp_path):
    (tmp_path / "corpus.txt").write_text("a b c\n")
    for name, kind in [("one", int), ("other", np.int64)]:
        padcli.pad(tmp_path / "corpus.txt", tmp_path / f"{name}.npz", maxlen=kind(2), pad_id=kind(0))
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "other.npz").read_bytes()


def test_a_number_too_large_for_the_machine_is_an_error(command_here, write):
    write("corpus.txt", "a\n")
    finished = command_here("stats", "corpus.txt", "--maxlen", "9" * 20)
    assert (finished.returncode, "18 digits" in finished.err) == (2, True)
