"""The content of `meta.json`: what a run records of itself, and its report again from that."""

import dataclasses
import operator
import os
from collections.abc import Mapping, Sequence
from functools import reduce
from importlib.metadata import version
from pathlib import Path
from types import UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin

import numpy as np

from padcli.errors import InputError
from padcli.files.output_paths import beside
from padcli.files.places import as_path
from padcli.formats.base import StoredRows
from padcli.formats.damage import not_padclis, raised_as_damage
from padcli.formats.metadata_file import checked, dtype_of
from padcli.options import BUILT_IN_TOKENIZERS, ReadOptions, RowOptions, SelectOptions, TokenizeOptions
from padcli.padding.layout import Layout
from padcli.plan import PadPlan
from padcli.quality.row_checks import Example, Finding
from padcli.report.run_report import Report
from padcli.rows.lengths import EMPTY, LengthHistogram
from padcli.rows.outcome import Outcome
from padcli.rows.template import Template
from padcli.schema import ArraySpec
from padcli.sources.base import InputFacts
from padcli.sources.skipped_files import Skipped
from padcli.tokenizers.facts import TokenizerFacts

_Facts = TypeVar("_Facts", InputFacts, TokenizerFacts, Layout)

_NOT_IN_META = {"rejects", "output", "save_tokenizer", "if_changed", "force", "like", "shard_rows", "shard_size"}
# Recorded where they are given: the files of those who do not use them are as they were before there were such options.
_LATER_STAGES = (RowOptions, SelectOptions)
_LATER_OPTIONS = {
    *("pair_field", "group", "stratify", "unk", "split", "standardize", "ngrams"),
    *("label_map", "record", "label_from_folder", "delimiter", "header", "quotes", "label_type"),
    *(field.name for stage in _LATER_STAGES for field in dataclasses.fields(stage)),
}


def metadata_of(
    plan: PadPlan, specs: Sequence[ArraySpec], digests: Mapping[str, str], report: Report
) -> dict[str, Any]:
    """Describe a run and its arrays. Nothing of it depends on when or how the work was done, or where its output went.

    `digests`: the sha256 of each array's data, by its name.
    """
    facts = report.facts()
    if facts["tokenizer"] is not None:
        del facts["tokenizer"]["way"], facts["tokenizer"]["original_rows"]
        if not facts["tokenizer"]["dropped_tokens"]:
            del facts["tokenizer"]["dropped_tokens"]
        path = facts["tokenizer"]["path"]
        if path is not None and not plan.tokenize.is_file and plan.write.save_tokenizer is None:
            # It stands beside the output, under its name, or under that of the whole or of the first part.
            facts["tokenizer"]["path"] = None if as_path(path) == beside(plan.output) else as_path(path).name
    if report.buckets:
        facts["padding"]["buckets"] = [width for _, width in report.buckets]
    elif report.outcome is not None:  # the lengths of records do not follow from those of rows
        histogram = report.histogram
        facts["record_lengths"] = {"lengths": histogram.lengths.tolist(), "rows": histogram.counts.tolist()}
    return {
        "padcli": version("padcli"),
        "keras": version("keras"),
        "arrays": {
            spec.name: {"dtype": spec.dtype.str, "shape": spec.shape, "sha256": digests[spec.name]} for spec in specs
        },
        "options": options_of(plan),
        **facts,
    }


def options_of(plan: PadPlan) -> dict[str, Any]:
    """Return the options that the arrays follow from, as JSON has them."""
    stages = (plan.read, plan.tokenize, plan.pad, plan.rows, plan.select, plan.write)
    parts = [dataclasses.asdict(stage) for stage in stages]
    chosen = {name: value for part in parts for name, value in part.items() if name not in _NOT_IN_META}
    defaults = [dataclasses.asdict(stage()) for stage in (TokenizeOptions, ReadOptions, *_LATER_STAGES)]
    for name, default in ((name, default) for part in defaults for name, default in part.items()):
        if name in _LATER_OPTIONS and chosen[name] == default:
            del chosen[name]
    return {
        name: str(value) if isinstance(value, Path) else list(value) if isinstance(value, tuple) else value
        for name, value in chosen.items()
    }


def recorded_read(options: Mapping[str, Any]) -> ReadOptions:
    """Return the options by which the inputs of an output were read, from those in its `meta.json`."""
    names = [field.name for field in dataclasses.fields(ReadOptions) if field.name in options]
    return ReadOptions(**{name: options[name] for name in names})


def report_of(path: str | os.PathLike[str]) -> Report:
    """Make the report of the run that wrote an output again, from its `meta.json` and its `lengths`.

    Facts that are not recorded are left empty: the way the ids were made, the time it took, the reasons for rejects.
    Raises `InputError` where the file is missing, damaged, or none that padcli wrote.
    """
    from padcli.formats.reader import open_rows  # of which writing has no need

    with open_rows(path) as output:
        return recorded_report(output, _lengths(output))


