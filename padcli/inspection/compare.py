"""Two texts side by side, or two outputs of padcli: `padcli compare`."""

import os
from pathlib import Path
from typing import Any, Unpack

from padcli.engine.progress import OnProgress, no_progress
from padcli.engine.run import Run
from padcli.errors import UsageError
from padcli.files.pending import disk_errors
from padcli.formats import is_output
from padcli.formats.reader import is_padclis
from padcli.inspection.comparison import Comparison, compared, compared_outputs
from padcli.inspection.dataset_profile import profile_of
from padcli.options import ReadOptions, RunOptions, TokenizeOptions, pick
from padcli.options.keywords import CompareKeywords
from padcli.plan import FitPlan
from padcli.plan.checks import reading, refuse_training, refuse_unknown
from padcli.plan.engines import refuse_elsewhere
from padcli.quality.row_checks import RowHashes
from padcli.sources import STDIN
from padcli.sources.named_inputs import named_inputs
from padcli.tokenizers import open_tokenizer


def compare(
    first: str | os.PathLike[str],
    second: str | os.PathLike[str],
    *,
    on_progress: OnProgress = no_progress,
    **options: Unpack[CompareKeywords],
) -> Comparison:
    """Compare two texts, or two outputs of padcli, such as those to train on and those to test on.

    Of texts, a tokenizer is fitted on the first, unless one is given. `options` are the fields of `ReadOptions`,
    `TokenizeOptions` and `RunOptions`; outputs have no need of any. Raises a `PadcliError`.
    """
    paths = os.fspath(first), os.fspath(second)
    plans = plan_compare(*paths, dict(options))
    with RowHashes() as ours, RowHashes() as theirs:
        if plans is None:
            return compared_outputs(*paths, (ours, theirs))
        with disk_errors("temporary files"), Run(plans[0].run, on_progress) as run:
            tokenizer = open_tokenizer(plans[0].tokenize)
            one, vocabulary = profile_of(plans[0], tokenizer, tokenizer.vocabulary, ours, run)
            other, _ = profile_of(plans[1], tokenizer, vocabulary, theirs, run)
            return compared(one, other, (ours, theirs))


def plan_compare(first: str, second: str, keywords: dict[str, Any]) -> tuple[FitPlan, FitPlan] | None:
    """The plans of reading two texts; None for two outputs of padcli, which need none.

    Raises `UsageError` or `InputError`; `TypeError` as a call would.
    """
    keywords = dict(keywords)
    read, tokenize, run = pick(ReadOptions, keywords), pick(TokenizeOptions, keywords), pick(RunOptions, keywords)
    refuse_unknown("compare", keywords)
    if read.rejects is not None:
        raise UsageError("--rejects: bad records are listed by `padcli stats` and `padcli pad`.")
    outputs = [path for path in (first, second) if _is_output(path)]
    if len(outputs) == 1:
        raise UsageError(
            f"{outputs[0]}: was written by padcli, but the other file was not: both must be texts, or both outputs."
        )
    if outputs and (read, tokenize) != (ReadOptions(), TokenizeOptions()):
        raise UsageError(f"{first}: was written by padcli: input and tokenizer options have no effect on it.")
    if outputs:
        return None
    refuse_training(tokenize, "compare")
    refuse_elsewhere(run, "compare")
    if not tokenize.unk:
        raise UsageError("--no-unk: texts are compared by all their words.", hint="Leave --no-unk out.")
    if first == second == STDIN:
        raise UsageError("Standard input (-) can be read only once.")
    plans = (
        FitPlan(
            **reading(named_inputs(path, read), read), tokenize=tokenize, tokenizer_output=None, rejects=None, run=run
        )
        for path in (first, second)
    )
    return next(plans), next(plans)


def _is_output(path: str) -> bool:
    """Return whether padcli wrote a file; a table may be anybody's."""
    return is_output(path) and (Path(path).suffix.lower() in {".npz", ".npy"} or is_padclis(Path(path)))
