"""Counts of units in a file, so that a later fit can go on from them: `fit --save-counts`, `fit --continue-from`.

An Arrow IPC file with the columns `unit` (large_string) and `count` (int64), one row a unit, in the order in which
units first appeared: with the counts, that order makes the vocabulary. The key "padcli" of its metadata holds, as JSON,
the options of the tokenizer that cut the units, and what the input held ("text" or "tokens").
"""

import dataclasses
import json
import os
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from padcli.errors import InputError, UsageError
from padcli.sources.records import TOKENIZED_FIELD, FieldKinds
from padcli.tokenizers.splitter import Splitter
from padcli.tokenizers.vocabulary import UnitCounts

_KEY = b"padcli"
_HELD = "holds"
_BATCH = 2**18  # units that are compressed at a time
_FIELDS = [pa.field("unit", pa.large_string(), nullable=False), pa.field("count", pa.int64(), nullable=False)]


def write(file: BinaryIO, counts: UnitCounts, splitter: Splitter, field_kinds: FieldKinds) -> None:
    """Write all that was counted. The same counts and options give the same bytes."""
    about = json.dumps({**_options(splitter), _HELD: field_kinds.get(TOKENIZED_FIELD)})
    schema = pa.schema(_FIELDS, metadata={_KEY: about})
    units, numbers = counts.counted()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(pa.table([units, pa.array(numbers)], schema=schema), max_chunksize=_BATCH)
    file.write(sink.getvalue())


def read(path: Path, splitter: Splitter) -> tuple[UnitCounts, FieldKinds]:
    """The counts of a file, to be gone on from, and what the input that they are of held.

    Raises `InputError` where it holds none, and `UsageError` where `splitter` would cut other units.
    """
    try:
        with pa.OSFile(os.fspath(path)) as file, pa.ipc.open_file(file) as reader:
            about = _about(reader.schema)
            held = about.pop(_HELD)
            _check_options(path, about, _options(splitter))
            counts = UnitCounts()
            for number in range(reader.num_record_batches):
                _add(counts, reader.get_batch(number))
    except OSError as error:
        if error.errno is None:  # pyarrow's own, about what is in the file
            raise _no_counts(path, error) from error
        raise InputError(f"--continue-from {path}: {error.strerror or error}.") from error
    except (ValueError, KeyError, TypeError, AttributeError, MemoryError, pa.ArrowException) as error:
        raise _no_counts(path, error) from error
    counts.go_on()
    return counts, {} if held is None else {TOKENIZED_FIELD: held}


def _about(schema: pa.Schema) -> dict[str, Any]:
    about: dict[str, Any] = json.loads((schema.metadata or {})[_KEY])
    if schema.remove_metadata() != pa.schema(_FIELDS) or about[_HELD] not in (None, "text", "tokens"):
        raise ValueError("it has the wrong columns")
    return about


def _no_counts(path: Path, error: Exception) -> InputError:
    reason = str(error).partition("\n")[0].rstrip(".") or type(error).__name__
    return InputError(
        f"--continue-from {path}: not a file of counts: {reason}.",
        hint="Counts are saved by: padcli fit ... --save-counts FILE",
    )


def _add(counts: UnitCounts, batch: pa.RecordBatch) -> None:
    batch.validate(full=True)
    units, numbers = batch.columns
    if units.null_count or numbers.null_count or (len(numbers) and pc.min(numbers).as_py() < 1):
        raise ValueError("one of its units has no count")
    before = len(counts)
    counts.add(units.cast(pa.string()), np.ascontiguousarray(numbers.to_numpy()))
    if len(counts) - before != len(units):
        raise ValueError("one of its units occurs twice")


def _options(splitter: Splitter) -> dict[str, Any]:
    options: dict[str, Any] = json.loads(json.dumps({"tokenizer": splitter.name, **dataclasses.asdict(splitter)}))
    return options


def _check_options(path: Path, before: dict[str, Any], now: dict[str, Any]) -> None:
    for name in [*now, *before]:
        if before.get(name) != now.get(name):
            raise UsageError(
                f"--continue-from {path}: was counted with {name} {before.get(name)!r}, but this run has {name} "
                f"{now.get(name)!r}.",
                hint="Use the same tokenizer options.",
            )
