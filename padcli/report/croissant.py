"""`--croissant FILE`: a description of the output that dataset search engines and loaders read, as JSON-LD.

Croissant 1.1: https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html
"""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from padcli.errors import InputError
from padcli.files.pending import PendingFiles, disk_errors
from padcli.formats import INDEX, format_for, is_folder, is_output
from padcli.formats.reader import PaddedFile, open_padded
from padcli.formats.row_batches import OF_PIECES, OFFSETS
from padcli.report.run_report import Report
from padcli.schema import Role, role_of
from padcli.text_format import n_of, shown

# The context that the specification gives, whole, since loaders compare it; and three terms of 1.1.
_TERMS = (
    "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "extract", "field", "fileObject",
    "fileProperty", "fileSet", "format", "includes", "isArray", "isLiveDataset", "jsonPath", "key", "md5",
    "parentField", "path", "recordSet", "references", "regex", "repeated", "replace", "samplingRate", "separator",
    "source", "subField", "transform",
)  # fmt: skip
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"cr:{term}" for term in _TERMS},
}
_MEDIA_TYPES = {".json": "application/json", ".npz": "application/zip", ".parquet": "application/x-parquet"}
_BYTES = "application/octet-stream"
_TABLES = (".arrow", ".hf", ".parquet", ".tfrecord")
_ABOUT: dict[Role, str] = {
    "ids": "Token ids, padded and cut.",
    "mask": "Tells tokens from padding.",
    "types": "Token types: which text of a pair a token is of.",
    "segments": "Which of the records in a row a token is of.",
    "positions": "Position of a token in its record.",
    "lengths": "Tokens of a row before it was cut.",
    "record": "Number of the record that a row is of, from 0.",
    "offsets": "Where the records of each packed row begin, and where the last ones end.",
    "label": "A field of the records, as it was.",
}


def write(path: Path, report: Report) -> None:
    """Write the description of the files of a run. Reads them once, for their digests. Raises `OutputError`."""
    with disk_errors(str(path)), PendingFiles() as pending:
        described = _description(path, report)
        pending.open(path).write(orjson.dumps(described, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def _description(path: Path, report: Report) -> dict[str, Any]:
    written = [Path(each) for each, _ in report.outputs or ()]
    files = list(_padded_files(written))
    sources = shown([Path(facts.path).name for facts in report.inputs])
    shapes = " and ".join(f"{n_of(len(file), 'row')} of {n_of(file.width, 'token id')}" for file in files)
    members = [member for file in files for member in _members(path, file)]
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": path.stem,
        "description": f"{sources} as padded token ids and their masks, made by padcli: {shapes}.",
        "distribution": [*(_file_object(path, each) for each in written), *members],
        "recordSet": [each for file in files for each in _record_sets(path, file)],
    }


def _padded_files(written: list[Path]) -> Iterator[PaddedFile]:
    """Yield the outputs, shards by themselves: files, or folders of them; beside some lie others, such as masks."""
    for path in dict.fromkeys(each.parent if is_folder(each.parent) else each for each in written):
        if is_output(path) and not path.name.endswith(INDEX):
            with suppress(InputError):
                yield open_padded(path)


def _file_object(path: Path, file: Path) -> dict[str, Any]:
    with disk_errors(str(file)), file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return {
        "@type": "cr:FileObject",
        "@id": _place(path, file),
        "name": file.name,
        "contentUrl": _place(path, file),
        "contentSize": f"{file.stat().st_size} B",
        "encodingFormat": _MEDIA_TYPES.get(file.suffix.lower(), _BYTES),
        "sha256": digest,
    }


def _place(path: Path, file: Path) -> str:
    """Return where a file is, seen from the description."""
    return Path(os.path.relpath(file, path.parent)).as_posix()


def _members(path: Path, file: PaddedFile) -> Iterator[dict[str, Any]]:
    """Yield the members of a zip, which are files of their own."""
    if file.path.suffix.lower() == ".npz":
        for name in file.meta["arrays"]:
            yield {
                "@type": "cr:FileObject",
                "@id": f"{_place(path, file.path)}/{name}.npy",
                "name": f"{name}.npy",
                "contentUrl": f"{name}.npy",
                "containedIn": {"@id": _place(path, file.path)},
                "encodingFormat": _BYTES,
            }


def _record_sets(path: Path, file: PaddedFile) -> Iterator[dict[str, Any]]:
    """Yield the columns of a table together, and arrays one by one: Croissant has no join by row numbers."""
    place, is_table = _place(path, file.path), file.path.suffix.lower() in _TABLES
    sources, arrays = _sources(path, file), dict(file.meta["arrays"])
    is_packed = is_table and arrays.pop(OFFSETS, None) is not None  # which the lengths of lists say
    fields = {
        name: _field(name, facts, sources[name], is_list=is_packed and role_of(name) in OF_PIECES)
        for name, facts in arrays.items()
    }
    sets = {"rows": [*fields]} if is_table else {name: [name] for name in fields}
    for name, members in sets.items():
        yield {
            "@type": "cr:RecordSet",
            "@id": f"{place}#{name}",
            "name": f"{file.path.stem}/{name}",
            "description": f"{file.path.name}: values with the same row number belong together.",
            "field": [{"@id": f"{place}#{name}/{member}", **fields[member]} for member in members],
        }


def _field(name: str, facts: Mapping[str, Any], source: Mapping[str, Any], *, is_list: bool) -> dict[str, Any]:
    about, shape = _ABOUT.get(role_of(name), name), [-1] if is_list else facts["shape"][1:]
    return {"@type": "cr:Field", "name": name, "description": about, **_type(facts["dtype"], shape), "source": source}


def _type(dtype_name: str, shape: Sequence[int]) -> dict[str, Any]:
    """Return the type of a value; `shape`: of the values of a row, -1 where their number is another in each."""
    dtype = np.dtype(dtype_name)
    names = {"b": "sc:Boolean", "i": f"cr:Int{8 * dtype.itemsize}", "u": f"cr:UInt{8 * dtype.itemsize}"}
    names |= {"f": f"cr:Float{8 * dtype.itemsize}"}
    array = {"isArray": True, "arrayShape": ",".join(map(str, shape))} if shape else {}
    return {"dataType": names.get(dtype.kind, "sc:Text"), **array}


def _sources(path: Path, file: PaddedFile) -> dict[str, dict[str, Any]]:
    """Return where each array is: in a column, or all of a file or of a member of a zip."""
    names, extension = list(file.meta["arrays"]), file.path.suffix.lower()
    places = [_place(path, each) for each in format_for(file.path).paths(file.path, names)]
    if extension not in (".npy", ".npz"):
        return {name: {"fileObject": {"@id": places[0]}, "extract": {"column": name}} for name in names}
    if extension == ".npz":
        places = [f"{places[0]}/{name}.npy" for name in names]
    whole = {"fileProperty": "content"}
    return {name: {"fileObject": {"@id": each}, "extract": whole} for name, each in zip(names, places, strict=False)}
