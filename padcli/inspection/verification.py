"""An output of padcli, checked against its own metadata: `padcli verify`."""

import dataclasses
import operator
import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from padcli.formats.base import StoredRows
from padcli.formats.damage import not_padclis, raised_as_damage
from padcli.formats.reader import open_rows
from padcli.inspection.array_check import CheckedArray
from padcli.inspection.cell_checks import CellChecks
from padcli.inspection.check import Check
from padcli.inspection.label_checks import checks_of_classes
from padcli.inspection.origin_checks import check_of_tokenizer, checks_of_inputs
from padcli.inspection.shape_checks import Expected, ShapeChecks
from padcli.padding.layout import Layout
from padcli.report.metadata import recorded_read, recorded_report
from padcli.report.run_report import Report
from padcli.rows.lengths import EMPTY
from padcli.schema import ArraySpec, Sizes, is_of_earlier_file, own_names_in, specs_of


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The checks that `padcli.verify` made: those that hold, too."""

    path: str
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """True where nothing is wrong."""
        return all(check.ok is not False for check in self.checks)

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON has it."""
        return {"path": self.path, "ok": self.ok, "checks": [dataclasses.asdict(check) for check in self.checks]}


def verify(path: str | os.PathLike[str], *, inputs: bool = False) -> Verification:
    """Check an output against its own metadata.

    With `inputs`, the inputs and the tokenizer must still be those that it was made from, too. Arrays are read in
    blocks of rows. Raises `InputError` where there is nothing to check: no such file, or none that padcli wrote.
    """
    with open_rows(path) as output:
        report = recorded_report(output, EMPTY)
        checks = [_check_of_metadata(output), *_checks_of_shards(output), *_checks_of_arrays(output, report)]
        if report.tokenizer is not None:
            checks.append(check_of_tokenizer(report.tokenizer, output.path, required=inputs))
        if inputs:
            with raised_as_damage(output.path):
                read = recorded_read(output.metadata["options"])
            checks += checks_of_inputs(report.inputs, output.path, read)
    return Verification(path=os.fspath(path), checks=tuple(checks))


def _check_of_metadata(output: StoredRows) -> Check:
    text = f"padcli {output.metadata['padcli']}, Keras {output.metadata['keras']}"
    if output.metadata_is_whole is None:
        text += "; no digest: written by an older padcli"
    elif not output.metadata_is_whole:
        found = "differs" if "sha256" in output.metadata else "is missing"
        text = f"it was changed after writing: its sha256 {found}"
    return Check(name="meta.json", ok=output.metadata_is_whole, text=text)


def _checks_of_shards(output: StoredRows) -> Iterator[Check]:
    """Yield a check of each shard against the index, the bad ones alone; or that all are as the index has them."""
    problems = list(output.problems)
    yield from (Check(name="shard", ok=False, text=problem) for problem in problems)
    if "shards" in output.metadata and not problems:
        shards = output.metadata["shards"]
        yield Check(name="shards", ok=True, text=f"{len(shards):,}, each as the index has it")


def _checks_of_arrays(output: StoredRows, report: Report) -> Iterator[Check]:
    """Yield a check for each array, and those of padcli's own arrays with each other."""
    names = own_names_in(output.arrays)
    n_rows, layout = output.metadata.get("rows"), report.layout
    if names is None or not isinstance(n_rows, int) or layout is None:
        raise not_padclis(output.path, ValueError("meta.json lists no rows, or no ids, mask and lengths"))
    with ExitStack() as stack:
        arrays = {spec.name: CheckedArray(output, spec, stack) for spec in _expected(output, n_rows, report, layout)}
        shape = ShapeChecks(arrays, _expected_records(output, n_rows, report))
        cells = CellChecks([arrays[name] for name in names], report, layout, shape)
        cells.read()
        of_classes = list(checks_of_classes(arrays, report.label_classes))
        for array in arrays.values():
            array.read_rest()
            yield array.check()
    yield _check_of_others(output)
    yield from cells.checks(output.metadata)
    yield from of_classes


def _expected_records(output: StoredRows, n_rows: int, report: Report) -> Expected:
    """Return what the metadata say of the records that the rows were made of."""
    shape, options = output.metadata.get("shape"), output.metadata["options"]
    n_all = operator.index(output.metadata.get("shard", {}).get("all_rows", n_rows))
    n_taken = operator.index(shape["records"]) if isinstance(shape, dict) else n_all
    n_dropped = 0 if report.outcome is None else report.outcome.dropped
    is_known = not options.get("bucket") and "shard" not in output.metadata  # of which each has some
    return Expected(
        n_records=report.skipped + n_taken,
        n_different=n_taken - n_dropped if is_known else None,
        is_once=options.get("overflow", "cut") != "window",
        rises=not options.get("shuffle") and not options.get("pack"),
    )


def _expected(output: StoredRows, n_rows: int, report: Report, layout: Layout) -> tuple[ArraySpec, ...]:
    """Return the arrays that follow from the metadata of the rows; a label may be of any dtype."""
    labels = {name: recorded.dtype.newbyteorder("=") for name, recorded in output.arrays.items()}
    outcome = report.outcome
    pieces = outcome.pieces if outcome is not None and "row_offsets" in labels else None
    sizes = Sizes(rows=n_rows, width=layout.width, pieces=pieces)
    specs = specs_of(labels, sizes=sizes, ids=layout.dtype, labels=labels)
    return tuple(
        dataclasses.replace(spec, dtype=labels[spec.name]) if is_of_earlier_file(spec.name, labels[spec.name]) else spec
        for spec in specs
    )


def _check_of_others(output: StoredRows) -> Check:
    found = output.unexpected
    if not found:
        return Check(name="other arrays", ok=True, text="none")
    # Where an output is one file, all that is in it should be padcli's; a file beside others may be anybody's.
    ok = False if len(output.files) == 1 else None
    return Check(name="other arrays", ok=ok, text=f"{', '.join(found)}: not listed in meta.json")