def recorded_report(output: StoredRows, histogram: LengthHistogram) -> Report:
    """Make the report of the run that wrote `output` again, whose rows are as long as `histogram` says.

    Raises `InputError` where `meta.json` is not what padcli writes.
    """
    meta = output.metadata
    try:
        _ = meta["padcli"], meta["keras"]
        tokenizer = meta["tokenizer"]
        if tokenizer is not None:
            tokenizer = _facts(TokenizerFacts, {**tokenizer, "way": ""})
        saved = meta["options"]["tokenizer"] in BUILT_IN_TOKENIZERS
        if tokenizer is not None and saved and tokenizer.path is None and beside(output.path).exists():
            tokenizer = dataclasses.replace(tokenizer, path=str(beside(output.path)))
        files = [as_path(tokenizer.path)] if tokenizer is not None and saved and tokenizer.path else []
        files += output.files
        return Report(
            inputs=tuple(_facts(InputFacts, facts) for facts in meta["inputs"]),
            rejected=operator.index(meta["rejected"]),
            reasons=(),
            blank_lines=operator.index(meta["blank_lines"]),
            histogram=histogram,
            histograms=(histogram,) if len(meta["inputs"]) == 1 else (),
            pad_id_tokens=operator.index(meta.get("pad_id_tokens", 0)),
            smells={kind: _smell(facts) for kind, facts in meta.get("smells", {}).items()},
            single_labels=tuple(meta.get("single_labels", ())),
            tokenizer=tokenizer,
            layout=_layout(meta["padding"]),
            label_classes=meta.get("label_classes", {}),
            skipped=operator.index(meta.get("skipped", 0)),
            skipped_files={reason: _skipped(facts) for reason, facts in meta.get("skipped_files", {}).items()},
            outcome=_outcome(meta["shape"]) if "shape" in meta else None,
            is_packed="row_offsets" in output.arrays,
            outputs=tuple((str(file), file.stat().st_size) for file in files if file.is_file()),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise not_padclis(output.path, error) from error


def _skipped(facts: Mapping[str, Any]) -> Skipped:
    return Skipped(n=operator.index(facts["n"]), example=str(facts["example"]))


def _smell(facts: Mapping[str, Any]) -> Finding:
    examples = (Example(row=operator.index(each["row"]), text=str(each["text"])) for each in facts["examples"])
    return Finding(rows=operator.index(facts["rows"]), examples=tuple(examples))


def _lengths(output: StoredRows) -> LengthHistogram:
    """Return the lengths of the records: those that are recorded, where rows are something else."""
    if "record_lengths" in output.metadata:
        with raised_as_damage(output.path):
            recorded = checked(output.metadata)["record_lengths"]
            distinct, rows = (np.array(recorded[name], np.int64) for name in ("lengths", "rows"))
            return LengthHistogram(lengths=distinct, counts=rows)
    try:
        with output.array("lengths") as lengths:
            return reduce(operator.add, map(LengthHistogram.of, lengths.blocks()), EMPTY)
    except InputError as error:
        raise InputError(f"{output.path}: its lengths: {error.message}.") from error


def _outcome(facts: Mapping[str, Any]) -> Outcome:
    return Outcome(**{field.name: operator.index(facts[field.name]) for field in dataclasses.fields(Outcome)})


def _layout(facts: Mapping[str, Any]) -> Layout:
    dtype = dtype_of(facts["dtype"])
    layout = _facts(Layout, {**facts, "template": _template(facts), "dtype": dtype})
    limits = np.iinfo(dtype)
    if min(layout.maxlen, layout.width) < 1 or not limits.min <= layout.pad_id <= limits.max:
        raise ValueError(f"maxlen {layout.maxlen} and padding id {layout.pad_id} do not go together with {dtype}")
    return layout


def _template(facts: Mapping[str, Any]) -> Template:
    if "template" not in facts:
        before, after = (tuple(map(operator.index, facts[name])) for name in ("before", "after"))
        return Template.around(before, after)
    parts, types = facts["template"]["parts"], facts["template"]["types"]
    return Template(
        parts=tuple(
            tuple(map(operator.index, part)) if isinstance(part, list) else operator.index(part) for part in parts
        ),
        types=tuple(map(operator.index, types)),
    )


def _facts(kind: type[_Facts], facts: Mapping[str, Any]) -> _Facts:
    """Make a dataclass of recorded facts; those that an older padcli did not record have their defaults."""
    fields = {field.name: field.type for field in dataclasses.fields(kind) if field.name in facts}
    for name, type_ in fields.items():
        if not _is(facts[name], type_):
            raise ValueError(f"{name} is {facts[name]!r}")
    return kind(**{name: facts[name] for name in fields})


def _is(value: object, type_: Any) -> bool:
    origin = get_origin(type_)
    if origin is Literal:
        return value in get_args(type_)
    if isinstance(value, str) and "\0" in value:  # no name of a file
        return False
    return isinstance(value, type_ if origin in {None, UnionType} else origin)
