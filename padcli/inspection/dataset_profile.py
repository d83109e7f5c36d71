"""Profile of a set of rows, to be compared with another: of a text, or of an output of padcli."""

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from padcli.encode.encode import EncodeFirst, encoded_splits
from padcli.encode.encoded_rows import EncodedRows
from padcli.encode.summary import NOTHING
from padcli.engine.run import Run
from padcli.errors import InputError
from padcli.files.pending import PendingFiles
from padcli.formats.base import StoredRows
from padcli.formats.reader import open_padded
from padcli.plan import FitPlan
from padcli.quality.row_checks import RowHashes, hashes_of_ids
from padcli.report.run_report import Report
from padcli.rows.lengths import EMPTY, LengthHistogram
from padcli.schema import Role, real_tokens, role_of
from padcli.tokenizers import Tokenizer
from padcli.tokenizers.vocabulary import UnitCounts, Vocabulary

# How often each value of each label occurs; None where there are so many that it is a measure or a name, and no class.
LabelCounts = dict[str, Counter[Any] | None]

_MANY_VALUES = 1000


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Lengths, tokens and labels of one set of rows.

    `units`: the different tokens, Arrow strings `(n,)`, or the different ids, int64 `(n,)`; `counts`: int64 `(n,)`, how
    often each occurs. `unk_tokens`: None where there is no vocabulary. `duplicates`: rows that repeat one before them;
    `rejected`: bad records that were left out.
    """

    name: str
    histogram: LengthHistogram
    units: pa.LargeStringArray | NDArray[np.int64]
    counts: NDArray[np.int64]
    unk_tokens: int | None
    duplicates: int
    rejected: int
    labels: LabelCounts

    @property
    def tokens(self) -> int:
        """The number of tokens; in arrays, of those that are left."""
        return int(self.counts.sum())

    @property
    def holds_ids(self) -> bool:
        """True where the tokens are known by their ids alone."""
        return isinstance(self.units, np.ndarray)


def profile_of(
    plan: FitPlan, tokenizer: Tokenizer, vocabulary: Vocabulary | None, hashes: RowHashes, run: Run
) -> tuple[Profile, Vocabulary | None]:
    """Profile a text, whose rows go to `hashes`. Returns the vocabulary by which its tokens are known, too.

    That is the one that is given, or one that is fitted here.
    """
    counted = UnitCounts()
    rows, summary, ids, labels = EncodedRows(hashes=hashes, counts=counted), NOTHING, Counter[int](), LabelCounts()
    unnamed = dataclasses.replace(tokenizer, vocabulary=None)
    with PendingFiles() as pending:
        for split in encoded_splits(plan, unnamed, pending, run, EncodeFirst(checks_rows=True)):
            rows.add(split)
            summary = summary.merge(split.summary)
            _count_labels(labels, split.labels)
            if split.units is None:
                _count_ids(ids, split.codes)
    units, counts = counted.counted()
    unk_tokens = None
    if vocabulary is None and not summary.holds_ids:
        options, ties = plan.tokenize, tokenizer.splitter.ties
        fitted = counted.fit(vocab_size=options.vocab_size, min_count=options.min_count, ties=ties)
        vocabulary, unk_tokens = fitted.vocabulary, fitted.unk_tokens
    elif ids:
        units, counts = np.array(list(ids), np.int64), np.array(list(ids.values()), np.int64)
        if not summary.holds_ids and vocabulary is not None and vocabulary.unk_id is not None:
            unk_tokens = ids[vocabulary.unk_id]
    elif vocabulary is not None:
        unk_tokens = int(counts[vocabulary.numbering()(units.cast(pa.string())) == vocabulary.unk_id].sum())
    profile = Profile(
        name=plan.inputs[0],
        histogram=summary.histogram,
        units=units,
        counts=counts,
        unk_tokens=unk_tokens,
        duplicates=hashes.repeated().rows,
        rejected=summary.rejected,
        labels=labels,
    )
    return profile, vocabulary


def profile_of_output(output: StoredRows, report: Report, hashes: RowHashes) -> Profile:
    """Profile an output of padcli: its rows as they are there, cut and without padding.

    Raises `InputError` where an array is damaged, or does not fit the others.
    """
    open_padded(output.path)  # looks at the types and shapes of all arrays
    assert report.layout is not None  # noqa: S101 (its meta.json would not be one)
    ids, labels, histogram, n_special = Counter[int](), LabelCounts(), EMPTY, report.layout.template.n_special
    with ExitStack() as stack:
        readers = {name: stack.enter_context(output.array(name)) for name in output.arrays}
        n_rows = min(reader.block_rows for reader in readers.values())
        while (blocks := {name: reader.read(n_rows) for name, reader in readers.items()}) and len(blocks["lengths"]):
            block, real = _only(blocks, "ids"), real_tokens(_only(blocks, "mask"))
            kept = real.sum(axis=1)
            found = hashes_of_ids(block[real].astype(np.int64), kept)
            hashes.add(np.where(kept > n_special, found, np.uint64(0)))
            _count_ids(ids, block[real])
            histogram += LengthHistogram.of(blocks["lengths"])
            columns = {name: values for name, values in blocks.items() if role_of(name) == "label"}
            _count_labels(
                labels,
                {
                    name: _label(
                        values.astype(values.dtype.newbyteorder("="), copy=False), report.label_classes.get(name)
                    )
                    for name, values in columns.items()
                },
            )
        for name, reader in readers.items():
            if output.arrays[name].sha256 not in {None, reader.sha256}:
                raise InputError(
                    f"{output.path}: its {name} is damaged.", hint=f"For details: padcli verify {output.path}"
                )
    unk_id = None if report.tokenizer is None else report.tokenizer.special_ids.get("unk")
    return Profile(
        name=str(output.path),
        histogram=histogram,
        units=np.array(list(ids), np.int64),
        counts=np.array(list(ids.values()), np.int64),
        unk_tokens=None if unk_id is None else ids[unk_id],
        duplicates=hashes.repeated().rows,
        rejected=report.rejected,
        labels=labels,
    )


def _label(values: NDArray[Any], classes: Sequence[str] | None) -> pa.Array:
    """Return the values of a label, `(n,)`; of one that stands for classes, their texts."""
    if classes is None:
        return pa.array(values)
    outside = (values < 0) | (values >= len(classes))  # of a file that is damaged
    return pa.array(classes, pa.string()).take(pa.array(values, mask=outside))


def _only(blocks: Mapping[str, NDArray[Any]], role: Role) -> NDArray[Any]:
    """Return the block of the array that plays this part."""
    return next(block for name, block in blocks.items() if role_of(name) == role)


def _count_ids(counter: Counter[int], ids: NDArray[np.integer]) -> None:
    """Count how often each id occurs."""
    distinct, counts = np.unique(ids, return_counts=True)
    counter.update(dict(zip(distinct.tolist(), counts.tolist(), strict=True)))


def _count_labels(labels: LabelCounts, columns: Mapping[str, pa.Array]) -> None:
    """Count how often each value of each label occurs, as long as there are not too many."""
    for name, column in columns.items():
        counter = labels.setdefault(name, Counter())
        if counter is not None:
            counted = pc.value_counts(column)
            values = counted.field(0)
            if pa.types.is_boolean(values.type):  # for Python, these are equal to 1 and 0
                values = values.cast(pa.string())
            counter.update(dict(zip(values.to_pylist(), counted.field(1).to_pylist(), strict=True)))
            if len(counter) > _MANY_VALUES:
                labels[name] = None
