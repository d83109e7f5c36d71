"""From what was counted to a tokenizer with a vocabulary, saved."""

import dataclasses
import hashlib

import numpy as np
from numpy.typing import NDArray

from padcli.encode.encoded_rows import EncodedRows
from padcli.encode.summary import SplitSummary
from padcli.engine.run import Run
from padcli.engine.stopwatch import measured
from padcli.errors import UsageError
from padcli.files.pending import PendingFiles
from padcli.plan import FitPlan, PadPlan, StatsPlan
from padcli.tokenizers import Tokenizer, make_splitter, tokenizer_json
from padcli.tokenizers.around import named_tokens
from padcli.tokenizers.facts import TokenizerFacts
from padcli.tokenizers.splitter import Splitter
from padcli.tokenizers.vocabulary import FittedVocabulary, Vocabulary


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FittedTokenizer:
    """A tokenizer with a vocabulary, and what is said of it; all None where the input holds ids.

    `summary`: of the input, now that it is known which units are unknown and which are left out; `ids_of_numbers`:
    int32 `(n_units,)`, the ids of the units that were numbered before there was a vocabulary; `has_lengths`: False
    where pieces of words were learned, and nothing was cut into them.
    """

    summary: SplitSummary
    tokenizer: Tokenizer | None = None
    vocabulary: Vocabulary | None = None
    ids_of_numbers: NDArray[np.int32] | None = None
    facts: TokenizerFacts | None = None
    has_lengths: bool = True


@measured("fit vocabulary")
def fit_vocabulary(
    plan: FitPlan, tokenizer: Tokenizer, rows: EncodedRows, summary: SplitSummary, pending: PendingFiles, run: Run
) -> FittedTokenizer:
    """Fit the tokenizer if it has no vocabulary yet, and save it if it did not come from a file."""
    if summary.holds_ids:
        if isinstance(plan, PadPlan | StatsPlan):
            return FittedTokenizer(summary=summary)
        raise UsageError("The field contains lists of integers, which are already ids: there is nothing to fit.")
    fitted, ids_of_numbers = None, None
    if tokenizer.vocabulary is None:
        splitter = tokenizer.splitter
        fitted, summary, ids_of_numbers = _fit(plan, rows, summary, splitter, pending, run)
        if summary.holds_tokens:
            splitter = make_splitter("tokens", lower=splitter.lower)
        tokenizer = dataclasses.replace(tokenizer, splitter=splitter, vocabulary=fitted.vocabulary)
    if tokenizer.source is None:
        tokenizer = _saved(plan, tokenizer, pending, run)
    return FittedTokenizer(
        summary=summary,
        tokenizer=tokenizer,
        vocabulary=tokenizer.vocabulary,
        ids_of_numbers=ids_of_numbers,
        facts=_facts(tokenizer, summary, fitted),
    )


def _fit(
    plan: FitPlan, rows: EncodedRows, summary: SplitSummary, splitter: Splitter, pending: PendingFiles, run: Run
) -> tuple[FittedVocabulary, SplitSummary, NDArray[np.int32] | None]:
    """Fit a vocabulary to what was counted, and leave units that have no id in it out of the rows.

    Returns the ids of the units by their numbers, too, as rows have them.
    """
    assert rows.counts is not None  # noqa: S101 (they are left out only where nothing is fitted here)
    if plan.counts_output is not None:
        from padcli.tokenizers import counts_file

        counts_file.write(pending.open(plan.counts_output), rows.counts, splitter, dict(summary.field_kinds))
    options = plan.tokenize
    fitted = rows.counts.fit(
        vocab_size=options.vocab_size,
        min_count=options.min_count,
        unk=options.unk,
        named=named_tokens(plan.rows),
        ties=splitter.ties,
        pad_id=rows.pad_id,
    )
    summary = dataclasses.replace(
        summary,
        pad_id_tokens=fitted.pad_id_tokens,
        unk_tokens=fitted.unk_tokens,
        dropped_tokens=fitted.dropped_tokens,
    )
    ids_of_numbers = rows.numbered(fitted)
    if fitted.dropped_tokens and rows.store is not None:
        summary = rows.leave_out(summary, fitted, run)
    if fitted.unk_tokens:
        summary = rows.find_unknown(summary, fitted, run)
    return fitted, summary, ids_of_numbers


def _saved(plan: FitPlan, tokenizer: Tokenizer, pending: PendingFiles, run: Run) -> Tokenizer:
    """Write a tokenizer where the plan says, if anywhere. Returns it with its digest, and its path if it has one."""
    assert tokenizer.vocabulary is not None  # noqa: S101 (it was fitted)
    digest, file = hashlib.sha256(), None
    if plan.tokenizer_output is not None:
        file = pending.open(plan.tokenizer_output)
    for part in run.results_here("save tokenizer", tokenizer_json.dump(tokenizer.splitter, tokenizer.vocabulary)):
        digest.update(part)
        if file is not None:
            file.write(part)
    source = None if file is None else str(plan.tokenizer_output)
    return dataclasses.replace(tokenizer, source=source, sha256=digest.hexdigest())


def _facts(tokenizer: Tokenizer, summary: SplitSummary, fitted: FittedVocabulary | None) -> TokenizerFacts:
    """Describe a tokenizer that has a vocabulary."""
    splitter, vocabulary = tokenizer.splitter, tokenizer.vocabulary
    assert vocabulary is not None  # noqa: S101 (it was fitted, or has one)
    return TokenizerFacts(
        name=tokenizer.name,
        way=splitter.how(),
        special_ids={**tokenizer.roles, **({} if vocabulary.unk_id is None else {"unk": vocabulary.unk_id})},
        path=tokenizer.source,
        sha256=tokenizer.sha256,
        config_sha256=tokenizer.config_sha256,
        original_rows=summary.original_rows,
        libraries=splitter.libraries(),
        vocab_size=len(vocabulary),
        unk_tokens=summary.unk_tokens,
        dropped_tokens=summary.dropped_tokens,
        units=None if fitted is None else fitted.units,
        seen_once=None if fitted is None else fitted.seen_once,
    )
