"""Advice that follows from the facts of a run: one line for each choice or finding that matters."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from padcli.padding.layout import Layout
from padcli.quality.row_checks import Finding
from padcli.rows.lengths import Cost, LengthHistogram
from padcli.rows.outcome import Outcome
from padcli.sources.skipped_files import SkippedFiles
from padcli.text_format import n_of
from padcli.tokenizers.facts import TokenizerFacts

_MANY_UNKNOWN = 0.05
_MANY_TRUNCATED = 0.05
_WORTH_SAVING = 0.25
_MANY_SEEN_ONCE = 0.5
_SMALL_VOCABULARY = 10_000


class _Facts(Protocol):
    """The facts of a run that advice follows from; `Report` has them, and the advice in its JSON."""

    @property
    def rejected(self) -> int: ...
    @property
    def blank_lines(self) -> int: ...
    @property
    def skipped_files(self) -> SkippedFiles: ...
    @property
    def histogram(self) -> LengthHistogram: ...
    @property
    def pad_id_tokens(self) -> int: ...
    @property
    def smells(self) -> Mapping[str, Finding]: ...
    @property
    def single_labels(self) -> Sequence[str]: ...
    @property
    def tokenizer(self) -> TokenizerFacts | None: ...
    @property
    def layout(self) -> Layout | None: ...
    @property
    def outcome(self) -> Outcome | None: ...
    @property
    def is_packed(self) -> bool: ...
    @property
    def cost(self) -> Cost | None: ...


def advice(report: _Facts) -> list[str]:
    """Return one line for each choice or finding that matters; most runs have none to three."""
    return [*_about_rows(report), *_about_padding(report), *_about_tokens(report), *_about_odd_rows(report)]


def _about_rows(report: _Facts) -> list[str]:
    lines, empty = [], report.histogram.empty_rows
    if report.rejected:
        lines.append(f"{n_of(report.rejected, 'bad record')} skipped.")
    if report.blank_lines:
        lines.append(f"{n_of(report.blank_lines, 'blank line')} skipped.")
    for reason, files in report.skipped_files.items():
        lines.append(f"{n_of(files.n, 'file')} skipped, such as {files.example}: {reason}.")
    if empty and not report.is_packed:  # then they are in no row
        whose = "row is empty: its" if empty == 1 else "rows are empty: their"
        lines.append(f"{empty:,} {whose} mask is all False, which the fast cuDNN kernels of LSTM and GRU refuse.")
    return lines


def _about_padding(report: _Facts) -> list[str]:
    layout, cost, histogram = report.layout, report.cost, report.histogram
    if layout is None or cost is None or not histogram.rows:
        return []
    if report.outcome is not None:  # another maxlen would give other rows
        return _about_side(report)
    p95 = histogram.percentile(95)
    lines = []
    if cost.rows_truncated > _MANY_TRUNCATED * histogram.rows:
        share = cost.rows_truncated / histogram.rows
        lines.append(
            f"{share:.0%} of the rows are cut: --maxlen {p95} would keep 95% of all rows whole, "
            f"in an array {p95 / layout.maxlen:.1f} times as wide."
        )
    elif 0 < p95 <= (1 - _WORTH_SAVING) * layout.maxlen:
        whole = 1 - histogram.cost(p95).rows_truncated / histogram.rows
        lines.append(
            f"--maxlen {p95} would keep {_floor_percent(whole)} of the rows whole, "
            f"and make the array {100 - -(-100 * p95 // layout.maxlen)}% smaller."
        )
    if cost.rows_truncated and layout.truncating == "pre":
        lines.append(
            f"{n_of(cost.rows_truncated, 'row')} cut at the start, as in Keras: --truncate post cuts at the end."
        )
    return [*lines, *_about_side(report)]


def _about_side(report: _Facts) -> list[str]:
    if report.cost is not None and report.cost.padding and report.layout and report.layout.padding == "pre":
        return ["Padded before the tokens: the fast cuDNN kernels of LSTM and GRU need --post."]
    return []


def _about_tokens(report: _Facts) -> list[str]:
    tokenizer, tokens, lines = report.tokenizer, report.histogram.tokens, list[str]()
    if report.pad_id_tokens:
        times = n_of(report.pad_id_tokens, "time")
        lines.append(f"The padding id also occurs as a real token, {times}: use the mask, not the id.")
    if tokenizer is None:
        return lines
    if _is_unknown(tokenizer, tokens):
        was_limited = tokenizer.units is not None  # it was fitted on this text, and would know all of it
        why = "words removed by --vocab-size or --min-count" if was_limited else "the vocabulary does not fit the text"
        lines.append(f"{tokenizer.unk_tokens / tokens:.0%} of the tokens are [UNK]: {why}.")
    if tokenizer.dropped_tokens:
        whole = tokens + tokenizer.dropped_tokens
        be = "is" if tokenizer.dropped_tokens == 1 else "are"
        lines.append(
            f"{tokenizer.dropped_tokens:,} of {n_of(whole, 'token')} {be} not in the vocabulary and "
            f"{'was' if tokenizer.dropped_tokens == 1 else 'were'} skipped: lengths count the rest."
        )
    once, units = tokenizer.seen_once, tokenizer.units
    if once and units and tokenizer.vocab_size > max(_SMALL_VOCABULARY, units) and once > _MANY_SEEN_ONCE * units:
        lines.append(f"{once / units:.0%} of the vocabulary occurs only once: --min-count 2 would drop it.")
    layout, told = report.layout, bool(report.pad_id_tokens)
    own_size = tokenizer.vocab_size if tokenizer.own_size is None else tokenizer.own_size
    if tokenizer.own_size is not None:
        lines.append(
            f"The vocabulary has {own_size} tokens, but some ids are larger, such as the padding id: an Embedding "
            f"needs input_dim={tokenizer.vocab_size}."
        )
    if layout is not None and not told and tokenizer.own_pad_id != layout.pad_id in range(own_size):
        lines.append(f"--pad-id {layout.pad_id} is also the id of a real token: use the mask, not the id.")
    return lines


def _is_unknown(tokenizer: TokenizerFacts, tokens: int) -> bool:
    """Tell if more of the text is unknown than a good vocabulary would leave."""
    return tokenizer.unk_tokens > _MANY_UNKNOWN * tokens


# Wording for one row, and for several.
_ODD = {
    "duplicate": ("repeats an earlier row", "repeat an earlier row"),
    "repetitive": ("is a single token repeated", "are a single token repeated"),
    "control": ("contains control characters", "contain control characters"),
    "encoding": (
        "looks like text read in the wrong encoding",
        "look like text read in the wrong encoding",
    ),
    "special": ("contains the name of a special token", "contain the name of a special token"),
    "unknown": ("is mostly [UNK]", "are mostly [UNK]"),
}


def _about_odd_rows(report: _Facts) -> list[str]:
    lines, rows, tokenizer = [], report.histogram.rows, report.tokenizer
    for kind, (of_one, of_more) in _ODD.items():
        smell = report.smells.get(kind, Finding())
        told = kind == "unknown" and tokenizer is not None and _is_unknown(tokenizer, report.histogram.tokens)
        if smell.rows and not told:
            example = smell.examples[0]
            such = f"row {example.row:,}" + (f": “{example.text}”" if example.text else "")
            lines.append(
                f"{smell.rows:,} of {n_of(rows, 'row')} {of_one if smell.rows == 1 else of_more}, such as {such}"
            )
    lines += [f"All rows have the same {name}." for name in report.single_labels if rows > 1]
    return lines


def _floor_percent(share: float) -> str:
    """A share in percent that never says more than there is."""
    return f"{int(share * 1000) / 10:g}%"
