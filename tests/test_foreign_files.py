"""Files from anywhere: nothing in a `meta.json` makes a traceback, or says anything to the terminal."""

import io
import json
import shutil
import zipfile
from functools import partial

import numpy as np
import pytest
from rich.console import Console

import padcli
from padcli.cli import console
from padcli.cli.screens import comparison as comparison_screen
from padcli.cli.screens import inspection as inspection_screen
from padcli.cli.screens import rows as rows_screen
from padcli.inspection import contents
from padcli.options import InspectOptions
from padcli.text_format import visible

ODD = [None, 5, -1, 2**70, 1.5, True, "a\0b", "\ud800", [], [5], {"x": 5}]


@pytest.fixture
def meta(tmp_path, monkeypatch):
    """An output in the current folder, `out.npy`; gives what its `meta.json` says."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "corpus.jsonl").write_text('{"text": "a b c", "y": 1}\n{"text": "d", "y": 2}\n')
    padcli.pad("corpus.jsonl", "out.npy", label="y", maxlen=2)
    for path in tmp_path.glob("out.*"):
        shutil.copy(path, path.name.replace("out", "before"))
    return json.loads((tmp_path / "out.meta.json").read_text())


def write_meta(meta):
    with open("out.meta.json", "w") as file:  # noqa: PTH123
        json.dump(meta, file)


def places(value, keys=()):
    """The keys of all there is in it, at any depth."""
    if keys:
        yield keys
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from places(each, (*keys, key))


def with_changed(meta, keys, value):
    changed = json.loads(json.dumps(meta))
    place = changed
    for key in keys[:-1]:
        place = place[key]
    if value is KeyError:
        del place[keys[-1]]
    else:
        place[keys[-1]] = value
    return changed


def error_of(work):
    """The error that some work raises, if it is none that padcli has a message for."""
    try:
        work()
    except padcli.PadcliError:
        return None
    except Exception as error:  # noqa: BLE001 (any other is what is looked for)
        return error
    return None


def inspect():
    inspection_screen.show(contents.contents("out.npy"), json=False)
    inspection_screen.show(contents.contents("out.npy"), json=True)


def inspect_rows():
    rows_screen.show(contents.find_rows("out.npy", InspectOptions(rows=":"), lambda *_: None), json=True)


def verify():
    padcli.verify("out.npy", inputs=True)


def compare():
    console.show(comparison_screen.screen(padcli.compare("before.npy", "out.npy")), stderr=False)


@pytest.mark.parametrize("work", [inspect, inspect_rows, verify, compare], ids=lambda work: work.__name__)
def test_no_meta_makes_a_traceback(meta, work):
    raised = []
    for keys in places(meta):
        for value in [*ODD, KeyError]:
            write_meta(with_changed(meta, keys, value))
            if (error := error_of(work)) is not None:
                raised.append((keys, value, error))
    assert raised == []
    write_meta(meta)
    work()


def arrays_of_odd_types():
    yield "lengths", np.array([3], np.int32)
    yield "lengths", np.array([3, 1, 1], np.int32)
    yield "lengths", np.array([[3], [1]], np.int32)
    yield "lengths", np.array([3.0, 1.0])
    yield "mask", np.ones((3, 2), np.bool_)
    yield "y", np.array([1, 2], np.complex64)
    yield "y", np.array([1, 2], "M8[s]")
    yield "y", np.array([b"a", b"b"])
    yield "y", np.array([1, 2], ">i8")
    yield "y", np.array([(1, 2), (3, 4)], "i4,i4")


@pytest.mark.parametrize("work", [inspect, inspect_rows, verify, compare], ids=lambda work: work.__name__)
def test_no_array_makes_a_traceback(meta, work):
    raised, name_of = [], {"mask": "padding_mask"}
    for name, array in arrays_of_odd_types():
        np.save(f"out.{name}.npy", array)
        facts = {"dtype": np.lib.format.dtype_to_descr(array.dtype), "shape": array.shape}
        for keys, value in [(("rows",), 2), (("arrays", name_of.get(name, name)), facts)]:
            write_meta(with_changed(meta, keys, value))
            if (error := error_of(work)) is not None:
                raised.append((name, array, error))
        shutil.copy(f"before.{name}.npy", f"out.{name}.npy")
    assert raised == []


EVIL = "[link=http://x]a[/link][/bold]\x1b]0;t\x07\x9b31m\u202eb\u2066c\u200fd\u2028e\r\nf"
HARMFUL = set("\x1b\x07\x9b\u202e\u2066\u200f\u2028\r")


def screens_of(*renderables):
    """What a terminal gets to see."""
    file = io.StringIO()
    shown = console.make_console(stderr=False, file=file, width=400, force_terminal=True, color_system=None)
    for renderable in renderables:
        shown.print(renderable)
    return file.getvalue()


def test_markup_and_control_characters_are_shown_as_what_they_are(meta):
    for keys in places(meta):
        value = meta
        for key in keys:
            value = value[key]
        if not isinstance(value, str):
            continue
        write_meta(with_changed(meta, keys, EVIL))
        try:
            found = contents.contents("out.npy")
        except padcli.PadcliError as error:
            seen = screens_of(error_line(error))
        else:
            seen = screens_of(inspection_screen._screen(found))
            if keys not in {("sha256",), ("tokenizer", "path")} and keys[0] not in {"options", "arrays", "inputs"}:
                assert "[/bold]" in seen or keys[-1] in {"sha256", "config_sha256"}, keys
        assert not HARMFUL & set(seen.replace("\x1b[", "")), keys


def error_line(error):
    from rich.text import Text

    return Text(visible(error.message))


def test_names_of_files_are_shown_as_what_they_are(command_here, write, tmp_path):
    write("corpus.txt", "a b\n")
    folder = tmp_path / "[bold]x[red]\u202e\x1b[31m"
    folder.mkdir()
    for command in (
        ["fit", "corpus.txt", "-o", folder / "t.json"],
        ["pad", "corpus.txt", "--tokenizer", folder / "t.json", "-o", folder / "o.npz"],
        ["inspect", folder / "o.npz"],
        ["verify", folder / "o.npz"],
        ["stats", "corpus.txt", "--tokenizer", folder / "t.json"],
        ["stats", folder / "missing.txt"],
    ):
        finished = command_here(*command)
        seen = finished.out.decode() + finished.err
        assert not HARMFUL & set(seen), command
        assert "[bold]x[red]" in seen.replace("\n", ""), command


@pytest.mark.parametrize("harmless", ["é", "日本", "👩‍👩‍👧", "नि\u200dम", "a\u200cb", "שלום", "\u00ad"])
def test_other_characters_are_left_as_they_are(harmless):
    assert visible(harmless) == harmless


def test_a_console_takes_no_markup():
    assert isinstance(console.make_console(stderr=True), Console)
    assert screens_of("[bold]x[/]") == "[bold]x[/]\n"


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("work", [padcli.load, padcli.verify, contents.contents])
def test_a_damaged_npz_of_any_compression_is_no_traceback(tmp_path, method, work):
    (tmp_path / "corpus.txt").write_text("a b c\n")
    padcli.pad(tmp_path / "corpus.txt", tmp_path / "out.npz")
    with (
        zipfile.ZipFile(tmp_path / "out.npz") as source,
        zipfile.ZipFile(tmp_path / "other.npz", "w", method) as target,
    ):
        for name in source.namelist():
            target.writestr(name, source.read(name))
    if method == zipfile.ZIP_DEFLATED:
        work(str(tmp_path / "other.npz"))
    else:  # which padcli does not write, and which can grow without bound
        assert error_of(partial(work, str(tmp_path / "other.npz"))) is None
    content = (tmp_path / "other.npz").read_bytes()
    raised = []
    for position in range(30, len(content), 13):
        damaged = bytearray(content)
        damaged[position] ^= 0xFF
        (tmp_path / "other.npz").write_bytes(damaged)
        if (error := error_of(partial(work, str(tmp_path / "other.npz")))) is not None:
            raised.append((position, error))
    assert raised == []


@pytest.mark.parametrize("name", ["bpe", "wordpiece", "unigram", "word", "text-vectorization"])
def test_a_kind_of_tokenizer_has_no_vocabulary_to_export(command_here, name):
    finished = command_here("export-vocab", name)
    assert (finished.returncode, "expected the file of a fitted tokenizer" in finished.err) == (2, True)
