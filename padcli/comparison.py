"""How two sets of rows differ: lengths, vocabulary, labels, and the rows that are in both."""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from padcli.corpus import Corpus
from padcli.errors import InputError
from padcli.lengths import EMPTY, LengthHistogram
from padcli.loading import PaddedFile, open_padded
from padcli.plan import FitPlan
from padcli.report import percent
from padcli.running import Run
from padcli.scan import scanned_chunks
from padcli.sinks.atomic import PendingFiles
from padcli.smells import RowHashes, hashes_of_ids
from padcli.tokenizers import Tokenizer
from padcli.vocabulary import Vocabulary, new_index

# How often each value of each label occurs; None where there are so many that it is a measure or a name, and no class.
LabelCounts = dict[str, Counter[Any] | None]

_MANY_VALUES = 1000
_MANY_UNKNOWN = 0.05
_MUCH = 0.1  # of the rows, and of a distance between labels, which is 1 at the most


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What there is to compare of one set of rows.

    `units`: the different tokens, Arrow strings `(n,)`, or the different ids, int64 `(n,)`; `counts`: int64 `(n,)`, how
    often each occurs. `unk_tokens`: None where there is no vocabulary. `duplicates`: rows that repeat one before them.
    """

    name: str
    histogram: LengthHistogram
    units: pa.LargeStringArray | NDArray[np.int64]
    counts: NDArray[np.int64]
    unk_tokens: int | None
    duplicates: int
    labels: LabelCounts

    @property
    def holds_ids(self) -> bool:
        """Whether its tokens are known by their ids alone."""
        return isinstance(self.units, np.ndarray)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What of one set of rows is in the other as well.

    `rows`: but for those without tokens; `units`: different tokens; `tokens`: how often these occur.
    """

    rows: int
    units: int
    tokens: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two sets of rows, such as those to train on and those to test on, and what of each is in the other."""

    first: Profile
    second: Profile
    shared_of_first: Shared
    shared_of_second: Shared

    @property
    def length_distance(self) -> float:
        """How far the lengths are apart: the largest difference of the shares up to any length, 0 to 1."""
        return self.first.histogram.distance(self.second.histogram)

    @property
    def label_distances(self) -> dict[str, float]:
        """How far each label's values are apart: half the sum of the differences of their shares, 0 to 1."""
        distances = {}
        for name, counts in self.first.labels.items():
            others = self.second.labels.get(name)
            if counts and others:
                values = {*counts, *others}
                shares = (abs(counts[v] / counts.total() - others[v] / others.total()) for v in values)
                distances[name] = sum(shares) / 2
        return distances

    def as_dict(self) -> dict[str, Any]:
        """All of it as JSON has it."""
        return {
            "first": _facts(self.first, self.shared_of_first),
            "second": _facts(self.second, self.shared_of_second),
            "length_distance": round(self.length_distance, 6),
            "label_distances": {name: round(distance, 6) for name, distance in self.label_distances.items()},
            "advice": advice(self),
        }


def _facts(side: Profile, shared: Shared) -> dict[str, Any]:
    histogram = side.histogram
    labels = {name: None if counts is None else counts.most_common() for name, counts in side.labels.items()}
    return {
        "name": side.name,
        "rows": histogram.rows,
        "tokens": histogram.tokens,
        "empty_rows": histogram.empty_rows,
        "lengths": histogram.summary(),
        "unk_tokens": side.unk_tokens,
        "duplicates": side.duplicates,
        "units": len(side.units),
        "shared": dataclasses.asdict(shared),
        "labels": labels,
    }


def profile_of(
    plan: FitPlan, tokenizer: Tokenizer, vocabulary: Vocabulary | None, hashes: RowHashes, run: Run
) -> tuple[Profile, Vocabulary | None]:
    """What there is to compare of a text, whose rows go to `hashes`; and the vocabulary by which it is known.

    That is the one that is given, or one that is fitted here.
    """
    corpus, ids, labels = Corpus(hashes=hashes), Counter[int](), LabelCounts()
    unnamed = dataclasses.replace(tokenizer, vocabulary=None)
    with PendingFiles() as pending:
        for chunk in scanned_chunks(plan, unnamed, corpus, pending, run):
            count_labels(labels, chunk.labels)
            if chunk.units is None:
                count_ids(ids, chunk.codes)
    assert corpus.counts is not None  # noqa: S101 (that is the default)
    units, counts = corpus.counts.counted()
    unk_tokens = None
    if vocabulary is None and not corpus.holds_ids:
        options, ties = plan.tokenize, tokenizer.splitter.ties
        fitted = corpus.counts.fit(vocab_size=options.vocab_size, min_count=options.min_count, ties=ties)
        vocabulary, unk_tokens = fitted.vocabulary, fitted.unk_tokens
    elif ids:
        units, counts = np.array(list(ids), np.int64), np.array(list(ids.values()), np.int64)
        unk_tokens = None if vocabulary is None or vocabulary.unk_id is None else ids[vocabulary.unk_id]
    elif vocabulary is not None:
        unk_tokens = int(counts[vocabulary.numbering()(units.cast(pa.string())) == vocabulary.unk_id].sum())
    profile = Profile(
        name=plan.inputs[0],
        histogram=corpus.histogram,
        units=units,
        counts=counts,
        unk_tokens=unk_tokens,
        duplicates=hashes.repeated().rows,
        labels=labels,
    )
    return profile, vocabulary


