"""Plans of `fit` and `stats`."""

import os
from typing import Any

from padcli.errors import UsageError
from padcli.files.output_paths import check_outputs
from padcli.files.places import as_path
from padcli.options import (
    BUILT_IN_TOKENIZERS,
    FIGURES_OF_PADDING,
    TRAINED_TOKENIZERS,
    FitOptions,
    ReadOptions,
    ReportOptions,
    RunOptions,
    StatsOptions,
    TokenizeOptions,
    pick,
)
from padcli.plan.checks import check_plot, given, reading, refuse_training, refuse_unknown, rejects_of
from padcli.plan.engines import check_run
from padcli.plan.plans import FitPlan, StatsPlan
from padcli.sources.named_inputs import Inputs, named_inputs


def plan_fit(inputs: Inputs, output: str | os.PathLike[str], keywords: dict[str, Any]) -> FitPlan:
    """The plan of `padcli.fit`. Raises `UsageError`, `InputError` or `OutputError`; `TypeError` as a call would."""
    keywords = dict(keywords, output=output)
    labels = keywords.pop("label", None)
    fit = pick(FitOptions, keywords)
    read, tokenize, run = pick(ReadOptions, keywords), pick(TokenizeOptions, keywords), pick(RunOptions, keywords)
    refuse_unknown("fit", keywords | ({} if labels is None else {"label": labels}))
    named = named_inputs(inputs, read)
    check_run(run, named, read, tokenize)
    if tokenize.is_file:
        raise UsageError(
            f"Nothing to fit: --tokenizer {tokenize.tokenizer} is already fitted.",
            hint=f"Choose one to fit: {', '.join((*BUILT_IN_TOKENIZERS, *TRAINED_TOKENIZERS))}.",
        )
    _refuse_counts(fit, tokenize)
    path, rejects = as_path(fit.output), rejects_of(read)
    earlier, counts = given(fit.continue_from), given(fit.save_counts)
    check_outputs([path, *counts, *given(rejects)], [*named.paths, *map(str, earlier)])
    return FitPlan(
        **reading(named, read),
        tokenize=tokenize,
        tokenizer_output=path,
        rejects=rejects,
        run=run,
        continue_from=next(iter(earlier), None),
        counts_output=next(iter(counts), None),
    )


def _refuse_counts(fit: FitOptions, tokenize: TokenizeOptions) -> None:
    """Refuse to keep counts, or to go on from them, where no units are counted."""
    for name in ("continue_from", "save_counts"):
        if getattr(fit, name) is not None and (tokenize.is_trained or tokenize.tokenizer == "byte"):
            flag = "--" + name.replace("_", "-")
            raise UsageError(f"{flag} cannot be used with --tokenizer {tokenize.tokenizer}.", hint=f"Remove {flag}.")


def plan_stats(inputs: Inputs, keywords: dict[str, Any]) -> StatsPlan:
    """The plan of `padcli.stats`. Raises `UsageError`, `InputError` or `OutputError`; `TypeError` as a call would."""
    keywords = dict(keywords)
    read, tokenize, run = pick(ReadOptions, keywords), pick(TokenizeOptions, keywords), pick(RunOptions, keywords)
    stats, reporting = pick(StatsOptions, keywords), pick(ReportOptions, keywords)
    refuse_unknown("stats", keywords)
    for gate in reporting.gates:
        if gate.name in FIGURES_OF_PADDING:
            raise UsageError(f"--fail-if {gate.text!r}: stats pads nothing.", hint="Use it with `padcli pad`.")
    refuse_training(tokenize, "stats")
    named, rejects = named_inputs(inputs, read), rejects_of(read)
    check_run(run, named, read, tokenize)
    check_plot(reporting)
    check_outputs([*given(rejects), *given(reporting.report), *given(reporting.plot)], named.paths)
    return StatsPlan(
        **reading(named, read),
        tokenize=tokenize,
        tokenizer_output=None,
        rejects=rejects,
        run=run,
        stats=stats,
        reporting=reporting,
    )
