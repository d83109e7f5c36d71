"""Comparison of two sets of rows: lengths, vocabulary, labels, and the rows that are in both."""

import dataclasses
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from padcli.errors import InputError
from padcli.formats.reader import open_rows
from padcli.inspection.dataset_profile import Profile, profile_of_output
from padcli.kernels import dispatch
from padcli.quality.row_checks import RowHashes
from padcli.report.metadata import recorded_report
from padcli.report.run_report import Report
from padcli.rows.lengths import EMPTY
from padcli.text_format import n_of, percent

_MANY_UNKNOWN = 0.05
_MUCH = 0.1  # of the rows, and of a distance between labels, which is 1 at the most


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """The part of one set of rows that is in the other as well.

    `rows`: but for those without tokens; `units`: different tokens; `tokens`: how often these occur.
    """

    rows: int
    units: int
    tokens: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two sets of rows, such as those to train on and those to test on, and the part of each that is in the other."""

    first: Profile
    second: Profile
    shared_of_first: Shared
    shared_of_second: Shared

    @property
    def length_distance(self) -> float:
        """Distance of the lengths: the largest difference of the shares up to any length, 0 to 1.

        It is the Kolmogorov-Smirnov statistic: https://en.wikipedia.org/wiki/Kolmogorov-Smirnov_test
        """
        return self.first.histogram.distance(self.second.histogram)

    @property
    def label_distances(self) -> dict[str, float]:
        """Distance of each label's values: half the sum of the differences of their shares, 0 to 1.

        It is the total variation distance: https://en.wikipedia.org/wiki/Total_variation_distance_of_probability_measures
        """
        distances = {}
        for name, counts in self.first.labels.items():
            others = self.second.labels.get(name)
            if counts and others:
                values = {*counts, *others}
                shares = (abs(counts[v] / counts.total() - others[v] / others.total()) for v in values)
                distances[name] = sum(shares) / 2
        return distances

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON has it."""
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
        "rejected": side.rejected,
        "tokens": side.tokens,
        "empty_rows": histogram.empty_rows,
        "lengths": histogram.summary(),
        "unk_tokens": side.unk_tokens,
        "duplicates": side.duplicates,
        "units": len(side.units),
        "shared": dataclasses.asdict(shared),
        "labels": labels,
    }


def compared(first: Profile, second: Profile, hashes: tuple[RowHashes, RowHashes]) -> Comparison:
    """Compare two profiles, and the rows of which these are the hashes."""
    if first.holds_ids != second.holds_ids and first.tokens and second.tokens:
        with_ids, without = (first, second) if first.holds_ids else (second, first)
        raise InputError(f"{with_ids.name}: contains ids, which cannot be compared with the text of {without.name}.")
    rows = hashes[0].in_common(hashes[1])
    known = [_known(one.units, other.units) for one, other in ((first, second), (second, first))]
    shared = [
        Shared(rows=n, units=int(in_other.sum()), tokens=int(side.counts[in_other].sum()))
        for side, n, in_other in zip((first, second), rows, known, strict=True)
    ]
    return Comparison(first=first, second=second, shared_of_first=shared[0], shared_of_second=shared[1])


def compared_outputs(first: str, second: str, hashes: tuple[RowHashes, RowHashes]) -> Comparison:
    """Compare two outputs of padcli. Raises `InputError` where their rows cannot be compared."""
    with open_rows(first) as one, open_rows(second) as other:
        reports = recorded_report(one, EMPTY), recorded_report(other, EMPTY)
        if len({report.tokenizer and report.tokenizer.sha256 for report in reports}) > 1:
            raise InputError(
                f"{second}: was made with a different tokenizer than {first}, so the ids cannot be compared.",
                hint="Make both with the same --tokenizer, or compare the texts.",
            )
        ours, theirs = (profile_of_output(*args) for args in zip((one, other), reports, hashes, strict=True))
        if _cut(reports[0], ours) != _cut(reports[1], theirs):
            raise InputError(
                f"{second}: its rows were cut differently from those of {first}, so they cannot be compared.",
                hint="Make both with the same --maxlen, --truncate and --add-special-tokens, or compare the texts.",
            )
        return compared(ours, theirs, hashes)


def _cut(report: Report, profile: Profile) -> tuple[object, ...]:
    """Return the settings that decide on what is left of a row."""
    layout = report.layout
    assert layout is not None  # noqa: S101 (its meta.json would not be one)
    limits = (layout.maxlen, layout.truncating) if profile.histogram.longest > layout.maxlen else ()
    return (*limits, layout.template)


def _known(
    units: pa.LargeStringArray | NDArray[np.int64], others: pa.LargeStringArray | NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return True for each unit that is among the others, bool `(n,)`."""
    if isinstance(units, np.ndarray) or isinstance(others, np.ndarray):
        return np.isin(np.asarray(units), np.asarray(others))
    index = dispatch.kernels().Index()
    index.number(others.cast(pa.string()))
    known: NDArray[np.bool_] = index.number(units.cast(pa.string()), add=False) >= 0
    return known


def advice(found: Comparison) -> list[str]:
    """Return one line for each difference that matters."""
    return [*_about_rows(found), *_about_tokens(found), *_about_labels(found)]


def _about_rows(found: Comparison) -> Iterable[str]:
    first, second, shared = found.first, found.second, found.shared_of_second.rows
    if shared:
        share, are = percent(shared, second.histogram.rows), "is" if shared == 1 else "are"
        rows = f"{n_of(shared, 'row')} of {second.name} ({share})"
        yield f"{rows} {are} also in {first.name}: scores on them will be too optimistic (data leakage)."
    p95 = first.histogram.percentile(95)
    cut = second.histogram.cost(p95).rows_truncated if p95 else 0
    if cut > _MUCH * second.histogram.rows:
        share = percent(cut, second.histogram.rows)
        yield f"--maxlen {p95:,}, the p95 of {first.name}, would cut {share} of the rows of {second.name}."


def _about_tokens(found: Comparison) -> Iterable[str]:
    second, tokens = found.second, found.second.tokens
    if second.unk_tokens is not None and second.unk_tokens > _MANY_UNKNOWN * tokens:
        yield f"{percent(second.unk_tokens, tokens)} of the tokens of {second.name} are [UNK]."


def _about_labels(found: Comparison) -> Iterable[str]:
    for name, distance in found.label_distances.items():
        ours, theirs = set(found.first.labels[name] or ()), set(found.second.labels[name] or ())
        for side, values in ((found.first, ours - theirs), (found.second, theirs - ours)):
            if values:
                some = ", ".join(map(str, sorted(values, key=str)[:3]))
                yield f"{name}: {some} {'occurs' if len(values) == 1 else 'occur'} only in {side.name}."
        if distance > _MUCH:
            yield f"{name}: the shares of its values differ by {100 * distance:.0f} percentage points in total."
