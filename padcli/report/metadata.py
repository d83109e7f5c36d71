"""What `meta.json` says."""

import dataclasses
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from padcli.formats import ArrayStream
from padcli.options import TokenizeOptions
from padcli.plan import PadPlan
from padcli.report.run_report import Report

_NOT_IN_META = {"rejects", "output", "save_tokenizer", "if_changed"}
# Recorded where they are given: the files of those who do not use them are as they were before there were such options.
_LATER_OPTIONS = {"unk", "split", "standardize", "ngrams"}


def meta_of(plan: PadPlan, arrays: Sequence[ArrayStream], digests: Mapping[str, str], report: Report) -> dict[str, Any]:
    """What `meta.json` says: nothing in it depends on when or how the work was done, or on where its output went.

    `digests`: the sha256 of each array's data, by its name.
    """
    facts = report.facts()
    if facts["tokenizer"] is not None:
        del facts["tokenizer"]["way"], facts["tokenizer"]["original_rows"]
        if not facts["tokenizer"]["dropped_tokens"]:
            del facts["tokenizer"]["dropped_tokens"]
    if not plan.tokenize.is_file and plan.write.save_tokenizer is None and facts["tokenizer"] is not None:
        facts["tokenizer"]["path"] = None  # it stands beside the output, under its name
    return {
        "padcli": version("padcli"),
        "keras": version("keras"),
        "arrays": {
            array.name: {"dtype": array.dtype.str, "shape": array.shape, "sha256": digests[array.name]}
            for array in arrays
        },
        "options": options_of(plan),
        **facts,
    }


def options_of(plan: PadPlan) -> dict[str, Any]:
    """The options that the arrays follow from, as JSON has them."""
    parts = [dataclasses.asdict(part) for part in (plan.read, plan.tokenize, plan.pad, plan.write)]
    chosen = {name: value for part in parts for name, value in part.items() if name not in _NOT_IN_META}
    defaults = dataclasses.asdict(TokenizeOptions())
    for name in _LATER_OPTIONS:
        if chosen[name] == defaults[name]:
            del chosen[name]
    return {
        name: str(value) if isinstance(value, Path) else list(value) if isinstance(value, tuple) else value
        for name, value in chosen.items()
    }
