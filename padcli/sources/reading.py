"""Splits to records: what holds for each kind of input."""

import dataclasses
from typing import Any

import pyarrow as pa

from padcli.options import ReadOptions
from padcli.sources import source_class
from padcli.sources.folder_labels import folder_of
from padcli.sources.records import STRATUM, FieldKinds, Records


def read_split(kind: str, split: Any, options: ReadOptions, field_kinds: FieldKinds) -> Records:
    """Return the records of a split of this kind of input, with the labels that follow from where it lies."""
    records = source_class(kind).read(split, options, field_kinds)
    label = options.folder_label
    if label is None:
        return records
    labels = dict(records.labels)
    if label not in labels:
        n_records = len(records.values) // options.n_texts
        labels[label] = pa.array([folder_of(split.path)] * n_records, pa.string())
    if options.stratify == label:
        labels[STRATUM] = labels[label]
    return dataclasses.replace(records, labels=labels)