def profile_of_output(file: PaddedFile, hashes: RowHashes) -> Profile:
    """The same of a file that padcli wrote: rows are compared as they are there, cut and without padding."""
    ids, labels, histogram, n_rows = Counter[int](), LabelCounts(), EMPTY, file.block_rows
    spans = [(start, min(start + n_rows, len(file))) for start in range(0, len(file), n_rows)]
    arrays = (file.token_ids, file.padding_mask, file.lengths, *file.labels.values())
    for block, mask, lengths, *columns in zip(*(array.parts(spans) for array in arrays), strict=True):
        real = mask.view(np.bool_)
        hashes.add(hashes_of_ids(block[real].astype(np.int64), real.sum(axis=1)))
        count_ids(ids, block[real])
        histogram += LengthHistogram.of(lengths)
        count_labels(labels, dict(zip(file.labels, map(pa.array, columns), strict=True)))
    tokenizer = file.meta["tokenizer"]
    return Profile(
        name=str(file.path),
        histogram=histogram,
        units=np.array(list(ids), np.int64),
        counts=np.array(list(ids.values()), np.int64),
        unk_tokens=None if tokenizer is None else tokenizer["unk_tokens"],
        duplicates=hashes.repeated().rows,
        labels=labels,
    )


def compared_outputs(first: str, second: str, hashes: tuple[RowHashes, RowHashes]) -> Comparison:
    """What two files that padcli wrote have in common. Raises `InputError` where their ids mean different tokens."""
    files = open_padded(first), open_padded(second)
    tokenizers = {file.meta["tokenizer"] and file.meta["tokenizer"]["sha256"] for file in files}
    if len(tokenizers) > 1:
        raise InputError(
            f"{second}: was made with another tokenizer than {first}, so that its ids are other tokens.",
            hint=f"Make it with --tokenizer and the one of {first}, or compare the texts.",
        )
    ours, theirs = (profile_of_output(file, each) for file, each in zip(files, hashes, strict=True))
    return compared(ours, theirs, hashes)


def count_ids(counter: Counter[int], ids: NDArray[np.integer]) -> None:
    """Count how often each id occurs."""
    distinct, counts = np.unique(ids, return_counts=True)
    counter.update(dict(zip(distinct.tolist(), counts.tolist(), strict=True)))


def count_labels(labels: LabelCounts, columns: Mapping[str, pa.Array]) -> None:
    """Count how often each value of each label occurs, as long as there are not too many."""
    for name, column in columns.items():
        counter = labels.setdefault(name, Counter())
        if counter is not None:
            counted = pc.value_counts(column)
            counter.update(dict(zip(counted.field(0).to_pylist(), counted.field(1).to_pylist(), strict=True)))
            if len(counter) > _MANY_VALUES:
                labels[name] = None


def compared(first: Profile, second: Profile, hashes: tuple[RowHashes, RowHashes]) -> Comparison:
    """What two profiles have in common, and the rows of which these are the hashes."""
    if first.holds_ids != second.holds_ids and first.histogram.tokens and second.histogram.tokens:
        with_ids, without = (first, second) if first.holds_ids else (second, first)
        raise InputError(f"{with_ids.name}: holds ids, which cannot be compared with the text of {without.name}.")
    rows = hashes[0].in_common(hashes[1])
    known = [_known(one.units, other.units) for one, other in ((first, second), (second, first))]
    shared = [
        Shared(rows=n, units=int(in_other.sum()), tokens=int(side.counts[in_other].sum()))
        for side, n, in_other in zip((first, second), rows, known, strict=True)
    ]
    return Comparison(first=first, second=second, shared_of_first=shared[0], shared_of_second=shared[1])


def _known(
    units: pa.LargeStringArray | NDArray[np.int64], others: pa.LargeStringArray | NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Which of some units are among others, bool `(n,)`."""
    if isinstance(units, np.ndarray) or isinstance(others, np.ndarray):
        return np.isin(np.asarray(units), np.asarray(others))
    index = new_index()
    index.number(others.cast(pa.string()))
    known: NDArray[np.bool_] = index.number(units.cast(pa.string()), add=False) >= 0
    return known


def advice(found: Comparison) -> list[str]:
    """One line for each difference that bites."""
    return [*_about_rows(found), *_about_tokens(found), *_about_labels(found)]


def _about_rows(found: Comparison) -> Iterable[str]:
    first, second, shared = found.first, found.second, found.shared_of_second.rows
    if shared:
        share = percent(shared, second.histogram.rows)
        yield f"{shared:,} rows of {second.name} ({share}) are in {first.name}, too: what is measured on them flatters."
    p95 = first.histogram.percentile(95)
    cut = second.histogram.cost(p95).rows_truncated if p95 else 0
    if cut > _MUCH * second.histogram.rows:
        share = percent(cut, second.histogram.rows)
        yield f"--maxlen {p95:,}, the p95 of {first.name}, would cut {share} of the rows of {second.name}."


def _about_tokens(found: Comparison) -> Iterable[str]:
    second, tokens = found.second, found.second.histogram.tokens
    if second.unk_tokens is not None and second.unk_tokens > _MANY_UNKNOWN * tokens:
        yield f"{percent(second.unk_tokens, tokens)} of the tokens of {second.name} are [UNK]."


def _about_labels(found: Comparison) -> Iterable[str]:
    for name, distance in found.label_distances.items():
        ours, theirs = set(found.first.labels[name] or ()), set(found.second.labels[name] or ())
        for side, values in ((found.first, ours - theirs), (found.second, theirs - ours)):
            if values:
                yield f"{name}: {', '.join(map(str, sorted(values, key=str)[:3]))} is only in {side.name}."
        if distance > _MUCH:
            yield f"{name}: the shares of its values differ by {100 * distance:.0f} points in all."
