"""From what was counted to a tokenizer with a vocabulary, saved."""

import dataclasses
import hashlib

import numpy as np
from numpy.typing import NDArray

from padcli.encode.corpus import Corpus
from padcli.errors import UsageError
from padcli.files.pending import PendingFiles
from padcli.plan import FitPlan, PadPlan, StatsPlan
from padcli.tokenizers import Tokenizer, make_splitter, tokenizer_json
from padcli.tokenizers.facts import TokenizerFacts
from padcli.tokenizers.vocabulary import FittedVocabulary, Ties, Vocabulary


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ReadyTokenizer:
    """A vocabulary, and what is said of it; all None where the input holds ids.

    `ids_of_numbers`: int32 `(n_units,)`, the ids of the units that were numbered before there was a vocabulary.
    """

    vocabulary: Vocabulary | None = None
    ids_of_numbers: NDArray[np.int32] | None = None
    facts: TokenizerFacts | None = None


def make_ready(plan: FitPlan, tokenizer: Tokenizer, corpus: Corpus, pending: PendingFiles) -> ReadyTokenizer:
    """Fit the tokenizer if it has no vocabulary yet, and save it if it did not come from a file."""
    if corpus.holds_ids:
        if isinstance(plan, PadPlan | StatsPlan):
            return ReadyTokenizer()
        raise UsageError("The field holds lists of integers, which are ids already: there is nothing to fit.")
    splitter, vocabulary, fitted = tokenizer.splitter, tokenizer.vocabulary, None
    if vocabulary is None:
        if plan.counts_output is not None and corpus.counts is not None:
            from padcli.tokenizers import counts_file

            counts_file.write(pending.open(plan.counts_output), corpus.counts, splitter, corpus.families)
        fitted = _fit(plan, corpus, splitter.ties)
        vocabulary = fitted.vocabulary
        if corpus.holds_tokens:
            splitter = make_splitter("tokens", lower=splitter.lower)
    path, sha256 = tokenizer.source, tokenizer.sha256
    if path is None:
        digest, file = hashlib.sha256(), None
        if plan.tokenizer_output is not None:
            path, file = str(plan.tokenizer_output), pending.open(plan.tokenizer_output)
        for part in tokenizer_json.dump(splitter, vocabulary):
            digest.update(part)
            if file is not None:
                file.write(part)
        sha256 = digest.hexdigest()
    facts = TokenizerFacts(
        name=tokenizer.kind or splitter.title(),
        way=splitter.how(),
        special_ids={**tokenizer.roles, **({} if vocabulary.unk_id is None else {"unk": vocabulary.unk_id})},
        path=path,
        sha256=sha256,
        config_sha256=tokenizer.config_sha256,
        original_rows=corpus.original_rows,
        libraries=splitter.libraries(),
        vocab_size=len(vocabulary),
        unk_tokens=corpus.unk_tokens if fitted is None else fitted.unk_tokens,
        dropped_tokens=corpus.dropped_tokens if fitted is None else fitted.dropped_tokens,
        units=None if fitted is None else fitted.units,
        seen_once=None if fitted is None else fitted.seen_once,
    )
    return ReadyTokenizer(vocabulary=vocabulary, ids_of_numbers=None if fitted is None else fitted.ids, facts=facts)


def _fit(plan: FitPlan, corpus: Corpus, ties: Ties) -> FittedVocabulary:
    """The vocabulary of what was counted; units that have no id in it are left out of the corpus."""
    assert corpus.counts is not None  # noqa: S101 (they are left out only where nothing is fitted here)
    options = plan.tokenize
    fitted = corpus.counts.fit(
        vocab_size=options.vocab_size,
        min_count=options.min_count,
        unk=options.unk,
        ties=ties,
        pad_id=corpus.pad_id,
    )
    corpus.pad_id_tokens = fitted.pad_id_tokens
    if fitted.dropped_tokens:
        corpus.leave_out(fitted.ids < 0)
    if fitted.unk_tokens:
        corpus.look_for_unknown(fitted.ids == fitted.vocabulary.unk_id)
    return fitted
