"""Values of `maxlen` to choose from, and what each would cost, in rows of any shape."""

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np

from padcli.rows.buckets import best_widths, bucket_of
from padcli.rows.lengths import PERCENTILES, Cost, LengthHistogram
from padcli.rows.packing import best_fit_rows

BUCKETS = 4
_MOST_STEPS = 2**24  # a tenth of a second


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A `maxlen` to choose from, what it is known as ("p95", "2^n" ...), and what it costs.

    `windows`: rows with `--overflow window`; `packed`: rows with `--pack best-fit`, records cut to length, None where
    that takes long to tell; `bucketed`: cells with `--bucket auto:4`, records cut to length.
    """

    maxlen: int
    names: tuple[str, ...]
    cost: Cost
    windows: int
    packed: int | None
    bucketed: int

    @property
    def tokens(self) -> int:
        """Tokens that are kept of records cut to length."""
        return self.cost.cells - self.cost.padding

    @property
    def bucketed_padding(self) -> int:
        """Cells of buckets that are padding."""
        return self.bucketed - self.tokens


def candidates(histogram: LengthHistogram, further: Mapping[str, int]) -> list[Candidate]:
    """Return candidates for `maxlen`: percentiles, the longest row, numbers that machines like, and `further` ones.

    Powers of two and multiples of 8 are those next to a percentile.
    """
    names = defaultdict[int, list[str]](list)
    percentiles = {f"p{percent}": histogram.percentile(percent) for percent in PERCENTILES}
    percentiles["max"] = histogram.longest
    for name, maxlen in (percentiles | dict(further)).items():
        names[maxlen].append(name)
    for maxlen in [*percentiles.values()]:
        for number, name in ((1 << max(0, maxlen - 1).bit_length(), "2^n"), (-(-maxlen // 8) * 8, "8n")):
            if number <= histogram.longest:  # more would be padding alone
                names[number].append(name)
    names.pop(0, None)  # no row holds anything
    return [candidate(histogram, maxlen, names[maxlen]) for maxlen in sorted(names)]


def candidate(histogram: LengthHistogram, maxlen: int, names: Iterable[str] = ()) -> Candidate:
    """Return one candidate with its cost, exactly."""
    kept = np.minimum(histogram.lengths, maxlen)
    cut = LengthHistogram(lengths=kept, counts=histogram.counts)
    widths = best_widths(cut, BUCKETS)
    return Candidate(
        maxlen=maxlen,
        names=tuple(dict.fromkeys(names)),
        cost=histogram.cost(maxlen),
        windows=int(histogram.counts @ np.maximum(-(-histogram.lengths // maxlen), 1)),
        packed=best_fit_rows(kept, histogram.counts, maxlen) if len(kept) * maxlen <= _MOST_STEPS else None,
        bucketed=int(histogram.counts @ np.array(widths)[bucket_of(kept, widths)]) if widths else 0,
    )
